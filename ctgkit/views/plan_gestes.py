"""Les gestes de la page du plan : créer, dupliquer, ranger, changer plusieurs fiches, annuler, revenir en arrière."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from ctgkit.errors import CtgError
from ctgkit.plan import champ, freeze, read_value
from ctgkit.storage.plans import PlanStore
from ctgkit.views.plan_etat import EtatPlan
from ctgkit.views.plan_vues import CHAMPS_LOT

Geste = Mapping[str, str]
DEBUT = "FA"


class Gestes:
    """Chaque geste rend l'état d'après ; les refus sont des `CtgError` que la page montre."""

    def __init__(self, store: PlanStore, jour: date) -> None:
        self.store, self.jour = store, jour
        self.derniers: list[int] = []

    def apply(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        connus: dict[str, Callable[[EtatPlan, Geste], EtatPlan]] = {
            "fiche": self.choose,
            "voisine": self.neighbour,
            "nouvelle": self.create,
            "dupliquer": self.duplicate,
            "retirer": self.remove,
            "statut": self.set_state,
            "glisser": self.drop,
            "lot": self.change_many,
            "annuler": self.undo,
            "restaurer": self.restore,
            "signer": self.sign,
            "nouvel-element": self.add_element,
            "titre": self.rename,
            "toutes": lambda e, _: replace(e, filtre=type(e.filtre)()),
        }
        return connus.get(geste.get("geste", ""), EtatPlan.read)(etat, geste)

    def choose(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        connue = self.store.plan.fiche(geste.get("valeur", ""))
        return replace(etat, fiche=connue.cle, vue="fiche") if connue else etat

    def neighbour(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        cles = [f.cle for f in self.store.plan.fiches]
        rang = cles.index(etat.fiche) + (1 if geste.get("valeur") == "1" else -1) if etat.fiche in cles else 0
        return replace(etat, fiche=cles[rang], vue="fiche") if 0 <= rang < len(cles) else etat

    def create(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        """Vide, ou déjà rangée sous l'objectif, ou en face du constat d'où l'on part."""
        objectif, constat = geste.get("objectif", ""), geste.get("constat", "")
        valeurs: dict[str, Any] = {"statut": "À discuter"}
        valeurs |= {"objectifs": [objectif]} if self.store.plan.element("objectifs", objectif) else {}
        valeurs |= {"constats": [constat], "constat": geste.get("phrase", "")} if constat else {}
        debut = objectif.split("-")[0] if "objectifs" in valeurs else DEBUT
        cle = self.store.create(debut, valeurs, etat.role)
        return replace(etat, fiche=cle, vue="fiche")

    def duplicate(self, etat: EtatPlan, _: Geste) -> EtatPlan:
        return replace(etat, fiche=self.store.duplicate(etat.fiche, etat.role), vue="fiche")

    def remove(self, etat: EtatPlan, _: Geste) -> EtatPlan:
        entree = self.store.write(etat.fiche, "retiree", True, etat.role)
        self.derniers.append(entree.id)
        suivante = next((f.cle for f in self.store.plan.fiches), "")
        return replace(etat, fiche=suivante, vue="fiche" if suivante else "ensemble")

    def set_state(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        self._set([geste.get("fiche", "")], "statut", geste.get("valeur", ""), etat)
        return etat

    def drop(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        """Une carte déposée dans une colonne ; « En retard » se calcule et ne se choisit pas."""
        vise = {"statut": "statut", "pilote": "pilote_structure"}.get(etat.axe)
        if vise == "statut" and geste.get("valeur") == "En retard":
            raise CtgError("« En retard » se calcule.", "Tableau", "Changer l'échéance ou l'avancement de la fiche.")
        if vise:
            self._set([geste.get("fiche", "")], vise, geste.get("valeur", ""), etat)
        return etat

    def change_many(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        vise = geste.get("lu1", "")
        if vise in CHAMPS_LOT and etat.choisies:
            self._set(sorted(etat.choisies), vise, geste.get("lu2", ""), etat)
        return replace(etat, choisies=frozenset())

    def _set(self, cles: list[str], vise: str, texte: str, etat: EtatPlan) -> None:
        valeur = read_value(champ(vise), texte)
        presentes = [c for c in cles if self.store.plan.fiche(c)]
        entrees = self.store.write_all([(c, vise, valeur) for c in presentes], etat.role)
        self.derniers += [entrees[-1].id] if entrees else []

    def undo(self, etat: EtatPlan, _: Geste) -> EtatPlan:
        """Le dernier changement fait depuis cette page ; un champ changé depuis par un autre se défend."""
        if self.derniers:
            self.store.undo(self.derniers.pop(), etat.role)
        return etat

    def restore(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        version = geste.get("valeur", "")
        if version.isdecimal() and etat.fiche:
            self.store.restore(etat.fiche, int(version), etat.role)
        return etat

    def sign(self, etat: EtatPlan, _: Geste) -> EtatPlan:
        if not self.store.plan.signature:
            self.store.write("plan", "signature", freeze(self.store.plan, self.jour), etat.role, objet="plan")
        return etat

    def add_element(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        sorte, titre, parent = geste.get("sorte", ""), geste.get("lu1", "").strip(), geste.get("lu2", "")
        if sorte not in ("enjeu", "objectif"):
            return etat
        if not titre:
            raise CtgError("L'intitulé est vide.", "Enjeux et objectifs", "Écrire un intitulé, puis ajouter.")
        lien = {
            "enjeu": {"domaine": parent},
            "objectif": {"enjeux": [parent] if parent else [], "niveau": "strategique"},
        }
        self.store.create_element(sorte, parent, {"titre": titre[:2000], **lien[sorte]}, etat.role)
        return etat

    def rename(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        sorte, cle, texte = geste.get("sorte", ""), geste.get("cle", ""), geste.get("texte", "").strip()
        pluriel = {"enjeu": "enjeux", "objectif": "objectifs"}.get(sorte, "")
        ecrire = partial(self.store.write, cle, "titre", role=etat.role, objet=sorte)
        if texte and self.store.plan.element(pluriel, cle) and texte != self.store.plan.title(pluriel, cle):
            ecrire(valeur=texte)
        return etat
