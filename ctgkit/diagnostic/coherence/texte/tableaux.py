"""Les tableaux d'un texte : totaux de lignes et de colonnes, parts et évolutions que d'autres colonnes redonnent."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import permutations

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.operation import Expression, Operation, add, advance, divide, evolve
from ctgkit.diagnostic.coherence.texte import Ligne, Texte
from ctgkit.diagnostic.coherence.texte.decoupage import Phrase
from ctgkit.diagnostic.coherence.texte.nombres import ADDITIFS, MONTANT, PART, NombreEcrit, is_close
from ctgkit.diagnostic.formules import arrondi
from ctgkit.formats import nombre

_TOTAL = re.compile(r"^\W*(?:total|ensemble|totaux)\b", re.IGNORECASE)
_SOUS_TOTAL = re.compile(r"^\W*sous[- ]?total", re.IGNORECASE)
_DETAIL = re.compile(r"^\W*(?:dont|y compris|parmi)\b", re.IGNORECASE)
_ARRONDIS = re.compile(r"\barrondi(?:e?s)?\b", re.IGNORECASE)
_PHRASE_TOTAL = re.compile(
    r"\bensemble\b|\benveloppe\b.*\b(?:représente|de|:)|\b(?:soit un|au) total\b|^\W*total\b", re.IGNORECASE
)
_REGLE = re.compile(r"^[\s|:+=-]+$")
_PAS_UNE_SOMME = re.compile(
    r"\b(?:moyen|médian|taux|prix|tarif|indice|ratio|densité|rang|par |âge|année|n ?°)", re.IGNORECASE
)
_MAJORITE = 0.6
_COLONNES = 24
_COLONNES_A_TROIS = 6
# Des arrondis peuvent à la rigueur l'expliquer, mais n'y suffisent presque jamais.
_ECART_D_ARRONDIS = 1.5


@dataclass(frozen=True)
class LigneDeTableau:
    """Une ligne du tableau : son titre, et dans chaque colonne le seul nombre de la cellule."""

    ligne: Ligne
    phrase: Phrase
    cellules: tuple[NombreEcrit | None, ...]

    @property
    def titre(self) -> str:
        return self.ligne.cellules[0]


@dataclass(frozen=True)
class TableauLu:
    source: Texte
    entete: tuple[str, ...]
    rangs: tuple[LigneDeTableau, ...]

    @cached_property
    def total(self) -> LigneDeTableau | None:
        return self.rangs[-1] if self.rangs and _TOTAL.match(self.rangs[-1].titre) else None

    @cached_property
    def corps(self) -> tuple[LigneDeTableau, ...]:
        exclus = (_TOTAL, _SOUS_TOTAL, _DETAIL)
        return tuple(r for r in self.rangs if not any(motif.match(r.titre) for motif in exclus))

    @property
    def largeur(self) -> int:
        return max((len(r.cellules) for r in self.rangs), default=0)

    def titre(self, colonne: int) -> str:
        return self.entete[colonne] if colonne < len(self.entete) else ""

    def colonne(self, colonne: int, rangs: Sequence[LigneDeTableau]) -> list[NombreEcrit | None]:
        return [r.cellules[colonne] if colonne < len(r.cellules) else None for r in rangs]


def check_tableaux(texte: Texte) -> Iterator[Alerte]:
    for grille, suite in grilles(texte):
        for colonne in range(1, grille.largeur):
            yield from _total_de_colonne(grille, colonne)
        yield from _totaux_de_lignes(grille)
        yield from _colonnes_deduites(grille)
        yield from _phrase_du_total(grille, suite)


def grilles(texte: Texte) -> Iterator[tuple[TableauLu, Ligne | None]]:
    """Les tableaux, chacun avec la première ligne pleine qui le suit."""
    bloc: list[Ligne] = []
    for ligne in [*texte.lignes, None]:
        if ligne and 1 < len(ligne.cellules) <= _COLONNES:
            if not _REGLE.match(ligne.brut):
                bloc.append(ligne)
        elif len(bloc) > 1 and (ligne is None or ligne.net):
            yield _grille(texte, bloc), ligne
            bloc = []
        elif ligne is None or ligne.net:
            bloc = []


def _grille(texte: Texte, bloc: Sequence[Ligne]) -> TableauLu:
    arrondis = any(_ARRONDIS.search(x.net) for x in texte.lignes)
    lus = [_rang(texte, x, arrondis) for x in bloc]
    entete = () if any(x and x.genre in (*ADDITIFS, PART) for x in lus[0].cellules[1:]) else bloc[0].cellules
    return TableauLu(texte, entete, tuple(lus[1:] if entete else lus))


def _rang(texte: Texte, ligne: Ligne, arrondis: bool) -> LigneDeTableau:
    phrases = [Phrase(texte, c, ((0, ligne),)) for c in ligne.cellules]
    seuls = tuple(_seul(p) for p in phrases)
    if arrondis:
        seuls = tuple(x and replace(x, intervalle=arrondi(x.valeur, x.chiffres)) for x in seuls)
    return LigneDeTableau(ligne, Phrase(texte, " ; ".join(ligne.cellules), ((0, ligne),)), seuls)


def _seul(cellule: Phrase) -> NombreEcrit | None:
    """Le nombre d'une cellule qui n'en a qu'un, en tête."""
    lus = cellule.nombres
    return lus[0] if len(lus) == 1 and not re.search(r"[^\W\d_]", cellule.texte[: lus[0].debut]) else None


