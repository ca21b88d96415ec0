"""Une figure plotly en SVG autonome, sans navigateur : la même définition sert à l'écran et sur le papier."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from ctgkit.figures.gabarit import LARGEUR, POLICE
from ctgkit.figures.svg.axes import Axe, make_axis, ticks
from ctgkit.figures.svg.lecture import Dessin, color, number
from ctgkit.figures.svg.marques import Axes, Hachures, bar_places, bar_widths, bars, curves, dashes, path, symbol
from ctgkit.figures.svg.texte import CORPS, ENCRE, BlocDeTexte, plain, width

FILET, MUET = "#DACFBC", "rgba(0,0,0,0)"
_TRACE_PX = re.compile(r"([MLHVQCZ])|(-?[\d.]+)")
_ANCRES = {"left": "start", "right": "end", "center": "middle"}


@dataclass(frozen=True)
class Surface:
    """La surface du tracé, en pixels, et celle de la figure."""

    gauche: float
    haut: float
    droite: float
    bas: float
    largeur: float
    hauteur: float

    def part(self, x: float, horizontal: bool) -> float:
        """Une part du cadre (0 à gauche ou en bas), en pixels."""
        if horizontal:
            return self.gauche + x * (self.droite - self.gauche)
        return self.bas - x * (self.bas - self.haut)


def gridlines(axe: Axe, face: Axe) -> list[str]:
    """Les fils des repères, d'un bord à l'autre de l'axe d'en face."""
    reglages = axe.reglages
    if not axe.visible or not _gridded(axe):
        return []
    couleur = escape(color(reglages.get("gridcolor"), FILET))
    return [_rule(axe, face, axe.at(v), couleur, 1) for v, _ in ticks(axe)]


def _gridded(axe: Axe) -> bool:
    """Sans réglage, seuls les axes de mesure ont des fils, et les verticaux de préférence."""
    voulu = axe.reglages.get("showgrid")
    return (
        bool(voulu)
        if voulu is not None
        else axe.genre == "linear" and (not axe.horizontal or axe.reglages.get("_fil", False))
    )


def _rule(axe: Axe, face: Axe, ou: float, couleur: str, large: float) -> str:
    a, b = face.debut, face.fin
    coins = (ou, a, ou, b) if axe.horizontal else (a, ou, b, ou)
    return _line(coins, couleur, f' stroke-width="{large:g}"')


def _line(coins: Sequence[float], couleur: str, plus: str = "") -> str:
    x1, y1, x2, y2 = coins
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{couleur}"{plus}/>'


def axis(axe: Axe, face: Axe) -> list[str]:
    """La ligne de l'axe, ses repères et leurs textes, le trait de zéro, le titre."""
    if not axe.visible:
        return []
    reglages, rendus = axe.reglages, []
    bord = max(face.debut, face.fin) if axe.horizontal else min(face.debut, face.fin)
    bas, haut = sorted((axe.bas, axe.haut))
    if reglages.get("zeroline", not reglages.get("_pose")) and axe.genre == "linear" and bas <= 0 <= haut:
        couleur = escape(color(reglages.get("zerolinecolor"), ENCRE))
        rendus.append(_rule(axe, face, axe.at(0), couleur, number(reglages.get("zerolinewidth"), 1)))
    if reglages.get("showline"):
        couleur = escape(color(reglages.get("linecolor"), ENCRE))
        coins = (axe.debut, bord, axe.fin, bord) if axe.horizontal else (bord, axe.debut, bord, axe.fin)
        rendus.append(_line(coins, couleur, f' stroke-width="{number(reglages.get("linewidth"), 1):g}"'))
    if reglages.get("showticklabels") is not False:
        rendus += _columns(axe, bord) if axe.horizontal else _rows(axe, face, bord)
    return rendus + _axis_title(axe, bord)


