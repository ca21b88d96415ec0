"""Ouvrir un classeur sans se laisser piéger : taille, macros, liens externes et entités XML vérifiés d'abord."""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from xml.parsers import expat

from ctgkit.echanges.tableau.modele import UnreadableFileError, unreadable
from ctgkit.formats import nombre

MEGA = 1024 * 1024
LIMITE_OUVERTE = 800 * MEGA
LIMITE_RAPPORT = 100
_RAPPORT_DES = 20 * MEGA
LIMITE_FICHIERS = 5_000
LIMITE_TEXTE = 1_000_000
_BLOC = 1 << 18

_MACROS = ("vbaproject.bin", "/vbadata", "macrosheets/", "basic/", "scripts/", "/activex/")
_LIENS = ("externallinks/", "xl/connections.xml", "querytables/")


class Archive:
    """Un zip déjà contrôlé, dont on ne lit jamais plus que ce qu'il annonce."""

    def __init__(self, nom: str, octets: bytes) -> None:
        self.nom = nom
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(octets))
            self._infos = {i.filename: i for i in self._zip.infolist()}
        except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, UnicodeDecodeError) as erreur:
            raise unreadable(nom, "classeur abîmé ou téléchargé en partie", "un fichier XLSX ou ODS entier") from erreur
        self._check(len(octets))

    def _check(self, taille: int) -> None:
        infos = list(self._infos.values())
        ouverte = sum(i.file_size for i in infos)
        if len(infos) > LIMITE_FICHIERS or ouverte > LIMITE_OUVERTE:
            raise unreadable(self.nom, "classeur démesuré une fois décompressé", f"au plus {LIMITE_OUVERTE // MEGA} Mo",
                             valeur=f"{nombre(ouverte / MEGA)} Mo, {nombre(len(infos))} éléments")  # fmt: skip
        if ouverte > _RAPPORT_DES and ouverte > LIMITE_RAPPORT * taille:
            raise unreadable(self.nom, "classeur piégé : il se décompresse sans mesure", "un classeur ordinaire",
                             valeur=f"{nombre(taille / MEGA, 1)} Mo annoncent {nombre(ouverte / MEGA)} Mo")  # fmt: skip
        if any(i.flag_bits & 0x1 for i in infos):
            raise unreadable(self.nom, "classeur protégé par un mot de passe", "un classeur sans mot de passe")
        self._refuse(_MACROS, "classeur avec macros", "le même classeur enregistré sans macro (.xlsx ou .ods)")
        self._refuse(_LIENS, "classeur relié à d'autres fichiers", "un classeur dont les liaisons sont rompues")

    def _refuse(self, motifs: tuple[str, ...], constat: str, attendu: str) -> None:
        fautif = next((n for n in self._infos if any(m in f"/{n.lower()}" for m in motifs)), "")
        if fautif:
            raise unreadable(self.nom, constat, attendu, valeur=fautif[:60])

    def __contains__(self, chemin: str) -> bool:
        return chemin in self._infos

    def names(self) -> list[str]:
        return list(self._infos)

    def size(self, chemins: Iterable[str]) -> int:
        """Les octets annoncés une fois décompressés ; `blocks` n'en lit jamais plus."""
        return sum(self._infos[c].file_size for c in chemins)

    def blocks(self, chemin: str) -> Iterator[bytes]:
        try:
            with self._zip.open(self._infos[chemin]) as flux:
                while bloc := flux.read(_BLOC):
                    yield bloc
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            NotImplementedError,
            ValueError,
            RuntimeError,
        ) as erreur:
            raise unreadable(
                self.nom, "classeur abîmé ou téléchargé en partie", "un fichier entier", valeur=chemin[:60]
            ) from erreur

    def walk(self, chemin: str, debut: Callable, fin: Callable, texte: Callable | None = None) -> Iterator[None]:
        """Parcourt un XML sans jamais le charger entier ; rend la main après chaque bloc."""
        analyseur = parser(self.nom, debut, fin, texte)
        for _ in self._feed(analyseur, chemin):
            yield

    def checked_blocks(self, chemin: str) -> Iterator[bytes]:
        """Les blocs d'un XML, chacun déjà accepté par l'analyseur."""
        return self._feed(parser(self.nom), chemin)

    def _feed(self, analyseur: expat.XMLParserType, chemin: str) -> Iterator[bytes]:
        try:
            for bloc in self.blocks(chemin):
                analyseur.Parse(bloc, False)
                yield bloc
            analyseur.Parse(b"", True)
            yield b""
        except expat.ExpatError as erreur:
            raise _malformed(self.nom, chemin, erreur) from erreur


def parser(
    fichier: str, debut: Callable | None = None, fin: Callable | None = None, texte: Callable | None = None
) -> object:
    """Un analyseur XML qui refuse toute déclaration d'entité."""
    analyseur = expat.ParserCreate()
    analyseur.buffer_text = True
    analyseur.buffer_size = 65_536
    analyseur.StartElementHandler, analyseur.EndElementHandler = debut, fin
    analyseur.CharacterDataHandler = texte
    analyseur.StartDoctypeDeclHandler = lambda *_: _refuse_doctype(fichier)
    return analyseur


def walk_fragment(fichier: str, brut: bytes, debut: Callable, fin: Callable, texte: Callable) -> None:
    """Un élément seul, déjà lu comme partie d'un XML bien formé."""
    try:
        parser(fichier, debut, fin, texte).Parse(brut, True)
    except expat.ExpatError as erreur:
        raise _malformed(fichier, "ligne", erreur) from erreur


def _refuse_doctype(fichier: str) -> None:
    raise unreadable(fichier, "XML piégé : déclaration d'entités", "un classeur enregistré par un tableur")


def _malformed(fichier: str, chemin: str, erreur: expat.ExpatError) -> UnreadableFileError:
    lieu = (erreur.lineno, f"caractère {erreur.offset + 1}")
    return unreadable(fichier, f"XML mal formé dans « {chemin[:60]} »", "un classeur enregistré par un tableur", lieu)


def local(nom: str) -> str:
    """`x:row` et `row` sont le même élément."""
    return nom.rpartition(":")[2]


def finish(pas: Iterator[None]) -> None:
    for _ in pas:
        continue
