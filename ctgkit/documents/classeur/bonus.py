"""Le classeur d'une simulation, aux formules vivantes : changer une case claire change les montants."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from ctgkit.documents.classeur.calcul import COTES, Calcul, fill, frozen, sheet
from ctgkit.documents.classeur.croissance import base_months, growth_sheet
from ctgkit.documents.classeur.donnees import check_sheet, quantities
from ctgkit.documents.classeur.feuilles import Feuille, value_of, write_workbook
from ctgkit.documents.classeur.formules import A_REFAIRE, criterion, unless
from ctgkit.documents.classeur.parametres import NON_BORNE, Parametres, references, shares, shares_sheet
from ctgkit.documents.modele import Colonne
from ctgkit.simulation import (
    AVERTISSEMENT,
    VERDICTS,
    Resultat,
    aggregate,
    alertes,
    compare_scenarios,
    engagements,
    latest_edition,
    money,
    name_competence,
    questions,
    reread,
)

_NON_CALCULE = f'"{A_REFAIRE}"'
_TENU = "AND(ISNUMBER({reference_haut}),ROUND({bas},2)>=ROUND(N({reference_haut}),2))"
_PERDU = (
    "AND(ISNUMBER({haut}),ISNUMBER({reference_bas}),{perdues}=0,ROUND(N({haut})+{ailleurs},2)<N({reference_bas})-0.005)"
)
_VERDICT = f'IF(ISTEXT({{bas}}),{_NON_CALCULE},IF({_TENU},"tenu",IF({_PERDU},"perdu","à vérifier")))'
_COLONNES = {
    "axe": Colonne("Total de"),
    "nom": Colonne("Nom"),
    "annee": Colonne("Année", "annee"),
    "bas": Colonne("Bonus, au moins", "euros", 2, formule=unless("{perdus}", "ROUND({somme_bas}+{ajuste_bas},2)")),
    "haut": Colonne(
        "Bonus, au plus",
        "euros",
        2,
        formule=unless("{perdus}", f'IF({{sans_borne}}>0,"{NON_BORNE}",ROUND({{somme_haut}}+{{ajuste_haut}},2))'),
    ),
    "connu": Colonne("Bonus, au plus de ce qui est publié", "euros", 2),
    "ajuste_bas": Colonne("Ajustement du bas", "euros", 2),
    "ajuste_haut": Colonne("Ajustement du haut", "euros", 2),
    "reference_bas": Colonne("Référence, au moins", "euros", 2, formule='IF({presentes}=0,"",{references_bas})'),
    "reference_haut": Colonne(
        "Référence, au plus",
        "euros",
        2,
        formule=f'IF({{presentes}}=0,"",IF({{muettes}}>0,"{NON_BORNE}",{{references_haut}}))',
    ),
    "maintien": Colonne("Engagement de la Caf", formule=_VERDICT),
}
_NOTE = (
    "Ajustement : une enveloppe partagée est versée en entier, alors que la part de chacun est incertaine. "
    f"Il est figé : si l'on change ce dont il dépend, le total devient « {A_REFAIRE} »."
)


def totals(resultat: Resultat, calcul: Feuille, references: Feuille, nom: str, touchees: str) -> Feuille:
    """Année par année : le territoire, ses territoires de compétence et ce que la Caf y promet, ses communes."""
    feuille = Feuille(nom, _COLONNES, titre=nom, notes=(_NOTE,))
    table = pd.DataFrame(calcul.lignes, columns=list(calcul.colonnes)).map(value_of)
    promesses = {(e.competence, e.annee): e for e in engagements(resultat).itertuples(index=False)}
    noms = dict(zip(resultat.territoire.communes["code_insee"], resultat.territoire.communes["nom"], strict=True))
    axes = (("", "Territoire"), ("competence", "Territoire de compétence"), ("commune", "Commune"))
    for colonne, axe in axes:
        for (valeur, annee), bas, haut, connu in _each(resultat, colonne, table, promesses):
            montre = name_competence(resultat, valeur) if colonne == "competence" else noms.get(valeur, valeur)
            montre = montre or ("intercommunal" if colonne == "commune" else "")
            criteres = f"{calcul.column('annee')},{annee}"
            criteres += f",{calcul.column(colonne)},{criterion(valeur)}" if colonne else ""
            siennes = table[(table["annee"] == annee) & (table[colonne] == valeur if colonne else True)]
            cites = {f"somme_{cote}": f"SUMIFS({calcul.column(cote)},{criteres})" for cote in ("bas", "haut")}
            cites["sans_borne"] = f'COUNTIFS({calcul.column("haut")},"{NON_BORNE}",{criteres})'
            cites["perdus"] = f"COUNTIFS({calcul.column('bas')},{_NON_CALCULE},{criteres})"
            montants = _side("bas", siennes, bas, touchees) | _side("haut", siennes, haut, touchees)
            promesse = promesses.get((valeur, annee)) if colonne == "competence" else None
            if promesse is not None:
                cites |= _references(references, valeur)
            feuille.add(
                cites, axe=axe, nom=montre, annee=annee, connu=frozen(touchees, connu), **montants, **_promise(promesse)
            )
    return feuille


def _each(
    resultat: Resultat, colonne: str, table: pd.DataFrame, promesses: dict[tuple[str, int], Any]
) -> Iterator[tuple[tuple[str, int], float, float, float]]:
    """Chaque total : bas, haut, haut de ce qui est publié ; même celui d'un lieu qui n'a encore aucun montant."""
    connus = {
        (getattr(t, colonne) if colonne else "", int(t.annee)): (float(t.bas), float(t.haut), float(t.haut_connu))
        for t in aggregate(resultat, *filter(None, (colonne, "annee"))).itertuples(index=False)
    }
    lieux = [""] if not colonne else sorted(set(table[colonne]))
    if colonne == "competence":
        lieux = list(dict.fromkeys([*lieux, *(nom for nom, _ in promesses)]))
    sinon = (0.0, 0.0 if len(resultat.territoire.structures) else np.inf, 0.0)
    for lieu, annee in product(lieux, resultat.annees):
        yield (lieu, annee), *connus.get((lieu, annee), sinon)


def _references(references: Feuille, competence: str) -> dict[str, str]:
    """Ce que la Caf versait à ce territoire de compétence ; une référence attendue qui manque, et on ne sait plus."""
    critere = f"{references.column('competence')},{criterion(competence)}"
    colonnes = {
        "presentes": "presente",
        "muettes": "muette",
        "perdues": "perdue",
        "references_bas": "an_bas",
        "references_haut": "an_haut",
        "ailleurs": "ailleurs",
    }
    return {nom: f"SUMIFS({references.column(cle)},{critere})" for nom, cle in colonnes.items()}


def _side(cote: str, lignes: pd.DataFrame, total: float, touchees: str) -> dict[str, Any]:
    """La somme des lignes, plus un ajustement fixe quand le moteur sait qu'une enveloppe est conservée."""
    somme = sum(np.inf if v == NON_BORNE else float(v or 0.0) for v in lignes[cote])
    ecrit = NON_BORNE if np.isinf(total) else total
    if np.isinf(somme) != np.isinf(total):
        return {cote: frozen(touchees, ecrit)}
    return {f"ajuste_{cote}": None if np.isinf(total) else round(total - somme, 2) or None, cote: ecrit}


