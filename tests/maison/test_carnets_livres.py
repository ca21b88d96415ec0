"""La forme des carnets : cellules nommées, courtes, sans sortie, sans boucle ni définition ni chemin."""

import ast
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

RACINE = Path(__file__).resolve().parents[2]
CARNETS = sorted((RACINE / "notebooks").rglob("*.ipynb"))
NOMS = ["titre", "parametres", "import", "donnees", "resultat", "panneau", "sources", "references", "export"]
INTERDITS = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.Lambda, ast.With, ast.Try)


@pytest.fixture(params=CARNETS, ids=lambda c: c.stem)
def carnet(request):
    return nbformat.read(request.param, as_version=4)


@pytest.fixture(params=[c for c in CARNETS if c.parent.name != "exemples"], ids=lambda c: c.stem)
def page(request):
    return nbformat.read(request.param, as_version=4)


def code(carnet):
    return [c for c in carnet.cells if c.cell_type == "code"]


def test_il_y_a_des_carnets():
    assert CARNETS


def test_les_cellules_ont_les_noms_du_modele(carnet):
    noms = [c.id for c in carnet.cells]
    assert 8 <= len(noms) <= 14
    assert [n for n in noms if n in NOMS] == [n for n in NOMS if n in noms]
    assert {"titre", "parametres", "import", "donnees"} <= set(noms)


def test_une_page_ou_un_rapport_finit_par_ses_chiffres(page):
    """La dernière cellule d'un lot rend une table ; la première pièce dit le constat, ou le rapport lui-même."""
    noms = [c.id for c in page.cells]
    assert {"sources", "export"} <= set(noms)
    assert {"constat", "panneau"} <= set(noms) or "resultat" in noms
    assert "lot" in page.cells[-1].metadata.tags


def test_chaque_cellule_qui_montre_dit_ou_elle_se_montre(page):
    """Une pièce est « statique » : la page la retire, puisque son panneau la montre déjà."""
    for cellule in code(page):
        montre = isinstance(ast.parse(cellule.source).body[-1], ast.Expr)
        etiquettes = set(cellule.metadata.get("tags", [])) & {"statique", "interactif", "lot"}
        assert len(etiquettes) == montre, cellule.id


def test_une_piece_est_un_seul_appel_public(page):
    """Pas de page figée à côté du panneau : chaque cellule montre une chose que la façade donne."""
    for cellule in code(page):
        noms = {n.id for n in ast.walk(ast.parse(cellule.source)) if isinstance(n, ast.Name)}
        assert "views" not in noms, cellule.id


def test_un_panneau_ne_depend_d_aucune_cellule_retiree(page):
    """Une page retire les cellules « statique » et « lot » : le panneau doit s'en passer."""
    donnees: set[str] = set()
    for cellule in code(page):
        noms = {n.id for n in ast.walk(ast.parse(cellule.source)) if isinstance(n, ast.Name)}
        if set(cellule.metadata.get("tags", [])) & {"statique", "lot"}:
            lus = ast.walk(ast.parse(cellule.source))
            donnees |= {n.id for n in lus if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        elif "interactif" in cellule.metadata.get("tags", []):
            assert not noms & donnees, cellule.id


def test_les_cellules_sont_courtes_et_simples(carnet):
    for cellule in code(carnet):
        assert len(cellule.source.splitlines()) <= 6, cellule.id
        arbre = ast.parse(cellule.source)
        assert not [n for n in ast.walk(arbre) if isinstance(n, INTERDITS)], cellule.id
        textes = [n.value for n in ast.walk(arbre) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        assert not [t for t in textes if "/" in t or "\\" in t], cellule.id


def test_les_parametres_sont_des_litteraux_commentes(carnet):
    cellule = next(c for c in carnet.cells if c.id == "parametres")
    assert cellule.metadata.tags == ["parameters"]
    for ligne in cellule.source.splitlines():
        affectation, _, commentaire = ligne.partition("#")
        assert commentaire.strip(), ligne
        ast.literal_eval(ast.parse(affectation.strip()).body[0].value)


def test_les_etiquettes(carnet):
    etiquettes = {c.id: c.metadata.get("tags", []) for c in carnet.cells}
    assert "interactif" in etiquettes.get("panneau", ["interactif"])
    assert "lot" in etiquettes.get("export", ["lot"])


def test_sans_sortie_ni_compteur(carnet):
    assert not [c.id for c in code(carnet) if c.outputs or c.execution_count]


def test_les_importations_restent_a_la_facade(carnet):
    for cellule in code(carnet):
        for noeud in ast.walk(ast.parse(cellule.source)):
            if isinstance(noeud, ast.ImportFrom):
                pytest.fail(f"{cellule.id} : un carnet n'importe que « import ctgkit as ctg »")
            if isinstance(noeud, ast.Import):
                assert ast.unparse(noeud) == "import ctgkit as ctg", cellule.id


def test_forme_de_nbstripout(tmp_path):
    """Un seul appel pour tous : les passer à nbstripout ne change rien à aucun."""
    copies = [tmp_path / f"{rang}.ipynb" for rang in range(len(CARNETS))]
    for chemin, copie in zip(CARNETS, copies, strict=True):
        copie.write_bytes(chemin.read_bytes())
    subprocess.run([sys.executable, "-m", "nbstripout", "--keep-id", *copies], check=True)
    changes = [x.stem for x, copie in zip(CARNETS, copies, strict=True) if copie.read_bytes() != x.read_bytes()]
    assert changes == []
