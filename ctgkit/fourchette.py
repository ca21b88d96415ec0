"""Un montant entre deux bornes, et le seul endroit où il s'écrit : `inconnu`, `au moins`, `de … à …`, `ou plus`."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from ctgkit.formats import FINE, euros, nombre

Ecriture = Callable[..., str]


@dataclass(frozen=True)
class Fourchette:
    """De `bas` à `haut`, infinis quand rien ne borne (`haut` : None aussi). Un écart peut être négatif, ou sans bas.

    `connu` : la borne haute sans ce qui n'est pas publié ; à défaut, la borne qui existe.
    Chaque écriture prend une fonction de `formats` (euros, nombre, pourcent).
    """

    bas: float
    haut: float = math.inf
    connu: float = math.nan

    def __post_init__(self) -> None:
        haut = math.inf if self.haut is None or math.isnan(self.haut) else float(self.haut)
        connu = (self.bas if math.isinf(haut) else haut) if math.isnan(self.connu) else self.connu
        for nom, valeur in (("bas", self.bas), ("haut", haut), ("connu", connu)):
            object.__setattr__(self, nom, float(valeur))

    def __add__(self, autre: "Fourchette") -> Self:
        return type(self)(self.bas + autre.bas, self.haut + autre.haut, self.connu + autre.connu)

    def __neg__(self) -> Self:
        return type(self)(-self.haut, -self.bas)

    def __abs__(self) -> Self:
        """La taille d'un écart d'un seul signe."""
        return type(self)(*sorted((abs(self.bas), abs(self.haut))))

    @property
    def plafond(self) -> float | None:
        """La borne haute d'une donnée : None quand rien ne borne."""
        return None if math.isinf(self.haut) else self.haut

    @property
    def ouvert(self) -> bool:
        return math.isinf(self.haut) or math.isinf(self.bas)

    @property
    def inconnu(self) -> bool:
        """Ce dont on ne sait rien n'est pas « au moins zéro »."""
        return self.haut == math.inf and round(self.connu, 2) == 0

    @property
    def nul(self) -> bool:
        return round(self.bas, 2) == 0 == round(self.haut, 2)

    @property
    def unique(self) -> bool:
        """Un seul nombre s'écrit."""
        return nombre(self.bas) == nombre(self.connu)

    @property
    def certain(self) -> bool:
        return self.unique and not self.ouvert

    @property
    def fin(self) -> str:
        return f" ou {'plus' if self.haut == math.inf else 'moins'}" if self.ouvert else ""

    def write(self, decimales: int = 0, ecrire: Ecriture = euros, de: str = "de ") -> str:
        """`de 26 000 € à 36 000 €`, `52 000 €` quand les bornes se rejoignent, `au moins …` sans borne haute."""
        bas, haut = ecrire(self.bas, decimales), ecrire(self.connu if self.ouvert else self.haut, decimales)
        if bas == haut:
            return f"au moins {bas}" if self.ouvert else bas
        return f"{de}{bas} à {haut}{self.fin}"

    def tell(self, decimales: int = 0, ecrire: Ecriture = euros, de: str = "de ") -> str:
        """Le même, ou « inconnu »."""
        return "inconnu" if self.inconnu else self.write(decimales, ecrire, de)

    def short(
        self, decimales: int = 0, ecrire: Ecriture = nombre, signe: bool = False, unite: str = "", fin: bool = True
    ) -> str:
        """`26 000 à 36 000`, `+26 000 ou plus`, `indéterminé` ; `unite` ne suit que le dernier nombre."""
        if self.bas == -math.inf and self.haut == math.inf:
            return "indéterminé"
        dites = [ecrire(b, decimales, signe) for b in (self.bas, self.connu) if math.isfinite(b)]
        return " à ".join(dict.fromkeys(dites)) + unite + self.fin * fin

    def complement(self) -> str:
        """Après un verbe : `de 3 €`, `d'au moins 3 €`, `compris entre 3 € et 5 €`, `de 3 € à 5 € ou plus`."""
        if self.unique:
            return f"d'au moins {euros(self.bas)}" if self.ouvert else f"de {euros(self.bas)}"
        return self.write() if self.ouvert else f"compris entre {euros(self.bas)} et {euros(self.haut)}"

    def noun(self) -> str:
        """Comme un nom, après « passe de » : `3 €`, `au moins 3 €`, `un montant compris entre 3 € et 5 €`."""
        if self.inconnu:
            return "un montant inconnu"
        return self.write() if self.unique else f"un montant {self.complement()}"

    def between(self, signe: bool = True) -> str:
        """Un écart : `+40 200 €`, `entre 52 000 € et 72 000 €`, `au moins …`, `au plus …`."""
        bas, haut = euros(self.bas, signe=signe), euros(self.haut, signe=signe)
        if self.bas == -math.inf:
            au_plus = f"au plus {haut}" if self.haut else "une perte de montant inconnu"
            return "un montant inconnu" if self.haut == math.inf else au_plus
        if self.haut == math.inf:
            return f"au moins {bas}" if self.bas else "un montant encore inconnu"
        return bas if bas == haut else f"entre {bas} et {haut}"


class Gain(Fourchette):
    """Un écart entre deux bornes, positif ou négatif, ouvert d'un côté quand une inconnue ne s'annule pas."""

    @property
    def court(self) -> str:
        """`+40 200 à +50 200`, `+26 000 ou plus` ; « indéterminé » quand rien ne borne."""
        return self.short(signe=True)

    @property
    def ecrit(self) -> str:
        """Le même en euros : le signe € suit le dernier nombre."""
        return self.short(signe=True, unite=f"{FINE}€")

    @property
    def phrase(self) -> str:
        """La taille de l'écart, sans son signe : `de 40 200 € à 50 200 €`, `au moins 26 000 €`."""
        taille = abs(self)
        return "un montant encore inconnu" if taille.ouvert and not taille.bas else taille.write()
