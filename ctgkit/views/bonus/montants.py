"""Les montants de la page du bonus : les cases d'un tableau, la bande hachurée devant ce qui reste incertain."""

from markupsafe import Markup

from ctgkit.formats import FINE, nombre
from ctgkit.fourchette import Fourchette

_OU_PLUS = Markup('<span class="plus" aria-hidden="true">+</span><span class="cache">ou plus</span>')


class Montant(Fourchette):
    """`connu` : la borne haute sans ce qui n'est pas publié ; `haut` infini quand rien ne borne."""

    @property
    def phrase(self) -> str:
        """`de … à …`, `au moins …`, `inconnu`."""
        return self.tell()

    @property
    def cellule(self) -> Markup:
        """Dans un tableau en euros, sans le signe €."""
        if self.inconnu:
            return Markup('<span class="inconnu-mot">inconnu</span>')
        plus = _OU_PLUS if self.ouvert else Markup("")
        if self.unique:
            return Markup('<span class="fixe">{}{}</span>').format(nombre(self.bas), plus)
        return _range(nombre(self.bas), nombre(self.connu), plus)


class Gain(Fourchette):
    """Un écart entre deux bornes, positif ou négatif, ouvert d'un côté quand une inconnue ne s'annule pas."""

    @property
    def cellule(self) -> Markup:
        if self.nul:
            return Markup('<span class="fixe inchange">inchangé</span>')
        if self.certain:
            return Markup('<span class="fixe">{}</span>').format(self.court)
        if self.ouvert:
            return Markup('<span class="fourchette"><span>{}</span></span>').format(self.court)
        return _range(nombre(self.bas, signe=True), nombre(self.haut, signe=self.bas < 0 < self.haut), Markup(""))

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


def _range(bas: str, haut: str, plus: Markup) -> Markup:
    return Markup('<span class="fourchette"><span>{}</span> <span>à {}{}</span></span>').format(bas, haut, plus)
