"""`ctg importer` : la commande, ses sorties, ses codes de retour."""

import pytest

from ctgkit.__main__ import main
from ctgkit.diagnostic import load_catalogue
from ctgkit.echanges import known_formats

FILO = "\ufeffCODGEO;LIBGEO;Q219;PPSOC19\r\n59014;Anzin;15880;18,0\r\n59606;Valenciennes;;\r\n59122;Cambrai;1;1\r\n"


@pytest.fixture
def ctg(dossier, tmp_path, capsys):
    def run(contenu, *options, nom="FILO2019_DISP_COM.csv"):
        fichier = tmp_path / nom
        fichier.write_bytes(contenu.encode() if isinstance(contenu, str) else contenu)
        code = main(["importer", str(fichier), "--territoire", str(dossier), *options])
        sortie = capsys.readouterr()
        return code, sortie.out.replace("\u202f", " ").replace("\u00a0", " "), sortie.err

    return run


def test_l_essai_montre_et_n_ecrit_pas(ctg, dossier):
    code, sortie, _ = ctg(FILO, "--essai")
    assert code == 0
    assert not (dossier / "indicateurs.csv").exists()
    for attendu in (
        "Insee, Filosofi",
        "Lignes lues : 3, dont 2 du territoire ; 1 hors du territoire",
        "Valeurs : 4, dont 2 masquées",
        "AS01   2019  Niveau de vie médian : 2 communes ; ex. Anzin (59014) : 15 880",
        "indicateurs.csv : 4 ajoutées",
        "Essai : rien n'a été écrit.",
    ):
        assert attendu in sortie


def test_sans_essai_la_commande_ecrit_puis_dit_que_tout_est_a_jour(ctg, dossier):
    code, sortie, _ = ctg(FILO)
    assert (code, "Écrit : indicateurs.csv" in sortie) == (0, True)
    octets = (dossier / "indicateurs.csv").read_bytes()
    code, sortie, _ = ctg(FILO)
    assert (code, "Déjà à jour : indicateurs.csv" in sortie) == (0, True)
    assert (dossier / "indicateurs.csv").read_bytes() == octets


def test_l_exemple_montre_respecte_le_secret(ctg):
    """Trois foyers au RSA : la ligne est écrite, mais l'aperçu ne la montre pas."""
    code, sortie, _ = ctg("dtreffre;numcomdo;indfoy_rsa\n2024-12;59014;3\n2024-12;59606;900\n", "--essai", nom="s.csv")
    assert code == 0
    assert "2 communes ; ex. Valenciennes (59606) : 900" in sortie


def test_rejets_avec_ligne_et_raison(ctg):
    code, sortie, _ = ctg(FILO.replace("15880", "beaucoup"), "--essai")
    assert code == 0
    assert "Rejets : 1" in sortie
    assert "ligne 2, « Q219 » : nombre illisible. Valeur lue : « beaucoup »." in sortie


def test_un_fichier_abime_donne_une_erreur_et_le_code_1(ctg, dossier):
    code, sortie, erreur = ctg(b'CODGEO;Q219;PPSOC19\r\n59014;"15880;18\r\n')
    assert (code, sortie) == (1, "")
    assert "ligne 2" in erreur
    assert "guillemet" in erreur
    assert "Traceback" not in erreur
    assert not (dossier / "indicateurs.csv").exists()


def test_un_fichier_inconnu_guide_vers_la_bonne_commande(ctg, dossier):
    inconnu = "Commune;Année;Foyers bénéficiaires du RSA\nAnzin;2024;120\nValenciennes;2024;900\n"
    code, _, erreur = ctg(inconnu, nom="local.csv")
    assert code == 2
    assert (
        '--lieu "Commune" --colonne "Foyers bénéficiaires du RSA=AD01" --annee-colonne "Année" --source SOURCE'
        in erreur
    )
    options = ["--lieu", "Commune", "--colonne", "Foyers bénéficiaires du RSA=ad01", "--annee-colonne", "Année"]
    assert ctg(inconnu, *options, "--source", "local", nom="local.csv")[0] == 0
    assert "AD01;59014;commune;2024;120;publie;local;" in (dossier / "indicateurs.csv").read_text()
    code, sortie, _ = ctg(inconnu.replace("120", "125"), nom="local.csv")
    assert (code, "1 remplacée" in sortie) == (0, True)


