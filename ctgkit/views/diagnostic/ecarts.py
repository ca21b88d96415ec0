"""Le graphique d'écart : une marque par mesure, un trait vers le repère, les deux valeurs et l'écart en mots."""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ctgkit.diagnostic import Comparaison
from ctgkit.diagnostic.comparaison import verdict
from ctgkit.diagnostic.formules import decimales
from ctgkit.formats import nombre

COULEURS = {"besoin": "var(--besoin)", "offre": "var(--offre)", "contexte": "var(--encre-2)"}
COMMUNES = ("%", "places pour 100 enfants")
AUTRES = "Autres unités : le trait mesure l’écart relatif au repère"


@dataclass(frozen=True)
class Cadre:
    """Deux tailles : large, libellé à gauche ; compacte, libellé au-dessus."""

    classe: str
    largeur: int
    gauche: int
    droite: int
    titres: int


AMPLE, COMPACT = Cadre("ample", 770, 300, 638, 43), Cadre("compact", 330, 12, 318, 38)
Groupe = tuple[str, Sequence[Comparaison]]


def gaps_svg(groupes: Sequence[Groupe], titre: str) -> Markup:
    """Les deux dessins ; la feuille de style n'en montre qu'un."""
    pleins = split(groupes)
    return Markup("").join(_draw(pleins, titre, cadre) for cadre in (AMPLE, COMPACT)) if pleins else Markup("")


def split(groupes: Sequence[Groupe]) -> list[Groupe]:
    """Les parts partagent un axe ; les autres unités viennent après, chacune à son échelle."""
    memes = [(nom, [c for c in g if c.mesure.definition.unite in COMMUNES]) for nom, g in groupes]
    autres = [c for _, g in groupes for c in g if c.mesure.definition.unite not in COMMUNES]
    return [(nom, g) for nom, g in (*memes, (AUTRES, autres)) if g]


def _draw(groupes: Sequence[Groupe], titre: str, cadre: Cadre) -> Markup:
    communes = [c for nom, g in groupes if nom != AUTRES for c in g]
    place = _scale([v for c in communes for v in (c.mesure.valeur, c.repere.valeur)], cadre)
    traits, y = [], 30
    for nom, groupe in groupes:
        if nom == AUTRES and communes:
            traits.append(_axis(place, y, cadre))
            y += 58
        traits.append(_heading(nom, y, cadre))
        y += 8
        for c in groupe:
            dessin, haut = _row(c, y, place if nom != AUTRES else _relative(c, groupe, cadre), cadre)
            traits.append(dessin)
            y += haut
        y += 30
    if groupes and groupes[-1][0] != AUTRES:
        traits.append(_axis(place, y - 18, cadre))
        y += 14
    dit = " ; ".join(
        f"{c.mesure.definition.libelle} : {c.mesure.texte}, {c.ecart_ecrit}" for _, g in groupes for c in g
    )
    return Markup('<svg class="{}" viewBox="0 0 {} {:.0f}" role="img" aria-label="{}. {}.">{}</svg>').format(
        cadre.classe, cadre.largeur, y - 4, titre, dit, Markup("").join(traits)
    )


class Echelle:
    """Place une valeur sur l'axe, et connaît ses repères ronds."""

    def __init__(self, bas: float, haut: float, cadre: Cadre, marge: int = 30) -> None:
        self.bas, self.etendue = bas, (haut - bas) or 1.0
        self.debut, self.large = cadre.gauche + marge, cadre.droite - cadre.gauche - 2 * marge

    def __call__(self, valeur: float) -> float:
        return self.debut + (valeur - self.bas) / self.etendue * self.large

    def ticks(self) -> list[float]:
        pas = step(self.etendue)
        premier = math.ceil((self.bas - 0.04 * self.etendue) / pas)
        dernier = math.floor((self.bas + 1.04 * self.etendue) / pas)
        return [k * pas for k in range(premier, dernier + 1)]


