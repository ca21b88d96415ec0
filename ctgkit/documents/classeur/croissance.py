"""La feuille « Croissance » : les places de l'année de départ, de chaque année, et le palier qu'elles ouvrent."""

from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise, product
from typing import Any

import numpy as np

from ctgkit import droit
from ctgkit.documents.classeur.donnees import FeuillesQuantites, month_label
from ctgkit.documents.classeur.feuilles import Feuille, Formule
from ctgkit.documents.classeur.formules import Terme, criterion
from ctgkit.documents.classeur.parametres import Bornes, Parametres
from ctgkit.documents.modele import Colonne
from ctgkit.formats import pourcent
from ctgkit.simulation.calcul.complements import ANNEE_BASE, Contexte, growth
from ctgkit.simulation.calcul.quantites import month

COMPTES = ("sur", "possible")
INCONNUE = "inconnue"
_NOTE = (
    "La date exacte de départ, le périmètre et parfois le cofinancement ne sont pas connus : on compte de toutes les "
    "façons possibles, et l'on garde la plus petite et la plus grande croissance."
)


@dataclass
class Croissance:
    """La feuille, ce qu'elle cite, et les deux bornes du palier, par année et par territoire de compétence."""

    feuille: Feuille
    q: FeuillesQuantites
    parametres: Parametres
    calcul: Feuille
    facons: list[tuple[bool, str]]
    mois: list[int]
    paliers: dict[tuple[str, int, str], Bornes] = field(default_factory=dict)

    def covers(self, contexte: Contexte, source: str) -> bool:
        """Le palier de cet argument se calcule ici."""
        cles = {(code, annee) for code, annee, _ in self.paliers}
        return source.endswith(" selon croissance") and (contexte.dispositif.code, contexte.annee) in cles


def base_months(q_contextes: list[Contexte]) -> list[int]:
    """Les mois de l'année de départ qu'il faut compter : un seul quand rien n'y change."""
    c = next((c for c in q_contextes if c.dispositif.palier), None)
    if c is None or not _countable(c):
        return []
    annee = int(c.cadre.value(ANNEE_BASE, c.cadre.etat.bareme[ANNEE_BASE].valeurs[0].depuis).bas)
    return [month(annee) + m for m in range(len(c.commun.mensuelles))]


def growth_sheet(
    quantites: FeuillesQuantites, parametres: Parametres, calcul: Feuille, mois: list[int], nom: str
) -> Croissance:
    contextes = [c for c in quantites.r.contextes.values() if mois and c.dispositif.palier and c.arguments]
    facons = _ways(contextes[0]) if contextes else []
    feuille = Feuille(nom, _columns(facons, mois), titre=nom, notes=(_NOTE,))
    rendue = Croissance(feuille, quantites, parametres, calcul, facons, mois)
    for c in contextes:
        for competence in dict.fromkeys(quantites.r.territoire.structures["competence"][c.qui].tolist()):
            rendue.paliers[c.dispositif.code, c.annee, competence] = _add(rendue, c, competence)
    return rendue


def _countable(contexte: Contexte) -> bool:
    ouvertes = contexte.yearly(contexte.cadre.quantites.ouverte)
    return not contexte.commun.flottantes and not any(
        np.isnan(m).any() for m in (*contexte.commun.mensuelles, ouvertes)
    )


def _ways(contexte: Contexte) -> list[tuple[bool, str]]:
    """Chaque façon de compter : tout le territoire ou la compétence, ce qui compte à coup sûr ou peut-être."""
    perimetres = [False, True][: len(contexte.commun.perimetres)]
    return list(product(perimetres, COMPTES[: len(contexte.commun.retenues)]))


