"""La distribution des communes : un rond par commune sur l'axe, le repère en trait vertical, les extrêmes nommés."""

from collections.abc import Collection, Sequence

from markupsafe import Markup

from ctgkit.diagnostic import Mesure, write_valeur
from ctgkit.views.diagnostic.ecarts import AMPLE, COMPACT, COULEURS, Cadre, step

RAYON, HAUT_RANG = 6.5, 14


def spread_svg(mesures: Sequence[Mesure], repere: Mesure | None, choisies: Collection[str], titre: str) -> Markup:
    """Les deux tailles ; les communes choisies sont pleines et nommées, les autres évidées."""
    rangees = sorted(mesures, key=lambda m: (m.valeur, m.nom_geo))
    if not rangees:
        return Markup("")
    return Markup("").join(_draw(rangees, repere, choisies, titre, cadre) for cadre in (AMPLE, COMPACT))


def _draw(
    mesures: Sequence[Mesure], repere: Mesure | None, choisies: Collection[str], titre: str, cadre: Cadre
) -> Markup:
    gauche, droite = 24, cadre.largeur - 24
    valeurs = [m.valeur for m in mesures] + ([repere.valeur] if repere else [])
    bas, etendue = min(valeurs), (max(valeurs) - min(valeurs)) or 1.0

    def place(v: float) -> float:
        return gauche + (v - bas) / etendue * (droite - gauche)

    piles = _stack([place(m.valeur) for m in mesures])
    base = 64 + HAUT_RANG * (max(piles) + 1)
    nommees = _named(mesures, choisies)
    traits = [_rule(place, base, bas, etendue, cadre)]
    if repere:
        traits.append(_reference(place(repere.valeur), base, repere, cadre))
    for m, pile in zip(mesures, piles, strict=True):
        traits.append(_dot(m, place(m.valeur), base - 14 - HAUT_RANG * pile, m.geo in choisies))
    traits += _names(nommees, place, base, cadre)
    haut = base + 44 + 17 * min(len(nommees), 4 if cadre is AMPLE else len(nommees)) * (cadre is COMPACT)
    dit = f"de {mesures[0].texte} à {mesures[0].nom_geo} jusqu'à {mesures[-1].texte} à {mesures[-1].nom_geo}"
    return Markup('<svg class="{}" viewBox="0 0 {} {:.0f}" role="img" aria-label="{} : {}.">{}</svg>').format(
        cadre.classe, cadre.largeur, haut + (36 if cadre is AMPLE else 0), titre, dit, Markup("").join(traits)
    )


def _stack(abscisses: Sequence[float]) -> list[int]:
    """À quelle hauteur poser chaque rond pour qu'il ne recouvre aucun de ses voisins."""
    derniers: list[float] = []
    rangs = []
    for x in abscisses:
        rang = next((i for i, d in enumerate(derniers) if x - d >= 2 * RAYON + 1), len(derniers))
        derniers[rang : rang + 1] = [x]
        rangs.append(rang)
    return rangs


def _dot(m: Mesure, x: float, y: float, plein: bool) -> Markup:
    couleur = COULEURS[m.definition.sens]
    fond = couleur if plein else "var(--feuille)"
    return Markup(
        '<circle cx="{:.1f}" cy="{:.1f}" r="{}" fill="{}" stroke="{}" stroke-width="2"><title>{} : {}</title></circle>'
    ).format(x, y, RAYON, fond, couleur, m.nom_geo, m.texte)


def _reference(x: float, base: float, repere: Mesure, cadre: Cadre) -> Markup:
    ancre = "start" if x < cadre.largeur * 0.3 else "end" if x > cadre.largeur * 0.7 else "middle"
    return Markup(
        '<line x1="{x:.1f}" x2="{x:.1f}" y1="26" y2="{:.1f}" stroke="var(--neutre)" stroke-width="4"/>'
        '<text x="{x:.1f}" y="18" text-anchor="{}" class="g-axe" font-weight="700">{} {}</text>'
    ).format(base, ancre, repere.nom_geo, write_valeur(repere.definition, repere.valeur), x=x)


def _rule(place: object, base: float, bas: float, etendue: float, cadre: Cadre) -> Markup:
    pas = step(etendue, 6 if cadre is AMPLE else 4)
    premier = int(bas // pas)
    reperes = [k * pas for k in range(premier, premier + 14) if bas - 1e-9 <= k * pas <= bas + etendue + 1e-9]
    trait = Markup(
        '<line x1="{x:.1f}" x2="{x:.1f}" y1="{:.1f}" y2="{:.1f}" stroke="var(--encre-2)"/>'
        '<text x="{x:.1f}" y="{:.1f}" text-anchor="middle" class="g-axe">{}</text>'
    )
    ligne = Markup('<line x1="12" x2="{}" y1="{b:.1f}" y2="{b:.1f}" stroke="var(--encre-2)"/>')
    ecrits = [trait.format(base, base + 6, base + 21, _plain(v), x=place(v)) for v in reperes]
    return ligne.format(cadre.largeur - 12, b=base) + Markup("").join(ecrits)


def _plain(v: float) -> str:
    from ctgkit.formats import nombre

    return nombre(v, 0 if abs(v - round(v)) < 1e-9 else 1 if abs(v * 10 - round(v * 10)) < 1e-9 else 2)


def _named(mesures: Sequence[Mesure], choisies: Collection[str]) -> list[Mesure]:
    """Les extrêmes et les communes choisies, de gauche à droite."""
    bouts = {mesures[0].geo, mesures[-1].geo}
    return [m for m in mesures if m.geo in choisies or m.geo in bouts]


def _names(nommees: Sequence[Mesure], place: object, base: float, cadre: Cadre) -> list[Markup]:
    """Sous l'axe, un nom par commune ; sur deux rangs quand deux noms se toucheraient."""
    texte = Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}" class="g-texte" font-weight="700">{}</text>')
    if cadre is COMPACT:
        return [texte.format(0, base + 44 + 17 * i, "start", f"{m.nom_geo} : {m.texte}") for i, m in enumerate(nommees)]
    ecrits, fins = [], [-100.0, -100.0, -100.0]
    for m in nommees:
        large = 8.2 * len(m.nom_geo)
        x = min(max(place(m.valeur), large / 2), cadre.largeur - large / 2)
        rang = next((i for i, fin in enumerate(fins) if x - large / 2 > fin + 10), 2)
        fins[rang] = x + large / 2
        ecrits.append(texte.format(x, base + 42 + 17 * rang, "middle", m.nom_geo))
    return ecrits
