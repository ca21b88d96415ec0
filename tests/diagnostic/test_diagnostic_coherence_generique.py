# ruff: noqa: E501 — des phrases de document, une par cas
"""Les règles sur des territoires jamais vus : chaque faute est trouvée, un territoire juste ne dit rien."""

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctgkit.diagnostic import check_coherence, load_catalogue
from ctgkit.diagnostic.coherence import NIVEAUX
from ctgkit.errors import CtgError
from ctgkit.formats import read_nombre
from ctgkit.territoire import (
    Commune,
    Comparateur,
    Convention,
    Fait,
    Indicateur,
    Manque,
    Table,
    Territoire,
)

EPCI = "243500000"
COMMUNES = ("35001", "35002", "35003")


def territoire(lignes=(), **reste):
    communes = Table.of(Commune, [Commune(c, f"Commune {c}") for c in COMMUNES])
    return Territoire(
        "ailleurs",
        "Ailleurs",
        siren=EPCI,
        comparateur=Comparateur("35", "Ille-et-Vilaine"),
        communes=communes,
        indicateurs=Table.of(Indicateur, lignes),
        **reste,
    )


def lire(texte: str) -> list[Indicateur]:
    """`AV01 15` ; en option `@2022`, `>35001` (lieu), `#source`, `« libellé »`."""
    lignes = []
    for brut in filter(None, (x.strip() for x in texte.strip().splitlines())):
        code, valeur = brut.split()[:2]
        annee = re.search(r"@(\d{4})", brut)
        lieu = re.search(r">(\S+)", brut)
        source = re.search(r"#(\S+)", brut)
        dit = re.search(r"«.*»", brut)
        geo = lieu.group(1) if lieu else EPCI
        niveau = "commune" if geo in COMMUNES else "departement" if geo == "35" else "epci"
        lignes.append(
            Indicateur(
                code,
                geo,
                niveau,
                int(annee.group(1)) if annee else None,
                read_nombre(valeur),
                "publie",
                source.group(1) if source else "convention",
                f"ligne 1, {dit.group()}" if dit else "ligne 1",
            )
        )
    return lignes


def alertes(texte="", **reste):
    return check_coherence(territoire(lire(texte), **reste))


def dit(alerte) -> str:
    return re.sub(r"[\u00a0\u202f]", " ", f"{alerte.niveau} {alerte.titre} | {alerte.calcul}")


