"""Les deux graphiques de la page : des barres depuis zéro, pleines jusqu'au minimum, hachurées au-dessus."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ctgkit.formats import euros
from ctgkit.fourchette import Fourchette

HACHURES = Markup(
    '<defs><pattern id="{}" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="8" height="8" fill="#fff"/><line x1="0" x2="0" y1="0" y2="8" stroke="var(--offre)" '
    'stroke-width="4"/></pattern></defs>'
)
BARRE = Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"{}/>')
Place = Callable[[float], float]
COURT = 17
BORD = Markup(' stroke="var(--offre)" stroke-width="1.5"')


@dataclass(frozen=True)
class Barre:
    """De `bas` à `haut` ; infini, la barre reste ouverte au-dessus de `connu`. `note` est écrite sous l'étiquette."""

    etiquette: str
    bas: float
    haut: float
    texte: str
    note: str = ""
    connu: float = 0.0

    @property
    def ouverte(self) -> bool:
        """Rien ne borne le haut, ou le bas d'une perte."""
        return math.isinf(self.haut) or math.isinf(self.bas)

    @property
    def ouverture(self) -> str:
        return Fourchette(self.bas, self.haut).fin

    @property
    def fini(self) -> tuple[float, float]:
        """Ce qui se dessine : le plein, de zéro au plus proche, et l'incertain au-delà."""
        bornes = [b for b in (self.bas, self.haut) if math.isfinite(b)] or [0.0]
        bornes += [self.connu] * (self.ouverte and self.connu != 0)
        return min(bornes), max(bornes)


@dataclass(frozen=True)
class Cadre:
    largeur: int
    haut: int
    bas: int
    hauteur: int
    marge: int
    corps: int
    part: float


AMPLE = Cadre(640, 62, 306, 352, 72, 14, 0.6)
COMPACT = Cadre(358, 62, 244, 270, 0, 13, 0.66)


def bars_svg(barres: Sequence[Barre], titre: str, signe: bool, ample: bool = True) -> Markup:
    """Une barre par année, debout."""
    c = AMPLE if ample else COMPACT
    nom = "bonus-h" if ample else "bonus-hc"
    place, reperes = _scale(barres, c)
    lignes = [_tick(v, place(v), c, signe) for v in reperes if v]
    pas = (c.largeur - c.marge) / max(len(barres), 1)
    for i, barre in enumerate(barres):
        x, large = c.marge + pas * (i + 0.5), pas * c.part
        formes = _bar(barre, (x - large / 2, large), place, f"url(#{nom})")
        lignes += [*formes, *_texts(barre, x, place, c)]
    zero = Markup('<line x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}" stroke="var(--encre)" stroke-width="1.5"/>')
    lignes.append(zero.format(2, c.largeur, place(0), place(0)))
    dit = " ; ".join(f"{b.etiquette} : {b.texte}{b.ouverture}{f' ({b.note})' if b.note else ''}" for b in barres)
    return Markup('<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}. {}.">{}{}</svg>').format(
        "ample" if ample else "compact", c.largeur, c.hauteur, titre, dit, HACHURES.format(nom), Markup("").join(lignes)
    )


def _scale(barres: Sequence[Barre], c: Cadre) -> tuple[Place, list[float]]:
    bornes = [v for b in barres for v in b.fini]
    bas, haut = min([0.0, *bornes]), max([0.0, *bornes])
    etendue = (haut - bas) or 1.0
    bas -= 0.24 * etendue * (bas < 0)
    pas = _step(etendue)
    reperes = [k * pas for k in range(math.ceil(bas / pas), math.floor(haut / pas) + 1)]

    def place(v: float) -> float:
        return c.bas - (v - bas) / ((haut - bas) or 1.0) * (c.bas - c.haut)

    return place, reperes


def _step(etendue: float, reperes: int = 3) -> float:
    vise = etendue / reperes
    ordre = 10.0 ** math.floor(math.log10(vise))
    return next(k * ordre for k in (1, 2, 5, 10) if k * ordre >= vise * 0.999)


def _tick(valeur: float, y: float, c: Cadre, signe: bool) -> Markup:
    return Markup(
        '<line x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}" class="g-fil"/><text x="{}" y="{:.1f}" class="g-axe">{}</text>'
    ).format(c.marge and 8, c.largeur, y, y, c.marge and 8, y - 4, euros(valeur, signe=signe))


