"""Ce qu'un scénario donne une année, en une phrase : de combien, et de quoi l'écart est fait."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ctgkit import droit
from ctgkit.formats import liste, nombre, pluriel
from ctgkit.fourchette import Fourchette, Gain
from ctgkit.mouvements import normalise
from ctgkit.simulation.calcul.groupes import STATUT
from ctgkit.simulation.calcul.lignes import EXISTANT, PARTS
from ctgkit.simulation.lectures.agregats import aggregate
from ctgkit.simulation.lectures.comparaison import Ecart, compare_scenarios
from ctgkit.simulation.lectures.unites import name
from ctgkit.simulation.resultat import Resultat
from ctgkit.texte import de

PETITS = ("zéro", "une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix")


def totals(resultat: Resultat) -> dict[int, Fourchette]:
    """Le total du territoire, année par année ; sans structure connue, ce qui existe reste inconnu, jamais nul."""
    fond = Fourchette(0.0, 0.0) if lists_structures(resultat) else Fourchette(0.0, math.inf)
    totaux = dict.fromkeys(resultat.annees, fond)
    for x in aggregate(resultat, "annee").itertuples():
        totaux[x.annee] = fond + Fourchette(x.bas, x.haut, x.haut_connu)
    return totaux


def total(resultat: Resultat, annee: int) -> Fourchette:
    return totals(resultat).get(annee, Fourchette(0.0, math.inf))


def lists_structures(resultat: Resultat) -> bool:
    """Le territoire dit-il au moins une structure, en dehors de celles que le scénario ouvre ?"""
    return len(resultat.territoire.structures) > len(resultat.cadre.etat.creees)


def unconfirmed(resultat: Resultat) -> set[tuple[str, str]]:
    """Les territoires de compétence et les services dont la Caf n'a pas confirmé le montant de référence."""
    g, service = resultat.cadre.groupes, resultat.cadre.service
    flou = (g.statut[g.de_structure] == STATUT["a_confirmer"]) & (service >= 0)
    noms = [s.code for s in resultat.cadre.services]
    lieux = g.competences[g.competence_de_structure[flou]].tolist()
    return {(lieu, noms[s]) for lieu, s in zip(lieux, service[flou].tolist(), strict=True)}


def certain(resultat: Resultat) -> dict[int, float]:
    """Par année, le minimum sans l'offre existante que la Caf n'a pas confirmée : ce qu'une barre a de plein."""
    surs, douteux = dict.fromkeys(resultat.annees, 0.0), unconfirmed(resultat)
    for x in aggregate(resultat, "competence", "service", "part", "annee").itertuples():
        if x.part != PARTS[EXISTANT] or (x.competence, x.service) not in douteux:
            surs[x.annee] += x.bas
    return surs


def weakest_status(ecart: Ecart, annee: int) -> str:
    """Le statut le plus faible des montants dont parle le constat ; vide quand il ne parle d'aucun."""
    lignes = ecart.lignes[(ecart.lignes["annee"] == annee)]
    bouge = lignes.loc[lignes[["bas", "haut"]].abs().gt(0.005).any(axis=1), "structure"].tolist()
    statuts = []
    for r in (ecart.reference, ecart.scenario):
        rangs = [i for i, d in enumerate(r.dispositifs) if d in droit.dans_le_bonus()]
        ici = (r.lignes["annee"] == annee) & np.isin(r.lignes["dispositif"], rangs) & (r.lignes["haut"] > 0)
        if ecart.change:
            ici &= np.isin(r.territoire.structures["id"][r.lignes["structure"]], bouge)
        statuts += r.lignes["statut"][ici].tolist()
    return droit.STATUTS[max(statuts)] if statuts else ""


def tell_year(ecart: Ecart, annee: int) -> str:
    """Le constat : une phrase à verbe, au conditionnel."""
    if not ecart.change:
        return _unchanged(ecart.reference, annee)
    qui, au_pluriel = subject(ecart)
    gain = ecart.par_an.get(annee, Gain(0.0, 0.0))
    fin = "aient" if au_pluriel else "ait"
    if gain.nul:
        return f"{qui} ne changer{fin} pas le bonus territoire en {annee}."
    if gain.bas >= 0:
        return f"{qui} rapporter{fin} {gain.phrase} en {annee}."
    if gain.haut <= 0:
        return f"{qui} fer{fin} perdre {gain.phrase} en {annee}."
    return f"{qui} fer{fin} varier le bonus territoire : {gain.ecrit} en {annee}."


def _unchanged(resultat: Resultat, annee: int) -> str:
    if not len(resultat.territoire.structures):
        return "Aucune structure n'est renseignée : le bonus territoire ne peut pas encore être simulé."
    montant = total(resultat, annee)
    if montant.inconnu:
        return f"Sans rien changer, le bonus territoire de {annee} ne peut pas encore être chiffré."
    return f"Sans rien changer, le bonus territoire serait {montant.complement()} en {annee}."


def subject(ecart: Ecart) -> tuple[str, bool]:
    """Le sujet de la phrase, et s'il est au pluriel."""
    scenario, r = ecart.scenario.scenario, ecart.scenario
    repartie = scenario.repartition != ecart.reference.scenario.repartition
    if not scenario.mouvements:
        return f"La répartition {scenario.repartition.replace('personnalisee', 'personnalisée')}", False
    if len(scenario.mouvements) > 1 or repartie:
        combien = len(scenario.mouvements) + repartie
        return f"Ces {PETITS[combien] if combien < len(PETITS) else nombre(combien)} changements", True
    ((verbe, corps),) = scenario.mouvements[0].items()
    return _SUJETS[verbe](r, ecart.reference, corps)