def _total_de_colonne(grille: TableauLu, colonne: int) -> Iterator[Alerte]:
    total = grille.total and grille.colonne(colonne, [grille.total])[0]
    if not total or _PAS_UNE_SOMME.search(grille.titre(colonne)) or total.genre not in (*ADDITIFS, PART):
        return
    if total.genre == PART and not total.intervalle.touches(100):
        return
    lus = grille.colonne(colonne, grille.corps)
    parties = [x for x in lus if (x and x.genre == total.genre) or (x and not x.unite)]
    if len(parties) < 2 or not is_close(sum(x.valeur for x in parties), total.valeur):
        return
    somme = Operation(total, add(parties))
    complet = len(parties) == len(lus)
    avec_sous = [x for x in grille.colonne(colonne, [r for r in grille.rangs if _SOUS_TOTAL.match(r.titre)]) if x]
    juste_par_sous = len(avec_sous) > 1 and Operation(total, add(avec_sous)).juste
    if not juste_par_sous and (somme.depasse or (complet and not somme.juste)):
        yield _alerte(grille.total, somme, grille.titre(colonne))
    elif complet and total.genre == PART and somme.ecart > _ECART_D_ARRONDIS:
        yield replace(_alerte(grille.total, somme, grille.titre(colonne)), niveau="D")


def _alerte(rang: LigneDeTableau, faux: Operation[NombreEcrit], titre: str, regle: str = "R2") -> Alerte:
    dit = faux.annonce
    quoi = "le total n’est pas la somme" if regle == "R2" else "le calcul ne redonne pas"
    nom = f" ({titre})" if titre else ""
    somme = f"écart de {nombre(faux.manque, dit.chiffres, signe=True)} : une ligne oubliée, ou un total ancien"
    return rang.phrase.alerte(
        regle, "E", f"Tableau{nom} : {quoi}, {dit.texte}", faux.contredit, *faux.lus, dit=somme if regle == "R2" else ""
    )


def _totaux_de_lignes(grille: TableauLu) -> Iterator[Alerte]:
    """Une colonne « Total » que la plupart des lignes redonnent : celles qui ne la redonnent pas sont fausses."""
    totaux = [i for i, t in enumerate(grille.entete) if i and _TOTAL.match(t)]
    for colonne in totaux[:1]:
        operations = []
        for rang in grille.rangs:
            cellules = [x for i, x in enumerate(rang.cellules) if i and i != colonne and x and x.genre in ADDITIFS]
            dit = rang.cellules[colonne] if colonne < len(rang.cellules) else None
            if dit and len(cellules) >= 2:
                operations.append((rang, Operation(dit, add(cellules))))
        yield from _minoritaires(operations, grille.titre(colonne), "R2")


