"""Importer un plan : notre export revient à l'identique, les modèles voisins se lisent, le faux est nommé."""

import io
import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from ctgkit.__main__ import main
from ctgkit.documents import render
from ctgkit.documents.catalogue.plan.donnees import data_document, data_json
from ctgkit.echanges.plan.importation import apply_plan, preview_plan
from ctgkit.errors import CtgError
from ctgkit.plan import Fiche, champs
from ctgkit.plan.tableur import read_cell, write_cell
from ctgkit.territoire import Commune, Table
from ctgkit.views.plan.memoire import MemoirePlan

T2 = """Axe (x),Sous-axe (x.x),Sous-sous axe (x.x.x),Titre de la fiche action,Descriptif,Thématique principale,
Sous-thématiques,Instances de gouvernance,Objectifs,Indicateurs liés,Résultats attendus,Cibles,Structure pilote,
Moyens humains et techniques,Partenaires ,Service-département-pôle pilote,Personne pilote,Élu·e référent·e ,
Participation Citoyenne,Financements,Financeur 1,Montant € TTC,Financeur 2,Montant € TTC,Financeur 3,Montant € TTC,
Budget prévisionnel total € TTC,Statut ,Niveau de priorité,Date de début,Date de fin,Action en amélioration continue,
Calendrier,Actions liées,Fiches des plans liées,Notes de suivi,Etapes de la fiche action,Notes complémentaires,
Documents et liens""".replace("\n", "").split(",")
NOUVELLES = ("Instances de gouvernance", "Participation Citoyenne", "Notes de suivi", "Etapes de la fiche action")
T1 = [c for c in T2 if c not in NOUVELLES]
ETAPES = "Recenser : réalisé\nOuvrir : non réalisé"
LIGNE = {
    "Axe (x)": "Petite enfance",
    "Sous-axe (x.x)": "Accueillir",
    "Titre de la fiche action": "Ouvrir une crèche",
    "Descriptif": "Dix places",
    "Cibles": "Parents, enfants",
    "Structure pilote": "Ville",
    "Financeur 1": "Caf",
    "Montant € TTC": "12 500",
    "Financeur 2": "Ville",
    "Financeur 3": "Région",
    "Budget prévisionnel total € TTC": "20 000 €",
    "Statut ": "A venir",
    "Niveau de priorité": "Elevé",
    "Date de fin": "31/12/2027",
    "Etapes de la fiche action": ETAPES,
    "Notes complémentaires": "À revoir",
}


def classeur(*lignes, avant=0):
    livre = Workbook()
    for _ in range(avant):
        livre.active.append(["Un titre au-dessus du tableau"])
    for ligne in lignes:
        livre.active.append(list(ligne))
    memoire = io.BytesIO()
    livre.save(memoire)
    return memoire.getvalue()


def lire(store, octets, nom="plan.xlsx", **colonnes):
    return preview_plan(nom, store, colonnes, octets)


def exporter(store, jour, extension):
    if extension == "json":
        return data_json(store.plan, store.territoire, jour)
    return render(data_document(store.plan, store.territoire, jour, extension), extension)


@pytest.mark.parametrize("extension", ["xlsx", "csv", "json"])
def test_notre_export_revient_a_l_identique(exemple, jour, extension):
    octets = exporter(exemple, jour, extension)
    apercu = lire(exemple, octets, f"plan.{extension}")
    assert not apercu.a_ecrire, str(apercu)
    assert len(apercu.inchangees) == 20
    assert apercu.rejets == []
    assert apercu.colonnes == ()


@pytest.mark.parametrize("extension", ["xlsx", "csv", "json"])
def test_notre_export_refait_tout_le_plan_ailleurs(exemple, ouvrir, jour, extension, tmp_path):
    """Dans un territoire où l'on a retiré les fiches : elles reviennent toutes, champ par champ."""
    octets = exporter(exemple, jour, extension)
    attendues = {f.code: {c: f[c] for c in champs()} for f in exemple.plan.fiches}
    for cle in attendues:
        exemple.remove(cle, "élue")
    assert exemple.plan.fiches == ()
    apply_plan(lire(exemple, octets, f"plan.{extension}"), exemple)
    rendues = {f.code: {c: f[c] for c in champs()} for f in exemple.plan.fiches}
    assert rendues.keys() == attendues.keys()
    for code, valeurs in attendues.items():
        for c, v in valeurs.items():
            assert rendues[code][c] == v or v is False, (code, c)


