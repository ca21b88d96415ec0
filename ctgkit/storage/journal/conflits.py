"""Un changement proposé, l'état d'un objet, et le désaccord entre deux personnes sur un même champ."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ctgkit.errors import CtgError
from ctgkit.formats import INSECABLE
from ctgkit.storage.journal.phrases import actor, moment, quoted, told
from ctgkit.storage.journal.tables import Entree, clean_key, normalise, same_value


@dataclass(frozen=True)
class Changement:
    """Ce que l'on veut écrire. `version` : l'entrée que l'on a vue en dernier pour ce champ (0 : aucune).

    `None` prend la dernière quelle qu'elle soit : pour ce qu'une seule main écrit, comme le vote d'un participant.
    `avant` ne sert qu'au premier changement d'un champ : la valeur que disait le fichier.
    """

    objet: str
    cle: str
    champ: str
    apres: Any
    version: int | None
    avant: Any = None
    uuid: str = field(default_factory=lambda: uuid.uuid4().hex)

    def clean(self) -> "Changement":
        """Le même, tel que la base le rendra."""
        cible = (clean_key(self.objet), clean_key(self.cle), clean_key(self.champ))
        return Changement(*cible, normalise(self.apres), self.version, normalise(self.avant), self.uuid)


@dataclass(frozen=True)
class Etat:
    """Les valeurs d'un objet et, par champ, l'entrée dont chacune vient : de quoi écrire à son tour."""

    objet: str
    cle: str
    valeurs: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)

    @property
    def version(self) -> int:
        return max(self.versions.values(), default=0)

    def change(self, champ: str, apres: Any, avant: Any = None) -> Changement:
        """Un changement qui refusera d'écraser ce qui serait venu depuis cet état."""
        return Changement(self.objet, self.cle, champ, apres, self.versions.get(champ, 0), avant)


@dataclass(frozen=True)
class Conflit:
    """Les deux versions d'un champ : la mienne, et l'entrée de quelqu'un d'autre venue entre-temps."""

    mien: Changement
    autre: Entree

    @property
    def identique(self) -> bool:
        """Les deux ont écrit la même chose : une page peut prendre acte sans rien demander."""
        return same_value(self.mien.apres, self.autre.apres)

    def phrase(self) -> str:
        return (
            f"{actor(self.autre.role)} a modifié {quoted(self.autre.champ)} {moment(self.autre.quand)}{INSECABLE}: "
            f"{told(self.autre.apres)}. Votre version{INSECABLE}: {told(self.mien.apres)}."
        )


class ConflictError(CtgError):
    """Rien n'est écrit : les deux versions sont montrées et la personne choisit."""

    def __init__(self, conflits: tuple[Conflit, ...]) -> None:
        self.conflits = conflits
        premier = conflits[0].autre
        super().__init__(
            "Quelqu’un a modifié le même champ pendant que vous écriviez. " + " ".join(c.phrase() for c in conflits),
            f"{premier.objet} {premier.cle}",
            "Choisir l'une des deux versions, ou les réunir, puis enregistrer à nouveau.",
        )

    @property
    def mienne(self) -> Any:
        return self.conflits[0].mien.apres

    @property
    def autre(self) -> Entree:
        return self.conflits[0].autre
