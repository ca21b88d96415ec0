"""Les règles sur le texte d'une convention, une par module ; ici ce texte en lignes nettes, chacune avec son numéro."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ctgkit.diagnostic.coherence.documents import ou
from ctgkit.texte import straight

_BALISE = re.compile(r"</?[a-zA-Z][^<>]{0,80}>")
_EXPOSANT = re.compile(r"\^\{?(er|e|ème|nd)\}?")
_PUCE = re.compile(r"^[\s>]*(?:[-–—•●○▪■□☐✕×►▶➔↳*+o]|\d{1,2}[.)]|[a-z]\))\s+(?=\S)")
_NUMEROTE = re.compile(r"^\W{0,4}(?:article|annexe)\s+\d", re.IGNORECASE)
_BLANCS = re.compile(
    r" ?\.{4,} ?(?=\d[\d  ,.]*(?:%|€)?$)|(?<=\S)(?: {3,}| {2,}(?=[\d+−-][\d  ,.]*(?:%|€)?(?:  |$)))(?=\S)"
)
_AUTRES_CHIFFRES = re.compile(r"(?![0-9])\d")
_LONGUEUR = 4000
_LIGNES = 50_000
_COMPTES = "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize".split()  # noqa: SIM905
NOMBRES = {mot: nombre for nombre, mot in enumerate(_COMPTES, 1)} | {"une": 1, "vingt": 20}


@dataclass(frozen=True)
class Ligne:
    numero: int
    brut: str
    net: str

    @property
    def est_puce(self) -> bool:
        return bool(_PUCE.match(self.brut))

    @cached_property
    def cellules(self) -> tuple[str, ...]:
        """Les cellules d'une ligne de tableau, que séparent tabulations, barres ou blancs ; aucune dans une phrase."""
        nue = self.brut.strip()
        morceaux = nue.strip("|").split("|" if nue.count("|") >= 2 else "\t")
        if len(morceaux) == 1 and (blancs := _BLANCS.split(nue)) and (len(blancs) > 2 or re.search(r"\d", blancs[-1])):
            morceaux = blancs
        return tuple(map(clean_ligne, morceaux)) if len(morceaux) > 1 and self.net else ()

    @property
    def retrait(self) -> int:
        return len(self.brut) - len(self.brut.lstrip(" \t>"))

    @property
    def contenu(self) -> str:
        """Le texte sans sa puce."""
        return _PUCE.sub("", self.net).strip()


@dataclass(frozen=True)
class Texte:
    document: str
    lignes: tuple[Ligne, ...]
    lieu: str = "document"

    @classmethod
    def read(cls, lignes: Sequence[str], document: str = "", lieu: str = "document") -> "Texte":
        brutes = (str(x)[:_LONGUEUR].rstrip("\r\n") for x in lignes[:_LIGNES])
        return cls(document, tuple(Ligne(i, x, clean_ligne(x)) for i, x in enumerate(brutes, 1)), lieu)

    def ou(self, ligne: int) -> str:
        return ou(self.document, ligne)

    def pleines(self) -> Iterator[Ligne]:
        return (x for x in self.lignes if x.net)

    def suite(self, rang: int) -> Iterator[Ligne]:
        """Les lignes qui suivent, vides comprises."""
        return iter(self.lignes[rang:])

    def phrase(self, ligne: Ligne) -> str:
        """La ligne, précédée de celles qu'elle continue : ni puce, ni alinéa, ni ligne vide entre elles."""
        morceaux = [ligne.net]
        for avant in reversed(self.lignes[max(0, ligne.numero - 4) : ligne.numero - 1]):
            if ligne.est_puce or not avant.net or avant.net.endswith((".", ":", ";")) or _NUMEROTE.match(avant.net):
                break
            morceaux.insert(0, avant.net)
            ligne = avant
        return " ".join(morceaux)


def clean_ligne(ligne: str) -> str:
    sans = straight(_EXPOSANT.sub(r"\1", _BALISE.sub(" ", ligne)))
    sans = _AUTRES_CHIFFRES.sub(lambda m: str(unicodedata.decimal(m.group())), sans)
    return re.sub(r"[ \u00a0\u202f\u2009]+", " ", sans.replace("*", "").replace("\\_", "_")).strip()
