"""Ce qui est livré dans data/ dit vrai : faits des documents, registre des origines, territoire d'exemple cohérent."""

import csv
import gzip
import re
from collections import Counter, defaultdict
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml

from ctgkit.storage import national_communes
from ctgkit.storage.territoire.commun import write_national

DATA = Path(__file__).resolve().parents[2] / "data"
REELS = ("valenciennes-metropole", "cambrai", "armentieres", "aulnoy-lez-valenciennes")
TOUS = (*REELS, "exemple")
COLONNES = {
    "communes": "code_insee;nom;population;annee_population;lat;lon;adhesion;effet;potentiel_financier_hab"
    ";niveau_de_vie;zone_prioritaire",
    "structures": "id;nom;type;code_insee;competence;gestionnaire;statut_gestionnaire;cofinancee;quantite;unite"
    ";ouverture;fermeture;charges_eur;participations_eur;reference_eur",
    "references": "competence;type;annee;montant_eur;periode;source;statut",
    "engagements": "competence;annee;credits_eur;source",
    "notifications": "structure;annee;dispositif;notifie_eur;percu_eur;date;source",
}


@cache
def lire_csv(code, nom):
    with open(DATA / "territoires" / code / f"{nom}.csv", encoding="utf-8-sig", newline="") as fichier:
        return list(csv.DictReader(fichier, delimiter=";"))


@cache
def lire_yaml(chemin):
    return yaml.safe_load((DATA / chemin).read_text(encoding="utf-8"))


def fiche(code):
    return lire_yaml(f"territoires/{code}/territoire.yaml")


def plan(code):
    return lire_yaml(f"territoires/{code}/plan.yaml")


@cache
def france():
    with gzip.open(DATA / "france" / "communes.csv.gz", "rt", encoding="utf-8", newline="") as fichier:
        return {c["code_insee"]: c for c in csv.DictReader(fichier, delimiter=";")}


def faits(code, cle):
    return [(f["valeur"], f["document"], f.get("ligne")) for f in fiche(code)["faits"] if f["cle"] == cle]


def sources(noeud):
    """Chaque {document, ligne} cité, où qu'il soit dans un fichier."""
    if isinstance(noeud, dict):
        if noeud.get("document"):
            yield noeud["document"], noeud.get("ligne")
        noeud = list(noeud.values())
    if isinstance(noeud, list):
        for element in noeud:
            yield from sources(element)


# Toutes les communes de France


def test_la_france_a_34_875_communes_de_codes_distincts():
    assert len(france()) == 34_875
    assert all(re.fullmatch(r"\d{5}|2[AB]\d{3}", code) for code in france())
    assert "01004" in france()
    assert "2A004" in france()


@pytest.mark.parametrize(("code", "departement"), [("01004", "01"), ("2A004", "2A"), ("59122", "59"), ("97411", "974")])
def test_le_departement_se_lit_dans_le_code(code, departement):
    assert france()[code]["departement"] == departement


def test_une_commune_disparue_n_y_est_plus():
    assert "59070" not in france()
    assert france()["59006"]["nom"] == "L'Orée de Mormal"
    assert sum(c["departement"] == "59" for c in france().values()) == 647


def test_les_epci_sont_ceux_de_2026():
    """45 communes étaient en retard d'un an ; ce que l'on n'a pas pu vérifier est dit dans origines.yaml."""
    assert len({c["epci_siren"] for c in france().values()} - {""}) == 1253
    passees = {"12001": "994579670", "57306": "992367730", "31075": "243100781"}
    assert {code: france()[code]["epci_siren"] for code in passees} == passees
    ouest = {c["epci_nom"] for c in france().values() if c["epci_siren"] == "243100781"}
    assert ouest == {"CA Le Grand Ouest Toulousain"}
    noms = defaultdict(set)
    for c in france().values():
        noms[c["epci_siren"]].add(c["epci_nom"])
    assert all(len(n) == 1 for n in noms.values()), "un Siren a un seul nom"
    assert "Non vérifié" in lire_yaml("origines.yaml")["epci-2026"]["note"]