def step(etendue: float, combien: int = 6) -> float:
    vise = (etendue or 1.0) / combien
    ordre = 10.0 ** math.floor(math.log10(vise))
    return next(k * ordre for k in (1, 2, 5, 10) if k * ordre >= vise * 0.999)


def _scale(valeurs: Sequence[float], cadre: Cadre) -> Echelle:
    return Echelle(min(valeurs, default=0.0), max(valeurs, default=1.0), cadre, 30 if cadre is AMPLE else 38)


def _relative(c: Comparaison, groupe: Sequence[Comparaison], cadre: Cadre) -> Echelle:
    """Le repère au milieu ; la demi-largeur vaut le plus grand écart relatif du groupe."""
    relatifs = [abs(x.mesure.valeur / x.repere.valeur - 1) for x in groupe if x.repere.valeur]
    demie = (max(relatifs, default=0.0) or 1.0) * abs(c.repere.valeur or 1.0)
    return Echelle(c.repere.valeur - demie, c.repere.valeur + demie, cadre, 62)


def _heading(nom: str, y: float, cadre: Cadre) -> Markup:
    return Markup(
        '<text x="0" y="{}" class="g-axe" font-weight="700">{}</text>'
        '<line x1="0" x2="{}" y1="{}" y2="{}" stroke="var(--encre)" stroke-width="1"/>'
    ).format(y, nom, cadre.largeur, y + 8, y + 8)


def _row(c: Comparaison, y: float, place: Echelle, cadre: Cadre) -> tuple[Markup, float]:
    lignes = textwrap.wrap(c.mesure.definition.libelle, cadre.titres)[:3]
    if cadre is AMPLE:
        haut = 39 + 16 * (len(lignes) - 1)
        milieu = y + haut / 2 + 2
        textes = _words(lignes, y + 19.5, 16) + _small(0, y + 19.5 + 16 * len(lignes), "start", unit_and_year(c))
        textes += _verdict(c, cadre.largeur, milieu)
    else:
        haut = 78 + 16 * (len(lignes) - 1)
        milieu = y + haut - 24
        textes = _words(lignes, y + 20, 16, "700") + _compact_verdict(c, cadre.largeur, y + 22 + 16 * len(lignes))
    return textes + _marks(c, milieu, place, cadre), haut


def _words(lignes: Sequence[str], y: float, pas: int, gras: str = "400") -> Markup:
    texte = Markup('<text x="0" y="{:.1f}" class="g-texte" font-weight="{}">{}</text>')
    return Markup("").join(texte.format(y + i * pas, gras, ligne) for i, ligne in enumerate(lignes))


def _small(x: float, y: float, ancre: str, dit: str) -> Markup:
    return Markup(
        '<text x="{:.1f}" y="{:.1f}" text-anchor="{}" class="g-axe" style="font-size:12.5px">{}</text>'
    ).format(x, y, ancre, dit)


def _verdict(c: Comparaison, x: float, y: float) -> Markup:
    return Markup('<text x="{}" y="{:.1f}" text-anchor="end" class="g-texte g-fort" style="fill:{}">{}</text>').format(
        x, y - 3, color(c), c.ecart_ecrit
    ) + _small(x, y + 13, "end", in_words(c))


def _compact_verdict(c: Comparaison, x: float, y: float) -> Markup:
    return Markup(
        '<text x="{}" y="{:.1f}" text-anchor="end" class="g-axe"><tspan font-weight="700" style="fill:{}">{}</tspan>'
        "{}</text>"
    ).format(x, y, color(c), c.ecart_ecrit, f" · {in_words(c)}" if in_words(c) else "")


