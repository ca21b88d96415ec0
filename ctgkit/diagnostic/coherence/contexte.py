"""Ce que les règles lisent : chaque valeur publiée, sa précision, sa source, son libellé ; et le calcul refait avec."""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ctgkit.diagnostic.catalogue import Catalogue, Definition
from ctgkit.diagnostic.coherence.alerte import Alerte, Chiffre
from ctgkit.diagnostic.coherence.operation import Expression, Operation, every_way
from ctgkit.diagnostic.formules import FormuleIndicateur, Intervalle, arrondi, decimales
from ctgkit.diagnostic.mesures import write_valeur
from ctgkit.diagnostic.noms import lieu_principal, name_lieu
from ctgkit.diagnostic.secret.publication import Publication
from ctgkit.diagnostic.secret.seuils import Seuils, load_seuils
from ctgkit.formats import nombre
from ctgkit.territoire import Indicateur, Territoire

_CITATION = re.compile(r"«\s*(.+?)\s*»")


@dataclass(frozen=True)
class ChiffreLu:
    """Une valeur lue quelque part ; `intervalle` : tout ce que le nombre écrit peut vouloir dire."""

    definition: Definition
    geo: str
    niveau: str
    annee: int | None
    valeur: float
    intervalle: Intervalle
    source: str
    reference: str

    @property
    def code(self) -> str:
        return self.definition.code

    @property
    def libelle(self) -> str:
        """Le libellé du document, cité entre guillemets dans la référence."""
        trouve = _CITATION.search(self.reference)
        return trouve.group(1) if trouve else ""

    @property
    def texte(self) -> str:
        return write_valeur(self.definition, self.valeur)

    @property
    def nu(self) -> str:
        return write_valeur(self.definition, self.valeur, unite=False)

    @property
    def ou(self) -> str:
        quand = str(self.annee) if self.annee else "année non écrite"
        return ", ".join(filter(None, (self.source, self.reference, quand if quand not in self.reference else "")))

    def chiffre(self) -> Chiffre:
        return Chiffre(self.texte, self.ou, self.libelle or self.definition.libelle)


@dataclass(frozen=True)
class ChiffresLus:
    territoire: Territoire
    catalogue: Catalogue
    lus: tuple[ChiffreLu, ...]
    par_lieu: dict[tuple[str, str], list[ChiffreLu]] = field(repr=False, default_factory=dict)

    @property
    def lieu(self) -> str:
        return lieu_principal(self.territoire)

    def read(self, code: str, geo: str) -> list[ChiffreLu]:
        return self.par_lieu.get((code, geo), [])

    def lieux(self, code: str) -> list[str]:
        return sorted({g for c, g in self.par_lieu if c == code})

    def nom(self, geo: str) -> str:
        return name_lieu(self.territoire, geo)

    def groupes(self) -> Iterator[tuple[str, str, list[ChiffreLu]]]:
        return ((code, geo, lus) for (code, geo), lus in self.par_lieu.items())


def open_contexte(publication: Publication) -> ChiffresLus:
    """Les valeurs que le secret laisse voir : une alerte ne montre jamais une case masquée."""
    seuils, catalogue = load_seuils(), publication.catalogue
    lus = tuple(
        _lu(x, catalogue[x.code], seuils)
        for x in publication.lignes
        if x.code in catalogue and x.statut == "publie" and x.valeur is not None and math.isfinite(x.valeur)
    )
    par_lieu: dict[tuple[str, str], list[ChiffreLu]] = defaultdict(list)
    for lu in lus:
        par_lieu[lu.code, lu.geo].append(lu)
    return ChiffresLus(publication.territoire, catalogue, lus, dict(par_lieu))


def _lu(ligne: Indicateur, definition: Definition, seuils: Seuils) -> ChiffreLu:
    intervalle = precision(definition, ligne.valeur, seuils.pas(ligne, definition))
    return ChiffreLu(
        definition, ligne.geo, ligne.niveau, ligne.annee, ligne.valeur, intervalle, ligne.source, ligne.reference
    )


def precision(definition: Definition, valeur: float, pas: float = 0) -> Intervalle:
    """Un dénombrement est exact, ou arrondi au pas du producteur ; un taux l'est à la moitié de son dernier chiffre."""
    if definition.additif and decimales(valeur) == 0:
        return Intervalle(valeur - pas / 2, valeur + pas / 2)
    return arrondi(valeur, decimales(valeur))