def test_les_0_19_ans_ont_leur_annee_et_restent_inconnus_ou_le_recensement_ne_les_separe_pas():
    connues = [c for c in france().values() if c["population_0_19"]]
    assert len(connues) == 34_848
    assert {c["annee_0_19"] for c in connues} == {"2021"}
    assert not france()["97601"]["population_0_19"]
    assert all(int(c["population_0_19"]) >= 0 for c in connues)


def test_chaque_commune_a_un_code_postal():
    with gzip.open(DATA / "france" / "codes_postaux.csv.gz", "rt", encoding="utf-8", newline="") as fichier:
        couples = [(c["code_postal"], c["code_insee"]) for c in csv.DictReader(fichier, delimiter=";")]
    assert len(set(couples)) == len(couples) == 35_359
    assert {insee for _, insee in couples} == set(france())
    assert all(re.fullmatch(r"\d{5}", postal) for postal, _ in couples)


def test_les_donnees_de_toute_la_france_pesent_moins_de_huit_megaoctets():
    assert sum(f.stat().st_size for f in (DATA / "france").iterdir()) < 8_000_000


def test_l_archive_se_refait_a_l_identique():
    """Ni date ni nom de fichier dans l'en-tête gzip : le même contenu donne les mêmes octets."""
    entete = (DATA / "france" / "communes.csv.gz").read_bytes()[:10]
    assert entete[3] == 0
    assert entete[4:8] == bytes(4)
    octets = (DATA / "france" / "communes.csv.gz").read_bytes()
    assert gzip.decompress(write_national(national_communes())) == gzip.decompress(octets)


# Forme des fichiers


@pytest.mark.parametrize("code", TOUS)
@pytest.mark.parametrize("nom", COLONNES)
def test_les_tableaux_ont_le_bom_les_colonnes_et_les_fins_de_ligne_du_contrat(code, nom):
    octets = (DATA / "territoires" / code / f"{nom}.csv").read_bytes()
    assert octets.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in octets
    assert octets.decode("utf-8-sig").splitlines()[0] == COLONNES[nom]


@pytest.mark.parametrize("code", TOUS)
def test_le_code_est_le_nom_du_dossier(code):
    assert fiche(code)["code"] == code
    assert fiche(code)["nature"] == ("fictif" if code == "exemple" else "reel")


# Communes


@pytest.mark.parametrize(
    ("code", "nombre"),
    [
        ("valenciennes-metropole", 35),
        ("cambrai", 55),
        ("armentieres", 1),
        ("aulnoy-lez-valenciennes", 1),
        ("exemple", 12),
    ],
)
def test_chaque_territoire_a_ses_communes(code, nombre):
    codes = [c["code_insee"] for c in lire_csv(code, "communes")]
    assert len(set(codes)) == len(codes) == nombre
    assert all(len(c) == 5 for c in codes)


@pytest.mark.parametrize("code", REELS)
def test_les_communes_reelles_sont_celles_de_l_insee(code):
    for commune in lire_csv(code, "communes"):
        connue = france()[commune["code_insee"]]
        assert {k: commune[k] for k in ("nom", "population", "lat", "lon")} == {
            k: connue[k] for k in ("nom", "population", "lat", "lon")
        }
        assert commune["annee_population"] == "2023"


@pytest.mark.parametrize("code", ["valenciennes-metropole", "cambrai"])
def test_un_epci_a_toutes_ses_communes(code):
    membres = {c["code_insee"] for c in france().values() if c["epci_siren"] == fiche(code)["siren"]}
    assert {c["code_insee"] for c in lire_csv(code, "communes")} == membres


def test_seules_les_adhesions_ecrites_dans_un_document_sont_remplies():
    adhesions = {
        c["code_insee"]: (c["adhesion"], c["effet"]) for t in REELS for c in lire_csv(t, "communes") if c["adhesion"]
    }
    assert adhesions == {
        "59122": ("2023-03-20", ""),
        "59017": ("2023-02-09", ""),
        "59032": ("2022-12-07", "2023-01-01"),
    }
    assert not any(c["adhesion"] for c in lire_csv("valenciennes-metropole", "communes"))


