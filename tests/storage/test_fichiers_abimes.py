"""Chaque fichier abîmé donne sa phrase : quel fichier, quelle ligne, quelle colonne, quelle valeur, quoi attendre."""

import os

import pytest

from ctgkit import storage

STRUCTURES = "structures.csv"


def only(defauts, niveau="erreur"):
    [defaut] = [d for d in defauts if d.niveau == niveau]
    return defaut


@pytest.mark.parametrize(
    ("fichier", "avant", "apres", "ligne", "colonne", "phrase"),
    [
        (STRUCTURES, "280 000", "Entre 200 et 500", 2, "charges_eur", "nombre attendu"),
        (STRUCTURES, "280 000", "1e9", 2, "charges_eur", "nombre attendu"),
        (STRUCTURES, "280 000", "9" * 400, 2, "charges_eur", "nombre attendu"),
        (STRUCTURES, "280 000", "-12", 2, "charges_eur", "valeur négative"),
        (STRUCTURES, "20,5", "−3", 2, "quantite", "valeur négative"),
        (STRUCTURES, "2015-09-01", "2015-13-01", 2, "ouverture", "date attendue"),
        (STRUCTURES, "2015-09-01", "01/09/0215", 2, "ouverture", "date attendue"),
        (STRUCTURES, "31/08/2028", "31/08/2025", 3, "fermeture", "fermeture avant l'ouverture"),
        (STRUCTURES, "public;oui", "public;peut-être", 2, "cofinancee", "oui ou non attendu"),
        (STRUCTURES, "c2;", "c1;", 3, "id", "doublon"),
        (STRUCTURES, "c2;", ";", 3, "id", "cellule obligatoire vide"),
        (STRUCTURES, ";01005;", ";59606;", 3, "code_insee", "commune inconnue"),
        (STRUCTURES, "competence", "competance", 1, "competance", "vouliez-vous dire « competence »"),
        (STRUCTURES, "competence;", "competence;competence;", 1, "competence", "plusieurs fois"),
        (STRUCTURES, "36000\n", "36000;en trop\n", 2, "", "ligne trop longue"),
        (STRUCTURES, ";;280 000;56000.5;36000", "", 2, "", "ligne trop courte"),
        ("communes.csv", "01005", "01004", 3, "code_insee", "doublon"),
        ("communes.csv", "01005", "1 005", 3, "code_insee", "code de commune refusé"),
        ("communes.csv", "45.9956", "459956", 3, "lat", "hors du globe"),
        ("communes.csv", "1897", "1897,5", 3, "population", "nombre entier attendu"),
        ("communes.csv", "1897;2023", "1897;23", 3, "annee_population", "année invraisemblable"),
        ("references.csv", ";statut\n", ";statut\nplaine;eaje;2024;1;x;officiel\n", 3, "competence", "doublon"),
        ("engagements.csv", ";source\n", ";source\nplaine;2024;1;x\n", 3, "competence", "doublon"),
        ("indicateurs.csv", "61,2;publie", ";publie", 2, "valeur", "valeur absente"),
        ("indicateurs.csv", ";;masque", ";3;masque", 3, "valeur", "valeur présente malgré le statut"),
        ("indicateurs.csv", ";masque", ";masqué", 3, "statut", "vouliez-vous dire « masque »"),
    ],
)
def test_une_cellule_fautive(verifie, fichier, *, avant, apres, ligne, colonne, phrase):
    defauts = [d for d in verifie(fichier, remplace={avant: apres}) if d.fichier == fichier]
    lieux = [(d.ligne, d.colonne) for d in defauts if phrase in str(d)]
    assert lieux == [(ligne, colonne)], [str(d) for d in defauts]


def test_la_phrase_entiere(verifie):
    [defaut] = verifie(STRUCTURES, remplace={"280 000": "Entre 200 et 500"})
    assert str(defaut) == (
        "structures.csv, ligne 2, « charges_eur » : nombre attendu. Valeur lue : « Entre 200 et 500 ». "
        "Attendu : un seul nombre, par exemple 1 234,50 ; vide si inconnu."
    )


