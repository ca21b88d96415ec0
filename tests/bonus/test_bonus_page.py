"""La page du bonus, sans navigateur : ce que l'on fait, ce que l'on lit, et l'accord avec le moteur."""

import base64
import html
import itertools
import json
import re
import shutil

import numpy as np
import pytest
from outils import lu

import ctgkit as ctg
from ctgkit import droit
from ctgkit.errors import CtgError
from ctgkit.fourchette import Gain
from ctgkit.simulation import AVERTISSEMENT, aggregate, compare_scenarios, flat_table, questions
from ctgkit.storage import find_folder, list_territoires, origines
from ctgkit.views.bonus import page as bonus_page
from ctgkit.views.bonus.lecture import MontantMontre

pytestmark = pytest.mark.long

AVEC_DATES = [t.code for t in list_territoires() if t.annees]
SANS_DATES = [t.code for t in list_territoires() if not t.annees]


def test_sans_changement_la_page_dit_la_reference(essai, montants):
    annee = essai.panneau.etat.annee
    total = aggregate(montants(), "annee").set_index("annee").loc[annee]
    assert annee == 2027
    assert essai.constat.startswith("Sans rien changer, le bonus territoire serait de 732")
    assert lu(MontantMontre(total.bas, total.haut, total.haut_connu).phrase)[3:].split(" à ")[0] in essai.constat


def test_le_constat_est_celui_du_moteur(essai, montants, dix_places):
    essai.dix_places()
    bas, haut = compare_scenarios(montants(), montants(dix_places)).ecarts[0].total(2027)
    assert essai.constat == lu(
        f"Dix places de plus à « Crèche Charme » rapporteraient {Gain(bas, haut).phrase} en 2027."
    )


@pytest.mark.parametrize(
    ("genre", "champs", "debut"),
    [
        (
            "fermer",
            {"structure": "creche-tilleul", "date": "01/01/2027"},
            "La fermeture de « Crèche Tilleul » ferait perdre",
        ),
        (
            "ouvrir",
            {"nom": "Neuve", "type": "eaje", "code_insee": "00002", "quantite": "20", "date": "01/01/2027"},
            "L'ouverture de « Neuve » (20 places) rapporterait",
        ),
        ("adherer", {"code_insee": "00012", "date": "01/01/2026"}, "L'adhésion de Valdoucet à cette date rapporterait"),
        (
            "credits",
            {"competence": "vermontel", "annee": "2027", "credits_eur": "1000"},
            "Ce changement de crédits ne changerait pas le bonus territoire en 2027.",
        ),
        (
            "quantite",
            {"structure": "creche-charme", "quantite": "20", "date": "01/01/2027"},
            "Cinq places de moins à « Crèche Charme » feraient",
        ),
    ],
    ids=["fermer", "ouvrir", "adherer", "credits", "reduire"],
)
def test_chaque_changement_a_sa_phrase(essai, genre, champs, debut):
    essai.ajouter(genre, **champs)
    assert essai.panneau.erreur is None
    assert essai.constat.startswith(debut)


def test_une_commune_qui_coupe_ses_credits_rompt_son_engagement(essai):
    essai.ajouter("credits", competence="vermontel", annee="2027", credits_eur="1 000 000")
    assert "Vermontel : 1 000 000 € au lieu de 1 240 000 €." in essai.zone("engagements")


def test_un_montant_donne_par_la_caf_remplace_l_inconnu(essai, montants):
    essai.ajouter("parametre", code="eaje.revalorisation", valeur="100", depuis="01/01/2025")
    mouvement = {"parametre": {"code": "eaje.revalorisation", "valeur": 100.0, "depuis": "2025-01-01"}}
    attendu = aggregate(montants(mouvement), "annee")["bas"].tolist()
    assert aggregate(essai.panneau.lecture.calcul.resultat, "annee")["bas"].tolist() == attendu


