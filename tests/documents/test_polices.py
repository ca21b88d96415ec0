"""Les polices que le produit porte : les mêmes sur chaque poste, légères, aux chiffres de même largeur."""

import re

from fontTools.ttLib import TTFont
from outils import RACINE

from ctgkit.documents import Document, Paragraphe, render

POLICES = RACINE / "ctgkit/documents/polices"
DES_PAGES = RACINE / "ctgkit/server/gabarit/voila/templates/atelier/static/polices"
FRANCAIS = "ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆàâäçéèêëîïôöùûüÿœæ«»‹›…–—’‘“”€°ᵉ²→≥≤−×●■▲○\u00a0\u202f\u2009"


def test_moins_de_400_ko_et_les_memes_pour_les_pages():
    fichiers = [*POLICES.glob("*.ttf"), *POLICES.glob("*.woff2"), *DES_PAGES.glob("*")]
    assert sum(f.stat().st_size for f in fichiers) <= 400_000
    assert {f.name: f.read_bytes() for f in DES_PAGES.glob("*")} == {
        f.name: f.read_bytes() for f in POLICES.glob("*.woff2")
    }


def test_chaque_face_ecrit_le_francais_et_des_chiffres_de_meme_largeur():
    for fichier in [*POLICES.glob("*.ttf"), *POLICES.glob("*.woff2")]:
        police = TTFont(fichier)
        signes = police.getBestCmap()
        assert [s for s in FRANCAIS if ord(s) not in signes] == [], fichier.name
        assert len({police["hmtx"][signes[ord(chiffre)]][0] for chiffre in "0123456789"}) == 1
        assert police["name"].getDebugName(1) in ("Atelier Sans", "Atelier Serif")


def test_le_pdf_ecrit_avec_les_polices_du_produit():
    pdf = render(Document("Un titre", (Paragraphe("Un texte à 12 345 €."),)), "pdf")
    assert set(re.findall(rb"\+(Atelier\w+-\w+)", pdf)) == {b"AtelierSans-Regular", b"AtelierSerif-Bold"}
