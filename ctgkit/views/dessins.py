"""Dessins en SVG écrits par le serveur : carte en cases, silhouette, frise. Ni bibliothèque ni réseau côté page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
from markupsafe import Markup, escape

from ctgkit import cartographie
from ctgkit.formats import date_longue
from ctgkit.horloge import Horloge
from ctgkit.territoire import Territoire

LARGEUR = 640.0


@dataclass(frozen=True)
class Case:
    """Une commune sur la carte : ce qui est écrit dedans, sa classe de style, et la phrase que l'on entend."""

    valeur: str
    classe: str
    phrase: str


def carte_svg(territoire: Territoire, cases: Mapping[str, Case], titre: str) -> Markup:
    """Une case par commune localisée ; cliquable et atteignable au clavier."""
    codes, contours, hauteur = layout(territoire)
    noms = dict(zip(territoire.communes["code_insee"], territoire.communes["nom"], strict=True))
    dessins = [_case(code, noms[code], contour, cases[code]) for code, contour in zip(codes, contours, strict=True)]
    return Markup('<svg viewBox="0 0 {} {:.0f}" role="group" aria-label="{}">{}{}</svg>').format(
        int(LARGEUR), hauteur, titre, HACHURES, Markup("").join(dessins)
    )


HACHURES = Markup(
    '<defs><pattern id="hachures" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" fill="#fff"/><rect width="2" height="6" fill="#636973"/></pattern></defs>'
)


def _case(code: str, nom: str, contour: np.ndarray, case: Case) -> Markup:
    x, y = cartographie.centre(contour)
    large = float(np.ptp(contour[:, 0]))
    ecrit = nom if len(nom) * 6.2 < large else ""
    return Markup(
        '<g data-commune="{}" class="case {}" tabindex="0" role="button" aria-label="{} : {}"><title>{} : {}</title>'
        '<path d="{}"/><text x="{:.0f}" y="{:.0f}" class="m-nom">{}</text>'
        '<text x="{:.0f}" y="{:.0f}" class="m-val">{}</text></g>'
    ).format(code, case.classe, nom, case.phrase, nom, case.phrase, cartographie.svg_path(contour, 1.2),
             x, y - 2, ecrit, x, y + 12, case.valeur)  # fmt: skip


def silhouette_svg(territoire: Territoire, largeur: float = 250) -> Markup:
    """Le territoire en réduction ; la commune la plus peuplée est à l'encre."""
    codes, contours, hauteur = layout(territoire)
    if not codes:
        return Markup("")
    populations = dict(zip(territoire.communes["code_insee"], territoire.communes["population"], strict=True))
    premiere = max(codes, key=lambda c: np.nan_to_num(populations[c]))
    traces = [
        Markup('<path d="{}" fill="{}" stroke="{}" stroke-width="3"/>').format(
            cartographie.svg_path(p, 2), *(("#1D2732", "#1D2732") if c == premiere else ("#fff", "#857A68"))
        )
        for c, p in zip(codes, contours, strict=True)
    ]
    return Markup('<svg viewBox="0 0 {} {:.0f}" width="{}" aria-hidden="true" focusable="false">{}</svg>').format(
        int(LARGEUR), hauteur, int(largeur), Markup("").join(traces)
    )


def layout(territoire: Territoire) -> tuple[list[str], list[np.ndarray], float]:
    """Les codes localisés, leurs contours dans le cadre et la hauteur du cadre."""
    communes = territoire.communes
    situees = ~(np.isnan(communes["lat"]) | np.isnan(communes["lon"]))
    codes = tuple(communes["code_insee"][situees])
    return _layout(codes, tuple(communes["lat"][situees]), tuple(communes["lon"][situees]))


@lru_cache(maxsize=16)
def _layout(codes: tuple[str, ...], lat: Sequence[float], lon: Sequence[float]) -> tuple[list, list, float]:
    if not codes:
        return [], [], 0.0
    contours, hauteur = cartographie.fit(cartographie.cells(cartographie.project(lat, lon)), LARGEUR)
    return list(codes), contours, hauteur


