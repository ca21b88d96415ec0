"""Les boutons de la page : chaque geste écrit dans le HTML appelle ici la méthode du panneau."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ctgkit.views.bonus_etat import AXES, VUES, Brouillon
from ctgkit.views.bonus_tableaux import shown

if TYPE_CHECKING:
    from ctgkit.views.bonus_pupitre import BonusPanel

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


GESTES: Mapping[str, Callable[[Any, Geste], Any]] = {
    "annee": _year,
    "structure": lambda p, g: p.look(structure=g["valeur"]),
    "montant": _amount,
    "vue": lambda p, g: p.look(vue=g["valeur"]) if g["valeur"] in VUES else None,
    "axe": lambda p, g: p.look(axe=g["valeur"], lignes=0) if g["valeur"] in AXES else None,
    "deplier": lambda p, _: p.look(lignes=shown(len(p.calcul.resultat.territoire.structures), p.etat.lignes)),
    "replier": lambda p, _: p.look(lignes=0),
    "ajouter": lambda p, g: p.add(g["valeur"]),
    "retirer": lambda p, g: p.edit(p.etat.brouillon.remove(g.get("bloc", ""))),
    "annuler": lambda p, _: p.undo(),
    "retablir": lambda p, _: p.redo(),
    "reference": lambda p, _: p.edit(Brouillon()),
    "enregistrer": lambda p, _: p.save(p.etat.brouillon.suit),
    "enregistrer-copie": lambda p, _: p.save(""),
    "reprendre": lambda p, g: p.resume(g["valeur"]),
    "dupliquer": lambda p, g: p.duplicate(g["valeur"]),
    "comparer": lambda p, g: p.compare(g["valeur"], True),
    "decomparer": lambda p, g: p.compare(g["valeur"], False),
    "exporter": lambda p, g: p.send(g["valeur"]),
    "prudence": lambda p, _: p.weigh(),
    "grille": lambda p, g: p.open_grid(g["valeur"] == "ouvrir"),
    "garder-le-mien": lambda p, _: p.settle(True),
    "prendre-l-autre": lambda p, _: p.settle(False),
    "compris": lambda p, _: p.close(),
}  # fmt: skip
