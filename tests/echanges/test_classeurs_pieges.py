"""Fichiers piégés ou abîmés : une phrase en français, un lieu, et rien d'écrit."""

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from ctgkit.echanges import apply
from ctgkit.echanges.lecteurs.fichier import open_file
from ctgkit.errors import CtgError, InvalidFilesError

BON = (
    '<row r="1"><c t="str"><v>CODGEO</v></c><c t="str"><v>Q219</v></c></row>'
    '<row r="2"><c><v>59014</v></c><c><v>15880</v></c></row>'
)
MACROS = "<T><O ContentType='application/vnd.ms-excel.sheet.macroEnabled.main+xml'/></T>"


@pytest.fixture
def refuse(lire, dossier):
    """Le fichier est refusé en une phrase ; le dossier n'a pas bougé."""

    def check(contenu, nom="f.xlsx"):
        avant = {p.name: p.read_bytes() for p in dossier.iterdir()}
        with pytest.raises(CtgError) as erreur:
            apply(lire(contenu, nom), dossier)
        assert {p.name: p.read_bytes() for p in dossier.iterdir()} == avant
        return str(erreur.value)

    return check


def test_le_temoin_se_lit(lire, classeur):
    assert lire(classeur({"F": BON}), "f.xlsx").lignes[0].valeur == 15880


def test_bombe_zip(refuse, classeur):
    """300 Mo de blancs dans 300 ko : refusés avant d'être décompressés."""
    contenu = classeur({"F": BON}, {"xl/media/blanc.xml": b" " * 300_000_000})
    assert len(contenu) < 1_000_000
    assert "se décompresse sans mesure" in refuse(contenu)


@pytest.mark.parametrize(
    ("chemin", "contenu", "dit"),
    [
        ("xl/vbaProject.bin", "x", "macros"),
        ("xl/macrosheets/m1.xml", "<a/>", "macros"),
        (
            "[Content_Types].xml",
            "<T><O ContentType='application/vnd.ms-excel.sheet.macroEnabled.main+xml'/></T>",
            "macros",
        ),
        ("xl/externalLinks/externalLink1.xml", "<a/>", "relié à d'autres fichiers"),
        ("xl/connections.xml", "<a/>", "relié à d'autres fichiers"),
        ("xl/sharedStrings.xml", '<!DOCTYPE s [<!ENTITY a "aa">]><sst/>', "entités"),
        ("xl/styles.xml", "<styleSheet><xf></styleSheet>", "XML mal formé"),
    ],
)
def test_classeurs_refuses(refuse, classeur, chemin, contenu, dit):
    feuille = BON.replace("<c><v>59014", '<c t="s"><v>0')
    assert dit in refuse(classeur({"F": feuille}, {chemin: contenu}))


def test_bombe_d_entites_dans_la_feuille(refuse, classeur):
    bombe = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    contenu = classeur({"F": BON})
    entree = zipfile.ZipFile(io.BytesIO(contenu))
    flux = io.BytesIO()
    with zipfile.ZipFile(flux, "w") as sortie:
        for nom in entree.namelist():
            texte = entree.read(nom).decode()
            sortie.writestr(nom, texte.replace("<worksheet", f"{bombe}<worksheet"))
    assert "entités" in refuse(flux.getvalue())


def test_bombe_de_colonnes_et_de_lignes(refuse, classeur, monkeypatch):
    monkeypatch.setattr("ctgkit.echanges.lecteurs.xlsx.LIMITE_CELLULES", 1_000_000)
    loin = "".join(f'<row r="{i}"><c r="XFD{i}"><v>1</v></c></row>' for i in range(3, 80))
    assert "démesurée" in refuse(classeur({"F": BON + loin}))
    assert "adresse de cellule impossible" in refuse(classeur({"F": '<row r="1"><c r="ZZZZ1"><v>1</v></c></row>'}))


CELLULE = '<table:table-cell office:value-type="string"{}><text:p>{}</text:p></table:table-cell>'


def ods_rows(lignes, attributs=""):
    return "".join(
        f"<table:table-row{attributs}>" + "".join(CELLULE.format("", c) for c in x) + "</table:table-row>"
        for x in lignes
    )


def test_ods_pieges(refuse, classeur_ods):
    bon = ods_rows([["CODGEO", "Q219"], ["59014", "15880"]])
    assert "macros" in refuse(classeur_ods(bon, {"Basic/Standard/m.xml": "x"}), "f.ods")
    assert "mot de passe" in refuse(classeur_ods(bon, {"META-INF/manifest.xml": "<encryption-data/>"}), "f.ods")
    lie = bon.replace("<table:table-row>", "<table:table-source/><table:table-row>", 1)
    assert "relié" in refuse(classeur_ods(lie), "f.ods")
    repete = ods_rows([["CODGEO", "Q219"], ["59014", "15880"]], ' table:number-rows-repeated="9000000"')
    assert "démesurée" in refuse(classeur_ods(repete), "f.ods")
    assert "entités" in refuse(classeur_ods(bon, debut='<!DOCTYPE a [<!ENTITY b "c">]>'), "f.ods")


