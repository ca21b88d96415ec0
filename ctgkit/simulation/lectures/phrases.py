"""Un écart raconté : ce que chaque mouvement apporte, qui gagne, qui perd, quels seuils sont franchis."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ctgkit.formats import pluriel
from ctgkit.fourchette import Fourchette
from ctgkit.simulation.lectures.unites import name

if TYPE_CHECKING:
    from ctgkit.simulation.lectures.comparaison import Ecart

_PROPRES = ("bonus_territoire", "cooperation", "ctre")


def tell(ecart: "Ecart") -> list[str]:
    return [headline(ecart), *_movements(ecart), *_thresholds(ecart), *_who(ecart)]


def headline(ecart: "Ecart") -> str:
    """La phrase de tête : l'écart sur toute la période."""
    total = Fourchette(*ecart.total())
    annees = ecart.reference.annees
    qui = f"« {ecart.scenario.scenario.nom} »"
    quand = f"en {annees[0]}" if len(annees) == 1 else f"de {annees[0]} à {annees[-1]}"
    reference = f"« {ecart.reference.scenario.nom} »"
    if total.bas == total.haut == 0:
        return f"{qui} donne les mêmes montants que {reference} {quand}."
    if total.bas >= 0:
        return f"{qui} apporte {total.between(False)} de plus que {reference} {quand}."
    if total.haut <= 0:
        return f"{qui} retire {(-total).between(False)} par rapport à {reference} {quand}."
    return f"{qui} change le total par rapport à {reference} {quand} : {total.between()}."


def _movements(ecart: "Ecart") -> Iterator[str]:
    """Ce que chaque structure ouverte, fermée ou changée apporte elle-même, l'année pleine."""
    etat = ecart.scenario.cadre.etat
    for indice, verbe in etat.touchees.items():
        s = {c: ecart.scenario.territoire.structures[c][indice] for c in ("id", "nom", "code_insee", "type")}
        lignes = ecart.lignes[(ecart.lignes["structure"] == s["id"]) & ecart.lignes["dispositif"].isin(_PROPRES)]
        par_an = lignes.groupby("annee")[["bas", "haut"]].sum().round(2)
        if par_an.empty or not (par_an.abs() > 0.005).any().any():
            continue
        plein = Fourchette(*par_an.iloc[-1])
        stables = [a for a in par_an.index if (par_an.loc[a] == par_an.iloc[-1]).all()]
        yield f"{_what(ecart, indice, verbe, s)} {_brings(plein)} par an à partir de {min(stables)}."


def _brings(plein: Fourchette) -> str:
    if plein.haut <= 0:
        return f"retire {(-plein).between(False)}"
    return f"apporte {plein.between(False)}" if plein.bas >= 0 else f"change le montant de {plein.between()}"


def _what(ecart: "Ecart", indice: int, verbe: str, s: dict[str, str]) -> str:
    r = ecart.scenario
    communes = dict(zip(r.territoire.communes["code_insee"], r.territoire.communes["nom"], strict=True))
    ou = communes.get(s["code_insee"], "")
    lieu = f" {_at(ou)}" if ou else ""
    unite = r.cadre.services[r.cadre.service[indice]].unite
    if verbe == "ouvrir":
        return f"L'ouverture de {name(r.territoire.structures['quantite'][indice], unite)}{lieu} ({s['nom']})"
    if verbe == "fermer":
        return f"La fermeture de « {s['nom']} »{lieu}"
    periodes = r.cadre.etat.periodes
    derniere = periodes.quantite[np.flatnonzero(periodes.structure == indice)[-1]]
    return f"Le passage de « {s['nom']} »{lieu} à {name(derniere, unite)}"


def _at(commune: str) -> str:
    """« à Marly », « au Quesnoy », « aux Rues-des-Vignes »."""
    for article, contracte in (("Le ", "au "), ("Les ", "aux ")):
        if commune.startswith(article):
            return contracte + commune.removeprefix(article)
    return f"à {commune}"


def _thresholds(ecart: "Ecart") -> Iterator[str]:
    """Le bonus trajectoire qui apparaît, disparaît ou change."""
    lignes = ecart.lignes[ecart.lignes["dispositif"] == "bonus_trajectoire"]
    par_an = lignes.groupby("annee")[["bas", "haut"]].sum().round(2)
    change = par_an[(par_an.abs() > 0.005).any(axis=1)]
    if change.empty:
        return
    annee = change.index[0]
    avant, apres = (
        r.aggregate("annee", dispositifs=("bonus_trajectoire",)).set_index("annee").reindex([annee]).fillna(0.0).iloc[0]
        for r in (ecart.reference, ecart.scenario)
    )
    passe = " à ".join(Fourchette(lu["bas"], lu["haut"]).between(False) for lu in (avant, apres))
    yield f"Le bonus trajectoire du territoire passe de {passe} en {annee}."


def _who(ecart: "Ecart") -> Iterator[str]:
    for axe, mot in (("structure", "structure"), ("commune", "commune"), ("gestionnaire", "gestionnaire")):
        sens = ecart.par(axe)["sens"].value_counts()
        morceaux = [
            f"{pluriel(int(sens[s]), mot)} {verbe if sens[s] < 2 else verbes}"
            for s, verbe, verbes in (
                ("gagne", "gagne", "gagnent"),
                ("perd", "perd", "perdent"),
                ("incertain", "peut gagner ou perdre", "peuvent gagner ou perdre"),
                ("inchangé", "ne change pas", "ne changent pas"),
            )
            if s in sens
        ]
        if morceaux and set(sens.index) != {"inchangé"}:
            yield f"{', '.join(morceaux)}."
