"""Le classeur d'une simulation, aux formules vivantes : changer une case claire change les montants."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ctgkit.documents.classeur.calcul import Calcul, fill, grid
from ctgkit.documents.classeur.croissance import base_months, growth_sheet
from ctgkit.documents.classeur.donnees import quantities
from ctgkit.documents.classeur.feuilles import Feuille, Formule, Grille, write_workbook
from ctgkit.documents.classeur.formules import criterion
from ctgkit.documents.classeur.parametres import NON_BORNE, Parametres, references, shares
from ctgkit.documents.modele import Colonne
from ctgkit.simulation import AVERTISSEMENT, Resultat, aggregate, alertes, compare_scenarios, engagements, questions

_COLONNES = {
    "axe": Colonne("Total de"),
    "nom": Colonne("Nom"),
    "annee": Colonne("Année", "annee"),
    "bas": Colonne("Bonus, au moins", "euros", 2),
    "haut": Colonne("Bonus, au plus", "euros", 2),
    "ajuste_bas": Colonne("Ajustement du bas", "euros", 2),
    "ajuste_haut": Colonne("Ajustement du haut", "euros", 2),
    "reference": Colonne("Référence", "euros", 2),
    "maintien": Colonne("Engagement de la Caf"),
}
_NOTE = (
    "Ajustement : une enveloppe partagée est versée en entier, alors que la part de chacun est incertaine. "
    "Il est donné par l'atelier et ne suit pas les changements faits ici."
)
_VERDICTS = {"tenu": "tenu", "perdu": "perdu", "a_verifier": "à vérifier"}


def totals(r: Resultat, calcul: Grille, nom: str) -> Grille:
    grille = Grille(nom, _COLONNES, notes=(_NOTE,))
    for t in aggregate(r, "annee").itertuples(index=False):
        _add(grille, calcul, ("Territoire", "", ""), t)
    promesses = {(e.competence, e.annee): e for e in engagements(r).itertuples(index=False)}
    for t in aggregate(r, "competence", "annee").itertuples(index=False):
        ligne = _add(grille, calcul, ("Territoire de compétence", "competence", t.competence), t)
        if promesse := promesses.get((t.competence, t.annee)):
            _promise(grille, ligne, promesse)
    noms = dict(zip(r.territoire.communes["code_insee"], r.territoire.communes["nom"], strict=True))
    for t in aggregate(r, "commune", "annee").itertuples(index=False):
        _add(grille, calcul, ("Commune", "commune", t.commune), t, noms)
    return grille


def _add(
    grille: Grille, calcul: Grille, quoi: tuple[str, str, str], total: Any, noms: Mapping[str, str] | None = None
) -> int:
    axe, colonne, valeur = quoi
    montre = f"{valeur} {noms.get(valeur, '')}".strip() if noms else valeur
    fiche: dict[str, Any] = {"axe": axe, "nom": montre or ("intercommunal" if noms else ""), "annee": int(total.annee)}
    criteres = f"{calcul.column('annee')},{int(total.annee)}"
    criteres += f",{calcul.column(colonne)},{criterion(valeur)}" if colonne else ""
    sommes = _sums(calcul, colonne, valeur, int(total.annee))
    for cote in ("bas", "haut"):
        ajuste = grille.here(f"ajuste_{cote}", grille.suivante)
        formule = f"ROUND(SUMIFS({calcul.column(cote)},{criteres})+{ajuste},2)"
        if cote == "haut":
            nombre = f'COUNTIFS({calcul.column(cote)},"{NON_BORNE}",{criteres})'
            formule = f'IF({nombre}>0,"{NON_BORNE}",{formule})'
        fiche |= _side(cote, formule, sommes[cote], float(getattr(total, cote)))
    return grille.add(**fiche)


def _side(cote: str, formule: str, somme: float, total: float) -> dict[str, Any]:
    """La somme des lignes, plus un ajustement fixe quand le moteur sait qu'une enveloppe est conservée."""
    if np.isinf(somme) != np.isinf(total):
        return {cote: NON_BORNE if np.isinf(total) else total}
    ajuste = 0.0 if np.isinf(total) else round(total - somme, 2)
    return {f"ajuste_{cote}": ajuste or None, cote: Formule(f"={formule}", NON_BORNE if np.isinf(total) else total)}


def _sums(calcul: Grille, colonne: str, valeur: str, annee: int) -> dict[str, float]:
    """Ce que donnera la somme des lignes : de quoi savoir s'il faut l'ajuster."""
    table = pd.DataFrame(calcul.lignes, columns=list(calcul.colonnes))
    ici = table["annee"] == annee
    ici &= table[colonne] == valeur if colonne else True
    return {cote: sum(_value(v) for v in table.loc[ici, cote]) for cote in ("bas", "haut")}


def _value(case: Any) -> float:
    lue = case.valeur if isinstance(case, Formule) else case
    return np.inf if lue == NON_BORNE else float(lue or 0.0)


