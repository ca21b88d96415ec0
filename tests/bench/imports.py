"""Temps et mémoire d'un gros import : 50 Mo de texte, ou un classeur de 10 Mo ; hors de la suite de tests."""

import io
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

MEGA = 1024 * 1024
CIBLE, CIBLE_CLASSEUR = 50 * MEGA, 10 * MEGA
LIMITE_S, LIMITE_MO = 20.0, 1024.0
TERRITOIRE = "exemple"
_REVENUS = [f"{q}19" for q in ("Q1", "Q2", "Q3", *(f"D{n}" for n in range(1, 10)))]
_PARTS = [f"P{x}19" for x in ("ACT", "TSA", "CHO", "BEN", "PEN", "PAT", "PSOC", "PFAM", "PMINI", "PLOGT", "IMPOT")]
_COLONNES = ["CODGEO", "LIBGEO", "NBMEN19", "NBPERS19", "NBUC19", *_REVENUS, "Q3_Q1", "RD", "GI19", *_PARTS]
LETTRES = [*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", *(f"A{x}" for x in "ABCDEFGHIJ")]
_MAIN, _OFFICE, _PAQUET = (
    f"http://schemas.openxmlformats.org/{suite}"
    for suite in ("spreadsheetml/2006/main", "officeDocument/2006/relationships", "package/2006")
)
_FEUILLE = f'<?xml version="1.0"?><worksheet xmlns="{_MAIN}"><dimension ref="A1:AJ1"/><sheetData>'
_CLASSEUR = (
    f'<?xml version="1.0"?><workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Ensemble" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_LIENS = (
    f'<?xml version="1.0"?><Relationships xmlns="{_PAQUET}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
)
_TYPES = (
    f'<?xml version="1.0"?><Types xmlns="{_PAQUET}/content-types"><Default '
    'Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"


def rows(graine: int = 1):
    """Des communes par millions de cellules : un code, un nom, des nombres à la française."""
    alea = random.Random(graine)
    numero = 0
    while True:
        code = f"{numero % 95 + 1:02d}{numero // 95 % 1000:03d}"
        yield [
            code,
            f"Commune {code}",
            *(f"{alea.randint(100, 99999) / 10:.1f}".replace(".", ",") for _ in _COLONNES[2:]),
        ]
        numero += 1


def csv_file(chemin: Path) -> None:
    with chemin.open("w", encoding="utf-8-sig", newline="") as flux:
        flux.write(";".join(_COLONNES) + "\r\n")
        for ligne in rows():
            flux.write(";".join(ligne) + "\r\n")
            if flux.tell() > CIBLE:
                return


def xlsx_file(chemin: Path) -> None:
    with zipfile.ZipFile(chemin, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("xl/workbook.xml", _CLASSEUR)
        archive.writestr("xl/_rels/workbook.xml.rels", _LIENS)
        with archive.open("xl/worksheets/sheet1.xml", "w") as brut:
            flux = io.TextIOWrapper(brut, encoding="utf-8", write_through=True)
            flux.write(_FEUILLE + _xlsx_row(1, _COLONNES, len(_COLONNES)))
            for numero, ligne in enumerate(rows(), 2):
                flux.write(_xlsx_row(numero, ligne, 2))
                if archive.fp.tell() > CIBLE_CLASSEUR:
                    break
            flux.write("</sheetData></worksheet>")


def _xlsx_row(numero: int, ligne: list[str], textes: int) -> str:
    places = [f'r="{LETTRES[i]}{numero}"' for i in range(len(ligne))]
    debut = "".join(f'<c {places[i]} t="inlineStr"><is><t>{x}</t></is></c>' for i, x in enumerate(ligne[:textes]))
    suite = "".join(f"<c {places[i]}><v>{x.replace(',', '.')}</v></c>" for i, x in enumerate(ligne[textes:], textes))
    return f'<row r="{numero}">{debut}{suite}</row>'


def ods_file(chemin: Path) -> None:
    with zipfile.ZipFile(chemin, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        with archive.open("content.xml", "w") as brut:
            flux = io.TextIOWrapper(brut, encoding="utf-8", write_through=True)
            espaces = " ".join(f'xmlns:{nom}="{_OASIS}:{nom}:1.0"' for nom in ("office", "table", "text"))
            flux.write(f'<?xml version="1.0"?><office:document-content {espaces}>')
            flux.write('<office:body><office:spreadsheet><table:table table:name="Ensemble">')
            flux.write(_ods_row(_COLONNES, len(_COLONNES)))
            for ligne in rows():
                flux.write(_ods_row(ligne, 2))
                if archive.fp.tell() > CIBLE_CLASSEUR:
                    break
            flux.write("</table:table></office:spreadsheet></office:body></office:document-content>")


def _ods_row(ligne: list[str], textes: int) -> str:
    debut = "".join(_ods_cell("string", "", x) for x in ligne[:textes])
    suite = "".join(_ods_cell("float", f' office:value="{x.replace(",", ".")}"', x) for x in ligne[textes:])
    return f"<table:table-row>{debut}{suite}</table:table-row>"


def _ods_cell(sorte: str, valeur: str, texte: str) -> str:
    return f'<table:table-cell office:value-type="{sorte}"{valeur}><text:p>{texte}</text:p></table:table-cell>'


def geojson_file(chemin: Path) -> None:
    alea = random.Random(2)
    with chemin.open("w", encoding="utf-8") as flux:
        flux.write('{"type":"FeatureCollection","features":[')
        for numero, ligne in enumerate(rows()):
            points = [[round(alea.uniform(-4, 8), 6), round(alea.uniform(42, 51), 6)] for _ in range(60)]
            element = {
                "type": "Feature",
                "properties": {"code": ligne[0], "nom": ligne[1]},
                "geometry": {"type": "Polygon", "coordinates": [[*points, points[0]]]},
            }
            flux.write("," * bool(numero) + json.dumps(element))
            if flux.tell() > CIBLE:
                break
        flux.write("]}")


def json_file(chemin: Path) -> None:
    with chemin.open("w", encoding="utf-8") as flux:
        flux.write("[")
        for numero, ligne in enumerate(rows()):
            lieu = {"dtreffre": "2024-12", "numcomdo": ligne[0], "nomcom": ligne[1]}
            ligne_json = json.dumps({**lieu, "indfoy_rsa": 5 * (numero % 900), "indfoy_ppa": 5})
            flux.write("," * bool(numero) + ligne_json)
            if flux.tell() > CIBLE:
                break
        flux.write("]")


SORTES = {
    "FILO2019_DISP_COM.csv": csv_file,
    "FILO2019_DISP_COM.xlsx": xlsx_file,
    "FILO2019_DISP_COM.ods": ods_file,
    "communes.geojson": geojson_file,
    "s_ben_com_f.json": json_file,
}


def mesures() -> list[dict]:
    """Deux lignes par sorte de fichier : les secondes, et la mémoire au plus haut."""
    return [mesure for nom, fabrique in SORTES.items() for mesure in _measure(nom, fabrique)]


def _measure(nom: str, fabrique) -> list[dict]:
    with tempfile.TemporaryDirectory() as dossier:
        chemin = Path(dossier) / nom
        fabrique(chemin)
        taille = round(chemin.stat().st_size / MEGA)
        lu = subprocess.run([sys.executable, __file__, str(chemin)], capture_output=True, text=True, check=True)
        secondes, memoire = json.loads(lu.stdout)
    quoi = f"importer {taille} Mo de {chemin.suffix[1:]}"
    return [
        {"mesure": quoi, "valeur": secondes, "unite": "s", "plafond": LIMITE_S},
        {"mesure": f"{quoi}, mémoire au plus haut", "valeur": memoire, "unite": "Mo", "plafond": LIMITE_MO},
    ]


def _read_one(chemin: str) -> tuple[float, int]:
    from ctgkit.echanges import preview

    debut = time.perf_counter()
    apercu = preview(chemin, TERRITOIRE)
    secondes = time.perf_counter() - debut
    assert apercu.lues > 10_000, apercu
    return round(secondes, 2), round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    print(json.dumps(_read_one(sys.argv[1]) if len(sys.argv) > 1 else mesures(), ensure_ascii=False, indent=1))
