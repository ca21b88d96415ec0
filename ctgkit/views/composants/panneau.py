"""Le bâti d'une page : un état, ce qu'on en lit, des zones, des gestes, une mémoire.

Une page est un dossier de `views/`, et rien d'autre ne se déclare : `page.py`, ses `gabarits/`, sa feuille `page.css`.

    @dataclass(frozen=True)
    class EtatPage:
        annee: int = 2026

    class MaPage(Panneau[EtatPage, Table]):
        zones: ClassVar = {"constat": Zone(lambda table: render("ma_page/constat", table=table))}
        gestes: ClassVar = {"annee": lambda etat, geste, table: replace(etat, annee=int(geste["valeur"]))}

        def read(self, etat: EtatPage) -> Table:
            return une_fonction_du_metier(self.territoire, etat.annee)

    MaPage(EtatPage()).widget          # la page, avec ses contrôles
    MaPage(EtatPage()).act({"geste": "annee", "valeur": "2027"})    # ce que ferait un clic, sans navigateur

Un bouton écrit dans un gabarit (`<button data-geste="annee" data-valeur="2027">`) appelle le geste de ce nom : une
fonction pure, de l'état et de ce que la page montre vers un autre état. Ce qui touche au dehors (le journal, un fichier
à emporter) est un `acte`, qui reçoit la page. Un état nouveau est lu une fois ; seule une zone dont le texte change
repart vers le navigateur. Toute erreur se dit en français dans la zone « message », jamais par une trace.
"""

import asyncio
import os
import sys
import traceback
import uuid
from collections.abc import Callable, Container, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial, wraps
from typing import Any, ClassVar, Generic, ParamSpec, Protocol, TypeVar

import ipywidgets as widgets
from markupsafe import Markup

from ctgkit.errors import CtgError
from ctgkit.storage.journal import ConflictError
from ctgkit.texte import typography
from ctgkit.views.composants.habillage import sheet
from ctgkit.views.composants.html import render
from ctgkit.views.composants.memoire import Memoire
from ctgkit.views.composants.pont import Pont, Reception

P = ParamSpec("P")
Etat = TypeVar("Etat")
Lecture = TypeVar("Lecture")
Demande = Mapping[str, str]
Geste = Callable[[Any, Demande, Any], Any]
MESSAGE = "message"
IMPREVUE = "imprevue"


class Prevenant(Protocol):
    """Un panneau sait montrer une erreur."""

    def tell(self, erreur: CtgError) -> None: ...


def unexpected() -> CtgError:
    """Une erreur que personne n'avait prévue : une référence relie ce que l'on voit au détail, resté sur le poste."""
    reference = uuid.uuid4().hex[:6].upper()
    _to_window(f"Erreur imprévue, référence {reference}\n{traceback.format_exc()}")
    return CtgError(
        "Une erreur imprévue a arrêté ce calcul.",
        f"référence {reference}",
        "Continuer ou recharger la page : ce qui est enregistré est conservé. Le détail, sous cette référence, est "
        "dans la fenêtre où tourne « ctg servir ».",
        code=IMPREVUE,
    )


def _to_window(texte: str) -> None:
    """Dans un noyau, tout ce qui s'écrit part vers le navigateur ; `fileno` y rend la vraie sortie, la fenêtre."""
    try:
        os.write(sys.stderr.fileno(), texte.encode())
    except (OSError, ValueError):
        print(texte, file=sys.__stderr__, flush=True)


def guarded(rappel: Callable[P, Any]) -> Callable[P, Any]:
    """Pour les méthodes d'un panneau que le navigateur appelle : l'erreur va à `tell`, la page continue."""

    @wraps(rappel)
    def sans_trace(*args: P.args, **kwargs: P.kwargs) -> Any:
        panneau: Prevenant = args[0]
        try:
            return rappel(*args, **kwargs)
        except CtgError as erreur:
            panneau.tell(erreur)
        except Exception:
            panneau.tell(unexpected())
        return None

    return sans_trace