def test_tous_les_defauts_d_un_coup(verifie):
    defauts = verifie(
        STRUCTURES,
        remplace={"20,5": "-1", "280 000": "beaucoup", "01005": "99999", "01/09/2026": "bientôt", "eaje": ""},
    )
    assert [(d.ligne, d.colonne) for d in defauts] == [
        (2, "charges_eur"),
        (2, "type"),
        (2, "quantite"),
        (3, "ouverture"),
        (3, "code_insee"),
    ]


def test_colonne_manquante(verifie):
    defaut = only(verifie(STRUCTURES, remplace={";reference_eur": "", ";36000": "", "2028;;;": "2028;;"}))
    assert (defaut.colonne, defaut.constat) == ("reference_eur", "colonne manquante")


def test_une_reference_d_avant_la_colonne_periode_se_lit_encore(verifie):
    """Un dossier ou une sauvegarde d'avant n'a pas cette colonne : ses montants sont par an."""
    assert not [d for d in verifie("references.csv") if d.niveau == "erreur"]


def test_une_periode_hors_de_la_liste_est_refusee(verifie):
    remplace = {"montant_eur;": "montant_eur;periode;", "57000;": "57000;mois;"}
    defaut = only(verifie("references.csv", remplace=remplace))
    assert (defaut.colonne, defaut.valeur, defaut.constat) == ("periode", "mois", "période inconnue")


@pytest.mark.parametrize(("signe", "nom"), [(",", "virgule"), ("\t", "tabulation")])
def test_un_autre_separateur_donne_une_seule_erreur(verifie, plaine, signe, nom):
    texte = (plaine / "engagements.csv").read_text().replace(";", signe)
    [defaut] = verifie("engagements.csv", texte.encode())
    assert f"séparateur {nom} au lieu du point-virgule" in str(defaut)


def test_encodage_windows_jamais_de_texte_abime(verifie, plaine):
    [defaut] = verifie(STRUCTURES, (plaine / STRUCTURES).read_text(encoding="utf-8").encode("cp1252"))
    assert "encodage Windows (cp1252) détecté" in str(defaut)
    assert (defaut.ligne, "Crèche" in defaut.valeur, "UTF-8" in defaut.attendu) == (2, True, True)


def test_un_texte_deja_abime_est_signale(verifie):
    avis = only(verifie(STRUCTURES, remplace={"Crèche": "CrÃ¨che"}), "avis")
    assert "mal décodé" in avis.constat
    assert avis.ligne == 2


