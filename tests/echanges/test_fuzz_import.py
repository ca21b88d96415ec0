"""N'importe quels octets : un aperçu dont le compte est juste, ou une erreur en français ; jamais une trace."""

import csv
import io
import json
import zipfile
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from outils import sample

from ctgkit.echanges import ChoixImport, preview
from ctgkit.echanges.lecteurs.fichier import open_file
from ctgkit.errors import CtgError

VITE = settings(max_examples=sample(50, 300), suppress_health_check=[HealthCheck.function_scoped_fixture])
CHOIX = ChoixImport(annee=2020)
CODES = ["59014", "59606", "59006", "59070", "590140101", "245901160", "59", "32", "QP059021", "XX", "99999", ""]
DONNEES = [
    "s",
    "nd",
    "0",
    "1 234,5",
    "1\u202f234",
    "-3",
    "=1+1",
    '"',
    '""',
    "'",
    "#N/A",
    "12;5",
    "a\nb",
    "2024-12",
    "COM",
    "MED_SL",
]
CELLULES = st.one_of(st.sampled_from(CODES), st.sampled_from(DONNEES), st.text(max_size=6))
ENTETES = st.sampled_from(
    [
        ["CODGEO", "LIBGEO", "Q219", "PPSOC19", "NBMEN19"],
        ["CODGEO", "NOTE", "A", "PERCOU", "AI"],
        ["dtreffre", "numcomdo", "nomcom", "indfoy_rsa", "indmtt_ndural"],
        ["NUM_COM", "NUM_EPCI", "TAUXCOUV_COMM", "TAUXCOUV_EPCI", "TAUXCOUV_DEP"],
        ["CODGEO", "LIBGEO", "POP_MUN", "LIB_COM", "NOTE_RP"],
        ["codgeo", "libgeo", "an", "part_non_inseres", ""],
        ["CODGEO", "LIBGEO", "EPCI", "LIBEPCI", "DEP"],
        ["TYPECOM", "COM", "LIBELLE", "COMPARENT", "DEP"],
        ["GEO", "GEO_OBJECT", "FILOSOFI_MEASURE", "TIME_PERIOD", "OBS_VALUE"],
        ["GEO", "GEO_OBJECT", "POPREF_MEASURE", "TIME_PERIOD", "OBS_VALUE"],
        ["DEP", "CODCOM", "COM", "Commune", "PMUN"],
        [
            "Code INSEE de la commune",
            "Potentiel financier par habitant",
            "Population QPV",
            "Population 3 à 16 ans",
            "X",
        ],
        ["code_qp", "lib_qp", "insee_dep", "insee_com", "lib_com"],
        ["codgeo", "libgeo", "codefrr", "dep", "reg"],
    ]
)
RANGEES = st.lists(st.lists(CELLULES, min_size=5, max_size=5), max_size=8)
DE_TRAVERS = st.lists(st.lists(CELLULES, min_size=1, max_size=7), max_size=8)
SIGNATURES = [b"PK\x03\x04", b"{", b"[", b"\xef\xbb\xbf", b"\xff\xfe", b"CODGEO;Q219\n", b"CODGEO,Q219\n"]


def check(apercu):
    """Aucune ligne ne disparaît : chacune est reprise, ailleurs, écartée, refusée ou vide."""
    assert str(apercu)
    comptees = apercu.reprises + apercu.hors + apercu.vides + apercu.refusees + sum(apercu.ecartees.values())
    assert comptees == apercu.lues
    for ligne in apercu.lignes:
        assert (ligne.valeur is None) == (ligne.statut in ("masque", "a_completer"))


def attempt(octets, dossier, nom="fichier.csv"):
    """Un aperçu juste, ou une CtgError ; toute autre exception fait échouer le test."""
    try:
        apercu = preview(octets, dossier, nom=nom, choix=CHOIX)
    except CtgError as erreur:
        return erreur
    check(apercu)
    return apercu


@VITE
@given(st.binary(max_size=400))
def test_octets_quelconques(dossier, octets):
    attempt(octets, dossier)


@VITE
@given(st.sampled_from(SIGNATURES), st.binary(max_size=200))
def test_octets_derriere_une_signature(dossier, debut, octets):
    attempt(debut + octets, dossier)


@VITE
@given(ENTETES, DE_TRAVERS, st.sampled_from(";,\t|"), st.sampled_from(["\n", "\r\n", "\r"]))
def test_tableaux_de_travers(dossier, entete, lignes, separateur, fin):
    """Cellules et longueurs au hasard sous un en-tête connu : le compte des lignes tombe juste."""
    texte = fin.join(separateur.join(x) for x in [entete, *lignes])
    attempt(texte.encode("utf-8", "surrogatepass"), dossier)


