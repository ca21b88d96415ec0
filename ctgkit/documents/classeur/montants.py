"""Les montants du bonus territoire en formules : l'offre existante, puis l'offre nouvelle."""

from typing import TYPE_CHECKING

import numpy as np

from ctgkit.documents.classeur.formules import Terme, rounded
from ctgkit.documents.classeur.parametres import NON_BORNE
from ctgkit.droit import bonus_territoire as regle

if TYPE_CHECKING:
    from ctgkit.documents.classeur.calcul import Calcul

ZERO = Terme("0")


def existing(calcul: "Calcul", s: int, y: int, ligne: int) -> tuple[str, str]:
    """Le montant de référence réparti, le plancher et la revalorisation, ou le montant notifié à la place."""
    g, q = calcul.grille, calcul.q
    reference = Terme(q.structures.case("q0", q.ligne[s]))
    parts = [Terme(f"N({case})") for case in calcul.repartition.parts(s)]
    sommes, ouvertes = ([], []), []
    for k, w in enumerate(np.flatnonzero(q.r.cadre.fenetres.annee == y).tolist()):
        part = Terme(g.here(f"part{k}", ligne))
        notifie, plancher, hausse = (
            calcul.bornes.get((nom, s, w)) for nom in ("existant", "plancher", "revalorisation")
        )
        for i, cote in enumerate(("bas", "haut")):
            quantite = part * reference
            if notifie:
                sommes[i].append(regle.montant_nouveau(quantite, getattr(notifie, cote)))
            else:
                limites = [getattr(b, cote) if b else ZERO for b in (plancher, hausse)]
                sommes[i].append(regle.montant_existant(parts[i] * part, quantite, *limites))
        if not notifie:
            ouvertes += [f"COUNT({b.haut})=0" for b in (plancher, hausse) if b]
            ouvertes.append(f"ISTEXT({calcul.repartition.parts(s)[1]})")
    bas, haut = (_sum(termes) for termes in sommes)
    return _both(calcul, ligne, (bas, haut), ouvertes, g.here("existante", ligne))


def new(calcul: "Calcul", s: int, y: int, ligne: int) -> tuple[str, str]:
    """Chaque unité nouvelle reçoit le montant de sa tranche."""
    g, cadre = calcul.grille, calcul.q.r.cadre
    service = cadre.services[cadre.service[s]]
    sommes, ouvertes = ([], []), []
    for k, w in enumerate(np.flatnonzero(cadre.fenetres.annee == y).tolist()):
        bornes = calcul.bornes[("nouveau", s, w)]
        quantite = Terme(g.here(f"neuf{k}", ligne))
        for i, cote in enumerate(("bas", "haut")):
            sommes[i].append(service.offre_nouvelle(quantite, getattr(bornes, cote)))
        ouvertes.append(f"COUNT({bornes.haut})=0")
    return _both(calcul, ligne, tuple(_sum(t) for t in sommes), ouvertes, g.here("nouvelle", ligne))


def _sum(termes: list[Terme]) -> Terme:
    total = termes[0]
    for terme in termes[1:]:
        total = total + terme
    return total


def _both(
    calcul: "Calcul", ligne: int, montants: tuple[Terme, Terme], ouvertes: list[str], quantite: str
) -> tuple[str, str]:
    """Le bas ne compte que ce qui compte à coup sûr ; le haut n'a pas de borne quand un paramètre utile est vide."""
    sur, possible = (calcul.grille.here(c, ligne) for c in ("sur", "possible"))
    bas = rounded(f"{montants[0].factor()}*{sur}")
    haut = rounded(f"{montants[1].factor()}*{possible}")
    utiles = ",".join(dict.fromkeys(ouvertes))
    return bas, f'IF(AND({quantite}*{possible}>0,OR({utiles})),"{NON_BORNE}",{haut})' if utiles else haut
