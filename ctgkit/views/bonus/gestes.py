"""Les boutons de la page : un geste est une fonction de l'état, et de ce que la page montre, vers un autre état."""

from collections.abc import Mapping
from dataclasses import replace

from ctgkit.views.bonus.etat import AXES, VUES, Brouillon, EtatBonus, default_day
from ctgkit.views.bonus.lecture import LectureBonus, next_page
from ctgkit.views.bonus.saisies import GENRES, french_day
from ctgkit.views.composants.panneau import Demande, Geste, pick

COMPARES = 3


def _year(etat: EtatBonus, geste: Demande, lu: LectureBonus) -> EtatBonus:
    return replace(etat, annee=int(geste["valeur"])) if _is_year(geste["valeur"], lu) else etat


def _is_year(texte: str, lu: LectureBonus) -> bool:
    return texte.isdigit() and int(texte) in lu.resultat.annees


def _amount(etat: EtatBonus, geste: Demande, lu: LectureBonus) -> EtatBonus:
    """Un montant du tableau : sa structure et son année."""
    annee = geste.get("annee", "")
    return replace(etat, structure=geste["valeur"], annee=int(annee)) if _is_year(annee, lu) else etat


def _unfold(etat: EtatBonus, _: Demande, lu: LectureBonus) -> EtatBonus:
    return replace(etat, lignes=next_page(len(lu.resultat.territoire.structures), etat.lignes))


def _add(etat: EtatBonus, geste: Demande, lu: LectureBonus) -> EtatBonus:
    jour = french_day(default_day(lu.resultat.territoire, lu.jour).isoformat())
    proposes = {
        "quantite": {"date": jour, "structure": etat.structure},
        "ouvrir": {"date": jour},
        "credits": {"annee": str(etat.annee)},
        "parametre": {"depuis": f"01/01/{etat.annee}"},
    }
    genre = geste["valeur"]
    return etat.edit(etat.brouillon.add(genre, **proposes.get(genre, {}))) if genre in GENRES else etat


def _compare(etat: EtatBonus, geste: Demande, lu: LectureBonus) -> EtatBonus:
    """Trois scénarios au plus sur le même axe, celui que l'on écrit compris."""
    autres = [i for i in etat.compares if i != geste["valeur"]]
    return replace(etat, compares=tuple([*autres, geste["valeur"]][-(COMPARES - lu.calcul.change) :]))


def _as_saved(etat: EtatBonus, *_: object) -> EtatBonus:
    """Le scénario du lien, tel que son auteur l'a enregistré."""
    return etat.edit(etat.lie, repris=False) if etat.lie else etat


GESTES: Mapping[str, Geste] = {
    "annee": _year,
    "structure": pick("structure"),
    "montant": _amount,
    "vue": pick("vue", VUES),
    "axe": pick("axe", AXES, lignes=0),
    "deplier": _unfold,
    "replier": lambda etat, *_: replace(etat, lignes=0),
    "ajouter": _add,
    "retirer": lambda etat, geste, _: etat.edit(etat.brouillon.remove(geste.get("bloc", ""))),
    "reference": lambda etat, *_: etat.edit(Brouillon()),
    "tel-qu-enregistre": _as_saved,
    "comparer": _compare,
    "decomparer": lambda etat, geste, _: replace(
        etat, compares=tuple(i for i in etat.compares if i != geste["valeur"])
    ),
    "prudence": lambda etat, *_: replace(etat, prudente=True),
    "grille": lambda etat, geste, _: replace(etat, grille=geste["valeur"] == "ouvrir"),
}
