"""Insee : Filosofi, Neet, listes de communes, contours. Mêmes bizarreries que les vrais fichiers, chiffres inventés."""

import json

import pytest

from ctgkit.echanges import ChoixImport, apply
from ctgkit.errors import CtgError
from ctgkit.storage import load_territoire

FILO = "CODGEO;LIBGEO;NBMEN19;NBPERS19;Q119;Q219;D119;RD;S80S2019;GI19;PPSOC19;PPMINI19;PPLOGT19;PIMPOT19"


def test_filosofi_par_commune(lire, tableau, valeurs):
    """BOM, CRLF, virgule décimale, année dans les titres, cellules vides masquées, autres communes comptées."""
    apercu = lire(
        tableau(
            FILO,
            "59014;Anzin;5388;12518;12200;15880;9440;2,8;3,200;0,232;18,0;8,9;4,3;-10,8",
            "59606;Valenciennes;180;468;;23970;;;;;;;;",
            "59999;Ailleurs;180;468;;23970;;;;;;;;",
        ),
        "FILO2019_DISP_COM.csv",
    )
    assert apercu.format == "filosofi"
    assert (apercu.lues, apercu.reprises, apercu.hors, apercu.refusees) == (3, 2, 1, 0)
    assert valeurs(apercu, "AS01") == {("59014", 2019): 15880, ("59606", 2019): 23970}
    assert valeurs(apercu, "AS03") == {("59014", 2019): 2.8, ("59606", 2019): "masque"}
    assert valeurs(apercu, "AS05") == {("59014", 2019): 18, ("59606", 2019): "masque"}
    assert apercu.masquees == 6
    assert {i.source for i in apercu.lignes} == {"insee-filosofi-2019"}
    assert apercu.lignes[0].reference == "FILO2019_DISP_COM, colonne Q219"


@pytest.mark.parametrize("masque", ["s", "nd", "ns", "", "N.D."])
def test_filosofi_masques(lire, tableau, valeurs, masque):
    apercu = lire(tableau("CODGEO;TP6021", f"59014;{masque}"), "FILO2021_DISP_PAUVRES_COM.csv")
    assert valeurs(apercu) == {("59014", 2021): "masque"}
    assert [i.valeur for i in apercu.lignes] == [None]


def test_filosofi_par_epci_avec_des_colonnes_vides(lire, tableau, valeurs):
    vides = ";" * 69
    apercu = lire(
        tableau(
            "CODGEO;LIBGEO;NBMEN17;Q217;RD;PPSOC17" + vides,
            "245901160;CA Valenciennes;77186;17960;3,3;10,2" + vides,
            "200068500;CA de Cambrai;34471;19360;3,1;7,5" + vides,
        )
    )
    assert valeurs(apercu, "AS03") == {("245901160", 2017): 3.3}
    assert {i.niveau for i in apercu.lignes} == {"epci"}
    assert (apercu.reprises, apercu.hors) == (1, 1)


def test_filosofi_region_et_departement_de_meme_code(lire, tableau, valeurs):
    """La région 32 n'est pas le Gers : le libellé le dit, ou le nom du fichier."""
    lignes = tableau(
        "CODGEO;LIBGEO;Q219;PPSOC19", "59;Nord;20290;8,5", "32;Hauts-de-France;20100;8,1", "32;Gers;20900;5,0"
    )
    apercu = lire(lignes, "FILO2019_DISP.csv")
    assert {(i.niveau, i.geo): i.valeur for i in apercu.lignes if i.code == "AS01"} == {
        ("departement", "59"): 20290,
        ("region", "32"): 20100,
    }
    sans_libelle = lire(tableau("CODGEO;Q219;PPSOC19", "32;20100;8,1"), "FILO2019_DISP_REG.csv")
    assert [(i.niveau, i.geo) for i in sans_libelle.lignes] == [("region", "32")] * 2
    assert valeurs(sans_libelle, "AS01") == {("32", 2019): 20100}