def _resized(resultat: Resultat, base: Resultat, corps: Mapping[str, Any]) -> tuple[str, bool]:
    rang = resultat.cadre.rangs[corps["structure"]]
    nom, avant = resultat.territoire.structures["nom"][rang], float(resultat.cadre.quantites.reference[rang])
    unite = (
        resultat.cadre.services[resultat.cadre.service[rang]].unite if resultat.cadre.service[rang] >= 0 else "unités"
    )
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


def _opened(_: Resultat, __: Resultat, corps: Mapping[str, Any]) -> tuple[str, bool]:
    ouverte = corps["structure"]
    taille = name(float(ouverte.get("quantite", math.nan)), droit.services()[ouverte["type"]].unite)
    return f"L'ouverture de « {ouverte.get('nom') or ouverte.get('id')} » ({taille})", False


def _closed(resultat: Resultat, _: Resultat, corps: Mapping[str, Any]) -> tuple[str, bool]:
    return (
        f"La fermeture de « {resultat.territoire.structures['nom'][resultat.cadre.rangs[corps['structure']]]} »",
        False,
    )


def _joined(resultat: Resultat, _: Resultat, corps: Mapping[str, Any]) -> tuple[str, bool]:
    communes = resultat.territoire.communes
    nom = communes["nom"][communes["code_insee"] == corps["code_insee"]][0]
    return f"L'adhésion {de(nom)} à cette date", False


_SUJETS = {
    "quantite": _resized,
    "ouvrir": _opened,
    "fermer": _closed,
    "adherer": _joined,
    "credits": lambda *_: ("Ce changement de crédits", False),
    "parametre": lambda *_: ("Ce montant donné par la Caf", False),
}
_SPLITS = {"lisse": "lissée", "historique": "historique", "personnalisee": "personnalisée"}


def distinction(un: Ecart, autre: Ecart) -> list[str]:
    """Ce qui distingue deux scénarios de même référence : leur écart, ce que seul chacun compte, qui y gagne."""
    entre = compare_scenarios(un.scenario, autre.scenario).ecarts[0]
    paires, noms = ((un, autre), (autre, un)), [e.scenario.scenario.nom for e in (un, autre)]
    propres = [_own_movements(a, b) for a, b in paires]
    seuls = [f"Seul « {nom} » compte {liste(dits)}." for nom, dits in zip(noms, propres, strict=True) if dits]
    choix = [_SPLITS[e.scenario.scenario.repartition] for e in (un, autre)]
    if choix[0] != choix[1]:
        dits = [f"{c} dans « {nom} »" for c, nom in zip(choix, noms, strict=True)]
        seuls.append(f"La répartition de l'existant est {', '.join(dits)}.")
    return [entre.phrases[0], *seuls, *entre.phrases[1:][-1:]]


def movements(ecart: Ecart) -> list[Mapping[str, Any]]:
    """Les mouvements comptés, d'une seule écriture : deux scénarios se comparent."""
    return [normalise(m, "") for m in ecart.scenario.scenario.mouvements]


def _own_movements(un: Ecart, autre: Ecart) -> list[str]:
    """Les mouvements que l'autre scénario ne contient pas, chacun nommé."""
    siens = movements(autre)
    seuls = [m for m in movements(un) if m not in siens]
    dits = [_SUJETS[verbe](un.scenario, un.reference, corps)[0] for m in seuls for verbe, corps in m.items()]
    return [d[0].lower() + d[1:] for d in dits]


def lead(ecart: Ecart, annee: int) -> list[tuple[Gain, str]]:
    """De quoi l'écart est fait : les structures touchées elles-mêmes, puis les autres, par financement."""
    lignes = ecart.lignes
    lignes = lignes[lignes["annee"] == annee]
    ids = ecart.scenario.territoire.structures["id"][list(ecart.scenario.cadre.etat.touchees)]
    touchees, propres = lignes["structure"].isin(ids), lignes["dispositif"].isin(droit.propres())
    elle = "pour elle" if len(ids) == 1 else "pour elles"
    parts = (
        (touchees & propres, f"pour {_who(ecart)}"),
        (touchees & ~propres, f"{elle}, par le bonus trajectoire"),
        (~touchees & propres, "pour les autres structures"),
        (~touchees & ~propres, "pour les autres structures, par le bonus trajectoire"),
    )
    sommes = [(Gain(*(float(lignes[m][c].sum()) for c in ("bas", "haut"))), quoi) for m, quoi in parts]
    return [(g, quoi) for g, quoi in sommes if not g.nul]


def _who(ecart: Ecart) -> str:
    touchees = list(ecart.scenario.cadre.etat.touchees)
    noms = ecart.scenario.territoire.structures["nom"][touchees].tolist()
    if len(noms) > 2:
        return f"les {pluriel(len(noms), 'structure changée', 'structures changées')} elles-mêmes"
    return liste([f"« {n} »" for n in noms])


def largest(resultat: Resultat) -> str:
    """La structure que l'on explique d'abord : celle qui reçoit le plus."""
    t = aggregate(resultat, "structure")
    return "" if t.empty else str(t.loc[t["haut_connu"].idxmax(), "structure"])