FAUX = [
    ("AV01 7\nAV02 3\nAV09 11", "E", "7 + 3 = 10, le document dit 11"),
    ("PA01 800\nPA02 200\nPA03 27", "E", "200 / 800 = 25,0 %, le document dit 27 %"),
    ("EN01 1000 @2023\nCAD01 10000 @2023\nEN02 10,1 @2023", "E", "1 000 / 10 000 = 10,0 %, le document dit 10,1 %"),
    ("EN01 1000 @2023\nCAD01 9800 @2021\nEN02 11,2 @2023", "D", "le document dit 11,2 %"),
    ("CAD12 1000\nCAD13 500\nCAD14 200\nLO02 300\nCAD06 2100", "E", "= 2 000, le document dit 2 100"),
    (
        "PE01 100 @2022\nEN01 300 @2022\nJE01 150 @2022\nJE02 120 @2022\nCAD15 700 @2022",
        "E",
        "= 670, le document dit 700",
    ),
    ("PE01 640 @2022\nPE01 655 @2022", "E", "640 enfants (2022) ≠ 655 enfants (2022)"),
    ("PE01 640 @2022\nPE01 655", "D", "655 enfants (année non écrite)"),
    ("PE01 640 @2022 #caf\nPE01 655 @2022 #insee", "I", "640 enfants (2022) ≠ 655 enfants (2022)"),
    ("PE01 6164 @2021 #convention\nPE01 6164 @2022 #deliberation", "I", "6 164 est écrit pour 2021"),
    ("PE01 640 @2022 « 640 enfants en 2021 »", "L", "2021 dans le libellé, 2022 dans le tableau"),
    ("PE15 4\nPE23 6", "P", "6 structures, pour 4 structures en tout"),
    ("CAD02 2500 @2022\nCAD03 2300 @2022", "P", "2 500 foyers, pour 2 300 personnes"),
    ("AS01 20000 @2019\nAS02 22000 @2019", "P", "plus que « niveau de vie médian »"),
    ("PE03 58 @2022\nPE04 30 @2022\nPE05 40 @2022", "P", "30 + 40 = 70,0, pour 58 places"),
    ("JE01 900 @2022\nJE01 850 @2022 >35", "P", "plus que tout Ille-et-Vilaine"),
    ("JE08 7", "P", "7 communes, le territoire en compte 3"),
    ("AV09 4\nAV10 45", "D", "45 % × 4 = 1,80 ; 1 / 4 = 25,0 % et 2 / 4 = 50,0 %"),
    (
        "PE01 300 @2022\nEN01 1200 @2022\nJE01 500 @2022\nJE02 450 @2022\nJE03 100 @2022\nPE10 40 @2022\nEN04 42 @2022\nJE06 45 @2022\nPA09 500 @2022",
        "D",
        "hors des groupes : de 40 % à 45 %",
    ),
    ("PA01 1000\nCAD12 2400000", "P", "2 400 000 / 1 000 = 2 400 €"),
    ("EN02 10,6\nEN01 1060\nCAD01 9800\nJE01 500\nJE02 300\nJE03 150\nJE04 9,5", "D", "supposent un même dénominateur"),
    ("JE01 4321 « jeunes de 12 à 16 ans »\nJE01 4321 « jeunes de 12 à 15 ans »", "L", "deux tranches d’âge"),
    ("PE01 4321 « familles »", "L", "se compte en enfants"),
    ("PA08 4321\nPA09 4321", "L", "4 321 sous deux libellés"),
    ("PE14 40,5\nPE14 38,2 >35\nPE22 2,3", "L", "est exactement l’évolution écrite"),
    ("PE01 500 @2017\nPE01 400 @2022\nPE02 -25 @2022", "E", "= −20,0 % de 2017 à 2022, le document dit −25 %"),
    ("PE10 0,45 @2022\nPE10 38 @2022 >35", "P", "une fraction au lieu d’un pourcentage"),
    ("PA03 135", "P", "plus de 100 %"),
    ("AV01 3,5", "P", "n’est pas entier"),
    ("PE01 -3", "P", "un nombre négatif"),
    ("PA01 300 @2022\nPA02 400 @2022", "P", "400 familles, pour 300 familles en tout"),
    (
        "PE10 60 @2022\nPE10 20 @2022 >35001\nPE10 30 @2022 >35002\nPE10 40 @2022 >35003",
        "E",
        "de 20 % à 40 % dans les communes",
    ),
    (
        "PE01 600 @2022\nPE01 100 @2022 >35001\nPE01 200 @2022 >35002\nPE01 250 @2022 >35003",
        "E",
        "somme des communes = 550",
    ),
    ("AV01 7\nAV09 5\n", "P", "7 = 7, le document dit 5 en tout"),
]


@pytest.mark.parametrize(("texte", "niveau", "extrait"), FAUX)
def test_une_faute_est_signalee(texte, niveau, extrait):
    assert [a for a in alertes(texte) if a.niveau == niveau and extrait in dit(a)], [dit(a) for a in alertes(texte)]


JUSTE = [
    "AV01 7\nAV02 3\nAV09 10",
    "PA01 800\nPA02 200\nPA03 25",
    "PA01 21685\nPA02 7680\nPA03 35,4",
    "EN01 1000 @2023\nCAD01 10000 @2021\nEN02 10 @2023",
    "EN01 1000 @2022\nCAD01 10000 @2021\nEN02 9,7 @2023",
    "PE01 640 @2021\nPE01 655 @2022",
    "PE03 50,3 @2022\nPE03 50,3",
    "PE03 50 @2022\nPE03 50,3 @2022 #caf",
    "PE10 35,8\nPA03 35,8",
    "PA05 4,8\nPE13 -4,8",
    "PE12 571 @2022\nPE13 -4,8",
    "AV01 4\nPA11 4",
    "PA08 4300\nPA09 4300",
    "PE01 640 « enfants de 0 à 3 ans »",
    "PE01 500 @2017\nPE01 400 @2022\nPE02 -20 @2022",
    "PE01 500 @2017\nPE01 600 @2018\nPE01 400 @2022\nPE02 -20 @2022",
    "PE03 120",
    "PE02 150 @2022",
    "AV01 7\nAV09 10",
    "PE10 30 @2022\nPE10 20 @2022 >35001\nPE10 40 @2022 >35002",
    "PE01 550 @2022 #cafdata-2022\nPE01 100 @2022 >35001 #cafdata-2022\nPE01 200 @2022 >35002 #cafdata-2022\n"
    "PE01 245 @2022 >35003 #cafdata-2022",
    "JE02 7173 « jeunes de 16 à 19 ans »\nJE03 1276 « jeunes de 20 à 24 ans »\nJE14 8449 « jeunes de 16 à 25 ans »",
    "CAD01 10000 @2020\nCAD01 10100 @2021\nCAD01 10200 @2022",
    "CAD03 108996\nCAD01 192075\nCAD04 57",
    "EN02 10,6\nEN01 1060",
    "CAD01 10230 @2021 #insee\nCAD01 10230 @2022 #insee",
    "PE01 6200 @2021 #convention\nPE01 6200 @2022 #deliberation",
    "PE01 640 @2022 « 640 enfants en 2022 »",
    "PE01 2022 @2021 « 2022 enfants »",
    "PA05 4,8 @2021 « entre 2018 et 2021 »",
    "PE15 4\nPE23 4",
    "PE03 70 @2022\nPE04 30 @2022\nPE05 40,1 @2022",
    "PE03 58 @2022\nPE04 30 @2022\nPE05 40 @2021",
    "JE01 800 @2022\nJE01 850 @2022 >35",
    "JE01 900 @2022\nJE01 850 @2021 >35",
    "JE08 3",
    "AV09 4\nAV10 75",
    "AV09 16\nAV10 38",
    "PE01 312 @2022\nPE10 40 @2022",
    "PE01 300 @2022\nEN01 1200 @2022\nJE01 500 @2022\nJE02 450 @2022\nJE03 100 @2022\nPE10 40 @2022\nEN04 42 @2022\nJE06 45 @2022\nPA09 1080 @2022",
    "PA01 1000\nCAD12 400000",
]


