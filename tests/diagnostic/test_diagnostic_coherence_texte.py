# ruff: noqa: E501 — des phrases de document, une par cas
"""Le texte d'une convention : titres, renvois, comptes, champs vides, dates, chiffres — et beaucoup de silence."""

import re
import textwrap
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctgkit.diagnostic import check_coherence, check_texte
from ctgkit.territoire import Territoire


def alertes(texte: str):
    return check_texte(textwrap.dedent(texte).split("\n"), "convention.txt")


def dit(alerte) -> str:
    return re.sub(r"[\u00a0\u202f]", " ", f"{alerte.niveau} {alerte.titre} | {alerte.calcul} | {alerte.proposition}")


PLAN = """
ARTICLE 1 - OBJET
ARTICLE 2 – LES CHAMPS D'INTERVENTION
ARTICLE 3 : DURÉE
Annexe 1 – Diagnostic de territoire
Annexe 2 – Plan d'actions
Annexe 3 – Liste et adhésion des communes
"""

A_SIGNALER = [  # texte, ce que dit l'alerte
    ("ARTICLE 1 - OBJET\nARTICLE 2 - CHAMPS\nARTICLE 4 - FIN", "E Article 3 : manque"),
    ("Article 1er - Objet\nArticle 2 - Durée\nArticle 2 - Gouvernance partagée", "Article 2 : deux titres"),
    ("Article 1 - Objet\t3\nArticle 2 - Durée\t4\nArticle 1 - Objet\nTexte.", "E Article 2 : absent du corps"),
    (PLAN + "Les modalités figurent en annexe 5.", "E Renvoi à l’annexe 5, qui n’existe pas"),
    (PLAN + "comme prévu à l'article 7 de la présente convention,", "E Renvoi à l’article 7, qui n’existe pas"),
    (
        PLAN + "Chaque commune confirme son adhésion, la liste des communes est jointe (annexe 1).",
        "D Renvoi à l’annexe 1",
    ),
    ("Deux dates ont permis ce travail\n\n- le 19 mars\n- le 21 mai\n- le 24 mars", "E « Deux dates » annoncé, 3"),
    ("Le plan comporte quatre axes :\n1. A\n - a\n - b\n2. B\n3. C", "E « quatre axes » annoncé, 3"),
    ("La Ctg porte sur 4 thématiques : petite enfance, enfance et jeunesse.", "E « 4 thématiques » annoncé, 3"),
    (
        "Le territoire compte XX RPE.\n\n- 23 RPE sur le territoire",
        "RPE (XX) | « XX » n’est pas rempli ; le document donne : 23",
    ),
    ("et les XX annexes énumérées\nAnnexe 1 – A\nAnnexe 2 – B", "2 annexes dans le document"),
    ("Nom du chef de projet : à définir", "X à définir"),
    ("Les modalités restent à préciser avec la Caf", "X à définir"),
    ("Montant : [à compléter]", "X à remplacer"),
    ("Fait à\n\nLe\n\nEn deux exemplaires", "X laissé vide : Le"),
    ("Publié le", "X laissé vide : Publié le"),
    ("Signature : ______________", "X ligne à remplir"),
    ("Décision du conseil\n(Cocher la case adaptée)\n□ oui\n□ non", "X case à cocher : Décision du conseil"),
    ("Convention du 31/06/2025", "E « 31/06/2025 » n’existe pas"),
    (
        "Convention territoriale globale\n2025 – 2029\n\nLa présente convention est conclue du 1er janvier 2025 au 31 décembre 2028.",
        "D Deux périodes pour la convention",
    ),
    (
        "La convention est conclue du 1er janvier 2024 au 31 décembre 2028, pour une durée de quatre ans.",
        "E 4 ans, ou la période 1er janvier 2024 au 31 décembre 2028",
    ),
    (
        "Sommaire\nAnnexe 1 – Diagnostic\t9\nAnnexe 2 – Plan d'actions\t12\nArticle 1 – Objet\nComme le prévoit l'annexe 4, la Caf s'engage.",
        "E Renvoi à l’annexe 4, qui n’existe pas",
    ),
    (
        "- 5 centres sociaux et 3 espaces de vie sociale\nLes 9 structures d'animation de la vie sociale",
        "5 + 3 = 8, le document dit 9",
    ),
    (
        "- 812 enfants de 0 à 2 ans, 2 604 enfants de 3 à 11 ans\n- 1 210 jeunes de 12 à 15 ans et 1 150 jeunes de 16 à 19 ans\n- 5 780 enfants de 0 à 19 ans",
        "812 + 2 604 + 1 210 + 1 150 = 5 776, le document dit 5 780",
    ),
    ("- taux de couverture : 61,2 %\nLe taux de couverture est de 64,2 %", "D Taux de couverture global"),
    ("Fait à XX, le", "X Fait à (XX)"),
    (
        "Conseillers en exercice : 5\nPRESENTS : Anne DURAND, Paul PETIT, Lise ROUX.\n\nEXCUSES AYANT DONNE POUVOIR : Paul PETIT, Jean BLANC, ont délégué respectivement Anne DURAND, Lise ROUX.",
        "D Séance : un même nom parmi les présents",
    ),
    (
        "MEMBRES EN EXERCICE : 9\n\nMEMBRES PRÉSENTS :\n\nM. A. PETIT Maire ; Mme ROUX ;\nM. BLANC\n\nMEMBRES ABSENTS EXCUSÉS :\n\nMme NOIR qui a donné procuration à M. BLANC",
        "D Séance : présents et excusés ne font pas 9 | 3 + 1 = 4",
    ),
    ("Elle couvrira les 6 années de la Ctg (2023/2026).", "D 6 ans, ou la période 2023-2026"),
    ("Séance du 20 mars 2023\nReçu en préfecture le 10/03/2023", "E Reçu en préfecture avant la séance"),
    (
        "- 15 centres sociaux\n- 4 espaces de vie sociale\nsur les 16 structures AVS, deux sont municipales",
        "15 + 4 = 19, le document dit 16",
    ),
    (
        "Le territoire (192 075 habitants)\n- 20 729 enfants de 3 à 11 ans\n- soit 10.6 % de la population totale",
        "10,8 %, le document dit 10,6 %",
    ),
    (
        "Le territoire compte 24 500 habitants en 2021.\nEn 2021, 24 900 habitants sur le territoire",
        "E Population municipale : deux",
    ),
    ("- 640 enfants de 0 à 2 ans\n\n- 655 enfants de 0 à 2 ans", "D Enfants de 0 à 2 ans"),
    ("- 9 262 jeunes de 12 à 16 ans\n- 9 262 jeunes de 12 à 15 ans", "L 9 262 : deux tranches"),
    ("soit 2 243 enfants sur 5 853 familles", "L « 2 243 enfants sur 5 853 familles »"),
    (
        "- 24 accueils périscolaires municipaux\n\n- 25 accueils périscolaires municipaux",
        "L « accueils périscolaires municipaux »",
    ),
    (
        "Prestations\tMontant\nA\t10 000 €\nB\t5 500 €\nCette enveloppe représente 16 000 €",
        "10 000 + 5 500 = 15 500, le document dit 16 000",
    ),
]


