"""Ce qu'un carnet exécuté montre, cellule par cellule, jamais son code ; et le rapport dans chaque format."""

import ast
import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import mistune
from markupsafe import Markup, escape

from ctgkit.documents import (
    Bloc,
    Case,
    Champs,
    Colonne,
    DessinDecrit,
    Document,
    Image,
    Paragraphe,
    SautDePage,
    Section,
    Tableau,
    render,
)
from ctgkit.documents.gabarit import IMAGE_CM, read_html, read_markdown, read_number
from ctgkit.documents.images import load_logo
from ctgkit.documents.renderers import html, json
from ctgkit.errors import CtgError
from ctgkit.figures import draw
from ctgkit.figures.svg.lecture import values
from ctgkit.figures.svg.texte import plain
from ctgkit.formats import date_longue, nombre

MIME = "application/vnd.plotly.v1+json"


def read_figure(brut: Mapping[str, Any]) -> DessinDecrit | Tableau:
    """Le tableau seul, pour un type de graphique qui ne s'imprime pas."""
    titre = plain((brut.get("layout") or {}).get("title")).replace("\n", " ")
    try:
        svg = draw(brut, titre=False, description=titre)
    except CtgError:
        svg = ""
    colonnes, lignes = _table(brut)
    legende = f"Valeurs de la figure « {titre} »" if titre else "Valeurs de la figure"
    tableau = Tableau((Colonne(colonnes[0]), *(Colonne(c, "nombre") for c in colonnes[1:])), lignes, legende)
    if not svg:
        return tableau
    return DessinDecrit(svg, titre or "Graphique", titre, tableau=tableau)


def _table(brut: Mapping[str, Any]) -> tuple[list[str], tuple[tuple[Any, ...], ...]]:
    """En-têtes et lignes : une ligne par position, une colonne par série ; sur une carte, une ligne par contour."""
    traces, mise = brut.get("data") or [], brut.get("layout") or {}
    if any(t.get("fill") == "toself" for t in traces):
        return ["Contour", "Valeur"], tuple((plain(t.get("name")), _hover(t)) for t in traces)
    couchees = any(t.get("orientation") == "h" for t in traces)
    axe = plain((mise.get("yaxis" if couchees else "xaxis") or {}).get("title")) or "Position"
    colonnes = [_column(t) for t in traces]
    positions = list(dict.fromkeys(p for c in colonnes for p in c))
    noms = [plain(t.get("name")) or f"Série {rang}" for rang, t in enumerate(traces, start=1)]
    return [axe, *noms], tuple((shown(p), *(shown(c.get(p)) for c in colonnes)) for p in positions)


def _column(trace: Mapping[str, Any]) -> dict[Any, Any]:
    cles = ("y", "x") if trace.get("orientation") == "h" else ("x", "y")
    positions, mesures = (values(trace.get(cle)) for cle in cles)
    return dict(zip(positions or range(len(mesures)), mesures, strict=False))


def _hover(trace: Mapping[str, Any]) -> str:
    texte = trace.get("hovertext") or trace.get("text") or ""
    return plain(texte if isinstance(texte, str) else next(iter(texte), ""))


def shown(valeur: Any) -> Case:
    """Une valeur écrite en français, et elle-même pour un tableur."""
    if isinstance(valeur, str):
        return Case(valeur, read_number(valeur))
    if valeur is None or isinstance(valeur, bool):
        return Case(nombre(None) if valeur is None else ("oui" if valeur else "non"))
    return Case(nombre(valeur, 0 if float(valeur).is_integer() else 1), float(valeur))


_ACTIF = re.compile(r"<(script|iframe|object|embed)\b.*?</\1\s*>|<(?:link|meta|base)\b[^>]*>", re.S | re.I)
_STYLE = re.compile(r"<style\b[^>]*>.*?</style>", re.S)
# Sur le papier, rien ne se règle ni ne se choisit.
_CONTROLE = re.compile(r"<(label|select|textarea|button)\b[^>]*>.*?</\1>|<input\b[^>]*>", re.S)
_COIN_VIDE = re.compile(r"<th>\s*</th>")
_TITRE = re.compile(r"<h1\b[^>]*>(.*?)</h1>", re.S)
_NOMBRE_NUMPY = re.compile(r"\bnp\.\w+\(([^()]*)\)")


