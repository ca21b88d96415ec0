"""Les seuils de `seuils.yaml` : ce qu'une source interdit de montrer, et le pas auquel elle arrondit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import yaml

from ctgkit.diagnostic.catalogue import Definition
from ctgkit.territoire import Indicateur

Chercher = Callable[[str], float | None]
"""Donne la valeur d'un autre indicateur au même lieu, quand elle est connue."""


@dataclass(frozen=True)
class RegleDeSecret:
    libelle: str
    sources: tuple[str, ...]
    seuil: float = 0
    niveaux: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    au_moins_un: dict[str, float] = field(default_factory=dict)
    arrondi: float = 0
    arrondi_eur: float = 0

    def applies_to(self, ligne: Indicateur) -> bool:
        return (
            ligne.source.lower().startswith(self.sources)
            and (not self.niveaux or ligne.niveau in self.niveaux)
            and (not self.codes or ligne.code in self.codes)
        )


@dataclass(frozen=True)
class Seuils:
    seuil: float
    menages: float
    regles: tuple[RegleDeSecret, ...]

    def plancher(self, ligne: Indicateur, definition: Definition | None) -> float:
        """Le plus petit effectif montrable ; un nombre de structures n'est pas un secret."""
        propre = (definition.seuil_secret or 0) if definition else self.seuil
        if not propre:
            return 0
        return max([propre, *(r.seuil for r in self.regles if r.applies_to(ligne))])

    def interdit(self, ligne: Indicateur, chercher: Chercher) -> str:
        """La règle de diffusion que cette valeur enfreint, ou rien."""
        for regle in self.regles:
            if regle.au_moins_un and regle.applies_to(ligne):
                connus = {code: chercher(code) for code in regle.au_moins_un}
                atteints = [v is not None and v >= regle.au_moins_un[c] for c, v in connus.items()]
                if not any(atteints) and any(v is not None for v in connus.values()):
                    return regle.libelle
        return ""

    def pas(self, ligne: Indicateur, definition: Definition) -> float:
        """Le pas d'arrondi du producteur ; 0 quand le nombre est exact."""
        en_euros = definition.nature == "montant"
        pas = [r.arrondi_eur if en_euros else r.arrondi for r in self.regles if r.applies_to(ligne)]
        return max(pas, default=0) if definition.additif else 0


@cache
def load_seuils() -> Seuils:
    brut = yaml.safe_load((files(__package__) / "seuils.yaml").read_text(encoding="utf-8"))
    return Seuils(brut["seuil"], brut["menages"], tuple(_regle(r) for r in brut["regles"]))


def _regle(bloc: dict) -> RegleDeSecret:
    listes = {cle: tuple(bloc[cle]) for cle in ("sources", "niveaux", "codes") if cle in bloc}
    return RegleDeSecret(**{**bloc, **listes})
