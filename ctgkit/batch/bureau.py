"""Le même rapport pour le bureau : Word, PDF, classeur. Le même contenu, lu dans les mêmes blocs."""

import io
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from ctgkit.batch.contenu import Bloc
from ctgkit.batch.page import Pied, stylesheets
from ctgkit.batch.tableaux import read_tables
from ctgkit.errors import CtgError
from ctgkit.formats import read_nombre

# Une date fixe : mêmes entrées, mêmes octets.
_EPOQUE = datetime(2000, 1, 1)
_SVG = re.compile(r"<svg\b.*?</svg>", re.S)
_VARIABLE = re.compile(r"var\((--[\w-]+)\)")
_NOM_FEUILLE = re.compile(r"[\[\]:*?/\\']")
# Du papier, sans ce que la page ne dit que par sa mise en forme.
_PAPIER = (
    (re.compile(r"(<span class=\"puce[^>]*>[^<]*</span>)(?=\S)"), r"\1 "),
    (re.compile(r"</?figure\b[^>]*>"), ""),
    (re.compile(r"<figcaption[^>]*>(.*?)</figcaption>", re.S), r"<p><strong>\1</strong></p>"),
)
_ENTETE_TYPST = b"#show table: set par(justify: false)\n#show figure.where(kind: table): set align(left)\n"
_UNITES = re.compile(r"[\s\u202f\u00a0]*(€|%)$")


def render_docx(blocs: Sequence[Bloc], titre: str, pied: Pied) -> bytes:
    with tempfile.TemporaryDirectory(prefix="ctg-") as dossier:
        source = _document(blocs, titre, pied, Path(dossier))
        return _pandoc(["-f", "html", "-t", "docx", "-o", "-"], source, dossier)


def render_pdf(blocs: Sequence[Bloc], titre: str, pied: Pied) -> bytes:
    import typst

    with tempfile.TemporaryDirectory(prefix="ctg-") as dossier:
        source = _document(blocs, titre, pied, Path(dossier))
        options = [
            "-f",
            "html",
            "-t",
            "typst",
            "-s",
            "-V",
            "papersize=a4",
            "-V",
            "margin.x=18mm",
            "-V",
            "margin.y=16mm",
        ]
        rapport = Path(dossier, "rapport.typ")
        rapport.write_bytes(_ENTETE_TYPST + _pandoc(options, source, dossier))
        return typst.compile(str(rapport), root=dossier, timestamp=0)


def render_xlsx(blocs: Sequence[Bloc], titre: str, pied: Pied) -> bytes:
    import xlsxwriter

    flux = io.BytesIO()
    sans_formule = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(flux, {"in_memory": True, **sans_formule}) as classeur:
        classeur.set_properties({"title": titre, "created": _EPOQUE})
        gras = classeur.add_format({"bold": True})
        presentation = [[titre], ["Carnet", pied.carnet], *([n, str(v)] for n, v in pied.parametres.items())]
        _fill(classeur.add_worksheet("Rapport"), [*presentation, ["Version", pied.version]], gras)
        pris = {"rapport"}
        for tableau in read_tables("".join(b.html for b in blocs)):
            _fill(classeur.add_worksheet(_sheet_name(tableau.titre, pris)), tableau.lignes, gras)
    return flux.getvalue()


def _sheet_name(titre: str, pris: set[str]) -> str:
    """31 signes au plus, sans les signes qu'Excel refuse, chaque nom une seule fois."""
    base = _NOM_FEUILLE.sub(" ", titre)[:26].strip() or "Tableau"
    nom = next(n for n in (base, *(f"{base} {i}" for i in range(2, 1000))) if n.lower() not in pris)
    pris.add(nom.lower())
    return nom


def _fill(feuille: Any, lignes: list[list[str]], gras: Any) -> None:
    feuille.freeze_panes(1, 0)
    feuille.set_column(0, 0, 38)
    feuille.set_column(1, 30, 16)
    for i, ligne in enumerate(lignes):
        for j, texte in enumerate(ligne):
            valeur = _number(texte)
            if valeur is None or i == 0:
                feuille.write_string(i, j, texte[:32_000], gras if i == 0 else None)
            else:
                feuille.write_number(i, j, valeur)