def _columns(axe: Axe, bord: float) -> list[str]:
    reglages, rendus = axe.reglages, []
    reperes = ticks(axe)
    long = number(reglages.get("ticklen"), 5) if reglages.get("ticks") == "outside" else 0
    large = abs(axe.fin - axe.debut) / max(len(reperes), 1)
    for valeur, nom in reperes:
        x = axe.at(valeur)
        if long:
            rendus.append(_line((x, bord, x, bord + long), escape(color(reglages.get("tickcolor"), ENCRE))))
        bloc = BlocDeTexte.of(nom, {"size": 13, **(reglages.get("tickfont") or {})}).wrapped(max(large, 40))
        rendus.append(bloc.svg(x, bord + long + 3, "middle"))
    return rendus


def _rows(axe: Axe, face: Axe, bord: float) -> list[str]:
    dedans = "inside" in str(axe.reglages.get("ticklabelposition") or "")
    gauche, rendus = min(face.debut, face.fin), []
    for valeur, nom in ticks(axe):
        y = axe.at(valeur)
        bloc = BlocDeTexte.of(nom, {"size": 13, **(axe.reglages.get("tickfont") or {})})
        if dedans:
            rendus.append(bloc.svg(gauche + 2, y - bloc.hauteur - 1))
            continue
        bloc = bloc.wrapped(max(bord - 12, 40))
        rendus.append(bloc.svg(bord - 8, y - bloc.hauteur / 2, "end"))
    return rendus


def _axis_title(axe: Axe, bord: float) -> list[str]:
    titre = plain(axe.reglages.get("title"))
    if not titre:
        return []
    bloc = BlocDeTexte.of(titre, {"size": 13})
    if axe.horizontal:
        return [bloc.svg((axe.debut + axe.fin) / 2, bord + under(axe) - 18, "middle")]
    milieu = (axe.debut + axe.fin) / 2
    return [f'<g transform="translate(14 {milieu:.0f}) rotate(-90)">{bloc.svg(0, -bloc.hauteur / 2, "middle")}</g>']


def under(axe: Axe) -> float:
    """La place des repères et du titre sous le tracé."""
    if not axe.visible:
        return 12
    reperes = ticks(axe)
    large = max(abs(axe.fin - axe.debut) / max(len(reperes), 1), 40)
    lignes = max((len(BlocDeTexte.of(nom, {"size": 13}).wrapped(large).lignes) for _, nom in reperes), default=1)
    return 10 + 17 * lignes + 22 * bool(plain(axe.reglages.get("title")))


def _spot(objet: Mapping[str, Any], cle: str, sens: str, axes: Axes, cadre: Surface) -> float | None:
    """Une position donnée dans les unités d'un axe, en part de son domaine, ou en part du cadre."""
    repere, valeur = str(objet.get(f"{sens}ref") or sens), objet.get(cle)
    if repere == "paper":
        return cadre.part(float(valeur or 0), sens == "x")
    nom, _, domaine = repere.partition(" ")
    axe = axes.get(nom)
    if axe is None:
        return None
    if not domaine:
        return axe.place(valeur)
    debut, fin = (min, max) if sens == "x" else (max, min)
    a, b = debut(axe.debut, axe.fin), fin(axe.debut, axe.fin)
    return a + float(valeur or 0) * (b - a)


def shapes(dessin: Dessin, axes: Axes, cadre: Surface, dessous: bool) -> list[str]:
    """Les traits, bandes et pointes de la figure ; d'abord ceux qui passent sous les marques."""
    formes = [f for f in dessin.mise.get("shapes") or () if (f.get("layer") == "below") == dessous]
    return [rendue for forme in formes if (rendue := _shape(forme, axes, cadre))]


def _shape(forme: Mapping[str, Any], axes: Axes, cadre: Surface) -> str:
    trait = forme.get("line") or {}
    large = number(trait.get("width"), 2)
    bord = escape(color(trait.get("color"), "#636973"))
    style = f' stroke="{bord}" stroke-width="{large:g}"{dashes(trait.get("dash"))}' if large else ""
    opacite = number(forme.get("opacity"), 1)
    style += f' opacity="{opacite:g}"' if opacite < 1 else ""
    if forme.get("type") == "path":
        return _pixel_path(forme, axes, cadre, style)
    coins = [_corner(forme, f"{sens}{i}", sens, axes, cadre) for i in (0, 1) for sens in ("x", "y")]
    if None in coins:
        return ""
    x0, y0, x1, y1 = coins
    if forme.get("type") == "rect":
        fond = escape(color(forme.get("fillcolor"), "#ECE8DF" if not large else "none"))
        return f'<path d="{path([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], "Z")}" fill="{fond}"{style}/>'
    return f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}"{style}/>'