def _minoritaires(
    operations: Sequence[tuple[LigneDeTableau, Operation[NombreEcrit]]], titre: str, regle: str
) -> Iterator[Alerte]:
    justes = sum(o.juste for _, o in operations)
    if justes >= 2 and justes >= _MAJORITE * len(operations):
        yield from (_alerte(r, o, titre, regle) for r, o in operations if not o.juste)


def _colonnes_deduites(grille: TableauLu) -> Iterator[Alerte]:
    """Une colonne en % que la plupart des lignes déduisent de la même façon des autres colonnes."""
    for colonne in range(1, grille.largeur):
        if not any(x and x.genre == PART for x in grille.colonne(colonne, grille.corps)):
            continue
        meilleures: list[tuple[LigneDeTableau, Operation[NombreEcrit]]] = []
        for deduire in _deductions(grille, colonne):
            essais = [(r, o) for r in grille.corps if (o := _deduite(r, colonne, deduire))]
            if sum(o.juste for _, o in essais) > sum(o.juste for _, o in meilleures):
                meilleures = essais
        yield from _minoritaires(meilleures, grille.titre(colonne), "R1")


Deduction = Callable[[LigneDeTableau], Expression[NombreEcrit] | None]


def _deductions(grille: TableauLu, colonne: int) -> Iterator[Deduction]:
    """La part du total, le rapport ou l'évolution de deux colonnes, le chemin fait d'un départ à une cible."""
    autres = [i for i in range(1, grille.largeur) if i != colonne]

    def cellule(rang: LigneDeTableau, i: int) -> NombreEcrit | None:
        x = rang.cellules[i] if i < len(rang.cellules) else None
        return x if x and x.genre in ADDITIFS else None

    def compte(rang: LigneDeTableau, i: int) -> NombreEcrit | None:
        x = cellule(rang, i)
        return x if x and x.valeur > 0 else None

    for i in autres:
        total = compte(grille.total, i) if grille.total else None
        tous = [total] if total else [x for r in grille.corps if (x := compte(r, i))]
        if total or len(tous) == len(grille.corps):
            yield lambda r, i=i, tous=tous: divide([a], tous) if (a := compte(r, i)) else None
        for j in autres:
            if i != j:
                yield lambda r, i=i, j=j: divide([a], [b]) if (a := compte(r, i)) and (b := compte(r, j)) else None
                yield lambda r, i=i, j=j: evolve(a, b) if (a := compte(r, i)) and (b := compte(r, j)) else None
    for trois in permutations(autres, 3) if len(autres) <= _COLONNES_A_TROIS else ():
        yield lambda r, trois=trois: advance(*lus) if all(lus := [cellule(r, i) for i in trois]) else None


def _deduite(rang: LigneDeTableau, colonne: int, deduire: Deduction) -> Operation[NombreEcrit] | None:
    dit = rang.cellules[colonne] if colonne < len(rang.cellules) else None
    expression = deduire(rang) if dit and dit.genre == PART else None
    return Operation(dit, expression, "%", chiffres=dit.chiffres) if expression and expression.est_calculable else None


def _phrase_du_total(grille: TableauLu, suite: Ligne | None) -> Iterator[Alerte]:
    """« Cette enveloppe représente 46 270 061 € », sous un tableau de montants sans total."""
    if suite is None or grille.total or not _PHRASE_TOTAL.search(suite.net):
        return
    phrase = Phrase(grille.source, suite.net, ((0, suite),))
    dits = [x for x in phrase.comptes if x.genre == MONTANT]
    colonnes = [c for c in range(1, grille.largeur) if not _PAS_UNE_SOMME.search(grille.titre(c))]
    if len(dits) != 1 or len(colonnes) != 1 or any(_SOUS_TOTAL.match(r.titre) for r in grille.rangs):
        return
    parties = grille.colonne(colonnes[0], grille.corps)
    if len(parties) < 2 or any(x is None or x.genre not in ADDITIFS for x in parties):
        return
    somme = Operation(dits[0], add(parties))
    if not somme.juste:
        yield _alerte(LigneDeTableau(suite, phrase, ()), somme, "")
