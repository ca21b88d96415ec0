"""Ce qui a changé entre deux dates ou deux versions d'un plan, en phrases."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ctgkit.formats import date_longue, euros, pluriel
from ctgkit.plan.champs import Champ, champs
from ctgkit.plan.modele import Element, Fiche, Plan
from ctgkit.plan.valeurs import day, write_value

LONGUEUR_MAX = 90


@dataclass(frozen=True)
class Difference:
    fiche: str
    champ: str
    phrase: str


def compare(avant: Plan, apres: Plan) -> tuple[Difference, ...]:
    """Fiches nouvelles, retirées, changées champ par champ ; enjeux et objectifs de même."""
    rendues: list[Difference] = []
    for sorte, nom in (("enjeux", "L'enjeu"), ("objectifs", "L'objectif")):
        rendues += _elements(nom, getattr(avant, sorte), getattr(apres, sorte))
    anciennes, nouvelles = {f.cle: f for f in avant.fiches}, {f.cle: f for f in apres.fiches}
    for cle, fiche in nouvelles.items():
        if cle not in anciennes:
            rendues.append(Difference(cle, "", f"La fiche {fiche.code} « {_short(fiche.titre)} » est nouvelle."))
        else:
            rendues += _fields(anciennes[cle], fiche)
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
    return rendues + [
        Difference(
            c, "titre", f"{nom} {c} s'appelle « {_short(e.titre)} » ; il s'appelait « {_short(vieux[c].titre)} »."
        )
        for c, e in neufs.items()
        if c in vieux and vieux[c].titre != e.titre
    ]


def _fields(avant: Fiche, apres: Fiche) -> list[Difference]:
    changes = [c for c in champs().values() if avant[c.cle] != apres[c.cle]]
    return [
        Difference(apres.cle, c.cle, f"Fiche {apres.code}, {_change(c, avant[c.cle], apres[c.cle])}") for c in changes
    ]


def _change(champ: Champ, avant: Any, apres: Any) -> str:
    nom = f"« {champ.libelle} »"
    if avant in (None, "", []):
        return f"{nom} est rempli : {tell(champ, apres)}."
    if apres in (None, "", []):
        return f"{nom} est vidé ; il valait {tell(champ, avant)}."
    if champ.type == "tableau":
        return f"{nom} : {tell_rows(champ, avant, apres)}."
    return f"{nom} passe de {tell(champ, avant)} à {tell(champ, apres)}."


def tell_rows(champ: Champ, avant: list[Mapping[str, Any]], apres: list[Mapping[str, Any]]) -> str:
    """Ligne par ligne, reconnue par sa première colonne, et par son rang quand deux lignes y disent la même chose."""
    cle = champ.colonnes[0].cle
    vieux, neufs = _named(cle, avant), _named(cle, apres)
    dits = [f"ajout de « {_short(n[0])} »" for n in neufs if n not in vieux]
    dits += [f"retrait de « {_short(n[0])} »" for n in vieux if n not in neufs]
    for nom in (n for n in neufs if n in vieux and vieux[n] != neufs[n]):
        cases = [c for c in champ.colonnes if vieux[nom].get(c.cle) != neufs[nom].get(c.cle)]
        passages = [
            f"{c.libelle.lower()} de {tell(c, vieux[nom].get(c.cle))} à {tell(c, neufs[nom].get(c.cle))}" for c in cases
        ]
        dits.append(f"« {_short(nom[0])} », {', '.join(passages)}")
    return " ; ".join(dits) or "ordre des lignes changé"


def _named(cle: str, lignes: list[Mapping[str, Any]]) -> dict[tuple[str, int], Mapping[str, Any]]:
    noms = [str(x.get(cle) or "") for x in lignes]
    return {(nom, noms[:rang].count(nom)): ligne for rang, (nom, ligne) in enumerate(zip(noms, lignes, strict=True))}


def tell(champ: Champ, valeur: Any) -> str:
    """Une valeur telle qu'on la dit."""
    if valeur in (None, "", []):
        return "vide"
    if champ.type == "date" and day(valeur):
        return f"« {date_longue(day(valeur))} »"
    if champ.type == "euros" and isinstance(valeur, int | float):
        return f"« {euros(valeur)} »"
    if champ.type == "tableau":
        return pluriel(len(valeur), "ligne")
    if champ.est_liste:
        return f"« {_short(', '.join(str(v) for v in valeur))} »"
    return f"« {_short(champ.option(valeur) if champ.choix else write_value(champ, valeur))} »"


def _short(texte: str) -> str:
    uni = " ".join(str(texte).split())
    return uni if len(uni) <= LONGUEUR_MAX else uni[: LONGUEUR_MAX - 1].rstrip() + "…"