def _promise(promesse: Any) -> dict[str, Any]:
    """Le maintien par la Caf, ce territoire de compétence, cette année."""
    if promesse is None:
        return {}
    bornes = promesse.reference_bas, promesse.reference_haut
    ecrites = ["" if np.isnan(b) else NON_BORNE if np.isinf(b) else float(b) for b in bornes]
    verdict = VERDICTS[str(promesse.maintien)]
    return dict(zip(("reference_bas", "reference_haut", "maintien"), (*ecrites, verdict), strict=True))


_MODE_D_EMPLOI = (
    AVERTISSEMENT,
    "Les cases à fond clair sont des données : quantités et dates (Périodes), cofinancement (Structures), adhésions "
    "(Communes), montants de référence (Références), poids (Répartition), barème daté et sourcé (Paramètres).",
    "Les autres cases sont verrouillées et suivent. « non borné » : un paramètre utile n'est pas publié ; l'écrire "
    "borne le montant.",
    f"« {A_REFAIRE} » : le classeur ne sait pas suivre ce changement (une case vidée, ou dont dépend un montant dit "
    "« figé ») ; l'atelier, lui, le calcule.",
    "Ce classeur ne sait pas ajouter une structure ni un mouvement : pour cela, refaire la simulation dans l'atelier.",
)