def _number(texte: str) -> float | None:
    """Un nombre à la française, avec ou sans son unité ; un code (« 01004 ») reste un texte."""
    nu = _UNITES.sub("", texte)
    if re.fullmatch(r"0\d+", nu) or (nu == texte and re.fullmatch(r"\d{5}", nu)):
        return None
    try:
        return read_nombre(nu)
    except ValueError:
        return None


def _document(blocs: Sequence[Bloc], titre: str, pied: Pied, dossier: Path) -> bytes:
    """Une page sobre pour pandoc, où chaque dessin est devenu une image."""
    corps = str(Markup("").join(b.html for b in blocs))
    for motif, papier in _PAPIER:
        corps = motif.sub(papier, corps)
    images = iter(range(10_000))

    def as_image(trouve: re.Match[str]) -> str:
        nom = f"dessin-{next(images)}.png"
        Path(dossier, nom).write_bytes(_png(trouve[0]))
        dit = re.search(r'aria-label="([^"]*)"', trouve[0])
        return f'<img src="{nom}" alt="{dit[1] if dit else "dessin"}" style="width:100%">'

    entete = '<html lang="fr"><body>' if "<h1" in corps else f'<html lang="fr"><body><h1>{escape(titre)}</h1>'
    origine = f"<p><em>{escape(pied.carnet)}, Atelier CTG {escape(pied.version)}, {escape(pied.empreinte)}</em></p>"
    return f"{entete}{_SVG.sub(as_image, corps)}{origine}</body></html>".encode()


def _png(svg: str) -> bytes:
    import typst

    with tempfile.TemporaryDirectory(prefix="ctg-") as dossier:
        Path(dossier, "d.svg").write_text(_alone(svg), encoding="utf-8")
        Path(dossier, "d.typ").write_text(
            '#set page(width: auto, height: auto, margin: 0pt)\n#image("d.svg", width: 160mm)'
        )
        return typst.compile(str(Path(dossier, "d.typ")), root=dossier, format="png", ppi=150)


def _alone(svg: str) -> str:
    """Un dessin qui se suffit : espace de noms, taille, et les styles que la page lui donnait."""
    attributs, reste = svg[4:].split(">", 1)
    cadre = re.search(r'viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"', attributs)
    taille = f' width="{cadre[1]}" height="{cadre[2]}"' if cadre and "width=" not in attributs else ""
    espace = "" if "xmlns=" in attributs else ' xmlns="http://www.w3.org/2000/svg"'
    dedans, _ = reste.rsplit("</svg>", 1)
    carte = ' class="carte"' if "data-commune" in dedans else ""
    return f"<svg{espace}{taille}{attributs}><style>{_svg_style()}</style><g{carte}>{dedans}</g></svg>"


@cache
def _svg_style() -> str:
    """Les règles qui peignent les dessins, leurs variables remplacées : un dessin seul n'a pas de page autour."""
    texte = re.sub(r"/\*.*?\*/", "", stylesheets(), flags=re.S)
    variables = dict(re.findall(r"(--[\w-]+):\s*([^;{}]+);", texte))
    regles = re.findall(r"([^{}@]+)\{([^{}]*\b(?:fill|stroke|font-size|text-anchor|font-weight)\b[^{}]*)\}", texte)
    return "".join(f"{s.strip()}{{{_VARIABLE.sub(lambda m: variables.get(m[1], '#000'), r)}}}" for s, r in regles)


def _pandoc(options: list[str], source: bytes, dossier: str) -> bytes:
    import pypandoc

    environnement = {**os.environ, "SOURCE_DATE_EPOCH": str(int(_EPOQUE.timestamp()))}
    commande = [pypandoc.get_pandoc_path(), *options]
    fait = subprocess.run(commande, input=source, capture_output=True, cwd=dossier, env=environnement, check=False)
    if fait.returncode:
        raise CtgError("Le document n'a pas pu être écrit.", json.dumps(fait.stderr.decode(errors="replace")[:300]))
    return fait.stdout
