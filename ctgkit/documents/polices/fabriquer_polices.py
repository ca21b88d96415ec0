"""Refait les polices du produit à partir de celles de Liberation (paquet Debian fonts-liberation2).

    python ctgkit/documents/polices/fabriquer_polices.py DOSSIER_DES_TTF

Seuls les signes du français et de ses voisins restent, sans les réglages d'écran ; la licence veut alors un autre nom.
Le TTF sert au PDF et aux images ; le woff2, du même dessin, aux rapports, et aux pages que le serveur envoie.
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter, parse_unicodes
from fontTools.ttLib import TTFont

ICI = Path(__file__).parent
FACES = [f"{famille}-{graisse}" for famille in ("Sans", "Serif") for graisse in ("Regular", "Bold")]
# Latin (de base, étendu A), ponctuation et espaces, exposants, monnaies, flèches, signes de calcul, puces.
SIGNES = "20-17F,192,2C6-2DD,3A3,3A9,3BC,3C0,1D43-1D5B,2000-2063,2070-20CF,2100-22FF,25A0-25FF,FEFF,FB01-FB02"
FINE_INSECABLE, FINE = 0x202F, 0x2009


def make(source: Path, nom: str) -> None:
    police = TTFont(source, recalcTimestamp=False)
    for table in police["cmap"].tables:
        if table.isUnicode() and FINE in table.cmap:
            table.cmap.setdefault(FINE_INSECABLE, table.cmap[FINE])
    options = Options()
    options.hinting, options.notdef_outline, options.layout_features = False, True, ["kern", "liga", "tnum", "lnum"]
    options.name_IDs = ["*"]
    choix = Subsetter(options)
    choix.populate(unicodes=parse_unicodes(SIGNES))
    choix.subset(police)
    _rename(police, nom)
    police.save(ICI / f"{nom}.ttf")
    police.flavor = "woff2"
    police.save(ICI / "web" / f"{nom}.woff2")


def _rename(police: TTFont, nom: str) -> None:
    famille, style = nom.replace("Atelier", "Atelier ").split("-")
    noms = {1: famille, 2: style, 3: f"{nom} d'après Liberation 2", 4: f"{famille} {style}", 6: nom}
    for numero in (7, 16, 17, 18, 21, 22):
        police["name"].removeNames(nameID=numero)
    for entree in police["name"].names:
        if entree.nameID in noms:
            police["name"].setName(
                noms[entree.nameID], entree.nameID, entree.platformID, entree.platEncID, entree.langID
            )


if __name__ == "__main__":
    for face in FACES:
        make(Path(sys.argv[1]) / f"Liberation{face}.ttf", f"Atelier{face}")
