"""Le plan : lu du fichier, rejoué avec le journal ; champs, retard, complétude, couverture, différences."""

import re
from datetime import date
from importlib.resources import files

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ctgkit.errors import CtgError
from ctgkit.plan import (
    AXES,
    Constat,
    Fiche,
    Filtre,
    Plan,
    arrange,
    bind,
    champ,
    champs,
    check_frozen,
    compare_plans,
    complete,
    complete_plan,
    count_states,
    cover,
    follow,
    freeze,
    is_late,
    keep,
    progress,
    read_financing,
    read_plan,
    read_value,
    requis,
    state,
    write_value,
)
from ctgkit.plan.completude import check
from ctgkit.plan.differences import merge_rows


def une_fiche(**valeurs):
    return Fiche("F", valeurs)


def test_valenciennes_a_4_plans_10_enjeux_14_objectifs_et_aucune_fiche_inventee(ouvrir):
    plan = ouvrir("valenciennes-metropole").plan
    assert len({e.plan for e in plan.enjeux}) == 4
    assert (len(plan.enjeux), len(plan.objectifs), len(plan.fiches)) == (10, 14, 0)
    assert len(complete_plan(plan).objectifs_sans_fiche) == 14


def test_l_exemple_a_vingt_fiches_dans_tous_les_etats(exemple, jour):
    etats = count_states(exemple.plan, jour)
    assert sum(etats.values()) == 20
    assert all(etats[e] for e in etats), etats


def test_les_treize_champs_requis_sont_ceux_de_la_pratique():
    assert [c.cle for c in requis()] == [
        "code",
        "titre",
        "enjeux",
        "objectifs",
        "statut",
        "constat",
        "descriptif",
        "public",
        "pilote_structure",
        "partenaires",
        "territoire",
        "date_fin",
        "indicateurs",
    ]
    assert all(c.qui and c.libelle and c.section for c in champs().values())


RETARDS = [  # statut, échéance, en retard le 21 novembre 2026
    ("En cours", "2026-11-20", True),
    ("En cours", "2026-11-21", False),
    ("À venir", "2026-10-31", True),
    ("Bloqué", "2026-10-31", True),
    ("Réalisé", "2026-10-31", False),
    ("Abandonné", "2026-10-31", False),
    ("En pause", "2026-10-31", False),
    ("À discuter", "2026-10-31", False),
    ("En cours", None, False),
]


@pytest.mark.parametrize(("statut", "fin", "attendu"), RETARDS)
def test_le_retard_se_calcule(statut, fin, attendu, jour):
    fiche = une_fiche(statut=statut, date_fin=fin)
    assert is_late(fiche, jour) is attendu
    assert state(fiche, jour) == ("En retard" if attendu else statut)


def test_une_fiche_vide_manque_de_tout_et_dit_qui_peut_remplir():
    lu = complete(Plan(), une_fiche())
    assert (lu.remplis, lu.total) == (0, 13)
    assert {c.cle: c.qui for c in lu.manques}["pilote_structure"] == "comité de pilotage"


def test_l_enjeu_vient_de_l_objectif_et_un_indicateur_incomplet_ne_compte_pas(exemple):
    fiche = exemple.plan.fiche("PE-02")
    sans = Fiche("X", {**fiche.valeurs, "indicateurs": [{"libelle": "Places", "cible": 10, "source": "nous"}]})
    assert [c.cle for c in complete(exemple.plan, sans).manques] == ["indicateurs"]
    zero = Fiche(
        "X", {**fiche.valeurs, "indicateurs": [{"libelle": "P", "valeur_initiale": 0, "cible": 1, "source": "n"}]}
    )
    assert complete(exemple.plan, zero).est_prete, "zéro est une valeur de départ, pas un vide"


LECTURES = [  # champ, texte tapé, valeur gardée
    ("budget_total", "12 500,50 €", 12500.5),
    ("budget_total", "1\u202f200", 1200),
    ("date_fin", "31/12/2027", "2027-12-31"),
    ("date_fin", "2027-12-31", "2027-12-31"),
    ("date_fin", "  ", None),
    ("statut", "en cours", "En cours"),
    ("public", "Parents\n\n Jeunes ", ["Parents", "Jeunes"]),
    ("continue", "oui", True),
    ("titre", "{{ 7*7 }} <script>", "{{ 7*7 }} <script>"),
]


