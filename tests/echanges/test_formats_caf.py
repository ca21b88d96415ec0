"""Caf, Cnaf et quartiers prioritaires : mêmes bizarreries que les vrais fichiers, chiffres inventés."""

import json

import pytest

from ctgkit.diagnostic import check_coherence
from ctgkit.echanges import ChoixImport, apply
from ctgkit.storage import load_territoire

IRIS_2016 = "CODGEO;LIBGEO;DEPCOM;LIBCOM;EPCI;REG;NOTE;A;PERCOU;AI;AM;ENF_2;A_NETUD_24;AAL;AAAH;APPA;ARSAS"
FINE = "\u202f"


def test_iris_2016(lire, tableau, valeurs):
    """U+202F dans les milliers, NOTE, colonne DEPCOM, vides masqués ; jamais de total communal."""
    apercu = lire(
        tableau(
            IRIS_2016,
            f"595440101;zone;59544;Saint-Saulve;1;32;3;{';' * 9}",
            f"595440103;nord;59544;Saint-Saulve;1;32;0;645;1{FINE}263;349;135;52;;472;72;156;171",
            f"595440104;sud;59544;Saint-Saulve;1;32;2;645;1{FINE}263;349;135;52;;472;72;156;171",
            f"591220101;cambrai;59122;Cambrai;1;32;0;503;1{FINE}075;244;87;71;28;333;55;117;175",
        ),
        "data_CAF_2016_IRIS.csv",
    )
    assert apercu.format == "caf-iris"
    assert (apercu.lues, apercu.reprises, apercu.hors) == (4, 3, 1)
    assert valeurs(apercu, "CAD03") == {
        ("595440101", 2016): "masque",
        ("595440103", 2016): 1263,
        ("595440104", 2016): "masque",
    }
    assert valeurs(apercu, "JE11")["595440103", 2016] == "masque"
    assert {i.niveau for i in apercu.lignes} == {"iris"}
    assert {i.source for i in apercu.lignes} == {"caf-iris-2016"}
    part = next(i for i in apercu.lignes if i.code == "LO01" and i.geo == "595440103")
    assert (part.valeur, part.statut) == (round(100 * 472 / 645, 4), "estime")
    assert "colonne AAL / A × 100" in part.reference
    assert "aucun total communal n'est calculé : 3 Iris dans Saint-Saulve (3)" in str(apercu).replace("\u00a0", " ")


def test_iris_2020_sans_bom_ni_libelle(lire, tableau, valeurs):
    contenu = tableau(
        "CODGEO;NOTE;A;PERCOU;AI;AM;ARSAS", "590140101;0;598;1394;301;90;144", "590140102;3;;;;;", bom=False
    )
    apercu = lire(contenu, "data_CAF_2020_IRIS.csv")
    assert valeurs(apercu, "AD01") == {("590140101", 2020): 144, ("590140102", 2020): "masque"}


def test_une_annee_demandee_contre_celle_du_nom_du_fichier_se_dit(lire, tableau, valeurs):
    contenu = tableau("CODGEO;NOTE;A;PERCOU;AI;AM;ARSAS", "590140101;0;598;1394;301;90;144", bom=False)
    apercu = lire(contenu, "data_CAF_2020_IRIS.csv", choix=ChoixImport(annee=2022))
    assert valeurs(apercu, "AD01") == {("590140101", 2022): 144}
    assert "Le nom du fichier dit 2020 ; l'année demandée, 2022, est retenue : à vérifier." in apercu.avis


@pytest.mark.parametrize("colonne", ["numirisd", "type_rsa", "tranche_age"])
def test_un_fichier_ventile_n_est_pas_le_total_de_la_commune(lire, tableau, colonne):
    apercu = lire(tableau(f"dtreffre;numcomdo;nomcom;{colonne};indfoy_rsa", "2024-12;59014;ANZIN;x;40"))
    assert apercu.lignes == []
    assert "fichier ventilé par" in apercu.rejets[0].raison


TECHNIQUES = "dtreffre;numcomdo;nomcom;indfoy_ndur;indnbp_ndur;indfoy_rsa;indfoy_ndural;indmtt_ndural;indfoy_ars"
LIBELLES = (
    "Date référence;Numéro commune;Nom commune;Nombre foyers NDUR;Nombre personnes NDUR;Nombre foyers RSA;"
    "Nombre foyers NDURAL;Montant total NDURAL;Nombre foyers ARS"
)


