"""Ce que le moteur dit à côté des montants : des alertes, et des questions à poser à la Caf."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from ctgkit.formats import euros, liste
from ctgkit.texte import quote

NIVEAUX = ERREUR, ALERTE, AVIS = "erreur", "alerte", "avis"
_MONTRES = 5


@dataclass(frozen=True)
class Remarque:
    """`niveau` : « erreur » (un montant manque), « alerte » (à traiter), « avis » (hypothèse ou précision)."""

    niveau: str
    code: str
    message: str
    ou: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Question:
    """Une question prête à copier, et ce que la réponse peut changer par rapport au montant le plus bas."""

    parametre: str
    question: str
    effet_bas: float = 0.0
    effet_haut: float | None = None

    @property
    def effet(self) -> str:
        """Ce que la réponse peut changer, sur toute la période."""
        moins = f"retirer jusqu'à {euros(-self.effet_bas)}" if self.effet_bas < 0 else ""
        plus = "ajouter un montant que rien ne borne" if self.effet_haut is None else ""
        if self.effet_haut:
            plus = f"ajouter jusqu'à {euros(self.effet_haut)}"
        effets = " ou ".join(filter(None, (moins, plus)))
        return f"La réponse peut {effets}, sur la période." if effets else "La réponse ne change pas ces montants."

    def as_dict(self) -> dict[str, Any]:
        return {"parametre": self.parametre, "question": self.question, "effet_eur": [self.effet_bas, self.effet_haut]}


def by_gravity(alertes: Iterable[Remarque]) -> list[Remarque]:
    """Les erreurs d'abord, les avis à la fin."""
    return sorted(alertes, key=lambda alerte: NIVEAUX.index(alerte.niveau))


def names(noms: list[str]) -> str:
    """Les premiers noms, et le nombre des autres : une phrase reste lisible pour 3 structures comme pour 3 000."""
    return liste([quote(nom) for nom in noms], _MONTRES)