def test_la_repartition_personnalisee_part_des_quantites_et_garde_l_enveloppe(essai):
    base = aggregate(essai.panneau.base, "competence", "annee")
    essai.remplir("repartition", "repartition", "personnalisee")
    assert essai.panneau.etat.brouillon.poids["creche-tilleul"] == "45"
    essai.panneau.paste([("creche-tilleul", "poids", "10"), ("creche-aulne", "poids", "90")])
    assert essai.panneau.erreur is None
    apres = aggregate(essai.panneau.lecture.calcul.resultat, "competence", "annee")
    vermontel = [t[(t["competence"] == "vermontel") & (t["annee"] == 2025)]["bas"].sum() for t in (base, apres)]
    parts = [essai.panneau.lecture.calcul.resultat.parts.bas[i] for i in (0, 1)]
    assert parts == [14325.0, 128925.0]  # 143 250 € × 10 % et × 90 %
    assert vermontel[1] >= vermontel[0]


def test_un_changement_refuse_par_le_moteur_se_dit_a_cote_et_la_page_continue(essai):
    avant = essai.dix_places()
    cle = essai.ajouter("fermer", structure="creche-chevrefeuille", date="01/01/2026")
    assert "Pas compté." in lu(essai.bloc(cle).bas)
    assert "avant l'ouverture le 1er septembre 2026" in lu(essai.bloc(cle).bas)
    assert "1 changement n'est pas compté" in essai.zone("resultat")
    assert essai.constat.startswith("Dix places de plus")
    assert avant != cle


def test_une_saisie_fausse_porte_son_erreur_dans_le_champ(essai):
    cle = essai.ajouter("quantite", structure="creche-charme", quantite="beaucoup")
    assert "n'est pas un nombre" in essai.champ(cle, "quantite").erreur
    assert essai.champ(cle, "quantite").valeur == "beaucoup"
    essai.remplir(cle, "quantite", "35")
    assert essai.champ(cle, "quantite").erreur == ""


def test_tous_les_poids_nuls_se_disent_et_la_page_compte_en_lisse(essai):
    essai.panneau.paste([("creche-tilleul", "poids", "0")])
    essai.remplir("repartition", "repartition", "personnalisee")
    assert "poids" in essai.champ("repartition", "repartition").erreur
    assert essai.panneau.lecture.calcul.resultat.scenario.repartition == "lisse"


def test_la_grille_et_les_formulaires_disent_la_meme_chose(essai):
    essai.geste("grille", "ouvrir")
    grille = essai.panneau.grille
    grille.receive({"cases": [["creche-charme", "nouvelle", "35"], ["creche-charme", "depuis", "01/09/2026"]]})
    (saisie,) = essai.panneau.etat.brouillon.saisies
    assert dict(saisie.champs) == {"structure": "creche-charme", "date": "01/09/2026", "quantite": "35"}
    assert essai.constat.startswith("Dix places de plus à « Crèche Charme »")
    ligne = next(x for x in grille.lignes if x[0] == "creche-charme")
    assert ligne[1:] == ["Crèche Charme", "Castelnoix", "Crèche", "25", "35", "01/09/2026", "", ""]
    grille.receive({"cases": [["creche-charme", "nouvelle", "trop"]]})
    assert "n'est pas un nombre" in grille.erreurs["creche-charme|nouvelle"]
    grille.receive({"cases": [["creche-charme", "nouvelle", ""]]})
    assert essai.panneau.etat.brouillon.saisies == ()


def test_un_bloc_colle_vaut_autant_de_saisies(essai):
    essai.geste("grille", "ouvrir")
    colles = [("creche-tilleul", "existant", "44"), ("jeunes-lannorie", "existant", "900")]
    refuses = [("inconnue", "existant", "1"), ("creche-aulne", "nom", "x")]
    essai.panneau.grille.receive({"cases": [list(c) for c in (*colles, *refuses)]})
    lues = {s.champs["structure"]: s.champs["quantite"] for s in essai.panneau.etat.brouillon.saisies}
    assert lues == {"creche-tilleul": "44", "jeunes-lannorie": "900"}
    assert "jeunes-lannorie" not in " ".join(q.question for q in questions(essai.panneau.lecture.calcul.resultat))


