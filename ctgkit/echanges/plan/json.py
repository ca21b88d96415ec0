"""Notre export JSON relu : les valeurs y sont telles qu'on les garde ; ce qui n'a pas la bonne forme est nommé."""

import json
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ctgkit.echanges.plan.apercu import PLURIELS, VIDES, Lu
from ctgkit.echanges.plan.lecture import LignePlan, RejetPlan
from ctgkit.errors import CtgError
from ctgkit.plan import Champ, champs, read_value
from ctgkit.plan.champs import day

# Ce que l'export écrit en plus des champs, et que l'import n'a pas à reprendre.
A_PART = ("cle", "tracabilite", "retiree")


def is_plan(objet: object) -> bool:
    return isinstance(objet, Mapping) and isinstance(objet.get("fiches"), list)


def read_elements(objet: Mapping[str, Any]) -> Iterator[Lu]:
    for sorte, pluriel in PLURIELS.items():
        for lu in _mappings(objet.get(pluriel)):
            if str(lu.get("code") or "").strip():
                textes = {k: lu[k] for k in ("titre", "plan", "niveau") if isinstance(lu.get(k), str)}
                liens = {k: lu[k] for k in ("domaine", "enjeux") if isinstance(lu.get(k), str | list)}
                yield sorte, {"code": str(lu["code"]).strip(), **textes, **liens}


def read_lines(objet: Mapping[str, Any], connus: Mapping[str, set[str]]) -> Iterator[LignePlan]:
    """`connus` : les codes que les renvois peuvent citer, par cible."""
    for rang, lue in enumerate(_mappings(objet["fiches"]), 1):
        ligne = LignePlan(f"fiche {rang}", axes=["", "", ""])
        for cle, valeur in lue.items():
            if cle not in champs() or valeur in VIDES:
                continue
            try:
                ligne.valeurs[cle] = _checked(champs()[cle], valeur, connus)
            except CtgError as refus:
                raison = " ".join(filter(None, (refus.quoi, refus.que_faire)))
                ligne.rejets.append(RejetPlan(ligne.ou, champs()[cle].libelle, _shown(valeur), raison))
        yield ligne


def unknown_keys(objet: Mapping[str, Any]) -> tuple[str, ...]:
    trouvees = dict.fromkeys(str(c) for f in _mappings(objet["fiches"]) for c in f)
    return tuple(c for c in trouvees if c not in champs() and c not in A_PART)


def _shown(valeur: Any) -> str:
    textes = valeur if isinstance(valeur, list) else [valeur]
    return ", ".join(x if isinstance(x, str) else json.dumps(x, ensure_ascii=False) for x in textes)[:200]


def _mappings(brut: object) -> list[Mapping[str, Any]]:
    return [x for x in brut if isinstance(x, Mapping)] if isinstance(brut, list) else []


def _checked(champ: Champ, valeur: Any, connus: Mapping[str, set[str]]) -> Any:
    if champ.type == "tableau":
        lignes = _mappings(valeur)
        if not isinstance(valeur, list) or len(lignes) != len(valeur):
            raise _refused(champ, "une liste de lignes")
        lues = [{c.cle: _checked(c, x[c.cle], {}) for c in champ.colonnes if x.get(c.cle) not in VIDES} for x in lignes]
        return [x for x in lues if x]
    if champ.type in ("codes", "lignes"):
        return _list(champ, valeur, connus)
    if isinstance(valeur, str):
        return read_value(champ, valeur)
    if not _FORMES.get(champ.type, lambda _: False)(valeur):
        raise _refused(champ, "une valeur de ce champ")
    return valeur


def _list(champ: Champ, valeur: Any, connus: Mapping[str, set[str]]) -> list[str]:
    liste = [valeur] if isinstance(valeur, str) else valeur
    if not isinstance(liste, list) or not all(isinstance(x, str) for x in liste):
        raise _refused(champ, "une liste de textes")
    absents = [x for x in liste if champ.cible in connus and x not in connus[champ.cible]]
    if absents:
        raise CtgError(f"« {absents[0][:60]} » n'est pas connu de ce plan.", que_faire="Écrire un code connu.")
    return read_value(champ, liste)


def _refused(champ: Champ, attendu: str) -> CtgError:
    return CtgError(f"Cette valeur ne se lit pas dans « {champ.libelle} ».", que_faire=f"Écrire {attendu}.")


def _is_number(valeur: Any) -> bool:
    return isinstance(valeur, int | float) and not isinstance(valeur, bool) and math.isfinite(valeur)


def _are_measures(valeur: Any) -> bool:
    lues = _mappings(valeur)
    return len(lues) == len(valeur or ()) and all(day(m.get("date")) and _is_number(m.get("valeur")) for m in lues)


_FORMES: Mapping[str, Callable[[Any], bool]] = {
    "nombre": _is_number,
    "euros": _is_number,
    "annee": lambda v: isinstance(v, int) and not isinstance(v, bool) and 1900 <= v < 2200,
    "oui_non": lambda v: isinstance(v, bool),
    "mesures": _are_measures,
}