@dataclass(frozen=True)
class Partie:
    """Une sortie du carnet : ce qu'en montre la page web, ce qu'en imprime un document, le titre qu'elle donne."""

    cellule: str
    page: str
    blocs: Callable[[], Sequence[Bloc]]
    titre: str = ""
    sous_titre: str = ""


def read_parties(carnet: Mapping[str, Any]) -> list[Partie]:
    """La présentation du carnet laisse la place au titre du rapport quand une vue en donne un."""
    parties = [m for cellule in carnet["cells"] for m in _cell(cellule)]
    titre = any(m.titre and m.cellule != "titre" for m in parties)
    return [m for m in parties if not (titre and m.cellule == "titre")]


def _cell(cellule: Mapping[str, Any]) -> Iterator[Partie]:
    nom = cellule.get("id", "")
    if cellule["cell_type"] == "markdown":
        yield _markdown(nom, cellule["source"])
    elif "lot" not in cellule["metadata"].get("tags", []):
        yield from filter(None, (_output(nom, sortie) for sortie in cellule.get("outputs", [])))


def read_chiffres(carnet: Mapping[str, Any]) -> dict[str, Any]:
    """Les chiffres clés : la ligne, ou le dictionnaire, par lequel se termine la cellule d'export (étiquette `lot`)."""
    for cellule in carnet["cells"]:
        if "lot" not in cellule["metadata"].get("tags", []):
            continue
        for sortie in cellule.get("outputs", []):
            donnees = sortie.get("data", {})
            lu = _row(donnees[json.MIME]) if json.MIME in donnees else _literal(donnees.get("text/plain", ""))
            if isinstance(lu, dict):
                return {str(nom): valeur for nom, valeur in lu.items()}
    return {}


def _row(donnees: Mapping[str, Any]) -> dict[str, Any] | None:
    """L'unique ligne d'une table : un nom par colonne ; None quand on ne sait pas."""
    blocs = json.read(donnees).blocs
    if len(blocs) != 1 or not isinstance(blocs[0], Tableau) or len(blocs[0].lignes) != 1:
        return None
    valeurs = (v.valeur if isinstance(v, Case) else v for v in blocs[0].lignes[0])
    return dict(zip((c.libelle for c in blocs[0].colonnes), valeurs, strict=True))


def _literal(texte: str) -> Any:
    try:
        return ast.literal_eval(_NOMBRE_NUMPY.sub(r"\1", texte))
    except (ValueError, SyntaxError):
        return None


def _output(nom: str, sortie: Mapping[str, Any]) -> Partie | None:
    if sortie["output_type"] == "stream":
        return _preformatted(nom, sortie["text"]) if sortie["name"] == "stdout" else None
    donnees = sortie.get("data", {})
    mime = next((mime for mime in _LECTEURS if mime in donnees), None)
    return _LECTEURS[mime](nom, donnees[mime]) if mime else None


def _document(nom: str, donnees: Mapping[str, Any]) -> Partie:
    lu: Document = json.read(donnees)
    return Partie(nom, html.fragment(lu), lambda: lu.blocs, lu.titre, lu.suite)


def _blocs(nom: str, *blocs: Bloc) -> Partie:
    return Partie(nom, html.fragment(Document("", blocs)), lambda: blocs)


def _html(nom: str, brut: str) -> Partie:
    """Une sortie qui n'est pas un document : gardée telle quelle dans la page, relue par pandoc pour le papier."""
    page = _CONTROLE.sub("", _COIN_VIDE.sub("<td></td>", _ACTIF.sub("", brut)))
    titre = _TITRE.search(page)
    habille = page if "<style" in page else f'<div class="document">{page}</div>'
    return Partie(nom, habille, partial(read_html, _STYLE.sub("", page)), Markup(titre[1]).striptags() if titre else "")


def _png(nom: str, donnees: str) -> Partie:
    return _blocs(nom, Image(base64.b64decode(donnees), "image", IMAGE_CM))