def _marks(c: Comparaison, y: float, place: Echelle, cadre: Cadre) -> Markup:
    """Le fil, le trait d'écart, le repère vertical, la marque, et les deux valeurs de part et d'autre."""
    ici, la = place(c.mesure.valeur), place(c.repere.valeur)
    cote = 1 if ici >= la else -1
    ancres = ("start", "end") if cote > 0 else ("end", "start")
    ecrit, repere = both(c)
    return (
        Markup('<line x1="{}" x2="{}" y1="{y:.1f}" y2="{y:.1f}" class="g-fil"/>').format(
            cadre.gauche, cadre.droite, y=y
        )
        + Markup(
            '<line x1="{:.1f}" x2="{:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="{c}" stroke-width="4"/>'
            '<line x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}" stroke="var(--neutre)" stroke-width="4"/>'
        ).format(la, ici, la, la, y - 11, y + 11, y=y, c=color(c))
        + shape(c.mesure.definition.sens, ici, y)
        + Markup(
            '<text x="{:.1f}" y="{y:.1f}" text-anchor="{}" class="g-texte g-fort">{}</text>'
            '<text x="{:.1f}" y="{y:.1f}" text-anchor="{}" class="g-axe">{}</text>'
        ).format(ici + cote * 15, ancres[0], ecrit, la - cote * 9, ancres[1], repere, y=y + 5)
    )


def shape(sens: str, x: float, y: float, rayon: float = 8.0) -> Markup:
    """Rond : besoin ; carré : offre ; losange : contexte. La couleur ne fait que redoubler la forme."""
    couleur = COULEURS[sens]
    if sens == "besoin":
        return Markup('<circle cx="{:.1f}" cy="{:.1f}" r="{}" fill="{}"/>').format(x, y, rayon, couleur)
    if sens == "offre":
        cote = rayon * 1.84
        return Markup('<rect x="{:.1f}" y="{:.1f}" width="{c:.1f}" height="{c:.1f}" fill="{}"/>').format(
            x - cote / 2, y - cote / 2, couleur, c=cote
        )
    r = rayon * 1.1
    return Markup('<path d="M{:.1f} {:.1f}l{r:.1f} {r:.1f}l-{r:.1f} {r:.1f}l-{r:.1f} -{r:.1f}z" fill="{}"/>').format(
        x, y - r, couleur, r=r
    )


def _axis(place: Echelle, y: float, cadre: Cadre) -> Markup:
    trait = Markup(
        '<line x1="{x:.1f}" x2="{x:.1f}" y1="{:.1f}" y2="{:.1f}" stroke="var(--encre-2)"/>'
        '<text x="{x:.1f}" y="{:.1f}" text-anchor="middle" class="g-axe">{}</text>'
    )
    ligne = Markup('<line x1="{}" x2="{}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--encre-2)"/>')
    return ligne.format(cadre.gauche, cadre.droite, y=y) + Markup("").join(
        trait.format(y, y + 6, y + 21, f"{v:g}".replace(".", ",").replace("-", "−"), x=place(v)) for v in place.ticks()
    )


def both(c: Comparaison) -> tuple[str, str]:
    """Les deux valeurs avec autant de décimales : 33,8 et 32,0."""
    return nombre(c.mesure.valeur, digits(c)), nombre(c.repere.valeur, digits(c))


def digits(c: Comparaison) -> int | None:
    """Le nombre de décimales commun aux deux valeurs ; None quand il n'y en a pas deux à écrire."""
    if c.ecart is None:
        return None
    return min(max(decimales(c.mesure.valeur), decimales(c.repere.valeur)), max(c.mesure.definition.decimales, 1))


def color(c: Comparaison) -> str:
    return COULEURS[c.mesure.definition.sens]


def in_words(c: Comparaison) -> str:
    return verdict(c.mesure.definition, c.ecart > 0) if c.ecart else ""


def unit_and_year(c: Comparaison) -> str:
    unite = c.mesure.definition.unite
    annees = c.mesure.quand if c.mesure.annee == c.repere.annee else f"{c.mesure.quand} ; repère : {c.repere.quand}"
    return f"{'en ' if unite in ('%', '‰', '€') else ''}{unite}, {annees}"
