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
    vides = ";" * (len(fields(Commune)) - 2)
    lignes = [f"{code};{nom}{vides}" for code, nom in communes.items()]
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


EXCEL = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PAQUET = "http://schemas.openxmlformats.org/package/2006"
FEUILLE = f'<?xml version="1.0"?><worksheet xmlns="{EXCEL}"><sheetData>{{}}</sheetData></worksheet>'
CLASSEUR = f'<?xml version="1.0"?><workbook xmlns="{EXCEL}" xmlns:r="{OFFICE}"><sheets>{{}}</sheets></workbook>'
LIENS = f'<?xml version="1.0"?><Relationships xmlns="{PAQUET}/relationships">{{}}</Relationships>'
TYPES = f"""<?xml version="1.0"?><Types xmlns="{PAQUET}/content-types"><Default Extension="xml"
ContentType="application/xml"/><Override PartName="/xl/workbook.xml"
ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override
PartName="/xl/sharedStrings.xml"
ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>"""


def workbook(feuilles: dict[str, str], autres: dict[str, str | bytes] | None = None) -> bytes:
    """Un XLSX réduit à l'os : le XML de chaque feuille est donné tel quel."""
    rangs = list(enumerate(feuilles, 1))
    noms = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="r{i}"/>' for i, n in rangs)
    liens = "".join(
        f'<Relationship Id="r{i}" Type="{OFFICE}/worksheet" Target="worksheets/s{i}.xml"/>' for i, _ in rangs
    )
    parties = {
        "[Content_Types].xml": TYPES,
        "xl/workbook.xml": CLASSEUR.format(noms),
        "xl/_rels/workbook.xml.rels": LIENS.format(liens),
        **{f"xl/worksheets/s{i}.xml": FEUILLE.format(feuilles[nom]) for i, nom in rangs},
        "xl/sharedStrings.xml": f'<sst xmlns="{EXCEL}"/>',
        **(autres or {}),
    }
    flux = io.BytesIO()
    with zipfile.ZipFile(flux, "w", zipfile.ZIP_DEFLATED) as archive:
        for chemin, contenu in parties.items():
            archive.writestr(chemin, contenu)
    return flux.getvalue()


ODS = "urn:oasis:names:tc:opendocument:xmlns"
CONTENU = (
    f'<office:document-content xmlns:office="{ODS}:office:1.0" xmlns:table="{ODS}:table:1.0" '
    f'xmlns:text="{ODS}:text:1.0"><office:body><office:spreadsheet>{{}}</office:spreadsheet></office:body>'
    "</office:document-content>"
)


def ods_workbook(rangs: str, autres: dict[str, str] | None = None, debut: str = "") -> bytes:
    """Un ODS réduit à l'os : une feuille « F » dont le XML des lignes est donné tel quel."""
    flux = io.BytesIO()
    with zipfile.ZipFile(flux, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        feuille = f'<table:table table:name="F">{rangs}</table:table>'
        archive.writestr("content.xml", debut + CONTENU.format(feuille))
        for nom, texte in (autres or {}).items():
            archive.writestr(nom, texte)
    return flux.getvalue()


@pytest.fixture
def classeur_ods():
    return ods_workbook


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