def test_chaque_chiffre_de_quartier_porte_l_annee_de_sa_livraison():
    """Revue d'analyste D8 : sans année, deux livraisons se contredisent."""
    lignes = [x for t in REELS for x in lire_csv(t, "indicateurs") if x["niveau"] == "qpv"]
    assert len(lignes) == 45
    assert all(x["source"] == f"anct-qpv-{x['annee']}" and "livraison de" in x["reference"] for x in lignes)


# Faits des documents


@pytest.mark.parametrize(
    ("code", "debut", "fin", "deliberation"),
    [
        ("valenciennes-metropole", date(2025, 1, 1), date(2029, 12, 31), date(2025, 6, 11)),
        ("cambrai", date(2023, 1, 1), date(2027, 12, 31), date(2022, 12, 15)),
        ("armentieres", date(2023, 1, 1), date(2026, 12, 31), date(2023, 2, 9)),
        ("aulnoy-lez-valenciennes", None, None, date(2022, 12, 7)),
        ("exemple", date(2025, 1, 1), date(2029, 12, 31), date(2024, 12, 17)),
    ],
)
def test_la_convention_a_les_dates_de_son_document(code, debut, fin, deliberation):
    assert fiche(code)["convention"] == {"debut": debut, "fin": fin, "deliberation": deliberation}


def test_cambrai_garde_les_deux_lectures_de_chaque_date():
    convention, ville = "convention-cac-2021", "deliberation-cambrai-2023-03-20"
    assert faits("cambrai", "convention_debut") == [("2022-01-01", convention, 263), ("2023-01-01", ville, 94)]
    assert faits("cambrai", "deliberation_conseil_communautaire") == [
        ("2021-12-10", convention, 44),
        ("2022-12-15", ville, 56),
    ]
    assert faits("cambrai", "cooperation_etp_cambrai") == [("1", ville, 74)]


def test_le_poste_de_cooperation_de_cambrai_vaut_un_etp():
    (poste,) = lire_csv("cambrai", "structures")
    assert (poste["type"], poste["code_insee"], poste["quantite"], poste["unite"]) == (
        "cooperation",
        "59122",
        "1",
        "etp",
    )


def test_armentieres_a_ses_618_000_euros_et_le_doute_qui_va_avec():
    (reference,) = lire_csv("armentieres", "references")
    assert (reference["competence"], reference["montant_eur"], reference["statut"]) == (
        "armentieres",
        "618000",
        "a_confirmer",
    )
    assert "sans dire par an ou sur la convention" in reference["source"]
    questions = [m["quoi"] for m in fiche("armentieres")["a_completer"] if m["attend"] == "Caf du Nord"]
    assert "Les 618 000 € sont-ils par an, ou sur la durée de la convention ?" in questions


def test_armentieres_a_trois_structures_jeunesse_dont_la_quantite_est_inconnue():
    structures = lire_csv("armentieres", "structures")
    assert [s["nom"] for s in structures] == [
        "Centre social Salengro",
        "Centre Social « les 4 Saisons »",
        "Club Léo Lagrange",
    ]
    (reference,) = lire_csv("armentieres", "references")
    assert {(s["competence"], s["type"], s["quantite"]) for s in structures} == {
        (reference["competence"], reference["type"], "")
    }


def test_aulnoy_adhere_avec_effet_au_1er_janvier_2023_apres_la_fin_du_cej():
    assert faits("aulnoy-lez-valenciennes", "adhesion_effet") == [("2023-01-01", "deliberation-aulnoy-2022-12-07", 47)]
    assert fiche("aulnoy-lez-valenciennes")["precedent"] == {"type": "Cej", "fin": date(2022, 12, 31)}


def test_les_quinze_xx_de_valenciennes_sont_a_completer():
    manques = fiche("valenciennes-metropole")["a_completer"]
    vides = [m for m in manques if "(XX)" in m["quoi"]]
    assert len(vides) == 15
    assert Counter(m["ligne"] for m in vides) == {161: 4, 162: 2, 163: 4, 164: 1, 165: 2, 387: 2}
    propositions = " ".join(m.get("proposition", "") for m in vides)
    assert all(mot in propositions for mot in ("23 RPE", "46 collectifs", "34 projets", "6 Laep", "5 annexes"))


