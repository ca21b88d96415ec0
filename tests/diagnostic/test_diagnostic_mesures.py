"""Mesurer, comparer, classer : sur de petits tableaux, puis sur les chiffres réels de la convention."""

from dataclasses import replace

import pytest
from outils import lu

from ctgkit.diagnostic import (
    Diagnostic,
    Poids,
    check_coherence,
    compare_lieux,
    count_couverture,
    find_jumelles,
    load_catalogue,
    measure,
    measure_or_replace,
    measure_tendance,
    measure_theme,
    publish,
    rank_communes,
    rank_themes,
    read_diagnostic,
    tableau_couverture,
    tableau_mesures,
)
from ctgkit.diagnostic.carte import read_map
from ctgkit.diagnostic.doutes import with_doubts
from ctgkit.diagnostic.noms import du_lieu, is_feminin, sujet
from ctgkit.diagnostic.phrases import finding, priorities_title, trends_title
from ctgkit.errors import CtgError
from ctgkit.storage import load_territoire
from ctgkit.territoire import Commune, Comparateur, Indicateur, Table, Territoire

EPCI, NORD = "200000000", "59"


def ligne(texte: str) -> Indicateur:
    """`PE03 epci 2022 50.3` : code, lieu, année (- : non écrite), valeur (s : masquée)."""
    code, lieu, annee, valeur = texte.split()
    geo = {"epci": EPCI, "nord": NORD}.get(lieu, lieu)
    niveau = {"epci": "epci", "nord": "departement"}.get(lieu, "commune")
    connue = valeur != "s"
    return Indicateur(
        code,
        geo,
        niveau,
        None if annee == "-" else int(annee),
        float(valeur) if connue else None,
        "publie" if connue else "masque",
        "caf",
        "",
    )


def publication(texte: str, plan=None, plus=()):
    communes = [Commune("59001", "Anzin", 1000), Commune("59002", "Le Quesnoy", 2100), Commune("59003", "Denain", 1100)]
    lignes = [*map(ligne, texte.strip().splitlines()), *plus]
    return publish(
        Territoire(
            "essai",
            "Essai",
            siren=EPCI,
            comparateur=Comparateur(NORD, "Nord"),
            plan=plan or {},
            communes=Table.of(Commune, communes),
            indicateurs=Table.of(Indicateur, lignes),
        )
    )


LECTURES = """
PE03 50.3 58.5 | Le taux de couverture est inférieur de 8,2 points à celui du Nord en 2022 : offre moindre | défavorable
PE03 60.0 58.5 | Le taux de couverture est supérieur de 1,5 point à celui du Nord en 2022 : offre plus large | favorable
PE10 45.2 35.8 | La part des enfants de 0 à 2 ans en foyer à bas revenus est supérieure de 9,4 points à celle du Nord en 2022 : besoin plus fort | défavorable
PE10 30.0 35.8 | La part des enfants de 0 à 2 ans en foyer à bas revenus est inférieure de 5,8 points à celle du Nord en 2022 : besoin moindre | favorable
AS02 10120 10740 | Le premier décile de niveau de vie est inférieur de 5,8 % à celui du Nord en 2022 : besoin plus fort | défavorable
AS01 18820 20290 | Le niveau de vie médian est inférieur de 7,2 % à celui du Nord en 2022 | sans avis
PE14 33.8 32 | La part des assistants maternels de plus de 55 ans est supérieure de 1,8 point à celle du Nord en 2022 : départs à prévoir | sans avis
JE07 18.9 18.9 | La part des jeunes non insérés est égale à celle du Nord en 2022 | sans avis
"""  # noqa: E501


@pytest.mark.parametrize("cas", LECTURES.strip().splitlines())
def test_la_phrase_suit_le_sens_de_l_indicateur(cas):
    chiffres, lecture, avis = (x.strip() for x in cas.split("|"))
    code, ici, nord = chiffres.split()
    c = compare_lieux(publication(f"{code} epci 2022 {ici}\n{code} nord 2022 {nord}"), code)
    assert c.lecture.replace("\u202f", " ").replace("\u00a0", " ") == lecture
    assert {True: "défavorable", False: "favorable", None: "sans avis"}[c.defavorable] == avis