def _bar(b: Barre, colonne: tuple[float, float], place: Place, hachures: str) -> list[Markup]:
    (bas, haut), (gauche, large) = b.fini, colonne
    plein, formes = _solid(bas, haut), []
    if haut > bas:
        y = place(haut)
        formes.append(BARRE.format(gauche, y, large, max(place(bas) - y, 1.5), hachures, BORD))
    if plein[1] > plein[0]:
        y = place(plein[1])
        formes.append(BARRE.format(gauche, y, large, place(plein[0]) - y, "var(--offre)", ""))
    fleche = Markup('<path d="M{:.1f} {:.1f}l6 {}l6 {}" fill="none" stroke="var(--offre)" stroke-width="2.5"/>')
    if math.isinf(b.haut):
        formes.append(fleche.format(gauche + large / 2 - 6, place(max(haut, 0)) - 4, -8, 8))
    if math.isinf(b.bas):
        formes.append(fleche.format(gauche + large / 2 - 6, place(min(bas, 0)) + 4, 8, -8))
    return formes


def _solid(bas: float, haut: float) -> tuple[float, float]:
    """De zéro à la borne la plus proche ; rien quand l'écart peut être des deux côtés."""
    return (min(0.0, haut), max(0.0, bas)) if bas * haut >= 0 else (0.0, 0.0)


def _texts(b: Barre, x: float, place: Place, c: Cadre) -> list[Markup]:
    """Le montant au bout de la barre, sur deux lignes quand la place manque ; l'étiquette et sa note dessous."""
    texte = Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="middle" class="{}" style="font-size:{}px">{}</text>')
    lignes = [b.texte] if c.marge and len(b.texte) < COURT else _split(b.texte)
    perte = b.fini[1] <= 0 and b.fini[0] < 0
    if perte:
        depart = place(b.fini[0]) + (26 if b.ouverte else 17)
    else:
        depart = place(max(b.fini[1], 0)) - (18 if b.ouverte else 9) - (len(lignes) - 1) * (c.corps + 1)
    ecrits = [
        texte.format(x, depart + i * (c.corps + 1), "g-texte g-fort", c.corps, ligne) for i, ligne in enumerate(lignes)
    ]
    ecrits.append(texte.format(x, c.bas + 19, "g-texte g-fort", 14, b.etiquette))
    if b.note and c.marge:
        ecrits.append(texte.format(x, c.bas + 36, "g-axe", 13, b.note))
    return ecrits


def _split(mots: str) -> list[str]:
    """`26 000 à 50 200 ou plus` se coupe devant « à » et « ou »."""
    return mots.replace(" à ", "\nà ").replace(" ou ", "\nou ").split("\n")


LARGEUR, HAUTEUR = 420, 30


def strips_svg(gains: Sequence[tuple[float, float]]) -> list[Markup]:
    """Une barre couchée par scénario, toutes sur le même axe."""
    barres = [Barre("", bas, haut, "") for bas, haut in gains]
    moins, plus = min([0.0, *(b.fini[0] for b in barres)]), max([0.0, *(b.fini[1] for b in barres)])

    def place(v: float) -> float:
        return (v - moins) / ((plus - moins) or 1.0) * (LARGEUR - 30) + 14

    return [_strip(b, place, f"bonus-s{rang}") for rang, b in enumerate(barres)]


def _strip(b: Barre, place: Place, nom: str) -> Markup:
    (bas, haut), formes = b.fini, []
    plein = _solid(bas, haut)
    if haut > bas:
        formes.append(BARRE.format(place(bas), 4, place(haut) - place(bas), 22, f"url(#{nom})", BORD))
    if plein[1] > plein[0]:
        formes.append(BARRE.format(place(plein[0]), 4, place(plein[1]) - place(plein[0]), 22, "var(--offre)", ""))
    if math.isinf(b.bas):
        fleche = Markup('<path d="M{:.1f} 9l-8 6l8 6" fill="none" stroke="var(--offre)" stroke-width="2.5"/>')
        formes.append(fleche.format(place(bas) - 3))
    if math.isinf(b.haut):
        fleche = Markup('<path d="M{:.1f} 9l8 6l-8 6" fill="none" stroke="var(--offre)" stroke-width="2.5"/>')
        formes.append(fleche.format(place(haut) + 3))
    zero = Markup('<line x1="{0:.1f}" x2="{0:.1f}" y1="0" y2="30" stroke="var(--encre)" stroke-width="1.5"/>')
    cadre = Markup('<svg viewBox="0 0 {} {}" aria-hidden="true" preserveAspectRatio="xMinYMid meet">{}</svg>')
    contenu = HACHURES.format(nom) + Markup("").join(formes) + zero.format(place(0))
    return cadre.format(LARGEUR, HAUTEUR, contenu)