def _corner(forme: Mapping[str, Any], cle: str, sens: str, axes: Axes, cadre: Surface) -> float | None:
    """Un coin ; en pixels, il est compté depuis l'ancre, vers le haut pour y."""
    if forme.get(f"{sens}sizemode") != "pixel":
        return _spot(forme, cle, sens, axes, cadre)
    ancre = _spot(forme, f"{sens}anchor", sens, axes, cadre)
    return None if ancre is None else ancre + number(forme.get(cle), 0) * (1 if sens == "x" else -1)


def _pixel_path(forme: Mapping[str, Any], axes: Axes, cadre: Surface, style: str) -> str:
    """Un tracé de taille fixe, posé sur son ancre ; un tracé dans l'unité des axes ne se dessine pas."""
    ancre = _spot(forme, "xanchor", "x", axes, cadre), _spot(forme, "yanchor", "y", axes, cadre)
    if None in ancre or forme.get("xsizemode") != "pixel":
        return ""
    sorties, horizontal = [], True
    for lettre, nombre in _TRACE_PX.findall(str(forme.get("path") or "")):
        if lettre:
            sorties.append(lettre)
            horizontal = True
            continue
        sorties.append(f"{ancre[0] + float(nombre):.1f} " if horizontal else f"{ancre[1] - float(nombre):.1f} ")
        horizontal = not horizontal
    fond = escape(color(forme.get("fillcolor"), "none"))
    return f'<path d="{"".join(sorties).strip()}" fill="{fond}"{style}/>'


def notes(dessin: Dessin, axes: Axes, cadre: Surface) -> list[str]:
    police = {"size": 14, **(dessin.get("font") or {})}
    if not dessin.posee:
        police["size"] = 13
    return [_note(note, police, axes, cadre) for note in dessin.mise.get("annotations") or ()]


def _note(note: Mapping[str, Any], police: Mapping[str, Any], axes: Axes, cadre: Surface) -> str:
    x, y = _spot(note, "x", "x", axes, cadre), _spot(note, "y", "y", axes, cadre)
    if x is None or y is None or not note.get("text") or note.get("visible") is False:
        return ""
    if note.get("showarrow") is not False:
        x, y = x + number(note.get("ax"), 0), y + number(note.get("ay"), 0)
    x, y = x + number(note.get("xshift"), 0), y - number(note.get("yshift"), 0)
    bloc = BlocDeTexte.of(note["text"], {**police, **(note.get("font") or {})})
    marge = number(note.get("borderpad"), 1)
    ancre, pose = str(note.get("xanchor") or "center"), str(note.get("yanchor") or "middle")
    large, haute = bloc.largeur, bloc.hauteur
    gauche = x + {"left": marge, "right": -large - marge}.get(ancre, -large / 2)
    haut = y + {"top": marge, "bottom": -haute - marge}.get(pose, -haute / 2)
    aligne = str(note.get("align") or "center") if len(bloc.lignes) > 1 else {"auto": "center"}.get(ancre, ancre)
    depart = gauche + {"left": 0.0, "right": large}.get(aligne, large / 2)
    fond = color(note.get("bgcolor"))
    boite = ""
    if fond and fond != MUET:
        boite = (
            f'<rect x="{gauche - marge - 1:.1f}" y="{haut - marge:.1f}" width="{large + 2 * marge + 2:.1f}" '
            f'height="{haute + 2 * marge:.1f}" fill="{escape(fond)}"/>'
        )
    return boite + bloc.svg(depart, haut, _ANCRES.get(aligne, "middle"))


@dataclass(frozen=True)
class EntreeLegende:
    """Une ligne de la légende, à sa place dans le bloc."""

    x: float
    y: float
    bloc: BlocDeTexte
    trace: Mapping[str, Any]


SWATCH, RANG = 24, 21


