"""Les champs d'une fiche action, lus une fois dans `champs.yaml` ; un texte tapé devient leur valeur, et l'inverse."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import nombre, read_date, read_nombre

TYPES_DE_LISTE = ("lignes", "codes", "tableau")
LONGUEUR_MAX = 20_000


@dataclass(frozen=True)
class Champ:
    """Un champ, ou la colonne d'un tableau. `choix` : des paires (valeur gardée, libellé)."""

    cle: str
    libelle: str
    type: str
    section: str = ""
    aide: str = ""
    requis: bool = False
    qui: str = ""
    large: bool = False
    seul: bool = False
    cible: str = ""
    nom: str = ""
    taille: int = LONGUEUR_MAX
    choix: tuple[tuple[str, str], ...] = ()
    colonnes: "tuple[Champ, ...]" = ()

    @property
    def est_liste(self) -> bool:
        return self.type in TYPES_DE_LISTE

    @property
    def vide(self) -> Any:
        return [] if self.est_liste else None

    def column(self, cle: str) -> "Champ":
        return _known({c.cle: c for c in self.colonnes}, cle, f"colonne de « {self.libelle} »")

    def option(self, valeur: Any) -> str:
        """Le libellé d'une valeur gardée."""
        return dict(self.choix).get(valeur, "" if valeur is None else str(valeur))


@cache
def champs() -> Mapping[str, Champ]:
    return {cle: _read(cle, bloc) for cle, bloc in _declaration()["champs"].items()}


def champ(cle: str) -> Champ:
    return _known(champs(), cle, "champ de fiche")


def requis() -> tuple[Champ, ...]:
    """Ce que la fiche doit porter avant signature, dans l'ordre du formulaire."""
    return tuple(c for c in champs().values() if c.requis)


def labels() -> dict[str, str]:
    """Les libellés, pour dire l'historique en phrases."""
    return {c.cle: c.libelle for c in champs().values()} | {"retiree": "Fiche retirée"}


@cache
def _declaration() -> dict[str, Any]:
    return yaml.safe_load(Path(__file__).with_name("champs.yaml").read_text(encoding="utf-8"))


def _read(cle: str, bloc: Mapping[str, Any]) -> Champ:
    choix = bloc.get("choix", ())
    paires = choix.items() if isinstance(choix, Mapping) else ((c, c) for c in choix)
    colonnes = tuple(_read(c, b) for c, b in bloc.get("colonnes", {}).items())
    simples = {k: v for k, v in bloc.items() if k not in ("choix", "colonnes")}
    return Champ(cle=cle, choix=tuple((str(v), str(t)) for v, t in paires), colonnes=colonnes, **simples)


def _known(connus: Mapping[str, Champ], cle: str, quoi: str) -> Champ:
    if cle not in connus:
        raise CtgError(f"Aucun {quoi} ne s'appelle « {cle[:60]} ». {did_you_mean(cle, connus)}".strip())
    return connus[cle]


OUI = ("oui", "o", "vrai", "true", "x", "1", "fait", "faite")
NON = ("non", "n", "faux", "false", "0", "")
# Les listes que d'autres outils écrivent sur une ligne, séparées par des virgules.
LISTES_COMMA = ("public", "partenaires", "gouvernance")
DECIMALES_MAX = 6
_MESURE = re.compile(r"\s*(\S+)\s*(?::|=|→)\s*(.+?)\s*")


def to_stored(valeur: Any) -> Any:
    """La forme gardée : dates en texte AAAA-MM-JJ, n-uplets en listes."""
    if isinstance(valeur, date):
        return valeur.isoformat()[:10]
    if isinstance(valeur, Mapping):
        return {str(k): to_stored(v) for k, v in valeur.items()}
    if isinstance(valeur, list | tuple | set):
        return [to_stored(v) for v in valeur]
    return valeur


def read_value(champ: Champ, texte: Any) -> Any:
    """La valeur d'un champ à partir d'un texte ; une chaîne vide efface."""
    if champ.type == "tableau":
        return [read_row(champ, ligne) for ligne in texte or ()]
    if champ.type == "codes":
        lus = [texte] if isinstance(texte, str) else texte or ()
        return list(dict.fromkeys(str(c).strip() for c in lus if str(c).strip()))
    if champ.type == "lignes":
        lignes = texte.split("\n") if isinstance(texte, str) else texte or ()
        return [propre for x in lignes if (propre := _text(champ, x))]
    return _scalar(champ, texte)


def read_row(champ: Champ, ligne: Mapping[str, Any]) -> dict[str, Any]:
    """Une ligne de tableau, sans ses cases vides."""
    lues = {c.cle: _scalar(c, ligne.get(c.cle)) for c in champ.colonnes}
    return {cle: v for cle, v in lues.items() if v not in (None, "", [])}


def write_value(champ: Champ, valeur: Any) -> str:
    """Le texte qui, relu, redonne la valeur."""
    if champ.est_liste:
        return ("\n" if champ.type == "lignes" else ", ").join(str(v) for v in valeur or ())
    if valeur is None or valeur == "":
        return ""
    return _ECRIVAINS.get(champ.type, str)(valeur)