@VITE
@given(ENTETES, RANGEES)
def test_rien_ne_se_perd_dans_un_csv_bien_forme(dossier, entete, lignes):
    """Écrit par un vrai écrivain CSV : autant de lignes lues que d'écrites."""
    flux = io.StringIO()
    csv.writer(flux, delimiter=";", lineterminator="\r\n").writerows([entete, *lignes])
    lu = attempt(flux.getvalue().encode("utf-8", "replace"), dossier)
    if not isinstance(lu, CtgError) and lu.est_reconnu:
        assert lu.lues == len(lignes)


@pytest.fixture(scope="module")
def modele():
    classeur = Workbook()
    for ligne in (["CODGEO", "LIBGEO", "Q219", "PPSOC19"], ["59014", "Anzin", 15880, "s"], [59606, None, 1.5, 12]):
        classeur.active.append(ligne)
    flux = io.BytesIO()
    classeur.save(flux)
    return flux.getvalue()


@VITE
@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=8))
def test_classeur_abime(dossier, modele, position, octets):
    place = position % len(modele)
    attempt(modele[:place] + octets + modele[place + len(octets) :], dossier, "f.xlsx")


PARTIES = ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"]


@VITE
@given(st.sampled_from(PARTIES), st.integers(0, 5_000), st.text(alphabet='<>/&"=crvtsif0159 ABXFD', max_size=12))
def test_xml_abime_dans_un_classeur_entier(dossier, modele, chemin, position, texte):
    entree, flux = zipfile.ZipFile(io.BytesIO(modele)), io.BytesIO()
    with zipfile.ZipFile(flux, "w") as sortie:
        for nom in entree.namelist():
            contenu = entree.read(nom)
            place = position % len(contenu)
            sortie.writestr(nom, contenu[:place] + texte.encode() + contenu[place:] if nom == chemin else contenu)
    attempt(flux.getvalue(), dossier, "f.xlsx")


MOTS = "type features properties geometry coordinates code nom dtreffre numcomdo indfoy_rsa results fields"
CLES = st.sampled_from(MOTS.split())
FEUILLES = st.sampled_from(["59014", "2024-12", "s", "code", "Polygon", "FeatureCollection"])
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | FEUILLES,
    lambda x: st.lists(x, max_size=4) | st.dictionaries(CLES, x, max_size=5),
    max_leaves=20,
)


@VITE
@given(JSONS, st.booleans())
def test_json_quelconque(dossier, objet, contours):
    if contours:
        objet = {"type": "FeatureCollection", "features": objet if isinstance(objet, list) else [objet]}
    attempt(json.dumps(objet).encode(), dossier, "f.geojson")


GRILLES = st.lists(
    st.lists(st.sampled_from(["", "59014", "15,5", "s", "a&b", "<x>", "é"]), min_size=1, max_size=4),
    min_size=1,
    max_size=6,
)


@VITE
@given(GRILLES, st.booleans(), st.booleans())
def test_un_classeur_excel_se_lit_cellule_a_cellule(classeur, lignes, references, commentaire):
    def cell(i, j, texte):
        reference = f' r="{chr(65 + j)}{i}"' if references else ""
        return f'<c{reference} t="str"><v>{escape(texte)}</v></c>'

    rangs = "".join(
        f'<row r="{i}">' + "".join(cell(i, j, c) for j, c in enumerate(ligne)) + "</row>"
        for i, ligne in enumerate(lignes, 1)
    )
    feuille = open_file("f.xlsx", classeur({"F": "<!-- note -->" * commentaire + rangs})).lectures[0][0]
    assert list(feuille.lignes()) == list(enumerate(lignes, 1))


def ods_rows(lignes):
    cellule = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    return "".join(
        "<table:table-row>" + "".join(cellule.format(escape(c)) for c in ligne) + "</table:table-row>"
        for ligne in lignes
    )


@VITE
@given(GRILLES)
def test_un_classeur_ods_se_lit_cellule_a_cellule(classeur_ods, lignes):
    feuille = open_file("f.ods", classeur_ods(ods_rows(lignes))).lectures[0][0]
    lues = {numero: [c for c in ligne if c] for numero, ligne in feuille.lignes()}
    assert lues == {i: [c for c in ligne if c] for i, ligne in enumerate(lignes, 1)}


@VITE
@given(st.integers(0, 400), st.text(alphabet='<>/&"=table:rowcp0159 -', max_size=12))
def test_ods_abime(dossier, classeur_ods, position, texte):
    rangs = ods_rows([["CODGEO", "Q219", "PPSOC19"], ["59014", "15880", "18"]])
    place = position % len(rangs)
    attempt(classeur_ods(rangs[:place] + texte + rangs[place:]), dossier, "f.ods")
