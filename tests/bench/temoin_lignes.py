"""La même règle écrite ligne à ligne avec pandas : le témoin que la simulation doit laisser loin derrière."""

import pandas as pd


def inputs(r) -> pd.DataFrame:
    """Ce que la règle demande, structure par structure, tiré du même territoire."""
    cadre, p = r.cadre, r.cadre.etat.periodes
    n = cadre.nombre
    nouveau = [r.lignes.where((r.lignes["part"] == 1) & (r.lignes["annee"] == a)) for a in r.annees]
    prix = pd.Series(0.0, index=range(n))
    for lignes in nouveau:
        prix.iloc[lignes["structure"]] = lignes["unitaire_bas"]
    return pd.DataFrame(
        {
            "ouverture": p.debut[:n],
            "fermeture": p.fin[:n],
            "quantite": p.quantite[:n],
            "reference": cadre.quantites.reference,
            "premier": cadre.eligible.sur,
            "cofinancee": cadre.cofinancee == 1,
            "existant": pd.Series(r.parts.unitaire[0]).fillna(0.0),
            "nouveau": prix,
        }
    )


def amount(ligne: pd.Series, annee: int) -> float:
    """Le bonus d'une structure une année, mois par mois."""
    if not ligne["cofinancee"]:
        return 0.0
    existant = nouveau = 0.0
    for mois in range(1, 13):
        jour = pd.Timestamp(annee, mois, 1)
        ferme = not pd.isna(ligne["fermeture"]) and ligne["fermeture"] <= jour
        if ligne["ouverture"] > jour or ferme or (annee - 1970) * 12 + mois - 1 < ligne["premier"]:
            continue
        existant += min(ligne["quantite"], ligne["reference"]) / 12
        nouveau += max(ligne["quantite"] - ligne["reference"], 0.0) / 12
    return existant * ligne["existant"] + nouveau * ligne["nouveau"]


def total(entrees: pd.DataFrame, annees: tuple[int, ...]) -> float:
    return float(sum(entrees.apply(amount, axis=1, annee=annee).sum() for annee in annees))
