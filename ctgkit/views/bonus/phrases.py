"""Les phrases de la page : le double engagement, les questions à la Caf, les adhésions."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from ctgkit.droit import bonus_territoire as regle
from ctgkit.formats import euros, liste, pluriel
from ctgkit.fourchette import Fourchette
from ctgkit.horloge import membership
from ctgkit.simulation import Question, Resultat, engagements
from ctgkit.simulation.lectures.constat import total, unconfirmed
from ctgkit.simulation.lectures.engagement import losses, tell_reference
from ctgkit.simulation.lectures.noms import name_competence
from ctgkit.territoire import Territoire
from ctgkit.views.bonus.lecture import CalculBonus, MontantMontre


def months(calcul: CalculBonus, annee: int) -> str:
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


def prudent_sentence(quantiles: pd.DataFrame, annee: int, ouvert: bool = False) -> str:
    """Ce que la vue prudente dit de l'année regardée ; ce que rien ne borne y reste à son minimum."""
    au_moins = "au moins " if ouvert else ""
    lus = quantiles.loc[quantiles["annee"] == annee, ["p10", "p50", "retrait_p50", "retrait_p90"]].to_numpy().tolist()
    neuf, deux, souvent, rarement = (euros(x) for x in lus[0])
    phrase = (
        f"Neuf fois sur dix, le bonus de {annee} atteindrait {au_moins}{neuf} ; une fois sur deux, {au_moins}{deux}"
    )
    if neuf == deux:
        phrase = f"Aux dates prévues, le bonus de {annee} atteindrait {au_moins}{neuf}"
    if lus[0][3] < 0.5:
        return phrase
    perte = f"une perte de {souvent} une fois sur deux" if lus[0][2] >= 0.5 else "aucune perte une fois sur deux"
    return f"{phrase}. Retards et activité partielle : {perte}, de {rarement} ou plus une fois sur dix"


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


def both_commitments(resultat: Resultat, annee: int) -> dict[str, Any]:
    """De quoi écrire le panneau du double engagement, une année."""
    t = engagements(resultat)
    t = t[t["annee"] == annee]
    lignes = [
        {
            "nom": name_competence(resultat, x.competence),
            "simule": MontantMontre(x.bas, x.haut),
            "maintien": MAINTIENS.get(x.maintien, str(x.maintien)),
            "credits": x.credits_eur,
            "credits_reference": x.credits_reference_eur,
            "engagement": ENGAGEMENTS.get(x.engagement, str(x.engagement)),
        }
        for x in t.itertuples()
    ]
    an = resultat.territoire.annee_reference or resultat.cadre.etat.date_reference.year - 1
    cotes = {"caf": _caf(resultat, t, annee), "collectivites": _collectivites(resultat, t)}
    return {**cotes, "lignes": lignes, "annee": annee, "annee_reference": an}


def _caf(resultat: Resultat, t: Any, annee: int) -> Cote:
    perdus = t[t["maintien"] == regle.PERDU]
    alertes = tuple(
        {
            "titre": f"{name_competence(resultat, x.competence)} : {euros(x.haut)} au lieu de "
            f"{tell_reference(x.reference_bas, x.reference_haut)}.",
            "suite": " ".join(losses(resultat, x.competence, annee, 1)),
        }
        for x in perdus.head(MONTRES).itertuples()
    )
    incertains, tenus = (int((t["maintien"] == etat).sum()) for etat in (regle.A_VERIFIER, regle.TENU))
    puce, mot = _state(len(perdus), incertains, tenus)
    if puce == "fait" and unconfirmed(resultat):
        puce, mot = "confirmer", "Tenu, si les références se confirment"
    return Cote(puce, mot, total(resultat, annee).tell(), _references(t), alertes)


def _state(perdus: int, incertains: int, tenus: int) -> tuple[str, str]:
    if perdus:
        return "confirmer", pluriel(perdus, "territoire à voir", "territoires à voir")
    if incertains:
        return "confirmer", "À vérifier"
    return ("fait", "Tenu") if tenus else ("vide", "Non renseigné")


def _collectivites(resultat: Resultat, t: Any) -> Cote:
    rompus = t[t["engagement"] == regle.ROMPU]
    alertes = tuple(
        {
            "titre": f"{name_competence(resultat, x.competence)} : {euros(x.credits_eur)} au lieu de "
            f"{euros(x.credits_reference_eur)}.",
            "suite": f"Ses crédits baissent de {euros(x.credits_reference_eur - x.credits_eur)} : le bonus est "
            "conditionné à leur maintien.",
        }
        for x in rompus.head(MONTRES).itertuples()
    )
    tenus = int((t["engagement"] == regle.TENU).sum())
    puce, mot = _state(len(rompus), (len(t) - tenus) * bool(tenus), tenus)
    return Cote(puce, mot, _known(t["credits_eur"]), _known(t["credits_reference_eur"]), alertes)


def _references(t: Any) -> str:
    """La somme de ce que l'on sait des références, et combien de territoires n'en disent rien."""
    muets = t["reference_bas"].isna() | ((t["reference_bas"] == 0) & np.isinf(t["reference_haut"]))
    if muets.all():
        return "non renseigné"
    manque = int(muets.sum())
    reste = f" ({pluriel(manque, 'territoire non renseigné', 'territoires non renseignés')})" if manque else ""
    return Fourchette(t["reference_bas"][~muets].sum(), t["reference_haut"][~muets].sum()).write() + reste


def _known(colonne: Any) -> str:
    """La somme de ce qui est renseigné, et combien ne l'est pas."""
    manque = int(colonne.isna().sum())
    if manque == len(colonne):
        return "non renseigné"
    reste = f" ({pluriel(manque, 'territoire non renseigné', 'territoires non renseignés')})" if manque else ""
    return euros(float(colonne.sum())) + reste


def questions_text(questions: tuple[Question, ...], territoire: Territoire) -> str:
    """Toutes les questions en un texte prêt à coller dans un message."""
    lignes = [f"{i}. {q.question}" for i, q in enumerate(questions, 1)]
    return "\n".join([f"Questions à la Caf, bonus territoire, {territoire.nom} :", "", *lignes])


_ADHESIONS = {
    "en vigueur": ("fait", "En vigueur"),
    "à venir": ("secondaire", "À venir"),
    "pas délibéré": ("vide", "Pas délibéré"),
    "non renseignée": ("vide", "Non renseignée"),
}


def memberships(resultat: Resultat, annee: int) -> list[dict[str, str]]:
    """Les communes par état d'adhésion au 31 décembre de l'année regardée, telles que le scénario les met."""
    etats: dict[str, list[str]] = {}
    for commune in resultat.territoire.communes:
        etats.setdefault(membership(commune, resultat.territoire.convention, date(annee, 12, 31)), []).append(
            commune.nom
        )
    return [
        {"noms": liste(noms, MONTRES), "puce": _ADHESIONS[etat][0], "mot": _ADHESIONS[etat][1]}
        for etat, noms in sorted(etats.items(), key=lambda x: list(_ADHESIONS).index(x[0]))
    ]