def _write_measures(mesures: list[Mapping[str, Any]]) -> str:
    return " ; ".join(f"{write_day(m.get('date'))} : {_number(m.get('valeur'))}" for m in mesures)


def write_day(jour: Any) -> str:
    """`31/12/2027`, comme on le tape."""
    trouve = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", str(jour or ""))
    return "/".join(reversed(trouve.groups())) if trouve else str(jour or "")


def tell_number(valeur: Any, sinon: str = "") -> str:
    """Un nombre tel qu'on l'écrit en français, avec les décimales qu'on lui a données."""
    if not isinstance(valeur, int | float) or isinstance(valeur, bool):
        return sinon if valeur is None else str(valeur)
    exposant = Decimal(repr(valeur)).normalize().as_tuple().exponent
    return nombre(valeur, min(max(-exposant, 0), DECIMALES_MAX) if isinstance(exposant, int) else 0)


def day(valeur: Any) -> date | None:
    try:
        return date.fromisoformat(str(valeur))
    except ValueError:
        return None


def _scalar(champ: Champ, texte: Any) -> Any:
    if not isinstance(texte, str):
        return to_stored(texte)
    if champ.type in _LECTEURS:
        propre = texte.strip()
        return _LECTEURS[champ.type](champ, propre) if propre or champ.type == "oui_non" else None
    return _text(champ, texte) or None


def _text(champ: Champ, texte: Any) -> str:
    propre = str(texte).strip()
    if len(propre) > champ.taille:
        raise CtgError(
            f"« {champ.libelle} » est trop long : {nombre(len(propre))} signes.",
            champ.libelle,
            f"Raccourcir à {nombre(champ.taille)} signes au plus.",
        )
    return propre


def _number(valeur: Any) -> str:
    if isinstance(valeur, int | float) and not isinstance(valeur, bool):
        return repr(valeur).removesuffix(".0").replace(".", ",") if abs(valeur) < 1e15 else str(int(valeur))
    return str(valeur)


def _read_number(champ: Champ, texte: str) -> float | int:
    propre = re.sub(r"\s*(€|euros?)(\s*TTC|\s*HT)?$", "", texte, flags=re.IGNORECASE)
    try:
        lu = read_nombre(propre)
    except ValueError:
        raise _refused(champ, texte, "un nombre, par exemple 12 500 ou 48,2") from None
    return int(lu) if lu.is_integer() else lu


def _read_day(champ: Champ, texte: str) -> str:
    try:
        return read_date(texte).isoformat()
    except ValueError:
        raise _refused(champ, texte, "une date JJ/MM/AAAA, par exemple 31/12/2027") from None


def _read_year(champ: Champ, texte: str) -> int:
    if not re.fullmatch(r"(19|20|21)\d\d", texte):
        raise _refused(champ, texte, "une année à quatre chiffres, par exemple 2027")
    return int(texte)


def _read_bool(champ: Champ, texte: str) -> bool:
    if texte.lower() not in (*OUI, *NON):
        raise _refused(champ, texte, "oui ou non")
    return texte.lower() in OUI


def _read_choice(champ: Champ, texte: str) -> str:
    connus = {cle.lower(): v for v, t in champ.choix for cle in (v, t)}
    if texte.lower() not in connus:
        attendu = ", ".join(t for _, t in champ.choix)
        raise _refused(champ, texte, f"{attendu}. {did_you_mean(texte, connus)}".strip())
    return connus[texte.lower()]


def _read_measures(champ: Champ, texte: str) -> list[dict[str, Any]]:
    rendues = []
    for morceau in filter(None, (m.strip() for m in re.split(r"[;\n]", texte))):
        if not (lu := _MESURE.fullmatch(morceau)):
            raise _refused(champ, morceau, "une date, deux-points, une valeur : 30/06/2026 : 8")
        rendues.append({"date": _read_day(champ, lu[1]), "valeur": _read_number(champ, lu[2])})
    return sorted(rendues, key=lambda m: m["date"])


_LECTEURS = {
    "nombre": _read_number,
    "euros": _read_number,
    "date": _read_day,
    "annee": _read_year,
    "oui_non": _read_bool,
    "choix": _read_choice,
    "mesures": _read_measures,
}

_ECRIVAINS: dict[str, Callable[[Any], str]] = {
    "mesures": _write_measures,
    "nombre": _number,
    "euros": _number,
    "date": write_day,
    "oui_non": lambda valeur: "oui" if valeur else "non",
}


def _refused(champ: Champ, texte: str, attendu: str) -> CtgError:
    montre = texte if len(texte) <= 60 else texte[:59] + "…"
    point = "" if attendu.endswith((".", "?")) else "."
    return CtgError(f"« {montre} » ne se lit pas dans « {champ.libelle} ».", champ.libelle, f"Écrire {attendu}{point}")
