"""Un tableur quelconque : colonnes choisies, correspondance retenue, cellules lues comme on les voit."""

import io
from datetime import date

import openpyxl
import pytest
from odf import table as odf_table
from odf.opendocument import OpenDocumentSpreadsheet
from odf.text import P

from ctgkit.echanges import ChoixImport, Correspondance, apply
from ctgkit.errors import CtgError

CHOIX = Correspondance("Commune", {"Nb de familles": "PA01", "Part": "PA03"}, "observatoire-2024", annee=2024)
LIGNES = [["Commune", "Nb de familles", "Part"], ["Anzin", 1234, 35.5], ["VALENCIENNES", 5678, None], ["Lille", 9, 9]]


def csv_bytes():
    return "\n".join(";".join("" if c is None else str(c).replace(".", ",") for c in x) for x in LIGNES).encode()


def xlsx_bytes(lignes=LIGNES, titre="Ensemble"):
    classeur = openpyxl.Workbook()
    classeur.active.title = titre
    classeur.active.append(["Observatoire local", None, "édition 2024"])
    classeur.active.append([])
    for ligne in lignes:
        classeur.active.append(ligne)
    classeur.create_sheet("Lisez-moi").append(["Notes"])
    flux = io.BytesIO()
    classeur.save(flux)
    return flux.getvalue()


def ods_bytes(lignes=LIGNES):
    document = OpenDocumentSpreadsheet()
    feuille = odf_table.Table(name="Ensemble")
    for ligne in lignes:
        rang = odf_table.TableRow()
        for valeur in ligne:
            rang.addElement(_ods_cell(valeur))
        feuille.addElement(rang)
    document.spreadsheet.addElement(feuille)
    flux = io.BytesIO()
    document.write(flux)
    return flux.getvalue()


def _ods_cell(valeur):
    if valeur is None:
        return odf_table.TableCell()
    if isinstance(valeur, str):
        cellule = odf_table.TableCell(valuetype="string")
    else:
        cellule = odf_table.TableCell(valuetype="float", value=valeur)
    cellule.addElement(P(text=str(valeur)))
    return cellule


@pytest.mark.parametrize("contenu", [csv_bytes, xlsx_bytes, ods_bytes])
def test_trois_sortes_de_tableurs_disent_la_meme_chose(lire, valeurs, contenu):
    apercu = lire(contenu(), "tableau", choix=ChoixImport(correspondance=CHOIX))
    assert valeurs(apercu, "PA01") == {("59014", 2024): 1234, ("59606", 2024): 5678}
    assert valeurs(apercu, "PA03") == {("59014", 2024): 35.5, ("59606", 2024): "a_completer"}
    assert apercu.ecartees == {"lieux qui ne sont pas des communes du territoire": 1}
    assert {i.source for i in apercu.lignes} == {"observatoire-2024"}


def test_la_correspondance_est_retenue(lire, dossier, valeurs):
    apercu = lire(xlsx_bytes(), "tableau.xlsx", choix=ChoixImport(correspondance=CHOIX))
    assert not (dossier / "correspondances.yaml").exists()
    apply(apercu, dossier)
    retenu = (dossier / "correspondances.yaml").read_bytes()
    ensuite = lire(ods_bytes(), "autre.ods")
    assert ensuite.format == "tableur"
    assert valeurs(ensuite, "PA01") == {("59014", 2024): 1234, ("59606", 2024): 5678}
    assert not any(b.change for b in apply(ensuite, dossier))
    apply(lire(xlsx_bytes(), "tableau.xlsx", choix=ChoixImport(correspondance=CHOIX)), dossier)
    assert (dossier / "correspondances.yaml").read_bytes() == retenu


def test_un_fichier_inconnu_propose_des_colonnes(lire):
    apercu = lire(
        "Code commune;Commune;Année;Foyers bénéficiaires du RSA;Observations\n"
        "59014;Anzin;2024;120;néant\n59606;Valenciennes;2024;900;\n"
    )
    assert not apercu.est_reconnu
    assert not apercu.a_ecrire
    roles = {p.colonne: p.code or p.role for p in apercu.propositions}
    assert roles == {
        "Code commune": "lieu",
        "Commune": "lieu",
        "Année": "annee",
        "Foyers bénéficiaires du RSA": "AD01",
        "Observations": "",
    }
    assert apercu.propositions[0].exemples == ("59014", "59606")


def test_l_annee_se_lit_dans_une_colonne(lire, valeurs):
    choix = Correspondance("Code", {"Foyers": "AD01"}, "s", annee_colonne="Année")
    apercu = lire(
        "Code;Année;Foyers\n59014;2023;120\n59014;2024;130\n59014;hier;1\n", choix=ChoixImport(correspondance=choix)
    )
    assert valeurs(apercu) == {("59014", 2023): 120, ("59014", 2024): 130}
    assert (apercu.rejets[0].ligne, apercu.rejets[0].valeur) == (4, "hier")