@pytest.mark.parametrize("texte", JUSTE)
def test_ce_qui_est_juste_ne_dit_rien(texte):
    assert not [dit(a) for a in alertes(texte)]


RELATIONS = [
    (
        {
            "regle": "inclusion",
            "elements": {"liste": ["Santé", "Jeunesse"]},
            "dans": {"liste": ["jeunesse", "logement"]},
        },
        "pas dans « dans » : Santé",
    ),
    ({"regle": "somme", "total": 20, "parties": [7, 12]}, "7 + 12 = 19, le document dit 20"),
    ({"regle": "somme", "total": "AV09", "parties": ["AV01", "AV02"]}, "7 + 3 = 10, le document dit 11"),
    ({"nature": "somme", "resultat": {"code": "AV09"}, "termes": [{"code": "AV01"}, {"code": "AV02"}]}, "= 10"),
    (
        {"regle": "part", "part": "10,6 %", "numerateur": 20729, "denominateur": 192075},
        "10,8 %, le document dit 10,6 %",
    ),
    ({"regle": "part", "part": "10,0 %", "numerateur": 1040, "denominateur": 10000}, "= 10,4 %"),
    ({"regle": "part", "part": 45, "denominateur": {"valeur": 35, "unite": "communes"}}, "45 × 35 = 15,75"),
    ({"regle": "part", "part": "14,3 %", "numerateur": 6164, "denominateur": "inconnu"}, "entre 42 955 et 43 256"),
    (
        {
            "regle": "part",
            "part": 50,
            "numerateur": {"valeur": 50, "unite": "enfants"},
            "denominateur": {"valeur": 100, "unite": "familles"},
        },
        "50 enfants sur 100 familles",
    ),
    ({"regle": "meme_notion", "valeurs": [12, 14]}, "12 ≠ 14"),
    ({"regle": "moyenne", "ensemble": "50 %", "groupes": ["20 %", "40 %"], "partition": True}, "hors des groupes"),
    ({"regle": "evolution", "taux": "-5 %", "avant": 100, "apres": 80}, "= −20,0 %, le document dit"),
    ({"regle": "tendances", "valeurs": [{"valeur": 0, "texte": "stable"}, -20]}, "stable"),
    ({"regle": "formule", "formule": "AV09 = AV01 + AV02"}, "7 + 3 = 10, le document dit 11"),
    ({"regle": "compte", "annonce": {"valeur": 4, "libelle": "axes"}, "liste": ["a", "b", "c"]}, "dans la liste : 3"),
    ({"regle": "compte", "annonce": {"valeur": 5, "libelle": "communes"}, "liste": "communes"}, "dans la liste : 3"),
    ({"regle": "dates", "dates": [{"date": "2025-06-11"}, {"date": "2025-01-01"}]}, "1er janvier 2025"),
    (
        {"regle": "titres", "titres": [{"numero": n, "titre": f"Titre {n}"} for n in (1, 2, 4)]},
        "après annexe 2 vient annexe 4",
    ),
    (
        {"regle": "renvois", "titres": [{"numero": n, "titre": "x"} for n in (1, 2)], "renvois": [{"vers": 3}]},
        "l’annexe 3",
    ),
]
DONNEES = "AV01 7\nAV02 3\nAV09 11\n"


