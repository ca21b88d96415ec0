"""Le nom de chaque rapport, d'après ce qui le distingue : lisible, sans accent, jamais deux fois le même."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from ctgkit.errors import CtgError, did_you_mean

LONGUEUR_MAX = 90
_CHAMP = re.compile(r"\{([^{}]*)\}")
# Windows n'accepte pas ces noms, même suivis d'une extension.
_RESERVES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(?=$|\.)", re.I)


def name_reports(
    modele: str, carnet: str, valeurs: Sequence[Mapping[str, Any]], defauts: Mapping[str, Any], ou: str
) -> list[str]:
    modele = modele or _default_model(carnet, valeurs, defauts)
    for champ in _CHAMP.findall(modele):
        if champ not in defauts:
            raise CtgError(
                f"« nom » cite un paramètre inconnu : « {champ} » {did_you_mean(champ, defauts)}".strip(),
                ou,
                f"Paramètres de ce carnet : {', '.join(defauts)}.",
            )
    noms = [_fill(modele, {**defauts, **v}) for v in valeurs]
    _refuse_twins(noms, ou)
    return noms


def _default_model(carnet: str, valeurs: Sequence[Mapping[str, Any]], defauts: Mapping[str, Any]) -> str:
    """Le carnet, puis les paramètres qui changent d'un rapport à l'autre."""
    complets = [{**defauts, **v} for v in valeurs]
    varient = [nom for nom in defauts if len({repr(c[nom]) for c in complets}) > 1]
    return "_".join([carnet, *(f"{{{nom}}}" for nom in varient)])


def _fill(modele: str, valeurs: Mapping[str, Any]) -> str:
    return slug(_CHAMP.sub(lambda trouve: slug(_shown(valeurs[trouve[1]])), modele))


def _shown(valeur: Any) -> str:
    return "-".join(map(str, valeur)) if isinstance(valeur, list) else str(valeur)


def slug(texte: str) -> str:
    nu = unicodedata.normalize("NFKD", texte).encode("ascii", "ignore").decode()
    propre = _RESERVES.sub(r"\1-", re.sub(r"[^A-Za-z0-9._-]+", "-", nu).strip("-."))
    if len(propre) > LONGUEUR_MAX:
        marque = hashlib.sha256(texte.encode(errors="replace")).hexdigest()[:8]
        propre = f"{propre[: LONGUEUR_MAX - 9]}-{marque}"
    return propre or "rapport"


def _refuse_twins(noms: Sequence[str], ou: str) -> None:
    premiers: dict[str, int] = {}
    for rang, nom in enumerate(noms, start=1):
        autre = premiers.setdefault(nom.lower(), rang)
        if autre != rang:
            raise CtgError(
                f"Les rapports {autre} et {rang} porteraient le même nom, « {nom} ».",
                ou,
                "Retirer le doublon, ou distinguer les rapports par « nom: … ».",
            )
