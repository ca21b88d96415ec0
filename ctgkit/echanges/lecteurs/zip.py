"""Ouvrir une archive sans se laisser piéger ; une archive de CSV, comme celles de l'Insee, fichier par fichier."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from xml.parsers import expat

from ctgkit.echanges.lecteurs.csv import text_sheets
from ctgkit.echanges.lecteurs.feuille import LIMITE, MEGA, FeuilleLue, unreadable
from ctgkit.formats import nombre

LIMITE_OUVERTE = 800 * MEGA
LIMITE_RAPPORT = 100
_RAPPORT_DES = 20 * MEGA
LIMITE_FICHIERS = 5_000
_BLOC = 1 << 18
_PANNES = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, RuntimeError)
_MACROS = ("vbaproject.bin", "/vbadata", "macrosheets/", "basic/", "scripts/", "/activex/")
_LIENS = ("externallinks/", "xl/connections.xml", "querytables/")
_ABIME = "classeur abîmé ou téléchargé en partie"
_TEXTES = (".csv", ".txt")
_LIMITE_TEXTES = 20


class Archive:
    """Un zip déjà contrôlé (taille, macros, liens externes), dont on ne lit jamais plus que ce qu'il annonce."""

    def __init__(self, nom: str, octets: bytes) -> None:
        self.nom, self.octets = nom, octets
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(octets))
            self._infos = {i.filename: i for i in self._zip.infolist()}
        except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, UnicodeDecodeError) as erreur:
            raise unreadable(nom, _ABIME, "un fichier XLSX ou ODS entier") from erreur
        self._check(len(octets))

    def _check(self, taille: int) -> None:
        infos = list(self._infos.values())
        ouverte = sum(i.file_size for i in infos)
        if len(infos) > LIMITE_FICHIERS or ouverte > LIMITE_OUVERTE:
            lu = f"{nombre(ouverte / MEGA)} Mo, {nombre(len(infos))} éléments"
            attendu = f"au plus {LIMITE_OUVERTE // MEGA} Mo"
            raise unreadable(self.nom, "classeur démesuré une fois décompressé", attendu, valeur=lu)
        if ouverte > _RAPPORT_DES and ouverte > LIMITE_RAPPORT * taille:
            lu = f"{nombre(taille / MEGA, 1)} Mo annoncent {nombre(ouverte / MEGA)} Mo"
            constat = "classeur piégé : il se décompresse sans mesure"
            raise unreadable(self.nom, constat, "un classeur ordinaire", valeur=lu)
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

    def size(self, chemins: list[str]) -> int:
        """Les octets annoncés une fois décompressés ; `blocks` n'en lit jamais plus."""
        return sum(self._infos[c].file_size for c in chemins)

    def read(self, chemin: str) -> bytes:
        return b"".join(self.blocks(chemin)) if chemin in self else b""

    def blocks(self, chemin: str) -> Iterator[bytes]:
        try:
            with self._zip.open(self._infos[chemin]) as flux:
                while bloc := flux.read(_BLOC):
                    yield bloc
        except _PANNES as faute:
            raise unreadable(self.nom, _ABIME, "un fichier entier", valeur=chemin[:60]) from faute

    def check_xml(self) -> None:
        """Chaque XML est bien formé et ne déclare aucune entité : les lecteurs peuvent l'ouvrir."""
        for chemin in self._infos:
            if chemin.endswith((".xml", ".rels")):
                self._check_xml(chemin)

    def _check_xml(self, chemin: str) -> None:
        analyseur = expat.ParserCreate()
        analyseur.StartDoctypeDeclHandler = self._refuse_doctype
        try:
            for bloc in self.blocks(chemin):
                analyseur.Parse(bloc, False)
            analyseur.Parse(b"", True)
        except expat.ExpatError as erreur:
            constat = f"XML mal formé dans « {chemin[:60]} »"
            lieu = (erreur.lineno, f"caractère {erreur.offset + 1}")
            raise unreadable(self.nom, constat, "un classeur enregistré par un tableur", lieu) from erreur

    def _refuse_doctype(self, *_: object) -> None:
        constat = "XML piégé : déclaration d'entités"
        raise unreadable(self.nom, constat, "un classeur enregistré par un tableur")


def zipped_sheets(archive: Archive) -> tuple[tuple[tuple[FeuilleLue, ...], ...], tuple[str, ...]]:
    """Une lecture par fichier et par séparateur possible ; les autres fichiers se disent « ignorés »."""
    noms = [n for n in archive.names() if n.lower().endswith(_TEXTES)]
    if not noms:
        attendu = "un fichier CSV, XLSX, ODS, JSON ou GeoJSON, sorti de son archive"
        raise unreadable(archive.nom, "archive zip qui n'est ni un classeur ni des fichiers CSV", attendu)
    if len(noms) > _LIMITE_TEXTES or archive.size(noms) > LIMITE:
        attendu = f"au plus {_LIMITE_TEXTES} fichiers et {LIMITE // MEGA} Mo en tout"
        lu = f"{nombre(len(noms))} fichiers, {nombre(archive.size(noms) / MEGA)} Mo"
        raise unreadable(archive.nom, "archive trop grosse", attendu, valeur=lu)
    lectures, avis = [], []
    for nom in noms:
        octets = archive.read(nom)
        if octets.strip():
            feuilles, dit = text_sheets(f"{archive.nom}, {nom}", octets)
            lectures += [tuple(replace(f, nom=nom) for f in lecture) for lecture in feuilles]
            avis += dit
    if not lectures:
        raise unreadable(archive.nom, "archive dont les fichiers sont vides", "un fichier CSV rempli")
    return tuple(lectures), tuple(dict.fromkeys(avis))
