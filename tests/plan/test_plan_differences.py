"""Ce qui a changé entre deux versions d'un plan se lit comme une phrase, avec des noms plutôt que des codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outils import lu

from ctgkit.plan import Fiche, Plan, compare_plans

COMMUNES = {"00001": "Vermontel", "00002": "Aubrelle"}
CAS = {
    ("theme", ("jeunesse",)): "« Domaine » : ajout de « Jeunesse » ; retrait de « Petite enfance ».",
    ("territoire", ("00001",)): "« Communes concernées » : retrait de « Aubrelle, 00003 et 00007 ».",
    ("public", ()): "« Public » est vidé ; il valait « Parents en horaires atypiques, Parents isolés ».",
    ("budget_total", 150000): "« Budget prévisionnel (€) » passe de « 142 000 € » à « 150 000 € ».",
    ("date_fin", "2028-06-30"): "« Échéance » passe de « 31 décembre 2027 » à « 30 juin 2028 ».",
    ("continue", True): "« Action menée en continu » passe de « non » à « oui ».",
    ("statut", "Bloqué"): "« Avancement » passe de « En cours » à « Bloqué ».",
    ("liens_fiches", ("PE-01",)): "« Fiches liées » : retrait de « PE-06 Garde réactive au retour à l'emploi ».",
}


@pytest.mark.parametrize("cas", CAS, ids=lambda c: c[0])
def test_un_changement_se_dit_en_une_phrase(exemple, cas):
    avant, (champ, valeur) = exemple.plan, cas
    exemple.write("PE-02", champ, list(valeur) if isinstance(valeur, tuple) else valeur, "élue")
    (dite,) = compare_plans(avant, exemple.plan, COMMUNES)
    assert lu(dite.phrase) == f"Fiche PE-02, {CAS[cas]}"


def test_une_ligne_de_tableau_se_dit_par_son_nom_et_ses_cases(exemple):
    avant = exemple.plan
    budget = [dict(x) for x in avant.fiche("PE-02")["budget"]]
    budget[0]["realise"] = 9000
    notes = [*avant.fiche("PE-02")["notes_suivi"], {"date": "2026-10-06", "note": "Suite"}]
    exemple.write_all([("PE-02", "budget", budget), ("PE-02", "notes_suivi", notes)], "élue")
    assert [lu(d.phrase) for d in compare_plans(avant, exemple.plan)] == [
        "Fiche PE-02, « Budget par année » : « 2026 », réalisé de vide à « 9 000 ».",
        "Fiche PE-02, « Notes de suivi » : ajout de « 6 octobre 2026 ».",
    ]


def test_deux_longs_textes_montrent_l_endroit_qui_change():
    debut = "Un long constat qui commence toujours de la même façon, et que l'on a écrit ensemble en atelier, "
    avant, apres = (Plan(fiches=(Fiche("A", {"constat": debut + fin}),)) for fin in ("avec la Caf.", "avec la ville."))
    (dite,) = compare_plans(avant, apres)
    assert dite.phrase.endswith("avec la Caf. » à « …en atelier, avec la ville. ».")


def test_un_objectif_qui_change_d_enjeu_se_dit(exemple):
    avant = exemple.plan
    exemple.write("E1-S1", "enjeux", ["E2"], "élue", objet="objectif")
    exemple.write("E1", "titre", "Autrement", "élue", objet="enjeu")
    dits = [d.phrase for d in compare_plans(avant, exemple.plan)]
    assert dits[0].startswith("L'enjeu E1 s'appelle « Autrement » ; il s'appelait « Accueillir")
    assert dits[1] == "L'objectif E1-S1, « enjeux » : ajout de « E2 » ; retrait de « E1 »."


@given(st.text(max_size=300), st.text(max_size=300))
def test_deux_textes_quelconques_se_disent_toujours(un, autre):
    dits = compare_plans(Plan(fiches=(Fiche("A", {"constat": un}),)), Plan(fiches=(Fiche("A", {"constat": autre}),)))
    assert len(dits) == (un != autre and (un or None) != (autre or None))
    assert all("\n" not in d.phrase for d in dits)