@pytest.mark.parametrize(("titres", "avant"), [(T2, 0), (T2, 3), (T1, 2), (list(reversed(T1[:18])) + T1[18:], 0)])
def test_les_modeles_de_territoires_en_transitions_se_lisent(exemple, titres, avant):
    apercu = lire(exemple, classeur(titres, [LIGNE.get(t, "") for t in titres], avant=avant))
    (neuve,) = apercu.nouvelles
    lues = neuve.valeurs
    assert lues["titre"] == "Ouvrir une crèche"
    assert lues["public"] == ["Parents", "enfants"]
    assert lues["financeurs"] == [
        {"financeur": "Caf", "montant_eur": 12500},
        {"financeur": "Ville", "montant_eur": 12500},
        {"financeur": "Région", "montant_eur": 12500},
    ]
    assert (lues["statut"], lues["priorite"], lues["date_fin"]) == ("À venir", "Élevé", "2027-12-31")
    assert lues["budget_total"] == 20000
    assert {"note": "Notes complémentaires : À revoir"} in lues["notes_suivi"]
    assert [(s, v["titre"]) for s, _, v in apercu.elements] == [("enjeu", "Petite enfance"), ("objectif", "Accueillir")]
    assert apercu.colonnes == ()
    if "Etapes de la fiche action" in titres:
        assert lues["etapes"] == [{"libelle": "Recenser", "fait": True}, {"libelle": "Ouvrir", "fait": False}]
    apply_plan(apercu, exemple)
    assert lire(exemple, classeur(titres, [LIGNE.get(t, "") for t in titres])).a_ecrire is False


def test_un_montant_en_toutes_lettres_est_nomme_avec_sa_cellule(exemple):
    ligne = {**LIGNE, "Budget prévisionnel total € TTC": "Entre 200 et 500"}
    apercu = lire(exemple, classeur(T2, [ligne.get(t, "") for t in T2]))
    (rejet,) = apercu.rejets
    assert rejet.ou.endswith("AA2")
    assert "« Entre 200 et 500 »" in str(rejet)
    assert "un nombre" in str(rejet)
    assert "budget_total" not in apercu.nouvelles[0].valeurs


def test_un_montant_ne_va_jamais_a_un_autre_financeur(exemple):
    """Le deuxième financeur n'est pas nommé : son montant est refusé, celui du premier reste le sien."""
    titres = ["Titre", "Description", "Statut", "Financeur 1", "Montant € TTC", "Financeur 2", "Montant € TTC"]
    octets = classeur(titres, ["A", "", "", "Caf", "12 500", "", "5 000"])
    apercu = lire(exemple, octets)
    assert apercu.nouvelles[0].valeurs["financeurs"] == [{"financeur": "Caf", "montant_eur": 12500}]
    assert [(r.ou[-2:], r.valeur) for r in apercu.rejets] == [("G2", "5000")]


def test_des_colonnes_melangees_gardent_chaque_montant_a_son_financeur(exemple):
    """Un numéro dans le titre suffit ; sans numéro ni voisinage, rien n'est deviné."""
    titres = ["Montant financeur 2", "Titre", "Financeur 1", "Statut", "Financeur 2", "Description", "Montant 1"]
    octets = classeur(titres, ["5 000", "A", "Caf", "", "Ville", "", "12 500"])
    (neuve,) = lire(exemple, octets).nouvelles
    par_nom = {x["financeur"]: x["montant_eur"] for x in neuve.valeurs["financeurs"]}
    assert par_nom == {"Caf": 12500, "Ville": 5000}
    octets = classeur(["Montant € TTC", "Titre", "Statut", "Description", "Financeur 1"], ["5 000", "A", "", "", "Caf"])
    apercu = lire(exemple, octets)
    assert apercu.colonnes == ("Montant € TTC",)
    assert apercu.nouvelles[0].valeurs["financeurs"] == [{"financeur": "Caf"}]


def test_une_seconde_colonne_du_meme_titre_n_efface_pas_la_premiere(exemple):
    octets = classeur(
        ["Titre", "Statut", "Description", "Note de suivi", "Notes de suivi"], ["A", "", "", "une", "deux"]
    )
    apercu = lire(exemple, octets)
    assert apercu.nouvelles[0].valeurs["notes_suivi"] == [{"note": "une"}]
    assert apercu.colonnes == ("Notes de suivi",)


