"""Le bâti des pages, sans navigateur : un geste fait un état, un état fait les zones, rien d'inchangé ne repart."""

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from ctgkit.errors import CtgError
from ctgkit.storage.journal import ConflictError, open_journal
from ctgkit.views.composants.html import typography
from ctgkit.views.composants.memoire import Memoire
from ctgkit.views.composants.panneau import Panneau, Zone, box

ROLE = "chargée de coopération"


@dataclass(frozen=True)
class Etat:
    annee: int = 2026
    theme: str = "bonus"


class Page(Panneau[Etat, Etat]):
    zones: ClassVar = {
        "constat": Zone(lambda lu: f"<h1>{lu.annee}</h1>"),
        "theme": Zone(lambda lu: lu.theme, selon=lambda lu: lu.theme),
        "reste": Zone(lambda lu: f"{lu.annee} et après", ensuite=True),
    }
    gestes: ClassVar = {"annee": lambda etat, geste, _: replace(etat, annee=int(geste["valeur"]))}
    actes: ClassVar = {
        "annuler": lambda page, _: page.undo(),
        "refuser": lambda *_: _refuse(),
        "garder-le-mien": lambda page, _: page.keep_mine(),
        "compris": lambda *_: None,
    }

    def __init__(self, memoire: Memoire | None = None) -> None:
        self.themes = self.menu("Thème", "theme", ["bonus", "plan"])
        super().__init__(Etat(), memoire)

    def read(self, etat: Etat) -> Etat:
        return etat

    def draw_controls(self) -> None:
        self.pose(self.themes, self.etat.theme)

    def keep(self, avant: Etat) -> None:
        if self.etat.annee != avant.annee and self.memoire.journal:
            self.memoire.write("page", ROLE, "annee", self.etat.annee)

    def undo(self) -> None:
        self.memoire.undo()
        self.show(replace(self.etat, annee=self.memoire.value("page", ROLE, "annee") or 2026))

    def keep_mine(self) -> None:
        self.memoire.reload()
        self.memoire.write("page", ROLE, "annee", self.etat.annee)


def _refuse() -> None:
    raise CtgError("Refusé.", "ici", "Recommencer.")


@pytest.fixture
def memoire(tmp_path, monkeypatch):
    monkeypatch.setenv("CTG_JOURNAL", str(tmp_path / "journal.sqlite"))
    return lambda: Memoire(open_journal("exemple"), ROLE)


def test_un_geste_est_une_fonction_pure_et_ce_qui_change_seul_repart():
    page = Page()
    parties = []
    for nom, zone in page.html.items():
        zone.observe(lambda _, nom=nom: parties.append(nom), "value")
    page.act({"geste": "annee", "valeur": "2027"})
    assert page.etat == Etat(2027)
    assert page.html["constat"].value == "<h1>2027</h1>"
    assert parties == ["constat", "reste"]
    assert Page.gestes["annee"](Etat(), {"valeur": "2030"}, None) == Etat(2030)


def test_ce_qui_peut_attendre_se_dessine_une_fois_par_geste_une_fois_le_geste_garde(memoire):
    class Compte(Page):
        zones: ClassVar = {"reste": Zone(lambda lu: suite.append(lu.annee) or f"{lu.annee}", ensuite=True)}

        def keep(self, avant: Etat) -> None:
            super().keep(avant)
            suite.append("gardé")

    suite = []
    page = Compte(memoire())
    page.act({"geste": "annee", "valeur": "2027"})
    assert suite == [2026, "gardé", 2027]


def test_un_geste_inconnu_ne_fait_rien_et_une_erreur_se_lit_puis_se_ferme():
    page = Page()
    page.act({"geste": "inconnu"})
    page.act({"geste": "annee", "valeur": "demain"})
    assert "Une erreur imprévue" in page.html["message"].value
    assert page.etat == Etat()
    page.act({"geste": "refuser"})
    assert "Refusé." in page.html["message"].value
    page.act({"geste": "compris"})
    assert "Refusé." not in page.html["message"].value


def test_un_menu_change_l_etat_et_l_etat_change_le_menu_sans_echo():
    page = Page()
    page.themes.value = "plan"
    assert page.etat.theme == "plan"
    assert page.html["theme"].value == "plan"
    page.show(Etat())
    assert page.themes.value == "bonus"
    assert page.etat == Etat()


def test_ce_que_l_on_fait_est_garde_s_annule_et_se_retablit(memoire):
    page = Page(memoire())
    for annee in ("2027", "2028"):
        page.act({"geste": "annee", "valeur": annee})
    page.act({"geste": "annuler"})
    assert page.etat.annee == 2027
    page.act({"geste": "annuler"})
    assert page.etat.annee == 2026
    assert not page.memoire.can_undo
    page.memoire.redo()
    page.memoire.redo()
    assert page.memoire.value("page", ROLE, "annee") == 2028
    revenue = memoire()
    revenue.replay("page", ROLE, "annee")
    revenue.undo()
    assert revenue.value("page", ROLE, "annee") == 2027


def test_deux_pages_se_disent_leur_desaccord_et_la_personne_choisit(memoire):
    une, autre = Page(memoire()), Page(memoire())
    for page in (une, autre):
        page.memoire.state("page", ROLE)
    une.act({"geste": "annee", "valeur": "2027"})
    autre.act({"geste": "annee", "valeur": "2029"})
    assert isinstance(autre.erreur, ConflictError)
    assert "Garder ma version" in autre.html["message"].value
    autre.act({"geste": "garder-le-mien"})
    assert autre.erreur is None
    assert memoire().value("page", ROLE, "annee") == 2029


def test_ce_que_l_on_annule_ne_defait_pas_ce_que_quelqu_un_a_ecrit_depuis(memoire):
    une, autre = memoire(), memoire()
    une.write("page", "cle", "annee", 2027)
    autre.write("page", "cle", "annee", 2029)
    une.reload()
    with pytest.raises(ConflictError):
        une.undo()


def test_sans_journal_la_page_se_lit_et_dit_que_rien_ne_s_y_garde():
    page = Page(Memoire(None, ROLE, "le dossier est en lecture seule"))
    assert "Rien n’est enregistré" in page.html["message"].value
    with pytest.raises(CtgError, match="Rien n'a été gardé"):
        page.memoire.write("page", ROLE, "annee", 2027)


def test_une_boite_porte_ses_classes():
    assert set(box("a b")._dom_classes) == {"a", "b"}


def test_une_seule_sorte_d_apostrophe_dans_ce_que_la_page_dit_et_rien_d_autre_ne_change():
    ecrit = """<a href="/d'ici" title="L'aide" data-valeur="l'ilot">l&#39;école</a><script>var a = 'd\'un';</script>"""
    attendu = """<a href="/d'ici" title="L’aide" data-valeur="l'ilot">l’école</a><script>var a = 'd\'un';</script>"""
    assert typography(ecrit) == attendu