def test_une_commune_mal_ecrite_n_est_pas_perdue(lire, valeurs):
    choix = Correspondance("Commune", {"Foyers": "AD01"}, "s", annee=2024)
    apercu = lire("Commune;Foyers\nValencienes;12\nAnzin;3\n", choix=ChoixImport(correspondance=choix))
    assert valeurs(apercu) == {("59014", 2024): 3}
    assert "vouliez-vous dire « Valenciennes »" in apercu.rejets[0].raison


@pytest.mark.parametrize(
    ("change", "dit"),
    [
        ({"colonnes": {"Foyers": "AD99"}}, "n'est pas au catalogue"),
        ({"source": " "}, "source"),
        ({"annee": None}, "année"),
        ({"colonnes": {}}, "colonne"),
        ({"niveau": "quartier"}, "niveau"),
    ],
)
def test_une_correspondance_incomplete_est_refusee(lire, change, dit):
    base = {"geo": "Commune", "colonnes": {"Foyers": "AD01"}, "source": "s", "annee": 2024}
    with pytest.raises(CtgError, match=dit):
        lire("Commune;Foyers\nAnzin;1\n", choix=ChoixImport(correspondance=Correspondance(**(base | change))))


def test_une_formule_jamais_calculee_est_rejetee_a_son_adresse(lire, valeurs):
    contenu = xlsx_bytes([["Commune", "Nb de familles"], ["Anzin", "=SUM(1,2)"], ["Valenciennes", 7]])
    choix = Correspondance("Commune", {"Nb de familles": "PA01"}, "s", annee=2024)
    apercu = lire(contenu, "tableau.xlsx", choix=ChoixImport(correspondance=choix))
    assert valeurs(apercu) == {("59606", 2024): 7}
    assert apercu.rejets[0].adresse == "Ensemble!B4"
    assert "jamais calculée" in apercu.rejets[0].raison


def test_une_formule_calculee_donne_sa_valeur_et_une_erreur_est_rejetee(lire, classeur, valeurs):
    feuille = (
        '<row r="1"><c r="A1" t="str"><v>Commune</v></c><c r="B1" t="str"><v>Foyers</v></c></row>'
        '<row r="2"><c r="A2" t="str"><v>Anzin</v></c><c r="B2"><f>1+1</f><v>2</v></c></row>'
        '<row r="3"><c r="A3" t="str"><v>Valenciennes</v></c><c r="B3" t="e"><v>#REF!</v></c></row>'
        '<row r="5"><c r="A5" t="str"><v>Saint-Saulve</v></c><c r="B5"><v>3.5000000000000004E1</v></c></row>'
    )
    choix = Correspondance("Commune", {"Foyers": "AD01"}, "s", annee=2024)
    apercu = lire(classeur({"F": feuille}), "t.xlsx", choix=ChoixImport(correspondance=choix))
    assert valeurs(apercu) == {("59014", 2024): 2, ("59544", 2024): 35}
    assert [(r.adresse, r.valeur) for r in apercu.rejets] == [("F!B3", "#REF!")]


def test_une_formule_dans_un_csv_n_est_pas_executee(lire, valeurs):
    choix = Correspondance("Commune", {"Foyers": "AD01"}, "s", annee=2024)
    apercu = lire(
        "Commune;Foyers\nAnzin;=1+1\nValenciennes;@SUM(1)\nSaint-Saulve;3\n", choix=ChoixImport(correspondance=choix)
    )
    assert valeurs(apercu) == {("59544", 2024): 3}
    assert {r.raison for r in apercu.rejets} == {"formule : elle n'est pas exécutée"}


def test_pourcentages_et_dates_se_lisent_comme_on_les_voit(lire, valeurs):
    classeur = openpyxl.Workbook()
    feuille = classeur.active
    feuille.append(["Commune", "Date", "Part"])
    feuille.append(["Anzin", date(2024, 12, 31), 0.452])
    feuille["C2"].number_format = "0.0%"
    flux = io.BytesIO()
    classeur.save(flux)
    choix = Correspondance("Commune", {"Part": "PA03"}, "s", annee_colonne="Date")
    assert valeurs(lire(flux.getvalue(), "t.xlsx", choix=ChoixImport(correspondance=choix))) == {("59014", 2024): 45.2}


