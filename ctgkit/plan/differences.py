"""Ce qui a changé entre deux versions d'un plan, en phrases ; deux versions d'un tableau réunies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ctgkit.formats import date_longue, euros, liste, pluriel
from ctgkit.plan.champs import Champ, champs, day, tell_number, write_value
from ctgkit.plan.modele import Element, Fiche, Plan
from ctgkit.texte import minuscule, shorten

_short = partial(shorten, limite=90)
Noms = Mapping[str, str]


@dataclass(frozen=True)
class Difference:
    fiche: str
    champ: str
    phrase: str


def compare_plans(avant: Plan, apres: Plan, communes: Noms | None = None) -> tuple[Difference, ...]:
    """Fiches nouvelles, retirées, changées champ par champ ; enjeux et objectifs de même, nommés par leur intitulé."""
    noms = {"communes": communes or {}, **_titles(avant), **_titles(apres)}
    rendues: list[Difference] = []
    for sorte, nom in (("enjeux", "L'enjeu"), ("objectifs", "L'objectif")):
        rendues += _elements(nom, getattr(avant, sorte), getattr(apres, sorte))
    anciennes, nouvelles = {f.cle: f for f in avant.fiches}, {f.cle: f for f in apres.fiches}
    for cle, fiche in nouvelles.items():
        if cle not in anciennes:
            rendues.append(Difference(cle, "", f"La fiche {fiche.code} « {_short(fiche.titre)} » est nouvelle."))
        else:
            rendues += _fields(anciennes[cle], fiche, noms)
    perdues = [f for cle, f in anciennes.items() if cle not in nouvelles]
    return (
        *rendues,
        *(Difference(f.cle, "", f"La fiche {f.code} « {_short(f.titre)} » est retirée.") for f in perdues),
    )


def _elements(nom: str, avant: tuple[Element, ...], apres: tuple[Element, ...]) -> list[Difference]:
    vieux, neufs = {e.cle: e for e in avant}, {e.cle: e for e in apres}
    rendues = [
        Difference(c, "", f"{nom} {c} « {_short(e.titre)} » est nouveau.") for c, e in neufs.items() if c not in vieux
    ]
    rendues += [
        Difference(c, "", f"{nom} {c} « {_short(e.titre)} » est retiré.") for c, e in vieux.items() if c not in neufs
    ]
    for c, e in neufs.items():
        if c in vieux:
            rendues += _element(f"{nom} {c}", c, vieux[c], e)
    return rendues


def _element(nom: str, cle: str, avant: Element, apres: Element) -> list[Difference]:
    rendues = []
    if avant.titre != apres.titre:
        vieux, neuf = _apart(avant.titre, apres.titre)
        rendues.append(Difference(cle, "titre", f"{nom} s'appelle « {neuf} » ; il s'appelait « {vieux} »."))
    for lien in ("domaine", "enjeux"):
        if avant.codes(lien) != apres.codes(lien):
            dits = _items(avant.codes(lien), apres.codes(lien))
            rendues.append(Difference(cle, lien, f"{nom}, « {lien} » : {dits}."))
    return rendues


def _titles(plan: Plan) -> dict[str, Noms]:
    """Ce que disent les codes que les fiches citent."""
    return {
        "domaines": {d.cle: d.titre for d in plan.domaines},
        "enjeux": {e.cle: e.nom for e in plan.enjeux},
        "objectifs": {o.cle: o.nom for o in plan.objectifs},
        "fiches": {f.cle: f.nom for f in plan.fiches},
    }


def _fields(avant: Fiche, apres: Fiche, noms: Mapping[str, Noms]) -> list[Difference]:
    changes = [c for c in champs().values() if avant[c.cle] != apres[c.cle]]
    return [
        Difference(apres.cle, c.cle, f"Fiche {apres.code}, {_change(c, *_both(c, avant, apres, noms))}")
        for c in changes
    ]


def _both(champ: Champ, avant: Fiche, apres: Fiche, noms: Mapping[str, Noms]) -> tuple[Any, Any]:
    """Les deux valeurs, les codes remplacés par ce qu'ils nomment."""
    connus = noms.get(champ.cible, {}) if champ.type == "codes" else {}
    if not connus:
        return avant[champ.cle], apres[champ.cle]
    return [connus.get(c, c) for c in avant[champ.cle]], [connus.get(c, c) for c in apres[champ.cle]]


def _change(champ: Champ, avant: Any, apres: Any) -> str:
    nom = f"« {champ.libelle} »"
    if avant in (None, "", []):
        return f"{nom} est rempli : {tell(champ, apres)}."
    if apres in (None, "", []):
        return f"{nom} est vidé ; il valait {tell(champ, avant)}."
    if champ.type == "tableau":
        return f"{nom} : {tell_rows(champ, avant, apres)}."
    if champ.est_liste:
        return f"{nom} : {_items(avant, apres)}."
    if champ.type in ("texte", "texte_long"):
        return "{} passe de « {} » à « {} ».".format(nom, *_apart(str(avant), str(apres)))
    return f"{nom} passe de {tell(champ, avant)} à {tell(champ, apres)}."


