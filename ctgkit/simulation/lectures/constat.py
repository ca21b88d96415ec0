"""Ce qu'un scénario donne une année, en une phrase : de combien, et de quoi l'écart est fait."""

import math
from collections.abc import Mapping
from typing import Any

from ctgkit import droit
from ctgkit.formats import liste, nombre, pluriel
from ctgkit.fourchette import Fourchette, Gain
from ctgkit.simulation.lectures.agregats import aggregate
from ctgkit.simulation.lectures.comparaison import Ecart
from ctgkit.simulation.lectures.unites import name
from ctgkit.simulation.resultat import Resultat

PETITS = ("zéro", "une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix")


def total(r: Resultat, annee: int) -> Fourchette:
    totaux = aggregate(r, "annee")
    ici = totaux[totaux["annee"] == annee]
    return Fourchette(*(float(ici[c].sum()) for c in ("bas", "haut", "haut_connu")))


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


def _unchanged(r: Resultat, annee: int) -> str:
    if not len(r.territoire.structures):
        return "Aucune structure n'est renseignée : le bonus territoire ne peut pas encore être simulé."
    montant = total(r, annee)
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


def largest(r: Resultat) -> str:
    """La structure que l'on explique d'abord : celle qui reçoit le plus."""
    t = aggregate(r, "structure")
    return "" if t.empty else str(t.loc[t["haut_connu"].idxmax(), "structure"])