def test_ods_vide_repete_un_million_de_fois(lire, classeur_ods):
    """LibreOffice écrit toujours une dernière ligne vide répétée jusqu'en bas."""
    vide = (
        '<table:table-row table:number-rows-repeated="1048574">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    apercu = lire(classeur_ods(ods_rows([["CODGEO", "Q219"], ["59014", "15880"]]) + vide), "f.ods")
    assert (apercu.lues, apercu.lignes[0].valeur) == (1, 15880)


def test_un_commentaire_d_ods_n_est_pas_la_valeur(lire, classeur_ods):
    """Une note, un dessin, le suivi des modifications : rien de cela n'est dans la grille."""
    note = "<office:annotation><text:p>vu</text:p></office:annotation><text:p>15880</text:p>"
    rangs = ods_rows([["CODGEO", "Q219"], ["59014", "15880"]]).replace("<text:p>15880</text:p>", note)
    suivi = f"<table:tracked-changes>{ods_rows([['CODGEO', 'Q219'], ['59606', '1']])}</table:tracked-changes>"
    apercu = lire(classeur_ods(suivi + rangs), "f.ods")
    assert [(i.geo, i.valeur) for i in apercu.lignes] == [("59014", 15880)]


@pytest.mark.parametrize(
    ("octets", "dit"),
    [
        (b"", "vide"),
        (b" \n\n ", "vide"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ancien classeur Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08", "compressé"),
        (b"PK\x03\x04tronque", "abîmé"),
        (b"bonjour", "aucune ligne de titres"),
        (b'{"a": 1}', "aucune ligne de titres"),
        (b"{", "JSON mal formé"),
        (b'{"a": NaN}', "JSON illisible"),
        (b"[" * 100_000, "JSON illisible"),
        (b"CODGEO;Q219\n59014;\xff\xfe\x81\n", "encodage illisible"),
        (b"CODGEO;Q219\n59014;1\x005\n", "caractère de contrôle"),
        (b'CODGEO;Q219;PPSOC19\n59014;"15880;1\n', "guillemet ouvert"),
        (b'CODGEO;Q219;PPSOC19\n59014;"158"80;1\n', "guillemet mal placé"),
        (b"a" * 1_000_001 + b";b\n", "caractères"),
        (b"\xff\xfeC\x00O\x00\x00\xd8", "encodage illisible"),
    ],
)
def test_octets_illisibles(refuse, octets, dit):
    assert dit in refuse(octets, "fichier.csv")


def test_le_lieu_du_defaut_est_dit(lire):
    with pytest.raises(InvalidFilesError) as erreur:
        lire(b"CODGEO;Q219\n59014;1\n59606;\xc3\x28\x9d\n", "x.csv")
    defaut = erreur.value.defauts[0]
    assert (defaut.ligne, defaut.colonne, defaut.valeur) == (3, "octet 7", "0xC3")
    assert "ctg verifier" not in str(erreur.value)


def test_archive_chiffree_ou_qui_ment(refuse, classeur):
    contenu = bytearray(classeur({"F": BON}))
    for marque, decalage in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        debut = contenu.find(marque)
        while debut >= 0:
            contenu[debut + decalage] |= 1
            debut = contenu.find(marque, debut + 4)
    assert "mot de passe" in refuse(bytes(contenu))
    abime = bytearray(classeur({"F": BON}))
    abime[120:140] = b"\0" * 20
    assert "Que faire" in refuse(bytes(abime))


def test_windows_1252_est_lu_en_le_disant(lire):
    apercu = lire("CODGEO;LIBGEO;Q219;PPSOC19\n59606;Condé;15880;1\n".encode("cp1252"), "x.csv")
    assert apercu.lignes[0].valeur == 15880
    assert "Windows-1252" in apercu.avis[0]


def test_utf16_d_excel_est_lu(lire):
    apercu = lire("CODGEO\tQ219\tPPSOC19\r\n59606\t15 880\t1\r\n".encode("utf-16"), "x.txt")
    assert apercu.lignes[0].valeur == 15880


def test_un_commentaire_au_milieu_ne_perd_ni_ne_double_de_ligne(lire, classeur, valeurs):
    """Où qu'il soit dans la feuille."""
    communes = ["59014", "59112", "59544", "59606"]
    rangs = "".join(f'<row r="{i}"><c><v>{c}</v></c><c><v>{i}00</v></c></row>' for i, c in enumerate(communes, 2))
    entete = BON.split("</row>", maxsplit=1)[0] + "</row>"
    for coupe in (0, 2 * len(rangs) // 4, len(rangs)):
        feuille = entete + rangs[:coupe] + "<!-- note --> " + " " * 600_000 + rangs[coupe:]
        apercu = lire(classeur({"F": feuille}), "f.xlsx")
        assert apercu.lues == 4
        assert valeurs(apercu) == {(c, 2019): i * 100 for i, c in enumerate(communes, 2)}


def test_des_lignes_dans_le_desordre_sont_refusees(refuse, classeur):
    feuille = BON + '<row r="1"><c><v>59606</v></c><c><v>1</v></c></row>'
    assert "désordre" in refuse(classeur({"F": feuille}))


def test_chaque_cellule_excel_se_lit_comme_on_la_voit(classeur):
    """Formats, formules, erreurs, dates, cellules fusionnées, feuille cachée : rien ne se confond avec un vide."""
    brut = openpyxl.Workbook()
    feuille = brut.active
    feuille.append(["texte", 0.1, 1e21, 1e-7, True, None, "é_x000D_ù", "#N/A"])
    feuille.append([date(2024, 12, 31), datetime(2024, 5, 6, 7, 8), "=1+1", "=NA()"])
    formats = ["0.00%", "jj/mm/aaaa", "yyyy", "[h]:mm", "h:mm", '"y"0', "General", "mmm-yy", '#,##0 "€"']
    for lettre, code in zip("ABCDEFGHI", formats, strict=True):
        feuille[f"{lettre}4"] = 45000.25
        feuille[f"{lettre}4"].number_format = code
    feuille.merge_cells("A6:C6")
    feuille["A6"], feuille["D6"] = "fusion", "après"
    cachee = brut.create_sheet("cachée")
    cachee.sheet_state, cachee["C3"] = "hidden", "x"
    flux = io.BytesIO()
    brut.save(flux)
    visible, dessous = open_file("f.xlsx", flux.getvalue()).lectures[0]
    lignes = dict(visible.lignes())
    assert lignes[1] == ["texte", "0.1", "1" + "0" * 21, "0.0000001", "oui", "", "é\rù", "#N/A"]
    assert lignes[1][7].raison == "erreur de calcul dans le tableur"
    assert lignes[2] == ["2024-12-31", "2024-05-06", "", ""]
    assert all("jamais calculée" in c.raison for c in lignes[2][2:])
    jour, nu = "2023-03-15", "45000.25"
    assert lignes[4] == ["4500025", jour, jour, nu, nu, nu, nu, jour, nu]
    assert lignes[6] == ["fusion", "", "", "après"]
    assert (dessous.nom, list(dessous.lignes())) == ("cachée", [(3, ["", "", "x"])])


def test_une_cellule_illisible_ne_perd_pas_les_autres(classeur):
    """Erreurs, texte partagé absent, nombre qui n'en est pas un, phonétique : chacun à sa place, avec sa raison."""
    rangs = (
        '<row r="1"><c t="e"><v>#REF!</v></c><c t="e"><f>1/0</f><v>#DIV/0!</v></c><c><f>1+1</f><v>2</v></c>'
        '<c t="str"><f>"a"</f><v>a</v></c><c t="s"><v>99</v></c><c><v>abc</v></c><c t="d"><v>2024-12-31</v></c>'
        '<c t="inlineStr"><is><r><t>ri</t></r><r><t>che</t></r><rPh sb="0" eb="1"><t>x</t></rPh></is></c></row>'
        '<row r="2"/><row r="4"><c r="B4"/></row>'
    )
    lignes = dict(open_file("f.xlsx", classeur({"F": rangs})).lectures[0][0].lignes())
    assert lignes == {1: ["#REF!", "#DIV/0!", "2", "a", "99", "abc", "2024-12-31", "riche"], 4: ["", ""]}
    raisons = [getattr(c, "raison", "") for c in lignes[1]]
    erreur, illisible = "erreur de calcul dans le tableur", "valeur illisible dans le classeur"
    assert raisons == [erreur, erreur, "", "", illisible, illisible, "", ""]


def test_des_cellules_dans_le_desordre_sont_refusees(refuse, classeur):
    assert "désordre" in refuse(classeur({"F": '<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>2</v></c></row>'}))


def test_un_classeur_open_xml_strict_se_lit_comme_un_autre(lire, classeur):
    ordinaire, flux = zipfile.ZipFile(io.BytesIO(classeur({"F": BON}))), io.BytesIO()
    courant, strict = "http://schemas.openxmlformats.org/", "http://purl.oclc.org/ooxml/"
    with zipfile.ZipFile(flux, "w") as sortie:
        for nom in ordinaire.namelist():
            texte = ordinaire.read(nom).decode().replace(f"{courant}spreadsheetml/2006/", f"{strict}spreadsheetml/")
            sortie.writestr(nom, texte.replace(f"{courant}officeDocument/2006/", f"{strict}officeDocument/"))
    assert lire(flux.getvalue(), "f.xlsx").lignes[0].valeur == 15880


def test_un_classeur_sans_ses_parties_est_refuse(refuse, classeur):
    entier, flux = zipfile.ZipFile(io.BytesIO(classeur({"F": BON}))), io.BytesIO()
    with zipfile.ZipFile(flux, "w") as sortie:
        for nom in set(entier.namelist()) - {"[Content_Types].xml"}:
            sortie.writestr(nom, entier.read(nom))
    assert "structure ne se lit pas" in refuse(flux.getvalue())
