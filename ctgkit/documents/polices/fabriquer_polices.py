"""Refait les polices du produit à partir de celles de Liberation (paquet Debian fonts-liberation2).

    python ctgkit/documents/polices/fabriquer_polices.py DOSSIER_DES_TTF

Seuls les signes du français et de ses voisins restent, sans les réglages d'écran ; la licence veut alors un autre nom.
Le TTF sert au PDF et aux images ; le woff2, du même dessin, aux rapports, et aux pages que le serveur envoie.
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

ICI = Path(__file__).parent
FACES = {
    "AtelierSans-Regular": "LiberationSans-Regular",
    "AtelierSans-Bold": "LiberationSans-Bold",
    "AtelierSerif-Regular": "LiberationSerif-Regular",
    "AtelierSerif-Bold": "LiberationSerif-Bold",
}
# Latin (de base, étendu A), ponctuation et espaces, exposants, monnaies, flèches, signes de calcul, puces.
SIGNES = [
    *range(0x20, 0x180), 0x192, *range(0x2C6, 0x2DE), 0x3A3, 0x3A9, 0x3BC, 0x3C0, *range(0x1D43, 0x1D5C), 0x1D49,
    *range(0x2000, 0x2064), *range(0x2070, 0x20D0), *range(0x2100, 0x2200), *range(0x2200, 0x2300),
    *range(0x25A0, 0x2600), 0xFEFF, 0xFB01, 0xFB02,
]  # fmt: skip
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
    choix.populate(unicodes=SIGNES)
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


def main() -> None:
    for nom, source in FACES.items():
        make(Path(sys.argv[1]) / f"{source}.ttf", nom)


if __name__ == "__main__":
    main()