ANNEES = """
2019 | 2019 2021 | +5 points en 2019  | la dernière année commune
2019 2021 | 2019 | +5 points en 2019  | un chiffre plus récent ici ne change pas l'année comparée
2019 2021 | 2019 2021 | +3 points en 2021 | les deux ont la plus récente
2021 | 2019 | aucun écart | aucune année commune (2021 ici, 2019 pour le repère)
- | 2019 | aucun écart | année non écrite ici
2019 | - | aucun écart | année non écrite pour le repère
- | - | aucun écart | année écrite ni ici ni pour le repère
"""
# 45 − 40 = +5 points en 2019, 47 − 44 = +3 points en 2021.
ICI, AU_NORD = {"2019": 45, "2021": 47, "-": 46}, {"2019": 40, "2021": 44, "-": 41}


@pytest.mark.parametrize("cas", ANNEES.strip().splitlines())
def test_un_ecart_se_lit_a_la_derniere_annee_commune_ou_pas_du_tout(cas):
    """Revue d'analyste D3 : importer des chiffres plus récents d'un seul côté ne change pas ce que l'on compare."""
    ici, nord, attendu, pourquoi = (x.strip() for x in cas.split("|"))
    lignes = [f"PE10 epci {a} {ICI[a]}" for a in ici.split()] + [f"PE10 nord {a} {AU_NORD[a]}" for a in nord.split()]
    p = publication("\n".join(lignes))
    c = compare_lieux(p, "PE10")
    if attendu == "aucun écart":
        assert (c.ecart, c.defavorable, c.classable, c.ecart_ecrit) == (None, None, False, "")
        assert pourquoi in c.avertissements[0]
        assert lu(c.lecture).count(f"({c.mesure.quand})") >= 1
        assert f"Nord : {c.repere.texte} ({c.repere.quand})" in c.lecture
    else:
        assert lu(f"{c.ecart_ecrit} en {c.mesure.quand}") == attendu
        assert c.lecture.count(c.mesure.quand) == 1
    ligne = tableau_mesures(p, "petite_enfance").lignes[0]
    assert (ligne["ecart"], ligne["annee"], ligne["annee_repere"]) == (
        c.ecart_ecrit or None,
        c.mesure.annee,
        c.repere.annee,
    )


def test_le_chiffre_le_plus_recent_se_dit_a_cote_de_celui_qu_on_compare():
    c = compare_lieux(publication("PE10 epci 2019 45\nPE10 epci 2021 47\nPE10 nord 2019 40"), "PE10")
    assert (c.mesure.valeur, c.mesure.annee) == (45, 2019)
    assert "chiffre le plus récent : 47 % (2021)" in lu(c.avertissements[0])


def test_un_calcul_qui_mele_deux_annees_ne_se_compare_pas():
    """100 × 40 / 200 = 20 % : le numérateur est de 2021, le dénominateur de 2019."""
    nord = "PA02 nord 2021 300\nPA01 nord 2021 1000"
    c = compare_lieux(publication(f"PA02 epci 2021 40\nPA01 epci 2019 200\n{nord}"), "PA03")
    assert (c.mesure.valeur, c.mesure.annee, c.ecart) == (20, None, None)
    assert "2019 et 2021" in c.mesure.quand
    c = compare_lieux(publication(f"PA02 epci 2021 40\nPA01 epci - 200\n{nord}"), "PA03")
    assert (c.mesure.annee, c.ecart) == (None, None)
    entiere = f"PA02 epci 2021 40\nPA01 epci 2019 200\nPA01 epci 2021 160\n{nord}"
    assert lu(compare_lieux(publication(entiere), "PA03").ecart_ecrit) == "−5 points"  # 25 − 30


def test_deux_valeurs_face_a_face_s_ecrivent_avec_autant_de_decimales():
    ecarts = Diagnostic(publication("PE14 epci 2022 33.8\nPE14 nord 2022 32"), "petite_enfance").ecarts()
    assert ecarts[["texte", "texte_repere", "ecart"]].map(lu).to_numpy().tolist() == [["33,8", "32,0", "+1,8 point"]]


def test_le_repere_de_la_meme_annee_est_prefere():
    c = compare_lieux(publication("PE03 epci 2021 50\nPE03 nord 2021 57\nPE03 nord 2023 60"), "PE03")
    assert (c.repere.valeur, c.avertissements) == (57, ())


