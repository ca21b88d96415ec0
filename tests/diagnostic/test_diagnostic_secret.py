"""Les seuils par source, et ce que chacun masque."""

import pytest

from ctgkit.diagnostic import Publiable, Publication, check_coherence, load_catalogue, measure, publish
from ctgkit.diagnostic.secret.publication import DEJA_MASQUE, SECONDAIRE
from ctgkit.territoire import Commune, Indicateur, Table, Territoire

EPCI = "200000000"


def publie(*lignes, communes=()):
    return publish(
        Territoire(
            "essai",
            "Essai",
            siren=EPCI,
            communes=Table.of(Commune, [Commune(c, c) for c in communes]),
            indicateurs=Table.of(Indicateur, lignes),
        )
    )


def x(code, valeur, geo="59001", niveau="commune", source="caf", *, annee=2023, statut="publie"):
    return Indicateur(code, geo, niveau, annee, valeur, statut, source, "")


SEUILS = """
AD01 4    commune caf                    masqué   moins de cinq foyers
AD01 5    commune caf                    montré
AD01 0    commune caf                    montré   aucun n'est pas un secret
AV02 4    commune caf                    montré   un nombre de structures n'est pas une personne
PA15 1    commune caf                    montré
CAD01 3   commune insee-populations-2023 montré   la population municipale est publique
"""


@pytest.mark.parametrize("cas", SEUILS.strip().splitlines())
def test_le_seuil_depend_de_ce_que_l_on_compte(cas):
    code, valeur, niveau, source, attendu = cas.split()[:5]
    ligne = publie(x(code, float(valeur), niveau=niveau, source=source)).lignes[0]
    assert ("masqué" if ligne.statut == "masque" else "montré") == attendu


def test_un_taux_sur_une_petite_base_dit_combien_de_personnes():
    trois_sur_vingt = publie(x("PE11", 15.0), x("PE01", 20.0)).lignes
    assert [ligne.statut for ligne in trois_sur_vingt] == ["masque", "publie"]
    dix_huit_sur_vingt = publie(x("PE11", 90.0), x("PE01", 20.0)).lignes
    assert dix_huit_sur_vingt[0].statut == "masque"
    assert publie(x("PE11", 50.0), x("PE01", 20.0)).lignes[0].statut == "publie"


@pytest.mark.parametrize(("allocataires", "statut"), [(99, "masque"), (100, "publie")])
def test_un_iris_de_moins_de_cent_allocataires_ne_se_montre_pas(allocataires, statut):
    iris = {"geo": "590010101", "niveau": "iris", "source": "caf-iris-2020"}
    assert publie(x("AD01", 40.0, **iris), x("CAD02", float(allocataires), **iris)).lignes[0].statut == statut


@pytest.mark.parametrize(
    ("menages", "personnes", "statut"), [(999, 2000, "masque"), (1000, 1900, "publie"), (900, 2001, "publie")]
)
def test_filosofi_ne_detaille_pas_les_petites_communes(menages, personnes, statut):
    filo = {"source": "insee-filosofi-2019", "annee": 2019}
    lignes = publie(
        x("AS05", 10.0, **filo), x("CAD10", float(menages), **filo), x("CAD11", float(personnes), **filo)
    ).lignes
    assert lignes[0].statut == statut


@pytest.mark.parametrize(("habitants", "statut"), [(10_000, "masque"), (10_001, "publie")])
def test_le_taux_de_couverture_n_est_publie_qu_au_dessus_de_dix_mille_habitants(habitants, statut):
    taux = x("PE03", 50.0, source="cnaf-taux-couverture-2023")
    assert publie(taux, x("CAD01", float(habitants), source="insee")).lignes[0].statut == statut


def test_une_commune_masquee_en_masque_une_deuxieme_ou_le_total():
    lignes = [x("PE01", v, g) for v, g in ((None, "59001"), (80.0, "59002"), (900.0, "59003"))]
    lignes[0] = x("PE01", None, "59001", statut="masque")
    p = publie(*lignes, x("PE01", 1000.0, EPCI, "epci"), communes=("59001", "59002", "59003"))
    assert [ligne.statut for ligne in p.lignes] == ["masque", "masque", "publie", "publie"]
    assert [p.motifs[i] for i in sorted(p.motifs)] == [DEJA_MASQUE, SECONDAIRE]
    assert measure(p, "PE01", "59002").texte == "masqué"


def test_un_numerateur_masque_masque_la_part_meme_si_le_producteur_la_donne():
    p = publie(x("PA02", None, statut="masque"), x("PA01", 400.0), x("PA03", 0.8))
    assert [ligne.statut for ligne in p.lignes] == ["masque", "publie", "masque"]


def test_une_evolution_ne_trahit_pas_l_annee_d_ou_elle_part():
    p = publie(x("PE01", 3.0, annee=2017), x("PE01", 12.0, annee=2022), x("PE02", 300.0, annee=2022))
    assert [ligne.statut for ligne in p.lignes] == ["masque", "publie", "masque"]


def test_une_part_sans_autre_base_ne_trahit_pas_son_numerateur():
    p = publie(x("PE01", 3.0), x("CAD15", 60.0), x("PE20", 5.0))
    assert [ligne.statut for ligne in p.lignes] == ["masque", "publie", "masque"]


def test_un_code_inconnu_du_catalogue_est_protege_comme_des_personnes():
    assert publie(x("ZZ01", 3.0)).lignes[0].statut == "masque"


def test_a_completer_n_est_pas_masque():
    assert publie(x("PE01", None, statut="a_completer")).lignes[0].statut == "a_completer"


def test_une_alerte_ne_montre_jamais_une_valeur_masquee():
    lignes = (x("PA02", 3.0), x("PA01", 400.0), x("PA03", 40.0))
    alertes = check_coherence(publie(*lignes, communes=("59001",)))
    assert not [a for a in alertes for c in a.chiffres if c.valeur.startswith("3\u00a0")]


def test_rien_ne_se_fabrique_hors_de_la_porte():
    with pytest.raises(TypeError, match="secret"):
        Publiable("t", {"a": "A"}, ({"a": 3},))
    with pytest.raises(TypeError, match="secret"):
        Publication(Territoire("a", "A"), (), {}, load_catalogue())