def _promise(grille: Grille, ligne: int, promesse: Any) -> None:
    """Le maintien par la Caf, ce territoire de compétence, cette année."""
    rang, cles = grille.lignes[ligne - grille.premiere], list(grille.colonnes)
    bas, haut, reference = (grille.here(c, ligne) for c in ("bas", "haut", "reference"))
    rang[cles.index("reference")] = None if np.isnan(promesse.reference_eur) else float(promesse.reference_eur)
    perdu = f'IF(ISNUMBER({haut}),IF(ROUND({haut}-{reference},2)<0,"perdu","à vérifier"),"à vérifier")'
    formule = f'IF({reference}="","à vérifier",IF(ROUND({bas}-{reference},2)>=0,"tenu",{perdu}))'
    rang[cles.index("maintien")] = Formule(f"={formule}", _VERDICTS[str(promesse.maintien)])


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
    feuilles = [_guide(resultats), *([_comparison(resultats, jeux)] if len(jeux) > 1 else [])]
    feuilles += [f for jeu in jeux for f in jeu["feuilles"]]
    return write_workbook(feuilles, titre=f"{resultats[0].territoire.nom} : simulation du bonus territoire")


def _scenario(r: Resultat, suffixe: str) -> dict[str, Any]:
    nommer: Callable[[str], str] = lambda nom: f"{nom}{suffixe}"  # noqa: E731
    mois = base_months(list(r.contextes.values()))
    parametres = Parametres.of(r, nommer("Paramètres"))
    montants, lignes = references(r, parametres, nommer("Références"))
    q = quantities(r, nommer, mois)
    repartition = shares(q, montants, lignes, nommer("Répartition"))
    calcul = Calcul(grid(r, nommer("Calcul")), q, repartition, parametres)
    croissance = growth_sheet(q, parametres, calcul.grille, mois, nommer("Croissance"))
    fill(calcul, croissance)
    resume = totals(r, calcul.grille, nommer("Totaux"))
    grilles = [resume, calcul.grille, parametres.grille, montants, repartition.grille, q.structures, q.periodes,
               q.communes, q.cadre, *([croissance.grille] if croissance.grille.lignes else [])]  # fmt: skip
    return {"totaux": resume, "feuilles": [*(g.sheet() for g in grilles), _questions(r, nommer("À demander"))]}


def _guide(resultats: Sequence[Resultat]) -> Feuille:
    r = resultats[0]
    colonnes = (Colonne("Scénario"), Colonne("Nom"), Colonne("Code"), Colonne("Répartition"), Colonne("Années"))
    annees = f"{r.annees[0]} à {r.annees[-1]}" if len(r.annees) > 1 else str(r.annees[0])
    lignes = [
        (chr(65 + i), x.scenario.nom, x.scenario.code, x.scenario.repartition, annees) for i, x in enumerate(resultats)
    ]
    return Feuille(
        "Lisez-moi", colonnes, lignes, f"{r.territoire.nom} : simulation du bonus territoire", _MODE_D_EMPLOI
    )


def _questions(r: Resultat, nom: str) -> Feuille:
    colonnes = (Colonne("Sujet"), Colonne("Question ou alerte"), Colonne("Effet, au moins", "euros", 2),
                Colonne("Effet, au plus", "euros", 2))  # fmt: skip
    lignes = [
        (q.parametre, q.question, q.effet_bas, NON_BORNE if q.effet_haut is None else q.effet_haut)
        for q in questions(r)
    ]
    lignes += [(f"{a.niveau} — {a.ou}", a.message, None, None) for a in alertes(r)]
    return Feuille(nom, colonnes, lignes, "À demander à la Caf, et alertes")


def _comparison(resultats: Sequence[Resultat], jeux: Sequence[dict[str, Any]]) -> Feuille:
    """Chaque année, chaque scénario et son écart au premier, puis les phrases de la comparaison."""
    noms = [f"{chr(65 + i)} — {r.scenario.nom}" for i, r in enumerate(resultats)]
    colonnes = {"annee": Colonne("Année", "annee")}
    colonnes |= {f"bas{i}": Colonne(f"{nom}, au moins", "euros", 2) for i, nom in enumerate(noms)}
    colonnes |= {f"ecart{i}": Colonne(f"Écart de {chr(65 + i)} à A", "euros", 2) for i in range(1, len(noms))}
    grille = Grille("Comparaison", colonnes, tuple(compare_scenarios(*resultats).phrases[:40]))
    for rang, annee in enumerate(resultats[0].annees):
        ligne = grille.suivante
        valeurs = [_read(jeu["totaux"], rang) for jeu in jeux]
        fiche: dict[str, Any] = {"annee": annee}
        for i, (jeu, valeur) in enumerate(zip(jeux, valeurs, strict=True)):
            fiche[f"bas{i}"] = Formule(f"={jeu['totaux'].case('bas', jeu['totaux'].premiere + rang)}", valeur)
        for i in range(1, len(noms)):
            formule = f"={grille.here(f'bas{i}', ligne)}-{grille.here('bas0', ligne)}"
            fiche[f"ecart{i}"] = Formule(formule, round(valeurs[i] - valeurs[0], 2))
        grille.add(**fiche)
    return grille.sheet()


def _read(totaux: Grille, rang: int) -> float:
    case = totaux.lignes[rang][list(totaux.colonnes).index("bas")]
    return case.valeur if isinstance(case, Formule) else float(case or 0.0)