class Later:
    """Ce qui peut attendre : fait une seule fois, quand la page a reçu l'essentiel ; tout de suite hors d'un noyau."""

    def __init__(self, faire: Callable[[], None], delai_s: float = 0.01) -> None:
        self.faire, self.delai_s = faire, delai_s
        self.prevu: asyncio.TimerHandle | None = None
        self._retenu, self._demande = False, False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Demandé une ou dix fois pendant ce temps, c'est fait une fois, en sortant."""
        deja, self._retenu = self._retenu, True
        try:
            yield
        finally:
            self._retenu = deja
            if self._demande and not deja:
                self._demande = False
                self.ask()

    def ask(self) -> None:
        if self._retenu:
            self._demande = True
            return
        if self.prevu:
            self.prevu.cancel()
        try:
            self.prevu = asyncio.get_running_loop().call_later(self.delai_s, self.faire)
        except RuntimeError:
            self.faire()


def message_html(erreur: CtgError | None, note: str = "", lecture_seule: str = "", boutons: str = "") -> Markup:
    """Ce que la page dit d'elle-même ; sous l'erreur, « fermer » ou « choisir » entre deux versions."""
    return render("composants/message", erreur=erreur, note=note, lecture_seule=lecture_seule, boutons=boutons)


@dataclass(frozen=True)
class Zone(Generic[Lecture]):
    """Un morceau de page. `selon` : ce dont il dépend, quand il ne dépend pas de tout ; il n'est refait qu'alors.

    `ensuite` : il peut attendre que la page ait reçu les autres.
    """

    draw: Callable[[Lecture], Any]
    selon: Callable[[Lecture], Hashable] | None = None
    ensuite: bool = False

    def make(self, act: Callable[[Demande], None]) -> widgets.Widget:  # noqa: ARG002 - un graphique, lui, se clique
        """Ce qui porte la zone sur la page."""
        return widgets.HTML()

    def put(self, porteur: widgets.Widget, rendu: Any) -> None:
        """Montre ce que `draw` a rendu ; rien ne part si rien n'a changé."""
        if porteur.value != rendu:
            porteur.value = rendu


_MESSAGE = Zone(lambda _: "")


def pick(champ: str, possibles: Container[str] | None = None, **plus: Any) -> Geste:
    """Le geste qui met sa valeur dans ce champ de l'état ; ce qui n'est pas un choix possible ne change rien."""

    def geste(etat: Any, demande: Demande, _: Any) -> Any:
        permis = possibles is None or demande["valeur"] in possibles
        return replace(etat, **{champ: demande["valeur"]}, **plus) if permis else etat

    return geste