@pytest.mark.parametrize("code", TOUS)
def test_chaque_manque_dit_qui_est_attendu(code):
    assert all(m["quoi"] and m["attend"] for m in fiche(code)["a_completer"])


# Origines


@pytest.mark.parametrize("code", TOUS)
def test_chaque_document_cite_est_au_registre_et_chaque_ligne_existe(code):
    registre = lire_yaml("origines.yaml")
    cites = [
        s for nom in ("territoire", "plan", "gouvernance") for s in sources(lire_yaml(f"territoires/{code}/{nom}.yaml"))
    ]
    assert cites
    for document, ligne in cites:
        assert document in registre
        if registre[document]["nature"] == "document":
            assert 1 <= ligne <= registre[document]["lignes"], (document, ligne)


@pytest.mark.parametrize("code", TOUS)
def test_la_source_d_un_montant_commence_par_une_origine(code):
    for nom in ("references", "engagements", "notifications"):
        for ligne in lire_csv(code, nom):
            assert re.split(r"[ ,]", ligne["source"])[0] in lire_yaml("origines.yaml")


@pytest.mark.parametrize("cle", ["titre", "emetteur", "nature", "date", "licence", "statut", "note"])
def test_chaque_origine_est_decrite(cle):
    fiches = lire_yaml("origines.yaml").values()
    assert all(fiche.get(cle) for fiche in fiches if cle != "date" or not fiche.get("serie"))


# Aucun nom de personne

CIVILITE = re.compile(r"\b(?:Madame|Monsieur|Mesdames|Messieurs|Mme|Mlle|MM?\.)\s+[A-ZÉÈÀ]|\bMaître\s+[A-Z]")
PRENOM_NOM = re.compile(r"\b[A-ZÉÈ][a-zéèêëïç]+(?:-[A-ZÉ][a-zéè]+)? [A-ZÉÈ]{3,}\b")


def fichiers_texte():
    return sorted(f for f in DATA.rglob("*") if f.suffix in (".csv", ".yaml"))


@pytest.mark.parametrize("fichier", fichiers_texte(), ids=lambda f: str(f.relative_to(DATA)))
def test_aucun_nom_de_personne(fichier):
    texte = fichier.read_text(encoding="utf-8-sig")
    assert not CIVILITE.findall(texte)
    sigles = ("EAJE", "RPE", "ALSH", "CTG", "CEJ", "CAVM", "CCDAS", "CCAS", "PMI", "EPCI", "DGCL", "FNP", "CAF", "MSA")
    assert not [n for n in PRENOM_NOM.findall(texte) if n.split()[-1] not in sigles]


@pytest.mark.parametrize("ecrit", ["Madame DUPONT", "M. Durand", "Mme Petit"])
def test_le_controle_des_noms_voit_une_personne(ecrit):
    assert CIVILITE.search(f"Chef de projet : {ecrit}")


def test_le_controle_des_noms_voit_un_prenom_suivi_d_un_nom():
    assert PRENOM_NOM.search("Nom : Camille DURAND")


# Plans


def test_le_plan_de_valenciennes_a_4_plans_10_enjeux_14_objectifs_et_aucune_fiche_inventee():
    lu = plan("valenciennes-metropole")
    assert len({e["plan"] for e in lu["enjeux"]}) == 4
    assert (len(lu["enjeux"]), len(lu["objectifs"]), lu["fiches"]) == (10, 14, [])
    assert Counter(o["plan"] for o in lu["objectifs"]) == {
        "Parentalité": 4,
        "Animation de la vie sociale": 3,
        "Petite enfance": 3,
        "Enfance et jeunesse": 4,
    }
    lignes = [o["source"]["ligne"] for o in lu["objectifs"]]
    assert lignes == [799, 800, 801, 802, 813, 814, 815, 826, 827, 828, 841, 842, 843, 844]


