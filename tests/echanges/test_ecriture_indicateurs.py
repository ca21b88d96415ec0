"""indicateurs.csv : remplacé ligne à ligne, rejouable à l'octet près, jamais à moitié écrit."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctgkit.echanges import apply
from ctgkit.echanges.sorties import LignesIndicateurs
from ctgkit.echanges.tableau.valeurs import ValeurLue
from ctgkit.errors import CtgError
from ctgkit.formats import read_nombre
from ctgkit.storage import load_territoire, verify

FILO = "CODGEO;Q219;PPSOC19"


def test_rejouer_ne_change_pas_un_octet(lire, dossier, tableau):
    contenu = tableau(FILO, "59014;15880;18,0", "59606;23970;")
    premier = apply(lire(contenu), dossier)
    ecrit = (dossier / "indicateurs.csv").read_bytes()
    second = apply(lire(contenu), dossier)
    assert (premier[0].ajoutees, second[0].inchangees, second[0].change) == (4, 4, False)
    assert (dossier / "indicateurs.csv").read_bytes() == ecrit
    assert ecrit.startswith("\ufeffcode;geo;niveau;annee;valeur;statut;source;reference\n".encode())
    assert not [d for d in verify(dossier) if d.niveau == "erreur"]


def test_l_ordre_des_lignes_du_fichier_ne_compte_pas(lire, dossier, ailleurs, tableau):
    direct = lire(tableau(FILO, "59014;15880;18,0", "59606;23970;"))
    inverse = lire(tableau(FILO, "59606;23970;", "59014;15880;18,0"))
    assert direct.sorties[0].merge(None) == inverse.sorties[0].merge(None)


def test_une_valeur_corrigee_remplace_l_ancienne_a_sa_place(lire, dossier, tableau):
    apply(lire(tableau(FILO, "59014;15880;18,0", "59606;23970;")), dossier)
    bilan = apply(lire(tableau(FILO, "59014;15990;18,0", "59606;23970;")), dossier)[0]
    assert (bilan.ajoutees, bilan.remplacees, bilan.inchangees) == (0, 1, 3)
    lignes = (dossier / "indicateurs.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(lignes) == 5
    assert lignes[1].startswith("AS01;59014;commune;2019;15990;publie;")


EXISTANT = (
    "\ufeffcode;geo;niveau;annee;valeur;statut;source;reference;note\r\n"
    'CAD01;59014;commune;;"13 183";publie;convention;"ligne 138, « 13 183 »";relu\r\n'
    "AS01;59014;commune;2019;15 880;publie;insee-filosofi-2019;ancienne référence;à garder\r\n"
    "AS01;59014;commune;2019;15900;publie;autre-source;r;"
)


def test_ce_que_l_import_ne_touche_pas_reste_a_l_octet_pres(lire, dossier, tableau):
    """Colonne libre, guillemets, CRLF, dernière ligne sans retour : rendus tels quels ; même valeur, même référence."""
    (dossier / "indicateurs.csv").write_bytes(EXISTANT.encode())
    apply(lire(tableau(FILO, "59014;15880;18,0")), dossier)
    ecrit = (dossier / "indicateurs.csv").read_bytes().decode()
    assert ecrit.startswith(EXISTANT + "\r\n")
    ajoute = ecrit.removeprefix(EXISTANT + "\r\n")
    assert ajoute == 'AS05;59014;commune;2019;18,0;publie;insee-filosofi-2019;"essai, colonne PPSOC19";\r\n'.replace(
        '"', ""
    )


@pytest.mark.parametrize("abime", ['code;geo\n"', "code;geo;niveau\n", "\xff", ""])
def test_un_indicateurs_csv_abime_n_est_pas_reecrit(lire, dossier, tableau, abime):
    apercu = lire(tableau(FILO, "59014;15880;18,0"))
    (dossier / "indicateurs.csv").write_bytes(abime.encode("latin-1"))
    with pytest.raises(CtgError, match="rien n'est écrit"):
        apply(apercu, dossier)
    assert (dossier / "indicateurs.csv").read_bytes() == abime.encode("latin-1")
    assert [p.name for p in dossier.iterdir() if p.name.endswith(".tmp")] == []


def test_un_apercu_n_ecrit_rien(lire, dossier, tableau):
    avant = sorted(p.name for p in dossier.iterdir())
    assert lire(tableau(FILO, "59014;15880;18,0")).a_ecrire
    assert sorted(p.name for p in dossier.iterdir()) == avant


def test_ce_qui_est_ecrit_se_relit(ecrire, dossier, tableau):
    ecrire(tableau(FILO, "59014;15880;18,0", "59606;s;"))
    lus = {(i.code, i.geo): (i.valeur, i.statut) for i in load_territoire(dossier).indicateurs}
    assert lus == {
        ("AS01", "59014"): (15880, "publie"),
        ("AS01", "59606"): (None, "masque"),
        ("AS05", "59014"): (18, "publie"),
        ("AS05", "59606"): (None, "masque"),
    }


def test_un_nom_de_fichier_ne_devient_pas_une_formule(ecrire, dossier, tableau):
    ecrire(tableau(FILO, "59014;15880;18,0"), "=cmd|calc!A1.csv")
    lignes = (dossier / "indicateurs.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lignes[1].endswith(";'=cmd|calc!A1, colonne Q219")


TEXTES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
LIGNES = st.lists(
    st.builds(
        ValeurLue,
        st.sampled_from(["CAD01", "AS01"]),
        st.sampled_from(["59014", "59606"]),
        st.just("commune"),
        st.sampled_from([None, 2019, 2020]),
        st.floats(-1e6, 1e6),
        st.just("publie"),
        TEXTES,
        TEXTES,
    ),
    max_size=6,
    unique_by=lambda i: (i.code, i.geo, i.annee),
)


@settings(max_examples=150)
@given(LIGNES, LIGNES)
def test_ecrire_deux_fois_revient_a_ecrire_une_fois(premieres, secondes):
    """Quels que soient les textes (guillemets, points-virgules, retours) : mêmes octets au second passage."""
    octets, _ = LignesIndicateurs(tuple(premieres)).merge(None)
    octets, _ = LignesIndicateurs(tuple(secondes)).merge(octets)
    encore, bilan = LignesIndicateurs(tuple(secondes)).merge(octets)
    assert encore == octets
    assert not bilan.change
    relues = list(csv.reader(io.StringIO(octets.decode("utf-8-sig"), newline=""), delimiter=";"))[1:]
    assert all(len(x) == 8 and read_nombre(x[4]) is not None for x in relues)