def test_la_carte_additionne_ses_operations(essai):
    """Les montants de chaque opération font le total écrit, qui est celui du tableau."""
    essai.dix_places()
    structures = ("creche-tilleul", "creche-charme", "multi-accueil-saule", "laep-pierrelune")
    for structure, annee in itertools.product(structures, (2025, 2026, 2027)):
        essai.geste("montant", structure, annee=str(annee))
        r = essai.panneau.lecture.calcul.resultat
        ici = (r.lignes["structure"] == r.cadre.rangs[structure]) & (r.lignes["annee"] == annee)
        carte = essai.zone("pourquoi-zone")
        somme = MontantMontre(*(float(r.lignes[c][ici].sum()) for c in ("bas", "haut", "haut_connu")))
        assert f"<span>Total {annee}</span><b>{lu(somme.phrase)}</b>" in carte
        assert carte.count('class="operation"') == int(ici.sum())


def test_chaque_parametre_de_la_carte_porte_son_statut_sa_date_et_sa_source(essai):
    essai.dix_places()
    carte = essai.zone("pourquoi-zone")
    assert "10 places nouvelles × 2 600 € à 3 600 €" in carte
    assert "tranche inconnue" in carte
    assert re.search(
        r'<span class="puce confirmer">À confirmer</span> depuis le 1er janvier 20\d\d, <a href="https://', carte
    )


def test_le_tableau_suit_l_axe_la_vue_et_l_annee(essai):
    essai.dix_places()
    essai.geste("axe", "gestionnaire")
    assert "Ville de Castelnoix" in essai.zone("detail")
    essai.geste("vue", "ecart").geste("annee", "2029")
    assert essai.panneau.etat.annee == 2029
    assert "Référence 2029" in essai.zone("detail")
    essai.geste("axe", "planete").geste("annee", "1999").geste("inconnu")
    assert (essai.panneau.etat.axe, essai.panneau.etat.annee) == ("gestionnaire", 2029)


def test_les_lignes_pliees_se_deplient(essai):
    lignes = essai.zone("detail").count('data-geste="structure"')
    essai.geste("deplier")
    assert essai.zone("detail").count('data-geste="structure"') == 45 > lignes
    essai.geste("replier")
    assert essai.zone("detail").count('data-geste="structure"') == lignes


def test_le_total_des_communes_est_celui_du_territoire(essai):
    essai.dix_places()
    total = re.search(r"<tfoot>.*?</tfoot>", essai.zone("communes"), re.S)[0]
    ecart = Gain(*essai.panneau.lecture.calcul.ecart.total(2027)).court
    assert lu(ecart) in total


def test_chaque_question_se_copie_telle_qu_on_la_lit(essai):
    page = html.unescape(essai.zone("questions"))
    assert len(questions(essai.panneau.lecture.calcul.resultat)) > 20
    for question in questions(essai.panneau.lecture.calcul.resultat):
        assert f'data-copier="{lu(origines().nommer(question.question))}"' in page


@pytest.mark.parametrize("code", AVEC_DATES)
def test_aucun_code_ne_se_lit_dans_la_page(code, ouvrir):
    """Revue d'usage n° 14 : « pierrelune, laep », « agglo-exemple », « convention-cavm-2025, ligne 161 »."""
    essai = ouvrir(code)
    r = essai.panneau.base
    services = {c for c in droit.services() if "_" in c} | {"eaje", "laep", "rpe"}
    lieux = {c for c in r.cadre.groupes.competences.tolist() if c}
    zones = ("resultat", "pourquoi-zone", "detail", "communes", "engagements", "questions", "alertes")
    texte = re.sub(r"<[^>]*>", " ", "".join(essai.zone(z) for z in zones))
    for cle in services | lieux | set(origines()):
        assert not re.search(rf"(?<![\w-]){re.escape(cle)}(?![\w-])", texte), cle
    assert "parametres_locaux.yaml" not in texte
    assert ".csv" not in texte


