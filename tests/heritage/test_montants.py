"""Chaque sortie, sur chaque territoire livré, donne encore les montants et les phrases d'avant la refonte.

Un texte que l'on a voulu changer se relève par `fabriquer.py --textes`, qui refuse si un nombre a bougé.
"""

import json

import portes
import pytest

pytestmark = pytest.mark.long

GARDES = json.loads(portes.MONTANTS.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def textes():
    return portes.read_texts()


@pytest.fixture(autouse=True)
def sans_journal(tmp_path, monkeypatch):
    """Les territoires livrés se lisent sans ce que quelqu'un aurait écrit sur ce poste."""
    monkeypatch.setenv("CTG_JOURNAL", str(tmp_path / "journal.sqlite"))


@pytest.mark.parametrize("territoire", portes.LIVRES)
@pytest.mark.parametrize("sortie", portes.SORTIES)
def test_les_memes_montants(territoire, sortie, textes):
    cle = f"{territoire} — {sortie}"
    chiffres, lus = portes.SORTIES[sortie](territoire)
    present = json.loads(json.dumps(chiffres, ensure_ascii=False))
    ecarts = list(portes.gaps(GARDES[cle]["chiffres"], present))
    assert not ecarts, f"{len(ecarts)} chiffres ont changé :\n" + "\n".join(ecarts[:20])
    assert sorted(lus) == sorted(textes[cle])
    for nom, texte in lus.items():
        ecrit, garde = portes.uniform(texte), textes[cle][nom]
        montre = "" if ecrit == garde else f"« {nom} » :\n{portes.differences(garde, ecrit)}"
        nombres = GARDES[cle]["nombres"].get(nom) or portes.numbers(garde)
        assert portes.numbers(ecrit) == nombres, f"Des nombres ont changé dans {montre}"
        assert not montre, f"Aucun nombre n'a changé, mais des mots oui, dans {montre}"


@pytest.mark.parametrize("territoire", portes.LIVRES)
def test_les_pages_disent_les_memes_montants(territoire):
    """Une page peut en montrer plus qu'avant, jamais moins."""
    present = portes.read_pages(territoire)
    for page, garde in GARDES[f"{territoire} — pages"].items():
        perdus = sorted(set(garde) - set(present[page]))
        assert not perdus, f"{page} ne dit plus : {', '.join(perdus)}"