def test_une_commune_masquee_se_compare_par_son_epci_a_la_derniere_annee_commune():
    p = publication("PE10 epci 2019 45\nPE10 epci 2021 47\nPE10 59001 2021 s\nPE10 nord 2019 40")
    c = compare_lieux(p, "PE10", "59001")
    assert (c.mesure.repli_de, c.mesure.annee, lu(c.ecart_ecrit)) == ("Anzin", 2019, "+5 points")
    assert "secret statistique" in c.avertissements[0]


def test_les_communes_se_rangent_a_une_seule_annee():
    """Deux communes en 2019 et une en 2021 : celle-ci n'est ni devant ni derrière, elle est d'une autre année."""
    p = publication("PE10 59001 2019 30\nPE10 59002 2019 20\nPE10 59003 2021 90\nPE10 nord 2019 25\nPE10 nord 2021 26")
    k = rank_communes(p, "PE10")
    assert ([m.nom_geo for _, m in k.rangs], k.annee) == (["Anzin", "Le Quesnoy"], 2019)
    assert [(m.nom_geo, motif) for m, motif in k.non_classees] == [("Denain", "non renseigné")]
    carte = read_map(p, "PE10", NORD)
    assert (carte.annee, carte.repere.annee, len(carte.connues)) == (2019, 2019, 2)
    assert next(x["dit"] for x in carte.lignes if x["cle"] == "59003") == "non renseigné en 2019"


def test_un_effectif_ne_se_compare_pas_a_celui_d_un_departement():
    c = compare_lieux(publication("PE01 epci 2022 500\nPE01 nord 2022 50000"), "PE01")
    assert c.ecart is None
    assert not c.classable
    assert "représente 1,0" in c.lecture
    autre = compare_lieux(publication("PE01 epci 2022 500\nPE01 nord 2021 50000"), "PE01")
    assert "représente" not in autre.lecture


def test_deux_communes_comparent_leurs_effectifs_en_pourcent():
    c = compare_lieux(publication("PE01 59001 2022 60\nPE01 59002 2022 80"), "PE01", "59001", repere="59002")
    assert (c.ecart, c.unite_ecart) == (-25.0, "%")


def test_une_commune_masquee_se_replie_sur_son_epci_et_le_dit():
    p = publication("PE10 epci 2022 45\nPE10 59001 2022 s\nPE10 nord 2022 40")
    m = measure_or_replace(p, "PE10", "59001")
    assert (m.valeur, m.repli_de, m.nom_geo) == (45, "Anzin", "Essai")
    assert "Anzin étant masqué" in compare_lieux(p, "PE10", "59001").lecture
    assert measure(p, "PE10", "59001").valeur is None


def test_un_effectif_masque_ne_se_replie_pas():
    p = publication("PE01 epci 2022 450\nPE01 59001 2022 s")
    assert measure_or_replace(p, "PE01", "59001").texte == "masqué"


def test_inconnu_n_est_ni_zero_ni_masque():
    p = publication("PE01 epci 2022 450")
    assert (measure(p, "PE01", "59001").valeur, measure(p, "PE01", "59001").texte) == (None, "non renseigné")
    assert measure(publication("PE01 59001 2022 0"), "PE01", "59001").texte == "0\u00a0enfant"
    assert measure(publication("PE05 59001 2022 1.5"), "PE05", "59001").texte == "1,5\u00a0place pour 100 enfants"
    assert measure(publication("PE05 59001 2022 22.9"), "PE05", "59001").texte == "22,9\u00a0places pour 100 enfants"


def test_un_indicateur_a_formule_se_calcule_et_montre_son_calcul():
    m = measure(publication("PA01 epci 2022 21685\nPA02 epci 2022 7680"), "PA03")
    assert (round(m.valeur, 1), m.statut) == (35.4, "calcule")
    assert m.calcul == "7\u202f680 / 21\u202f685 = 35,4\u202f%"


def test_un_terme_masque_masque_le_calcul():
    assert measure(publication("PA01 epci 2022 21685\nPA02 epci 2022 s"), "PA03").texte == "masqué"


def test_diviser_par_zero_n_est_pas_un_resultat():
    assert measure(publication("PA01 epci 2022 0\nPA02 epci 2022 7"), "PA03").texte == "non renseigné"


