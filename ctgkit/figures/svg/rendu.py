"""Une figure plotly en SVG autonome, sans navigateur : la même définition sert à l'écran et sur le papier."""

from collections.abc import Sequence
from html import escape
from typing import Any

from ctgkit.figures.gabarit import LARGEUR, POLICE
from ctgkit.figures.svg.axes import Axe, make_axis, ticks
from ctgkit.figures.svg.decor import Surface, axis, draw_legend, gridlines, legend, notes, shapes, under
from ctgkit.figures.svg.lecture import Dessin, color
from ctgkit.figures.svg.marques import Hachures, bar_places, bar_widths, bars, curves
from ctgkit.figures.svg.texte import CORPS, ENCRE, BlocDeTexte, plain, width


def draw(  # noqa: PLR0913, PLR0917
    figure: Any, largeur: int = 0, hauteur: int = 0, titre: bool = True, description: str = "", fond: str = ""
) -> str:
    """Le SVG d'une figure : barres, lignes, surfaces, cartes en contours ; `CtgError` pour un autre type."""
    dessin = Dessin(figure)
    recit = dessin.mise.get("meta") or {}
    recit = recit if isinstance(recit, dict) else {}
    largeur = largeur or int(recit.get("largeur") or LARGEUR)
    nom = plain(dessin.mise.get("title")) or str(recit.get("phrase") or "") or "Graphique"
    description = plain(description) or str(recit.get("description") or "")
    entete = BlocDeTexte.of(dessin.mise.get("title"), {"size": 16}, gras=True).wrapped(largeur - 16)
    hors_titre = 8 + entete.hauteur if titre and plain(dessin.mise.get("title")) else 0.0
    axes, cadre, dessous = _layout(dessin, largeur, hauteur, hors_titre)
    hachures = Hachures(f"{nom}{description}{largeur}{len(dessin.traces)}")
    corps = [entete.svg(8, 6)] if hors_titre else []
    corps += _body(dessin, axes, cadre, hachures, dessous)
    fond = fond or (color(dessin.get("paper_bgcolor"), "#fff") if dessin.posee else "#fff")
    taille = f'width="{largeur}" height="{cadre.hauteur:.0f}"'
    desc = f"<desc>{escape(description)}</desc>" if description else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {taille} viewBox="0 0 {largeur} {cadre.hauteur:.0f}" role="img" '
        f'xml:space="preserve" font-family="{escape(POLICE)}" font-size="{CORPS:g}" fill="{ENCRE}">'
        f"<title>{escape(nom)}</title>{desc}"
        f'{hachures.defs()}<rect {taille} fill="{escape(fond)}"/>{"".join(corps)}</svg>'
    )


def _body(dessin: Dessin, axes: dict[str, Axe], cadre: Surface, hachures: Hachures, dessous: float) -> list[str]:
    """De l'arrière vers l'avant, dans l'ordre de plotly."""
    paires = [(axe, axes[_facing(nom, axes)]) for nom, axe in axes.items()]
    corps = shapes(dessin, axes, cadre, dessous=True)
    corps += [fil for axe, face in paires for fil in gridlines(axe, face)]
    corps += bars(dessin.traces, str(dessin.get("barmode", "group")), axes, hachures)
    corps += curves(dessin.traces, axes, hachures)
    corps += [part for axe, face in paires for part in axis(axe, face)]
    corps += shapes(dessin, axes, cadre, dessous=False) + notes(dessin, axes, cadre)
    entrees, large, haute = legend(dessin, _legend_width(dessin, cadre))
    return corps + draw_legend(dessin, entrees, (large, haute), cadre, hachures, dessous)


def _facing(nom: str, axes: dict[str, Axe]) -> str:
    """L'axe d'en face : celui qu'il nomme, sinon celui du même rang."""
    autre = str(axes[nom].reglages.get("anchor") or "")
    rang = nom[1:]
    return next(
        n for n in (autre, f"{'y' if nom[0] == 'x' else 'x'}{rang}", "y" if nom[0] == "x" else "x") if n in axes
    )


def _legend_width(dessin: Dessin, cadre: Surface) -> float:
    vertical = dessin.posee and dessin.part("legend").get("orientation") == "v"
    return (cadre.largeur - cadre.droite if vertical and dessin.part("legend").get("x", 0) > 0.9 else cadre.largeur) - 8


def _layout(dessin: Dessin, largeur: int, hauteur: int, hors_titre: float) -> tuple[dict[str, Axe], Surface, float]:
    axes = {nom: _axis(dessin, nom) for nom in _names(dessin)}
    if dessin.posee:
        return _placed(dessin, axes, largeur, hauteur)
    return _computed(dessin, axes, largeur, hauteur, hors_titre)


def _names(dessin: Dessin) -> list[str]:
    """Les axes dont une trace, une note ou un réglage parle ; les deux premiers toujours."""
    cites = {str(t.get(f"{sens}axis") or sens) for t in dessin.traces for sens in "xy"}
    regles = {f"{cle[0]}{cle[5:]}" for cle in dessin.mise if cle[:5] in ("xaxis", "yaxis")}
    return sorted({"x", "y"} | cites | regles)


