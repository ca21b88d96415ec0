"""Des lignes de classeur lues à la demande : d'un fichier national, seules celles du territoire sont dépliées."""

import re
from collections.abc import Callable, Iterator, Sequence

from ctgkit.echanges.lecteurs.archives import Archive
from ctgkit.echanges.tableau.modele import unreadable

APERCUES = 8
_Apercevoir = Callable[[bytes, int], str | None]
_LIMITE_BLOC = 64 * 1024 * 1024


class LazyRow(Sequence[str]):
    """Les premières cellules se lisent seules quand elles sont simples ; le reste, par l'analyseur XML."""

    __slots__ = ("_apercevoir", "_apercues", "_brut", "_lire", "_tout")

    def __init__(self, brut: bytes, apercevoir: _Apercevoir, lire: Callable[[bytes], list[str]]) -> None:
        self._brut, self._apercevoir, self._lire = brut, apercevoir, lire
        self._tout: list[str] | None = None
        self._apercues: dict[int, str | None] = {}

    def _all(self) -> list[str]:
        if self._tout is None:
            self._tout = self._lire(self._brut)
        return self._tout

    def _glimpse(self, rang: int) -> str | None:
        if rang not in self._apercues:
            self._apercues[rang] = self._apercevoir(self._brut, rang)
        return self._apercues[rang]

    def __getitem__(self, rang: int | slice) -> str | list[str]:
        if self._tout is None and isinstance(rang, int) and 0 <= rang < APERCUES:
            cellule = self._glimpse(rang)
            if cellule is not None:
                return cellule
        return self._all()[rang]

    def __iter__(self) -> Iterator[str]:
        premiere = self._glimpse(0) if self._tout is None else None
        if premiere:
            yield premiere
        yield from self._all()[1 if premiere else 0 :]

    def __len__(self) -> int:
        return len(self._all())


class NotPlainXml(Exception):
    """Un XML permis mais inhabituel (commentaire, CDATA, autre encodage) : à lire par l'analyseur seul."""


def split_rows(archive: Archive, chemin: str, fin: bytes, rares: tuple[bytes, ...] = ()) -> Iterator[bytes]:
    """Le XML découpé après chaque fin de ligne ; l'analyseur a déjà accepté chaque octet rendu."""
    blocs = archive.checked_blocks(chemin)
    tampon = _without_declaration(next(blocs, b""))
    while True:
        if any(mot in tampon for mot in (b"<!", b"<?", *rares)):
            raise NotPlainXml
        *lignes, tampon = tampon.split(fin)
        yield from lignes
        if len(tampon) > _LIMITE_BLOC:
            raise unreadable(archive.nom, "ligne de classeur démesurée", "un tableau ordinaire")
        bloc = next(blocs, None)
        if bloc is None:
            break
        tampon += bloc
    yield tampon


_DECLARATION = re.compile(rb"""\s*<\?xml\s[^>]*?(?:encoding\s*=\s*["']([\w-]+)["'][^>]*)?\?>""")


def _without_declaration(bloc: bytes) -> bytes:
    bloc = bloc.removeprefix(b"\xef\xbb\xbf")
    declaration = _DECLARATION.match(bloc)
    encodage = (declaration[1] or b"utf-8").lower() if declaration else b"utf-8"
    if b"\0" in bloc or encodage not in (b"utf-8", b"us-ascii"):
        raise NotPlainXml
    return bloc[declaration.end() :] if declaration else bloc