def _columns(facons: list[tuple[bool, str]], mois: list[int]) -> dict[str, Colonne]:
    colonnes = {"annee": Colonne("Année", "annee"), "competence": Colonne("Territoire de compétence")}
    for i, (tout, compte) in enumerate(facons):
        ou = f"{'toute la Ctg' if tout else 'compétence'}, {'à coup sûr' if compte == 'sur' else 'peut-être'}"
        for m in mois:
            colonnes[f"base{i}_{m}"] = Colonne(f"Places au {month_label(m)} ({ou})", "nombre", 2)
        colonnes[f"annee{i}"] = Colonne(f"Places de l'année ({ou})", "nombre", 2)
        bases = f"{{base{i}_{mois[0]}}}:{{base{i}_{mois[-1]}}}"
        for cle, mot, choix in (("lente", "petite", "MAX"), ("vive", "grande", "MIN")):
            base = f"{choix}({bases})"
            formule = f'IF({base}>0,({{annee{i}}}-{base})/{base},"{INCONNUE}")'
            colonnes[f"{cle}{i}"] = Colonne(f"Croissance, la plus {mot} ({ou})", "nombre", 6, formule=formule)
    toutes = ",".join(f"{{{cle}{i}}}" for i in range(len(facons)) for cle in ("lente", "vive"))
    for cle, mot, choix in (("moins", "au moins", "MIN"), ("plus", "au plus", "MAX")):
        formule = f'IF(COUNT({toutes})<{2 * len(facons)},"{INCONNUE}",{choix}({toutes}))'
        colonnes[cle] = Colonne(f"Croissance, {mot}", "nombre", 6, formule=formule)
    return colonnes | {
        "bas": Colonne("Palier, au moins", "euros", 2, formule="MIN({palier_bas_moins},{palier_bas_plus})"),
        "haut": Colonne("Palier, au plus", "euros", 2, formule="MAX({palier_haut_moins},{palier_haut_plus})"),
        "probleme": Colonne("Ne suit plus", "nombre", formule="{problemes}"),
    }


def _add(croissance: Croissance, contexte: Contexte, competence: str) -> Bornes:
    """Une année et un territoire de compétence ; rend les cases de son palier."""
    place = int(np.flatnonzero(croissance.q.r.territoire.structures["competence"][contexte.qui] == competence)[0])
    pas = 2 if len(croissance.mois) > 1 else 1
    valeurs: dict[str, Any] = {"annee": contexte.annee, "competence": competence}
    for i, (tout, compte) in enumerate(croissance.facons):
        lent = contexte.comptes[i * pas]
        perimetre = lent.perimetre[place]
        mensuelles, de_l_annee = _monthly(contexte, perimetre, (tout, compte)), float(lent.annee[perimetre])
        for m, valeur in zip(croissance.mois, mensuelles, strict=True):
            somme = _sum(croissance.q.periodes, f"base{m}", (contexte, competence, tout, compte), 0)
            valeurs[f"base{i}_{m}"] = Formule(somme, valeur)
        valeurs[f"annee{i}"] = Formule(
            _sum(croissance.calcul, "ouverte", (contexte, competence, tout, compte), contexte.annee), de_l_annee
        )
        for cle, base in (("lente", max(mensuelles)), ("vive", min(mensuelles))):
            valeurs[f"{cle}{i}"] = (de_l_annee - base) / base if base > 0 else INCONNUE
    for cle, taux in zip(("moins", "plus"), growth(contexte.comptes), strict=True):
        valeurs[cle] = INCONNUE if np.isnan(taux[place]) else float(taux[place])
    code = contexte.dispositif.palier
    argument = next(a for a in contexte.arguments.values() if a.parametre == code)
    bas, haut = (float(b[place]) for b in argument.bornes)
    cites = _steps(croissance.feuille, croissance.parametres, contexte, code)
    cites["problemes"] += f"+{_uncounted(croissance, contexte)}"
    ligne = croissance.feuille.add(cites, **valeurs, bas=bas, haut=haut, probleme=0)
    cases = (Terme(croissance.feuille.case(cle, ligne)) for cle in ("bas", "haut"))
    return Bornes(*cases, ouverte=False, probleme=croissance.feuille.case("probleme", ligne))


