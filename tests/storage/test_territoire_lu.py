"""Un dossier sans défaut se lit en entier, avec les bons types ; un dossier abîmé ne se lit pas du tout."""

import math
from datetime import date

import numpy as np
import pytest

from ctgkit import storage
from ctgkit.errors import InvalidFilesError
from ctgkit.formats import nombre
from ctgkit.territoire import Comparateur, Convention, Fait, Manque, Precedent, Territoire


def test_la_fiche(plaine):
    t = storage.load_territoire("plaine")
    assert (t.code, t.nom, t.type, t.siren, t.departement) == ("plaine", "Plaine de l'Ain", "epci", "240100883", "01")
    assert t.convention == Convention(date(2025, 1, 1), date(2029, 12, 31), date(2025, 6, 11))
    assert t.precedent == Precedent("cej", date(2024, 12, 31))
    assert (t.date_reference, t.annee_reference, t.comparateur) == (None, 2024, Comparateur("01", "Ain"))
    assert t.faits == (Fait("etp", "1 ETP", "deliberation.pdf", 12),)
    assert t.a_completer == (Manque("dates des comités", "convention.pdf", 84),)


def test_les_tableaux(plaine):
    t = storage.load_territoire("plaine")
    premiere, seconde = t.communes
    assert (premiere.code_insee, premiere.population, premiere.lat) == ("01004", 15934, 45.9575)
    assert (premiere.adhesion, premiere.effet, premiere.zone_prioritaire) == (date(2022, 12, 7), date(2023, 1, 1), True)
    assert (seconde.adhesion, seconde.potentiel_financier_hab, seconde.zone_prioritaire) == (None, None, None)
    creche, halte = t.structures
    assert (creche.quantite, creche.cofinancee, creche.charges_eur, creche.fermeture) == (20.5, True, 280000, None)
    assert (halte.nom, halte.cofinancee, halte.fermeture) == ("Halte ; garderie", False, date(2028, 8, 31))
    assert [i.valeur for i in t.indicateurs] == [61.2, None]


def test_l_inconnu_n_est_jamais_zero(plaine):
    structures = storage.load_territoire("plaine").structures
    assert math.isnan(structures["reference_eur"][1])
    assert np.isnat(structures["fermeture"][0])


def test_les_annexes_sont_des_donnees_ordinaires(plaine):
    t = storage.load_territoire("plaine")
    assert t.plan["fiches"] == [{"code": "F1", "objectif": "O1"}]
    assert t.gouvernance["comites"][0]["rythme"] == "semestriel"
    assert t.relations == ({"somme": "population", "de": "communes"},)
    assert t.parametres_locaux["parametres"]["eaje.plancher"]["valeurs"] == {date(2025, 1, 1): 3600}


def test_un_code_sans_guillemets_garde_son_zero_et_un_mot_reste_un_mot(plaine):
    (plaine / "gouvernance.yaml").write_text("comites: [{commune: 01004, siren: '12', acquis: non, part: 1.5}]")
    assert storage.load_territoire("plaine").gouvernance["comites"] == [
        {"commune": "01004", "siren": "12", "acquis": "non", "part": 1.5}
    ]


def test_seule_la_fiche_est_obligatoire(plaine):
    for fichier in plaine.iterdir():
        if fichier.name != "territoire.yaml":
            fichier.unlink()
    t = storage.load_territoire("plaine")
    assert (len(t.communes), len(t.structures), t.relations, dict(t.plan)) == (0, 0, (), {})
    assert [str(d) for d in storage.verify("plaine")] == [
        "communes.csv : fichier absent. Attendu : la liste des communes du territoire."
    ]


def test_bom_et_fins_de_ligne_windows(plaine):
    avant = storage.load_territoire("plaine")
    for fichier in plaine.iterdir():
        texte = fichier.read_text(encoding="utf-8")
        fichier.write_bytes(("\ufeff" + texte.replace("\n", "\r\n")).encode())
    apres = storage.load_territoire("plaine")
    assert all(getattr(apres, nom) == getattr(avant, nom) for nom in Territoire.TABLES)
    assert (apres.convention, apres.plan) == (avant.convention, avant.plan)
    assert storage.verify("plaine") == []


@pytest.mark.parametrize("ecrit", ["280000", "280 000", "280\u202f000", "280\u00a0000", "280000,0", "280 000.00"])
def test_les_ecritures_d_un_montant(plaine, ecrit):
    structures = plaine / "structures.csv"
    structures.write_text(structures.read_text().replace("280 000", ecrit))
    assert storage.load_territoire("plaine").structures["charges_eur"][0] == 280000


@pytest.mark.parametrize("valeur", [0.0, 0.5, 1234.25, 15934, 618000, 123456789.75])
def test_un_nombre_ecrit_en_francais_se_relit(plaine, valeur):
    structures = plaine / "structures.csv"
    structures.write_text(structures.read_text().replace("280 000", nombre(valeur, 2)))
    assert storage.load_territoire("plaine").structures["charges_eur"][0] == valeur