def test_la_vue_prudente_se_demande_et_cite_ses_hypotheses(essai):
    essai.dix_places()
    essai.geste("prudence")
    assert "des hypothèses de travail, sans source" in essai.zone("resultat")
    essai.ajouter("fermer")
    assert "hypothèses de travail" not in essai.zone("resultat")


def test_une_erreur_imprevue_ne_montre_jamais_de_trace(essai, monkeypatch, capsys):
    def tomber(*_):
        raise RuntimeError("détail interne")

    monkeypatch.setattr(bonus_page, "compute", tomber)
    essai.geste("ajouter", "fermer")
    message = essai.zone("message")
    assert re.search(r"référence [0-9A-F]{6}\b", message)
    assert "Une erreur imprévue" in message
    assert "détail interne" not in message
    assert "Traceback" not in message


def test_ce_que_dit_un_fichier_est_echappe(essai):
    essai.remplir("nom", "nom", "<script>alert(1)</script>")
    essai.dix_places()
    assert "<script>" not in "".join(
        getattr(w, "html", "") or getattr(w, "value", "") for w in essai.panneau.html.values()
    )
    assert "&lt;script&gt;" in essai.zone("resultat")


def pieces(r: ctg.Simulation, annee: int = 0) -> str:
    """Ce qu'un carnet montre de cette simulation."""
    tables = (r.by("structure", "annee"), r.engagements(), r.questions(), r.alertes(), r.sources())
    montrees = (x._repr_html_() for x in (r, r.constat(annee), r.explain(annee=annee), *tables))
    return lu(html.unescape("".join(montrees)))


def test_chaque_parametre_dit_quand_sa_source_a_ete_relue():
    sources = ctg.simulate("exemple").sources()
    assert sources.loc[sources["statut"] == "officiel", "verifie_le"].notna().all()


@pytest.mark.parametrize("code", AVEC_DATES)
def test_chaque_territoire_s_ouvre(code, journal):
    page = pieces(ctg.simulate(code))
    assert AVERTISSEMENT in page
    assert not re.search(r"\b(nan|inf|None|NaT)\b", page)
    assert not journal.exists(), "sans scénario demandé, simuler n'ouvre pas de journal"


@pytest.mark.parametrize("code", SANS_DATES)
def test_sans_dates_de_convention_la_page_dit_quoi_completer(code, journal):
    assert "rubrique « convention »" in lu(ctg.bonus_panel(code).value)
    with pytest.raises(CtgError, match="Aucune année à simuler"):
        ctg.simulate(code)


def test_sans_structure_la_page_ne_dit_ni_zero_ni_rien_ne_manque(ouvrir):
    """Revue d'usage n° 2 : 35 communes, aucune structure ; ni graphique de zéros, ni « rien à signaler »."""
    essai = ouvrir("valenciennes-metropole")
    page = "".join(essai.zone(z) for z in ("resultat", "detail", "communes", "engagements", "questions", "alertes"))
    assert re.search(r"Référence sur 5 ans</dt><dd><span[^>]*>inconnu</span>", page)
    assert "Aucune année n'a de montant connu : il n'y a rien à dessiner." in page
    assert "<figure" not in page
    assert not re.search(r"(?<![\d ,])0 €|<td[^>]*>(<[^>]*>)*0<", page)
    assert not any(faux in page for faux in ("Rien ne manque", "Rien à signaler"))


def test_un_silence_n_est_pas_un_zero(journal):
    page = pieces(ctg.simulate("valenciennes-metropole"))
    assert "Aucune structure n'est renseignée" in page
    assert "serait de 0 €" not in page


def test_la_vue_prudente_ne_tire_pas_zero_de_l_inconnu(ouvrir):
    """Revue d'usage n° 2 et 11 : sans structure, « neuf fois sur dix, 0 € » serait né de l'inconnu."""
    essai = ouvrir("valenciennes-metropole")
    essai.geste("prudence")
    assert essai.panneau.erreur is None
    assert "aucune hypothèse ne le ferait connaître" in essai.zone("prudence")
    assert "fois sur dix" not in essai.zone("resultat")


