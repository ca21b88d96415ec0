"""L'accueil, qui s'ouvre sans noyau ni bibliothèque : la frise d'une convention, la silhouette d'un territoire."""

from collections.abc import Callable
from datetime import date

import numpy as np
from markupsafe import Markup, escape

from ctgkit.figures import cartographie
from ctgkit.formats import date_longue
from ctgkit.horloge import Horloge
from ctgkit.territoire import Territoire

FRISE_LARGEUR, FRISE_MARGE = 830, 8
ETIQUETTE = 160  # la place d'une date écrite au bout de la frise


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
    ]
    mots = {"start": "début", "end": "fin"}
    if debut < horloge.jour < fin:
        ici = place(horloge.jour)
        ancre = "start" if ici < FRISE_LARGEUR / 2 else "end"
        rang = f"{horloge.annee_en_cours}ᵉ année sur {horloge.annees}".replace("1ᵉ ", "1ʳᵉ ")
        lignes.append(_repere(ici, True))
        if min(ici, FRISE_LARGEUR - ici) > ETIQUETTE:
            lignes.append(_etiquette(ici, ancre, date_longue(horloge.jour), rang))
        else:
            mots[ancre] += f" ; lecture au {date_longue(horloge.jour)}, {rang}"
    lignes += [
        _etiquette(place(debut), "start", date_longue(debut), mots["start"]),
        _etiquette(place(fin), "end", date_longue(fin), mots["end"]),
    ]
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


def silhouette_svg(territoire: Territoire, largeur: float = 250) -> Markup:
    """Le territoire en réduction ; la commune la plus peuplée est à l'encre."""
    plan = cartographie.layout(territoire)
    if not plan.contours:
        return Markup("")
    populations = dict(zip(territoire.communes["code_insee"], territoire.communes["population"], strict=True))
    premiere = max(plan.contours, key=lambda code: np.nan_to_num(populations[code]))
    traces = [
        Markup('<path d="{}" fill="{}" stroke="{}" stroke-width="3"/>').format(
            " ".join(cartographie.svg_path(p, 0 if plan.reel else 2) for p in contours),
            *(("#1D2732", "#1D2732") if code == premiere else ("#fff", "#857A68")),
        )
        for code, contours in plan.contours.items()
    ]
    return Markup('<svg viewBox="0 0 {} {:.0f}" width="{}" aria-hidden="true" focusable="false">{}</svg>').format(
        int(cartographie.LARGEUR), plan.hauteur, int(largeur), Markup("").join(traces)
    )
