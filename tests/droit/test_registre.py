"""Le droit encodé : tout est daté, sourcé et vérifié, et un service de plus est une paire de fichiers de plus."""

import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import ctgkit
from ctgkit.droit import bareme, dispositifs, libelles_dispositifs, services
from ctgkit.droit.services import DOSSIER

CODES = {
    "eaje",
    "alsh_periscolaire",
    "alsh_extrascolaire",
    "alsh_adolescents",
    "rpe",
    "laep",
    "ludotheque",
    "cooperation",
}
EXACTS = {
    ("bonus_territoire.acomptes_plafond", 2025): (0.70, 0.70),
    ("eaje.nouveau", 2020): (2100, 3100),
    ("eaje.nouveau", 2021): (2600, 3600),
    ("eaje.nouveau", 2025): (2600, 3600),
    ("bonus_trajectoire.montant", 2026): (0, 300),
    ("bonus_mixite.montant", 2019): (0, 2100),
    ("bonus_handicap.plafond", 2020): (1300, 1300),
    ("bonus_attractivite.public", 2024): (475, 475),
    ("bonus_attractivite.prive", 2024): (970, 970),
    ("ctre.nouveau", 2025): (2800, 2800),
    ("complement_inclusif.montant", 2024): (4.50, 4.50),
    ("complement_inclusif.montant", 2025): (3.90, 3.90),
    ("psu.total_horaire", 2024): (0, 6.63),
}


def test_les_services_attendus_sont_la_avec_leur_unite():
    assert CODES | {"alsh"} <= set(services())
    assert {services()[c].unite for c in CODES} == {"places", "heures", "etp"}


@pytest.mark.parametrize("code", sorted(bareme().parametres))
def test_chaque_valeur_est_datee_sourcee_verifiee(code):
    parametre = bareme()[code]
    assert parametre.verifie_le <= date(2026, 11, 21)
    for valeur in parametre.valeurs:
        assert valeur.reference.titre
        assert not valeur.inconnue or valeur.question.endswith("?")


@pytest.mark.parametrize(("cle", "attendu"), EXACTS.items(), ids=[f"{c} {a}" for c, a in EXACTS])
def test_les_valeurs_lues_dans_les_sources(cle, attendu):
    code, annee = cle
    valeur = bareme()[code].au(date(annee, 1, 1))
    assert (valeur.bas, valeur.haut) == attendu


def test_la_zone_prioritaire_est_le_haut_du_bareme():
    for valeur in bareme()["eaje.nouveau"].valeurs:
        assert valeur.zone_prioritaire == valeur.haut


def test_chaque_service_a_sa_question_pour_ce_qui_n_est_pas_publie():
    for code in services():
        for nom in ("existant", "nouveau"):
            assert f"{code}.{nom}" in bareme()
    for code in CODES - {"eaje"}:
        assert bareme()[f"{code}.nouveau"].au(date(2026, 1, 1)).inconnue


def test_aucun_montant_de_souvenir():
    """Les 24 000 € par poste de coopération ne sont confirmés par aucune source."""
    assert not bareme()["cooperation.nouveau"].au(date(2026, 1, 1)).est_donnee


def test_aucun_nombre_de_droit_dans_le_python():
    """Les règles ne portent que 0, 1, et les constantes d'arrondi ; tout autre nombre est un paramètre."""
    for module in sorted(DOSSIER.glob("*.py")):
        if module.stem in ("bareme", "lecture", "valeurs", "services", "__init__"):
            continue
        code = re.sub(r'""".*?"""', "", module.read_text(encoding="utf-8"), flags=re.S)
        nombres = set(re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?", code))
        assert nombres <= {"0", "1", "2", "0.0", "1.0", "100", "100.0", "0.5", "1e-6"}, f"{module.name} : {nombres}"


def test_chaque_dispositif_a_sa_regle_et_un_nom():
    for code, dispositif in dispositifs().items():
        assert callable(dispositif.regle)
        assert libelles_dispositifs()[code]
        assert set(dispositif.services) <= set(services())


def test_un_service_de_plus_est_une_paire_de_fichiers_de_plus(tmp_path):
    """On copie le paquet, on y pose deux fichiers : le type existe partout, et se simule."""
    paquet = tmp_path / "ctgkit"
    shutil.copytree(Path(ctgkit.__file__).parent, paquet, ignore=shutil.ignore_patterns("__pycache__"))
    source = (DOSSIER / "laep.yaml").read_text(encoding="utf-8").split("\ndispositif:")[0]
    neuf = source.replace("code: laep", "code: ludobus").replace("inconnu: Quel montant de", "valeur: 7 #")
    (paquet / "droit" / "ludobus.yaml").write_text(neuf, encoding="utf-8")
    (paquet / "droit" / "ludobus.py").write_text('"""Ludobus."""\n')
    essai = """
from datetime import date
from ctgkit import droit
from ctgkit.simulation import simulate
from ctgkit.territoire import *
from ctgkit.simulation import aggregate
t = Territoire("t", "T", convention=Convention(date(2025, 1, 1), date(2025, 12, 31), date(2025, 1, 1)), type="commune",
    communes=Table.of(Commune, [Commune("59001", "A")]),
    structures=Table.of(Structure, [Structure("a", "A", "ludobus", "59001", "k", cofinancee=True, quantite=10,
                                              ouverture=date(2025, 1, 1))]))
r = simulate(t)
print(droit.services()["ludobus"].unite, aggregate(r, "service")[["service", "bas", "haut"]].values.tolist())
"""
    fait = subprocess.run([sys.executable, "-c", essai], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)},
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert fait.stdout.strip() == "heures [['ludobus', 70.0, 70.0]]", fait.stderr