@pytest.mark.parametrize("titres", [TECHNIQUES, LIBELLES], ids=["techniques", "libelles"])
def test_cafdata_par_commune(lire, tableau, valeurs, titres):
    """Les deux jeux de noms donnent la même chose ; le code vide est compté à part ; l'ARS ne se lit qu'en août."""
    apercu = lire(
        tableau(
            titres,
            "2024-12;59606;VALENCIENNES;9260;21000;4000;4630;1500000;0",
            "2024-08;59606;VALENCIENNES;9200;21000;4000;4600;1490000;2100",
            "2023-12;59606;VALENCIENNES;9100;20900;3900;4550;1480000;0",
            "2024-12;;;33605;50000;1000;1;100;0",
            "2024-12;33063;BORDEAUX;9260;1;1;1;100;0",
        )
    )
    assert apercu.format == "cafdata"
    assert valeurs(apercu, "CAD02") == {("59606", 2024): 9260, ("59606", 2023): 9100}
    assert valeurs(apercu, "AS14") == {("59606", 2024): 2100}
    assert valeurs(apercu, "LO01") == {("59606", 2024): 50.0, ("59606", 2023): 50.0}
    assert (apercu.reprises, apercu.hors, sum(apercu.ecartees.values())) == (3, 1, 1)
    assert {i.source for i in apercu.lignes if i.annee == 2024} == {"cafdata-2024"}
    assert "arrondi à 5" in next(i.reference for i in apercu.lignes if i.code == "CAD02")


def test_cafdata_un_autre_mois_que_decembre_se_dit(lire, tableau, valeurs):
    apercu = lire(tableau("dtreffre;numcomdo;nomcom;indfoy_rsa", "2024-06;59606;VALENCIENNES;9000"))
    assert valeurs(apercu, "AD01") == {("59606", 2024): 9000}
    assert "lu en juin 2024" in str(apercu)
    assert apercu.lignes[0].reference.endswith("juin 2024")


def test_cafdata_departement_en_json(lire, valeurs):
    """L'API rend des nombres, et l'AEEH en texte."""
    lignes = [
        {
            "dtreffre": "2024-12",
            "numdep": "59",
            "nomdep": "Nord",
            "numregi": "32",
            "indfoy_ndur": 700000,
            "indben_aeeh": "21000",
        },
        {
            "dtreffre": "2024-12",
            "numdep": "974",
            "nomdep": "Réunion",
            "numregi": "04",
            "indfoy_ndur": 1,
            "indben_aeeh": None,
        },
    ]
    for contenu in (lignes, {"total_count": 2, "results": lignes}, [{"fields": x} for x in lignes]):
        apercu = lire(json.dumps(contenu), "s_ben_dep.json")
        assert valeurs(apercu, "HA01") == {("59", 2024): 21000}
        assert valeurs(apercu, "CAD02") == {("59", 2024): 700000}
        assert {i.niveau for i in apercu.lignes} == {"departement"}


def test_cafdata_historique(lire, tableau, valeurs):
    """Un blanc (moins de 5, ou rien) n'est pas un zéro ; 99999 et XXXXX sont écartés ; somme incomplète masquée."""
    apercu = lire(
        tableau(
            "Communes;Codes_Insee;NB_Allocataires;MONO_1_ENF;MONO_2_ENF;MONO_3_ENF;MONO_4plus_ENF;ALL_CMG",
            "ETRANGER;99999;500;1;1;1;1;1",
            "INCONNU;XXXXX;400;1;1;1;1;1",
            "ANZIN;59014;2500;300;150;60;20;",
            "VALENCIENNES;59606;9000;900;400;100;;350",
        ),
        "FAMCom2014.csv",
    )
    assert apercu.format == "cafdata-historique"
    assert valeurs(apercu, "PA02") == {("59014", 2014): 530, ("59606", 2014): "masque"}
    assert valeurs(apercu, "PE16") == {("59014", 2014): "masque", ("59606", 2014): 350}
    assert apercu.ecartees == {"non localisées (code vide, XX ou 99999)": 2}


TAUX = {
    2020: "NUM_COM;NOM_COM;NUM_EPCI;NOM_EPCI;TAUXCOUV_COMM;TAUXCOUV_EPCI;TAUXCOUV_DEP;TAUXCOUV_REG;TAUXCOUV_NAT",
    2021: "NUMCOM;NOM_COM;NUM_EPCI;NOM_EPCI;tauxcouv_com;tauxcouv_epci;tauxcouv_dep;tauxcouv_reg;tauxcouv_fe",
}