@pytest.mark.parametrize(("relation", "extrait"), RELATIONS)
def test_une_relation_declaree_fausse_se_signale(relation, extrait):
    trouvees = alertes(DONNEES, relations=(relation,))
    assert [a for a in trouvees if extrait in dit(a)], [dit(a) for a in trouvees]


JUSTES = [
    {"regle": "somme", "total": 19, "parties": [7, 12]},
    {"regle": "part", "part": "10,8 %", "numerateur": 20729, "denominateur": 192075},
    {"regle": "part", "part": "38,3 %", "numerateur": 2243, "denominateur": 5853},
    {"regle": "part", "part": 40, "denominateur": 35},
    {"regle": "meme_notion", "valeurs": ["50,3 %", "50 %"]},
    {"regle": "moyenne", "ensemble": "30 %", "groupes": ["20 %", "40 %"]},
    {"regle": "evolution", "taux": "-4,8 %", "avant": 600, "apres": 571},
    {"regle": "tendances", "valeurs": [-3, 2]},
    {"regle": "compte", "annonce": 3, "liste": "communes"},
    {"regle": "dates", "dates": ["2025-01-01", "2025-06-11"]},
    {"regle": "somme", "total": "PE01", "parties": ["EN01", "JE01"]},
    {"regle": "titres", "titres": [{"numero": n, "titre": f"Titre {n}"} for n in (1, 2, 3)]},
]


@pytest.mark.parametrize("relation", JUSTES)
def test_une_relation_juste_ou_inverifiable_ne_dit_rien(relation):
    assert not [dit(a) for a in alertes(relations=(relation,))]


@pytest.mark.parametrize(
    "relation",
    [
        {"regle": "some", "total": 1, "parties": [1]},
        {"total": 3},
        {"regle": "somme", "parties": [1, 2]},
        {"regle": "somme", "total": "ZZ99", "parties": [1]},
        {"regle": "somme", "total": [], "parties": {}},
        {"regle": "part", "part": "dix", "numerateur": 1, "denominateur": 2},
        {"regle": "part", "part": 10, "numerateur": 1, "denominateur": 2, "facteur": "cent"},
        {"regle": "compte", "annonce": 3},
        {"regle": "dates", "dates": ["hier"]},
        {"regle": "titres", "titres": [{"titre": "sans numéro"}]},
        {"regle": "formule", "formule": "AV09 = import os"},
        {"regle": "moyenne", "ensemble": None, "groupes": None},
    ],
)
def test_une_relation_mal_ecrite_le_dit_en_francais(relation):
    with pytest.raises(CtgError, match=r"Relation|Indicateur inconnu"):
        alertes(DONNEES, relations=(relation,))


def test_le_titre_et_l_explication_de_qui_ecrit_la_relation():
    relation = {
        "regle": "somme",
        "titre": "Structures",
        "total": 5,
        "parties": [1, 2],
        "explication": "Parce que.",
        "niveau": "P",
    }
    (alerte,) = alertes(relations=(relation,))
    assert (alerte.titre, alerte.niveau, alerte.explications[0]) == ("Structures", "P", "Parce que.")


def fait(cle, valeur, document="a", note=""):
    return Fait(cle, valeur, document, 1, note)


@pytest.mark.parametrize(
    ("faits", "niveaux"),
    [
        ([fait("convention_debut", "2022-01-01"), fait("convention_debut", "2023-01-01", "b")], ["I"]),
        ([fait("convention_debut", "2022-01-01"), fait("convention_debut", "01/01/2022", "b")], []),
        ([fait("convention_debut", "2022-01-01"), fait("convention_debut", "2022-01-02")], ["D"]),
        ([fait("seminaire", "2022-01-01"), fait("seminaire", "2023-01-01")], []),
        ([fait("engagement", "Conserver le montant"), fait("engagement", "Maintenir les crédits", "b")], []),
        ([fait("enveloppe", "618 000 €"), fait("enveloppe", "620 000 €", "b")], ["I"]),
        ([fait("enveloppe", "618 000 €"), fait("enveloppe", "618000 €", "b")], []),
        ([fait("convention_periode", "2025 – 2029"), fait("convention_fin", "2028-12-31", "b")], ["I"]),
        ([fait("convention_periode", "2023/2026"), fait("convention_duree_annees", "4")], []),
        ([fait("convention_periode", "2023/2026"), fait("convention_duree_annees", "6")], ["D"]),
        ([fait("nombre_communes", "3")], []),
        ([fait("nombre_communes", "35")], ["E"]),
    ],
)
def test_entre_documents(faits, niveaux):
    assert [a.niveau for a in alertes(faits=tuple(faits))] == niveaux


