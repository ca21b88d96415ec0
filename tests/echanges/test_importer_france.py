"""`ctg importer france` : la liste nationale se rafraîchit de petits sosies, un fichier louche est refusé."""

import gzip
import io

import openpyxl
import pytest

from ctgkit.__main__ import main
from ctgkit.echanges import france
from ctgkit.errors import CtgError
from ctgkit.storage import national_communes, new_territoire, origines, search_communes

TITRES = "code_insee;nom;epci_siren;epci_nom;departement;population;annee_population;lat;lon"
LISTE = f"""{TITRES}
12001;Agen-d'Aveyron;241200658;CC du Pays de Salars;12;1100;2022;44.35;2.7
12002;Aguessac;200067155;CC de Millau;12;900;2023;44.15;3.1
12006;Alrance;241200765;CC de Lévézou Pareloup;12;400;2022;44.1;2.68
"""
COG = "TYPECOM,COM,REG,DEP,CTCD,ARR,TNCC,NCC,NCCENR,LIBELLE,CAN,COMPARENT"


@pytest.fixture(autouse=True)
def donnees(tmp_path, monkeypatch):
    dossier = tmp_path / "donnees"
    (dossier / "territoires").mkdir(parents=True)
    (dossier / "france").mkdir()
    (dossier / "france" / "communes.csv.gz").write_bytes(gzip.compress(LISTE.encode()))
    (dossier / "france" / "codes_postaux.csv.gz").write_bytes(
        gzip.compress(b"code_postal;code_insee\n12630;12001\n12520;12002\n")
    )
    monkeypatch.setenv("CTG_DONNEES", str(dossier))
    return dossier


@pytest.fixture
def ctg(tmp_path, capsys):
    def run(contenu, nom, *options):
        fichier = tmp_path / nom
        fichier.write_bytes(contenu.encode() if isinstance(contenu, str) else contenu)
        code = main(["importer", "france", str(fichier), *options])
        sortie = capsys.readouterr()
        return code, sortie.out.replace("\u202f", " ").replace("\u00a0", " "), sortie.err

    return run


def commune(code="12001"):
    return next(iter(national_communes(code=code)), None)


def epci_sheet(*lignes):
    classeur = openpyxl.Workbook()
    classeur.active.title = "Composition_communale"
    classeur.active.append(["Composition communale des EPCI"])
    classeur.active.append(["CODGEO", "LIBGEO", "EPCI", "LIBEPCI", "DEP", "REG"])
    for ligne in lignes:
        classeur.active.append(ligne)
    flux = io.BytesIO()
    classeur.save(flux)
    return flux.getvalue()


EPCI_2026 = epci_sheet(
    ["12001", "Agen-d'Aveyron", "994579670", "CC du Lévézou", "12", "76"],
    ["12006", "Alrance", "994579670", "CC du Lévézou", "12", "76"],
    ["12002", "Aguessac", "ZZZZZZZZZ", "Sans objet", "12", "76"],
    ["99999", "Ailleurs", "994579670", "CC du Lévézou", "99", "76"],
)


def test_les_intercommunalites_se_rafraichissent_et_disent_d_ou_elles_viennent(ctg):
    code, sortie, _ = ctg(EPCI_2026, "EPCI_au_01-01-2026.xlsx")
    assert code == 0
    assert "Communes changées : 3 sur 3" in sortie
    assert (commune().epci_siren, commune().epci_nom) == ("994579670", "CC du Lévézou")
    assert (commune("12002").epci_siren, commune("12002").epci_nom) == ("", "")
    assert commune().population == 1100, "le reste de la ligne est gardé"
    assert origines()["france-epci-2026"]["statut"] == "a_confirmer"
    assert "EPCI_au_01-01-2026.xlsx" in origines()["france-epci-2026"]["note"]
    assert new_territoire(siren="994579670").name == "levezou", "un Siren en 99 fait un territoire"


def test_l_essai_n_ecrit_rien_et_rejouer_non_plus(ctg, donnees):
    liste = donnees / "france" / "communes.csv.gz"
    avant = liste.read_bytes()
    assert "Essai" in ctg(EPCI_2026, "EPCI_2026.xlsx", "--essai")[1]
    assert liste.read_bytes() == avant
    ctg(EPCI_2026, "EPCI_2026.xlsx")
    octets = liste.read_bytes()
    assert "Déjà à jour" in ctg(EPCI_2026, "EPCI_2026.xlsx")[1]
    assert liste.read_bytes() == octets
    assert main(["importer", "france", "--annuler"]) == 0
    assert liste.read_bytes() == avant


