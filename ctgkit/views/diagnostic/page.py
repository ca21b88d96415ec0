"""La page « Diagnostic » : ce que l'on règle est une valeur figée, tout le reste s'en déduit."""

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

import ipywidgets as widgets

from ctgkit.carnet.diagnostic import mark, with_present_plan
from ctgkit.carnet.lieu import Lieu, open_lieu
from ctgkit.diagnostic import (
    Publiable,
    Publication,
    check_coherence,
    count_couverture,
    publish,
    tableau_alertes,
    tableau_couverture,
    tableau_mesures,
    to_csv,
)
from ctgkit.diagnostic.carte import mapped
from ctgkit.diagnostic.lecture import check_choix
from ctgkit.diagnostic.tableaux import valeur_ou_mot
from ctgkit.storage import load_territoire
from ctgkit.storage.journal import ConflictError
from ctgkit.storage.journal.chiffres import with_figures
from ctgkit.territoire import Territoire
from ctgkit.texte import slug
from ctgkit.views.composants.html import render
from ctgkit.views.composants.panneau import Panneau, box, guarded, pick
from ctgkit.views.composants.pont import MAXIMUM, Reception
from ctgkit.views.diagnostic.etat import EtatDiagnostic, clean, comparators, places, years
from ctgkit.views.diagnostic.lecture import LectureDiagnostic, read_lecture
from ctgkit.views.diagnostic.memoire import MemoireDiagnostic
from ctgkit.views.diagnostic.priorites import CRITERES, SaisiePriorites, weighted
from ctgkit.views.diagnostic.saisies import GESTES_IMPORT, ImportFichier, SaisieChiffres
from ctgkit.views.diagnostic.zones import ZONES

BOM = "\ufeff"


def csv_bytes(tableau: Publiable) -> bytes:
    return (BOM + to_csv(tableau)).encode()


def file_name(tableau: Publiable) -> str:
    return slug(tableau.titre)[:60] + ".csv"


def theme_table(lecture: LectureDiagnostic) -> Publiable:
    """Tous les chiffres que montre la page, avec leur source et leur référence."""
    e = lecture.etat
    theme = e.theme if e.portee == "theme" else ""
    return tableau_mesures(lecture.publication, theme, e.lieu, lecture.annee, e.repere)


def map_table(lecture: LectureDiagnostic) -> Publiable:
    carte = lecture.carte
    if carte is None:
        return lecture.publication.tableau("Aucun chiffre par commune", {"commune": "Commune"}, ())
    libelle = carte.definition.libelle
    colonnes = {"code_insee": "Code", "commune": "Commune", "valeur": libelle, "unite": "Unité"}
    colonnes |= {"annee": "Année", "source": "Source"}
    lignes = [
        {
            "code_insee": m.geo,
            "commune": m.nom_geo,
            "valeur": valeur_ou_mot(m),
            "unite": m.definition.unite,
            "annee": m.annee,
            "source": m.source,
        }
        for m in carte.rangees
    ]
    return lecture.publication.tableau(f"{libelle}, par commune", colonnes, lignes)


def trend_table(lecture: LectureDiagnostic) -> Publiable:
    colonnes = {"code": "Code", "indicateur": "Indicateur", "annee": "Année", "valeur": "Valeur", "unite": "Unité"}
    lignes = [
        dict(zip(colonnes, (t.definition.code, t.definition.libelle, annee, v, t.definition.unite), strict=True))
        for t in lecture.tendances
        if len(t.points) > 1
        for annee, v in t.points
    ]
    return lecture.publication.tableau(f"Évolutions, {lecture.nom_theme}", colonnes, lignes)


def priorities_table(lecture: LectureDiagnostic) -> Publiable:
    """Chaque note, son poids, d'où elle vient, et le calcul en toutes lettres."""
    colonnes = {"theme": "Thème", "score": "Score sur 10", "bas": "Au moins", "haut": "Au plus", "calcul": "Calcul"}
    for cle, nom in CRITERES.items():
        colonnes |= {f"note_{cle}": nom, f"poids_{cle}": f"Poids : {nom}", f"pourquoi_{cle}": f"D'où vient : {nom}"}
    lignes = []
    for p in lecture.priorites:
        score, bas, haut = (None if x is None else round(x, 1) for x in (p.score, *(p.bornes or (None, None))))
        ligne = {"theme": p.nom, "score": score, "bas": bas, "haut": haut, "calcul": p.calcul}
        for cle, c in zip(CRITERES, p.criteres, strict=True):
            ligne |= {f"note_{cle}": c.note, f"poids_{cle}": c.poids, f"pourquoi_{cle}": c.explication}
        lignes.append(ligne)
    return lecture.publication.tableau("Priorités des thèmes", colonnes, lignes)


