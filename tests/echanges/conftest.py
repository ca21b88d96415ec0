"""Un territoire d'essai, et de quoi fabriquer des fichiers aux mêmes bizarreries que les vrais."""

import io
import zipfile
from dataclasses import fields
from pathlib import Path

import pytest

from ctgkit.echanges import apply, preview
from ctgkit.territoire import Commune

COMMUNES = {
    "59014": "Anzin",
    "59006": "L'Orée de Mormal",
    "59112": "Bruay-sur-l'Escaut",
    "59544": "Saint-Saulve",
    "59606": "Valenciennes",
}


def territory(dossier: Path, communes: dict[str, str], fiche: str) -> Path:
    dossier.mkdir()
    (dossier / "territoire.yaml").write_text(f"code: {dossier.name}\n{fiche}", encoding="utf-8")
    titres = ";".join(champ.name for champ in fields(Commune))
    lignes = [f"{code};{nom};;;;;;;;;" for code, nom in communes.items()]
    (dossier / "communes.csv").write_text("\ufeff" + "\n".join([titres, *lignes]) + "\n", encoding="utf-8")
    return dossier


@pytest.fixture
def territoire(tmp_path):
    return lambda nom, communes, fiche: territory(tmp_path / nom, communes, fiche)


@pytest.fixture
def dossier(tmp_path) -> Path:
    fiche = (
        'nom: Agglo du test\ntype: epci\nsiren: "245901160"\ndepartement: "59"\nnature: reel\n'
        'comparateur: {code: "59", nom: Nord}\n'
    )
    return territory(tmp_path / "agglo-du-test", COMMUNES, fiche)


@pytest.fixture
def ailleurs(tmp_path) -> Path:
    """Un territoire de l'Ain, dont les codes commencent par un zéro."""
    fiche = 'nom: Agglo de l\'Ain\ntype: epci\nsiren: "240100883"\ndepartement: "01"\nnature: reel\n'
    return territory(tmp_path / "agglo-de-l-ain", {"01004": "Ambérieu-en-Bugey", "01005": "Ambérieux-en-Dombes"}, fiche)


@pytest.fixture
def lire(dossier):
    """Lit des octets ou du texte comme s'ils venaient d'un fichier de ce nom."""

    def read(contenu, nom="essai.csv", territoire=dossier, **choix):
        octets = contenu.encode("utf-8") if isinstance(contenu, str) else contenu
        return preview(octets, territoire, nom=nom, **choix)

    return read


@pytest.fixture
def ecrire(dossier, lire):
    def write(contenu, nom="essai.csv", **choix):
        apercu = lire(contenu, nom, **choix)
        apply(apercu, dossier)
        return apercu

    return write


def values(apercu, code=None):
    """`{(geo, annee): valeur}` d'un indicateur ; le statut quand il n'y a pas de valeur."""
    return {
        (i.geo, i.annee): i.statut if i.valeur is None else i.valeur for i in apercu.lignes if code in (None, i.code)
    }


@pytest.fixture
def valeurs():
    return values


def table(*lignes: str, fin: str = "\r\n", bom: bool = True) -> bytes:
    return (("\ufeff" if bom else "") + fin.join(lignes) + fin).encode("utf-8")


@pytest.fixture
def tableau():
    return table


FEUILLE = '<?xml version="1.0"?><worksheet xmlns="m"><sheetData>{}</sheetData></worksheet>'
CLASSEUR = '<?xml version="1.0"?><workbook xmlns:r="r"><sheets>{}</sheets></workbook>'
LIENS = '<?xml version="1.0"?><Relationships>{}</Relationships>'


def workbook(feuilles: dict[str, str], autres: dict[str, str | bytes] | None = None) -> bytes:
    """Un XLSX réduit à l'os : le XML de chaque feuille est donné tel quel."""
    flux = io.BytesIO()
    with zipfile.ZipFile(flux, "w", zipfile.ZIP_DEFLATED) as archive:
        rangs = list(enumerate(feuilles, 1))
        archive.writestr(
            "xl/workbook.xml", CLASSEUR.format("".join(f'<sheet name="{n}" r:id="r{i}"/>' for i, n in rangs))
        )
        liens = "".join(f'<Relationship Id="r{i}" Target="worksheets/s{i}.xml"/>' for i, _ in rangs)
        archive.writestr("xl/_rels/workbook.xml.rels", LIENS.format(liens))
        for i, nom in rangs:
            archive.writestr(f"xl/worksheets/s{i}.xml", FEUILLE.format(feuilles[nom]))
        for chemin, contenu in (autres or {}).items():
            archive.writestr(chemin, contenu)
    return flux.getvalue()


@pytest.fixture
def classeur():
    return workbook


def sheet_rows(*lignes: list[str]) -> str:
    """Des lignes de textes en XML de feuille."""
    return "".join(
        f'<row r="{i}">' + "".join(f'<c t="inlineStr"><is><t>{x}</t></is></c>' for x in ligne) + "</row>"
        for i, ligne in enumerate(lignes, 1)
    )


@pytest.fixture
def rangees():
    return sheet_rows