@pytest.mark.parametrize("annee", TAUX)
def test_taux_de_couverture(lire, ailleurs, tableau, valeurs, annee):
    """Casse et noms changeants, zéros perdus, lignes XX écartées, cinq échelles dans une ligne."""
    apercu = lire(
        tableau(
            TAUX[annee],
            "1004;AMBERIEU;240100883;CC;55,4;52,1;60,2;58,0;59,8",
            "1005;AMBERIEUX;240100883;CC;110,5;52,1;60,2;58,0;59,8",
            "XX;XX;XX;XX;195,8;0;0;0;0",
            "59606;VALENCIENNES;245901160;CA;50,3;50,3;58,5;57,0;59,8",
        ),
        f"TAUXCOUV{annee}.csv",
        territoire=ailleurs,
    )
    assert apercu.format == "taux-couverture"
    assert valeurs(apercu, "PE03") == {
        ("01004", annee): 55.4,
        ("01005", annee): 110.5,
        ("240100883", annee): 52.1,
        ("01", annee): 60.2,
        ("84", annee): 58.0,
        ("FR", annee): 59.8,
    }
    assert (apercu.reprises, apercu.hors, sum(apercu.ecartees.values()), apercu.nombre_rejets) == (2, 1, 1, 0)


def test_taux_de_couverture_contradictoire(lire, tableau, valeurs):
    """Deux valeurs pour le même EPCI : aucune n'est choisie."""
    apercu = lire(
        tableau("NUM_COM;NUM_EPCI;TAUXCOUV_COMM;TAUXCOUV_EPCI", "59014;245901160;40;50,3", "59606;245901160;41;50,4"),
        "TAUXCOUV2020.csv",
    )
    assert ("245901160", 2020) not in valeurs(apercu)
    assert "donné deux fois" in apercu.rejets[0].raison


def test_places_et_taux_detailles(lire, tableau, valeurs):
    apercu = lire(
        tableau(
            "numepci;nomepci;numdep;nomdep;annee;txcouv_eaje_epci;txcouv_am_ind_epci;txcouv_prescol_epci;txcouv_epci",
            "245901160;CA;59;NORD;2022;20,1;25,0;3,2;50,3",
            "XX;XX;XX;XX;2022;1;1;1;195,8",
        )
    )
    assert {i.code: i.valeur for i in apercu.lignes} == {"PE03": 50.3, "PE04": 20.1, "PE05": 25.0, "PE06": 3.2}
    assert {(i.niveau, i.geo) for i in apercu.lignes} == {("epci", "245901160")}


def test_quotient_familial(lire, tableau, valeurs):
    """La tranche « Inconnu » ne compte pas au dénominateur."""
    tranches = {"Moins de 400 euros": 100, "Entre 400 et 799 euros": 200, "800 euros ou plus": 100, "Inconnu": 999}
    lignes = [f"2024-12;59606;VALENCIENNES;{t};{n}" for t, n in tranches.items()]
    apercu = lire(tableau("dtreffre;numcomdo;nomcom;qf_400;indfoy_ndur", *lignes))
    assert valeurs(apercu, "AS10") == {("59606", 2024): 25.0}
    assert [i.statut for i in apercu.lignes] == ["estime"]


VIDES = ";" * 133
DEMO = "CODGEO;LIBGEO;POP_MUN;POP_COM;LIB_COM;TX_F;NOTE_RP;A;PERCOU;AM;ENF_2;NOTE_CNAF" + VIDES
REVN = "CODGEO;LIBGEO;DISP_Q2;TP60;DISP_D1;DISP_D1D9;NOTE_FILO;A;ARSAS;NOTE_CNAF" + ";" * 508


def test_qpv(lire, ecrire, tableau, valeurs):
    """Colonnes vides à droite, plusieurs communes par quartier, REVN rattaché grâce à DEMO, année de la livraison."""
    suite = f"14{FINE}240;41,0;8{FINE}960;2,7;0;3{FINE}527;1{FINE}063;0" + ";" * 508
    revenus = tableau(REVN, f"QP059021;Rives;{suite}", f"QP059099;Lille;{suite}")
    seul = lire(revenus, "REVN_2022_QPV.csv")
    assert not seul.lignes
    assert "importer d'abord le fichier DEMO" in str(seul)
    demo = ecrire(
        tableau(
            DEMO,
            f"QP059021;Rives;10{FINE}744;1;Anzin, Raismes, Valenciennes;51,5;0;3{FINE}527;8133;664;493;0" + VIDES,
            "QP059056;Brunehaut;1203;1;Raismes;51,5;0;395;860;80;40;0" + VIDES,
            "QP075001;Paris;1203;1;Saint-Saulve;51,5;0;395;860;80;40;0" + VIDES,
        ),
        "DEMO_2022_QPV.csv",
    )
    assert valeurs(demo, "CAD09") == {("QP059021", 2022): 10744}
    assert (demo.reprises, demo.hors) == (1, 2)
    assert "déborde du territoire (Raismes)" in str(demo)
    assert "Anzin, Raismes, Valenciennes" in demo.lignes[0].reference
    ensuite = lire(revenus, "REVN_2022_QPV.csv")
    assert valeurs(ensuite, "AS08") == {("QP059021", 2022): 41.0}
    assert {i.source for i in ensuite.lignes} == {"anct-qpv-2022"}
    assert valeurs(lire(revenus, "REVN_2022_QPV.csv", choix=ChoixImport(annee=2019)), "AS08") == {
        ("QP059021", 2019): 41.0
    }


