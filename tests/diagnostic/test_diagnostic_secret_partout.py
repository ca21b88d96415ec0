"""Un chiffre secret ne sort nulle part : ni page, ni carte, ni tableau, ni classeur, ni rapport, ni commande."""

import ast
import html
import io
import json
import re
import shutil
import zipfile
from pathlib import Path

import ipywidgets
import pytest
from IPython.display import HTML
from ipywidgets.widgets.widget import _instances

import ctgkit
from ctgkit.__main__ import main
from ctgkit.diagnostic import Publiable, load_catalogue, publish, to_csv
from ctgkit.diagnostic.carte import mapped
from ctgkit.figures import draw
from ctgkit.storage import data_folder, load_territoire
from ctgkit.views.diagnostic.etat import EtatDiagnostic
from ctgkit.views.diagnostic.lecture import read_lecture
from ctgkit.views.diagnostic.page import TABLEAUX
from ctgkit.views.diagnostic.zones import ZONES

pytestmark = pytest.mark.long

RACINE = Path(ctgkit.__file__).parents[1]
EPCI = "000000000"
THEMES = ("petite_enfance", "accompagnement_social", "acces_droits")


def lignes_secretes() -> list[str]:
    """Des valeurs longues, que rien d'autre ne peut écrire par hasard, et que chaque règle du secret doit couvrir."""
    petits = {f"{n:05d}": 7001 + 137 * n for n in range(1, 13)}
    masquee, voisins = "00003", {c: v for c, v in petits.items() if c != "00003"}
    epci = [f"PE01;{EPCI};epci;2025;{sum(petits.values())};publie;essai;total"]
    communes = [f"PE01;{c};commune;2025;{v};publie;essai;compte" for c, v in voisins.items()]
    return [
        *epci,
        *communes,
        f"PE01;{masquee};commune;2025;;masque;essai;masqué",
        "CAD10;00004;commune;2025;913;publie;insee-filosofi-2025;ménages",
        "AS05;00004;commune;2025;17,3573;publie;insee-filosofi-2025;prestations",
        "AS01;00004;commune;2025;19457;publie;insee-filosofi-2025;médiane",
        "PE03;00005;commune;2025;63,9731;publie;cnaf-taux-couverture-2025;taux",
        "CAD01;00005;commune;2025;3211;publie;cnaf-taux-couverture-2025;population",
        "CAD02;000060101;iris;2025;97;publie;caf-iris-2025;allocataires",
        "AD01;000060101;iris;2025;6203;publie;caf-iris-2025;rsa",
    ]


@pytest.fixture(scope="module")
def dossier(tmp_path_factory) -> Path:
    copie = tmp_path_factory.mktemp("secret") / "secret"
    shutil.copytree(data_folder() / "territoires" / "exemple", copie)
    fiche = (copie / "territoire.yaml").read_text(encoding="utf-8")
    (copie / "territoire.yaml").write_text(fiche.replace("code: exemple", "code: secret", 1), encoding="utf-8")
    with (copie / "indicateurs.csv").open("a", encoding="utf-8") as flux:
        flux.write("\n".join(lignes_secretes()) + "\n")
    return copie


