"""Ce que les règles lisent : chaque valeur publiée avec sa précision, sa source et le libellé du document."""

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from ctgkit.diagnostic.catalogue import Catalogue, Definition
from ctgkit.diagnostic.coherence.alerte import Chiffre
from ctgkit.diagnostic.intervalle import Intervalle, arrondi, decimales
from ctgkit.diagnostic.mesures import ecrire
from ctgkit.diagnostic.noms import lieu_principal, nommer
from ctgkit.diagnostic.secret.publication import Publication
from ctgkit.diagnostic.secret.seuils import Seuils, load_seuils
from ctgkit.territoire import Indicateur, Territoire

_CITATION = re.compile(r"«\s*(.+?)\s*»")


@dataclass(frozen=True)
class Lu:
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
        return ecrire(self.definition, self.valeur)

    @property
    def nu(self) -> str:
        return ecrire(self.definition, self.valeur, unite=False)

    @property
    def ou(self) -> str:
        quand = str(self.annee) if self.annee else "année non écrite"
        return ", ".join(filter(None, (self.source, self.reference, quand if quand not in self.reference else "")))

    def chiffre(self) -> Chiffre:
        return Chiffre(self.texte, self.ou, self.libelle or self.definition.libelle)


@dataclass(frozen=True)
class Contexte:
    territoire: Territoire
    catalogue: Catalogue
    lus: tuple[Lu, ...]
    par_lieu: dict[tuple[str, str], list[Lu]] = field(repr=False, default_factory=dict)

    @property
    def lieu(self) -> str:
        return lieu_principal(self.territoire)

    def lire(self, code: str, geo: str) -> list[Lu]:
        return self.par_lieu.get((code, geo), [])

    def lieux(self, code: str) -> list[str]:
        return sorted({g for c, g in self.par_lieu if c == code})

    def nom(self, geo: str) -> str:
        return nommer(self.territoire, geo)

    def groupes(self) -> Iterator[tuple[str, str, list[Lu]]]:
        return ((code, geo, lus) for (code, geo), lus in self.par_lieu.items())


def ouvrir(publication: Publication, seuils: Seuils | None = None) -> Contexte:
    """Les valeurs que le secret laisse voir : une alerte ne montre jamais une case masquée."""
    seuils, catalogue = seuils or load_seuils(), publication.catalogue
    lus = tuple(
        _lu(x, catalogue[x.code], seuils)
        for x in publication.lignes
        if x.code in catalogue and x.statut == "publie" and x.valeur is not None and math.isfinite(x.valeur)
    )
    par_lieu: dict[tuple[str, str], list[Lu]] = defaultdict(list)
    for lu in lus:
        par_lieu[lu.code, lu.geo].append(lu)
    return Contexte(publication.territoire, catalogue, lus, dict(par_lieu))


def _lu(ligne: Indicateur, definition: Definition, seuils: Seuils) -> Lu:
    intervalle = precision(definition, ligne.valeur, seuils.pas(ligne, definition))
    return Lu(definition, ligne.geo, ligne.niveau, ligne.annee, ligne.valeur, intervalle, ligne.source, ligne.reference)


def precision(definition: Definition, valeur: float, pas: float = 0) -> Intervalle:
    """Un dénombrement est exact, ou arrondi au pas du producteur ; un taux l'est à la moitié de son dernier chiffre."""
    if definition.additif and decimales(valeur) == 0:
        return Intervalle(valeur - pas / 2, valeur + pas / 2)
    return arrondi(valeur, decimales(valeur))
