"""Les leçons tournent telles quelles, comme un analyste les lancerait."""

from pathlib import Path

import nbformat
import pytest

RACINE = Path(__file__).resolve().parents[2]
LECONS = sorted((RACINE / "notebooks" / "exemples").glob("*.ipynb"))


def run(chemin: Path, dossier: Path, **parametres: object) -> list[object]:
    """Chaque cellule dans le même espace de noms, et la valeur de sa dernière ligne."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    shell = InteractiveShell()
    rendus = []
    for cellule in nbformat.read(chemin, as_version=4).cells:
        if cellule.cell_type != "code":
            continue
        with capture_output():
            fait = shell.run_cell(cellule.source)
        fait.raise_error()
        rendus.append(fait.result)
        if "parameters" in cellule.metadata.get("tags", []):
            shell.user_ns.update({n: v for n, v in parametres.items() if n in shell.user_ns})
    return rendus


def test_les_quatre_lecons_sont_la():
    assert [c.stem[0] for c in LECONS] == ["1", "2", "3", "4"]


@pytest.mark.parametrize("lecon", LECONS[:2], ids=lambda c: c.stem)
def test_une_lecon_se_lit_de_haut_en_bas(lecon, tmp_path):
    rendus = [rendu for rendu in run(lecon, tmp_path) if rendu is not None]
    assert len(rendus) >= 6
    assert all(hasattr(rendu, "_repr_html_") or hasattr(rendu, "_repr_mimebundle_") for rendu in rendus)


def test_cent_scenarios_donnent_un_classeur(tmp_path):
    import openpyxl

    rendus = run(LECONS[2], tmp_path, sortie=str(tmp_path / "scenarios.xlsx"))
    assert rendus[-1] == tmp_path / "scenarios.xlsx"
    feuilles = openpyxl.load_workbook(rendus[-1], read_only=True)
    assert sum(1 for feuille in feuilles for _ in feuille.iter_rows()) >= 500


@pytest.mark.long
def test_un_lot_se_lance_et_se_reprend_depuis_un_carnet(tmp_path):
    import ctgkit as ctg

    sortie = tmp_path / "fiches"
    liste = [{"territoire": "exemple", "commune": code} for code in ("00001", "00002")]
    premier = ctg.run_reports("fiche_commune", sortie, liste=liste)
    assert premier["statut"].tolist() == ["fait", "fait"]
    assert (premier["bonus_bas_eur"] > 0).all()
    assert ctg.run_reports("fiche_commune", sortie, liste=liste)["statut"].tolist() == ["inchangé"] * 2