@pytest.fixture(autouse=True)
def journal(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("CTG_JOURNAL", str(tmp_path / "journal"))


@pytest.fixture(scope="module")
def secrets(dossier) -> set[str]:
    """Ce que le secret retire, moins ce qui se lit aussi ailleurs à découvert."""
    territoire = load_territoire(dossier)
    publiees = publish(territoire).lignes
    bruts = list(territoire.indicateurs)
    caches = {b.valeur for b, p in zip(bruts, publiees, strict=True) if b.valeur is not None and p.valeur is None}
    montres = {p.valeur for p in publiees if p.valeur is not None}
    return {f"{v:g}" for v in caches - montres if v > 1000 or v != round(v, 1)}


def trahis(contenu: str, secrets: set[str]) -> set[str]:
    """Les secrets qu'un contenu écrit, quels que soient les espaces des milliers et la virgule."""
    # L'identifiant d'un contrôle est tiré au hasard : quatre de ses chiffres ne disent rien.
    lisible = re.sub(r"\b(?:IPY_MODEL_)?[0-9a-f]{32}\b", "", html.unescape(contenu))
    nu = re.sub(r"(?<=\d)[\s\u00a0\u202f']+(?=\d{3})", "", lisible).replace(",", ".")
    return {s for s in secrets if re.search(rf"(?<![\d.]){re.escape(s)}(?!\d)", nu)}


def montrer(objet: object) -> str:
    if isinstance(objet, HTML):
        return str(objet.data)
    if isinstance(objet, Publiable):
        return to_csv(objet) + repr(objet)
    if hasattr(objet, "_repr_html_"):
        return str(objet._repr_html_())
    return repr(objet)


def ouvrir(octets: bytes) -> str:
    """Tout ce que contient un fichier exporté, propriétés comprises."""
    if octets[:2] != b"PK":
        return octets.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        return "\n".join(archive.read(n).decode("utf-8", "replace") for n in archive.namelist())


def test_les_valeurs_d_essai_sont_bien_secretes(secrets):
    assert {"17.3573", "63.9731", "6203"} <= secrets
    assert len([s for s in secrets if 7001 <= float(s) <= 8700]) >= 1


def test_l_essai_sait_reconnaitre_une_fuite():
    assert trahis("<td>7&#8239;001</td>", {"7001"}) == {"7001"}
    assert trahis("17,3573 %", {"17.3573"}) == {"17.3573"}
    assert not trahis("17 001 et 70 010", {"7001"})


CARNETS = sorted(p.relative_to(RACINE).as_posix() for p in (RACINE / "notebooks").rglob("*.ipynb"))


@pytest.mark.parametrize("carnet", CARNETS)
def test_aucun_carnet_ne_montre_un_secret(carnet, dossier, secrets, tmp_path, monkeypatch):
    """Chaque cellule de chaque carnet, contrôles compris : un carnet de plus est vérifié sans rien inscrire ici."""
    monkeypatch.chdir(tmp_path)  # une leçon écrit là où on la lance
    lues = json.loads((RACINE / carnet).read_text(encoding="utf-8"))["cells"]
    # Les cellules « lot » d'une leçon relancent des dizaines de rapports, éprouvés dans les essais des lots.
    retirees = {"lot"} if "exemples" in carnet else set()
    cellules = [c for c in lues if c["cell_type"] == "code" and not retirees & set(c["metadata"].get("tags", []))]
    themes = THEMES if "diagnostic" in carnet else ("",)
    for theme in themes:
        monde: dict[str, object] = {}
        vus = [_executer("".join(c["source"]), monde, {"territoire": str(dossier), "theme": theme}) for c in cellules]
        etats = [repr(w.get_state()) for w in list(_instances.values())]
        assert trahis("\n".join([*vus, *etats]), secrets) == set()
        ipywidgets.Widget.close_all()


def _executer(source: str, monde: dict[str, object], reglages: dict[str, str]) -> str:
    """Les lignes d'une cellule, puis ce qu'affiche sa dernière expression ; les réglages remplacent ceux du carnet."""
    arbre = ast.parse(source)
    derniere = arbre.body.pop() if arbre.body and isinstance(arbre.body[-1], ast.Expr) else None
    exec(compile(arbre, "cellule", "exec"), monde)
    monde.update({nom: v for nom, v in reglages.items() if nom in monde})
    return montrer(eval(compile(ast.Expression(derniere.value), "cellule", "eval"), monde)) if derniere else ""


@pytest.mark.parametrize("extra", [[], ["--coherence"], ["--lieu", "00004"], ["--lieu", "00005"], ["--annee", "2025"]])
@pytest.mark.parametrize("format_", ["tableau", "csv", "json", "xlsx"])
def test_aucune_sortie_de_la_commande_ne_montre_un_secret(dossier, secrets, tmp_path, format_, extra):
    sortie = tmp_path / f"sortie.{format_}"
    assert main(["diagnostic", str(dossier), "--format", format_, "--sortie", str(sortie), *extra]) == 0
    contenu = ouvrir(sortie.read_bytes())
    assert len(contenu) > 100
    assert trahis(contenu, secrets) == set()


@pytest.mark.parametrize(
    ("document", "format_"),
    [("plan", "html"), ("plan", "docx"), ("bilan", "html"), ("comite", "pptx"), ("donnees", "xlsx"), ("", "json")],
)
def test_aucun_document_ne_montre_un_secret(dossier, secrets, tmp_path, document, format_):
    sortie = tmp_path / f"document.{format_}"
    choix = ["--document", document] if document else []
    assert main(["exporter", "plan", str(dossier), "--format", format_, "--sortie", str(sortie), *choix]) == 0
    assert trahis(ouvrir(sortie.read_bytes()), secrets) == set()


CARTES = ("carte", "carte_titre", "carte_cote", "repartition", "repartition_figure", "classement", "communes")


def test_aucune_carte_ni_son_tableau_ne_montre_un_secret(dossier, secrets):
    """Toutes les cartes possibles, dessin, survol et légende, avec les tableaux que l'on télécharge à côté."""
    publication = publish(load_territoire(dossier))
    for code in mapped(publication):
        lecture = read_lecture(publication, EtatDiagnostic(carte=code, communes=("00004", "00005")))
        rendus = [ZONES[n].draw(lecture) for n in CARTES]
        dessinees = [figure for rendu in rendus if isinstance(rendu, tuple) for figure in rendu]
        dessins = [x for x in rendus if isinstance(x, str)]
        dessins += [x for figure in dessinees for x in (figure.to_json(), draw(figure))]
        tableaux = [montrer(tableau(lecture)) for tableau in TABLEAUX.values()]
        assert trahis("\n".join([*map(str, dessins), *tableaux]), secrets) == set(), code


def test_aucune_piece_de_carnet_ne_montre_un_secret(dossier, secrets):
    d = ctgkit.read_diagnostic(dossier)
    tables = [d.table(), d.ecarts(), d.evolutions(), d.series(), d.alertes(), d.priorites(), d.definitions()]
    tables += [d.communes(code) for code in load_catalogue()]
    figures = [d.figure(nom) for nom in ("ecarts", "evolutions", "priorites", "couverture")]
    figures += [x for code in mapped(d.publication) for x in (d.map(code), d.figure("repartition", code))]
    dits = [d._repr_html_(), d.constat._repr_html_(), *d.sentences, *(t.to_csv(decimal=",") for t in tables)]
    tout = "\n".join([*dits, *(figure.to_json() for figure in figures)])
    assert trahis(tout, secrets) == set()
    assert "masqué" in tout


def test_une_publication_ne_porte_plus_les_valeurs_brutes(dossier, secrets):
    publication = publish(load_territoire(dossier))
    ecrites = {f"{x.valeur:g}" for x in publication.territoire.indicateurs if x.valeur is not None}
    assert not ecrites & secrets
