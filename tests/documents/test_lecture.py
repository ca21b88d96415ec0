"""Un même texte reçu en Word, LibreOffice, PDF ou texte : mêmes phrases, mêmes colonnes, mêmes constats."""

import pytest
import typst

from ctgkit.__main__ import main
from ctgkit.diagnostic import check_texte
from ctgkit.documents.lecture import read_lignes
from ctgkit.documents.pandoc import run_pandoc
from ctgkit.errors import CtgError

TEXTE = """# Article 1

Le territoire compte 12 crèches, 5 micro-crèches et 3 relais, soit **21** structures ; il s'agit d'« équipements »
ouverts à tous.

- accueillir ;
    - les enfants ;
- informer.

1. évaluer
2. publier

| Financeur | 2024 | 2025 |
|---|---|---|
| Caf | 54 000 € | 56 000 € |
| Communauté | 31 000 € | 32 000 € |
| Total | 85 000 € | 89 000 € |

La convention est signée le 31 juin 2025.
"""
CONSTATS = {
    "12 + 5 + 3 = 20, le document dit 21",
    "56 000 + 32 000 = 88 000, le document dit 89 000",
    "31 juin 2025 n’est pas une date",
}


@pytest.fixture(scope="module")
def dossier(tmp_path_factory):
    lieu = tmp_path_factory.mktemp("documents")
    for vers in ("docx", "odt"):
        (lieu / f"convention.{vers}").write_bytes(
            run_pandoc(TEXTE.encode(), "-f", "markdown", "-t", vers, "-s", "-o", "-")
        )
    source = lieu / "convention.typ"
    source.write_bytes(run_pandoc(TEXTE.encode(), "-f", "markdown", "-t", "typst", "-s"))
    (lieu / "convention.pdf").write_bytes(typst.compile(source))
    (lieu / "convention.txt").write_text(TEXTE, encoding="utf-8")
    return lieu


@pytest.mark.parametrize("genre", ["docx", "odt", "pdf", "txt"])
def test_les_memes_constats_quel_que_soit_le_format(dossier, genre):
    lignes = read_lignes(str(dossier / f"convention.{genre}"))
    assert {a.calcul.replace("\u202f", " ") for a in check_texte(lignes)} == CONSTATS


def test_un_document_word_garde_ses_puces_et_ses_colonnes(dossier):
    lignes = read_lignes(str(dossier / "convention.docx"))
    assert {"- accueillir ;", " - les enfants ;", "1. évaluer", "2. publier", "Article 1"} <= set(lignes)
    assert "Total\t85 000 €\t89 000 €" in lignes
    assert "soit 21 structures ; il s'agit d'« équipements » ouverts" in " ".join(lignes).replace("’", "'")


def test_la_commande_lit_un_document_sans_territoire(dossier, capsys):
    assert main(["coherence", str(dossier / "convention.docx")]) == 0
    lu = capsys.readouterr().out
    assert "convention.docx : 3 alertes (3 E)" in lu.replace("\u00a0", " ")
    assert "dans : « Le territoire compte 12 crèches" in lu


@pytest.mark.parametrize("nom", ["abime.docx", "abime.odt", "abime.pdf", "abime.txt", "absent.pdf"])
def test_un_document_abime_le_dit(tmp_path, nom):
    chemin = tmp_path / nom
    if nom != "absent.pdf":
        chemin.write_bytes(b"PK\x03\x04\x00\x00 tout sauf un document")
    with pytest.raises(CtgError, match=r"Ce (document|PDF)") as faute:
        read_lignes(str(chemin))
    assert nom in str(faute.value)
