"""Les gestes sur les fiches : créer, dupliquer, ranger, changer plusieurs fiches, annuler, revenir en arrière."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from ctgkit.errors import CtgError
from ctgkit.plan import Fiche, champ, freeze, keep, read_value
from ctgkit.storage.journal.plan import PlanStore
from ctgkit.views.plan.etat import EtatPlan, Simulation
from ctgkit.views.plan.gestes_titres import Titres
from ctgkit.views.plan.histoire import check_dates
from ctgkit.views.plan.retour import Retour

Geste = Mapping[str, str]
DEBUT = "FA"


class Gestes:
    """Chaque geste rend l'état d'après ; les refus sont des `CtgError` que la page montre."""

    def __init__(self, store: PlanStore, jour: date) -> None:
        self.store, self.jour = store, jour
        self.retour = Retour(store)
        titres = Titres(store)
        self._connus: dict[str, Callable[[EtatPlan, Geste], EtatPlan]] = {
            "fiche": self.choose,
            "voisine": self.neighbour,
            "nouvelle": self.create,
            "dupliquer": self.duplicate,
            "retirer": self.remove,
            "remettre": self.put_back,
            "ranger": self.sort,
            "deplacer": self.move,
            "lot": self.change_many,
            "restaurer": self.restore,
            "signer": self.sign,
            "lier": self.bind,
            "nouvel-element": titres.add,
            "titre": titres.rename,
            "element": titres.change,
            "retirer-element": titres.remove,
            "periode": self.compare_dates,
            "choisir": self.pick_all,
            "toutes": lambda e, _: replace(e, filtre=type(e.filtre)()),
        }

    def apply(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        """Ce qu'un geste écrit d'un coup s'annule d'un coup."""
        if geste.get("geste") == "annuler":
            self.retour.undo(etat.role)
            return etat
        self.store.ecrites = []
        apres = self._connus.get(geste.get("geste", ""), EtatPlan.read)(etat, geste)
        self.retour.keep(self.store.ecrites)
        return apres

    def choose(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        connue = self.store.plan.fiche(geste.get("valeur", ""))
        return replace(etat, fiche=connue.cle, vue="fiche", simulation=Simulation()) if connue else etat

    def neighbour(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        cles = [f.cle for f in self.store.plan.fiches]
        rang = cles.index(etat.fiche) + (1 if geste.get("valeur") == "1" else -1) if etat.fiche in cles else 0
        return self.choose(etat, {"valeur": cles[rang]}) if 0 <= rang < len(cles) else etat

    def create(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        """Vide, ou déjà rangée sous l'objectif, ou en face du constat d'où l'on part."""
        objectif, constat = geste.get("objectif", ""), geste.get("constat", "")
        valeurs: dict[str, Any] = {"statut": "À discuter"}
        valeurs |= {"objectifs": [objectif]} if self.store.plan.element("objectifs", objectif) else {}
        valeurs |= {"constats": [constat], "constat": geste.get("phrase", "")} if constat else {}
        debut = objectif.split("-")[0] if "objectifs" in valeurs else DEBUT
        return self.choose(etat, {"valeur": self.store.create(debut, valeurs, etat.role)})

    def duplicate(self, etat: EtatPlan, _: Geste) -> EtatPlan:
        return self.choose(etat, {"valeur": self.store.duplicate(etat.fiche, etat.role)})

    def remove(self, etat: EtatPlan, _: Geste) -> EtatPlan:
        """La fiche d'à côté prend sa place."""
        cles = [f.cle for f in self.store.plan.fiches]
        rang = cles.index(etat.fiche) if etat.fiche in cles else 0
        self.store.remove(etat.fiche, etat.role)
        restent = [f.cle for f in self.store.plan.fiches]
        suivante = restent[min(rang, len(restent) - 1)] if restent else ""
        return replace(etat, fiche=suivante, vue="fiche" if suivante else "ensemble")

    def put_back(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        cle = geste.get("valeur", "")
        if cle in self.store.removed:
            self.store.write(cle, "retiree", False, etat.role)
        return self.choose(etat, {"valeur": cle})

    def sort(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        """Une carte change de colonne ; « En retard » se calcule et ne se choisit pas."""
        fiche, valeur = self.store.plan.fiche(geste.get("fiche", "")), geste.get("valeur", "")
        if fiche is None:
            return etat
        if etat.axe == "statut" and valeur == "En retard":
            raise CtgError("« En retard » se calcule.", "Tableau", "Changer l'échéance ou l'avancement de la fiche.")
        vise = {"statut": "statut", "pilote": "pilote_structure", "enjeu": "enjeux", "echeance": "date_fin"}[etat.axe]
        texte = _same_day(fiche, valeur) if vise == "date_fin" else valeur
        self._set([fiche.cle], vise, texte, etat)
        return etat

    def move(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        """Sous un autre objectif : c'est lui seul que la fiche sert désormais."""
        objectif = geste.get("valeur", "")
        if self.store.plan.element("objectifs", objectif):
            self._set([geste.get("fiche", "") or etat.fiche], "objectifs", objectif, etat)
        return etat

    def change_many(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        valeur = geste.get("lu1", "").strip()
        if not valeur:
            raise CtgError("Aucune valeur n'est choisie.", "Changer plusieurs fiches", "Dire la nouvelle valeur.")
        self._set(sorted(etat.choisies), etat.champ_lot, valeur, etat)
        return replace(etat, choisies=frozenset())

    def _set(self, cles: list[str], vise: str, texte: str, etat: EtatPlan) -> None:
        valeur = read_value(champ(vise), texte)
        changent = [c for c in cles if (f := self.store.plan.fiche(c)) and f[vise] != valeur]
        self.store.write_all([(c, vise, valeur) for c in changent], etat.role)

    def restore(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        version = geste.get("valeur", "")
        if version.isdecimal() and etat.fiche:
            self.store.restore(etat.fiche, int(version), etat.role)
        return etat

    def compare_dates(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        du, au = geste.get("lu1", "").strip(), geste.get("lu2", "").strip()
        check_dates(du, au)
        return replace(etat, du=du, au=au)

    def pick_all(self, etat: EtatPlan, _: Geste) -> EtatPlan:
        """Toutes celles que le filtre montre ; une seconde fois, plus aucune."""
        montrees = frozenset(f.cle for f in keep(self.store.plan, etat.filtre, self.jour))
        return replace(etat, choisies=frozenset() if montrees <= etat.choisies else montrees)

    def sign(self, etat: EtatPlan, _: Geste) -> EtatPlan:
        if not self.store.plan.signature:
            self.store.write("plan", "signature", freeze(self.store.plan, self.jour), etat.role, objet="plan")
        return etat

    def bind(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        """Une ligne de plus au plan de financement, qui suivra ce que le moteur calcule."""
        fiche = self.store.plan.fiche(etat.fiche)
        if fiche is None or not geste.get("structure"):
            return etat
        cles = ("structure", "scenario", "dispositif", "annee", "suit")
        ligne = {"financeur": "Caf", **{c: geste[c] for c in cles if geste.get(c)}}
        lignes = read_value(champ("financeurs"), [*fiche["financeurs"], ligne])
        self.store.write(fiche.cle, "financeurs", lignes, etat.role)
        return replace(etat, simulation=replace(etat.simulation, ouvert=""))


def _same_day(fiche: Fiche, annee: str) -> str:
    """Le même jour de l'année choisie ; sans échéance, le dernier jour de l'année."""
    fin = fiche.day("date_fin")
    if not annee.isdecimal():
        return ""
    jour = f"{min(fin.day, 28) if fin.month == 2 else fin.day:02d}/{fin.month:02d}" if fin else "31/12"
    return f"{jour}/{annee}"
