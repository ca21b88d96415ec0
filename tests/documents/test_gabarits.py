"""Un gabarit Markdown que chacun peut récrire : champs, blocs, passages conditionnels, erreurs qui apprennent."""

import pytest

from ctgkit.documents import Champs, Colonne, Liste, Morceau, Paragraphe, SautDePage, Section, Tableau, fill
from ctgkit.documents.typographie import flat
from ctgkit.errors import CtgError

GABARIT = """---
title: "Fiche [numéro]{champ=code}"
subtitle: "[Titre]{champ=titre}"
---

::: chapeau
Une phrase **forte**, *douce*, et un [lien](https://www.caf.fr).
:::

# Budget de [titre]{champ=titre}

::: {bloc=budget}
Ici viendra le tableau.
:::

## Détail

- premier
- second [code]{champ=code}

1. un
2. deux

::: {si=questions}
# À demander

[Questions]{champ=questions}
:::

---

::: alerte
Seule la notification
de la Caf fait foi.
:::
"""
TABLEAU = Tableau((Colonne("a"),), (("b",),))


@pytest.fixture
def gabarit(tmp_path):
    fichier = tmp_path / "fiche.md"
    fichier.write_text(GABARIT, encoding="utf-8")
    return fichier


def test_un_gabarit_rempli(gabarit):
    champs = {"code": "F12", "titre": "Relais **mobile**", "questions": "Quel montant ?"}
    document = fill(gabarit, champs, {"budget": [TABLEAU, Champs((("x", "y"),))]}, pied="essai")
    assert (document.titre, document.sous_titre, document.pied) == ("Fiche F12", "Relais **mobile**", "essai")
    chapeau, budget, questions = document.blocs
    assert (chapeau.ton, flat(chapeau.texte)) == ("chapeau", "Une phrase forte, douce, et un lien.")
    assert {m.texte for m in chapeau.texte if m.gras} == {"forte"}
    assert {m.lien for m in chapeau.texte if m.lien} == {"https://www.caf.fr"}
    assert budget.titre == "Budget de Relais **mobile**"
    assert budget.blocs[0] is TABLEAU
    detail = budget.blocs[2]
    assert isinstance(detail, Section)
    assert [flat(i) for i in detail.blocs[0].items] == ["premier", "second F12"]
    assert (type(detail.blocs[1]), detail.blocs[1].numerotee) == (Liste, True)
    demande, saut, alerte = questions.blocs
    assert (questions.titre, demande) == ("À demander", Paragraphe((Morceau("Quel montant ?"),)))
    assert isinstance(saut, SautDePage)
    assert (alerte.ton, flat(alerte.texte)) == ("alerte", "Seule la notification de la Caf fait foi.")


def test_un_passage_sans_contenu_disparait(gabarit):
    document = fill(gabarit, {"code": "F12", "titre": "x", "questions": ""}, {"budget": []})
    assert [b.titre for b in document.blocs if isinstance(b, Section)] == ["Budget de x"]


def test_un_champ_inconnu_dit_lesquels_existent(gabarit):
    with pytest.raises(CtgError, match="champ inconnu : « titre »") as refus:
        fill(gabarit, {"code": "F12", "titres": "x", "questions": ""}, {"budget": []})
    assert "code, questions, titres" in refus.value.que_faire
    assert "vouliez-vous dire « titres »" in refus.value.quoi
    with pytest.raises(CtgError, match="bloc inconnu : « budget »"):
        fill(gabarit, {"code": "F12", "titre": "x", "questions": ""})


def test_un_gabarit_absent_ou_trop_riche(tmp_path):
    with pytest.raises(CtgError, match="ne peut pas être lu"):
        fill(tmp_path / "absent.md", {})
    (tmp_path / "riche.md").write_text("    du code\n", encoding="utf-8")
    with pytest.raises(CtgError, match="pas pris en charge"):
        fill(tmp_path / "riche.md", {})


def test_le_html_ecrit_dans_un_gabarit_reste_du_texte(tmp_path):
    (tmp_path / "html.md").write_text("<script>alert(1)</script> et $x$ {{ 7*7 }}\n", encoding="utf-8")
    (paragraphe,) = fill(tmp_path / "html.md", {}).blocs
    assert flat(paragraphe.texte) == "<script>alert(1)</script> et $x$ {{ 7*7 }}"