@pytest.mark.parametrize(
    ("titres", "nom"), [("CODGEO;PMIMP19;Q219;PTSA19", "x.csv"), ("CODGEO;TP6021", "FILO2021_DEC_PAUVRES_COM.csv")]
)
def test_les_revenus_declares_ne_passent_pas_pour_le_niveau_de_vie(lire, tableau, titres, nom):
    apercu = lire(tableau(titres, "59014;1;2;3"), nom)
    assert not apercu.lignes
    assert "revenus déclarés" in str(apercu)


def test_filosofi_une_valeur_impossible_est_rejetee_seule(lire, tableau, valeurs):
    apercu = lire(tableau("CODGEO;Q219;PPSOC19;GI19", "59014;15880;180;27,5", "59606;abc;10,5;0,27"))
    assert valeurs(apercu, "AS01") == {("59014", 2019): 15880}
    assert valeurs(apercu, "AS05") == {("59606", 2019): 10.5}
    assert sorted((r.ligne, r.colonne, r.valeur) for r in apercu.rejets) == [
        (2, "GI19", "27,5"),
        (2, "PPSOC19", "180"),
        (3, "Q219", "abc"),
    ]


@pytest.mark.parametrize("code", ["59014", " 59014 ", "59014.0", '="59014"', "59014,0"])
def test_les_codes_que_les_tableurs_abiment(lire, valeurs, code):
    apercu = lire(f"CODGEO\tQ219\tPPSOC19\n{code}\t15880\t18\n")
    assert valeurs(apercu, "AS01") == {("59014", 2019): 15880}


@pytest.mark.parametrize("code", ["5,9014E+04", "59O14", "590140", "5901"])
def test_un_code_illisible_est_rejete_et_non_pris_pour_un_autre(lire, tableau, code):
    apercu = lire(tableau("CODGEO;Q219;PPSOC19", f"{code};15880;18"))
    assert not apercu.lignes
    assert apercu.hors + apercu.refusees == 1


def test_neet_format_long(lire, valeurs):
    """UTF-8 sans BOM, fins de ligne LF, années en lignes, valeur vide : non renseignée, pas masquée ni nulle."""
    apercu = lire(
        "codgeo;libgeo;an;part_non_inseres\n245901160;CA Valenciennes Métropole;2013;23,90\n245901160;CA;2018;22,40\n"
        "59;Nord;2018;\n976;Mayotte;2018;\n"
    )
    assert apercu.format == "neet"
    assert valeurs(apercu) == {("245901160", 2013): 23.9, ("245901160", 2018): 22.4, ("59", 2018): "a_completer"}
    assert apercu.hors == 1


def test_les_decimales_publiees_sont_gardees(ecrire, dossier):
    ecrire("codgeo;libgeo;an;part_non_inseres\n59;Nord;2018;18,90\n")
    assert ";18,90;publie;insee-neet;" in (dossier / "indicateurs.csv").read_text()


def test_table_de_passage(lire, tableau):
    apercu = lire(
        tableau(
            "CODGEO;LIBGEO;EPCI;LIBEPCI;DEP;REG",
            "59014;Anzin;245901160;CA;59;32",
            "59606;Valenciennes;245901160;CA;59;32",
            "59019;Artres;245901160;CA;59;32",
            "59112;Bruay;200068500;Autre;59;32",
            "59122;Cambrai;200068500;Autre;59;32",
        )
    )
    assert apercu.format == "passage-epci"
    assert (apercu.reprises, apercu.hors) == (4, 1)
    texte = str(apercu)
    assert "absentes du territoire (à ajouter à la main si besoin) : Artres (59019)" in texte
    assert "hors de l'EPCI selon cette liste : Bruay-sur-l'Escaut (59112)" in texte
    assert "59112 s'appelle « Bruay »" in texte