def simulation_workbook(resultats: Sequence[Resultat]) -> bytes:
    """Un jeu de feuilles par scénario ; à plusieurs, elles portent une lettre et une feuille les compare."""
    return write_workbook(workbook_sheets(resultats), titre=_title(resultats[0]))


def workbook_sheets(resultats: Sequence[Resultat]) -> list[Feuille]:
    """Les feuilles du classeur, prêtes à écrire."""
    jeux = [_scenario(r, f" {chr(65 + rang)}" if len(resultats) > 1 else "") for rang, r in enumerate(resultats)]
    comparaison = [_comparison(resultats, jeux)] if len(jeux) > 1 else []
    return [_guide(resultats), *comparaison, *(feuille for jeu in jeux for feuille in jeu)]


def _scenario(resultat: Resultat, suffixe: str) -> tuple[Feuille, ...]:
    """Les feuilles d'un scénario, ses totaux d'abord."""

    def nommer(nom: str) -> str:
        return f"{nom}{suffixe}"

    mois = base_months(list(resultat.contextes.values()))
    parametres = Parametres.of(resultat, nommer("Paramètres"))
    q = quantities(resultat, nommer, mois)
    partage = shares_sheet(q, nommer("Répartition"))
    montants = references(resultat, parametres, q.cadre, partage, nommer("Références"))
    repartition = shares(q, montants, partage)
    calcul = Calcul(sheet(resultat, nommer("Calcul")), q, repartition, parametres)
    croissance = growth_sheet(q, parametres, calcul.feuille, mois, nommer("Croissance"))
    fill(calcul, croissance)
    resume = totals(resultat, calcul.feuille, montants, nommer("Totaux"), q.touched)
    controle = check_sheet(q, parametres.feuille, montants, repartition.feuille)
    faites = (resume, calcul.feuille, parametres.feuille, montants, repartition.feuille)
    donnees = (q.structures, q.periodes, q.communes, q.cadre, controle)
    paliers = (croissance.feuille,) if croissance.feuille.lignes else ()
    argent = _money(resultat, nommer("Argent"), q.touched)
    return (*faites, argent, *donnees, *paliers, _questions(resultat, nommer("À demander"), q.touched))


def _guide(resultats: Sequence[Resultat]) -> Feuille:
    colonnes = [Colonne(nom) for nom in ("Scénario", "Nom", "Code", "Répartition", "Années")]
    annees = resultats[0].annees
    dites = f"{annees[0]} à {annees[-1]}" if len(annees) > 1 else str(annees[0])
    lignes = [
        (chr(65 + rang), r.scenario.nom, r.scenario.code, r.scenario.repartition, dites)
        for rang, r in enumerate(resultats)
    ]
    editions = [f"Calcul édition {latest_edition().numero}.", *(p for r in resultats for p in reread(r).phrases)]
    return Feuille.of("Lisez-moi", colonnes, lignes, titre=_title(resultats[0]), notes=(*_MODE_D_EMPLOI, *editions))


def _questions(resultat: Resultat, nom: str, touchees: str) -> Feuille:
    effets = (Colonne(f"Effet, {mot}", "euros", 2) for mot in COTES.values())

    def dire(effet: float | None) -> Any:
        return frozen(touchees, NON_BORNE if effet is None else effet)

    lignes = [(q.question, dire(q.effet_bas), dire(q.effet_haut)) for q in questions(resultat)]
    lignes += [(f"{a.niveau} : {a.message}", None, None) for a in alertes(resultat)]
    note = "Figé : établi par l'atelier, avant ce que l'on change ici."
    titre = "À demander à la Caf, et alertes"
    return Feuille.of(nom, (Colonne("Question ou alerte"), *effets), lignes, titre=titre, notes=(note,))