def _items(avant: Sequence[str], apres: Sequence[str]) -> str:
    """Ce qui entre dans une liste et ce qui en sort."""
    dits = [f"ajout de « {_short(liste([x for x in apres if x not in avant]))} »"] if set(apres) - set(avant) else []
    dits += [f"retrait de « {_short(liste([x for x in avant if x not in apres]))} »"] if set(avant) - set(apres) else []
    return " ; ".join(dits) or "ordre changé"


def _apart(avant: str, apres: str) -> tuple[str, str]:
    """Deux textes courts qui se distinguent : de deux longs textes, on montre l'endroit où ils diffèrent."""
    vieux, neuf = (" ".join(t.split()) for t in (avant, apres))
    if _short(vieux) != _short(neuf):
        return _short(vieux), _short(neuf)
    commun = next((i for i, (x, y) in enumerate(zip(vieux, neuf, strict=False)) if x != y), min(len(vieux), len(neuf)))
    debut = max(vieux.rfind(" ", 0, max(commun - 20, 0)) + 1, 0)
    return tuple(("…" if debut else "") + _short(t[debut:]) for t in (vieux, neuf))


def tell_rows(champ: Champ, avant: list[Mapping[str, Any]], apres: list[Mapping[str, Any]]) -> str:
    """Ligne par ligne, reconnue par sa première colonne, et par son rang quand deux lignes y disent la même chose."""
    vieux, neufs = _named(champ.colonnes[0], avant), _named(champ.colonnes[0], apres)
    dits = [f"ajout de « {_short(n[0])} »" for n in neufs if n not in vieux]
    dits += [f"retrait de « {_short(n[0])} »" for n in vieux if n not in neufs]
    for nom in (n for n in neufs if n in vieux and vieux[n] != neufs[n]):
        cases = [c for c in champ.colonnes if vieux[nom].get(c.cle) != neufs[nom].get(c.cle)]
        passages = [
            f"{minuscule(c.libelle)} de {tell(c, vieux[nom].get(c.cle))} à {tell(c, neufs[nom].get(c.cle))}"
            for c in cases
        ]
        dits.append(f"« {_short(nom[0])} », {', '.join(passages)}")
    return " ; ".join(dits) or "ordre des lignes changé"


def _named(premiere: Champ, lignes: list[Mapping[str, Any]]) -> dict[tuple[str, int], Mapping[str, Any]]:
    noms = [_said(premiere, x.get(premiere.cle)) for x in lignes]
    return {(nom, noms[:rang].count(nom)): ligne for rang, (nom, ligne) in enumerate(zip(noms, lignes, strict=True))}


def tell(champ: Champ, valeur: Any) -> str:
    """Une valeur telle qu'on la dit."""
    if valeur in (None, "", []):
        return "vide"
    if champ.type == "tableau":
        return pluriel(len(valeur), "ligne")
    if champ.est_liste:
        return f"« {_short(', '.join(str(v) for v in valeur))} »"
    return f"« {_said(champ, valeur)} »"


def _said(champ: Champ, valeur: Any) -> str:
    if champ.type == "date" and day(valeur):
        return date_longue(day(valeur))
    if champ.type == "euros" and isinstance(valeur, int | float):
        return euros(valeur)
    if champ.type == "nombre":
        return tell_number(valeur)
    return _short(champ.option(valeur) if champ.choix else write_value(champ, valeur))


Lignes = list[Mapping[str, Any]]


def merge_rows(base: Lignes, mienne: Lignes, autre: Lignes) -> Lignes | None:
    """Le tableau réuni, ou None quand la même case, ou le nombre de lignes, a changé des deux côtés."""
    if len(mienne) != len(base) and len(autre) != len(base):
        return _both_added(base, mienne, autre)
    if len(mienne) != len(base):
        return mienne if autre == base else None
    if len(autre) != len(base):
        return autre if mienne == base else None
    lignes = [_merge_row(*trois) for trois in zip(base, mienne, autre, strict=True)]
    return None if None in lignes else lignes


def _both_added(base: Lignes, mienne: Lignes, autre: Lignes) -> Lignes | None:
    """Chacun a ajouté une ligne à la fin, sans toucher aux autres : les deux restent."""
    n = len(base)
    if mienne[:n] == base and autre[:n] == base:
        return [*autre, *mienne[n:]]
    return None


def _merge_row(
    base: Mapping[str, Any], mienne: Mapping[str, Any], autre: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    reunie = dict(autre)
    for colonne in {*base, *mienne, *autre}:
        avant, moi, lui = base.get(colonne), mienne.get(colonne), autre.get(colonne)
        if moi in (avant, lui):
            continue
        if lui != avant:
            return None
        if moi is None:
            reunie.pop(colonne, None)
        else:
            reunie[colonne] = moi
    return reunie
