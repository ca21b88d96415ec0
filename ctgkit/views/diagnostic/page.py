"""La page « Diagnostic » : ce que l'on règle est une valeur figée, tout le reste s'en déduit."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import ipywidgets as widgets

from ctgkit.diagnostic import Publication, check_coherence, count_couverture, publish
from ctgkit.errors import CtgError
from ctgkit.storage import load_territoire
from ctgkit.storage.journal import ConflictError, open_journal
from ctgkit.storage.journal.chiffres import with_figures
from ctgkit.territoire import Territoire
from ctgkit.views.composants.html import render
from ctgkit.views.composants.panneau import guarded, message_html
from ctgkit.views.composants.pont import Pont
from ctgkit.views.diagnostic.carte import chosen, mapped, read_map
from ctgkit.views.diagnostic.couverture import with_present_plan
from ctgkit.views.diagnostic.etat import EtatDiagnostic, clean, comparators, places, years
from ctgkit.views.diagnostic.fixe import ROLE, asked
from ctgkit.views.diagnostic.grille import SaisieChiffres
from ctgkit.views.diagnostic.importation import ImportFichier
from ctgkit.views.diagnostic.lecture import Lecture, mark
from ctgkit.views.diagnostic.memoire import MemoireDiagnostic
from ctgkit.views.diagnostic.pieces import Pieces
from ctgkit.views.diagnostic.priorites import PupitrePriorites, weighted
from ctgkit.views.diagnostic.tableaux import TABLEAUX, csv_bytes, file_name


def diagnostic_panel(  # noqa: PLR0913, PLR0917 - les réglages du carnet, dans l'ordre de ses paramètres
    territoire: Territoire, dossier: str = "", theme: str = "", commune: str = "", annee: int = 0, role: str = ROLE
) -> widgets.Widget:
    """La page avec ses contrôles ; `dossier` : le code ou le chemin du territoire, où est son journal."""
    etat = EtatDiagnostic(theme, annee=annee, communes=(str(commune),) if commune else ())
    panneau = DiagnosticPanel(territoire, open_memory(dossier or territoire.code, role), etat, dossier)
    panneau.check(theme, commune, annee)
    return panneau.widget


def open_memory(dossier: str, role: str) -> MemoireDiagnostic:
    """Sans journal lisible, la page s'ouvre quand même et dit que rien ne s'y garde."""
    try:
        return MemoireDiagnostic(open_journal(dossier), role)
    except CtgError as erreur:
        return MemoireDiagnostic(None, role, str(erreur))


class DiagnosticPanel:
    """Les contrôles de la page."""

    def __init__(
        self, territoire: Territoire, memoire: MemoireDiagnostic, etat: EtatDiagnostic | None = None, dossier: str = ""
    ) -> None:
        self.territoire, self.memoire, self.dossier = territoire, memoire, dossier or territoire.code
        self.publication = self._publish()
        self.etat = clean(etat or EtatDiagnostic(), self.publication)
        self.zones = {nom: widgets.HTML() for nom in (
            "rail", "tete", "ecarts", "carte", "carte_titre", "carte_cote", "repartition", "tendances", "communes",
            "seules", "marge", "priorites", "couverture", "message")}  # fmt: skip
        self.pont = Pont(self.on_gesture)
        self._listens = True
        self.lieu = self._choice("Lieu regardé", "lieu")
        self.repere = self._choice("Comparé à", "repere")
        self.annee = self._choice("Année", "annee")
        self.carte = self._choice("Indicateur de la carte", "carte")
        self.ajout = self._choice("Ajouter une commune à comparer", "")
        self.saisie = SaisieChiffres(self.publication, memoire, self.republish)
        self.depot = ImportFichier(self.dossier, lambda: self.territoire, self.reload)
        domaines = {c.domaine: c.nom for c in count_couverture(self.publication)}
        self.priorites = PupitrePriorites(memoire, domaines, lambda: self.update(self.etat))
        self.update(self.etat)

    def _publish(self) -> Publication:
        saisi = with_figures(self.territoire, self.memoire.figures(self.territoire))
        publication = publish(with_present_plan(saisi, self.memoire.journal))
        self.alertes, self.lecture, self._faits = check_coherence(publication), None, {}
        return publication

    def _choice(self, nom: str, champ: str) -> widgets.Dropdown:
        menu = widgets.Dropdown(description=nom, layout=widgets.Layout(width="auto"))
        menu.observe(lambda change: self.on_choice(champ, change["new"]), "value")
        return menu

    @guarded
    def on_choice(self, champ: str, valeur: Any) -> None:
        if not self._listens:
            return
        if champ:
            self.update(replace(self.etat, **{champ: valeur}))
        elif valeur:
            self.update(self.etat.toggle(valeur))

    @guarded
    def on_gesture(self, geste: Mapping[str, str]) -> None:
        """Un bouton de la page : son nom dit ce qu'il fait, sa valeur sur quoi."""
        valeur = geste.get("valeur", "")
        actions: dict[str, Callable[[], object]] = {
            "theme": lambda: self.update(replace(self.etat, theme=valeur)),
            "portee": lambda: self.update(replace(self.etat, portee=valeur)),
            "commune": lambda: self.update(self.etat.toggle(valeur)),
            "retenir": lambda: self.retain(valeur),
            "oublier": lambda: self._keep(lambda: self.memoire.forget(valeur)),
            "expliquer": lambda: self._keep(lambda: self.memoire.explain(valeur, geste.get("raison", ""))),
            "rouvrir": lambda: self._keep(lambda: self.memoire.reopen(valeur)),
            "csv": lambda: self.download(valeur),
            **dict.fromkeys(("importer", "renoncer", "correspondre"), lambda: self.depot.on_gesture(geste)),
        }
        if geste.get("geste") in actions:
            actions[geste["geste"]]()

    def retain(self, cle: str) -> None:
        """La phrase retenue est celle que la page montre, pas une que le navigateur enverrait."""
        code = cle.split("@", maxsplit=1)[0]
        phrase = next((c.lecture for c in self.lecture.toutes if c.mesure.code == code), "")
        if phrase:
            self._keep(lambda: self.memoire.retain(cle, phrase))

    def download(self, nom: str) -> None:
        if nom in TABLEAUX:
            tableau = TABLEAUX[nom](self.lecture)
            self.pont.download(file_name(tableau), csv_bytes(tableau), "text/csv;charset=utf-8")

    def _keep(self, ecrire: Callable[[], object]) -> None:
        try:
            ecrire()
        except ConflictError:
            self.update(self.etat)
            raise
        self.pont.saved()
        self.update(self.etat)

    def republish(self) -> Publication:
        """Des chiffres ont été ajoutés : le secret et la cohérence sont repris du début."""
        self.publication = self._publish()
        self.pont.saved()
        self.update(self.etat)
        return self.publication

    def reload(self) -> None:
        """Un import a écrit dans le dossier : il est relu."""
        self.territoire = load_territoire(self.dossier)
        self.saisie.publication = self.republish()

    @guarded
    def check(self, theme: str, commune: str, annee: int) -> None:
        """Un lien qui demande ce qui n'existe pas ouvre la page ordinaire, et le dit."""
        asked(self.publication, theme, commune, annee)

    def tell(self, erreur: CtgError) -> None:
        self.zones["message"].value = message_html(erreur)

    def update(self, etat: EtatDiagnostic) -> None:
        self.etat = clean(weighted(etat, self.priorites.valeurs), self.publication)
        self.lecture = Lecture.read(
            self.publication, self.etat, mark(self.alertes, self.memoire.explained()), self.lecture
        )
        self.zones["message"].value = ""
        for nom, html in self._html().items():
            if self.zones[nom].value != html:
                self.zones[nom].value = html
        self._menus()

    def _html(self) -> dict[str, str]:
        pieces, e = Pieces.of(self.lecture, self.memoire), self.etat
        html = {nom: getattr(pieces, nom) for nom in
                ("rail", "tete", "ecarts", "tendances", "communes", "seules", "marge")}  # fmt: skip
        html["couverture"] = self._kept("couverture", True, lambda: pieces.couverture)
        html["priorites"] = self._kept("priorites", (e.repere, self.lecture.reglages), lambda: pieces.priorites)
        carte = (chosen(self.lecture), e.repere, e.annee, e.communes)
        return html | self._kept("cartes", carte, lambda: pieces.cartes(read_map(self.lecture)))

    def _kept(self, nom: str, cle: object, dessiner: Callable[[], Any]) -> Any:
        """Ce qui ne dépend que de `cle` n'est redessiné que lorsqu'elle change."""
        if nom not in self._faits or self._faits[nom][0] != cle:
            self._faits[nom] = cle, dessiner()
        return self._faits[nom][1]

    def _menus(self) -> None:
        """Les menus suivent l'état, sans que leur mise à jour soit prise pour un choix."""
        p, catalogue = self.publication, self.publication.catalogue
        cartes = tuple((catalogue[c].libelle, c) for c in mapped(p))
        restantes = tuple(x for x in places(p)[1:] if x[1] not in self.etat.communes)
        self._listens = False
        try:
            _set(self.lieu, places(p), self.etat.lieu)
            _set(self.repere, comparators(p), self.etat.repere)
            _set(self.annee, years(p), self.etat.annee)
            _set(self.carte, cartes or (("Aucun indicateur par commune", ""),), chosen(self.lecture))
            _set(self.ajout, (("Choisir…", ""), *restantes), "")
            for menu, utile in ((self.carte, cartes and len(self.territoire.communes) > 1), (self.ajout, restantes)):
                menu.layout.display = None if utile else "none"
        finally:
            self._listens = True

    @property
    def widget(self) -> widgets.Widget:
        z = self.zones
        rail = widgets.VBox([z["rail"], _box("reglages", self.lieu, self.repere, self.annee)]).add_class("rail")
        cote = _box("a-cote", z["carte_titre"], self.carte, z["carte_cote"])
        titre = widgets.HTML('<h2 class="titre">Des communes côte à côte</h2>')
        communes = _box("section-communes", titre, self.ajout, z["communes"])
        colonne = _box(
            "page-carnet", z["message"], z["tete"], z["ecarts"], _box("bloc-carte", z["carte"], cote),
            z["repartition"], communes, z["tendances"], z["seules"], self._choix(), z["couverture"],
            self._ajouts(),
        )  # fmt: skip
        colonnes = widgets.Box([rail, colonne, z["marge"], self.pont]).add_class("trois-colonnes")
        # Les classes de la page Voilà, portées aussi par le panneau : JupyterLab lui donne la même allure.
        return _box("atelier-page", _box("p-carnet", colonnes).add_class("p-10_diagnostic"))

    def _choix(self) -> widgets.Widget:
        """Par quoi commencer : les poids d'abord, le classement qu'ils donnent ensuite."""
        titre = widgets.HTML('<h2 class="titre">Par quel thème commencer</h2>')
        return _box("choix", titre, self.priorites.formulaire, self.zones["priorites"])

    def _ajouts(self) -> widgets.Widget:
        titre, collage = (widgets.HTML(render(f"diagnostic/ajouts_{x}")) for x in ("titre", "import"))
        return _box(
            "ajouts", titre, self.saisie.message, self.saisie.grille, collage, self.depot.depot, self.depot.zone
        )


def _box(classe: str, *enfants: widgets.Widget) -> widgets.Widget:
    return widgets.VBox(enfants).add_class(classe)


def _set(menu: widgets.Dropdown, options: tuple, valeur: Any) -> None:
    if menu.options != options:
        menu.options = options
    if menu.value != valeur:
        menu.value = valeur
