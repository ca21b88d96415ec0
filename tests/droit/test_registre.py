"""Le droit encodé : tout est daté, sourcé et vérifié, et un service de plus est un fichier de plus."""

import importlib.machinery
import re
import shutil
import sys
import types
from datetime import date

import pytest
import yaml

from ctgkit.droit import bareme, dispositifs, libelles_dispositifs, services
from ctgkit.droit.registre import DOSSIER, _rule
from ctgkit.simulation import aggregate, compare_scenarios, explain, simulate
from ctgkit.territoire import Commune, Convention, Scenario, Table, Territoire

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
        if module.stem in ("bareme", "lecture", "valeurs", "registre", "__init__"):
            continue
        code = re.sub(r'""".*?"""', "", module.read_text(encoding="utf-8"), flags=re.S)
        nombres = set(re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?", code))
        assert nombres <= {"0", "1", "2", "0.0", "1.0", "100", "100.0", "0.5", "1e-6"}, f"{module.name} : {nombres}"


def test_chaque_dispositif_a_sa_regle_et_un_nom():
    for code, dispositif in dispositifs().items():
        assert callable(dispositif.regle)
        assert libelles_dispositifs()[code]
        assert set(dispositif.services) <= set(services())


@pytest.fixture
def dossier(tmp_path, monkeypatch):
    """Une copie des YAML du droit, lue à la place des nôtres."""
    for chemin in DOSSIER.glob("*.yaml"):
        shutil.copy(chemin, tmp_path)
    monkeypatch.setattr("ctgkit.droit.registre.DOSSIER", tmp_path)
    return tmp_path


def test_un_service_de_plus_avec_son_dispositif_est_un_fichier_de_plus(dossier):
    """On pose un YAML, et rien d'autre : le service se simule, compte dans le bonus, se raconte et s'explique."""
    texte = (DOSSIER / "laep.yaml").read_text(encoding="utf-8").split("\ndispositif:")[0]
    texte = texte.replace("code: laep", "code: ludobus\n  dispositif: roulant\n  libelle_dispositif: Bonus roulant")
    (dossier / "ludobus.yaml").write_text(texte.replace("inconnu: Quel montant de", "valeur: 7 #"), encoding="utf-8")
    convention = Convention(date(2025, 1, 1), date(2025, 12, 31), date(2025, 1, 1))
    communes = Table.of(Commune, [Commune("59001", "A")])
    territoire = Territoire("t", "T", "commune", convention=convention, communes=communes)
    ouvrir = {"structure": {"type": "ludobus", "code_insee": "59001", "quantite": 10}, "date": "2025-01-01"}
    r = simulate(territoire, Scenario("Ludobus", mouvements=({"ouvrir": ouvrir},)))
    assert services()["ludobus"].unite == "heures"
    assert aggregate(r, "service", "dispositif").iloc[0].tolist() == ["ludobus", "roulant", 70.0, 70.0, 70.0]
    assert compare_scenarios(simulate(territoire), r).phrases[1] == (
        "L'ouverture de 10\u00a0heures à A (Nouvelle structure) apporte 70\u202f€ par an à partir de 2025."
    )
    assert explain(r, "nouvelle-structure", 2025)[-2].libelle == ("Montant, Bonus roulant, offre nouvelle : 70\u202f€.")


def test_une_regle_propre_est_un_fichier_python_du_meme_nom(monkeypatch):
    module = types.ModuleType("ctgkit.droit.ludotheque")
    module.offre_nouvelle = lambda heures, montant: heures * montant + 1
    module.__spec__ = importlib.machinery.ModuleSpec(module.__name__, None)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    _rule.cache_clear()
    assert services()["ludotheque"].offre_nouvelle(2, 3) == 7
    _rule.cache_clear()


def test_chaque_source_du_droit_est_citee_par_un_parametre():
    sources = yaml.safe_load((DOSSIER / "sources.yaml").read_text(encoding="utf-8"))
    cites = " ".join(f.read_text(encoding="utf-8") for f in DOSSIER.glob("*.yaml") if f.name != "sources.yaml")
    assert [code for code in sources if not re.search(rf"\b{code}\b", cites)] == []
