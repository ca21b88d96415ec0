"""La feuille « Croissance » : les places de l'année de départ, de chaque année, et le palier qu'elles ouvrent."""

from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Any

import numpy as np

from ctgkit import droit
from ctgkit.documents.classeur.donnees import Quantites
from ctgkit.documents.classeur.feuilles import Formule, Grille
from ctgkit.documents.classeur.formules import Terme, criterion
from ctgkit.documents.classeur.parametres import Bornes, Parametres
from ctgkit.documents.modele import Colonne
from ctgkit.simulation.calcul.complements import ANNEE_BASE, Contexte, growth
from ctgkit.simulation.calcul.quantites import month

COMPTES = ("sur", "possible")
INCONNUE = "inconnue"


@dataclass
class Croissance:
    """Les deux bornes du palier, par année et par territoire de compétence."""

    grille: Grille
    paliers: dict[tuple[str, int, str], Bornes] = field(default_factory=dict)


def base_months(q_contextes: list[Contexte]) -> list[int]:
    """Les mois de l'année de départ qu'il faut compter : un seul quand rien n'y change."""
    c = next((c for c in q_contextes if _follows_growth(c)), None)
    if c is None or not _countable(c):
        return []
    annee = int(c.cadre.value(ANNEE_BASE, c.cadre.etat.bareme[ANNEE_BASE].valeurs[0].depuis).bas)
    return [month(annee) + m for m in range(len(c.depart.mensuelles))]


def growth_sheet(q: Quantites, parametres: Parametres, calcul: Grille, mois: list[int], nom: str) -> Croissance:
    contextes = [c for c in q.r.contextes.values() if mois and _follows_growth(c) and c.arguments]
    facons = _ways(contextes[0]) if contextes else []
    rendue = Croissance(Grille(nom, _columns(facons, mois), notes=(
        "La date exacte de départ, le périmètre et parfois le cofinancement ne sont pas connus : on compte de toutes "
        "les façons possibles, et l'on garde la plus petite et la plus grande croissance.",)))  # fmt: skip
    for c in contextes:
        argument = next(s for s in c.dispositif.arguments.values() if s.endswith(" selon croissance"))
        code = f"{c.dispositif.fichier}.{argument.split(' ')[0]}"
        for competence in dict.fromkeys(q.r.territoire.structures["competence"][c.qui].tolist()):
            ligne = _add(rendue.grille, q, c, calcul, (competence, facons, mois))
            rendue.paliers[c.dispositif.code, c.annee, competence] = _step(rendue.grille, parametres, c, code, ligne)
    return rendue


def _follows_growth(c: Contexte) -> bool:
    return any(source.endswith(" selon croissance") for source in c.dispositif.arguments.values())


def _countable(c: Contexte) -> bool:
    ouvertes = c.yearly(c.cadre.quantites.ouverte)
    return not any(np.isnan(m).any() for m in (*c.depart.mensuelles, ouvertes))


def _ways(c: Contexte) -> list[tuple[bool, str]]:
    """Chaque façon de compter : tout le territoire ou la compétence, ce qui compte à coup sûr ou peut-être."""
    perimetres = [False, True][: len(c.depart.perimetres)]
    return list(product(perimetres, COMPTES[: len(c.depart.comptes)]))


def _columns(facons: list[tuple[bool, str]], mois: list[int]) -> dict[str, Colonne]:
    colonnes = {"annee": Colonne("Année", "annee"), "competence": Colonne("Territoire de compétence")}
    for i, (tout, compte) in enumerate(facons):
        ou = f"{'toute la Ctg' if tout else 'compétence'}, {'à coup sûr' if compte == 'sur' else 'peut-être'}"
        colonnes |= {
            f"base{i}_{m}": Colonne(f"Places au 01/{m % 12 + 1:02d}/{m // 12 + 1970} ({ou})", "nombre", 2) for m in mois
        }
        colonnes |= {f"annee{i}": Colonne(f"Places de l'année ({ou})", "nombre", 2),
                     f"lente{i}": Colonne(f"Croissance, la plus petite ({ou})", "nombre", 6),
                     f"vive{i}": Colonne(f"Croissance, la plus grande ({ou})", "nombre", 6)}  # fmt: skip
    return colonnes | {
        "moins": Colonne("Croissance, au moins", "nombre", 6), "plus": Colonne("Croissance, au plus", "nombre", 6),
        "bas": Colonne("Palier, au moins", "euros", 2), "haut": Colonne("Palier, au plus", "euros", 2),
    }  # fmt: skip