@pytest.mark.parametrize(
    ("ecrit", "lu"),
    [("oui", True), ("Vrai", True), ("1", True), ("x", True), ("NON", False), ("faux", False), ("0", False)],
)
def test_les_ecritures_de_oui_et_non(plaine, ecrit, lu):
    structures = plaine / "structures.csv"
    structures.write_text(structures.read_text().replace("public;oui", f"public;{ecrit}"))
    assert next(iter(storage.load_territoire("plaine").structures)).cofinancee is lu


def test_notes_et_colonnes_vides_en_fin_de_ligne_sont_tolerees(plaine):
    engagements = plaine / "engagements.csv"
    engagements.write_text(
        "competence;annee;credits_eur;source;note_interne;;\nplaine;2024;90000;budget;à revoir;;\n;;;;;;\n"
    )
    assert storage.verify("plaine") == []
    assert len(storage.load_territoire("plaine").engagements) == 1


def test_rien_n_est_lu_a_moitie(plaine):
    (plaine / "references.csv").write_text("competence;annee\nplaine;2024\n")
    (plaine / "plan.yaml").write_text("fiches: [{code: F1, objectif: O9}]")
    with pytest.raises(InvalidFilesError) as refus:
        storage.load_territoire("plaine")
    assert {d.fichier for d in refus.value.defauts} == {"references.csv", "plan.yaml"}
    assert "colonne manquante" in str(refus.value)
    assert "ctg verifier" in str(refus.value)


def test_un_avis_n_empeche_pas_de_lire(plaine):
    structures = plaine / "structures.csv"
    structures.write_text(structures.read_text().replace(";01004;", ";1004;"))
    assert storage.load_territoire("plaine").structures["code_insee"][0] == "01004"
    [avis] = storage.verify("plaine")
    assert (avis.niveau, avis.ligne, avis.colonne, avis.valeur) == ("avis", 2, "code_insee", "1004")


def test_la_liste_montre_aussi_un_territoire_abime(plaine):
    casse = plaine.parent / "casse"
    casse.mkdir()
    (casse / "territoire.yaml").write_text("code: casse\nnom: [")
    (plaine / "structures.csv").write_bytes(b"\xff\x00n'importe quoi")
    (plaine.parent / ".nouveau-xyz").mkdir()
    abime, sain = storage.list_territoires()
    assert (abime.code, abime.nom, len(abime.defauts)) == ("casse", "casse", 1)
    assert (sain.nom, sain.nature, sain.chemin, sain.defauts) == ("Plaine de l'Ain", "reel", plaine, ())
    assert sain.annees == (2025, 2026, 2027, 2028, 2029)


def test_le_registre_des_origines(donnees):
    (donnees / "origines.yaml").write_text("insee-2023:\n  titre: Populations\n  date: 2025-12-30\n")
    assert storage.origines() == {"insee-2023": {"titre": "Populations", "date": date(2025, 12, 30)}}
    (donnees / "origines.yaml").write_text("- juste une liste\n")
    with pytest.raises(InvalidFilesError, match="registre"):
        storage.origines()


def test_les_communes_de_france(donnees):
    assert [c.nom for c in storage.national_communes(siren="200068500")] == ["Abancourt", "Cambrai"]
    [sein] = storage.national_communes(code="29083")
    assert (sein.epci_siren, sein.population, sein.lat) == ("", 265, 48.037)
    assert storage.national_communes(code="99999") == ()


@pytest.mark.parametrize("resume", storage.list_territoires(), ids=lambda r: r.code)
def test_les_territoires_livres_n_ont_aucun_defaut(resume, monkeypatch):
    monkeypatch.delenv("CTG_DONNEES")
    assert storage.verify(resume.chemin) == []


def test_une_serie_repond_pour_chaque_millesime_sans_figurer_dans_la_liste(donnees):
    (donnees / "origines.yaml").write_text(
        "caf-iris:\n  serie: true\n  court: Caf à l'Iris\n  titre: Allocataires à l'Iris\n"
        "caf-iris-2016:\n  court: Caf à l'Iris, essai de 2016\n  titre: Allocataires en 2016\n"
    )
    registre = storage.origines()
    assert registre.court("caf-iris-2020") == "Caf à l'Iris 2020"
    assert registre.get("caf-iris-2020")["titre"] == "Allocataires à l'Iris, 2020"
    assert registre.court("caf-iris-2016") == "Caf à l'Iris, essai de 2016"
    assert registre.court("inconnue-2020") == "inconnue-2020"
    assert list(registre) == ["caf-iris-2016"]


def test_les_cles_d_un_texte_se_lisent_par_leur_nom(donnees):
    (donnees / "origines.yaml").write_text(
        "conv-2025:\n  court: Convention 2025\n  titre: Convention\n"
        "cafdata:\n  serie: true\n  court: Caf, données ouvertes\n  titre: Bénéficiaires\n"
    )
    registre = storage.origines()
    dit = registre.nommer("lu : conv-2025, ligne 3, et cafdata-2024 ; pas conv-2025-bis")
    assert dit == "lu : Convention 2025, ligne 3, et Caf, données ouvertes 2024 ; pas conv-2025-bis"
    assert storage.Registre({}).nommer("conv-2025") == "conv-2025"