FRISE_LARGEUR, FRISE_MARGE = 830, 8


def frise_svg(horloge: Horloge) -> Markup:
    """Le temps de la convention : ce qui est passé à l'encre, aujourd'hui, et les repères à venir."""
    debut, fin = horloge.convention.debut, horloge.convention.fin
    if not debut or not fin:
        return Markup("")
    place = _scale(debut, fin)
    aujourdhui = min(max(horloge.jour, debut), fin)
    lignes = [
        _segment(place(debut), place(aujourdhui), "#1D2732", 6),
        _segment(place(aujourdhui), place(fin), "#857A68", 2),
        *(_annee(annee, place, debut, fin) for annee in range(debut.year, fin.year + 1)),
        *(_repere(place(e.jour), e.passee) for e in horloge.echeances if debut <= e.jour <= fin),
        _etiquette(place(debut), "start", date_longue(debut), "début"),
        _etiquette(place(fin), "end", date_longue(fin), "fin"),
    ]
    if debut < horloge.jour < fin:
        ancre = "start" if place(horloge.jour) < FRISE_LARGEUR / 2 else "end"
        rang = f"{horloge.annee_en_cours}ᵉ année sur {horloge.annees}".replace("1ᵉ ", "1ʳᵉ ")
        lignes.append(_etiquette(place(horloge.jour), ancre, date_longue(horloge.jour), rang))
        lignes.append(_repere(place(horloge.jour), True))
    periode = f"du {date_longue(debut)} au {date_longue(fin)}"
    phrase = f"Frise de la convention, {periode} ; lecture au {date_longue(horloge.jour)}"
    return Markup('<svg viewBox="0 0 {} 110" role="img" aria-label="{}">{}</svg>').format(
        FRISE_LARGEUR, phrase, Markup("").join(lignes)
    )


Abscisse = Callable[[date], float]


def _scale(debut: date, fin: date) -> Abscisse:
    duree = max((fin - debut).days, 1)
    return lambda jour: FRISE_MARGE + (jour - debut).days / duree * (FRISE_LARGEUR - 2 * FRISE_MARGE)


def _segment(x1: float, x2: float, couleur: str, epaisseur: int) -> Markup:
    return Markup('<line x1="{:.1f}" x2="{:.1f}" y1="66" y2="66" stroke="{}" stroke-width="{}"/>').format(
        x1, x2, couleur, epaisseur
    )


def _annee(annee: int, place: Abscisse, debut: date, fin: date) -> Markup:
    gauche, droite = place(max(date(annee, 1, 1), debut)), place(min(date(annee, 12, 31), fin))
    return Markup(
        '<line x1="{:.1f}" x2="{:.1f}" y1="57" y2="75" stroke="#1D2732" stroke-width="1.5"/>'
        '<text x="{:.1f}" y="100" text-anchor="middle" class="g-axe">{}</text>'
    ).format(gauche, gauche, (gauche + droite) / 2, annee)


def _repere(x: float, passe: bool) -> Markup:
    fond, bord = ("#1D2732", "#FFFDF8") if passe else ("#FFFDF8", "#1D2732")
    return Markup('<circle cx="{:.1f}" cy="66" r="6.5" fill="{}" stroke="{}" stroke-width="2.2"/>').format(
        x, fond, bord
    )


def _etiquette(x: float, ancre: str, titre: str, sous_titre: str) -> Markup:
    return Markup(
        '<text x="{x:.1f}" y="26" text-anchor="{a}" class="g-texte g-fort">{t}</text>'
        '<text x="{x:.1f}" y="42" text-anchor="{a}" class="g-axe">{s}</text>'
    ).format(x=x, a=ancre, t=escape(titre), s=escape(sous_titre))