_ARGENT = {
    "nom": Colonne("Structure"),
    "annee": Colonne("Année", "annee"),
    "quoi": Colonne("Dispositif, ou reste à charge"),
    "simule_bas": Colonne("Simulé, au moins", "euros", 2),
    "simule_haut": Colonne("Simulé, au plus", "euros", 2),
    "notifie_eur": Colonne("Notifié", "euros", 2),
    "percu_eur": Colonne("Perçu", "euros", 2),
    "etat": Colonne("État"),
    "acompte_max": Colonne("Acomptes, au plus", "euros", 2),
    "solde_min": Colonne("Solde, au moins", "euros", 2),
    "charges_eur": Colonne("Charges", "euros", 2),
    "participations_eur": Colonne("Participations", "euros", 2),
    "financements_bas": Colonne("Financements, au moins", "euros", 2),
    "financements_haut": Colonne("Financements, au plus", "euros", 2),
    "reste_bas": Colonne("Reste à charge, au moins", "euros", 2),
    "reste_haut": Colonne("Reste à charge, au plus", "euros", 2),
}
_DONNEES_DE_L_ARGENT = ("nom", "annee", "quoi", "notifie_eur", "percu_eur")
_NOTE_ARGENT = (
    "Ce que la Caf a notifié et versé, les acomptes, et ce qui reste à charge ; vide : pas connu, ou rien ne le borne.",
    f"Figé : « {A_REFAIRE} » dès que l'on change une case.",
)


def _money(resultat: Resultat, nom: str, touchees: str) -> Feuille:
    """Simulé, notifié, perçu, acomptes, reste à charge : ce qu'en dit l'atelier."""
    feuille = Feuille(nom, _ARGENT, titre="Notifié, perçu, acomptes, reste à charge", notes=_NOTE_ARGENT)
    for ligne in money(resultat)[list(_ARGENT)].to_dict("records"):
        connus = {cle: valeur for cle, valeur in ligne.items() if valeur != "" and not pd.isna(valeur)}
        feuille.add(**{cle: v if cle in _DONNEES_DE_L_ARGENT else frozen(touchees, v) for cle, v in connus.items()})
    return feuille


def _comparison(resultats: Sequence[Resultat], jeux: Sequence[tuple[Feuille, ...]]) -> Feuille:
    """Chaque année, chaque scénario et son écart au premier, puis les phrases de la comparaison."""
    comparaison = compare_scenarios(*resultats)
    colonnes = {"annee": Colonne("Année", "annee")}
    for i, r in enumerate(resultats):
        for cote, mot in COTES.items():
            libelle = f"{chr(65 + i)} — {r.scenario.nom}, {mot}"
            colonnes[f"{cote}{i}"] = Colonne(libelle, "euros", 2, formule=f"{{{cote}_du_total{i}}}")
    for i in range(1, len(resultats)):
        for cote, mot in COTES.items():
            colonnes[f"ecart_{cote}{i}"] = Colonne(f"Écart de {chr(65 + i)} à A, {mot}", "euros", 2)
    notes = (_NOTE_ECART, *comparaison.phrases[:40])
    feuille = Feuille("Comparaison", colonnes, titre="Comparaison", notes=notes)
    totaux = [jeu[0] for jeu in jeux]
    controles = [next(f for f in jeu if f.nom.startswith("Contrôle")) for jeu in jeux]
    garde = "+".join(f.case("valeur", f.premiere) for f in controles)
    for rang, annee in enumerate(resultats[0].annees):
        cites, valeurs = {}, {}
        for i, f in enumerate(totaux):
            for cote in COTES:
                cites[f"{cote}_du_total{i}"] = f.case(cote, f.premiere + rang)
                valeurs[f"{cote}{i}"] = f.value(cote, rang)
        for i, ecart in enumerate(comparaison.ecarts, 1):
            for cote, borne in zip(COTES, ecart.total(annee), strict=True):
                valeurs[f"ecart_{cote}{i}"] = frozen(garde, NON_BORNE if np.isinf(borne) else borne)
        feuille.add(cites, annee=annee, **valeurs)
    return feuille


_NOTE_ECART = (
    "L'écart est celui de l'atelier : une même inconnue des deux côtés s'y annule, ce n'est donc pas la différence des "
    f"colonnes. Il est figé : « {A_REFAIRE} » dès que l'on change une case."
)


def _title(resultat: Resultat) -> str:
    return f"{resultat.territoire.nom} : simulation du bonus territoire"