TABLEAUX: dict[str, Callable[[LectureDiagnostic], Publiable]] = {
    "theme": theme_table,
    "carte": map_table,
    "communes": lambda lecture: lecture.communes.tableau,
    "tendances": trend_table,
    "priorites": priorities_table,
    "couverture": lambda lecture: tableau_couverture(lecture.publication),
    "alertes": lambda lecture: tableau_alertes(lecture.publication, lecture.alertes),
}


ROLE = "chargé de coopération"


def diagnostic_panel(
    lieu: Lieu | str, theme: str = "", commune: str = "", annee: int = 0, role: str = ROLE
) -> widgets.Widget:
    """La page avec ses contrôles ; ce que l'on y écrit est gardé au journal du territoire."""
    ici = open_lieu(lieu)
    etat = EtatDiagnostic(theme, annee=annee, communes=(str(commune),) if commune else ())
    memoire = MemoireDiagnostic.open(ici.dossier or ici.code, role)
    panneau = DiagnosticPanel(ici.territoire, memoire, etat, ici.dossier)
    panneau.check(theme, commune, annee)
    return panneau.widget


class DiagnosticPanel(Panneau[EtatDiagnostic, LectureDiagnostic]):
    """Les contrôles de la page."""

    memoire: MemoireDiagnostic
    zones: ClassVar = ZONES
    gestes: ClassVar = {
        "theme": pick("theme"),
        "portee": pick("portee"),
        "commune": lambda etat, geste, _: etat.toggle(geste["valeur"]),
        "carte": lambda etat, geste, lu: replace(etat, carte=_on_map(geste["valeur"], etat, lu)),
    }
    actes: ClassVar = {
        "retenir": lambda page, geste: page.retain(geste["valeur"]),
        "oublier": lambda page, geste: page.write(lambda: page.memoire.forget(geste["valeur"])),
        "expliquer": lambda page, geste: page.write(
            lambda: page.memoire.explain(geste["valeur"], geste.get("raison", ""))
        ),
        "rouvrir": lambda page, geste: page.write(lambda: page.memoire.reopen(geste["valeur"])),
        "csv": lambda page, geste: page.download(geste["valeur"]),
        **dict.fromkeys(GESTES_IMPORT, lambda page, geste: page.depot.on_gesture(geste)),
    }

    def __init__(
        self, territoire: Territoire, memoire: MemoireDiagnostic, etat: EtatDiagnostic | None = None, dossier: str = ""
    ) -> None:
        self.territoire, self.memoire, self.dossier = territoire, memoire, dossier or territoire.code
        self._publish()
        self.lieu = self.menu("Lieu regardé", "lieu")
        self.repere = self.menu("Comparé à", "repere")
        self.annee = self.menu("Année", "annee")
        self.carte = self.menu("Indicateur de la carte", "carte")
        self.ajout = widgets.Dropdown(description="Ajouter une commune à comparer", layout=widgets.Layout(width="auto"))
        self.listen(self.ajout, lambda code: code and self.become(self.etat.toggle(code)))
        self.saisie = SaisieChiffres(self.publication, memoire, self.republish)
        self.depot = ImportFichier(self.dossier, lambda: self.territoire, self.reload)
        domaines = {c.domaine: c.nom for c in count_couverture(self.publication)}
        self.priorites = SaisiePriorites(memoire, domaines, lambda: self.show(self.etat))
        super().__init__(etat or EtatDiagnostic(), memoire)

    def depots(self) -> dict[str, Reception]:
        return {"chiffres": Reception(self.depot.receive)}

    def _publish(self) -> None:
        saisi = with_figures(self.territoire, self.memoire.figures(self.territoire))
        self.publication = publish(with_present_plan(saisi, self.memoire.journal))
        self.alertes = check_coherence(self.publication)

    # L'état et sa lecture

    def show(self, etat: EtatDiagnostic) -> None:
        super().show(clean(weighted(etat, self.priorites.valeurs), self.publication))

    def read(self, etat: EtatDiagnostic) -> LectureDiagnostic:
        alertes = mark(self.alertes, self.memoire.explained())
        return read_lecture(self.publication, etat, alertes, self.lecture, retenus=self.memoire.findings())

    @guarded
    def check(self, theme: str, commune: str, annee: int) -> None:
        """Un lien qui demande ce qui n'existe pas ouvre la page ordinaire, et le dit."""
        check_choix(self.publication, theme, commune, annee)

    # Ce qui s'écrit

    def retain(self, cle: str) -> None:
        """La phrase retenue est celle que la page montre, pas une que le navigateur enverrait."""
        code = cle.split("@", maxsplit=1)[0]
        phrase = next((c.lecture for c in self.lecture.toutes if c.mesure.code == code), "")
        if phrase:
            self.write(lambda: self.memoire.retain(cle, phrase))

    def write(self, ecrire: Callable[[], object]) -> None:
        """Un désaccord relit la page : on répond alors à ce que l'autre a écrit."""
        try:
            ecrire()
        except ConflictError:
            self.show(self.etat)
            raise
        self.pont.saved()
        self.show(self.etat)

    def republish(self) -> Publication:
        """Des chiffres ont été ajoutés : le secret et la cohérence sont repris du début."""
        self._publish()
        self.pont.saved()
        self.show(self.etat)
        return self.publication

    def reload(self) -> None:
        """Un import a écrit dans le dossier : il est relu."""
        self.territoire = load_territoire(self.dossier)
        self.saisie.publication = self.republish()

    def download(self, nom: str) -> None:
        if nom in TABLEAUX:
            tableau = TABLEAUX[nom](self.lecture)
            self.pont.download(file_name(tableau), csv_bytes(tableau), "text/csv;charset=utf-8")

    # Les menus et la disposition

    def draw_controls(self) -> None:
        p, catalogue = self.publication, self.publication.catalogue
        cartes = tuple((catalogue[c].libelle, c) for c in mapped(p))
        restantes = tuple(x for x in places(p)[1:] if x[1] not in self.etat.communes)
        self.pose(self.lieu, self.etat.lieu, places(p))
        self.pose(self.repere, self.etat.repere, comparators(p))
        self.pose(self.annee, self.etat.annee, years(p))
        self.pose(self.carte, self.lecture.code_carte, cartes or (("Aucun indicateur par commune", ""),))
        self.pose(self.ajout, "", (("Choisir…", ""), *restantes))
        for menu, utile in ((self.carte, cartes and len(self.territoire.communes) > 1), (self.ajout, restantes)):
            menu.layout.display = None if utile else "none"

    def layout(self) -> list[widgets.Widget]:
        z = self.html
        cote = box("a-cote", z["carte_titre"], self.carte, z["carte_cote"])
        titre = widgets.HTML('<h2 class="titre">Des communes côte à côte</h2>')
        colonne = box(
            "page-carnet",
            z["message"],
            z["tete"],
            box("section-graphe", z["ecarts"], z["ecarts_figure"], z["ecarts_tableau"]),
            box("bloc-carte", z["carte"], cote),
            box("section-graphe coupe", z["repartition"], z["repartition_figure"], z["classement"]),
            box("section-communes", titre, self.ajout, z["communes"]),
            box("section-graphe coupe", z["tendances"], z["tendances_figure"], z["evolutions"]),
            z["seules"],
            self._choice(),
            box("section-graphe coupe", z["couverture"], z["couverture_figure"]),
            self._additions(),
        )
        rail = box("rail", z["rail"], box("reglages", self.lieu, self.repere, self.annee))
        colonnes = widgets.Box([rail, colonne, z["marge"]]).add_class("trois-colonnes")
        return [colonnes]

    def _choice(self) -> widgets.Widget:
        """Par quoi commencer : les poids d'abord, le classement qu'ils donnent ensuite."""
        titre, z = widgets.HTML('<h2 class="titre">Par quel thème commencer</h2>'), self.html
        return box("choix", titre, self.priorites.formulaire, z["priorites"], z["priorites_figure"], z["scores"])

    def _additions(self) -> widgets.Widget:
        titre = widgets.HTML(render("diagnostic/ajouts_titre"))
        depot = widgets.HTML(render("diagnostic/ajouts_import", maximum=MAXIMUM))
        parties = (titre, self.saisie.message, self.saisie.grille, depot, self.depot.zone)
        return box("ajouts", *parties)


def _on_map(code: str, etat: EtatDiagnostic, lecture: LectureDiagnostic) -> str:
    """L'indicateur désigné, s'il est connu par commune ; sinon la carte ne change pas."""
    return code if code in mapped(lecture.publication) else etat.carte