@pytest.mark.parametrize(("cle", "texte", "valeur"), LECTURES)
def test_ce_que_l_on_tape_devient_une_valeur(cle, texte, valeur):
    assert read_value(champ(cle), texte) == valeur


@pytest.mark.parametrize(
    ("cle", "texte", "mot"),
    [
        ("budget_total", "Entre 200 et 500", "nombre"),
        ("date_fin", "fin 2027", "JJ/MM/AAAA"),
        ("statut", "Fini", "Réalisé"),
    ],
)
def test_ce_qui_ne_se_lit_pas_se_dit(cle, texte, mot):
    with pytest.raises(CtgError) as erreur:
        read_value(champ(cle), texte)
    assert texte in erreur.value.quoi
    assert mot in erreur.value.que_faire


@given(st.floats(-1e9, 1e9).map(lambda x: round(x, 2)))
def test_un_montant_ecrit_se_relit(montant):
    declare = champ("budget_total")
    assert read_value(declare, write_value(declare, montant)) == pytest.approx(montant)


def test_tout_l_exemple_s_ecrit_et_se_relit_a_l_identique(exemple):
    for fiche in exemple.plan.fiches:
        for c in champs().values():
            if c.type != "tableau":
                texte = fiche[c.cle] if c.type == "codes" else write_value(c, fiche[c.cle])
                assert read_value(c, texte) == fiche[c.cle] or fiche[c.cle] is False, (fiche.code, c.cle)
            for ligne in fiche.rows(c.cle) if c.type == "tableau" else ():
                for col in c.colonnes:
                    relu = read_value(col, write_value(col, ligne.get(col.cle)))
                    assert relu == (ligne.get(col.cle) or relu), (fiche.code, c.cle, col.cle)


def test_la_matrice_montre_les_besoins_sans_action_et_les_actions_sans_besoin():
    plan = Plan(fiches=(une_fiche(constats=["A"], objectifs=["O1"]), Fiche("G", {})))
    matrice = cover(plan, [Constat("A", "a", defavorable=True), Constat("B", "b", defavorable=True), Constat("C", "c")])
    assert [c.code for c in matrice.sans_action] == ["B"]
    assert [f.cle for f in matrice.fiches_sans_constat] == ["G"]
    assert {r.constat.code: r.objectifs for r in matrice.rangs}["A"] == ("O1",)


def test_le_reste_a_couvrir_garde_la_fourchette():
    """160 000 de coût, 52 800 saisis, de 26 000 à 36 000 simulés : de 71 200 à 81 200."""
    fiche = une_fiche(
        budget_total=160000,
        financeurs=[{"financeur": "Caf", "structure": "c"}, {"financeur": "Ville", "montant_eur": 52800}],
    )
    lu = bind(read_financing(fiche), {0: (2027, (26000.0, 36000.0))}, ())
    assert lu.reste == (160000 - 52800 - 36000, 160000 - 52800 - 26000)
    assert "de 71" in lu.reste_ecrit
    assert read_financing(une_fiche(financeurs=[])).reste_ecrit == "budget prévisionnel à saisir"
    assert bind(read_financing(fiche), {0: (2027, (26000.0, None))}, ()).reste is None


def test_les_controles_signalent_sans_corriger(exemple):
    fiche = une_fiche(
        date_debut="2027-01-01",
        date_fin="2030-01-01",
        etapes=[{"libelle": "Fin", "date": "2031-01-01"}],
        territoire=["99999"],
        budget_total=10,
        financeurs=[{"financeur": "Ville", "montant_eur": 50}],
    )
    dits = " ".join(c.phrase for c in check(fiche, exemple.territoire, read_financing(fiche)) if not c.concorde)
    for mot in ("après la fin de la convention", "« Fin »", "99999", "dépassent"):
        assert mot in dits


