"""La page « Plan d'actions » : l'arbre, la fiche, la marge ; ce que l'on tape est gardé, le reste arrive."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import ipywidgets as widgets
from IPython.display import HTML

from ctgkit.errors import CtgError
from ctgkit.plan import complete
from ctgkit.storage.plans import PlanStore
from ctgkit.views.base import guarded
from ctgkit.views.html import render
from ctgkit.views.plan_etat import ROLES, EtatPlan, first_state, follow_plan
from ctgkit.views.plan_export import export_fiche, export_plan
from ctgkit.views.plan_feuille import Feuille, fields
from ctgkit.views.plan_gestes import Gestes
from ctgkit.views.plan_saisie import save
from ctgkit.views.plan_voisins import Voisins
from ctgkit.views.plan_vues import statement
from ctgkit.views.plan_zones import Regard, choices, page, zones
from ctgkit.views.pont import Pont
from ctgkit.views.portrait import reading_day

PERIODE_S = 1.0


def plan_panel(plan: PlanStore, annee: int = 0, aujourdhui: str = "") -> widgets.Widget:
    """La page avec ses contrôles."""
    panneau = PlanPanel(plan, reading_day(aujourdhui, annee))
    panneau.watch()
    return panneau.widget


def show_plan(plan: PlanStore, annee: int = 0, aujourdhui: str = "") -> HTML:
    """Le plan sans contrôle : pour JupyterLab, un lot ou une impression."""
    jour = reading_day(aujourdhui, annee)
    regard = Regard(plan, Voisins(plan.territoire, plan.journal, jour.year), first_state(plan.plan), jour)
    lus = [(f, complete(plan.plan, f)) for f in plan.plan.fiches]
    return HTML(
        render("plan_fixe", plan=plan.plan, territoire=plan.territoire, constat=statement(regard), lus=lus, jour=jour)
    )


class PlanPanel:
    """L'état est une valeur ; la page s'en déduit, et seules les zones qui changent repartent."""

    def __init__(self, store: PlanStore, jour: date, etat: EtatPlan | None = None) -> None:
        self.store, self.jour = store, jour
        self.etat = etat or first_state(store.plan)
        self.voisins = Voisins(store.territoire, store.journal, jour.year)
        self.gestes = Gestes(store, jour)
        self.histoire = False
        self._veille: asyncio.Task | None = None
        regard = self.regard
        self._dites = zones(regard)
        self._options = choices(regard)
        self._versions: dict[str, int] = {}
        depart = self._fields(True) | {"etat": self._state()} | self._about()
        self.feuille = Feuille(self.receive, html=page(regard, self._dites), depart=depart)
        self.pont = Pont(self.gesture)

    @property
    def widget(self) -> widgets.Widget:
        return widgets.Box([self.feuille, self.pont]).add_class("atelier-page").add_class("page-plan")

    @property
    def regard(self) -> Regard:
        return Regard(self.store, self.voisins, self.etat, self.jour, bool(self.gestes.derniers), True, self.histoire)

    def tell(self, erreur: CtgError) -> None:
        self.feuille.update(message=" ".join(filter(None, (erreur.quoi, erreur.que_faire))))

    @guarded
    def receive(self, contenu: Mapping[str, Any]) -> None:
        """Un message de la page : un champ tapé, un geste, ou l'annonce qu'elle est prête."""
        if contenu.get("role") in ROLES:
            self.etat = replace(self.etat, role=contenu["role"])
        if contenu.get("t") == "champ":
            self._saved(save(self.store, contenu, self.etat.role))
        elif contenu.get("t") == "geste":
            self.gesture({k: v for k, v in contenu.items() if isinstance(v, str)})
        elif contenu.get("t") == "pret":
            self.show()

    def _saved(self, reponse: dict[str, Any]) -> None:
        if reponse["t"] == "recu" and reponse["fiche"] == self.etat.fiche:
            self._versions[reponse["champ"]] = reponse["version"]
            if reponse["version"] and reponse["version"] not in self.gestes.derniers:
                self.gestes.derniers.append(reponse["version"])
        self.feuille.send(reponse)
        self.show()

    @guarded
    def gesture(self, geste: Mapping[str, str]) -> None:
        avant = self.etat
        if geste.get("geste") in ("exporter", "exporter-plan"):
            self._export(geste)
            return
        self.histoire = geste.get("geste") == "histoire" or (self.histoire and geste.get("geste") == "restaurer")
        if geste.get("geste") == "nouvelle" and geste.get("constat"):
            geste = {**geste, "phrase": self._finding(geste["constat"])}
        self.etat = follow_plan(self.gestes.apply(self.etat, geste), self.store.plan)
        change = (avant.fiche, avant.vue) != (self.etat.fiche, self.etat.vue)
        neuve = {"aller": "titre"} if geste.get("geste") == "nouvelle" else {}
        self.show(message="", **({"haut": True} if change else {}), **neuve)

    def _finding(self, code: str) -> str:
        return f"{self.voisins.finding(code).phrase}."

    def _export(self, geste: Mapping[str, str]) -> None:
        entier = geste["geste"] == "exporter-plan"
        fichier = export_plan(self.regard, geste["valeur"]) if entier else export_fiche(self.regard, geste["valeur"])
        self.pont.download(*fichier)

    def show(self, **plus: Any) -> None:
        """Envoie ce qui a changé depuis la dernière fois, et rien d'autre."""
        self.etat = follow_plan(self.etat, self.store.plan)
        regard = self.regard
        neuves, possibles = zones(regard), choices(regard)
        changees = {n: h for n, h in neuves.items() if self._dites.get(n) != h}
        changees |= {n: h for n, h in possibles.items() if self._options.get(n) != h}
        self._dites, self._options = neuves, possibles
        self.feuille.update(zones=changees, etat=self._state(), **self._about(), **self._fields(), **plus)

    def _fields(self, tout: bool = False) -> dict[str, Any]:
        """Les champs de la fiche que l'on regarde ; sans `tout`, ceux que la page n'a pas encore."""
        fiche = self.store.plan.fiche(self.etat.fiche)
        if fiche is None:
            return {"fiche": ""}
        lus = fields(self.store, fiche)
        tout = tout or self._versions.get("") != fiche.cle
        changes = lus if tout else {c: x for c, x in lus.items() if self._versions.get(c) != x["n"]}
        self._versions = {"": fiche.cle, **{c: x["n"] for c, x in lus.items()}}
        return {"fiche": fiche.cle, "champs": changes}

    def _about(self) -> dict[str, Any]:
        return {"manques": self._missing(), "resumes": self._deduced()}

    def _deduced(self) -> dict[str, str]:
        """Ce que la page montre à la place de « rien de choisi »."""
        fiche = self.store.plan.fiche(self.etat.fiche)
        enjeux = self.store.plan.enjeux_of(fiche) if fiche else ()
        titres = ", ".join(f"{e} {self.store.plan.title('enjeux', e)}" for e in enjeux)
        return {"enjeux": f"{titres} (par l\u2019objectif)" if titres else ""}

    def _missing(self) -> list[str]:
        fiche = self.store.plan.fiche(self.etat.fiche)
        return [c.cle for c in complete(self.store.plan, fiche).manques] if fiche else []

    def _state(self) -> dict[str, Any]:
        return {"vue": self.etat.vue, "tri": self.etat.tri, "filtre": asdict(self.etat.filtre)}

    def watch(self) -> None:
        """Chaque seconde, ce que les autres ont écrit ; sans boucle (un lot), rien à guetter."""
        with contextlib.suppress(RuntimeError):
            self._veille = asyncio.get_running_loop().create_task(self._poll())

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(PERIODE_S)
            with contextlib.suppress(CtgError):
                self.catch_up(await asyncio.to_thread(self.store.journal.since, self.store.dernier))

    @guarded
    def catch_up(self, entrees: list) -> None:
        if self.store.take(entrees):
            self.show()
