"""Une figure plotly dans un rapport : son dessin, sans navigateur, et toujours le tableau de ses valeurs."""

from collections.abc import Mapping
from typing import Any

from ctgkit.documents.gabarit import read_number
from ctgkit.documents.modele import Case, Colonne, DessinDecrit, Tableau
from ctgkit.errors import CtgError
from ctgkit.figures import draw
from ctgkit.figures.svg.lecture import values
from ctgkit.figures.svg.texte import plain
from ctgkit.formats import nombre

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
