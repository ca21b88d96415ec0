"""Une alerte : ce qui ne va pas, avec les chiffres, le calcul en entier, où ils sont lus et ce qui l'expliquerait."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cached_property

from ctgkit.texte import compact

NIVEAUX = {
    "E": "Contradiction certaine",
    "D": "À qualifier",
    "L": "Libellé à vérifier",
    "X": "À compléter",
    "P": "Peu vraisemblable",
    "I": "Entre documents",
}


@dataclass(frozen=True)
class Chiffre:
    """Une valeur comme elle est écrite, sous quel libellé, et où."""

    valeur: str
    ou: str = ""
    libelle: str = ""


@dataclass(frozen=True)
class Alerte:
    """Signale, ne corrige jamais. `id` ne dépend que du contenu : une alerte expliquée le reste si rien ne change."""

    regle: str
    niveau: str
    titre: str
    calcul: str
    chiffres: tuple[Chiffre, ...] = ()
    explications: tuple[str, ...] = ()
    theme: str = ""
    codes: tuple[str, ...] = ()
    geo: str = ""
    proposition: str = ""
    expliquee: bool = False
    raison: str = ""

    @cached_property
    def id(self) -> str:
        contenu = [self.regle, sorted(self.codes), self.geo, sorted({compact(c.valeur) for c in self.chiffres})]
        if not self.chiffres or self.regle in ("vide", "titres", "renvoi"):
            contenu += [compact(self.titre), compact(self.calcul)]
        return hashlib.sha256(json.dumps(contenu, ensure_ascii=False).encode()).hexdigest()[:10]

    @property
    def nom_niveau(self) -> str:
        return NIVEAUX[self.niveau]

    def as_dict(self) -> dict[str, object]:
        return {"id": self.id, "nom_niveau": self.nom_niveau, **asdict(self)}


def name_sources(alerte: Alerte, name_lieu: Callable[[str], str]) -> Alerte:
    """La même alerte, ses documents et fichiers dits par leur nom plutôt que par leur clé."""
    return replace(
        alerte,
        calcul=name_lieu(alerte.calcul),
        chiffres=tuple(replace(c, ou=name_lieu(c.ou)) for c in alerte.chiffres),
        explications=tuple(map(name_lieu, alerte.explications)),
    )


def ordre(alerte: Alerte) -> tuple[bool, int, str, str]:
    """Les contradictions certaines d'abord, celles déjà expliquées à la fin."""
    return alerte.expliquee, list(NIVEAUX).index(alerte.niveau), alerte.theme, alerte.titre