def test_la_meme_fiche_deux_fois_dans_le_fichier_se_dit(exemple):
    octets = classeur(["N° de fiche", "Intitulé", "Description"], ["Z-1", "Une", ""], ["Z-1", "Autre", ""])
    apercu = lire(exemple, octets)
    assert [x.valeurs["titre"] for x in apercu.nouvelles] == ["Une"]
    assert "seule la première est reprise" in str(apercu.rejets[0])


def test_un_import_s_ecrit_et_s_annule_d_un_coup(exemple, jour):
    octets = classeur(
        ["N° de fiche", "Intitulé", "Description", "Axe (x)"],
        ["Z-1", "Une", "", "Nouvel axe"],
        ["PE-02", "Autre titre", "", ""],
    )
    avant = exemple.plan
    apply_plan(lire(exemple, octets), exemple)
    assert exemple.plan.fiche("PE-02").titre == "Autre titre"
    memoire = MemoirePlan(exemple)
    assert memoire.keep_written()
    memoire.undo()
    assert exemple.plan == avant


def test_un_plan_change_depuis_l_apercu_n_est_pas_ecrase(exemple, ouvrir):
    octets = classeur(["N° de fiche", "Intitulé", "Description"], ["PE-02", "Du fichier", ""])
    apercu = lire(exemple, octets)
    ouvrir("exemple").write("PE-02", "titre", "De quelqu'un d'autre", "Caf")
    with pytest.raises(CtgError):
        apply_plan(apercu, exemple)
    exemple.refresh()
    with pytest.raises(CtgError, match="a changé depuis cet aperçu"):
        apply_plan(apercu, exemple)
    assert exemple.plan.fiche("PE-02").titre == "De quelqu'un d'autre"


def test_un_enjeu_dit_autrement_se_montre_puis_s_ecrit(exemple, jour):
    octets = render(data_document(exemple.plan, exemple.territoire, jour), "xlsx")
    exemple.write("E1", "titre", "Autrement", "élue", objet="enjeu")
    exemple.write("E1-S1", "niveau", "operationnel", "élue", objet="objectif")
    apercu = lire(exemple, octets)
    dits = [str(c) for c in apercu.elements_changes]
    assert dits[0].startswith("enjeu E1 : intitulé, « Autrement » → « Accueillir")
    assert dits[1] == "objectif E1-S1 : niveau, « opérationnel » → « stratégique »"
    apply_plan(apercu, exemple)
    assert exemple.plan.title("enjeux", "E1").startswith("Accueillir")


def test_un_classeur_opendocument_se_lit_aussi(exemple, tmp_path):
    import pandas as pd

    chemin = tmp_path / "plan.ods"
    pd.DataFrame([{t: LIGNE.get(t, "") for t in T1}]).to_excel(chemin, engine="odf", index=False)
    assert preview_plan(chemin, exemple).nouvelles[0].valeurs["titre"] == "Ouvrir une crèche"


def test_une_ligne_sans_intitule_et_une_commune_inconnue_se_disent(exemple):
    octets = classeur(
        ["Intitulé", "Description", "Statut", "Communes concernées"],
        ["", "Rien", "", ""],
        ["A", "B", "Fini bientôt", "Vermontel, Paris"],
    )
    dits = " ".join(map(str, lire(exemple, octets).rejets))
    assert "ligne sans intitulé" in dits
    assert "« Paris »" in dits
    assert "« Fini bientôt »" in dits


def test_une_commune_dont_le_nom_est_porte_deux_fois_est_demandee_avec_son_code(exemple):
    """Revue d'analyste D11 : « Vermontel » désignait la dernière des deux."""
    doubles = [replace(c, nom="Vermontel") if c.code_insee == "00003" else c for c in exemple.territoire.communes]
    exemple.territoire = replace(exemple.territoire, communes=Table.of(Commune, doubles))
    titres = ["Intitulé", "Description", "Communes concernées"]
    octets = classeur(titres, ["A", "", "Vermontel"], ["B", "", "00003"])
    apercu = lire(exemple, octets)
    assert ["territoire" in n.valeurs for n in apercu.nouvelles] == [False, True]
    assert apercu.nouvelles[1].valeurs["territoire"] == ["00003"]
    assert "Plusieurs communes du territoire s'appellent « Vermontel »" in str(apercu.rejets[0])


