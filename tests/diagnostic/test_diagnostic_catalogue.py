"""Le catalogue : 112 indicateurs du départ, onze thèmes, un bloc de plus suffit, un bloc faux se dit."""

from importlib.resources import files

import pytest

from ctgkit.diagnostic import load_catalogue
from ctgkit.diagnostic.catalogue import read_catalogue
from ctgkit.diagnostic.formules import FormuleIndicateur, read_formule
from ctgkit.errors import CtgError, InvalidFilesError

TEXTE = (files("ctgkit.diagnostic") / "catalogue.yaml").read_text(encoding="utf-8")
DEPART = {"CAD": 9, "PE": 18, "EN": 12, "JE": 13, "PA": 15, "AV": 8, "AD": 9, "LO": 9, "HA": 5, "AS": 14}
NOUVEAU = """
  AD10:
    theme: acces_droits
    libelle: Part des foyers accompagnés
    definition: Foyers accompagnés / foyers allocataires
    unite: "%"
    sens: offre
    source: Caf
    geographies: [epci]
    arrondi: 0.1
"""


def test_les_112_indicateurs_du_depart_y_sont():
    attendus = {f"{famille}{n:02d}" for famille, combien in DEPART.items() for n in range(1, combien + 1)}
    assert len(attendus) == 112
    assert attendus <= set(load_catalogue())


def test_dix_themes_et_le_cadrage():
    catalogue = load_catalogue()
    assert len(catalogue.themes) == 11
    assert all(catalogue.of_theme(theme) for theme in catalogue.themes)


def test_chaque_indicateur_dit_ce_qu_il_est():
    for d in load_catalogue().values():
        assert d.definition
        assert d.source
        assert d.sens in ("besoin", "offre", "contexte")
        assert d.nature in ("taux", "effectif", "montant", "mesure")


def test_le_catalogue_ne_connait_aucun_territoire():
    assert not [mot for mot in ("Valenciennes", "CAVM", "Cambrai", "Armentières", "Aulnoy") if mot in TEXTE]


def test_ajouter_un_indicateur_c_est_ajouter_un_bloc():
    catalogue = read_catalogue(TEXTE + NOUVEAU)
    assert catalogue["AD10"].theme == "acces_droits"
    assert len(catalogue) == len(load_catalogue()) + 1


@pytest.mark.parametrize(
    ("faute", "dit"),
    [
        (NOUVEAU.replace("sens: offre", "sens: offrre"), "sens inconnu"),
        (NOUVEAU.replace('unite: "%"', "unite: pourcent"), "unite inconnu"),
        (NOUVEAU.replace("    source: Caf\n", ""), "source manque"),
        (NOUVEAU + "    formule: AD99 + AD01\n", "indicateur inconnu : AD99"),
        (NOUVEAU + "    formule: AD10 + AD01\n", "dépend d'elle-même"),
        (NOUVEAU + "    formule: __import__('os')\n", "seuls les codes"),
        (NOUVEAU.replace("AD10", "AD01"), "écrit deux fois"),
        (NOUVEAU + "    tranche: [5, 2]\n", "tranche mal écrite"),
        (NOUVEAU + "    sujt: la part\n", "clé inconnue : sujt"),
    ],
)
def test_un_bloc_faux_se_dit_en_francais(faute, dit):
    with pytest.raises(InvalidFilesError, match="défaut") as erreur:
        read_catalogue(TEXTE + faute)
    assert dit in str(erreur.value)


def test_toutes_les_fautes_d_un_coup():
    with pytest.raises(InvalidFilesError) as erreur:
        read_catalogue(TEXTE + NOUVEAU.replace("sens: offre", "sens: x").replace("    source: Caf\n", ""))
    assert len(erreur.value.defauts) == 2


@pytest.mark.parametrize("texte", ["", "themes: 3", "- a\n- b", "themes: [", "\x00"])
def test_un_fichier_qui_n_est_pas_un_catalogue(texte):
    with pytest.raises(InvalidFilesError):
        read_catalogue(texte)


def test_un_code_mal_ecrit_propose_le_voisin():
    with pytest.raises(CtgError, match="vouliez-vous dire « PE03 »"):
        load_catalogue()["PE033"]


@pytest.mark.parametrize(
    ("formule", "ecrite", "valeur"),
    [
        ("100 * PA02 / PA01", "20 / 80", 25.0),
        ("AV01 + AV02 + AV09", "20 + 80 + 5", 105),
        ("100 * (AV01 + AV02) / AV09", "(20 + 80) / 5", 2000.0),
        ("10000 * AV01 / AV02", "10\u202f000 × 20 / 80", 2500.0),
        ("AV01 - (AV02 - AV09)", "20 − (80 − 5)", -55),
    ],
)
def test_une_formule_s_evalue_et_s_ecrit(formule, ecrite, valeur):
    valeurs = {"PA02": 20, "PA01": 80, "AV01": 20, "AV02": 80, "AV09": 5}
    assert FormuleIndicateur(formule).write(lambda c: str(valeurs[c])) == ecrite
    assert FormuleIndicateur(formule).evaluate(valeurs) == valeur


@pytest.mark.parametrize("texte", ["a.b", "f(x)", "x[0]", "x ** 2", "1 if x else 2", "'a' + b", "x +", "lambda: 0"])
def test_une_formule_n_est_jamais_du_code(texte):
    with pytest.raises(ValueError, match=r"formule|opération|nombre|seuls"):
        read_formule(texte)