def test_les_vides_et_les_dates():
    from datetime import date

    manque = Manque("Nombre de RPE (XX)", "convention", 161, "Caf", "23 RPE (ligne 481)")
    debut, fin = date(2029, 1, 1), date(2025, 1, 1)
    trouvees = alertes(a_completer=(manque,), convention=Convention(debut, fin))
    assert [(a.niveau, a.proposition) for a in trouvees] == [("E", ""), ("X", "23 RPE (ligne 481)")]


CODES_JUSTES = ("AV01", "AV02", "PE01", "EN01", "JE01", "JE02", "JE03", "CAD12", "CAD13", "CAD14", "LO02")
nombres = st.integers(20, 9_999)


@settings(max_examples=80)
@given(st.fixed_dictionaries(dict.fromkeys(CODES_JUSTES, nombres)), st.integers(2, 4), st.booleans())
def test_un_territoire_dont_tout_se_deduit_ne_dit_rien(valeurs, fois, annee_ecrite):
    """Sommes exactes, parts arrondies, tranches qui font le total : aucune alerte certaine ni à qualifier."""
    catalogue = load_catalogue()
    tout = {c: float(v) for c, v in valeurs.items()}
    tout["CAD01"] = float(fois * sum(valeurs[c] for c in ("PE01", "EN01", "JE01", "JE02", "JE03")))
    tout["CAD15"] = sum(tout[c] for c in ("PE01", "EN01", "JE01", "JE02"))
    for code in ("AV09", "JE14", "CAD06", "EN02", "JE04", "JE13", "AV03"):
        tout[code] = round(catalogue[code].formule.evaluate(tout), 1 if catalogue[code].unite == "%" else 2)
    annee = 2023 if annee_ecrite else None
    lignes = [Indicateur(c, EPCI, "epci", annee, v, "publie", "convention", "ligne 1") for c, v in tout.items()]
    assert not [dit(a) for a in check_coherence(territoire(lignes)) if a.niveau in "EDIP"]


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(load_catalogue())),
            st.sampled_from([EPCI, *COMMUNES, "35", "n'importe"]),
            st.sampled_from([None, 2019, 2022]),
            st.floats(width=32),
            st.sampled_from(["publie", "estime"]),
        ),
        max_size=25,
    )
)
def test_n_importe_quels_chiffres_ne_font_jamais_tomber_le_controle(tirages):
    lignes = [Indicateur(c, g, "epci", a, v, s, "x", "« » 1") for c, g, a, v, s in tirages]
    for a in check_coherence(territoire(lignes)):
        assert a.niveau in NIVEAUX
        assert a.titre
        assert a.calcul


def test_un_montant_annuel_face_a_des_montants_mensuels_se_dit():
    trouvees = alertes("CAD12 100000\nCAD13 20000\nCAD14 30000\nLO02 50000\nCAD06 2400000")
    assert any("facteur 12" in e for a in trouvees for e in a.explications)


def test_les_dates_de_la_fiche_se_comparent_a_la_periode_ecrite():
    convention = Convention(date(2024, 1, 1), date(2028, 12, 31))
    faits = (Fait("convention_periode", "2024-2027", "convention", 3),)
    dites = [dit(a) for a in alertes(convention=convention, faits=faits)]
    assert dites == [
        "I Fin de la convention : 31 décembre 2028 ne va pas avec la période 2024-2027 | période 2024-2027 (convention, "
        "ligne 3), fin de la convention : 31 décembre 2028 (territoire.yaml)"
    ]
    assert not alertes(convention=Convention(date(2024, 1, 1), date(2027, 12, 31)), faits=faits)


@pytest.mark.parametrize("faute", [{}, {"elements": ["a"], "dans": {"liste": ["a"]}}, {"elements": {"liste": []}}])
def test_une_inclusion_mal_ecrite_se_dit(faute):
    with pytest.raises(CtgError, match="Relation"):
        alertes(relations=({"regle": "inclusion", **faute},))


@pytest.mark.parametrize(("duree", "faux"), [("4 ans", True), ("5 ans", False)])
def test_une_duree_se_compare_aux_dates_exactes(duree, faux):
    faits = (
        Fait("convention_debut", "2024-01-01", "convention", 3),
        Fait("convention_fin", "2028-12-31", "convention", 3),
        Fait("convention_duree_annees", duree, "convention", 4, libelle="Durée de la convention"),
    )
    assert bool([a for a in alertes(faits=faits) if "Durée" in a.titre]) == faux