def _markdown(nom: str, texte: str) -> Partie:
    page = str(_reader()(texte))
    titre = _TITRE.search(page)
    dit = Markup(titre[1]).striptags() if titre else ""
    return Partie(nom, f'<div class="document">{page}</div>', partial(read_markdown, texte), dit)


def _preformatted(nom: str, texte: str) -> Partie:
    page = f'<div class="document"><pre tabindex="0">{escape(texte.rstrip())}</pre></div>'
    return Partie(nom, page, lambda: (Paragraphe(texte.rstrip()),))


_LECTEURS: dict[str, Callable[[str, Any], Partie | None]] = {
    json.MIME: _document,
    MIME: lambda nom, brut: _blocs(nom, read_figure(brut)),
    "application/vnd.jupyter.widget-view+json": lambda *_: None,
    "text/html": _html,
    "image/svg+xml": _html,
    "image/png": _png,
    "text/markdown": _markdown,
    "text/plain": _preformatted,
}


@cache
def _reader() -> mistune.Markdown:
    return mistune.create_markdown(escape=True, plugins=["table", "strikethrough", "footnotes"])


FORMATS = ("html", "docx", "odt", "pdf", "xlsx")


@dataclass(frozen=True)
class Pied:
    """De quoi refaire le rapport à l'identique : dans les propriétés du fichier, jamais sous les yeux d'un élu."""

    carnet: str
    parametres: Mapping[str, Any]
    version: str
    empreinte: str

    @property
    def origine(self) -> str:
        return f"Atelier CTG {self.version}, empreinte {self.empreinte}"


@dataclass(frozen=True)
class PageDeGarde:
    """La page de couverture d'un rapport, quand le lot donne les logos des deux parties, ou une date."""

    logos: tuple[str, ...] = ()
    jour: date | None = None

    def document(self) -> Document:
        images = tuple(load_logo(Path(logo)) for logo in self.logos)
        dite = (Paragraphe(f"Le {date_longue(self.jour)}", "chapeau"),) if self.jour else ()
        return Document("", dite, jour=self.jour, logos=images)


def render_report(
    extension: str, parties: Sequence[Partie], titre: str, pied: Pied, couverture: PageDeGarde | None = None
) -> bytes:
    if extension == "html":
        return _web_page(parties, titre, couverture)
    document = read_document(parties, titre, pied)
    if couverture and extension != "xlsx":
        devant = couverture.document()
        blocs = (*devant.blocs, SautDePage(), *document.blocs)
        document = replace(document, blocs=blocs, logos=devant.logos, jour=devant.jour)
    if extension == "xlsx":
        parametres = ((nom, str(valeur)) for nom, valeur in pied.parametres.items())
        origine = Champs((("Carnet", pied.carnet), *parametres, ("Version", pied.version)))
        document = replace(document, blocs=(origine, *document.blocs))
    return render(document, extension)


def read_document(parties: Sequence[Partie], titre: str, pied: Pied) -> Document:
    """Un seul document de tout ce que le carnet montre ; son titre n'y est pas répété."""
    blocs = [bloc for partie in parties for bloc in partie.blocs()]
    ouverts = [b for bloc in blocs for b in (bloc.blocs if _is_title(bloc, titre) else [bloc])]
    sous_titre = next((m.sous_titre for m in parties if m.titre), "")
    dit = ". ".join(filter(None, (titre, sous_titre)))
    return Document(titre, tuple(ouverts), sous_titre, auteur="Atelier CTG", sujet=pied.origine, pied=dit)


def _is_title(bloc: Bloc, titre: str) -> bool:
    return isinstance(bloc, Section) and bloc.titre.split() == titre.split()


def _web_page(parties: Sequence[Partie], titre: str, couverture: PageDeGarde | None) -> bytes:
    corps = [partie.page for partie in parties]
    if not any(partie.titre for partie in parties):
        corps.insert(0, html.fragment(Document(titre)))
    if couverture:
        corps.insert(0, html.fragment(couverture.document()))
    sous_titre = next((m.sous_titre for m in parties if m.titre), "")
    fin = f"<p>{escape('. '.join(filter(None, (titre, sous_titre))))}</p>"
    style = (files("ctgkit.batch") / "gabarits/rapport.css").read_text(encoding="utf-8")
    return html.page("\n".join(corps), titre, fin, styles=style)