DECALAGE_POPULATION = 4
POPULATION = "CAD01"


class Refait(Operation[ChiffreLu]):
    """Un calcul refait avec un choix de valeurs du territoire ; `annonce` : ce qui est écrit."""

    @property
    def annees(self) -> set[int | None]:
        return {x.annee for x in self.lus}

    @property
    def sources(self) -> set[str]:
        return {x.source for x in self.lus}

    @property
    def certain(self) -> bool:
        """Mêmes source et année partout (ou écrite nulle part) : rien d'autre qu'une erreur n'explique l'écart."""
        return len(self.annees) == 1 and len(self.sources) == 1


def recompute(contexte: ChiffresLus, formule: FormuleIndicateur, cible: ChiffreLu) -> list[Refait]:
    """Le calcul refait avec chaque choix de valeurs comparable à la cible ; vide quand il en manque une."""
    choix = [_comparables(contexte, code, cible) for code in formule.codes]
    lues = ({x.code: x for x in termes} for termes in every_way(choix))
    refaits = (Refait(cible, Expression(formule, termes), cible.definition.unite) for termes in lues)
    return [r for r in refaits if r.expression.est_calculable]


def _comparables(contexte: ChiffresLus, code: str, cible: ChiffreLu) -> list[ChiffreLu]:
    """Même lieu ; même année si elle est écrite, sinon année non écrite ; même source de préférence."""
    lus = contexte.read(code, cible.geo)
    return first_matches(lus, *_preferences(code, cible))


def _preferences(code: str, cible: ChiffreLu) -> list[Callable[[ChiffreLu], bool]]:
    def meme_source(lu: ChiffreLu) -> bool:
        return lu.source == cible.source

    if not cible.annee:
        return [meme_source, lambda _: True]
    preferences = [
        lambda x: meme_source(x) and x.annee == cible.annee,
        lambda x: x.annee == cible.annee,
        lambda x: meme_source(x) and not x.annee,
        lambda x: not x.annee,
    ]
    if code == POPULATION:
        preferences.append(lambda x: 0 <= cible.annee - (x.annee or 0) <= DECALAGE_POPULATION)
    return preferences


def first_matches(lus: Sequence[ChiffreLu], *preferences: Callable[[ChiffreLu], bool]) -> list[ChiffreLu]:
    """Les valeurs de la première préférence qui en a."""
    for preference in preferences:
        if retenus := [x for x in lus if preference(x)]:
            return retenus
    return []


def same_origin(a: ChiffreLu, b: ChiffreLu) -> bool:
    return a.annee == b.annee and a.source == b.source


def by_origin(lus: Sequence[ChiffreLu]) -> list[list[ChiffreLu]]:
    """Les valeurs de même année et de même source, ensemble."""
    groupes: dict[tuple[int | None, str], list[ChiffreLu]] = defaultdict(list)
    for x in lus:
        groupes[x.annee, x.source].append(x)
    return list(groupes.values())


def facteur(a: float, b: float, en_euros: bool) -> str:
    """Ce qu'un rapport rond entre deux nombres laisse penser : douze mois, ou des milliers."""
    rapport = max(abs(a), abs(b)) / min(abs(a), abs(b)) if a and b else 0
    if en_euros and math.isclose(rapport, 12, rel_tol=0.01):
        return "un montant annuel contre un montant mensuel : facteur 12"
    if any(math.isclose(rapport, f, rel_tol=0.001) for f in (100, 1000)):
        return f"une autre unité : facteur {nombre(round(rapport))}"
    return ""


def alert(  # noqa: PLR0913, PLR0917 - ce qu'une alerte dit, dans l'ordre où on le lit
    regle: str, niveau: str, titre: str, calcul: str, lus: Sequence[ChiffreLu], explications: Iterable[str] = ()
) -> Alerte:
    """Une alerte sur des valeurs lues : elle porte le thème et le lieu de la première, les codes de toutes."""
    codes = tuple(dict.fromkeys(x.code for x in lus))
    chiffres = tuple(x.chiffre() for x in lus)
    return Alerte(
        regle, niveau, titre, calcul, chiffres, tuple(explications), lus[0].definition.theme, codes, lus[0].geo
    )


def peu_vraisemblable(lu: ChiffreLu, titre: str, calcul: str, explication: str, *autres: ChiffreLu) -> Alerte:
    return alert("P", "P", titre, calcul, (lu, *autres), (explication,))
