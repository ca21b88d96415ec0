"""Les boutons de la page : chaque geste écrit dans le HTML est fait ici sur le panneau."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ctgkit.simulation.lectures.prudence import prudence
from ctgkit.views.bonus.calcul import compute
from ctgkit.views.bonus.etat import AXES, VUES, Brouillon, default_day
from ctgkit.views.bonus.saisies import GENRES, french_day
from ctgkit.views.bonus.tableaux import shown

if TYPE_CHECKING:
    from ctgkit.views.bonus.pupitre import BonusPanel

Geste = Mapping[str, str]


def _is_year(p: "BonusPanel", texte: str) -> bool:
    return texte.isdigit() and int(texte) in p.calcul.resultat.annees


def _year(p: "BonusPanel", g: Geste) -> None:
    if _is_year(p, g["valeur"]):
        p.look(annee=int(g["valeur"]))


def _amount(p: "BonusPanel", g: Geste) -> None:
    """Un montant du tableau : sa structure et son année."""
    if _is_year(p, g.get("annee", "")):
        p.look(structure=g["valeur"], annee=int(g["annee"]))


def compare(p: "BonusPanel", identifiant: str, ajouter: bool) -> None:
    """Trois scénarios au plus sur le même axe, celui que l'on écrit compris."""
    autres = [i for i in p.etat.compares if i != identifiant]
    if ajouter:
        autres = [*autres, identifiant][-(3 - p.calcul.change) :]
        vu = p.memoire.find(identifiant)
        p.autres[identifiant] = compute(p.territoire, Brouillon.of_scenario(vu.scenario), p.base)
    p.look(compares=tuple(autres))


def save(p: "BonusPanel", suit: str) -> None:
    b = p.etat.brouillon
    if p.calcul.refus or any(s not in b.counted() for s in b.saisies):
        p.note = "Un changement incomplet reste dans le brouillon : il n'est pas enregistré avec le scénario."
    vu = p.memoire.save(b.scenario(frozenset(p.calcul.refus)), suit)
    p.note = f"« {vu.nom} » est enregistré sous le code {vu.code}. {p.note}".strip()
    p.edit(replace(b, suit=vu.id))


def resume(p: "BonusPanel", identifiant: str) -> None:
    vu = p.memoire.find(identifiant)
    p.note = f"« {vu.nom} » est repris."
    p.edit(Brouillon.of_scenario(vu.scenario, vu.id))


def duplicate(p: "BonusPanel", identifiant: str) -> None:
    resume(p, p.memoire.duplicate(identifiant).id)


def as_saved(p: "BonusPanel") -> None:
    """Le scénario du lien, tel que son auteur l'a enregistré."""
    p.repris = False
    if p.enregistre:
        p.edit(p.enregistre)


def add(p: "BonusPanel", genre: str) -> None:
    jour = french_day(default_day(p.territoire, p.jour).isoformat())
    proposes = {
        "quantite": {"date": jour, "structure": p.etat.structure},
        "ouvrir": {"date": jour},
        "credits": {"annee": str(p.etat.annee)},
        "parametre": {"depuis": f"01/01/{p.etat.annee}"},
    }
    if genre in GENRES:
        p.edit(p.etat.brouillon.add(genre, **proposes.get(genre, {})))


def undo(p: "BonusPanel") -> None:
    if p.memoire.peut_annuler:
        p.edit(p.memoire.undo(), garder=False)


def redo(p: "BonusPanel") -> None:
    if p.memoire.peut_retablir:
        p.edit(p.memoire.redo(), garder=False)


def settle(p: "BonusPanel", garder_le_mien: bool) -> None:
    """Deux versions du brouillon : la personne a choisi."""
    mien = p.etat.brouillon
    p.erreur = None
    if garder_le_mien:
        p.memoire.take_over(mien)
        return p.edit(mien)
    return p.edit(p.memoire.reload() or Brouillon(), garder=False)


def weigh(p: "BonusPanel") -> None:
    p.prudence = prudence(p.calcul.resultat)
    p.draw()


GESTES: Mapping[str, Callable[[Any, Geste], Any]] = {
    "annee": _year,
    "structure": lambda p, g: p.look(structure=g["valeur"]),
    "montant": _amount,
    "vue": lambda p, g: p.look(vue=g["valeur"]) if g["valeur"] in VUES else None,
    "axe": lambda p, g: p.look(axe=g["valeur"], lignes=0) if g["valeur"] in AXES else None,
    "deplier": lambda p, _: p.look(lignes=shown(len(p.calcul.resultat.territoire.structures), p.etat.lignes)),
    "replier": lambda p, _: p.look(lignes=0),
    "ajouter": lambda p, g: add(p, g["valeur"]),
    "retirer": lambda p, g: p.edit(p.etat.brouillon.remove(g.get("bloc", ""))),
    "annuler": lambda p, _: undo(p),
    "retablir": lambda p, _: redo(p),
    "reference": lambda p, _: p.edit(Brouillon()),
    "enregistrer": lambda p, _: save(p, p.etat.brouillon.suit),
    "enregistrer-copie": lambda p, _: save(p, ""),
    "tel-qu-enregistre": lambda p, _: as_saved(p),
    "reprendre": lambda p, g: resume(p, g["valeur"]),
    "dupliquer": lambda p, g: duplicate(p, g["valeur"]),
    "comparer": lambda p, g: compare(p, g["valeur"], True),
    "decomparer": lambda p, g: compare(p, g["valeur"], False),
    "exporter": lambda p, g: p.send(g["valeur"]),
    "prudence": lambda p, _: weigh(p),
    "grille": lambda p, g: p.open_grid(g["valeur"] == "ouvrir"),
    "garder-le-mien": lambda p, _: settle(p, True),
    "prendre-l-autre": lambda p, _: settle(p, False),
    "compris": lambda p, _: p.close(),
}  # fmt: skip
