"""Les phrases de la page : le constat, le double engagement, les questions à la Caf, les adhésions."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from ctgkit import droit
from ctgkit.droit import bonus_territoire as regle
from ctgkit.formats import euros, liste, nombre, pluriel
from ctgkit.horloge import membership
from ctgkit.simulation import Question, Remarque, Resultat, aggregate, engagements
from ctgkit.simulation.lectures.engagement import losses
from ctgkit.simulation.lectures.unites import name
from ctgkit.territoire import Territoire
from ctgkit.texte import slug
from ctgkit.views.bonus.lecture import Calcul, Gain, Montant

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


def prudent_sentence(quantiles: pd.DataFrame, annee: int) -> str:
    """Ce que la vue prudente dit de l'année regardée."""
    ((p10, p50),) = quantiles.loc[quantiles["annee"] == annee, ["p10", "p50"]].to_numpy().tolist()
    return f"Neuf fois sur dix, le bonus de {annee} atteindrait {euros(p10)} ; une fois sur deux, {euros(p50)}"


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


MAINTIENS = {regle.TENU: "tenu", regle.PERDU: "perdu", regle.A_VERIFIER: "à vérifier"}
ENGAGEMENTS = {regle.TENU: "tenu", regle.ROMPU: "rompu", regle.INCONNU: "inconnu"}
MONTRES = 3


@dataclass(frozen=True)
class Cote:
    """Une moitié de l'engagement : sa puce, son mot, ce qui est prévu, et les alertes."""

    puce: str
    mot: str
    prevu: str
    reference: str
    alertes: tuple[dict[str, str], ...] = ()

    @property
    def simule(self) -> str:
        return self.prevu


def double(r: Resultat, annee: int) -> dict[str, Any]:
    """De quoi écrire le panneau du double engagement, une année."""
    t = engagements(r)
    t = t[t["annee"] == annee]
    noms = competence_names(r.territoire)
    lignes = [
        {
            "nom": noms.get(x.competence, x.competence),
            "simule": Montant(x.bas, x.haut),
            "maintien": MAINTIENS.get(x.maintien, str(x.maintien)),
            "credits": x.credits_eur,
            "credits_reference": x.credits_reference_eur,
            "engagement": ENGAGEMENTS.get(x.engagement, str(x.engagement)),
        }
        for x in t.itertuples()
    ]
    an = r.territoire.annee_reference or r.cadre.etat.date_reference.year - 1
    cotes = {"caf": _caf(r, t, annee, noms), "collectivites": _collectivites(t, noms)}
    return {**cotes, "lignes": lignes, "annee": annee, "annee_reference": an}


def _caf(r: Resultat, t: Any, annee: int, noms: Mapping[str, str]) -> Cote:
    perdus = t[t["maintien"] == regle.PERDU]
    alertes = tuple(
        {
            "titre": f"{noms.get(x.competence, x.competence)} : {euros(x.haut)} au lieu de {euros(x.reference_eur)}.",
            "suite": " ".join(losses(r, x.competence, annee, 1)),
        }
        for x in perdus.head(MONTRES).itertuples()
    )
    incertains, tenus = (int((t["maintien"] == etat).sum()) for etat in (regle.A_VERIFIER, regle.TENU))
    puce, mot = _state(len(perdus), incertains, tenus)
    return Cote(puce, mot, total(r, annee).phrase, _known(t["reference_eur"]), alertes)


def _state(perdus: int, incertains: int, tenus: int) -> tuple[str, str]:
    if perdus:
        return "confirmer", pluriel(perdus, "territoire à voir", "territoires à voir")
    if incertains:
        return "confirmer", "À vérifier"
    return ("fait", "Tenu") if tenus else ("vide", "Non renseigné")


def _collectivites(t: Any, noms: Mapping[str, str]) -> Cote:
    rompus = t[t["engagement"] == regle.ROMPU]
    alertes = tuple(
        {
            "titre": f"{noms.get(x.competence, x.competence)} : {euros(x.credits_eur)} au lieu de "
            f"{euros(x.credits_reference_eur)}.",
            "suite": f"Ses crédits baissent de {euros(x.credits_reference_eur - x.credits_eur)} : le bonus est "
            "conditionné à leur maintien.",
        }
        for x in rompus.head(MONTRES).itertuples()
    )
    tenus = int((t["engagement"] == regle.TENU).sum())
    puce, mot = _state(len(rompus), 0, tenus)
    return Cote(puce, mot, _known(t["credits_eur"]), _known(t["credits_reference_eur"]), alertes)


def _known(colonne: Any) -> str:
    """La somme de ce qui est renseigné, et combien ne l'est pas."""
    manque = int(colonne.isna().sum())
    if manque == len(colonne):
        return "non renseigné"
    reste = f" ({pluriel(manque, 'territoire non renseigné', 'territoires non renseignés')})" if manque else ""
    return euros(float(colonne.sum())) + reste


def competence_names(territoire: Territoire) -> dict[str, str]:
    """Un territoire de compétence qui porte le nom d'une commune s'écrit comme elle."""
    communes = territoire.communes["nom"].tolist()
    codes = zip(territoire.communes["code_insee"].tolist(), communes, strict=True)
    return {slug(nom): nom for nom in communes} | dict(codes)


def asked(questions: tuple[Question, ...]) -> list[dict[str, str]]:
    return [{"question": q.question, "effet": _effect(q)} for q in questions]


def _effect(q: Question) -> str:
    """Ce que la réponse peut changer, sur toute la période."""
    moins = f"retirer jusqu'à {euros(-q.effet_bas)}" if q.effet_bas < 0 else ""
    plus = "ajouter un montant que rien ne borne" if q.effet_haut is None else ""
    if q.effet_haut:
        plus = f"ajouter jusqu'à {euros(q.effet_haut)}"
    effets = " ou ".join(filter(None, (moins, plus)))
    return f"La réponse peut {effets}, sur la période." if effets else "La réponse ne change pas ces montants."


def everything(questions: tuple[Question, ...], territoire: Territoire) -> str:
    """Toutes les questions en un texte prêt à coller dans un message."""
    lignes = [f"{i}. {q.question}" for i, q in enumerate(questions, 1)]
    return "\n".join([f"Questions à la Caf, bonus territoire, {territoire.nom} :", "", *lignes])


def sorted_alerts(alertes: tuple[Remarque, ...]) -> list[Remarque]:
    rang = {"erreur": 0, "alerte": 1, "avis": 2}
    return sorted(alertes, key=lambda a: rang.get(a.niveau, 3))


_ADHESIONS = {
    "en vigueur": ("fait", "En vigueur"),
    "à venir": ("secondaire", "À venir"),
    "non renseignée": ("confirmer", "Pas délibéré"),
}


def memberships(r: Resultat, annee: int) -> list[dict[str, str]]:
    """Les communes par état d'adhésion au 31 décembre de l'année regardée, telles que le scénario les met."""
    etats: dict[str, list[str]] = {}
    for commune in r.territoire.communes:
        etats.setdefault(membership(commune, r.territoire.convention, date(annee, 12, 31)), []).append(commune.nom)
    return [
        {"noms": _few(noms), "puce": _ADHESIONS[etat][0], "mot": _ADHESIONS[etat][1]}
        for etat, noms in sorted(etats.items(), key=lambda x: list(_ADHESIONS).index(x[0]))
    ]


def _few(noms: list[str]) -> str:
    return liste(noms) if len(noms) <= MONTRES else f"{', '.join(noms[:2])} et {len(noms) - 2} autres"