def test_une_ouverture_la_ou_rien_n_est_renseigne_est_un_minimum(ouvrir):
    """Ce qui existe déjà n'est pas nul : le total du scénario est « au moins » ce que l'on ouvre."""
    essai = ouvrir("valenciennes-metropole")
    essai.ajouter("ouvrir", nom="Neuve", type="eaje", code_insee="59606", quantite="20", date="01/01/2027")
    assert essai.panneau.erreur is None
    totaux = re.findall(r"(Référence|Scénario) sur 5 ans</dt><dd><span[^>]*>([^<]*)<", essai.zone("totaux"))
    assert dict(totaux)["Référence"] == "inconnu"
    assert re.match(r"au moins|de .* ou plus|inconnu", dict(totaux)["Scénario"])
    assert "d'autres questions viendront avec elles" in essai.zone("questions")


def test_une_adhesion_non_renseignee_n_est_pas_un_refus(ouvrir):
    """Revue d'usage n° 3 : 35 communes sur 35 étaient dites « Pas délibéré »."""
    adhesions = lu(ouvrir("valenciennes-metropole").bloc("adhesions").html)
    assert 'class="puce vide">Non renseignée' in adhesions
    assert "Pas délibéré" not in adhesions


def test_le_constat_porte_le_statut_le_plus_faible(ouvrir):
    """Revue d'usage n° 1 : la référence d'Armentières n'est pas confirmée ; le titre le dit, la barre se hachure."""
    essai = ouvrir("armentieres")
    assert 'class="puce confirmer">À confirmer' in essai.zone("constat")
    barres = {t["name"]: t for t in json.loads(essai.panneau.html["annees"].figures)[0]["data"] if t.get("y")}
    assert not any(_values(barres["Au minimum"]["y"])), "rien n'est plein : rien n'est confirmé"
    assert 'class="puce confirmer"' in essai.zone("engagements").split("</p>")[1]


def _values(lu_) -> list:
    """Les valeurs d'une trace, telles que plotly les écrit : une liste, ou des octets."""
    if isinstance(lu_, list):
        return lu_
    return np.frombuffer(base64.b64decode(lu_["bdata"]), lu_["dtype"]).tolist()


def test_l_etape_qui_decide_se_lit_d_abord(essai):
    """Revue d'usage n° 13 : 46 250 € ÷ 25 places = 1 850 € ; le plancher de 1 900 € l'emporte."""
    essai.geste("montant", "creche-charme", annee="2025")
    carte = essai.zone("pourquoi-zone")
    decide, part = carte.index("<b>Ce qui décide :</b> plancher : 1 900 €"), carte.index("Montant de référence 2024")
    assert decide < part
    essai.geste("montant", "periscolaire-valdoucet", annee="2027")
    carte = essai.zone("pourquoi-zone")
    assert carte.index("alerte-ligne") < carte.index('class="etapes"'), "la condition qui manque se lit avant le calcul"


def test_la_carte_suit_la_structure_que_l_on_ouvre_ou_que_l_on_colle(essai):
    """Revue d'usage n° 13 : elle restait sur une autre structure."""
    essai.ajouter("ouvrir", nom="Neuve", type="eaje", code_insee="00002", quantite="20", date="01/01/2027")
    assert "<p>Neuve, Aubrelle, 2027</p>" in essai.zone("pourquoi-zone")
    essai.panneau.paste([("creche-tilleul", "nouvelle", "50")])
    assert "<p>Crèche Tilleul, Vermontel, 2027</p>" in essai.zone("pourquoi-zone")


def test_le_palier_proche_ne_se_dit_qu_une_fois(essai):
    """Revue d'usage n° 22 : « Près d'un palier » et « Le plus petit changement » disaient la même phrase."""
    phrase = lu(essai.panneau.lecture.calcul.nearest(2027)[0].phrase)
    assert phrase in essai.zone("pourquoi-zone")
    cle = essai.dix_places()
    proche = lu(essai.panneau.lecture.calcul.nearest(2027)[0].phrase)
    assert proche in lu(essai.bloc(cle).bas)
    assert proche not in essai.zone("pourquoi-zone")


