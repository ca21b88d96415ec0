"""Un plan quelconque sort en classeur, en CSV ou en JSON, et revient tel qu'il était, champ par champ."""

from datetime import date
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctgkit.documents import render
from ctgkit.documents.catalogue.plan.donnees import data_document, data_json
from ctgkit.documents.typographie import clean
from ctgkit.echanges.plan.importation import preview_plan
from ctgkit.plan import Champ, Element, Fiche, Plan, champs, read_value
from ctgkit.territoire import Territoire

JOUR = date(2026, 11, 21)
PIEGES = [
    "=1+1",
    "+33",
    "-2",
    "@x",
    "'=x",
    "'",
    "a|b",
    "a\\nb",
    "\\",
    "|",
    '"',
    ";",
    "a;b",
    "l'été",
    "«\u00a0ouï\u00a0»",
    "👪",
    "{{ 7*7 }}",
    "<script>",
    "**gras**",
    "1,5",
    "01",
    "oui",
    "2026-01-01",
    "_x0041_",
    "# titre",
    "- puce",
]
mots = st.one_of(st.sampled_from(PIEGES), st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=25))
jours = st.dates(date(1990, 1, 1), date(2090, 12, 31)).map(date.isoformat)
nombres = st.one_of(
    st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9, width=32).map(lambda x: round(x, 4)).filter(lambda x: x % 1)
)
CODES = {"communes": ["00001", "00002"], "domaines": ["avs", "jeunesse"], "enjeux": ["E1", "E2"], "objectifs": ["O1"]}


def textes(champ: Champ, lignes: bool = False) -> st.SearchStrategy:
    tires = st.lists(mots, min_size=1, max_size=3).map("\n".join) if lignes else mots
    return tires.map(lambda t: read_value(champ, clean(t).strip())).filter(bool)


def valeurs(champ: Champ) -> st.SearchStrategy:
    if champ.type == "tableau":
        ligne = st.fixed_dictionaries({}, optional={c.cle: valeurs(c) for c in champ.colonnes}).filter(bool)
        return st.lists(ligne, min_size=1, max_size=3)
    mesure = st.fixed_dictionaries({"date": jours, "valeur": nombres})
    selon = {
        "texte_long": lambda: textes(champ, lignes=True),
        "lignes": lambda: textes(champ, lignes=True),
        "codes": lambda: st.lists(st.sampled_from(CODES.get(champ.cible, ["X-1", "X-2"])), min_size=1, unique=True),
        "choix": lambda: st.sampled_from([v for v, _ in champ.choix]),
        "oui_non": st.booleans,
        "date": lambda: jours,
        "nombre": lambda: nombres,
        "euros": lambda: nombres,
        "annee": lambda: st.integers(1900, 2199),
        "mesures": lambda: st.lists(mesure, min_size=1, max_size=3).map(lambda m: sorted(m, key=lambda x: x["date"])),
    }
    return selon.get(champ.type, lambda: textes(champ))()


@st.composite
def fiches(tirer):
    tirees = tirer(st.fixed_dictionaries({}, optional={c.cle: valeurs(c) for c in champs().values()}))
    return Fiche("F-1", {**tirees, "code": "F-1", "titre": tirees.get("titre") or "Une fiche"})


class Present:
    """Ce qu'un import demande au plan présent : ici vide, avec ses enjeux et son objectif."""

    def __init__(self, plan: Plan) -> None:
        communes = read_communes()
        self.plan, self.territoire = plan, communes


@cache
def read_communes() -> Territoire:
    from ctgkit.storage.territoire.territories import load_territoire

    return load_territoire("exemple")


ELEMENTS = (
    tuple(Element(c, {"code": c, "nom": c}) for c in CODES["domaines"]),
    tuple(Element(c, {"code": c, "titre": f"Enjeu {c}"}) for c in CODES["enjeux"]),
    tuple(Element(c, {"code": c, "titre": "Objectif"}) for c in CODES["objectifs"]),
)
VIDE = Plan(*ELEMENTS)


@pytest.mark.parametrize("extension", ["xlsx", "csv", "json"])
@settings(max_examples=25)
@given(fiche=fiches())
def test_une_fiche_quelconque_revient_telle_quelle(extension, fiche):
    territoire = read_communes()
    plan = Plan(*ELEMENTS, (fiche,))
    if extension == "json":
        octets = data_json(plan, territoire, JOUR)
    else:
        octets = render(data_document(plan, territoire, JOUR, extension), extension)
    apercu = preview_plan(f"plan.{extension}", Present(VIDE), None, octets)
    assert [str(r) for r in apercu.rejets] == []
    (lue,) = apercu.nouvelles
    attendues = {c: fiche[c] for c in champs() if fiche[c] not in (None, "", [], False)}
    assert {c: v for c, v in lue.valeurs.items() if v not in (None, "", [], False)} == attendues
    assert not preview_plan(f"plan.{extension}", Present(plan), None, octets).a_ecrire


def test_une_cellule_trop_longue_pour_un_classeur_est_coupee_et_ne_revient_pas_coupee():
    notes = [{"note": "x" * 15_000} for _ in range(3)]
    plan = Plan(*ELEMENTS, (Fiche("F-1", {"code": "F-1", "titre": "T", "notes_suivi": notes, "moyens": "m"}),))
    octets = render(data_document(plan, read_communes(), JOUR), "xlsx")
    apercu = preview_plan("plan.xlsx", Present(plan), None, octets)
    assert not apercu.a_ecrire
    assert "Cellule coupée à l'export" in str(apercu.rejets[0])
    assert (
        preview_plan(
            "p.csv", Present(plan), None, render(data_document(plan, read_communes(), JOUR, "csv"), "csv")
        ).rejets
        == []
    )