def test_table_de_passage_sans_zeros_initiaux_pour_un_territoire_sans_communes(lire, ailleurs, tableau):
    communes = ailleurs / "communes.csv"
    communes.unlink()
    contenu = tableau(
        "COM;LIBGEO;EPCI;LIBEPCI",
        "1005;Ambérieux-en-Dombes;240100883;CC",
        "1004;Ambérieu;240100883;CC",
        "1006;Ambléon;200069193;CC",
    )
    apercu = lire(contenu, territoire=ailleurs)
    apply(apercu, ailleurs)
    lignes = communes.read_text(encoding="utf-8-sig").splitlines()
    assert [x.split(";")[:2] for x in lignes[1:]] == [["01004", "Ambérieu"], ["01005", "Ambérieux-en-Dombes"]]
    assert len(load_territoire(ailleurs).communes) == 2
    assert not lire(contenu, territoire=ailleurs).a_ecrire


def test_cog_communes_deleguees(lire):
    apercu = lire(
        "TYPECOM,COM,REG,DEP,CTCD,ARR,TNCC,NCC,NCCENR,LIBELLE,CAN,COMPARENT\n"
        "COM,59014,32,59,59D,595,1,ANZIN,Anzin,Anzin,5901,\n"
        "COM,59006,32,59,59D,595,0,OREE,Orée de Mormal,L'Orée de Mormal,5901,\n"
        'COMD,59070,,,,,0,BERMERIES,Bermeries,"Bermeries",,59006\n'
        "ARM,75101,11,75,,,0,PARIS,Paris,Paris 1er,,75056\n"
    )
    assert apercu.format == "cog"
    assert "Anciennes communes du territoire : Bermeries (59070, dans 59006)" in str(apercu)
    assert "3 communes absentes de cette liste officielle" in str(apercu).replace("\u00a0", " ")
    assert apercu.hors == 1


def carre(x, y):
    return [[[x, y], [x + 0.1, y], [x + 0.1, y + 0.1], [x, y + 0.1], [x, y]]]


def element(code, nom, coordonnees, sorte="Polygon", cle="code"):
    return {
        "type": "Feature",
        "properties": {cle: code, "nom": nom},
        "geometry": {"type": sorte, "coordinates": coordonnees},
    }


def test_contours_du_territoire_seulement(lire, dossier):
    geojson = {
        "type": "FeatureCollection",
        "features": [
            element("59606", "Valenciennes", carre(3.5123456, 50.3)),
            element("59006", "Amfroipret", carre(3.7, 50.2)),
            element("59070", "Bermeries", carre(3.8, 50.2)),
            element("59122", "Cambrai", carre(3.2, 50.1)),
            element("59014", "Anzin", carre(750000, 7000000)),
            element("59112", "Bruay", [1, 2], "Point"),
        ],
    }
    apercu = lire(json.dumps(geojson), "communes.geojson")
    assert apercu.format == "contours"
    assert (apercu.lues, apercu.reprises, apercu.hors, apercu.refusees) == (6, 3, 1, 2)
    assert "Lambert-93" in str(apercu)
    assert "Bermeries (59070) dans L'Orée de Mormal (59006)" in str(apercu)
    assert "3 communes sans contour" in str(apercu).replace("\u00a0", " ")
    apply(apercu, dossier)
    ecrit = json.loads((dossier / "contours.geojson").read_text(encoding="utf-8"))
    assert {e["properties"]["code"]: e["geometry"]["type"] for e in ecrit["features"]} == {
        "59006": "MultiPolygon",
        "59606": "Polygon",
    }
    assert ecrit["features"][1]["geometry"]["coordinates"][0][0] == [3.51235, 50.3]


def test_un_fichier_sans_annee_la_demande(lire, tableau, valeurs):
    contenu = tableau("CODGEO;NOTE;A;PERCOU;AI", "590140101;0;438;1287;138")
    with pytest.raises(CtgError, match="année"):
        lire(contenu, "iris.csv")
    assert valeurs(lire(contenu, "iris.csv", choix=ChoixImport(annee=2019)), "CAD02") == {("590140101", 2019): 438}