def test_enregistrer_se_confirme_a_cote_du_bouton(essai):
    """Revue d'usage n° 22 : enregistrer ne confirmait rien."""
    essai.dix_places()
    assert "est enregistré" not in essai.zone("sortie")
    essai.geste("enregistrer")
    assert re.search(r"« Mon scénario » est enregistré, le \d+.* à \d+ h \d\d\.", essai.zone("sortie"))


def test_deux_scenarios_compares_disent_ce_qui_les_distingue(essai):
    """Revue d'usage n° 18 : les mêmes phrases deux fois, jamais ce qui les distingue."""
    essai.dix_places()
    essai.remplir("nom", "nom", "Dix places")
    essai.geste("enregistrer")
    essai.remplir("nom", "nom", "Dix places et une fermeture")
    essai.ajouter("fermer", structure="creche-tilleul", date="01/01/2027")
    essai.geste("comparer", essai.scenarios[0].id)
    phrases = re.findall(r"<p>(?:<b>)?([^<]+)", essai.zone("phrases-comparer").split('class="phrases"')[1])
    assert "Seul « Dix places et une fermeture » compte la fermeture de « Crèche Tilleul »." in phrases
    assert not any("dix places de plus" in p for p in phrases), "ce qui est commun ne les distingue pas"
    assert len(phrases) == len(set(phrases))
    assert re.match(r"« Dix places » apporte .* de plus que « Dix places et une fermeture »", phrases[0])


def test_l_enveloppe_d_armentieres_a_deux_bornes(ouvrir):
    """Revue d'usage n° 1 : la délibération ne dit pas si les 618 000 € sont par an ou pour les quatre ans."""
    essai = ouvrir("armentieres")
    attendu = "Sans rien changer, le bonus territoire serait compris entre 154 500 € et 618 000 € en 2026."
    assert essai.constat == attendu
    for structure, heures in (
        ("centre-social-salengro", "3000"),
        ("centre-social-les-4-saisons", "2000"),
        ("club-leo-lagrange", "1000"),
    ):
        essai.panneau.paste([(structure, "existant", heures)])
    parts = essai.panneau.lecture.calcul.resultat.parts
    assert parts.bas.tolist() == [77250.0, 51500.0, 25750.0]
    assert parts.haut.tolist() == [309000.0, 206000.0, 103000.0]


@pytest.mark.parametrize(
    ("periode", "constat", "total"),
    [("an", "serait de 618 000 € en 2026", "2 472 000 €"), ("convention", "serait de 154 500 € en 2026", "618 000 €")],
)
def test_la_periode_d_une_enveloppe_se_demande_et_se_garde(ouvrir, tmp_path, periode, constat, total):
    """Revue d'usage n° 1 : 618 000 ÷ 4 = 154 500 ; la réponse est écrite dans references.csv, et rien d'autre."""
    dossier = tmp_path / "armentieres"
    shutil.copytree(find_folder("armentieres"), dossier)
    avant = (dossier / "references.csv").read_bytes()
    essai = ouvrir(dossier)
    (ligne,) = (b.cle for b in essai.panneau.reglages.blocs if b.cle.startswith("periode-"))
    assert essai.champ(ligne, "periode").valeur == "inconnue"
    assert lu(essai.bloc(ligne).legende) == "Que couvrent les 618 000 €, Armentières, accueil adolescents (2022) ?"
    essai.remplir(ligne, "periode", periode)
    assert essai.panneau.erreur is None
    assert constat in essai.constat
    assert f"Référence sur 4 ans</dt><dd><span>{total}" in re.sub(r" class=\"incertain\"", "", essai.zone("totaux"))
    apres = (dossier / "references.csv").read_bytes()
    assert apres == avant.replace(b";inconnue;", f";{periode};".encode())
    assert constat in ouvrir(dossier).constat, "la page rouverte, un lot ou la ligne de commande lisent la même réponse"
    assert lu(ctg.simulate(str(dossier)).constat(2026).phrase) == essai.constat
    assert ouvrir(dossier).champ(ligne, "periode").valeur == periode, "une réponse se corrige, page rouverte comprise"
    (entree,) = [e for e in essai.panneau.memoire.journal.history() if e.objet == "reference"]
    assert (entree.avant, entree.apres) == ("inconnue", periode)
    essai.remplir(ligne, "periode", "inconnue")
    assert "compris entre 154 500 € et 618 000 €" in essai.constat
    assert (dossier / "references.csv").read_bytes() == avant