def test_un_format_connu_se_reconnait_dans_un_classeur(lire, valeurs):
    """Titre et lignes vides au-dessus de l'en-tête, codes devenus des nombres, feuille de notes à côté."""
    contenu = xlsx_bytes(
        [["CODGEO", "LIBGEO", "Q221", "PPSOC21"], [59014, "Anzin", 15880, 18.5], [59606, "Val", "s", None]]
    )
    apercu = lire(contenu, "FILO2021.xlsx")
    assert apercu.format == "filosofi"
    assert valeurs(apercu, "AS01") == {("59014", 2021): 15880, ("59606", 2021): "masque"}
    assert apercu.feuilles_ignorees == ("Lisez-moi",)


def test_plusieurs_feuilles_reconnues_sont_toutes_lues(lire, classeur, rangees, valeurs):
    feuilles = {
        "2019": rangees(["CODGEO", "Q219", "PPSOC19"], ["59014", "15880", "18"]),
        "2021": rangees(["CODGEO", "Q221", "PPSOC21"], ["59014", "16500", "17"]),
    }
    assert valeurs(lire(classeur(feuilles), "f.xlsx"), "AS01") == {("59014", 2019): 15880, ("59014", 2021): 16500}
    seule = lire(classeur(feuilles), "f.xlsx", choix=ChoixImport(feuille="2021"))
    assert valeurs(seule, "AS01") == {("59014", 2021): 16500}
    with pytest.raises(CtgError, match="Feuille inconnue"):
        lire(classeur(feuilles), "f.xlsx", choix=ChoixImport(feuille="2022"))


JUMELLES = {"59001": "Saint-Martin", "62001": "Saint-Martin", "59014": "Anzin"}


@pytest.mark.parametrize("ligne", ["Saint-Martin;12", "SAINT MARTIN;12"])
def test_un_nom_que_deux_communes_du_territoire_portent_est_demande_avec_son_code(lire, territoire, valeurs, ligne):
    """Revue d'analyste D11 : ni la première, ni la dernière, ni un silence."""
    lieu = territoire("jumelles", JUMELLES, "nom: Jumelles\nnature: reel\n")
    choix = ChoixImport(correspondance=Correspondance("Commune", {"Nb": "PA01"}, "essai", annee=2024))
    apercu = lire(f"Commune;Nb\n{ligne}\nAnzin;5\n62001;7\n", "local.csv", lieu, choix=choix)
    assert valeurs(apercu) == {("59014", 2024): 5, ("62001", 2024): 7}
    assert "2 communes du territoire s'appellent" in apercu.rejets[0].raison
    assert "59001, 62001" in apercu.rejets[0].raison


def test_deux_lignes_du_meme_nom_qui_se_contredisent_demandent_le_code(lire, valeurs):
    choix = ChoixImport(correspondance=Correspondance("Commune", {"Nb": "PA01"}, "essai", annee=2024))
    apercu = lire("Commune;Nb\nAnzin;5\nValenciennes;9\nAnzin;6\n", "local.csv", choix=choix)
    assert valeurs(apercu) == {("59606", 2024): 9}
    assert "deux communes du même nom ? écrire leur code" in apercu.rejets[0].raison


def test_un_fichier_de_communes_homonymes_se_reconnait_quand_meme(lire, territoire):
    lieu = territoire("jumelles", {c: n for c, n in JUMELLES.items() if n != "Anzin"}, "nom: Jumelles\nnature: reel\n")
    apercu = lire("Endroit;Nb\nSaint-Martin;5\n", "local.csv", lieu)
    assert apercu.propositions[0].role == "lieu"


def test_un_fichier_qui_sort_du_departement_demande_le_code_d_un_nom_porte_ailleurs(lire, territoire, valeurs):
    """Une liste nationale par noms : « Saint-Aubin » peut être une autre commune que celle du territoire."""
    communes = {"59529": "Saint-Aubin", "59014": "Anzin"}
    lieu = territoire("deux", communes, 'nom: Deux\nnature: reel\ndepartement: "59"\n')
    choix = ChoixImport(correspondance=Correspondance("Commune", {"Nb": "PA01"}, "essai", annee=2024))
    du_nord = lire("Commune;Nb\nSaint-Aubin;5\nAnzin;9\nLille;6\nTotal;20\n", "nord.csv", lieu, choix=choix)
    assert valeurs(du_nord) == {("59529", 2024): 5, ("59014", 2024): 9}
    national = lire("Commune;Nb\nSaint-Aubin;5\nAnzin;9\nMende;6\n", "france.csv", lieu, choix=choix)
    assert valeurs(national) == {("59014", 2024): 9}
    assert "communes de France s'appellent « Saint-Aubin »" in national.rejets[0].raison.replace("\u202f", " ")
    assert national.rejets[0].ligne == 2
