"""La page « Plan d'actions » : l'arbre, la fiche, la marge ; ce que l'on tape est gardé, le reste arrive."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from functools import partial
from typing import Any, ClassVar

import ipywidgets as widgets

from ctgkit.carnet.plan import PlanActions, read_day, read_store
from ctgkit.documents.catalogue.plan.voisins import Voisins
from ctgkit.errors import CtgError
from ctgkit.plan import complete
from ctgkit.storage.journal import Entree
from ctgkit.storage.journal.plan import PlanStore
from ctgkit.views.composants.formulaire import FeuilleSaisie
from ctgkit.views.composants.panneau import IMPREVUE, Demande, Geste, Panneau, guarded
from ctgkit.views.composants.pont import Reception
from ctgkit.views.plan.etat import ROLES, EtatPlan, Regard, first_state, follow_plan
from ctgkit.views.plan.fiche import read_fiche
from ctgkit.views.plan.gestes import ECRIRE, REGARDER
from ctgkit.views.plan.import_export import GENRE, MAXIMUM, ImportPlan, Logos, export
from ctgkit.views.plan.memoire import RETIREE, MemoirePlan, read_fields, save
from ctgkit.views.plan.zones import ZONES, ZoneDeFeuille, page

PERIODE_S = 1.0


def plan_panel(plan: PlanStore | PlanActions) -> widgets.Widget:
    """La page avec ses contrôles, au jour où le plan se lit."""
    panneau = PlanPanel(read_store(plan), read_day(plan))
    panneau.watch()
    return panneau.widget


def _written(ecrire: Geste) -> Callable[["PlanPanel", Demande], None]:
    """Un geste qui écrit : ce qu'il écrit d'un coup s'annule d'un coup."""

    def acte(panneau: "PlanPanel", demande: Demande) -> None:
        try:
            etat = ecrire(panneau.etat, demande, panneau.lecture)
        finally:
            panneau.keep_step(demande)
        panneau.become(etat)

    return acte


class PlanPanel(Panneau[EtatPlan, Regard]):
    """Une seule feuille porte toutes les zones ; un message ne porte que celles qui changent."""

    zones: ClassVar = ZONES
    gestes: ClassVar = REGARDER
    actes: ClassVar = {
        **{nom: _written(ecrire) for nom, ecrire in ECRIRE.items()},
        "annuler": lambda panneau, _: panneau.undo(),
        "exporter": lambda panneau, demande: panneau.give(demande),
        "importer": lambda panneau, _: panneau.write_import(),
        "correspondre": lambda panneau, demande: panneau.change(panneau.importation.choose(demande)),
        "renoncer": lambda panneau, _: panneau.change(panneau.importation.drop()),
        "sans-logo": lambda panneau, _: panneau.change(panneau.logos.images.clear()),
    }

    def __init__(self, store: PlanStore, jour: date, etat: EtatPlan | None = None) -> None:
        self.store, self.jour = store, jour
        self.voisins = Voisins(store.territoire, store.journal, jour.year)
        self.importation, self.logos = ImportPlan(store), Logos()
        self._veille: asyncio.Task | None = None
        self._plus: dict[str, Any] = {}
        self._visee = ""
        self._versions: dict[str, Any] = {}
        super().__init__(etat or first_state(store.plan), MemoirePlan(store))
        self.montrees, self._listes = self._drawn(), self._lists()
        depart = {"etat": self._state(), **self._about(), **self._fields(tout=True)}
        html = page(self.lecture, self.montrees)
        self.feuille = FeuilleSaisie(self.receive, html=html, depart=depart, brouillons=store.territoire.code)

    def layout(self) -> list[widgets.Widget]:
        """Le calendrier se pose de lui-même à sa place dans la feuille."""
        return [self.feuille, self.html["calendrier"]]

    # L'état, et ce que l'on en montre

    def read(self, etat: EtatPlan) -> Regard:
        annulable = self.memoire.can_undo
        r = Regard(self.store, self.voisins, etat, self.jour, annulable, self.importation, self.logos)
        return replace(r, dites=read_fiche(r)) if r.fiche and etat.vue == "fiche" else r

    def show(self, etat: EtatPlan) -> None:
        super().show(follow_plan(etat, self.store.plan))

    def draw(self) -> None:
        """Refait les zones ; `say` envoie celles qui ont changé, avec le reste, en un seul message."""
        self._draw(ensuite=False)

    def become(self, etat: EtatPlan) -> None:
        avant = self.etat
        super().become(etat)
        change = (avant.fiche, avant.vue) != (self.etat.fiche, self.etat.vue)
        self._plus |= ({"haut": True} if change else {}) | ({"aller": self._visee} if self._visee else {})

    def change(self, _: object = None) -> None:
        """La même page, quand ce qu'elle montre a changé sans elle."""
        self.show(self.etat)

    def update(self) -> None:
        """De même, envoyé aussitôt."""
        self.change()
        self.say()

    def _drawn(self) -> dict[str, str]:
        dans_la_feuille = (nom for nom, zone in self.zones.items() if isinstance(zone, ZoneDeFeuille))
        return {nom: str(self.html[nom].value) for nom in dans_la_feuille}

    def forget(self) -> None:
        super().forget()
        self._plus = {"message": ""}

    def say(self, note: str = "") -> None:
        """Envoie ce qui a changé depuis la dernière fois, et rien d'autre."""
        if dit := self._told(note or self.note):
            self._plus["message"] = dit
        neuves, listes = self._drawn(), self._lists()
        plus, self._plus, self.erreur, self.note = self._plus, {}, None, ""
        plus |= {"listes": listes} if listes != self._listes else {}
        changees = {nom: html for nom, html in neuves.items() if self.montrees[nom] != html}
        self.montrees, self._listes = neuves, listes
        self.feuille.update(zones=changees, etat=self._state(), **self._about(), **self._fields(), **plus)

    def _told(self, note: str) -> str:
        if self.erreur is None:
            return note
        ou = f"({self.erreur.ou})" if self.erreur.code == IMPREVUE else ""
        return " ".join(filter(None, (self.erreur.quoi, ou, self.erreur.que_faire)))

    def _fields(self, tout: bool = False) -> dict[str, Any]:
        """Les champs de la fiche que l'on regarde ; sans `tout`, ceux que la page n'a pas encore."""
        fiche = self.lecture.fiche
        if fiche is None:
            return {"fiche": ""}
        lus = read_fields(self.store, fiche)
        tout = tout or self._versions.get("") != fiche.cle
        changes = lus if tout else {c: x for c, x in lus.items() if self._versions.get(c) != x["n"]}
        self._versions = {"": fiche.cle, **{c: x["n"] for c, x in lus.items()}}
        return {"fiche": fiche.cle, "champs": changes}

    def _about(self) -> dict[str, Any]:
        """Ce qui manque à la fiche, et ce que la page montre à la place de « rien de choisi »."""
        plan, fiche = self.store.plan, self.lecture.fiche
        enjeux = plan.enjeux_of(fiche) if fiche else ()
        titres = ", ".join(f"{e} {plan.title('enjeux', e)}" for e in enjeux)
        manques = [c.cle for c in complete(plan, fiche).manques] if fiche else []
        return {"manques": manques, "resumes": {"enjeux": f"{titres} (par l\u2019objectif)" if titres else ""}}

    def _lists(self) -> dict[str, list[list[str]]]:
        """Les menus des tableaux qui suivent les scénarios enregistrés ailleurs."""
        return {cible: [list(x) for x in self.lecture.options[cible].items()] for cible in ("structures", "scenarios")}

    def _state(self) -> dict[str, Any]:
        return {"vue": self.etat.vue, "tri": self.etat.tri, "filtre": asdict(self.etat.filtre)}

    # Ce que le navigateur envoie

    @guarded
    def receive(self, contenu: Mapping[str, Any]) -> None:
        """Un champ tapé, ou l'annonce que la page est prête, avec la fonction de qui l'ouvre."""
        if contenu.get("t") == "champ":
            self._save(contenu)
        elif contenu.get("t") == "pret":
            if contenu.get("role") in ROLES:
                self.etat = replace(self.etat, role=contenu["role"])
            self.update()

    def _save(self, contenu: Mapping[str, Any]) -> None:
        reponse = save(self.store, contenu, self.etat.role)
        if reponse["t"] == "recu" and reponse["fiche"] == self.etat.fiche:
            self._versions[reponse["champ"]] = reponse["version"]
        self.memoire.keep_written()
        self.feuille.send(reponse)
        self.update()

    def depots(self) -> dict[str, Reception]:
        return {
            "plan": Reception(partial(self.take_file, self.importation.receive), MAXIMUM),
            "logo": Reception(partial(self.take_file, self.logos.receive)),
        }

    @guarded
    def take_file(self, recevoir: Callable[[str, bytes], None], nom: str, octets: bytes) -> None:
        self.forget()
        recevoir(nom, octets)
        self.update()

    def act(self, demande: Demande) -> None:
        """Un geste de la page, avec la fonction de qui l'a fait, et le champ où aller ensuite."""
        nom = demande.get("geste", "")
        self.etat = replace(self.etat, histoire=self.etat.histoire and nom == "restaurer")
        self.memoire.role = self.etat.role
        self._visee = "titre" if nom == "nouvelle" else demande.get("champVise") or demande.get("puis", "")
        super().act(demande)

    def keep_step(self, demande: Demande | None = None) -> None:
        """Ce qui vient d'être écrit s'annulera d'un coup ; un intitulé rend sa version, pour pouvoir répondre."""
        if self.memoire.keep_written():
            self._plus["ecrit"] = True
        if demande and demande["geste"] == "titre":
            self.store.refresh()
            vise, sorte = demande.get("vise", ""), demande.get("sorte", "")
            self._plus["titres"] = {vise: self.store.version(vise, "titre", sorte)}

    def undo(self) -> None:
        if self.memoire.passes:
            self.memoire.undo()
            self._plus["ecrit"] = True
        self.change()

    def give(self, demande: Demande) -> None:
        """Le document demandé, à emporter."""
        sources = {
            "plan": self.store.plan,
            "territoire": self.store.territoire,
            "jour": self.jour,
            "annee": self.jour.year,
            "voisins": self.voisins,
            "fiche": self.lecture.fiche,
        }
        fichier = export(demande, sources, self.logos)
        self.pont.download(fichier.nom, fichier.octets, GENRE)
        self.note = fichier.dit
        self.change()

    def write_import(self) -> None:
        try:
            self.note = self.importation.write(self.etat.role)
        finally:
            self.keep_step()
        self.change()

    # Ce que les autres écrivent

    def watch(self) -> None:
        """Chaque seconde, ce que les autres ont écrit ; sans boucle (un lot), rien à guetter."""
        with contextlib.suppress(RuntimeError):
            self._veille = asyncio.get_running_loop().create_task(self._poll())

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(PERIODE_S)
            with contextlib.suppress(CtgError):
                depuis = min(self.store.dernier, self.voisins.dernier)
                self.catch_up(await asyncio.to_thread(self.store.journal.since, depuis))

    @guarded
    def catch_up(self, entrees: Sequence[Entree]) -> None:
        """Ce que d'autres ont écrit ; quand ils retirent la fiche que l'on lit, on le dit et on peut la remettre."""
        ailleurs, regardee = self.voisins.take(entrees), self.etat.fiche
        if not self.store.take(entrees) and not ailleurs:
            return
        self.change()
        if regardee and self.store.plan.fiche(regardee) is None:
            suite = {"nom": "Remettre la fiche dans le plan", "gestes": {"geste": "remettre", "valeur": regardee}}
            self._plus |= {"message": f"Fiche {regardee} : {RETIREE}", "suite": suite}
        self.say()