def test_une_periode_que_le_territoire_dit_ne_se_demande_pas(essai):
    assert not [b for b in essai.panneau.reglages.blocs if b.cle.startswith("periode-")]


def test_une_reference_changee_ailleurs_n_est_pas_reecrite(ouvrir, tmp_path):
    dossier = tmp_path / "armentieres"
    shutil.copytree(find_folder("armentieres"), dossier)
    essai = ouvrir(dossier)
    (ligne,) = (b.cle for b in essai.panneau.reglages.blocs if b.cle.startswith("periode-"))
    fichier = dossier / "references.csv"
    fichier.write_bytes(fichier.read_bytes().replace(b";inconnue;", b";an;"))
    essai.remplir(ligne, "periode", "convention")
    assert "rien n'est écrit" in lu(str(essai.panneau.erreur))
    assert b";an;" in fichier.read_bytes()


def test_le_carnet_dit_les_memes_montants_que_le_panneau(essai):
    """Les pièces et la page sont bâties sur les mêmes fonctions : mêmes phrases, mêmes lignes."""
    r = ctg.simulate("exemple")
    assert r.flat_table().equals(flat_table(essai.panneau.base))
    assert lu(r.constat(2027).phrase) == essai.constat
    posees = [html.unescape(x) for x in re.findall(r'class="effet">([^<]+)', lu(essai.zone("questions")))]
    assert posees == [lu(effet) for effet in r.questions()["effet"]]
    niveaux = re.findall(r"(Erreur|Alerte|Avis)</span>", essai.zone("alertes"))
    assert [n.lower() for n in niveaux] == r.alertes()["niveau"].tolist()


def test_un_scenario_se_dit_pareil_dans_le_carnet_et_sur_la_page(essai, dix_places):
    essai.dix_places()
    r = ctg.simulate("exemple", ctg.read_scenario({"nom": "Dix places", "mouvements": [dix_places]}))
    assert lu(r.constat(2027).phrase) == essai.constat
    assert any("pour « Crèche Charme »" in lu(dit) for dit in r.constat(2027).suite)


@pytest.mark.parametrize(
    ("bas", "haut", "court"),
    [
        (0, 0, "0"),
        (26000, 36000, "+26 000 à +36 000"),
        (-500, 200, "-500 à +200"),
        (10, float("inf"), "+10 ou plus"),
        (float("-inf"), -10, "-10 ou moins"),
        (float("-inf"), float("inf"), "indéterminé"),
        (-5, -5, "-5"),
    ],
)
def test_un_ecart_s_ecrit_avec_ses_bornes(bas, haut, court):
    assert lu(Gain(bas, haut).court).replace("\u2212", "-") == court


@pytest.mark.parametrize(
    ("montant", "phrase"),
    [
        (MontantMontre(0, float("inf"), 0), "inconnu"),
        (MontantMontre(10, float("inf"), 10), "au moins 10 €"),
        (MontantMontre(10, float("inf"), 20), "de 10 € à 20 € ou plus"),
        (MontantMontre(10, 20, 20), "de 10 € à 20 €"),
        (MontantMontre(10, 10, 10), "10 €"),
    ],
)
def test_un_montant_s_ecrit_avec_ses_bornes(montant, phrase):
    assert lu(montant.phrase) == phrase