def legend(dessin: Dessin, largeur: float) -> tuple[list[EntreeLegende], float, float]:
    """Chaque série nommée et sa place ; la largeur et la hauteur du bloc."""
    visible = dessin.get("showlegend")
    nommees = [t for t in dessin.traces if plain(t.get("name")) and t.get("showlegend") is not False]
    if visible is False or (not visible and len(nommees) < 2) or not nommees:
        return [], 0, 0
    if not visible and all(t.get("fill") == "toself" for t in nommees):
        return [], 0, 0
    reglages = dessin.part("legend")
    police = {"size": 13 if not dessin.posee else 14, **(reglages.get("font") or {})}
    couchee = (reglages.get("orientation") or "h") == "h" or not dessin.posee
    entrees, x, y, plus = [], 0.0, 0.0, 0.0
    for trace in nommees:
        bloc = BlocDeTexte.of(trace["name"], police).wrapped(max(largeur - SWATCH - 8, 60), 2)
        large = SWATCH + bloc.largeur + 16
        if couchee and x and x + large - 16 > largeur:
            x, y = 0.0, y + RANG
        entrees.append(EntreeLegende(x, y, bloc, trace))
        plus = max(plus, x + large)
        x, y = (x + large, y) if couchee else (x, y + max(RANG, bloc.hauteur + 5))
    return entrees, plus, y + (RANG if couchee else 0)


def draw_legend(  # noqa: PLR0913, PLR0917
    dessin: Dessin,
    entrees: Sequence[EntreeLegende],
    taille: tuple[float, float],
    cadre: Surface,
    hachures: Hachures,
    dessous: float,
) -> list[str]:
    """La légende, où la figure la pose ; sans pose, sous le tracé."""
    if not entrees:
        return []
    reglages, (_, haute) = dessin.part("legend"), taille
    gauche, haut = 8.0, dessous
    if dessin.posee:
        dans_tout = reglages.get("yref") == "container"
        part_x, part_y = number(reglages.get("x"), 0), number(reglages.get("y"), 1)
        gauche = cadre.part(part_x, True) + 2
        ancre = cadre.hauteur * (1 - part_y) if dans_tout else cadre.part(part_y, False)
        haut = ancre - {"bottom": haute, "middle": haute / 2}.get(str(reglages.get("yanchor")), 0)
    return [_entry(e, gauche + e.x, haut + e.y, hachures) for e in entrees]


def _entry(entree: EntreeLegende, x: float, y: float, hachures: Hachures) -> str:
    trace, milieu = entree.trace, y + RANG / 2
    marque, ligne = trace.get("marker") or {}, trace.get("line") or {}
    if trace["type"] == "bar" or str(trace.get("fill") or "none") != "none":
        motif = (marque.get("pattern") if trace["type"] == "bar" else trace.get("fillpattern")) or {}
        couleur = color(trace.get("fillcolor")) or color(_first(marque.get("color")), trace["couleur"])
        contour = color(_first((marque.get("line") or {}).get("color")), couleur)
        fond = escape(hachures.fill({**motif, "shape": _first(motif.get("shape")) or ""}, couleur))
        dessin = (
            f'<rect x="{x + 1:.1f}" y="{milieu - 7:.1f}" width="16" height="13" fill="{fond}" '
            f'stroke="{escape(contour)}"/>'
        )
    elif "lines" in str(trace.get("mode") or "lines+markers"):
        trait = f' stroke-width="{number(ligne.get("width"), 2):g}"{dashes(ligne.get("dash"))}'
        dessin = _line((x, milieu, x + 18, milieu), escape(color(ligne.get("color"), trace["couleur"])), trait)
    else:
        contour = marque.get("line") or {}
        couleur = color(_first(marque.get("color")), trace["couleur"])
        bord = color(_first(contour.get("color")), couleur), number(_first(contour.get("width")), 0)
        dessin = symbol(str(_first(marque.get("symbol")) or "circle"), (x + 9, milieu), 13, couleur, bord)
    return dessin + entree.bloc.svg(x + SWATCH, milieu - entree.bloc.hauteur / 2)


def _first(brut: Any) -> Any:
    if brut is None or isinstance(brut, str | int | float):
        return brut
    return next(iter(brut), None)


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
