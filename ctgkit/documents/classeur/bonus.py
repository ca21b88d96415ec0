"""Le classeur d'une simulation, aux formules vivantes : changer une case claire change les montants."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ctgkit.documents.classeur.calcul import COTES, Calcul, fill, sheet
from ctgkit.documents.classeur.croissance import base_months, growth_sheet
from ctgkit.documents.classeur.donnees import number_of, quantities
from ctgkit.documents.classeur.feuilles import Feuille, Figee, value_of, write_workbook
from ctgkit.documents.classeur.formules import criterion
from ctgkit.documents.classeur.parametres import NON_BORNE, Parametres, references, shares
from ctgkit.documents.modele import Colonne
from ctgkit.simulation import AVERTISSEMENT, Resultat, aggregate, alertes, compare_scenarios, engagements, questions

_COLONNES = {
    "axe": Colonne("Total de"),
    "nom": Colonne("Nom"),
    "annee": Colonne("Année", "annee"),
    "bas": Colonne("Bonus, au moins", "euros", 2, formule="ROUND({somme_bas}+{ajuste_bas},2)"),
    "haut": Colonne(
        "Bonus, au plus",
        "euros",
        2,
        formule=f'IF({{sans_borne}}>0,"{NON_BORNE}",ROUND({{somme_haut}}+{{ajuste_haut}},2))',
    ),
    "ajuste_bas": Colonne("Ajustement du bas", "euros", 2),
    "ajuste_haut": Colonne("Ajustement du haut", "euros", 2),
    "reference": Colonne("Référence", "euros", 2),
    "maintien": Colonne(
        "Engagement de la Caf",
        formule=(
            'IF({reference}="","à vérifier",IF(ROUND({bas}-{reference},2)>=0,"tenu",'
            'IF(ISNUMBER({haut}),IF(ROUND({haut}-{reference},2)<0,"perdu","à vérifier"),"à vérifier")))'
        ),
    ),
}
_NOTE = (
    "Ajustement : une enveloppe partagée est versée en entier, alors que la part de chacun est incertaine. "
    "Il est donné par l'atelier et ne suit pas les changements faits ici."
)
_VERDICTS = {"tenu": "tenu", "perdu": "perdu", "a_verifier": "à vérifier"}


def totals(r: Resultat, calcul: Feuille, nom: str) -> Feuille:
    """Année par année : le territoire, ses territoires de compétence et ce que la Caf y promet, ses communes."""
    feuille = Feuille(nom, _COLONNES, titre=nom, notes=(_NOTE,))
    table = pd.DataFrame(calcul.lignes, columns=list(calcul.colonnes)).map(value_of)
    promesses = {(e.competence, e.annee): e for e in engagements(r).itertuples(index=False)}
    noms = dict(zip(r.territoire.communes["code_insee"], r.territoire.communes["nom"], strict=True))
    axes = (("", "Territoire"), ("competence", "Territoire de compétence"), ("commune", "Commune"))
    for colonne, axe in axes:
        for t in aggregate(r, *filter(None, (colonne, "annee"))).itertuples(index=False):
            annee, valeur = int(t.annee), getattr(t, colonne) if colonne else ""
            montre = f"{valeur} {noms.get(valeur, '')}".strip() or "intercommunal" if colonne == "commune" else valeur
            criteres = f"{calcul.column('annee')},{annee}"
            criteres += f",{calcul.column(colonne)},{criterion(valeur)}" if colonne else ""
            siennes = table[(table["annee"] == annee) & (table[colonne] == valeur if colonne else True)]
            cites = {f"somme_{cote}": f"SUMIFS({calcul.column(cote)},{criteres})" for cote in ("bas", "haut")}
            cites["sans_borne"] = f'COUNTIFS({calcul.column("haut")},"{NON_BORNE}",{criteres})'
            montants = _side("bas", siennes, float(t.bas)) | _side("haut", siennes, float(t.haut))
            promesse = promesses.get((valeur, annee)) if colonne == "competence" else None
            feuille.add(cites, axe=axe, nom=montre, annee=annee, **montants, **_promise(promesse))
    return feuille


def _side(cote: str, lignes: pd.DataFrame, total: float) -> dict[str, Any]:
    """La somme des lignes, plus un ajustement fixe quand le moteur sait qu'une enveloppe est conservée."""
    somme = sum(np.inf if v == NON_BORNE else float(v or 0.0) for v in lignes[cote])
    ecrit = NON_BORNE if np.isinf(total) else total
    if np.isinf(somme) != np.isinf(total):
        return {cote: Figee(ecrit)}
    return {f"ajuste_{cote}": None if np.isinf(total) else round(total - somme, 2) or None, cote: ecrit}


def _promise(promesse: Any) -> dict[str, Any]:
    """Le maintien par la Caf, ce territoire de compétence, cette année."""
    if promesse is None:
        return {}
    verdict = _VERDICTS[str(promesse.maintien)]
    reference = number_of(promesse.reference_eur)
    return {"reference": reference, "maintien": Figee(verdict) if reference is None else verdict}


