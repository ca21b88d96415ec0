"""Les polices que le produit porte : les mêmes sur chaque poste, légères, aux chiffres de même largeur."""

import re

from fontTools.ttLib import TTFont
from outils import RACINE

from ctgkit.documents import Document, Paragraphe, render

POLICES = RACINE / "ctgkit/documents/polices"
FRANCAIS = "ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆàâäçéèêëîïôöùûüÿœæ«»‹›…–—’‘“”€°ᵉ²→≥≤−×●■▲○\u00a0\u202f\u2009"


FICHIERS = [*POLICES.glob("*.ttf"), *POLICES.glob("web/*.woff2")]


def test_moins_de_400_ko_et_chaque_face_pour_le_papier_et_pour_l_ecran():
    assert sum(f.stat().st_size for f in FICHIERS) <= 400_000
    faces = [f.stem for f in FICHIERS]
    assert len(faces) == 2 * len(set(faces)) == 8


def test_chaque_face_ecrit_le_francais_et_des_chiffres_de_meme_largeur():
    for fichier in FICHIERS:
        police = TTFont(fichier)
        signes = police.getBestCmap()
        assert [s for s in FRANCAIS if ord(s) not in signes] == [], fichier.name
        assert len({police["hmtx"][signes[ord(chiffre)]][0] for chiffre in "0123456789"}) == 1
        assert police["name"].getDebugName(1) in ("Atelier Sans", "Atelier Serif")


def test_le_pdf_ecrit_avec_les_polices_du_produit():
    pdf = render(Document("Un titre", (Paragraphe("Un texte à 12 345 €."),)), "pdf")
    assert set(re.findall(rb"\+(Atelier\w+-\w+)", pdf)) == {b"AtelierSans-Regular", b"AtelierSerif-Bold"}