@pytest.mark.parametrize(("texte", "extrait"), A_SIGNALER)
def test_ce_qui_ne_va_pas_se_signale(texte, extrait):
    assert [a for a in alertes(texte) if extrait in dit(a)], [dit(a) for a in alertes(texte)]


A_TAIRE = [
    PLAN + "Le diagnostic partagé figure en annexe 1. Le plan d'actions est en annexe 2 (cf. article 2).",
    PLAN + "au titre de l'article 30 du RGPD et des articles L. 263-1 et L. 227-1 à 3 du Code de la Sécurité sociale",
    PLAN + "conformément à l'article L.2121.20 du Code général des collectivités territoriales",
    "Article 1 - Objet ....... 3\nArticle 2 - Durée ....... 4\n\nArticle 1 - Objet\nArticle 2 - Durée",
    "Vu l'annexe 3 de la délibération, qui n'est pas jointe",
    "Les quatre missions de la branche :\n\n- A ;\n- B ;\n- C ;\n- D.",
    "Deux phases complémentaires :\n\n- Phase 1 : réflexion ;\n\n- Phase 2 : rédaction.",
    "4 sujets ont été ciblés et objectivés:\n\n1. A\n\n- ↳ a\n - b\n\n2. B\n\n- ↳ c\n\n3. C\n\n4. D\n\nPlusieurs temps.",
    "Les deux parties s'engagent à :\n- informer ;\n- échanger ;\n- évaluer.",
    "Les trois communes conviennent :\n- d'un calendrier ;\n- d'un budget.",
    "Au moins deux réunions par an :\n- en mars ;\n- en juin ;\n- en octobre.",
    "Trois axes : la petite enfance et la parentalité, l'enfance et la jeunesse, le logement.",
    "Elle vise à définir le projet stratégique. Il reste utile à préciser, puis à confirmer chaque année.",
    "Au XXe siècle, sous Louis XX, rue Jean XXIII",
    "prestations CAF, MSA: allocations familiales, naissance, ...",
    "Fait à Valenciennes\n\nLe 11 juin 2025",
    "Publié le\n16/07/2025",
    "ANNEXE 1 - DIAGNOSTIC\n(Cocher la case adaptée)\n\n- x Diagnostic type\n- □ Diagnostic partagé",
    "Convention territoriale globale 2023/2026\nla Ctg 2020/2022 est arrivée à échéance le 31 décembre 2022",
    "Elle couvrira les 4 années de fonctionnement de la CTG (2023/2026).",
    "la Ctg, conclue pour une durée de 3 ans (2020/2022)",
    "Séance du 20 mars 2023\nReçu en préfecture le 30/03/2023",
    "la COG 2023-2027 et la Ctg du 1er janvier 2023 au 31 décembre 2026",
    "- 15 centres sociaux\n- 4 espaces de vie sociale\nsur les 19 structures AVS, deux sont municipales",
    "Anzin : 3 centres sociaux\nMarly : 2 centres sociaux\nSaultain : 1 centre social",
    "- 23 RPE sur le territoire dont 1 RPE intercommunal",
    "- 21 685 familles avec enfants\n- 9 634 familles avec enfants à bas revenus",
    "8% de l'offre dans une commune de moins de 3 000 habitants\nsur le territoire, 12 000 habitants",
    "- 3 accueils de loisirs municipaux\n- 4 accueils de loisirs municipaux\n- 5 accueils de loisirs municipaux",
    "Prestations\tMontant\nA\t27 162 662 €\nB\t9 866 245 €\nC\t5 981 535 €\nD\t3 259 619 €\n\n"
    "Cette enveloppe représente **46 270 061 €**, au titre des prestations.",
    "Le territoire compte 24 500 habitants au 1er janvier 2021. Il comptait 23 900 habitants en 2016.",
    "Sur le territoire, le nombre d'habitants passe de 23 900 habitants en 2016 à 24 500 habitants en 2021",
    "Le territoire compte 3 centres sociaux et 2 espaces de vie sociale.\nSoit 5 structures AVS sur l'ensemble du territoire.",
    "Article 1 : d'approuver\nArticle 2 : d'autoriser\nArticle 3 : d'inscrire\nselon l'article 2121-8 du Code général",
    "Trois groupes de travail thématiques se sont réunis :\n- Petite enfance : 3 réunions\n- Jeunesse : 2\n- Parentalité : 4",
    "Les 2 axes se déclinent en 4 objectifs et 12 fiches actions :\n- a\n- b\n- c",
    "5 901 enfants sont âgés de 0 à 2 ans et 41 % ont un besoin de garde",
    "La convention est conclue du 1er janvier 2024 au 31 décembre 2028, pour une durée de cinq ans.",
    "MEMBRES EN EXERCICE : 4\n\nMEMBRES PRÉSENTS :\n\nM. A. PETIT Maire ; Mme ROUX ;\nM. L. PETIT\n\nMEMBRES ABSENTS EXCUSÉS :\n\nMme NOIR qui a donné procuration à M. A. PETIT",
    "Conseillers en exercice : 5\nConseillers présents : 3\nPRESENTS : Anne DURAND, Paul PETIT, Lise ROUX.\nEXCUSES : Jean BLANC",
    "- 5 centres sociaux et 3 espaces de vie sociale\nLes 8 structures d'animation de la vie sociale",
    "À Anzin, 5 centres sociaux et 3 espaces de vie sociale\nLes 9 structures d'animation de la vie sociale",
    "Sommaire\nAnnexe 1 – Diagnostic\t9\nAnnexe 2 – Plan d'actions\t12\nArticle 1 – Objet\nLe diagnostic est en annexe 1.",
]