def _uncounted(croissance: Croissance, contexte: Contexte) -> str:
    """Ce que la feuille ne sait pas compter : une quantité vide, un cofinancement vidé, un départ qui bouge."""
    p = croissance.q.periodes
    colonnes = [p.column("probleme")]
    if len(contexte.commun.retenues) == 1:
        colonnes.append(f"{p.column('possible')}-{p.column('sur')}")
    if len(croissance.mois) == 1:
        fin = croissance.mois[0] + 11
        for mois in map(p.column, ("debut_mois", "fin_mois")):
            colonnes.append(f"({mois}>{croissance.mois[0]})*({mois}<={fin})")
    types = p.column("type")
    return "+".join(
        f'SUMPRODUCT(({types}="{service}")*({colonne}))'
        for service in contexte.dispositif.services
        for colonne in colonnes
    )


def _monthly(contexte: Contexte, perimetre: int, facon: tuple[bool, str]) -> list[float]:
    tout, compte = facon
    retenues = contexte.commun.retenues[COMPTES.index(compte)]
    ou = contexte.commun.perimetres[int(tout)] == perimetre
    return [float(m[retenues & ou].sum()) for m in contexte.commun.mensuelles]


def _sum(feuille: Feuille, colonne: str, quoi: tuple[Contexte, str, bool, str], annee: int) -> str:
    """Les places de tous les services du dispositif, dans le périmètre et selon la façon de compter."""
    c, competence, tout, compte = quoi
    criteres = f",{feuille.column(compte)},1"
    criteres += "" if tout else f",{feuille.column('competence')},{criterion(competence)}"
    criteres += f",{feuille.column('annee')},{annee}" if annee else ""
    somme, types = feuille.column(colonne), feuille.column("type")
    return "+".join(f'SUMIFS({somme},{types},"{service}"{criteres})' for service in c.dispositif.services)


def _steps(feuille: Feuille, parametres: Parametres, contexte: Contexte, code: str) -> dict[str, str]:
    """Le palier de chaque borne de la croissance, cherché dans les tranches de la feuille « Paramètres »."""
    valeur = contexte.cadre.value(code, date(contexte.annee, 1, 1))
    lignes = [_tranche_row(parametres, code, valeur, t) for t in valeur.tranches]
    seuils = [parametres.feuille.case("seuil", n) for n in lignes[:-1]]
    cases = [parametres.feuille.case(cle, n) for n in lignes for cle in ("bas", "haut")]
    croissants = [f"IF({bas}<{haut},0,1)" for bas, haut in pairwise(seuils)]
    illisibles = [f"{len(cases)}-COUNT({','.join(cases)})", *(parametres.feuille.case("probleme", n) for n in lignes)]
    signe = "<=" if valeur.tranches[0].incluse else "<"
    paliers = {"problemes": "+".join([*illisibles, *croissants])}
    for cle, choix in (("bas", "MIN"), ("haut", "MAX")):
        montants = [parametres.feuille.case(cle, n) for n in lignes]
        for borne in ("moins", "plus"):
            case, choisi = feuille.here(borne, feuille.suivante), montants[-1]
            for seuil, montant in zip(reversed(seuils), reversed(montants[:-1]), strict=True):
                choisi = f"IF(ROUND({case},9){signe}{seuil},{montant},{choisi})"
            paliers[f"palier_{cle}_{borne}"] = f'IF({case}="{INCONNUE}",{choix}({",".join(montants)}),{choisi})'
    return paliers


def _tranche_row(parametres: Parametres, code: str, valeur: droit.Valeur, tranche: Any) -> int:
    seuil = tranche.limites.get("")
    mot = "au-delà"
    if seuil is not None:
        mot = f"croissance {'jusqu’à' if tranche.incluse else 'de moins de'} {pourcent(100 * seuil, 0)}"
    return parametres.row(code, valeur, (tranche.bas, tranche.haut), mot, seuil)
