"""Ce qui, dans un fichier national, concerne un territoire."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ctgkit.echanges.mouvements import Mouvements
from ctgkit.echanges.tableau.codes import (
    CODE_FRANCE,
    COMMUNE,
    DEPARTEMENT,
    EPCI,
    FRANCE,
    IRIS,
    QPV,
    REGION,
    departement_of,
    read_code,
    region_of,
    simplify,
)  # fmt: skip
from ctgkit.territoire import Territoire


@dataclass(frozen=True)
class Perimetre:
    """Les communes du territoire, les échelles qui l'englobent, et les codes disparus qu'il faut encore lire."""

    communes: Mapping[str, str]
    epci: frozenset[str] = frozenset()
    departements: frozenset[str] = frozenset()
    qpv: frozenset[str] = frozenset()
    mouvements: Mouvements = field(default_factory=Mouvements)

    @classmethod
    def of(cls, territoire: Territoire, mouvements: Mouvements, epci: str = "") -> "Perimetre":
        communes = {c.code_insee: c.nom for c in territoire.communes}
        autour = _around(territoire, epci)
        departements = {territoire.departement, *map(departement_of, communes)} - {""}
        qpv = {i.geo for i in territoire.indicateurs if i.niveau == QPV}
        return cls(
            communes,
            frozenset(c for c in autour if _is(EPCI, c)),
            frozenset({*departements, *(c for c in autour if _is(DEPARTEMENT, c))}),
            frozenset(qpv),
            mouvements,
        )

    @cached_property
    def voisines(self) -> frozenset[str]:
        """Codes anciens ou frères : on les lit, le tri par date se fait à la fin."""
        return self.mouvements.related(self.communes) - set(self.communes)

    @cached_property
    def regions(self) -> frozenset[str]:
        return frozenset(filter(None, map(region_of, self.departements)))

    @cached_property
    def par_nom(self) -> Mapping[str, str]:
        """Le code de chaque commune d'après son nom ; un nom porté deux fois ne désigne personne."""
        noms: dict[str, str] = {}
        for code, nom in self.communes.items():
            cle = simplify(nom)
            noms[cle] = "" if cle in noms else code
        return {nom: code for nom, code in noms.items() if code and nom}

    def holds(self, niveau: str, code: str) -> bool:
        if niveau == COMMUNE:
            return code in self.communes or code in self.voisines
        if niveau == IRIS:
            return self.holds(COMMUNE, code[:5])
        lieux = {EPCI: self.epci, DEPARTEMENT: self.departements, REGION: self.regions, QPV: self.qpv}
        return code == CODE_FRANCE if niveau == FRANCE else code in lieux[niveau]


def _around(territoire: Territoire, epci: str) -> set[str]:
    codes = {territoire.comparateur.code, epci}
    if territoire.type != COMMUNE:
        codes |= {territoire.siren, territoire.code}
    return codes - {""}


def _is(niveau: str, code: str) -> bool:
    try:
        return read_code(niveau, code) == code
    except ValueError:
        return False