def test_deux_valeurs_concurrentes_se_disent():
    m = measure(publication("PE01 epci 2022 6164\nPE01 epci - 5901"), "PE01")
    assert m.valeur == 6164
    assert "5\u202f901" in m.avertissements[0]


def test_les_petites_bases_ne_se_classent_pas():
    p = publication(
        "PE10 59001 2022 60\nPE10 59002 2022 20\nPE10 59003 2022 40\n"
        "PE01 59001 2022 30\nPE01 59002 2022 300\nPE01 59003 2022 200"
    )
    k = rank_communes(p, "PE10")
    assert [(r, m.nom_geo) for r, m in k.rangs] == [(1, "Denain"), (2, "Le Quesnoy")]
    assert [(m.nom_geo, motif) for m, motif in k.non_classees] == [("Anzin", "base de 30 enfants, moins de 50")]
    assert not compare_lieux(p, "PE10", "59001", repere="59002").classable


def test_les_ex_aequo_ont_le_meme_rang():
    k = rank_communes(publication("JE07 59001 2018 20\nJE07 59002 2018 20\nJE07 59003 2018 10"), "JE07")
    assert [r for r, _ in k.rangs] == [1, 1, 3]


def test_une_offre_se_classe_de_la_plus_faible_a_la_plus_forte():
    k = rank_communes(publication("PE03 59001 2022 80\nPE03 59002 2022 20"), "PE03")
    assert [m.nom_geo for _, m in k.rangs] == ["Le Quesnoy", "Anzin"]


def test_une_tendance_se_lit_sur_une_seule_source():
    p = publication("JE07 epci 2008 20.9\nJE07 epci 2013 23.9\nJE07 epci 2018 22.4")
    t = measure_tendance(p, "JE07")
    assert t.points == ((2008, 20.9), (2013, 23.9), (2018, 22.4))
    assert t.lecture.replace("\u00a0", " ") == "La part des jeunes non insérés augmente de 1,5 point entre 2008 et 2018"
    assert t.defavorable


def test_a_defaut_de_serie_l_evolution_ecrite():
    t = measure_tendance(publication("PE01 epci 2022 6164\nPE02 epci 2022 -20.4"), "PE01")
    assert (t.evolution, t.defavorable) == (-20.4, False)


@pytest.mark.parametrize(
    ("annee", "depuis", "dite"),
    [
        (2022, 2017, "entre 2017 et 2022"),
        (2022, None, "jusqu’en 2022, départ non écrit"),
        (None, None, "année non écrite"),
        (None, 2017, "année non écrite"),
    ],
)
def test_une_evolution_ecrite_garde_son_sujet_et_ses_deux_annees(annee, depuis, dite):
    """Revue d'usage n° 8 : « entre 2017 et 2022 » et non « (2022) », son sujet et non celui d'un autre chiffre."""
    ecrite = Indicateur("PE02", EPCI, "epci", annee, -20.4, "publie", "caf", "", depuis)
    t = measure_tendance(publication("PE01 epci 2022 6164", plus=[ecrite]), "PE01")
    assert lu(t.lecture) == lu(f"L’évolution du nombre d’enfants de 0 à 2 ans est de −20,4 % {dite}")
    assert (t.definition.code, t.fin) == ("PE02", annee)


def test_une_evolution_que_conteste_une_note_n_est_pas_reprise_comme_un_fait():
    """Revue d'usage n° 8 : 33,8 − 32 = 1,8, « +1,8 % sur 3 ans » est peut-être l'écart avec le Nord."""
    d = read_diagnostic(load_territoire("valenciennes-metropole"), "petite_enfance")
    dites = d.evolutions().set_index("code")
    assert set(dites.index[dites["a_savoir"] == "à vérifier"]) == {"PE02", "PE22"}
    assert dites.loc["PE22", "lecture"].endswith("(à vérifier)")
    assert trends_title(d.tendances).endswith("; 2 sont à vérifier.")
    fausses = [replace(t, douteuse=True, defavorable=True) for t in d.tendances]
    assert "n'établit" in trends_title(fausses)


