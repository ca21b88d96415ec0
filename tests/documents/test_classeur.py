"""Un classeur : des formules vivantes dont la valeur écrite est celle que LibreOffice retrouve."""

import io
from datetime import date

import openpyxl
import pytest

from ctgkit.documents import Colonne
from ctgkit.documents.classeur.feuilles import Feuille, Figee, Formule, letter, sheet_names, write_workbook

COLONNES = {
    "nom": Colonne("Structure"),
    "places": Colonne("Places", "nombre", 2),
    "bonus": Colonne("Bonus", "euros", 2, formule="ROUND({places}*{prix},2)"),
    "debut": Colonne("Début", "date"),
}


def lire(octets, **plus):
    return openpyxl.load_workbook(io.BytesIO(octets), **plus)


def feuilles():
    parametres = Feuille("Paramètres d'été", {"nom": Colonne("Nom"), "valeur": Colonne("Valeur", "euros", saisie=True)})
    prix = parametres.case("valeur", parametres.add(nom="Place", valeur=2600.0))
    bonus = Feuille("Bonus", COLONNES, titre="Le bonus")
    montants = [round((10 + n / 4) * 2600, 2) for n in range(5)]
    for n, montant in enumerate(montants):
        bonus.add({"prix": prix}, nom=f"Crèche {n}", places=10 + n / 4, bonus=montant, debut=date(2027, 9, 1))
    bonus.total = ("Total", None, Formule("SUM(C4:C8)", sum(montants)), None)
    return parametres, bonus


def classeur():
    return write_workbook(feuilles(), "Essai", date(2026, 3, 3))


def test_chaque_formule_vaut_ce_que_libreoffice_recalcule(bureau):
    octets = classeur()
    (recalcule,) = bureau.convertir("xlsx:Calc MS Excel 2007 XML", xlsx=octets)
    formules, ecrites, relues = lire(octets), lire(octets, data_only=True), lire(recalcule, data_only=True)
    comparees = 0
    for feuille in formules.worksheets:
        for case in (c for ligne in feuille.iter_rows() for c in ligne if c.data_type == "f"):
            attendue = ecrites[feuille.title][case.coordinate].value
            assert relues[feuille.title][case.coordinate].value == pytest.approx(attendue, abs=1e-9)
            comparees += 1
    assert comparees == 6


def test_changer_une_saisie_change_les_montants(bureau):
    modifie = lire(classeur())
    modifie["Paramètres d'été"]["B2"] = 3000
    memoire = io.BytesIO()
    modifie.save(memoire)
    (recalcule,) = bureau.convertir("xlsx:Calc MS Excel 2007 XML", xlsx=memoire.getvalue())
    assert lire(recalcule, data_only=True)["Bonus"]["C4"].value == 30_000


def test_une_case_figee_garde_sa_valeur_la_ou_les_autres_suivent():
    _, bonus = feuilles()
    ligne = bonus.add({"prix": "B2"}, nom="Figée", places=3, bonus=Figee(1234.5))
    assert bonus.value("bonus", ligne - bonus.premiere) == 1234.5
    lue = lire(write_workbook([bonus]))["Bonus"]
    assert lue["C4"].value == "=ROUND(B4*'Paramètres d''été'!$B$2,2)"
    assert lue[f"C{ligne}"].value == 1234.5


def test_une_colonne_inconnue_ne_se_perd_pas():
    with pytest.raises(KeyError, match="inconnue"):
        feuilles()[1].add(inconnue=1)


def test_les_natures_restent_des_natures():
    feuille = lire(classeur(), data_only=True)["Bonus"]
    assert feuille["B4"].value == 10
    assert feuille["D4"].value.date() == date(2027, 9, 1)
    assert feuille["C4"].number_format == '#,##0.00\\ "€"'
    assert feuille.freeze_panes == "A4"


def test_les_memes_donnees_donnent_les_memes_octets():
    assert classeur() == classeur()


def test_l_inconnu_reste_vide_et_l_infini_aussi():
    lignes = [("a", None, float("nan"), None), ("b", float("inf"), True, date(1850, 1, 1))]
    feuille = lire(write_workbook([Feuille.of("x", list(COLONNES.values()), lignes)])).active
    assert [c.value for c in feuille[2]] == ["a", None, None, None]
    assert [c.value for c in feuille[3]] == ["b", None, "oui", "1850-01-01"]


def test_les_noms_de_feuilles_sont_acceptes_et_differents():
    noms = sheet_names(["Bonus", "bonus", "a/b:c*d?e[f]g", "", "x" * 40, "x" * 40, "'été'", "History", "𐀀" * 20])
    assert noms[:4] == ["Bonus", "bonus (2)", "a b c d e f g", "Feuille"]
    assert len({n.lower() for n in noms}) == len(noms)
    assert all(len(n.encode("utf-16-le")) <= 62 for n in noms)
    write_workbook([Feuille.of(n, [Colonne("a")], []) for n in noms])


def test_les_lettres_des_colonnes():
    assert [letter(n) for n in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