@pytest.mark.parametrize(
    ("octets", "phrase"),
    [
        (b"", "fichier vide"),
        (b"\xef\xbb\xbf\r\n  \r\n", "fichier vide"),
        (b"competence;annee;credits_eur;source\nplaine;20\x0024;1;x\n", "caractère de contrôle invisible"),
        ("competence;annee".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04 un classeur", "classeur"),
        (b'competence;annee;credits_eur;source\n"plaine;2024;1;x\n', "guillemet ouvert et jamais refermé"),
        (b'competence;annee;credits_eur;source\n"pl"aine;2024;1;x\n', "guillemet mal placé"),
        (b"competence;annee;credits_eur;source;\nplaine;2024;1;x;perdu\n", "cellule sans titre de colonne"),
        (b"competence;annee;credits_eur;source\n" + b"\n" * 300_000, "tableau trop grand"),
        (b"\xff\x81\x8d", "encodage illisible"),
    ],
)
def test_un_fichier_qui_n_est_pas_un_tableau(verifie, octets, phrase):
    assert phrase in str(only(verifie("engagements.csv", octets)))


def test_le_guillemet_ouvert_est_montre_a_sa_ligne(verifie):
    defaut = only(verifie(STRUCTURES, remplace={'"Halte ; garderie"': '"Halte ; garderie'}))
    assert (defaut.ligne, defaut.valeur[:14]) == (3, 'c2;"Halte ; ga')


def test_zero_perdu_et_inconnu_reste_une_erreur(verifie):
    defaut = only(verifie(STRUCTURES, remplace={";01005;": ";9999;"}))
    assert (defaut.constat, defaut.valeur) == ("commune inconnue", "9999")


def test_zero_perdu_partout_se_retablit_partout(verifie, plaine):
    (plaine / "communes.csv").write_text((plaine / "communes.csv").read_text().replace("\n01", "\n1"))
    defauts = verifie(STRUCTURES, remplace={";01004;": ";1004;"})
    assert {(d.fichier, d.niveau) for d in defauts} == {("communes.csv", "avis"), (STRUCTURES, "avis")}
    assert storage.load_territoire("plaine").communes["code_insee"].tolist() == ["01004", "01005"]


def test_une_commune_absente_de_la_liste_nationale_est_signalee(verifie):
    avis = only(verifie("communes.csv", remplace={"01005": "01999"}), "avis")
    assert "absent de la liste nationale" in avis.constat


def test_deux_fois_le_meme_code_apres_reparation(verifie):
    defauts = verifie("communes.csv", remplace={"01005": "1004"})
    assert [d.constat for d in defauts if d.fichier == "communes.csv" and d.niveau == "erreur"] == ["doublon"]


def test_type_et_unite_selon_les_services_du_droit(verifie):
    assert verifie(STRUCTURES) == []
    assert only(verifie(STRUCTURES, remplace={"eaje": "centre_social"}), "avis").valeur == "centre_social"
    assert "vouliez-vous dire « eaje »" in str(only(verifie(STRUCTURES, remplace={"eaje": "eajes"}), "avis"))
    assert only(verifie(STRUCTURES, remplace={"places": "heures"})).attendu == "places pour eaje"


def test_une_structure_notifiee_inconnue_est_signalee(verifie):
    avis = only(verifie("notifications.csv", remplace={"c1;": "c9;"}), "avis")
    assert (avis.constat, avis.valeur) == ("structure inconnue", "c9")


def test_une_competence_presque_juste_est_signalee(verifie):
    avis = only(verifie("references.csv", remplace={"plaine;": "plainne;"}), "avis")
    assert "vouliez-vous dire « plaine »" in avis.attendu


def test_un_statut_presque_juste_est_signale_les_autres_sont_libres(verifie):
    assert "officiel" in only(verifie("references.csv", remplace={"officiel": "oficiel"}), "avis").attendu
    assert verifie("references.csv", remplace={"officiel": "vu en comité"}) == []


def test_cent_fois_le_meme_defaut_puis_un_compte(verifie):
    lignes = "".join(f"k{i};2024;-1;x\n" for i in range(250))
    defauts = verifie("engagements.csv", f"competence;annee;credits_eur;source\n{lignes}".encode())
    assert len(defauts) == 101
    assert defauts[-1].constat == "valeur négative : encore 150 fois"


def test_un_fichier_de_60_mo_est_refuse(verifie, plaine):
    with open(plaine / STRUCTURES, "r+b") as flux:
        flux.truncate(60 * 1024 * 1024)
    [defaut] = storage.verify("plaine")
    assert (defaut.constat, defaut.attendu, defaut.valeur) == ("fichier trop gros", "au plus 50 Mo", "60,0 Mo")


def test_un_dossier_a_la_place_d_un_fichier(verifie, plaine):
    (plaine / STRUCTURES).unlink()
    (plaine / STRUCTURES).mkdir()
    assert [d.constat for d in storage.verify("plaine")] == ["c'est un dossier"]


def test_un_lien_en_boucle(plaine):
    (plaine / STRUCTURES).unlink()
    (plaine / STRUCTURES).symlink_to(plaine / STRUCTURES)
    assert [d.constat for d in storage.verify("plaine")] == ["lien symbolique en boucle"]


def test_un_tube_ne_bloque_pas(plaine):
    (plaine / STRUCTURES).unlink()
    os.mkfifo(plaine / STRUCTURES)
    assert [d.constat for d in storage.verify("plaine")] == ["ce n'est pas un fichier ordinaire"]


def test_un_nom_de_fichier_presque_juste_est_signale(plaine):
    (plaine / STRUCTURES).rename(plaine / "structure.csv")
    avis = [d for d in storage.verify("plaine") if d.fichier == "structure.csv"]
    assert [d.constat for d in avis] == ["fichier non lu (vouliez-vous dire « structures.csv » ?)"]


def test_une_valeur_hostile_ne_touche_pas_le_terminal(verifie):
    defaut = only(verifie(STRUCTURES, remplace={"280 000": "\u202e" + "x" * 500}))
    assert defaut.valeur.startswith("\ufffdx")
    assert len(defaut.valeur) <= 60