def test_une_mesure_contestee_le_reste_dans_le_tableau_et_le_constat():
    p = publication("PE03 epci 2022 50\nPE03 nord 2022 60")
    alerte = check_coherence(publish(load_territoire("exemple")))[0]
    (c,) = with_doubts([compare_lieux(p, "PE03")], [replace(alerte, codes=("PE03",))])
    assert c.lecture.endswith("(à vérifier)")
    assert finding([c]).endswith("en 2022 (à vérifier).")
    (expliquee,) = with_doubts([c], [replace(alerte, codes=("PE03",), expliquee=True)])
    assert expliquee is c


def test_les_communes_jumelles_sont_les_plus_proches_en_taille_et_en_niveau_de_vie():
    p = publication("AS01 59001 2019 18000\nAS01 59002 2019 18000\nAS01 59003 2019 18500")
    proches = find_jumelles(p, "59001")
    assert [j.nom for j in proches] == ["Denain", "Le Quesnoy"]
    assert "population +10\u202f%" in proches[0].lecture
    with pytest.raises(CtgError, match="Commune inconnue"):
        find_jumelles(p, "99999")


def test_un_ecart_pour_mille_ne_se_dit_pas_en_points():
    p = publication("HA02 epci 2022 26\nHA02 nord 2022 24.5\nPE03 epci 2022 50.3\nPE03 nord 2022 58.5")
    assert lu(compare_lieux(p, "HA02").ecart_ecrit) == "+1,5 ‰"
    assert "de 1,5 ‰ à celui du Nord" in lu(compare_lieux(p, "HA02").lecture)
    assert "inférieur de 8,2 points à celui du Nord en 2022 : offre moindre" in lu(compare_lieux(p, "PE03").lecture)


DEUX_ECARTS = "PE10 epci 2022 45.2\nPE10 nord 2022 35.8\nPE03 epci 2022 50.3\nPE03 nord 2022 58.5"


def test_la_priorite_montre_son_calcul_et_ses_manques():
    """+9,4 points : 10 × 9,4 / 20 = 4,7 ; −8,2 points : 10 × 8,2 / 20 = 4,1 ; (4,7 + 4,1) / 2 = 4,4."""
    p = publication(f"{DEUX_ECARTS}\nPE01 epci 2022 400\nEN01 epci 2022 800")
    premiere = {x.theme: x for x in rank_themes(p, Poids(gravite=2, nombre=0), {"petite_enfance": 7})}["petite_enfance"]
    assert {c.nom: c.note for c in premiere.criteres} == {
        "gravité": 7,
        "écart": 4.4,
        "tendance": None,
        "nombre de personnes": 5.0,
    }
    # 18,4 / 4 = 4,6 si l'évolution valait 0, (18,4 + 10) / 4 = 7,1 si elle valait 10.
    manque = "de 4,6 à 7,1 selon ce qui manque (tendance)"
    assert premiere.calcul == f"(7,0 × 2 + 4,4 × 1) / 3 = 6,1 ; {manque}"
    assert premiere.bornes == pytest.approx(((7 * 2 + 4.4) / 4, (7 * 2 + 4.4 + 10) / 4))


def test_un_ecart_de_priorite_se_lit_dans_l_unite_de_la_page():
    """Revue d'usage n° 10 : des points restent des points, avec leur année et le nom de l'indicateur."""
    lue = {x.theme: x for x in rank_themes(publication(DEUX_ECARTS), Poids(ecart=1.25))}["petite_enfance"]
    assert "accueil du jeune enfant, −8,2 points en 2022 = 4,1" in lu(lue.criteres[1].explication)
    assert "%" not in lue.criteres[1].explication.split("la moyenne")[0]
    assert lue.calcul.startswith("(4,4 × 1,25) / 1,25 = 4,4 ; de 1,3 à 8,4 selon ce qui manque (gravité, tendance et")


@pytest.mark.parametrize("gravite", [0.0, 4.0, 10.0])
def test_noter_une_gravite_resserre_les_points_d_un_theme_dans_leurs_bornes(gravite):
    """Ce qui manque fait une fourchette : le savoir ne peut que la resserrer ; la tête le dit."""
    p = publication(DEUX_ECARTS)
    avant = {x.theme: x for x in rank_themes(p)}["petite_enfance"]
    priorites = rank_themes(p, None, {"petite_enfance": gravite})
    apres = {x.theme: x for x in priorites}["petite_enfance"]
    assert avant.bornes[0] <= apres.bornes[0] <= apres.bornes[1] <= avant.bornes[1]
    assert apres.bornes[0] <= apres.score <= apres.bornes[1]
    assert "ce qui manque peut changer l'ordre" in priorities_title(priorites)


