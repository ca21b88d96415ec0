"""Une page de plus est un dossier de plus : rien d'autre n'est à écrire nulle part."""

import sys

import pytest

from ctgkit import views
from ctgkit.views.composants import habillage, html

PAGE = """
from dataclasses import dataclass, replace
from typing import ClassVar

from ctgkit.views.composants.html import render
from ctgkit.views.composants.panneau import Panneau, Zone


@dataclass(frozen=True)
class EtatEssai:
    annee: int = 2026


class EssaiPanel(Panneau[EtatEssai, EtatEssai]):
    zones: ClassVar = {"constat": Zone(lambda lu: render("page_essai/constat", annee=lu.annee))}
    gestes: ClassVar = {"annee": lambda etat, geste, _: replace(etat, annee=int(geste["valeur"]))}

    def read(self, etat):
        return etat


def page_essai_panel():
    return EssaiPanel(EtatEssai())
"""


@pytest.fixture
def page_essai(tmp_path, monkeypatch):
    dossier = tmp_path / "page_essai"
    (dossier / "gabarits").mkdir(parents=True)
    (dossier / "__init__.py").write_text('PUBLICS = {"page_essai_panel": "page"}\n', encoding="utf-8")
    (dossier / "page.py").write_text(PAGE, encoding="utf-8")
    (dossier / "gabarits" / "constat.html.j2").write_text("<h1>L'an {{ annee }}</h1>", encoding="utf-8")
    (dossier / "page.css").write_text("h1 { color: #123456; }", encoding="utf-8")
    monkeypatch.setattr(views, "__path__", [*views.__path__, str(tmp_path)])
    html._environment.cache_clear()
    yield
    html._environment.cache_clear()
    for nom in [m for m in sys.modules if m.startswith("ctgkit.views.page_essai")]:
        del sys.modules[nom]


def test_une_page_est_un_dossier(page_essai):
    page = views.page_essai_panel()
    page.act({"geste": "annee", "valeur": "2027"})
    assert page.html["constat"].value == "<h1>L’an 2027</h1>"
    assert "page_essai_panel" in dir(views)
    bloc, feuille = page.widget, ":where(.page-page_essai) { h1 { color: #123456; } }"
    assert bloc._dom_classes == ("atelier-page",)
    assert bloc.children[0]._dom_classes == ("p-carnet", "page-page_essai")
    assert feuille in " ".join(habillage.whole_sheet().split())
    assert feuille in page.pont.habiller()


@pytest.mark.parametrize("nom", dir(views))
def test_chaque_nom_public_se_trouve(nom):
    assert callable(getattr(views, nom))


def test_un_nom_que_personne_ne_donne_n_existe_pas():
    with pytest.raises(AttributeError):
        _ = views.page_inconnue_panel
