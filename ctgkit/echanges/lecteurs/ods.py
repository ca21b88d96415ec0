"""Les classeurs LibreOffice : leurs feuilles, ce qu'on refuse d'ouvrir."""

import re
from xml.sax.saxutils import unescape

from ctgkit.echanges.lecteurs.archives import Archive
from ctgkit.echanges.lecteurs.feuille import Feuille
from ctgkit.echanges.lecteurs.ods_feuille import CONTENU, REPERE, OdsSheet
from ctgkit.echanges.tableau.modele import unreadable

_NOM = re.compile(rb"""\stable:name\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_LIENS = (b"<table:table-source", b"<table:cell-range-source", b"<table:dde-link", b"<office:dde-source")
_ENTITES = {"&quot;": '"', "&apos;": "'"}
_LIMITE_BALISE = 100_000


def ods_sheets(archive: Archive) -> tuple[Feuille, ...]:
    if "META-INF/manifest.xml" in archive and b"encryption-data" in b"".join(archive.blocks("META-INF/manifest.xml")):
        raise unreadable(archive.nom, "classeur protégé par un mot de passe", "un classeur sans mot de passe")
    return tuple(
        Feuille(lambda rang=rang: OdsSheet(archive, rang).rows(), nom, souple=True, lettres=True)
        for rang, nom in enumerate(_names(archive))
    )


def _names(archive: Archive) -> list[str]:
    """Les noms des feuilles, cherchés dans les octets : l'analyseur XML ne passe qu'une fois, à la lecture."""
    noms: list[str] = []
    reste = b""
    for bloc in archive.blocks(CONTENU):
        texte = reste + bloc
        if b"-source" in texte or b"dde-" in texte:
            _refuse_links(archive.nom, texte)
        coupe = max(texte.rfind(b"<"), 0)
        if b"<table:table " in texte:
            noms += [_name(m[2]) for m in REPERE.finditer(texte, 0, coupe) if m[1]]
        reste = texte[coupe:][-_LIMITE_BALISE:]
    return noms


def _refuse_links(fichier: str, texte: bytes) -> None:
    if any(lien in texte for lien in _LIENS):
        attendu = "un classeur dont les liaisons sont rompues"
        raise unreadable(fichier, "classeur relié à d'autres fichiers", attendu)


def _name(attributs: bytes) -> str:
    trouve = _NOM.search(attributs)
    return unescape((trouve[1] or trouve[2] or b"").decode(errors="replace"), _ENTITES) if trouve else ""