def test_un_theme_dont_tout_est_connu_a_un_nombre_de_points():
    lue = {x.theme: x for x in rank_themes(publication(DEUX_ECARTS), Poids(0, 1, 0, 0))}["petite_enfance"]
    assert (lue.fourchette, lue.manquants) == ("4,4", ())
    assert "selon ce qui manque" not in lue.calcul


def test_un_seul_chiffre_connu_ne_vaut_pas_dix():
    """Revue d'usage n° 10 : un seul écart, un seul effectif, une seule évolution ne se comparent à rien."""
    p = publication("PE10 epci 2022 80\nPE10 nord 2022 20\nPE01 epci 2021 400\nPE01 epci 2022 900")
    lue = {x.theme: x for x in rank_themes(p)}["petite_enfance"]
    assert [c.note for c in lue.criteres] == [None] * 4
    assert (lue.score, lue.criteres[1].explication) == (None, "un seul écart connu")


def test_les_evolutions_comptees_sont_d_une_meme_periode():
    """Revue d'usage n° 10 : une hausse depuis 2008 ne compte pas avec celles de 2017 à 2019."""
    series = (
        "AS05 epci 2017 10\nAS05 epci 2019 11\nAS06 epci 2017 5\nAS06 epci 2019 4\nAS07 epci 2008 2\nAS07 epci 2019 3"
    )
    lue = {x.theme: x for x in rank_themes(publication(series))}["accompagnement_social"]
    assert lue.criteres[2].note == 5.0  # une défavorable sur deux
    assert "entre 2017 et 2019 : 1 sur 2" in lue.criteres[2].explication
    assert lue.criteres[2].explication.endswith("sur une autre période, non comptées : 1")


def test_personne_ne_gagne_tant_que_personne_n_a_pese():
    p = publication(f"{DEUX_ECARTS}\nPE01 epci 2022 400\nEN01 epci 2022 800")
    muettes = rank_themes(p)
    assert [x.theme for x in muettes] == [t for t in p.catalogue.themes if t != "cadrage"]
    assert "aucun ne vient en tête ; 9 thèmes n'ont pas de score" in priorities_title(muettes)
    pesees = rank_themes(p, gravites={"enfance": 9})
    assert (pesees[0].theme, priorities_title(pesees).startswith("Avec ces poids, Enfance")) == ("enfance", True)


def test_un_theme_sans_chiffre_passe_en_dernier_et_le_dit():
    derniere = rank_themes(publication("PE01 epci 2022 400"))[-1]
    assert (derniere.score, derniere.calcul) == (None, "aucun critère connu")


@pytest.mark.parametrize("gravites", [{"petite_enfance": 11}, {"petite enfance": 5}])
def test_une_gravite_impossible_est_refusee(gravites):
    with pytest.raises(CtgError):
        rank_themes(publication("PE01 epci 2022 400"), gravites=gravites)


PLAN = {
    "enjeux": [{"code": "E1", "domaine": "enfance"}, {"code": "E2", "domaine": "handicap"}],
    "objectifs": [{"code": "O1", "enjeux": ["E1", "E2"]}],
    "fiches": [
        {"code": "F1", "objectif": "O1", "indicateurs": [{"nom": "x", "mesures": [{"valeur": 3}]}]},
        {"code": "F2", "domaine": "logement"},
    ],
}


def test_la_couverture_fait_ressortir_les_vides():
    lignes = {c.domaine: c for c in count_couverture(publication("EN01 epci 2022 400", PLAN))}
    assert len(lignes) == 10
    assert lignes["enfance"].vides == ()
    assert lignes["handicap"].vides == ("Diagnostiqué",)
    assert (lignes["logement"].action, lignes["logement"].vides) == (1, ("Diagnostiqué", "Objectif", "Évalué"))
    assert lignes["parentalite"].vides == ("Diagnostiqué", "Objectif", "Action", "Évalué")
    assert len(tableau_couverture(publication("EN01 epci 2022 400", PLAN)).lignes) == 10