@pytest.mark.parametrize("texte", A_TAIRE)
def test_ce_qui_va_ne_se_signale_pas(texte):
    assert not [dit(a) for a in alertes(texte)]


def test_un_siecle_n_est_pas_un_champ_vide_mais_xxxx_oui():
    assert [a.titre for a in alertes("Le montant de XXXX euros")] == ["euros (XX)"]


def test_chaque_champ_xx_d_une_ligne_a_son_alerte():
    ligne = "Thématiques\tMontant\tÉquipements\nPETITE-ENFANCE\tXX\tXX EAJE XX RPE XX MAM"
    titres = {a.titre for a in alertes(ligne)}
    assert titres == {f"PETITE-ENFANCE : {x} (XX)" for x in ("Montant", "EAJE", "RPE", "MAM")}


def test_une_alerte_dit_la_ligne():
    (alerte,) = alertes("\n\nsoit 12 enfants sur 30 familles")
    assert alerte.chiffres[0].ou == "convention.txt, ligne 3"


def test_le_texte_et_les_chiffres_d_un_territoire_se_controlent_ensemble():
    texte = ["- 15 centres sociaux", "- 4 espaces de vie sociale", "sur les 16 structures AVS, deux sont municipales"]
    trouvees = check_coherence(Territoire("x", "X"), {"convention.txt": texte})
    assert [a.niveau for a in trouvees] == ["E"]