def test_deux_annees_ne_vont_pas_sous_une_meme_option(ctg):
    """Revue d'analyste D11 : la commande proposée rangeait 2021 et 2023 sous un même « --annee »."""
    titres = "Commune;Foyers bénéficiaires du RSA 2021;Foyers bénéficiaires du RSA 2023"
    _, _, erreur = ctg(f"{titres}\nAnzin;120;130\nValenciennes;900;910\n", nom="deux.csv")
    assert [x.split(" --colonne ", 1)[1] for x in erreur.splitlines() if " --colonne " in x] == [
        f'"Foyers bénéficiaires du RSA {annee}=AD01" --annee {annee} --source SOURCE' for annee in (2021, 2023)
    ]


@pytest.mark.parametrize(
    ("options", "dit"),
    [
        (["--format", "filosophi"], "vouliez-vous dire « filosofi »"),
        (["--format", "neet"], "n'a pas les colonnes du format « neet »"),
        (["--lieu", "X", "--colonne", "sans egal"], "illisible"),
        (["--lieu", "CODGEO", "--colonne", "Q219=AS01", "--annee", "2019"], "source"),
    ],
)
def test_mauvaises_options(ctg, options, dit):
    code, _, erreur = ctg(FILO, *options)
    assert code == 2
    assert dit in erreur
    assert "Que faire" in erreur


def test_territoire_ou_fichier_introuvable(tmp_path, dossier, capsys):
    assert main(["importer", str(tmp_path / "absent.csv"), "--territoire", str(dossier)]) == 2
    assert "Fichier introuvable" in capsys.readouterr().err
    assert main(["importer", str(tmp_path), "--territoire", str(dossier)]) == 2
    assert "pas un fichier ordinaire" in capsys.readouterr().err


def test_rien_a_ecrire(ctg, dossier):
    code, sortie, _ = ctg("CODGEO;Q219;PPSOC19\n59122;1;1\n")
    assert (code, "Rien à écrire :" in sortie) == (1, True), "revue d'analyste D11 : rien n'est entré, ce n'est pas 0"
    assert "(1 ligne hors du territoire)" in sortie
    code, sortie, _ = ctg("CODGEO;Q219;PPSOC19\n59014;x;y\n")
    assert (code, "(2 rejets)" in sortie) == (1, True)
    code, sortie, _ = ctg("CODGEO;Q219;PPSOC19\n")
    assert (code, "aucune ligne remplie" in sortie) == (1, True)
    assert not (dossier / "indicateurs.csv").exists()


def test_chaque_format_a_un_code_et_un_libelle():
    codes = [f.code for f in known_formats()]
    assert len(codes) == len(set(codes))
    assert {
        "filosofi",
        "caf-iris",
        "cafdata",
        "taux-couverture",
        "qpv",
        "neet",
        "passage-epci",
        "cog",
        "contours",
    } <= set(codes)
    assert all(f.libelle for f in known_formats())


def declarees():
    return {
        (f.code, m.code): m for f in known_formats() for maille in getattr(f, "mailles", ()) for m in maille.donnees
    }


@pytest.mark.parametrize(("format_", "code"), declarees())
def test_chaque_mesure_declaree_est_au_catalogue_et_s_additionne_comme_lui(format_, code):
    definition = load_catalogue()[code]
    mesure = declarees()[format_, code]
    if format_ != "caf-quotient":
        assert mesure.additive == definition.additif
