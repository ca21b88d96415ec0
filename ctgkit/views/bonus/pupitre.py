"""La page du bonus et ses contrôles : chaque geste change l'état, l'état redessine les zones qu'il touche."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import ipywidgets as widgets

from ctgkit.errors import CtgError
from ctgkit.simulation import AVERTISSEMENT, aggregate
from ctgkit.territoire import Scenario, Territoire
from ctgkit.views.bonus.calcul import compute, reference
from ctgkit.views.bonus.etat import Brouillon, EtatBonus, default_day, first_year
from ctgkit.views.bonus.exports import export, labels
from ctgkit.views.bonus.gestes import GESTES
from ctgkit.views.bonus.grille import COLONNES, apply, errors, first_weights, rows
from ctgkit.views.bonus.memoire import ConflictError, Memoire
from ctgkit.views.bonus.reglages import blocks, choices
from ctgkit.views.bonus.sortie import sharing
from ctgkit.views.bonus.zones import PREMIERES, SUIVANTES, ZONES, Page
from ctgkit.views.composants.formulaire import Bloc, Champ, Formulaire
from ctgkit.views.composants.grille import Cases, Grille
from ctgkit.views.composants.html import render
from ctgkit.views.composants.panneau import Later, guarded
from ctgkit.views.composants.pont import Pont


class BonusPanel:
    """L'état est une valeur ; `memoire` garde le brouillon ; les zones se déduisent des deux."""

    def __init__(self, territoire: Territoire, memoire: Memoire, annee: int, jour: date) -> None:
        self.territoire, self.memoire, self.jour = territoire, memoire, jour
        self.base = reference(territoire)
        self.etat = EtatBonus(annee=first_year(territoire, annee, jour), structure=largest(self.base))
        self.erreur: CtgError | None = None
        self.note, self.prudence, self.autres = "", None, {}
        self.enregistre: Brouillon | None = None
        self.lien, self.repris = "", False
        self.grille: Grille | None = None
        self.suite = Later(self.draw_rest)
        self.pont = Pont(self.act)
        self.reglages = Formulaire(self.fill, nom="Le scénario")
        self.fonction = Formulaire(self.change_role, nom="Votre fonction")
        self.html = {nom: widgets.HTML() for nom in (*ZONES, "message", "gestes", "sortie")}
        self.zone_grille = widgets.VBox([self._html("bonus/grille_fermee")])

    def start(self, scenario: Scenario | None, suit: str = "") -> "BonusPanel":
        """Le scénario demandé par l'adresse, ou ce que l'on en avait fait ; sinon le brouillon laissé en partant."""
        self.enregistre = Brouillon.of_scenario(scenario, suit) if scenario else None
        self.lien = scenario.code if scenario else ""
        garde = self.memoire.draft()
        brouillon = garde or Brouillon()
        if self.enregistre and not (garde and garde.lien == self.lien):
            brouillon = self.enregistre
        elif self.enregistre and brouillon.scenario() != self.enregistre.scenario():
            self.repris = True
        changees = [
            s.champs["structure"] for s in brouillon.saisies if s.champs.get("structure") in self.base.cadre.rangs
        ]
        structure = changees[-1] if changees else self.etat.structure
        self.etat = replace(self.etat, brouillon=replace(brouillon, lien=self.lien), structure=structure)
        self.calcul = compute(self.territoire, brouillon, self.base)
        self.draw()
        return self

    def _html(self, gabarit: str, **donnees: Any) -> widgets.HTML:
        return widgets.HTML(render(gabarit, **donnees))

    # Ce que le navigateur appelle

    @guarded
    def fill(self, bloc: str, champ: str, texte: str) -> None:
        """Un champ des réglages a changé."""
        b, self.note = self.etat.brouillon, ""
        if bloc == "nom":
            return self.edit(replace(b, nom=texte.strip() or Brouillon().nom))
        if bloc == "repartition":
            poids = first_weights(self.territoire, b.poids) if texte == "personnalisee" else b.poids
            return self.edit(replace(b, repartition=texte, poids=poids))
        suivant = b.fill(bloc, champ, texte)
        saisie = next((s for s in suivant.saisies if s.cle == bloc), None)
        vue = saisie.champs.get("structure", "") if saisie else ""
        return self.edit(suivant, structure=vue or self.etat.structure)

    @guarded
    def paste(self, cases: Cases) -> None:
        """Des cases de la grille ont changé."""
        self.note = ""
        self.edit(apply(self.etat.brouillon, cases, self.territoire, default_day(self.territoire, self.jour)))

    @guarded
    def act(self, geste: Mapping[str, str]) -> None:
        """Un bouton de la page."""
        nom, valeur = geste.get("geste", ""), geste.get("valeur", "")
        self.note, self.erreur = "", None if nom != "garder-le-mien" else self.erreur
        faire = GESTES.get(nom)
        if faire:
            faire(self, {**geste, "valeur": valeur})

    @guarded
    def change_role(self, _bloc: str, _champ: str, texte: str) -> None:
        """Une autre fonction : son brouillon s'il existe, sinon celui que l'on a sous les yeux."""
        role = " ".join(texte.split())[:80]
        if not role or role == self.memoire.role:
            return self.draw()
        self.memoire = Memoire(self.memoire.journal, role)
        garde = self.memoire.draft()
        self.note = f"Vous écrivez maintenant comme « {role} »." + (" Son brouillon est repris." if garde else "")
        return self.edit(garde or self.etat.brouillon)

    def tell(self, erreur: CtgError) -> None:
        self.erreur = erreur
        self._message()

    # Ce que les gestes font

    def edit(self, brouillon: Brouillon, structure: str = "", garder: bool = True) -> None:
        """Un autre brouillon : recalculé, dessiné, puis gardé."""
        brouillon = replace(brouillon, lien=self.lien)
        self.etat = replace(self.etat, brouillon=brouillon, structure=structure or self.etat.structure)
        self.calcul, self.prudence, self.erreur = compute(self.territoire, brouillon, self.base), None, None
        self.draw()
        if garder:
            self.keep()

    def keep(self) -> None:
        self.memoire.keep(self.etat.brouillon)
        if not self.memoire.lecture_seule:
            self.pont.saved()

    def look(self, **regard: Any) -> None:
        """Regarder autre chose ne change pas le brouillon."""
        self.etat = replace(self.etat, **regard)
        self.draw()

    def send(self, cle: str) -> None:
        self.pont.download(*export(cle, self.base, self.calcul.resultat))
        self.note = f"Fichier prêt : {labels()[cle]}."
        self._message()

    def close(self) -> None:
        """Le message est lu."""
        self._message()

    def open_grid(self, ouvrir: bool) -> None:
        self.grille = Grille(self.paste, "Structures du territoire", COLONNES) if ouvrir else None
        haut = self._html("bonus/grille_ouverte") if ouvrir else self._html("bonus/grille_fermee")
        self._grid()
        self.zone_grille.children = (haut, self.grille) if ouvrir else (haut,)

    # Dessiner

    @property
    def page(self) -> Page:
        return Page(self.calcul, self.etat, {i: self.autres[i] for i in self.etat.compares}, self.prudence)

    def draw(self) -> None:
        """Ce que l'on regarde d'abord ; le reste suit dès que la page a reçu cela. Un texte inchangé ne part pas."""
        page = self.page
        for nom, zone in PREMIERES.items():
            self.html[nom].value = zone(page)
        self.reglages.show(blocks(self.calcul, self.etat), choices(self.calcul.resultat))
        self._message()
        self._grid()
        self.suite.ask()

    @guarded
    def draw_rest(self) -> None:
        page, m = self.page, self.memoire
        for nom, zone in SUIVANTES.items():
            self.html[nom].value = zone(page)
        self.html["gestes"].value = render("bonus/gestes", annuler=m.peut_annuler, retablir=m.peut_retablir)
        self.html["sortie"].value = sharing(self.calcul, self.etat, m, self.pont.adresse)
        role = Champ("role", "Votre fonction", m.role, aide="Écrite dans l'historique, jamais votre nom.")
        self.fonction.show([Bloc("role", champs=(role,))])

    def _message(self) -> None:
        self.html["message"].value = render(
            "bonus/message", fictif=self.territoire.est_fictif, lecture_seule=self.memoire.lecture_seule,
            erreur=self.erreur, conflit=isinstance(self.erreur, ConflictError), note=self.note, repris=self.repris,
        )  # fmt: skip

    def _grid(self) -> None:
        if self.grille:
            b = self.etat.brouillon
            self.grille.show(rows(self.territoire, b), errors(b, self.calcul.refus))

    @property
    def widget(self) -> widgets.Widget:
        self.pont.observe(lambda _: self.suite.ask(), "adresse")
        reglages = widgets.VBox([self._html("bonus/titre_reglages"), self.html["gestes"], self.reglages]).add_class(
            "reglages"
        )
        sortie = widgets.VBox([self.html["sortie"], self.fonction]).add_class("zone-sortie")
        gauche = widgets.VBox([reglages, sortie]).add_class("gauche")
        zones = [self.html[nom].add_class(nom) for nom in ZONES]
        atelier = widgets.Box([gauche, *zones, self.zone_grille.add_class("grille-zone")]).add_class("atelier")
        pied = self._html("bonus/pied", avertissement=AVERTISSEMENT)
        return widgets.VBox([self.html["message"], atelier, pied, self.pont]).add_class("atelier-page")


def largest(base: Any) -> str:
    """La structure que la carte explique d'abord : celle qui reçoit le plus."""
    t = aggregate(base, "structure")
    return "" if t.empty else str(t.loc[t["haut_connu"].idxmax(), "structure"])