_MODE_D_EMPLOI = (
    AVERTISSEMENT,
    "Les cases à fond clair sont des données : quantités et dates (Périodes), cofinancement (Structures), adhésions "
    "(Communes), montants de référence (Références), poids (Répartition), barème daté et sourcé (Paramètres).",
    "Toutes les autres cases suivent. « non borné » : un paramètre utile n'est pas publié ; l'écrire borne le montant.",
    "Une ligne dont la note dit « figé » ne suit pas : une donnée manque, et l'atelier en donne les deux bornes.",
    "Ce classeur ne sait pas ajouter une structure ni un mouvement : pour cela, refaire la simulation dans l'atelier.",
)


def simulation_workbook(resultats: Sequence[Resultat]) -> bytes:
    """Un jeu de feuilles par scénario ; à plusieurs, elles portent une lettre et une feuille les compare."""
    jeux = [_scenario(r, f" {chr(65 + rang)}" if len(resultats) > 1 else "") for rang, r in enumerate(resultats)]
    comparaison = [_comparison(resultats, [jeu[0] for jeu in jeux])] if len(jeux) > 1 else []
    feuilles = [_guide(resultats), *comparaison, *(feuille for jeu in jeux for feuille in jeu)]
    return write_workbook(feuilles, titre=_title(resultats[0]))


def _scenario(r: Resultat, suffixe: str) -> tuple[Feuille, ...]:
    """Les feuilles d'un scénario, ses totaux d'abord."""

    def nommer(nom: str) -> str:
        return f"{nom}{suffixe}"

    mois = base_months(list(r.contextes.values()))
    parametres = Parametres.of(r, nommer("Paramètres"))
    montants = references(r, parametres, nommer("Références"))
    q = quantities(r, nommer, mois)
    repartition = shares(q, montants, nommer("Répartition"))
    calcul = Calcul(sheet(r, nommer("Calcul")), q, repartition, parametres)
    croissance = growth_sheet(q, parametres, calcul.feuille, mois, nommer("Croissance"))
    fill(calcul, croissance)
    resume = totals(r, calcul.feuille, nommer("Totaux"))
    faites = (resume, calcul.feuille, parametres.feuille, montants, repartition.feuille)
    donnees = (q.structures, q.periodes, q.communes, q.cadre)
    paliers = (croissance.feuille,) if croissance.feuille.lignes else ()
    return (*faites, *donnees, *paliers, _questions(r, nommer("À demander")))


def _guide(resultats: Sequence[Resultat]) -> Feuille:
    colonnes = [Colonne(nom) for nom in ("Scénario", "Nom", "Code", "Répartition", "Années")]
    annees = resultats[0].annees
    dites = f"{annees[0]} à {annees[-1]}" if len(annees) > 1 else str(annees[0])
    lignes = [
        (chr(65 + rang), r.scenario.nom, r.scenario.code, r.scenario.repartition, dites)
        for rang, r in enumerate(resultats)
    ]
    return Feuille.of("Lisez-moi", colonnes, lignes, titre=_title(resultats[0]), notes=_MODE_D_EMPLOI)


def _questions(r: Resultat, nom: str) -> Feuille:
    effets = (Colonne(f"Effet, {mot}", "euros", 2) for mot in COTES.values())
    lignes = [
        (q.parametre, q.question, q.effet_bas, NON_BORNE if q.effet_haut is None else q.effet_haut)
        for q in questions(r)
    ]
    lignes += [(f"{a.niveau} — {a.ou}", a.message, None, None) for a in alertes(r)]
    colonnes = (Colonne("Sujet"), Colonne("Question ou alerte"), *effets)
    return Feuille.of(nom, colonnes, lignes, titre="À demander à la Caf, et alertes")


def _comparison(resultats: Sequence[Resultat], totaux: Sequence[Feuille]) -> Feuille:
    """Chaque année, chaque scénario et son écart au premier, puis les phrases de la comparaison."""
    rangs = range(len(resultats))
    colonnes = {"annee": Colonne("Année", "annee")}
    for i, r in enumerate(resultats):
        libelle = f"{chr(65 + i)} — {r.scenario.nom}, au moins"
        colonnes[f"bas{i}"] = Colonne(libelle, "euros", 2, formule=f"{{total{i}}}")
    for i in rangs[1:]:
        libelle = f"Écart de {chr(65 + i)} à A"
        colonnes[f"ecart{i}"] = Colonne(libelle, "euros", 2, formule=f"{{bas{i}}}-{{bas0}}")
    phrases = compare_scenarios(*resultats).phrases[:40]
    feuille = Feuille("Comparaison", colonnes, titre="Comparaison", notes=tuple(phrases))
    for rang, annee in enumerate(resultats[0].annees):
        bas = [float(f.value("bas", rang) or 0.0) for f in totaux]
        feuille.add(
            {f"total{i}": f.case("bas", f.premiere + rang) for i, f in enumerate(totaux)},
            annee=annee,
            **{f"bas{i}": valeur for i, valeur in enumerate(bas)},
            **{f"ecart{i}": round(bas[i] - bas[0], 2) for i in rangs[1:]},
        )
    return feuille


def _title(r: Resultat) -> str:
    return f"{r.territoire.nom} : simulation du bonus territoire"
