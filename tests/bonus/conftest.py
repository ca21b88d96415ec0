"""Un panneau du bonus sans navigateur : ses pièces sont vraies, son journal est dans un dossier d'essai."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from outils import lu

from ctgkit.simulation import simulate
from ctgkit.storage import find_folder, load_territoire
from ctgkit.storage.journal import list_scenarios, open_journal
from ctgkit.territoire import Scenario
from ctgkit.views.bonus.page import BonusPanel
from ctgkit.views.bonus.zones import ENSEMBLES
from ctgkit.views.composants.formulaire import Bloc, ChampSaisi
from ctgkit.views.composants.memoire import Memoire

JOUR = date(2026, 11, 21)


@dataclass
class Essai:
    """Ce qu'une personne fait, et ce qu'elle lit."""

    panneau: BonusPanel

    def geste(self, nom: str, valeur: str = "", **plus: str) -> "Essai":
        self.panneau.act({"geste": nom, "valeur": valeur, **plus})
        return self

    def ajouter(self, genre: str, **champs: str) -> str:
        """Ajoute un changement et remplit ses champs un à un, comme à l'écran ; ce qui peut attendre attend la fin."""
        with self.panneau.suite.held():
            self.geste("ajouter", genre)
            cle = self.panneau.etat.brouillon.saisies[-1].cle
            for champ, texte in champs.items():
                self.remplir(cle, champ, texte)
        return cle

    def remplir(self, bloc: str, champ: str, texte: str) -> None:
        self.panneau.reglages.receive({"t": "champ", "champ": f"{bloc}-{champ}", "valeur": texte})

    def zone(self, nom: str) -> str:
        """Une zone, ou un ensemble de zones qui se lisent ensemble : textes et graphiques."""
        parties = [self.panneau.html[z] for z in ENSEMBLES.get(nom, (nom,))]
        return lu("".join(getattr(z, "html", "") or getattr(z, "value", "") for z in parties))

    def dix_places(self) -> str:
        return self.ajouter("quantite", structure="creche-charme", quantite="35", date="01/09/2026")

    @property
    def scenarios(self) -> list:
        return list_scenarios(self.panneau.memoire.journal)

    @property
    def constat(self) -> str:
        return self.zone("resultat").split('<h1 id="t-rep">')[1].split("</h1>")[0]

    def champ(self, bloc: str, nom: str) -> ChampSaisi:
        return next(c for c in self.bloc(bloc).champs if c.nom == nom)

    def bloc(self, cle: str) -> Bloc:
        return next(b for b in self.panneau.reglages.blocs if b.cle == cle)


@pytest.fixture(scope="session")
def exemple():
    return load_territoire("exemple")


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    fichier = tmp_path / "journal.sqlite"
    monkeypatch.setenv("CTG_JOURNAL", str(fichier))
    return fichier


@pytest.fixture
def ouvrir(journal):
    """Ouvre la page d'une fonction ; deux appels sont deux pages ouvertes, ou une page rechargée."""

    def faire(territoire="exemple", role="chargée de coopération", scenario: Scenario | None = None) -> Essai:
        memoire = Memoire(open_journal(territoire), role)
        dossier = str(find_folder(territoire))
        return Essai(BonusPanel(load_territoire(territoire), memoire, 0, JOUR, scenario, dossier=dossier))

    return faire


@pytest.fixture
def essai(ouvrir) -> Essai:
    return ouvrir()


@pytest.fixture
def dix_places() -> dict:
    """Le mouvement que `Essai.dix_places` saisit champ par champ."""
    return {"quantite": {"structure": "creche-charme", "quantite": 35, "date": "2026-09-01"}}


@pytest.fixture(scope="session")
def montants(exemple):
    """Le moteur, sans la page : ce à quoi la page doit être fidèle."""

    def faire(*mouvements: dict, repartition: str = "lisse"):
        return simulate(exemple, Scenario("Direct", repartition, {}, mouvements))

    return faire
