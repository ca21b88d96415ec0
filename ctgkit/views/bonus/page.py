"""La page « Bonus territoire » : ce qu'en montre un carnet, avec ou sans contrôles."""

from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import ipywidgets as widgets
import pandas as pd
from IPython.display import HTML
from markupsafe import Markup

from ctgkit import droit
from ctgkit.errors import CtgError
from ctgkit.simulation import AVERTISSEMENT, Resultat, flat_table
from ctgkit.storage import load_territoire
from ctgkit.storage.journal import Journal, find_scenario, load_scenario, open_journal
from ctgkit.territoire import Scenario, Territoire
from ctgkit.views.bonus.calcul import compute, reference
from ctgkit.views.bonus.etat import Brouillon, EtatBonus, first_year
from ctgkit.views.bonus.memoire import Memoire
from ctgkit.views.bonus.pupitre import BonusPanel, largest
from ctgkit.views.bonus.zones import ZONES, Page
from ctgkit.views.composants.habillage import dressed
from ctgkit.views.composants.html import render


@dataclass(frozen=True)
class Etude:
    """Un territoire, le scénario demandé par son code, et ce que l'on regarde. Rien n'est ouvert avant d'être utile."""

    dossier: str
    territoire: Territoire
    scenario: Scenario | None = None
    suit: str = ""
    annee: int = 0
    role: str = ""
    jour: date = field(default_factory=date.today)

    @cached_property
    def journal(self) -> Journal:
        return open_journal(self.dossier)

    @cached_property
    def base(self) -> Resultat:
        return reference(self.territoire)

    @cached_property
    def page(self) -> Page:
        brouillon = Brouillon.of_scenario(self.scenario) if self.scenario else Brouillon()
        calcul = compute(self.territoire, brouillon, self.base)
        annee = first_year(self.territoire, self.annee, self.jour)
        nombre = len(calcul.resultat.territoire.structures)
        return Page(calcul, EtatBonus(brouillon, annee, largest(calcul.resultat), lignes=nombre), {}, actif=False)


def open_bonus(territoire: str, scenario: str = "", annee: int = 0, role: str = "") -> Etude:
    """Lit le territoire (code ou dossier) et le scénario enregistré de ce code ; sans code, la référence."""
    etude = Etude(territoire, load_territoire(territoire), annee=annee, role=role)
    _check_year(etude.territoire, annee)
    if not scenario.strip():
        return etude
    trouve = load_scenario(etude.journal, scenario)
    presents = [find_scenario(etude.journal, trouve.code).id] if _is_saved(etude.journal, trouve.code) else [""]
    ouverte = replace(etude, scenario=trouve, suit=presents[0])
    ouverte.__dict__["journal"] = etude.journal
    return ouverte


def _is_saved(journal: Journal, code: str) -> bool:
    try:
        return bool(find_scenario(journal, code))
    except CtgError:
        return False


def _check_year(territoire: Territoire, annee: int) -> None:
    if annee and territoire.annees and annee not in territoire.annees:
        bornes = f"entre {territoire.annees[0]} et {territoire.annees[-1]}"
        raise CtgError(f"L'année {annee} est hors de la convention.", "paramètre « annee »", f"Choisir {bornes}, ou 0.")


def show_bonus(etude: Etude) -> HTML:
    """La page sans contrôle : pour JupyterLab, un lot ou une impression."""
    zones = [Markup('<div class="zone-{}">{}</div>').format(nom, zone(etude.page)) for nom, zone in ZONES.items()]
    page = render("bonus/statique", zones=zones, fictif=etude.territoire.est_fictif, avertissement=AVERTISSEMENT)
    return HTML(dressed([page], "20_bonus_territoire", ("bonus.css",)))


def bonus_panel(etude: Etude) -> widgets.Widget:
    """La page avec ses contrôles ; sans dates de convention, ce qu'il faut compléter d'abord."""
    if not etude.territoire.annees:
        return widgets.HTML(render("bonus/sans_dates", territoire=etude.territoire, avertissement=AVERTISSEMENT))
    panneau = BonusPanel(etude.territoire, Memoire(etude.journal, etude.role), etude.annee, etude.jour)
    return panneau.start(etude.scenario, etude.suit).widget


def bonus_table(etude: Etude) -> pd.DataFrame:
    """La table à plat du scénario : une ligne par structure, année, dispositif et part."""
    return flat_table(etude.page.resultat)


def show_bonus_sources(etude: Etude) -> HTML:
    """Les paramètres du droit sur lesquels reposent les montants, avec leur date et leur source."""
    return HTML(render("bonus/sources", parametres=_parameters(etude.page.resultat)))


def _parameters(r: Resultat) -> list[dict[str, Any]]:
    services = {r.cadre.services[i].code for i in r.cadre.service.tolist() if i >= 0}
    lus = services | (set(droit.dans_le_bonus()) - set(droit.services()))
    presents = [p for p in r.cadre.etat.bareme.parametres.values() if p.code.split(".")[0] in lus]
    voulus = [p for p in presents if p.usage != "information"]
    jour = date(r.annees[-1], 1, 1)
    return [{"parametre": p, "valeur": v} for p in voulus if (v := p.en_vigueur(jour))]