def test_une_erreur_et_ses_suites_sont_une_alerte():
    texte = """
        Le territoire (192 000 habitants)
        - 640 enfants de 0 à 2 ans et 1 310 enfants de 3 à 11 ans
        - 655 enfants de 0 à 2 ans
        - 1 950 enfants de 0 à 11 ans
        Le diagnostic est en annexe 2. La liste des communes est jointe (annexe 1).
    """
    plan = "Annexe 1 – Diagnostic de territoire\nAnnexe 2 – Plan d'actions\nAnnexe 3 – Liste et adhésion des communes\n"
    trouvees = [a for a in alertes(plan + textwrap.dedent(texte)) if a.regle == "renvoi"]
    assert len(trouvees) == 1
    assert "annexe 1" in dit(trouvees[0]) + str(trouvees[0].explications)
    assert "annexe 2" in dit(trouvees[0]) + str(trouvees[0].explications)


def test_deux_doutes_sur_d_autres_nombres_restent_deux_alertes():
    texte = "Le relais accueille 45 familles.\n\nLes 54 familles du relais viennent.\n\nLa halte a 12 places.\n\n"
    texte += "La convention est signée le 3 mai 2024.\n\nLa convention, signée le 8 mai 2024, est jointe."
    assert len([a for a in alertes(texte) if a.niveau == "D"]) == 2


mots = st.sampled_from(
    [
        "ARTICLE 3 -",
        "Annexe 2",
        "XX",
        "(annexe 9)",
        "deux axes :",
        "- ",
        "12 %",
        "1 234 enfants de 3 à 11 ans",
        "soit",
        "31/02/2025",
        "2025-2029",
        "Ctg",
        "\t",
        "«",
        "à définir",
        "...",
        "€",
        "\u200b",
        "\x0b",
        "é" * 50,
        "((((",
        "[[",
        "\\",
    ]
)


@settings(max_examples=120)
@given(st.lists(st.lists(st.one_of(mots, st.text(max_size=12)), max_size=6).map(" ".join), max_size=15))
def test_n_importe_quel_texte_se_controle_sans_tomber(lignes):
    for a in check_texte(lignes, "x"):
        assert a.titre
        assert a.niveau in "EDLXPI"


@pytest.mark.parametrize(
    "ligne", ["a" * 100_000, "XX " * 5_000, "(" * 20_000, "1 " * 20_000, "annexe 1 " * 2_000, "\t" * 50_000]
)
def test_une_ligne_monstrueuse_ne_fige_pas(ligne):
    # Le temps de calcul de ce processus, que les voisins ne changent pas : une recherche qui s'emballe prend des heures.
    debut = process_time()
    check_texte([ligne] * 3, "x")
    assert process_time() - debut < 30


def test_une_alerte_sur_les_presents_ne_montre_aucun_nom():
    texte = "PRESENTS : Anne DURAND, Paul PETIT\nEXCUSES : Paul PETIT"
    assert alertes(texte)
    assert not [a for a in alertes(texte) if re.search("(?i)petit|durand", str(a.as_dict()))]
