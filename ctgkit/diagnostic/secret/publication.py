"""La seule sortie des chiffres : rien ne s'affiche ni ne s'écrit sans être passé par `publier`.

`publier(territoire)` rend une `Publication` : les mêmes lignes, celles que le secret couvre vidées et dites « masque ».
Toutes les mesures, cartes et comparaisons lisent une `Publication`, jamais le territoire. Un tableau que l'on montre
ou que l'on écrit est un `Publiable` : il ne se fabrique qu'à partir d'une publication.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from ctgkit.diagnostic.catalogue import Catalogue, load_catalogue
from ctgkit.diagnostic.secret.seuils import Seuils, load_seuils
from ctgkit.diagnostic.secret.suppression import Probleme, Rangement, find_derivees, find_liens, suppress
from ctgkit.territoire import Indicateur, Table, Territoire

MASQUE = "masqué"
SECONDAIRE = "masqué pour protéger une autre case"
DEJA_MASQUE = "masqué par le producteur"
_INFIME, _DEUX = 1e-9, 2
_SCEAU = object()


class _Scelle:
    """Un objet qui ne se fabrique que dans ce module."""

    def _verifier(self, sceau: object) -> None:
        if sceau is not _SCEAU:
            raise TypeError("Ce contenu ne sort que par publier() : le secret s'y applique.")


@dataclass(frozen=True)
class Publiable(_Scelle):
    """Un tableau montrable : colonnes titrées, lignes, cases masquées dites « masqué »."""

    titre: str
    colonnes: Mapping[str, str]
    lignes: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...] = ()
    sceau: object = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._verifier(self.sceau)

    @property
    def masquees(self) -> int:
        return sum(v == MASQUE for ligne in self.lignes for v in ligne.values())


@dataclass(frozen=True)
class Publication(_Scelle):
    """Les indicateurs d'un territoire une fois le secret appliqué ; son `territoire` n'en porte pas d'autres."""

    territoire: Territoire
    lignes: tuple[Indicateur, ...]
    motifs: Mapping[int, str]
    catalogue: Catalogue
    sceau: object = field(default=None, repr=False, compare=False)
    rangement: Rangement = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._verifier(self.sceau)
        object.__setattr__(self, "rangement", Rangement(self.lignes))

    def of_code(self, code: str, geo: str) -> list[Indicateur]:
        return [self.lignes[i] for i in self.rangement.partout(code, geo)]

    def motif(self, ligne: Indicateur) -> str:
        """Pourquoi cette ligne est masquée."""
        rangs = self.rangement.partout(ligne.code, ligne.geo)
        return next((self.motifs.get(i, "") for i in rangs if self.lignes[i] is ligne), "")

    def tableau(
        self, titre: str, colonnes: Mapping[str, str], lignes: Iterable[Mapping[str, Any]], notes: Sequence[str] = ()
    ) -> Publiable:
        """Un tableau fait de ce que cette publication montre."""
        gardees = tuple(MappingProxyType({c: ligne.get(c) for c in colonnes}) for ligne in lignes)
        return Publiable(titre, MappingProxyType(dict(colonnes)), gardees, tuple(notes), _SCEAU)


def publish(territoire: Territoire, catalogue: Catalogue | None = None, seuils: Seuils | None = None) -> Publication:
    """Le secret, primaire puis secondaire, sur tous les indicateurs d'un territoire à la fois."""
    catalogue, seuils = catalogue or load_catalogue(), seuils or load_seuils()
    lignes = list(territoire.indicateurs)
    rangement = Rangement(lignes)
    motifs = _primaires(rangement, catalogue, seuils)
    secretes = {i: _largeur(lignes[i], catalogue, seuils) for i in motifs}
    probleme = Probleme(
        {i: _finie(x.valeur) for i, x in enumerate(lignes)},
        secretes,
        find_liens(territoire, rangement, catalogue),
        find_derivees(rangement, catalogue),
        {i: connu for i in motifs if (connu := _publicly_known(lignes[i], motifs[i], catalogue, seuils))},
    )
    masquees = {i for i in suppress(probleme) if lignes[i].statut != "a_completer"}
    motifs = {i: motifs.get(i, SECONDAIRE) for i in sorted(masquees)}
    sorties = tuple(replace(x, valeur=None, statut="masque") if i in motifs else x for i, x in enumerate(lignes))
    montrable = replace(territoire, indicateurs=Table.of(Indicateur, sorties))
    return Publication(montrable, sorties, MappingProxyType(motifs), catalogue, _SCEAU)


def _finie(valeur: float | None) -> float | None:
    return valeur if valeur is not None and math.isfinite(valeur) else None


def _primaires(rangement: Rangement, catalogue: Catalogue, seuils: Seuils) -> dict[int, str]:
    motifs = {}
    for i, x in enumerate(rangement.lignes):
        if motif := _motif_primaire(x, rangement, catalogue, seuils):
            motifs[i] = motif
    return motifs


def _motif_primaire(ligne: Indicateur, rangement: Rangement, catalogue: Catalogue, seuils: Seuils) -> str:
    if ligne.statut == "masque":
        return DEJA_MASQUE
    if _finie(ligne.valeur) is None:
        return ""
    definition = catalogue.get(ligne.code)
    plancher = seuils.plancher(ligne, definition)
    if definition is None or definition.nature == "effectif":
        return f"moins de {plancher:g}" if 0 < ligne.valeur < plancher else _interdit(ligne, rangement, seuils)
    if definition.base and definition.unite == "%" and plancher:
        base = rangement.valeur(definition.base, ligne.geo, ligne.annee)
        if base is not None and _trop_peu(base, ligne.valeur, plancher):
            return f"moins de {plancher:g} derrière ce taux"
    return _interdit(ligne, rangement, seuils)


def _interdit(ligne: Indicateur, rangement: Rangement, seuils: Seuils) -> str:
    return seuils.interdit(ligne, lambda code: rangement.valeur(code, ligne.geo, ligne.annee))


def _trop_peu(base: float, taux: float, plancher: float) -> bool:
    """Un taux sur une petite base dit combien de personnes il compte, et combien il laisse."""
    dedans = round(base * taux / 100)
    return 0 < base < plancher or 0 < dedans < plancher or 0 < base - dedans < plancher


def _publicly_known(ligne: Indicateur, motif: str, catalogue: Catalogue, seuils: Seuils) -> tuple[float, float] | None:
    """Qui lit « moins de 5 » sait que le nombre est de 1 à 4 ; de 0 à 4 quand c'est le producteur qui masque."""
    definition = catalogue.get(ligne.code)
    plancher = seuils.plancher(ligne, definition)
    if plancher < _DEUX or (definition is not None and definition.nature != "effectif"):
        return None
    if motif == DEJA_MASQUE:
        return 0.0, plancher - 1
    return (1.0, plancher - 1) if motif.startswith("moins de") else None


def _largeur(ligne: Indicateur, catalogue: Catalogue, seuils: Seuils) -> float:
    """L'incertitude à garder sur une case masquée : l'étendue de ce que le seuil cache."""
    definition = catalogue.get(ligne.code)
    if definition is not None and definition.nature != "effectif":
        return _INFIME
    return max(seuils.plancher(ligne, definition) - 1, _INFIME)