class Panneau(Generic[Etat, Lecture]):
    """Une page avec ses contrôles. Une page donne `zones`, `gestes`, `actes`, `read` ; au besoin `keep`, `layout`."""

    zones: ClassVar[Mapping[str, Zone]] = {}
    gestes: ClassVar[Mapping[str, Geste]] = {}
    actes: ClassVar[Mapping[str, Callable[[Any, Demande], Any]]] = {}
    _muet = False

    def __init__(self, etat: Etat, memoire: Memoire | None = None) -> None:
        self.memoire = memoire or Memoire(None, "")
        self.erreur: CtgError | None = None
        self.note = ""
        self.pont = Pont(self.act, partial(sheet, self.page), self.depots())
        self.html = {nom: zone.make(self.act) for nom, zone in {**self.zones, MESSAGE: _MESSAGE}.items()}
        self._selon: dict[str, Hashable] = {}
        self.suite = Later(self.draw_rest)
        self.etat, self.lecture = etat, None
        self.show(etat)

    # Ce qu'une page dit

    def read(self, etat: Etat) -> Lecture:
        """Ce que montrent les zones, déduit de l'état ; `self.lecture` est la lecture d'avant, ou None."""
        raise NotImplementedError

    def keep(self, avant: Etat) -> None:
        """Écrit au journal ce qui a changé depuis cet état ; une page qui ne garde rien n'a rien à en dire."""

    def depots(self) -> Mapping[str, Reception]:
        """Qui reçoit les fichiers que l'on choisit dans la page, par nom de dépôt."""
        return {}

    def draw_controls(self) -> None:
        """Remet les contrôles d'accord avec l'état."""

    def message(self) -> str:
        choisir = isinstance(self.erreur, ConflictError) and "garder-le-mien" in self.actes
        return message_html(self.erreur, self.note, self.memoire.lecture_seule, "choisir" if choisir else "fermer")

    def layout(self) -> Sequence[widgets.Widget]:
        """Les zones dans leur ordre, puis rien : ce qu'il faut à une page simple."""
        return [self.html[nom] for nom in (MESSAGE, *self.zones)]

    # Ce que le navigateur appelle

    @guarded
    def act(self, demande: Demande) -> None:
        """Un geste de la page : un bouton, un clic sur un graphique."""
        nom, demande = demande.get("geste", ""), {"valeur": "", **demande}
        self.forget()
        if nom in self.gestes:
            self.become(self.gestes[nom](self.etat, demande, self.lecture))
        elif nom in self.actes:
            self.actes[nom](self, demande)
        self.say()

    def tell(self, erreur: CtgError) -> None:
        self.erreur = erreur
        self.say()

    # L'état, et ce que l'on en montre

    def become(self, etat: Etat) -> None:
        """Un autre état : montré, puis gardé ; ce qui peut attendre est montré ensuite."""
        avant = self.etat
        with self.suite.held():
            self.show(etat)
            self.keep(avant)

    def show(self, etat: Etat) -> None:
        """Un autre état, lu et montré sans être gardé."""
        self.etat = etat
        self.lecture = self.read(etat)
        self.draw()

    def forget(self) -> None:
        """Ce qui était dit de la fois d'avant est lu."""
        self.note, self.erreur = "", None

    def say(self, note: str = "") -> None:
        self.note = note or self.note
        _MESSAGE.put(self.html[MESSAGE], self.message())

    def draw(self) -> None:
        """Ce que l'on regarde d'abord ; le reste suit dès que la page a reçu cela."""
        self._draw(ensuite=False)
        self.draw_controls()
        self.say()
        self.suite.ask()

    @guarded
    def draw_rest(self) -> None:
        self._draw(ensuite=True)

    def _draw(self, ensuite: bool) -> None:
        for nom, zone in self.zones.items():
            if zone.ensuite == ensuite:
                selon = zone.selon and (zone.selon(self.lecture),)
                if selon is None or self._selon.get(nom) != selon:
                    zone.put(self.html[nom], zone.draw(self.lecture))
                    self._selon[nom] = selon

    # Les menus : un choix change l'état, un état change les choix

    def menu(self, libelle: str, champ: str, options: Sequence = ()) -> widgets.Dropdown:
        """Une liste dont le choix est ce champ de l'état ; `draw_controls` la tient d'accord par `pose`."""
        menu = widgets.Dropdown(description=libelle, options=_typeset(options), layout=widgets.Layout(width="auto"))
        self.listen(menu, lambda valeur: self.become(replace(self.etat, **{champ: valeur})))
        return menu

    def listen(self, controle: widgets.Widget, suite: Callable[[Any], object]) -> None:
        """`suite(valeur)` quand une personne change ce contrôle, jamais quand la page le remet d'accord."""

        @guarded
        def faire(panneau: "Panneau", change: Mapping[str, Any]) -> None:
            if not panneau._muet:
                panneau.forget()
                suite(change["new"])

        controle.observe(lambda change: faire(self, change), "value")

    def pose(self, controle: widgets.Widget, valeur: Any, options: Sequence | None = None) -> None:
        """Met un contrôle d'accord avec l'état."""
        with self._silence():
            if options is not None and controle.options != (dites := _typeset(options)):
                controle.options = dites
            if controle.value != valeur:
                controle.value = valeur

    @contextmanager
    def _silence(self) -> Any:
        avant, self._muet = self._muet, True
        try:
            yield
        finally:
            self._muet = avant

    @property
    def widget(self) -> widgets.Widget:
        return box("atelier-page", box(f"p-carnet page-{self.page}", *self.layout(), self.pont))

    @property
    def page(self) -> str:
        """Le nom de son dossier."""
        return type(self).__module__.split(".")[-2]


def _typeset(options: Sequence[Any]) -> tuple[tuple[str, Any], ...]:
    """Les libellés d'un menu, à la française ; ce qu'ils désignent ne change pas."""
    paires = ((option, option) if isinstance(option, str) else option for option in options)
    return tuple((typography(libelle), valeur) for libelle, valeur in paires)


def box(classes: str, *enfants: widgets.Widget) -> widgets.Widget:
    """Une boîte dont la feuille de style dit la disposition."""
    boite = widgets.VBox(enfants)
    for classe in classes.split():
        boite.add_class(classe)
    return boite