@pytest.mark.parametrize(
    ("evaluation", "evaluees"),
    [
        ([{"question": "Qui vient ?", "critere": "atteinte"}], 0),
        ([{"question": "Qui vient ?", "appreciation": "Trois familles sur six."}], 1),
        ([{"question": "Qui vient ?", "suite": "poursuivre"}], 1),
        ("", 0),
        ("Faite en 2025.", 1),
    ],
)
def test_une_question_sans_reponse_n_est_pas_une_evaluation(evaluation, evaluees):
    plan = {"fiches": [{"code": "F1", "domaine": "logement", "evaluation": evaluation}]}
    lignes = {c.domaine: c for c in count_couverture(publication("EN01 epci 2022 400", plan))}
    assert lignes["logement"].evaluation == evaluees


@pytest.mark.parametrize(
    ("nom", "niveau", "code", "dit"),
    [
        ("Nord", "departement", "59", "du Nord"),
        ("Ain", "departement", "01", "de l’Ain"),
        ("France", "france", "FR", "de la France"),
        ("Anzin", "commune", "59014", "d’Anzin"),
        ("Le Quesnoy", "commune", "59481", "du Quesnoy"),
        ("La Sentinelle", "commune", "59564", "de La Sentinelle"),
        ("Maing", "commune", "59369", "de Maing"),
        ("Département d'exemple", "departement", "00", "du département d'exemple"),
        ("Communauté d'agglomération d'exemple", "", "", "de la communauté d'agglomération d'exemple"),
        ("Villeneuve-d'Ascq", "commune", "59009", "de Villeneuve-d'Ascq"),
    ],
)
def test_un_lieu_se_dit_au_genitif(nom, niveau, code, dit):
    assert du_lieu(nom, niveau, code) == dit


def test_chaque_indicateur_a_un_sujet_accorde():
    for d in load_catalogue().values():
        assert sujet(d).split("’")[0].split()[0] in ("le", "la", "l"), d.code
        assert is_feminin(d) == (sujet(d).startswith("la ") or d.feminin), d.code


@pytest.fixture(scope="module")
def cavm():
    return publish(load_territoire("valenciennes-metropole"))


def test_les_chiffres_de_la_convention(cavm):
    assert compare_lieux(cavm, "PE03").lecture.replace("\u00a0", " ") == (
        "Le taux de couverture est inférieur de 8,2 points à celui du Nord en 2022 : offre moindre"
    )
    assert compare_lieux(cavm, "PE10").ecart == 9.4
    assert measure(cavm, "CAD06").texte == "46\u202f270\u202f061\u202f€"
    assert "ligne 432" in measure(cavm, "PE03").reference
    assert measure(cavm, "CAD02").quand == "année non écrite"


def test_les_communes_masquees_restent_masquees(cavm):
    parts, revenus = (Diagnostic(cavm).communes(code).set_index("nom") for code in ("AS05", "AS01"))
    assert len(parts) == len(revenus) == 35
    assert (parts["statut"] == "masqué").sum() == parts["valeur"].isna().sum() == 14
    assert revenus["valeur"].notna().all()
    assert parts.loc["Anzin", "valeur"] == 18.0


def test_toutes_les_lignes_d_un_document_ont_leur_numero(cavm):
    lues = [x for x in cavm.lignes if x.source == "convention-cavm-2025"]
    assert len(lues) > 90
    assert all(x.reference.startswith("ligne ") for x in lues)
    assert all(x.annee or "année non écrite" in x.reference for x in lues)


def test_cinquante_cinq_communes_a_cambrai_dont_sept_detaillees():
    p = publish(load_territoire("cambrai"))
    communes = p.territoire.communes["code_insee"].tolist()
    assert len(communes) == 55
    assert sum(measure(p, "AS05", c).est_connue for c in communes) == 7
    assert all(measure(p, "CAD01", c).est_connue for c in communes)


def test_le_tableau_d_un_theme_ne_montre_que_lui(cavm):
    tableau = tableau_mesures(cavm, "enfance")
    assert {x["theme"] for x in tableau.lignes} == {"Enfance"}
    assert len(measure_theme(cavm, "enfance")) == len(tableau.lignes) < len(cavm.catalogue.of_theme("enfance"))
    assert measure_tendance(cavm, "AS01").points == ((2017, 17960.0), (2019, 18820.0))