@pytest.mark.parametrize("code", TOUS)
def test_un_plan_a_dix_domaines_et_des_renvois_qui_existent(code):
    lu = plan(code)
    codes = {cle: {x["code"] for x in lu[cle]} for cle in ("domaines", "enjeux", "objectifs", "fiches")}
    assert len(codes["domaines"]) == 10
    assert {e["domaine"] for e in lu["enjeux"]} <= codes["domaines"]
    assert {e for o in lu["objectifs"] for e in o["enjeux"]} <= codes["enjeux"]
    assert {o for f in lu["fiches"] for o in f["objectifs"]} <= codes["objectifs"]
    assert {x for f in lu["fiches"] for x in f["liens_fiches"]} <= codes["fiches"]


def test_l_exemple_a_vingt_fiches_completes_dans_tous_les_etats():
    fiches = plan("exemple")["fiches"]
    etats = Counter(f["statut"] for f in fiches)
    assert len(fiches) == 20
    assert set(etats) == {"À venir", "En cours", "Réalisé", "En pause", "Bloqué", "À discuter", "Abandonné"}
    assert len({frozenset(f) - {"decision_attendue"} for f in fiches}) == 1  # toutes n'attendent pas une décision
    assert all(v not in ("", [], None) for f in fiches for v in f.values())
    assert any(len(f["objectifs"]) > 1 for f in fiches)
    en_retard = [f for f in fiches if f["statut"] in ("À venir", "En cours") and f["date_fin"] < date(2026, 11, 21)]
    assert len(en_retard) >= 3


def test_l_argent_d_une_fiche_d_exemple_reste_dans_son_budget_et_vise_une_structure_connue():
    structures = {s["id"] for s in lire_csv("exemple", "structures")}
    liees = 0
    for f in plan("exemple")["fiches"]:
        assert sum(x["montant_eur"] for x in f["financeurs"]) <= f["budget_total"]
        liees += sum("structure" in x for x in f["financeurs"])
        assert {x["structure"] for x in f["financeurs"] if "structure" in x} <= structures
    assert liees >= 5


# Territoire d'exemple


def test_l_exemple_ne_peut_pas_etre_pris_pour_un_lieu_reel():
    noms = {c["nom"].lower() for c in france().values()}
    for commune in lire_csv("exemple", "communes"):
        assert commune["code_insee"] not in france()
        assert commune["nom"].lower() not in noms
    assert fiche("exemple")["nom"] == "Territoire d'exemple (données fictives)"
    assert fiche("exemple")["siren"] not in {c["epci_siren"] for c in france().values()}


def test_les_45_structures_d_exemple_sont_dans_une_commune_connue():
    structures = lire_csv("exemple", "structures")
    communes = {c["code_insee"] for c in lire_csv("exemple", "communes")}
    assert len({s["id"] for s in structures}) == len(structures) == 45
    assert {s["code_insee"] for s in structures} <= communes
    assert {s["type"] for s in structures} == {
        "eaje",
        "alsh_periscolaire",
        "alsh_extrascolaire",
        "alsh_adolescents",
        "rpe",
        "laep",
        "ludotheque",
        "cooperation",
    }
    assert {s["statut_gestionnaire"] for s in structures} == {"public", "associatif", "prive"}
    assert {s["cofinancee"] for s in structures} == {"oui", "non", ""}


def test_l_exemple_ouvre_et_ferme_pendant_la_convention():
    structures = lire_csv("exemple", "structures")
    assert sum(s["ouverture"] > "2025-01-01" for s in structures) >= 4
    assert [s["id"] for s in structures if s["fermeture"]] == ["micro-creche-sureau", "creche-noisetier"]
    assert all(s["fermeture"] > s["ouverture"] for s in structures if s["fermeture"])


def test_les_adhesions_d_exemple_couvrent_les_cas():
    communes = {c["nom"]: c for c in lire_csv("exemple", "communes")}
    assert communes["Valdoucet"]["adhesion"] == ""
    assert (communes["Aubrelle"]["adhesion"], communes["Aubrelle"]["effet"]) == ("2025-03-18", "")
    assert communes["Marzelle-le-Pont"]["effet"] == "2026-01-01"
    assert {c["zone_prioritaire"] for c in communes.values()} == {"oui", "non", ""}