def test_les_populations_plus_recentes_seulement(ctg):
    titres = "GEO;GEO_OBJECT;FREQ;POPREF_MEASURE;TIME_PERIOD;OBS_VALUE"
    lignes = (
        "12001;COM;A;PMUN;2023;1150",
        "12002;COM;A;PMUN;2022;880",
        "12006;COM;A;PTOT;2023;9",
        "12;DEP;A;PMUN;2023;1",
    )
    code, sortie, _ = ctg("\n".join([titres, *lignes]), "DS_POPULATIONS.csv")
    assert (code, commune().population, commune().annee_population) == (0, 1150, 2023)
    assert commune("12002").population == 900
    assert "1 population plus ancienne, non reprise" in sortie
    assert "absente de ce fichier" in sortie


def test_le_code_officiel_partiel_ne_supprime_ni_n_ajoute_rien(ctg):
    contenu = f"{COG}\nCOM,12001,76,12,12D,1,1,X,X,Agen d'Aveyron le Vieux,1,\nCOMD,12003,,,,,,,,Vieux,,12001\n"
    _, sortie, _ = ctg(contenu, "v_commune_2026.csv")
    assert commune().nom == "Agen d'Aveyron le Vieux"
    assert len(national_communes()) == 3
    assert "Liste partielle" in sortie


def test_le_code_officiel_entier_fait_naitre_et_disparaitre(ctg, monkeypatch):
    monkeypatch.setattr(france, "_ENTIERE", 2)
    contenu = f"{COG}\nCOM,12001,76,12,12D,1,1,X,X,Agen-d'Aveyron,1,\nCOM,12009,76,12,12D,1,1,X,X,Neuve,1,\n"
    _, sortie, _ = ctg(contenu, "v_commune_2026.csv")
    assert [c.code_insee for c in national_communes()] == ["12001", "12009"]
    assert (commune("12009").population, commune("12009").epci_siren, commune("12009").lat) == (None, "", None)
    assert "1 commune née : intercommunalité, population et position inconnues (Neuve (12009))" in sortie
    assert "2 communes disparues" in sortie


def test_une_liste_qui_changerait_trop_est_refusee(ctg, monkeypatch, donnees):
    monkeypatch.setattr(france, "_ENTIERE", 1)
    monkeypatch.setattr(france, "_TROP", 1)
    avant = (donnees / "france" / "communes.csv.gz").read_bytes()
    code, _, erreur = ctg(f"{COG}\nCOM,12001,76,12,12D,1,1,X,X,Agen,1,\n", "v_commune_1999.csv")
    assert code != 0
    assert "disparaîtraient" in erreur
    assert (donnees / "france" / "communes.csv.gz").read_bytes() == avant


@pytest.mark.parametrize(
    ("contenu", "nom", "dit"),
    [
        ("a;b\n1;2\n", "x.csv", "n'est pas un de ceux"),
        (EPCI_2026, "EPCI.xlsx", "L'année de ces données"),
        ("CODGEO;LIBGEO;EPCI;LIBEPCI\n99999;X;994579670;CC\n", "EPCI_2026.csv", "Aucune ligne"),
        (b"PK\x03\x04rien", "EPCI_2026.xlsx", ""),
    ],
)
def test_un_fichier_qui_n_en_est_pas_un_est_refuse(ctg, contenu, nom, dit):
    code, _, erreur = ctg(contenu, nom)
    assert code != 0
    assert dit in erreur
    assert "Traceback" not in erreur


def test_un_siren_faux_ou_une_commune_dans_deux_epci_sont_rejetes(ctg):
    lignes = "12001;X;994579671;CC\n12006;X;994579670;CC du Lévézou\n12006;X;200067155;CC de Millau\n"
    _, sortie, _ = ctg(f"CODGEO;LIBGEO;EPCI;LIBEPCI\n{lignes}", "EPCI_2026.csv")
    assert "code de epci illisible" in sortie
    assert "est dans deux intercommunalités" in sortie
    assert commune().epci_siren == "241200658"


def test_une_liste_changee_entre_l_apercu_et_l_ecriture_arrete_tout(tmp_path, donnees):
    fichier = tmp_path / "EPCI_2026.xlsx"
    fichier.write_bytes(EPCI_2026)
    apercu = france.preview_france(fichier)
    (donnees / "france" / "communes.csv.gz").write_bytes(gzip.compress(LISTE.replace("1100", "1101").encode()))
    with pytest.raises(CtgError, match="a changé depuis cet aperçu"):
        france.apply_france(apercu)


def test_un_code_postal_retrouve_ses_communes():
    assert [c.nom for c in search_communes("12630")] == ["Agen-d'Aveyron"]
    assert [c.nom for c in search_communes("12001")] == ["Agen-d'Aveyron"]
    assert search_communes("99999") == ()


@pytest.mark.parametrize("arguments", [["importer", "france"], ["importer", "x.csv"], ["importer", "--annuler"]])
def test_ce_qui_manque_a_la_commande_est_dit(arguments, capsys):
    assert main(arguments) == 2
    assert "Que faire" in capsys.readouterr().err
