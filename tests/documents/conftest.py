"""De quoi relire un document : son texte dans chaque format, et les vrais logiciels qui l'ouvrent."""

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from outils import require

from ctgkit.documents import (
    Champs,
    Colonne,
    DessinDecrit,
    Document,
    Liste,
    Morceau,
    Paragraphe,
    SautDePage,
    Section,
    Tableau,
)
from ctgkit.figures.svg import draw

sys.path.insert(0, str(Path(__file__).parent))

PROFIL = """<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">
<value>0</value></prop></item></oor:items>"""


class Bureau:
    """LibreOffice, avec un profil neuf à chaque appel : un second appel sur le même profil n'écrit rien."""

    def __init__(self, dossier):
        self.dossier, self.appels = dossier, 0

    def convertir(self, vers, **fichiers):
        """`nom="octets"` par extension ; rend les octets convertis, dans l'ordre."""
        self.appels += 1
        travail = self.dossier / f"appel{self.appels}"
        profil, sortie = travail / "profil", travail / "sortie"
        (profil / "user").mkdir(parents=True)
        (profil / "user" / "registrymodifications.xcu").write_text(PROFIL)
        entrees = []
        for extension, octets in fichiers.items():
            entrees.append(travail / f"{extension}.{extension.split('_')[0]}")
            entrees[-1].write_bytes(octets)
        ordre = ["soffice", f"-env:UserInstallation=file://{profil}", "--headless", "--norestore", "--convert-to", vers]
        subprocess.run([*ordre, "--outdir", sortie, *entrees], check=True, capture_output=True, timeout=600)
        return [(sortie / f"{e.stem}.{vers.split(':')[0]}").read_bytes() for e in entrees]


@pytest.fixture(scope="session")
def bureau(tmp_path_factory):
    require(shutil.which("soffice"), "LibreOffice")
    return Bureau(tmp_path_factory.mktemp("bureau"))


@pytest.fixture(scope="session")
def lire_pdf():
    require(shutil.which("pdftotext"), "pdftotext")

    def lire(octets, *options):
        fini = subprocess.run(["pdftotext", *options, "-", "-"], input=octets, capture_output=True, check=True)
        return fini.stdout.decode()

    return lire


FIGURE = {
    "data": [
        {"type": "bar", "name": "Assuré", "x": [2027, 2028], "y": [26000, 52000]},
        {
            "type": "bar",
            "name": "Possible",
            "x": [2027, 2028],
            "y": [10000, 20000],
            "marker": {"pattern": {"shape": "/"}},
        },
    ],
    "layout": {"barmode": "stack", "title": {"text": "Bonus par an"}},
}
DESSIN = draw(FIGURE, titre=False)
COLONNES = (
    Colonne("Structure"),
    Colonne("Bonus", "fourchette"),
    Colonne("Places", "nombre"),
    Colonne("Depuis", "date"),
)


@pytest.fixture(scope="session")
def document():
    """Un document où tout se trouve : chaque sorte de bloc, une figure, un tableau sur deux pages."""
    lignes = tuple((f"Crèche {n}", (26000 + n, 36000 + n), 20, date(2027, 9, 1)) for n in range(60))
    tableau = Tableau(
        COLONNES,
        (*lignes, ("Relais", "masqué", None, None)),
        "Bonus par structure",
        ("Total", (1_560_000, None), 1200, ""),
        "simulation du 3 mars 2026",
    )
    return Document(
        "Synthèse : le bonus territoire",
        (
            Paragraphe("Les vingt places rapporteraient de 52 000 € à 72 000 € par an !", "chapeau"),
            Champs((("Pilote", "CCAS"), ("Statut", (Morceau("En cours", gras=True),)))),
            Section(
                "Ce qui change",
                (
                    Paragraphe((Morceau("Voir "), Morceau("la règle", lien="https://www.legifrance.gouv.fr/"))),
                    Liste(("l’ouverture de vingt places", "une adhésion")),
                    Liste(("demander à la Caf", "décider"), numerotee=True),
                    Section("À savoir", (Paragraphe("Seule la notification de la Caf fait foi.", "alerte"),)),
                ),
            ),
            SautDePage(),
            Section("Chaque année", (DessinDecrit(DESSIN, "En 2028 : au moins 52 000 €", "Bonus par an"),)),
            Section("Le détail", (tableau,), saut_avant=True),
        ),
        "Scénario Référence",
        "Chargée de coopération",
        "Bonus territoire",
        date(2026, 3, 3),
        "Document de travail",
    )