def test_qpv_note_differente_de_zero(lire, tableau, valeurs):
    apercu = lire(tableau(DEMO, "QP059021;Rives;10744;1;Anzin;51,5;0;395;860;80;40;2" + VIDES), "DEMO_2022_QPV.csv")
    assert valeurs(apercu, "CAD09") == {("QP059021", 2022): 10744}
    assert valeurs(apercu, "CAD02") == {("QP059021", 2022): "masque"}


def _demo(tableau, foyers):
    return tableau(DEMO, f"QP059021;Rives;10744;1;Anzin;51,5;0;{foyers};8133;664;493;0" + VIDES)


def _lignes(dossier):
    return (dossier / "indicateurs.csv").read_text(encoding="utf-8-sig").splitlines()[1:]


def test_deux_livraisons_qpv_sont_deux_millesimes_et_la_meme_deux_fois_ne_double_rien(ecrire, dossier, tableau):
    """Revue d'analyste D8 : sans année elles s'empilaient, chaque chiffre contredisant celui de l'autre livraison."""
    for annee, foyers in ((2022, 395), (2024, 402), (2022, 395)):
        ecrire(_demo(tableau, foyers), f"DEMO_{annee}_QPV.csv")
    lues = [x.split(";") for x in _lignes(dossier) if x.startswith("CAD02")]
    assert [(x[3], x[4], x[6]) for x in lues] == [
        ("2022", "395", "anct-qpv-2022"),
        ("2024", "402", "anct-qpv-2024"),
    ]
    assert "livraison de 2022, année des chiffres non écrite" in ";".join(lues[0])
    assert check_coherence(load_territoire(dossier)) == ()


def test_une_livraison_importee_sans_annee_par_une_version_passee_la_recoit_a_sa_place(ecrire, dossier, tableau):
    ecrire(_demo(tableau, 395), "DEMO_2022_QPV.csv")
    chemin = dossier / "indicateurs.csv"
    chemin.write_text(chemin.read_text(encoding="utf-8").replace(";qpv;2022;", ";qpv;;"), encoding="utf-8")
    ecrire(_demo(tableau, 402), "DEMO_2024_QPV.csv")
    assert sum(";qpv;;" in x for x in _lignes(dossier)) == 5, "une autre livraison ne date pas celle-ci"
    ecrire(_demo(tableau, 395), "DEMO_2022_QPV.csv")
    assert [x.split(";")[3] for x in _lignes(dossier)] == ["2022"] * 5 + ["2024"] * 5


def test_une_livraison_sans_annee_dans_son_nom_la_demande(lire, tableau, valeurs):
    apercu = lire(_demo(tableau, 395), "quartiers.csv")
    assert valeurs(apercu, "CAD02") == {("QP059021", None): 395}
    assert "La donner avec --annee" in str(apercu)
    donnee = lire(_demo(tableau, 395), "quartiers.csv", choix=ChoixImport(annee=2021))
    assert valeurs(donnee, "CAD02") == {("QP059021", 2021): 395}
    assert "livraison" not in donnee.lignes[0].reference, "l'année donnée à la main est celle des chiffres"


def test_nos_propres_lignes_se_reimportent(ecrire, lire, dossier, tableau):
    ecrire(tableau("CODGEO;Q219;PPSOC19", "59014;15880;18,0", "59606;23970;"), "FILO2019_DISP_COM.csv")
    apercu = lire((dossier / "indicateurs.csv").read_bytes(), "indicateurs.csv")
    assert apercu.format == "indicateurs"
    assert len(apercu.lignes) == 4
    assert not any(b.change for b in apply(apercu, dossier))


@pytest.mark.parametrize(
    ("ligne", "raison"),
    [
        ("ZZ99;59014;commune;2024;5;publie;s;r", "absent du catalogue"),
        ("CAD01;59014;quartier;2024;5;publie;s;r", "niveau inconnu"),
        ("CAD01;59014;commune;2024;;publie;s;r", "se contredisent"),
        ("CAD01;59014;commune;2024;5;masque;s;r", "se contredisent"),
        ("CAD01;59O14;commune;2024;5;publie;s;r", "illisible"),
    ],
)
def test_nos_propres_lignes_mal_ecrites(lire, ligne, raison):
    apercu = lire(f"code;geo;niveau;annee;valeur;statut;source;reference\n{ligne}\n")
    assert not apercu.lignes
    assert raison in apercu.rejets[0].raison
    assert apercu.rejets[0].ligne == 2