def test_une_reference_d_exemple_est_la_somme_de_ses_structures():
    sommes = defaultdict(float)
    for s in lire_csv("exemple", "structures"):
        if s["reference_eur"]:
            sommes[s["competence"], s["type"]] += float(s["reference_eur"])
    references = {(r["competence"], r["type"]): r for r in lire_csv("exemple", "references")}
    for cle, somme in sommes.items():
        assert float(references[cle]["montant_eur"]) == somme
    assert [c for c, r in references.items() if not r["montant_eur"]] == [("agglo-exemple", "ludotheque")]
    assert len({r["statut"] for r in references.values()}) >= 3


def test_les_engagements_d_exemple_montrent_tenu_rompu_et_inconnu():
    credits_ = defaultdict(dict)
    for e in lire_csv("exemple", "engagements"):
        credits_[e["competence"]][int(e["annee"])] = float(e["credits_eur"]) if e["credits_eur"] else None
    assert credits_["vermontel"][2026] > credits_["vermontel"][2024]
    assert credits_["castelnoix"][2026] < credits_["castelnoix"][2024]
    assert credits_["lannorie"][2024] is None


def test_notifie_et_percu_peuvent_differer():
    notifications = lire_csv("exemple", "notifications")
    connues = {s["id"] for s in lire_csv("exemple", "structures")}
    assert {n["structure"] for n in notifications} <= connues
    ecarts = [n for n in notifications if n["percu_eur"] and n["percu_eur"] != n["notifie_eur"]]
    assert any(float(n["percu_eur"]) == pytest.approx(0.7 * float(n["notifie_eur"])) for n in ecarts)
    assert any(not n["notifie_eur"] for n in notifications)


def test_les_indicateurs_d_exemple_ont_des_masques_des_estimations_et_deux_annees():
    lignes = lire_csv("exemple", "indicateurs")
    assert {i["statut"] for i in lignes} == {"publie", "masque", "estime", "a_completer"}
    assert all(bool(i["valeur"]) == (i["statut"] in ("publie", "estime")) for i in lignes)
    annees = defaultdict(set)
    for i in lignes:
        annees[i["code"], i["geo"]].add(i["annee"])
    assert sum(len(a) >= 2 for a in annees.values()) >= 5
    communes = {c["code_insee"] for c in lire_csv("exemple", "communes")}
    assert {i["geo"] for i in lignes if i["niveau"] == "commune"} <= communes


def test_un_masque_d_exemple_ne_se_retrouve_pas_par_difference():
    """Deux communes masquées au moins partout où le total est publié."""
    lignes = lire_csv("exemple", "indicateurs")
    masques = Counter((i["code"], i["annee"]) for i in lignes if i["statut"] == "masque" and i["code"] == "PE01")
    assert masques[("PE01", "2023")] >= 2


def test_les_relations_d_exemple_tiennent_sauf_celle_qui_doit_alerter():
    valeurs = {
        (i["code"], i["geo"], int(i["annee"])): i["valeur"].replace(",", ".")
        for i in lire_csv("exemple", "indicateurs")
    }

    def lue(repere):
        return valeurs[repere["code"], repere["geo"], repere["annee"]]

    constats = {}
    for r in lire_yaml("territoires/exemple/relations.yaml")["relations"]:
        parties = [lue(t) for t in r.get("termes") or r["numerateur"]]
        if "" in parties:
            constats[r["code"]] = "masquée"
            continue
        total = sum(map(float, parties))
        if r["nature"] == "rapport":
            total = total / float(lue(r["denominateur"])) * r["facteur"]
        constats[r["code"]] = "tient" if abs(total - float(lue(r["resultat"]))) <= 0.05 else "fausse"
    assert constats == {
        "modes-d-accueil": "tient",
        "tout-petits-par-commune": "masquée",
        "part-des-3-11-ans": "tient",
        "part-des-12-24-ans": "fausse",
    }
