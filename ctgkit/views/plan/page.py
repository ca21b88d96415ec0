"""La page « Plan d'actions » : l'arbre, la fiche, la marge ; ce que l'on tape est gardé, le reste arrive."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import ipywidgets as widgets

from ctgkit.carnet.plan import PlanActions, read_store
from ctgkit.documents.catalogue.plan.voisins import Voisins
from ctgkit.errors import CtgError
from ctgkit.plan import complete
from ctgkit.storage.journal.plan import PlanStore
from ctgkit.views.composants.depot import Reception
from ctgkit.views.composants.panneau import IMPREVUE, guarded
from ctgkit.views.composants.pont import Pont
from ctgkit.views.plan.etat import ROLES, EtatPlan, first_state, follow_plan
from ctgkit.views.plan.export import GENRE, Logos, export
from ctgkit.views.plan.feuille import Feuille, fields
from ctgkit.views.plan.gestes import Gestes
from ctgkit.views.plan.importation import MAXIMUM, ImportPlan
from ctgkit.views.plan.saisie import RETIREE, save
from ctgkit.views.plan.zones import Regard, choices, lists, page, zones
from ctgkit.views.territoire.portrait import reading_day

PERIODE_S = 1.0


def plan_panel(plan: PlanStore | PlanActions, annee: int = 0, aujourdhui: str = "") -> widgets.Widget:
    """La page avec ses contrôles."""
    panneau = PlanPanel(read_store(plan), reading_day(aujourdhui, annee))
    panneau.watch()
    return panneau.widget


class PlanPanel:
    """L'état est une valeur ; la page s'en déduit, et seules les zones qui changent repartent."""

    def __init__(self, store: PlanStore, jour: date, etat: EtatPlan | None = None) -> None:
        self.store, self.jour = store, jour
        self.etat = etat or first_state(store.plan)
        self.voisins = Voisins(store.territoire, store.journal, jour.year)
        self.gestes, self.importation, self.logos = Gestes(store, jour), ImportPlan(store), Logos()
        self.histoire = False
        self._depots = {"plan": Reception(self.importation.receive, MAXIMUM), "logo": Reception(self.logos.receive)}
        self._veille: asyncio.Task | None = None
        regard = self.regard
        self._dites, self._options, self._listes = zones(regard), choices(regard), lists(regard)
        self._versions: dict[str, int] = {}
        depart = self._fields(True) | {"etat": self._state()} | self._about()
        self.feuille = Feuille(self.receive, html=page(regard, self._dites), depart=depart)
        self.pont = Pont(self.gesture)

    @property
    def widget(self) -> widgets.Widget:
        return widgets.Box([self.feuille, self.pont]).add_class("atelier-page").add_class("page-plan")

    @property
    def regard(self) -> Regard:
        return Regard(
            self.store, self.voisins, self.etat, self.jour, bool(self.gestes.retour.pas), True, self.histoire,
            self.importation, self.logos,
        )  # fmt: skip

    def tell(self, erreur: CtgError) -> None:
        ou = f"({erreur.ou})" if erreur.code == IMPREVUE else ""
        self.feuille.update(message=" ".join(filter(None, (erreur.quoi, ou, erreur.que_faire))))

    @guarded
    def receive(self, contenu: Mapping[str, Any], pieces: Sequence[Any] = ()) -> None:
        """Un message de la page : un champ tapé, un geste, un fichier, ou l'annonce qu'elle est prête."""
        if contenu.get("role") in ROLES:
            self.etat = replace(self.etat, role=contenu["role"])
        if contenu.get("t") == "champ":
            self.store.ecrites = []
            self._saved(save(self.store, contenu, self.etat.role))
        elif contenu.get("t") == "geste":
            self.gesture({k: v for k, v in contenu.items() if isinstance(v, str)})
        elif contenu.get("t") == "depot":
            self._upload(contenu, pieces)
        elif contenu.get("t") == "pret":
            self.show()

    def _saved(self, reponse: dict[str, Any]) -> None:
        if reponse["t"] == "recu" and reponse["fiche"] == self.etat.fiche:
            self._versions[reponse["champ"]] = reponse["version"]
        self.gestes.retour.keep(self.store.ecrites)
        self.feuille.send(reponse)
        self.show()

    def _upload(self, contenu: Mapping[str, Any], pieces: Sequence[Any]) -> None:
        """Chaque morceau est accusé, même celui d'un fichier refusé : la page peut en choisir un autre."""
        reception = self._depots.get(str(contenu.get("pour")))
        try:
            if reception and reception.take(contenu, pieces) and contenu.get("fin"):
                self.show(message="")
        finally:
            self.feuille.send({"t": "depot-recu"})

    @guarded
    def gesture(self, geste: Mapping[str, str]) -> None:
        nom = geste.get("geste", "")
        autres = {"exporter": self._export, "importer": self._import, "correspondre": self.importation.choose}
        if nom in autres:
            self.show(message=autres[nom](geste) or "", ecrit=bool(self.store.ecrites))
        elif nom in ("renoncer", "sans-logo"):
            (self.importation.drop if nom == "renoncer" else self.logos.images.clear)()
            self.show(message="")
        else:
            self._apply(geste)

    def _apply(self, geste: Mapping[str, str]) -> None:
        avant, nom = self.etat, geste.get("geste")
        self.histoire = nom == "histoire" or (self.histoire and nom == "restaurer")
        if nom == "nouvelle" and geste.get("constat"):
            geste = {**geste, "phrase": f"{self.voisins.finding(geste['constat']).phrase}."}
        try:
            self.etat = follow_plan(self.gestes.apply(self.etat, geste), self.store.plan)
        finally:
            titres = self._title_version(geste)
        change = (avant.fiche, avant.vue) != (self.etat.fiche, self.etat.vue)
        vise = "titre" if nom == "nouvelle" else geste.get("champVise") or geste.get("puis", "")
        plus = ({"haut": True} if change else {}) | ({"ecrit": True} if self.store.ecrites else {})
        self.show(message="", **plus, **titres, **({"aller": vise} if vise else {}))

    def _title_version(self, geste: Mapping[str, str]) -> dict[str, Any]:
        """La version de l'intitulé que l'on tape : dite aussi après un désaccord, pour pouvoir répondre."""
        if geste.get("geste") != "titre":
            return {}
        self.store.refresh()
        version = {geste.get("vise", ""): self.store.version(geste.get("vise", ""), "titre", geste.get("sorte", ""))}
        self.feuille.update(titres=version)
        return {"titres": version}

    def _export(self, geste: Mapping[str, str]) -> str:
        fichier = export(self.regard, geste, self.logos)
        self.pont.download(fichier.nom, fichier.octets, GENRE)
        return fichier.dit

    def _import(self, _: Mapping[str, str]) -> str:
        self.store.ecrites = []
        try:
            return self.importation.write(self.etat.role)
        finally:
            self.gestes.retour.keep(self.store.ecrites)

    def show(self, **plus: Any) -> None:
        """Envoie ce qui a changé depuis la dernière fois, et rien d'autre."""
        self.etat = follow_plan(self.etat, self.store.plan)
        regard = self.regard
        neuves, possibles, listes = zones(regard), choices(regard), lists(regard)
        changees = {n: h for n, h in neuves.items() if self._dites.get(n) != h}
        changees |= {n: h for n, h in possibles.items() if self._options.get(n) != h}
        plus |= {"listes": listes} if listes != self._listes else {}
        self._dites, self._options, self._listes = neuves, possibles, listes
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
                depuis = min(self.store.dernier, self.voisins.dernier)
                self.catch_up(await asyncio.to_thread(self.store.journal.since, depuis))

    @guarded
    def catch_up(self, entrees: list) -> None:
        """Ce que d'autres ont écrit ; quand ils retirent la fiche que l'on lit, on le dit et on peut la remettre."""
        ailleurs, regardee = self.voisins.take(entrees), self.etat.fiche
        if self.store.take(entrees) or ailleurs:
            retiree = regardee and self.store.plan.fiche(regardee) is None
            suite = {"nom": "Remettre la fiche dans le plan", "gestes": {"geste": "remettre", "valeur": regardee}}
            self.show(**({"message": f"Fiche {regardee} : {RETIREE}", "suite": suite} if retiree else {}))
