"""Les phrases qui ouvrent la page : ce que le scénario rapporterait, et à quoi cela tient."""

import math
from collections.abc import Mapping
from typing import Any

from ctgkit import droit
from ctgkit.formats import liste, nombre, pluriel
from ctgkit.simulation import Resultat, aggregate
from ctgkit.simulation.lectures.unites import name
from ctgkit.views.bonus.calcul import Calcul
from ctgkit.views.bonus.montants import Gain, Montant

PETITS = ("zéro", "une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix")


def total(r: Resultat, annee: int) -> Montant:
    totaux = aggregate(r, "annee")
    ici = totaux[totaux["annee"] == annee]
    return Montant(*(float(ici[c].sum()) for c in ("bas", "haut", "haut_connu")))


def headline(calcul: Calcul, annee: int) -> str:
    """Le constat : une phrase à verbe, au conditionnel."""
    if not calcul.change:
        return _unchanged(calcul.reference, annee)
    qui, au_pluriel = subject(calcul)
    gain = calcul.par_an.get(annee, Gain(0.0, 0.0))
    fin = "aient" if au_pluriel else "ait"
    if gain.nul:
        return f"{qui} ne changer{fin} pas le bonus territoire en {annee}."
    if gain.bas >= 0:
        return f"{qui} rapporter{fin} {gain.phrase} en {annee}."
    if gain.haut <= 0:
        return f"{qui} fer{fin} perdre {gain.phrase} en {annee}."
    return f"{qui} fer{fin} varier le bonus territoire : {gain.ecrit} en {annee}."


def _unchanged(r: Resultat, annee: int) -> str:
    if not len(r.territoire.structures):
        return "Aucune structure n'est renseignée : le bonus territoire ne peut pas encore être simulé."
    montant = total(r, annee)
    if montant.inconnu:
        return f"Sans rien changer, le bonus territoire de {annee} ne peut pas encore être chiffré."
    return f"Sans rien changer, le bonus territoire serait {montant.complement()} en {annee}."


def subject(calcul: Calcul) -> tuple[str, bool]:
    """Le sujet de la phrase, et s'il est au pluriel."""
    scenario, r = calcul.resultat.scenario, calcul.resultat
    repartie = scenario.repartition != calcul.reference.scenario.repartition
    if not scenario.mouvements:
        return f"La répartition {scenario.repartition.replace('personnalisee', 'personnalisée')}", False
    if len(scenario.mouvements) > 1 or repartie:
        combien = len(scenario.mouvements) + repartie
        return f"Ces {PETITS[combien] if combien < len(PETITS) else nombre(combien)} changements", True
    ((verbe, corps),) = scenario.mouvements[0].items()
    return _SUJETS[verbe](r, calcul.reference, corps)


def _resized(r: Resultat, base: Resultat, corps: Mapping[str, Any]) -> tuple[str, bool]:
    rang = r.cadre.rangs[corps["structure"]]
    nom, avant = r.territoire.structures["nom"][rang], float(r.cadre.quantites.reference[rang])
    unite = r.cadre.services[r.cadre.service[rang]].unite if r.cadre.service[rang] >= 0 else "unités"
    ecart = corps["quantite"] - (avant if "date" in corps else float(base.cadre.quantites.reference[rang]))
    if math.isnan(ecart) or not ecart:
        return f"Passer « {nom} » à {name(corps['quantite'], unite)}", False
    sens = "de plus" if ecart > 0 else "de moins"
    taille = abs(ecart)
    lettres = taille == int(taille) and taille < len(PETITS) and unite in ("places", "heures")
    ecrit = (
        f"{PETITS[int(taille)].capitalize()} {unite if taille > 1 else unite[:-1]}" if lettres else name(taille, unite)
    )
    return f"{ecrit} {sens} à « {nom} »", taille >= 2


def _opened(r: Resultat, *_: Any) -> tuple[str, bool]:
    rang = r.cadre.etat.creees[0]
    unite = r.cadre.services[r.cadre.service[rang]].unite
    taille = name(float(r.territoire.structures["quantite"][rang]), unite)
    return f"L'ouverture de « {r.territoire.structures['nom'][rang]} » ({taille})", False


def _closed(r: Resultat, _: Resultat, corps: Mapping[str, Any]) -> tuple[str, bool]:
    return f"La fermeture de « {r.territoire.structures['nom'][r.cadre.rangs[corps['structure']]]} »", False


def _joined(r: Resultat, _: Resultat, corps: Mapping[str, Any]) -> tuple[str, bool]:
    communes = r.territoire.communes
    return f"L'adhésion de {communes['nom'][communes['code_insee'] == corps['code_insee']][0]} à cette date", False


_SUJETS = {
    "quantite": _resized,
    "ouvrir": _opened,
    "fermer": _closed,
    "adherer": _joined,
    "credits": lambda *_: ("Ce changement de crédits", False),
    "parametre": lambda *_: ("Ce montant donné par la Caf", False),
}


def lead(calcul: Calcul, annee: int) -> list[tuple[Gain, str]]:
    """De quoi l'écart est fait : les structures touchées elles-mêmes, puis les autres, par financement."""
    lignes = calcul.ecart.lignes
    lignes = lignes[lignes["annee"] == annee]
    ids = calcul.resultat.territoire.structures["id"][list(calcul.resultat.cadre.etat.touchees)]
    touchees, propres = lignes["structure"].isin(ids), lignes["dispositif"].isin(droit.propres())
    elle = "pour elle" if len(ids) == 1 else "pour elles"
    parts = (
        (touchees & propres, f"pour {_who(calcul)}"),
        (touchees & ~propres, f"{elle}, par le bonus trajectoire"),
        (~touchees & propres, "pour les autres structures"),
        (~touchees & ~propres, "pour les autres structures, par le bonus trajectoire"),
    )
    sommes = [(Gain(*(float(lignes[m][c].sum()) for c in ("bas", "haut"))), quoi) for m, quoi in parts]
    return [(g, quoi) for g, quoi in sommes if not g.nul]


def _who(calcul: Calcul) -> str:
    touchees = list(calcul.resultat.cadre.etat.touchees)
    noms = calcul.resultat.territoire.structures["nom"][touchees].tolist()
    if len(noms) > 2:
        return f"les {pluriel(len(noms), 'structure changée', 'structures changées')} elles-mêmes"
    return liste([f"« {n} »" for n in noms])


def months(calcul: Calcul, annee: int) -> str:
    """Sous une année du graphique : où en est l'unique changement daté."""
    dates = {c["date"] for m in calcul.resultat.scenario.mouvements for c in m.values() if c.get("date")}
    if len(dates) != 1 or len(calcul.resultat.scenario.mouvements) != 1:
        return ""
    jour = dates.pop()
    an, mois = int(jour[:4]), int(jour[5:7]) + (jour[8:] != "01")
    if annee != an:
        return "avant la date" if annee < an else "année pleine"
    restants = 13 - mois
    return "année pleine" if restants == 12 else f"{restants} mois sur 12"
