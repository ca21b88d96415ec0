"""Le classeur d'une simulation, aux formules vivantes : changer une case claire change les montants."""

from collections.abc import Callable, Sequence
from typing import Any

from ctgkit.documents.classeur.calcul import Calcul, fill, grid
from ctgkit.documents.classeur.croissance import base_months, growth_sheet
from ctgkit.documents.classeur.feuilles import Feuille, Formule, write_workbook
from ctgkit.documents.classeur.grille import Grille
from ctgkit.documents.classeur.parametres import NON_BORNE, Parametres, references
from ctgkit.documents.classeur.quantites import quantities
from ctgkit.documents.classeur.repartition import shares
from ctgkit.documents.classeur.totaux import totals
from ctgkit.documents.modele import Colonne
from ctgkit.simulation import AVERTISSEMENT, Resultat, alertes, compare_scenarios, questions

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