def _axis(dessin: Dessin, nom: str) -> Axe:
    """L'axe des mesures contient zéro et les sommets empilés ; l'autre laisse la place d'une demi-barre."""
    horizontal = nom[0] == "x"
    reglages = dessin.part(f"{nom[0]}axis{nom[1:]}", f"{nom[0]}axis") | {"_pose": dessin.posee}
    traces = [t for t in dessin.traces if (t.get(f"{nom[0]}axis") or nom[0]) == nom]
    barres = [t for t in traces if t["type"] == "bar"]
    vues = [v for t in traces for v in t[nom[0]]]
    couchee = any(t["couchee"] for t in barres)
    if not barres:
        carte = reglages.get("scaleanchor") or any(t.get("fill") == "toself" for t in dessin.traces)
        return make_axis(nom, reglages, vues, part=0.03 if horizontal and not carte else 0, rond=not horizontal)
    if horizontal == couchee:
        reglages |= {"_fil": couchee}
        return make_axis(nom, reglages, [*vues, *_tops(dessin, barres, make_axis(nom, reglages, vues))], zero=True)
    muette = make_axis(nom, reglages, vues)
    large = max(bar_widths(barres, barres[0], muette, "overlay", 0)[0], default=1.0)
    return make_axis(nom, reglages, vues, marge=large * 0.66, rond=False)


def _tops(dessin: Dessin, barres: Sequence[dict[str, Any]], mesure: Axe) -> list[float]:
    """Les sommets des barres empilées ou posées sur une base."""
    mode, sommets, bouts = str(dessin.get("barmode", "group")), {}, []
    for trace in barres:
        positions = trace["y"] if trace["couchee"] else trace["x"]
        rangs = make_axis("rangs", {}, positions)
        lues = bar_places(trace, rangs, mesure, mode, sommets) if mesure.genre == "linear" else []
        bouts += [depart + m for _, m, depart in lues if m is not None]
    return bouts


def _placed(dessin: Dessin, axes: dict[str, Axe], largeur: int, hauteur: int) -> tuple[dict[str, Axe], Surface, float]:
    """Comme plotly : les marges dites, les domaines en parts du cadre."""
    marges = {"l": 80, "r": 80, "t": 100, "b": 80, **dessin.part("margin")}
    haute = float(hauteur or dessin.get("height", 450))
    droite, bas = max(largeur - marges["r"], marges["l"] + 20), max(haute - marges["b"], marges["t"] + 20)
    cadre = Surface(marges["l"], marges["t"], droite, bas, largeur, haute)
    poses = {}
    for nom, axe in axes.items():
        debut, fin = axe.reglages.get("domain") or (0, 1)
        poses[nom] = axe.over(cadre.part(debut, axe.horizontal), cadre.part(fin, axe.horizontal))
    return _linked(poses), cadre, haute


def _linked(axes: dict[str, Axe]) -> dict[str, Axe]:
    """Une carte garde ses proportions : l'axe qui a trop de place s'étend des deux côtés."""
    if not any(a.reglages.get("scaleanchor") for a in axes.values()):
        return axes
    x, y = axes["x"], axes["y"]
    etendues = [abs(a.haut - a.bas) or 1.0 for a in (x, y)]
    unite = min(abs(a.fin - a.debut) / e for a, e in zip((x, y), etendues, strict=True))
    centrees = {}
    for axe, etendue in zip((x, y), etendues, strict=True):
        milieu, demie = (axe.debut + axe.fin) / 2, unite * etendue / 2
        sens = 1 if axe.fin >= axe.debut else -1
        centrees[axe.nom] = axe.over(milieu - sens * demie, milieu + sens * demie)
    return {**axes, **centrees}


def _computed(
    dessin: Dessin, axes: dict[str, Axe], largeur: int, hauteur: int, hors_titre: float
) -> tuple[dict[str, Axe], Surface, float]:
    """Une figure sans marges dites : la place des noms, de la légende et du titre se calcule."""
    x, y = axes["x"], axes["y"]
    _, _, sous = legend(dessin, largeur - 8)
    gauche, droite, haut = _left(y, largeur), largeur - 20 - _ends(dessin), 12 + hors_titre
    voulue = hauteur or dessin.mise.get("height") or _height(dessin, x, y, largeur)
    pied = under(x.over(gauche, droite))
    bas = max(float(voulue) - pied - sous - 8, haut + 60)
    cadre = Surface(gauche, haut, droite, bas, largeur, bas + pied + sous + 8)
    poses = {n: a.over(gauche, droite) if a.horizontal else a.over(bas, haut) for n, a in axes.items()}
    return _linked(poses), cadre, bas + pied + 2


def _left(y: Axe, largeur: int) -> float:
    noms = [nom for _, nom in ticks(y)] if y.visible and y.reglages.get("showticklabels") is not False else []
    place = max((width(ligne, 13) for nom in noms for ligne in plain(nom).split("\n")), default=0)
    return 16 + min(place, largeur * 0.42) + 22 * bool(plain(y.reglages.get("title")))


def _ends(dessin: Dessin) -> float:
    """La place des textes écrits au bout des barres couchées."""
    ecrits = [t for t in dessin.traces if t["type"] == "bar" and t["couchee"] and t.get("text")]
    return max((width(plain(texte), 13) + 8 for t in ecrits for texte in _texts(t)), default=0)


def _texts(trace: dict[str, Any]) -> list[str]:
    texte = trace["text"]
    return [texte] if isinstance(texte, str) else [str(t) for t in texte]


def _height(dessin: Dessin, x: Axe, y: Axe, largeur: int) -> float:
    if x.reglages.get("scaleanchor") or y.reglages.get("scaleanchor"):
        etendue = abs(y.haut - y.bas) / (abs(x.haut - x.bas) or 1)
        return round(min(largeur * etendue, largeur * 1.1)) + 20
    if y.genre == "category":
        groupees = (
            len([t for t in dessin.traces if t["type"] == "bar"]) if dessin.get("barmode") in (None, "group") else 1
        )
        return 90 + len(y.noms) * max(30, 18 * groupees)
    return round(largeur * 0.52)
