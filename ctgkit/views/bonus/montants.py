"""Écrire un montant entre deux bornes : la bande hachurée devant, « ou plus » quand rien ne borne le haut."""

import math
from dataclasses import dataclass

from markupsafe import Markup

from ctgkit.formats import FINE, euros, fourchette, nombre

OU_PLUS = Markup('<span class="plus" aria-hidden="true">+</span><span class="cache">ou plus</span>')


@dataclass(frozen=True)
class Montant:
    """`connu` : la borne haute sans ce qui n'est pas publié ; `haut` infini quand rien ne borne."""

    bas: float
    haut: float
    connu: float

    @property
    def inconnu(self) -> bool:
        return math.isinf(self.haut) and round(self.connu) == 0

    @property
    def ouvert(self) -> bool:
        return math.isinf(self.haut)

    @property
    def certain(self) -> bool:
        return round(self.bas) == round(self.connu)

    @property
    def phrase(self) -> str:
        """`de … à …`, `au moins …`, `inconnu`."""
        if self.inconnu:
            return "inconnu"
        if self.ouvert and not self.certain:
            return f"de {euros(self.bas)} à {euros(self.connu)} ou plus"
        return fourchette(self.bas, self.haut)

    @property
    def cellule(self) -> Markup:
        """Dans un tableau en euros, sans le signe €."""
        if self.inconnu:
            return Markup('<span class="inconnu-mot">inconnu</span>')
        plus = OU_PLUS if self.ouvert else Markup("")
        if self.certain:
            return Markup('<span class="fixe">{}{}</span>').format(nombre(self.bas), plus)
        return _range(nombre(self.bas), nombre(self.connu), plus)

    @property
    def court(self) -> str:
        """Dans un graphique."""
        if self.inconnu:
            return "inconnu"
        fin = " ou plus" if self.ouvert else ""
        return f"{nombre(self.bas)}{fin}" if self.certain else f"{nombre(self.bas)} à {nombre(self.connu)}{fin}"


@dataclass(frozen=True)
class Gain:
    """Un écart entre deux bornes, positif ou négatif, ouvert d'un côté quand une inconnue ne s'annule pas."""

    bas: float
    haut: float

    @property
    def nul(self) -> bool:
        return round(self.bas, 2) == 0 == round(self.haut, 2)

    @property
    def certain(self) -> bool:
        return math.isfinite(self.bas) and math.isfinite(self.haut) and round(self.bas) == round(self.haut)

    @property
    def cellule(self) -> Markup:
        if self.nul:
            return Markup('<span class="fixe inchange">inchangé</span>')
        if self.certain:
            return Markup('<span class="fixe">{}</span>').format(nombre(self.bas, signe=True))
        if math.isinf(self.haut) or math.isinf(self.bas):
            return Markup('<span class="fourchette"><span>{}</span></span>').format(self.court)
        return _range(nombre(self.bas, signe=True), nombre(self.haut, signe=self.bas < 0 < self.haut), Markup(""))

    @property
    def court(self) -> str:
        """`+40 200 à +50 200`, `+26 000 ou plus` ; « indéterminé » quand rien ne borne."""
        if self.nul:
            return "0"
        if math.isinf(self.haut) and math.isinf(self.bas):
            return "indéterminé"
        if math.isinf(self.haut):
            return f"{nombre(self.bas, signe=True)} ou plus" if self.bas else "0 ou plus"
        if math.isinf(self.bas):
            return f"{nombre(self.haut, signe=True)} ou moins" if self.haut else "0 ou moins"
        if self.certain:
            return nombre(self.bas, signe=True)
        return f"{nombre(self.bas, signe=True)} à {nombre(self.haut, signe=True)}"

    @property
    def ecrit(self) -> str:
        """Le même en euros : le signe € suit le dernier nombre."""
        mots = self.court
        if mots == "indéterminé":
            return mots
        for fin in (" ou plus", " ou moins"):
            if mots.endswith(fin):
                return f"{mots.removesuffix(fin)}{FINE}€{fin}"
        return f"{mots}{FINE}€"

    @property
    def phrase(self) -> str:
        """La taille de l'écart, sans son signe : `de 40 200 € à 50 200 €`, `au moins 26 000 €`."""
        bas, haut = sorted((abs(self.bas), abs(self.haut)))
        return "un montant encore inconnu" if math.isinf(haut) and bas == 0 else fourchette(bas, haut)


def _range(bas: str, haut: str, plus: Markup) -> Markup:
    return Markup('<span class="fourchette"><span>{}</span> <span>à {}{}</span></span>').format(bas, haut, plus)
