"""Les YAML abîmés : la ligne, ce qui ne va pas et comment l'écrire ; jamais de bombe, jamais d'objet."""

import time

import pytest

from ctgkit import storage

FICHE = "territoire.yaml"


@pytest.mark.parametrize(
    ("avant", "apres", "ligne", "phrase"),
    [
        ("  debut: 2025", "\tdebut: 2025", 8, "tabulation"),
        ("caf:", "cafe:", 6, "vouliez-vous dire « caf »"),
        ("  debut:", "  debutt:", 8, "vouliez-vous dire « debut »"),
        ("nom: Plaine", "nom: Deux: Plaine", 2, "deux-points inattendu"),
        ('siren: "240100883"', "siren: 240 100 88", 4, "numéro Siren refusé"),
        ('departement: "01"', "departement: Ain", 5, "département inconnu"),
        ("type: epci", "type: agglo", 3, "epci et commune"),
        ("nature: reel", "nature: réel", 15, "vouliez-vous dire « reel »"),
        ("annee_reference: 2024", "annee_reference: 24", 13, "année invraisemblable"),
        ("annee_reference: 2024", "annee_reference: N-1", 13, "nombre entier attendu"),
        ("fin: 31/12/2029", "fin: 31/12/2024", 9, "fin avant le début"),
        ("fin: 31/12/2029", "fin: fin 2029", 9, "date attendue"),
        ("code: plaine", "code: ../plaine", 1, "code de territoire refusé"),
        ("code: plaine\n", "", 1, "clé obligatoire absente"),
        ("nom: Plaine de l'Ain", "nom: [Plaine, Ain]", 2, "texte attendu"),
        ("caf: Caf de l'Ain", "nom: Ain", 6, "clé présente plusieurs fois"),
        ("caf: Caf de l'Ain", "caf: *inconnu", 6, "renvoi YAML"),
        ("caf: Caf de l'Ain", "caf: !!python/object/apply:os.system [ls]", 6, "étiquette YAML"),
        ("caf: Caf de l'Ain", "caf: @Ain", 6, "signe réservé"),
        ("faits:\n", "faits: aucun\nfait:\n", 16, "une liste est attendue"),
        ("ligne: 12}", "ligne: douze}", 17, "nombre entier attendu"),
        ("cle: etp, ", "", 17, "clé obligatoire absente"),
        ("nature: reel", "---\nnature: reel", 16, "plusieurs documents"),
    ],
)
def test_la_fiche_abimee(verifie, avant, apres, ligne, phrase):
    defauts = verifie(FICHE, remplace={avant: apres})
    assert any(phrase in str(d) for d in defauts), [str(d) for d in defauts]
    assert [d.ligne for d in defauts if phrase in str(d)] == [ligne]
    assert {d.fichier for d in defauts} == {FICHE}


@pytest.mark.parametrize(
    ("fichier", "texte", "ligne", "phrase"),
    [
        ("plan.yaml", "fiches:\n- code: F1\n  objectif: O9\n", 3, "renvoi à un code qui n'existe pas"),
        ("plan.yaml", "objectifs:\n- code: O1\n  enjeu: E9\n", 3, "renvoi à un code qui n'existe pas"),
        ("plan.yaml", "objectifs: [{code: O1}]\nfiches:\n- code: F1\n  objectif: [O1, O2]\n", 4, "« O2 »"),
        ("plan.yaml", "enjeux:\n- titre: sans code\n", 2, "élément sans code"),
        ("plan.yaml", "enjeux:\n- code: E1\n- code: E1\n", 3, "code en double"),
        ("plan.yaml", "fiche: []\n", 1, "vouliez-vous dire « fiches »"),
        ("plan.yaml", "- F1\n", 1, "des clés sont attendues"),
        ("plan.yaml", "fiches: beaucoup\n", 1, "une liste est attendue"),
        ("gouvernance.yaml", "comité: []\n", 1, "vouliez-vous dire « comites »"),
        ("relations.yaml", "relations: oui\n", 1, "une liste est attendue"),
        ("relations.yaml", "- population\n", 1, "des clés sont attendues"),
        ("parametres_locaux.yaml", "3600\n", 1, "des clés sont attendues"),
        ("parametres_locaux.yaml", "parametres: 3600\n", 1, "des clés sont attendues"),
        ("parametres_locaux.yaml", "parametres:\n  eaje.planche: 3\n", 2, "eaje.plancher"),
        ("parametres_locaux.yaml", "eaje.plancher: {valeurs: {2025-01-01: beaucoup}}\n", 1, "n'est pas un nombre"),
        ("parametres_locaux.yaml", "eaje.plancher: {unite: [a], valeurs: {2025-01-01: 1}}\n", 1, "mal écrit"),
        ("plan.yaml", 'enjeux:\n- code: "E1\n', 3, "guillemet ouvert"),
        ("plan.yaml", "enjeux:\n- code: E1\n   titre: x\n", 3, "deux-points inattendu"),
        ("plan.yaml", "a: [1, 2\nb: 3\n", 2, "crochet ou accolade mal refermé"),
        ("plan.yaml", "? [a, b]\n: 1\n", 1, "une clé doit être un mot"),
    ],
)
def test_une_annexe_abimee(verifie, fichier, texte, ligne, phrase):
    [defaut] = verifie(fichier, texte.encode())
    assert phrase in str(defaut)
    assert (defaut.fichier, defaut.ligne) == (fichier, ligne)


@pytest.mark.parametrize(
    ("octets", "phrase"),
    [
        (b"a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n", "renvoi YAML"),
        (b"[" * 5_000_000, "trop de niveaux"),
        (b"- " * 2_000_000, "trop de niveaux"),
        (b"- a\n" * 1_200_000, "fichier trop long"),
        (b"a: " + b"x" * (6 * 1024 * 1024), "fichier trop gros"),
        (b"a: \x07", "caractère de contrôle"),
        ("é: 1".encode("cp1252"), "cp1252"),
    ],
)
def test_les_bombes_sont_refusees_sans_attendre(verifie, octets, phrase):
    debut = time.process_time()
    [defaut] = verifie("gouvernance.yaml", octets)
    assert phrase in str(defaut)
    assert time.process_time() - debut < 5


@pytest.mark.parametrize("texte", ["", "# rien encore\n", "~\n", "---\n"])
def test_une_annexe_vide_ne_dit_rien_de_faux(verifie, texte):
    assert verifie("gouvernance.yaml", texte.encode()) == []
    assert dict(storage.load_territoire("plaine").gouvernance) == {}


def test_une_fiche_vide_ou_absente(verifie, plaine):
    assert [d.constat for d in verifie(FICHE, b"")] == ["fichier vide"]
    (plaine / FICHE).unlink()
    assert [d.constat for d in storage.verify("plaine")] == ["fichier absent, ou lien symbolique cassé"]


def test_le_code_d_un_dossier_renomme_est_signale(verifie, plaine):
    plaine.rename(plaine.parent / "ain")
    [avis] = storage.verify("ain")
    assert (avis.niveau, avis.attendu) == ("avis", "code: ain")
