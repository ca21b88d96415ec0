"""Filosofi depuis 2021 : une ligne par lieu et par mesure, secret dans CONF_STATUS. Chiffres inventés."""

import io
import zipfile

import pytest

from ctgkit.errors import InvalidFilesError

TETE = "GEO;GEO_OBJECT;FILOSOFI_MEASURE;UNIT_MEASURE;UNIT_MULT;CONF_STATUS;OBS_STATUS;TIME_PERIOD;OBS_VALUE"
LIGNES = (
    "59014;COM;MED_SL;EUR_YR;0;F;A;2023;17120",
    "59014;COM;PR_MD60;PT;0;F;A;2023;31.5",
    "59606;COM;MED_SL;EUR_YR;0;C;M;2023;",
    "59606;COM;NUM_HH;HH;3;F;A;2023;20.5",
    "59606;COM;GI_SL;RATIO;0;F;O;2023;",
    "59606;COM;S_HH_TAX;PT;0;F;A;2023;44.0",
    "245901160;EPCI;MED_SL;EUR_YR;0;F;A;2023;20510",
    "59;DEP;MED_SL;EUR_YR;0;F;A;2023;21730",
    "FM;FRANCE;MED_SL;EUR_YR;0;F;A;2023;25760",
    "00501;UU;MED_SL;EUR_YR;0;F;A;2023;19000",
    "01004;COM;MED_SL;EUR_YR;0;F;A;2023;24000",
)


def essai(*lignes: str, tete: str = TETE, guillemets: bool = True) -> str:
    rangs = [[f'"{c}"' if guillemets else c for c in ligne.split(";")] for ligne in (tete, *lignes)]
    return "\n".join(";".join(r) for r in rangs) + "\n"


def test_chaque_ligne_est_comptee_et_chaque_secret_reste_un_secret(lire, valeurs):
    apercu = lire(essai(*LIGNES), "DS_FILOSOFI_CC_2023_data.csv")
    assert apercu.format == "filosofi-long"
    assert (apercu.lues, apercu.reprises, apercu.hors) == (11, 8, 1)
    assert sum(apercu.ecartees.values()) == 2
    assert valeurs(apercu, "AS01") == {
        ("59014", 2023): 17120,
        ("59606", 2023): "masque",
        ("245901160", 2023): 20510,
        ("59", 2023): 21730,
        ("FR", 2023): 25760,
    }
    assert valeurs(apercu, "AS08") == {("59014", 2023): 31.5}
    assert valeurs(apercu, "CAD10") == {("59606", 2023): 20500}
    assert valeurs(apercu, "AS04") == {("59606", 2023): "a_completer"}
    assert {i.source for i in apercu.lignes} == {"insee-filosofi-2023"}
    assert any("ne pas comparer" in a for a in apercu.avis)


def test_sans_guillemets_avec_des_codes_prefixes_et_la_france_entiere(lire, valeurs):
    lignes = ("2023-COM-59014;COM;MED_SL;;0;F;A;2023;17120", "F;FRANCE;MED_SL;;0;F;A;2023;25800", LIGNES[8])
    apercu = lire(essai(*lignes, guillemets=False))
    assert valeurs(apercu) == {("59014", 2023): 17120, ("FR", 2023): 25800}


def test_un_detail_par_age_n_est_pas_l_ensemble(lire, valeurs):
    tete = TETE.replace("GEO_OBJECT;", "GEO_OBJECT;AGE;")
    lignes = ("59014;COM;_T;MED_SL;EUR_YR;0;F;A;2023;17120", "59014;COM;Y_LT30;MED_SL;EUR_YR;0;F;A;2023;15000")
    apercu = lire(essai(*lignes, tete=tete))
    assert valeurs(apercu) == {("59014", 2023): 17120}
    assert dict(apercu.ecartees) == {"détails par âge, logement ou ménage": 1}


@pytest.mark.parametrize(
    ("ligne", "raison"),
    [
        ("59014;COM;PR_MD60;PT;0;F;A;2023;131.5", "supérieure à 100"),
        ("59014;COM;MED_SL;EUR;0;F;A;hier;17120", "date ou année illisible"),
        ("59x14;COM;MED_SL;EUR;0;F;A;2023;17120", "code de commune illisible"),
        ("59014;COM;MED_SL;EUR;beaucoup;F;A;2023;17120", "UNIT_MULT illisible"),
    ],
)
def test_une_ligne_fausse_est_refusee_avec_sa_raison(lire, ligne, raison):
    apercu = lire(essai(ligne))
    assert apercu.lignes == []
    assert [r.ligne for r in apercu.rejets] == [2]
    assert raison in apercu.rejets[0].raison


def archive(**fichiers: str) -> bytes:
    flux = io.BytesIO()
    with zipfile.ZipFile(flux, "w", zipfile.ZIP_DEFLATED) as z:
        for nom, contenu in fichiers.items():
            z.writestr(nom.replace("__", "."), contenu)
    return flux.getvalue()


def test_l_archive_de_l_insee_se_lit_telle_quelle(lire, valeurs):
    octets = archive(metadata__csv='"COD_VAR";"LIB_VAR"\n"GEO";"Lieu"\n', donnees__csv=essai(*LIGNES))
    apercu = lire(octets, "DS_FILOSOFI_CC_2023_CSV_FR.zip")
    assert apercu.format == "filosofi-long"
    assert valeurs(apercu, "AS08") == {("59014", 2023): 31.5}
    assert apercu.feuilles_ignorees == ("metadata.csv",)


@pytest.mark.parametrize(
    ("octets", "dit"),
    [
        (archive(lisez__moi="rien"), "ni un classeur ni des fichiers CSV"),
        (archive(vide__csv=""), "archive dont les fichiers sont vides"),
        (archive(**{f"f{i}__csv": "a;b" for i in range(25)}), "archive trop grosse"),
        (archive(gros__csv="a;b\n" + "0" * 60_000_000), "sans mesure"),
    ],
)
def test_une_archive_sans_tableau_ou_piegee_est_refusee(lire, octets, dit):
    with pytest.raises(InvalidFilesError, match=dit):
        lire(octets, "archive.zip")