def test_un_autre_tableur_par_correspondance(exemple):
    octets = classeur(["Projet", "Quoi", "Porteur"], ["Ludothèque", "Ouvrir", "Ville"])
    with pytest.raises(CtgError, match="ligne de titres"):
        lire(exemple, octets)
    apercu = lire(exemple, octets, Projet="titre", Quoi="descriptif")
    assert apercu.nouvelles[0].valeurs == {"titre": "Ludothèque", "descriptif": "Ouvrir", "pilote_structure": "Ville"}
    with pytest.raises(CtgError, match="champ de fiche"):
        lire(exemple, octets, Projet="titr")


def test_une_fiche_changee_se_montre_champ_par_champ_et_une_cellule_vide_n_efface_rien(exemple):
    octets = classeur(
        ["N° de fiche", "Intitulé", "Description", "Date de fin"],
        ["PE-02", "Proposer dix places en horaires atypiques", "", "30/06/2028"],
    )
    apercu = lire(exemple, octets)
    (changee,) = apercu.changees
    assert changee.champs == (("date_fin", "2027-12-31", "2028-06-30"),)
    assert "« 31 décembre 2027 » → « 30 juin 2028 »" in str(apercu).replace("\u00a0", " ")
    apply_plan(apercu, exemple)
    (entree,) = exemple.history("PE-02")
    assert entree.role == "import d'un fichier"
    assert exemple.plan.fiche("PE-02")["descriptif"]


def test_la_commande_montre_puis_ecrit(ouvrir, tmp_path, capsys):
    fichier = tmp_path / "plan.xlsx"
    fichier.write_bytes(classeur(T2, [LIGNE.get(t, "") for t in T2]))
    assert main(["importer", "plan", str(fichier), "--territoire", "exemple", "--essai"]) == 0
    assert "Essai : rien n'a été écrit" in capsys.readouterr().out
    assert len(ouvrir("exemple").plan.fiches) == 20
    assert main(["importer", "plan", str(fichier), "--territoire", "exemple"]) == 0
    assert len(ouvrir("exemple").plan.fiches) == 21


textes = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30).map(str.strip)


@given(st.lists(st.fixed_dictionaries({}, optional={"libelle": textes, "source": textes, "unite": textes}), max_size=4))
def test_un_tableau_dans_une_cellule_se_relit(lignes):
    declare = champs()["indicateurs"]
    propres = [p for x in lignes if (p := {k: v for k, v in x.items() if v})]
    assert read_cell(declare, write_cell(declare, propres)) == propres


@given(st.lists(st.lists(textes, max_size=5), max_size=5))
def test_un_tableur_quelconque_ne_casse_pas(lignes):
    from ctgkit.echanges.lecteurs.feuille import FeuilleLue
    from ctgkit.echanges.plan.colonnes import find_headers
    from ctgkit.echanges.plan.lecture import LecteurPlan
    from ctgkit.plan import Plan
    from ctgkit.territoire import Territoire

    feuille = FeuilleLue(lambda: iter(enumerate([["Titre", "Statut", "Echéance", "Montant"], *lignes], 1)))
    lecteur = LecteurPlan(Plan(fiches=(Fiche("X"),)), Territoire("t", "T"))
    for entete in find_headers([feuille], {}):
        for numero, cellules in feuille.lignes():
            lecteur.read(entete, numero, cellules)


def test_un_json_mal_rempli_se_dit_champ_par_champ(exemple):
    fiche = {"titre": "A", "budget_total": "Entre 200 et 500", "territoire": ["75056"], "etapes": "x", "priorite": 3}
    apercu = lire(exemple, json.dumps({"fiches": [fiche, 3]}).encode(), "plan.json")
    assert apercu.nouvelles[0].valeurs == {"titre": "A"}
    assert [(r.colonne, r.valeur) for r in apercu.rejets] == [
        ("Budget prévisionnel (€)", "Entre 200 et 500"),
        ("Communes concernées", "75056"),
        ("Étapes", "x"),
        ("Priorité", "3"),
    ]


quelconques = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from([*champs(), "libelle", "x"]), x, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.dictionaries(st.sampled_from(list(champs())), quelconques, max_size=6), quelconques)
def test_un_json_quelconque_ne_casse_pas(exemple, fiche, enjeux):
    objet = {"fiches": [{"titre": "A", **fiche}], "enjeux": enjeux, "objectifs": [enjeux]}
    str(lire(exemple, json.dumps(objet).encode(), "plan.json"))