def test_le_depart_gele_a_la_signature_ne_se_reecrit_plus(exemple, jour):
    exemple.write("plan", "signature", freeze(exemple.plan, jour), "élue", objet="plan")
    fiche = exemple.plan.fiche("PE-02")
    lignes = [dict(i) for i in fiche.rows("indicateurs")]
    lignes[1] = {**lignes[1], "mesures": [*lignes[1]["mesures"], {"date": "2026-11-01", "valeur": 30}]}
    exemple.write("PE-02", "indicateurs", lignes, "pilote")
    lu = progress(exemple.plan, exemple.plan.fiche("PE-02"), lignes[1], jour)
    assert (lu.depart, lu.mesure) == (43, 30)
    assert lu.part == pytest.approx(100 * (30 - 43) / (15 - 43))
    with pytest.raises(CtgError, match="gelé"):
        exemple.write("PE-02", "indicateurs", [{**lignes[0], "valeur_initiale": 5}, lignes[1]], "pilote")
    with pytest.raises(CtgError, match="gelé"):
        check_frozen(exemple.plan, "PE-02", [])


def test_le_suivi_d_une_fiche(exemple, jour):
    lu = follow(exemple.plan.fiche("PE-02"), jour)
    assert (lu.faites, lu.etapes, lu.prochaine, lu.avancement) == (2, 4, "Recrutements", 50)
    assert lu.jour_note == date(2026, 10, 5)


def test_la_difference_entre_deux_versions_se_dit_en_phrases(exemple):
    exemple.write("PE-02", "date_fin", "2028-06-30", "pilote")
    exemple.write(
        "PE-02", "etapes", [{"libelle": "Enquête auprès des parents", "date": "2026-03-24", "fait": False}], "pilote"
    )
    exemple.remove("LO-01", "élue")
    dites = [d.phrase for d in compare_plans(exemple.origin, exemple.plan)]
    assert any("passe de « 31 décembre 2027 » à « 30 juin 2028 »" in d for d in dites), dites
    assert any("retrait de « Recrutements »" in d for d in dites), dites
    assert any("LO-01" in d and "retirée" in d for d in dites), dites
    assert compare_plans(exemple.plan, exemple.plan) == ()


def test_chercher_et_ranger(exemple, jour):
    plan = exemple.plan
    assert [f.code for f in keep(plan, Filtre(recherche="creche EGLANTINE"), jour)] == ["PE-05"]
    assert {f.code for f in keep(plan, Filtre(statut="En retard"), jour)} == {"EN-01", "JE-01", "AV-01"}
    for axe in AXES:
        rangees = {f.cle for c in arrange(plan, plan.fiches, axe, jour) for f in c.fiches}
        assert len(rangees) == 20, axe


def test_deux_mains_dans_un_meme_tableau():
    base = [{"a": 1, "b": 1}, {"a": 2}]
    assert merge_rows(base, [{"a": 9, "b": 1}, {"a": 2}], [{"a": 1, "b": 7}, {"a": 2}]) == [{"a": 9, "b": 7}, {"a": 2}]
    assert merge_rows(base, [{"a": 9, "b": 1}, {"a": 2}], [{"a": 8, "b": 1}, {"a": 2}]) is None
    assert merge_rows(base, [*base, {"a": 3}], [*base, {"a": 4}]) == [*base, {"a": 4}, {"a": 3}]
    assert merge_rows(base, base[:1], [{"a": 5, "b": 1}, {"a": 2}]) is None


@given(
    st.recursive(
        st.none() | st.text(max_size=20) | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_un_plan_mal_forme_ne_casse_pas(contenu):
    plan = read_plan({"fiches": [{"code": "X", **dict.fromkeys(champs(), contenu)}]})
    fiche = plan.fiches[0] if plan.fiches else Fiche("X")
    complete(plan, fiche)
    keep(plan, Filtre(recherche="x"), date(2026, 1, 1))
    follow(fiche, date(2026, 1, 1))


def test_un_territoire_nouveau_a_les_dix_domaines_et_des_exemples_que_le_plan_lit():
    """Décommentés, les exemples du squelette donnent un plan relié de bout en bout."""
    texte = files("ctgkit.storage.territoire").joinpath("squelette/plan.yaml").read_text("utf-8")
    assert len(read_plan(yaml.safe_load(texte)).domaines) == 10
    exemples = re.sub(r": \[\]\n((?:#  .*\n)+)", lambda m: ":\n" + m[1].replace("#  ", "  "), texte)
    plan = read_plan(yaml.safe_load(exemples))
    (fiche,) = plan.fiches
    assert (plan.enjeux_of(fiche), plan.domaines_of(fiche)) == (("E1",), ("petite_enfance",))