def _add(grille: Grille, q: Quantites, c: Contexte, calcul: Grille, quoi: tuple[str, list, list[int]]) -> int:
    competence, facons, mois = quoi
    place = next(i for i, s in enumerate(c.qui) if q.r.territoire.structures["competence"][s] == competence)
    ligne, pas = grille.suivante, 2 if len(mois) > 1 else 1
    fiche: dict[str, Any] = {"annee": c.annee, "competence": competence}
    for i, (tout, compte) in enumerate(facons):
        lents = c.comptes[i * pas : i * pas + pas]
        perimetre = lents[0].perimetre[place]
        mensuelles = _monthly(c, perimetre, (tout, compte))
        for m, valeur in zip(mois, mensuelles, strict=True):
            fiche[f"base{i}_{m}"] = Formule(_sum(q.periodes, f"base{m}", (c, competence, tout, compte), 0), valeur)
        fiche[f"annee{i}"] = Formule(_sum(calcul, "ouverte", (c, competence, tout, compte), c.annee),
                                     float(lents[0].annee[perimetre]))  # fmt: skip
        bases = f"{grille.here(f'base{i}_{mois[0]}', ligne)}:{grille.here(f'base{i}_{mois[-1]}', ligne)}"
        annee = grille.here(f"annee{i}", ligne)
        for cle, choix, borne in ((f"lente{i}", "MAX", max(mensuelles)), (f"vive{i}", "MIN", min(mensuelles))):
            taux = (float(lents[0].annee[perimetre]) - borne) / borne if borne > 0 else INCONNUE
            base = f"{choix}({bases})"
            fiche[cle] = Formule(f'=IF({base}>0,({annee}-{base})/{base},"{INCONNUE}")', taux)
    taux = [float(v[place]) for v in growth(c.comptes)]
    toutes = ",".join(grille.here(f"{cle}{i}", ligne) for i in range(len(facons)) for cle in ("lente", "vive"))
    for cle, choix, valeur in (("moins", "MIN", taux[0]), ("plus", "MAX", taux[1])):
        connu = f'IF(COUNT({toutes})<{2 * len(facons)},"{INCONNUE}",{choix}({toutes}))'
        fiche[cle] = Formule(f"={connu}", INCONNUE if np.isnan(valeur) else valeur)
    return grille.add(**fiche)


def _monthly(c: Contexte, perimetre: int, facon: tuple[bool, str]) -> list[float]:
    tout, compte = facon
    retenues = c.depart.comptes[COMPTES.index(compte)]
    ou = c.depart.perimetres[int(tout)] == perimetre
    return [float(m[retenues & ou].sum()) for m in c.depart.mensuelles]


def _sum(grille: Grille, colonne: str, quoi: tuple[Contexte, str, bool, str], annee: int) -> str:
    """Les places de tous les services du dispositif, dans le périmètre et selon la façon de compter."""
    c, competence, tout, compte = quoi
    criteres = f",{grille.column(compte)},1"
    criteres += "" if tout else f",{grille.column('competence')},{criterion(competence)}"
    criteres += f",{grille.column('annee')},{annee}" if annee else ""
    sommes = (
        f'SUMIFS({grille.column(colonne)},{grille.column("type")},"{s}"{criteres})' for s in c.dispositif.services
    )
    return "=" + "+".join(sommes)


def _step(grille: Grille, parametres: Parametres, c: Contexte, code: str, ligne: int) -> Bornes:
    """Le palier de chaque borne de la croissance, cherché dans les tranches de la feuille « Paramètres »."""
    valeur = c.cadre.value(code, date(c.annee, 1, 1))
    lignes = [_tranche_row(parametres, code, valeur, t) for t in valeur.tranches]
    p, rang = parametres.grille, grille.lignes[ligne - grille.premiere]
    cles = list(grille.colonnes)
    bornes = []
    for cle, choix in (("bas", "MIN"), ("haut", "MAX")):
        montants = [p.case(cle, n) for n in lignes]
        seuils = [p.case("seuil", n) for n in lignes[:-1]]
        signe = "<=" if valeur.tranches[0].incluse else "<"
        paliers = []
        for borne in ("moins", "plus"):
            x = grille.here(borne, ligne)
            choisi = montants[-1]
            for seuil, montant in zip(reversed(seuils), reversed(montants[:-1]), strict=True):
                choisi = f"IF(ROUND({x},9){signe}{seuil},{montant},{choisi})"
            paliers.append(f'IF({x}="{INCONNUE}",{choix}({",".join(montants)}),{choisi})')
        argument = next(a for a in c.arguments.values() if a.parametre == code)
        place = int(np.flatnonzero(c.cadre.etat.territoire.structures["competence"][c.qui] == rang[1])[0])
        connu = float(argument.bornes[cle == "haut"][place])
        rang[cles.index(cle)] = Formule(f"={choix}({paliers[0]},{paliers[1]})", connu)
        bornes.append(Terme(grille.case(cle, ligne)))
    return Bornes(*bornes, ouverte=False)


def _tranche_row(parametres: Parametres, code: str, valeur: droit.Valeur, tranche: Any) -> int:
    seuil = tranche.limites.get("")
    mot = "au-delà" if seuil is None else f"croissance {'jusqu’à' if tranche.incluse else 'de moins de'} {seuil:.0%}"
    return parametres.row(code, valeur, tranche.bas, tranche.haut, mot.replace("%", "\u202f%"), seuil)
