"""Le classeur d'une simulation : chaque case vaut ce que dit le moteur, et suit quand on change une donnée."""

import io
import time
from dataclasses import replace
from datetime import date
from itertools import zip_longest

import openpyxl
import pytest
from documents_lecture import fichiers
from outils import sample

from ctgkit.__main__ import main
from ctgkit.documents import render
from ctgkit.documents.catalogue.bonus.synthese import summary
from ctgkit.documents.classeur.bonus import simulation_workbook
from ctgkit.documents.classeur.formules import Terme, criterion, rounded
from ctgkit.documents.classeur.parametres import NON_BORNE
from ctgkit.droit import dispositifs, services
from ctgkit.droit.bonus_territoire import montant_existant, offre_nouvelle
from ctgkit.simulation import aggregate, read_scenario, simulate
from ctgkit.storage import load_territoire
from ctgkit.territoire import Commune, Convention, Reference, Scenario, Structure, Table, Territoire

CALC = "xlsx:Calc MS Excel 2007 XML"
STRUCTURES = [
    Structure("a", "Crèche A", "eaje", "59001", "k", "Ville", "public", True, 49.0, "places", date(2010, 1, 1)),
    Structure("b", "Crèche B", "eaje", "59001", "k", "Asso", "associatif", True, 13.5, "places", date(2012, 9, 2)),
    Structure("c", "Crèche C", "eaje", "59002", "k", "Ville", "public", True, 20.0, "places", date(2026, 9, 1)),
    Structure("d", "Relais", "rpe", "59002", "k", "Epci", "public", True, 1.5, "etp", date(2015, 1, 1)),
    Structure("e", "Loisirs", "alsh_periscolaire", "59001", "k", "Ville", "public", None, 9000.0, "heures"),
    Structure("f", "Sans quantité", "laep", "59001", "k", "Ville", "public", True, None, "heures"),
    Structure("g", "Fermée", "eaje", "", "m*?~", "Ville", "public", True, 10.0, "places", None, date(2027, 7, 1)),
]
REFERENCES = [
    Reference("k", "eaje", 2024, 100_000.01, "", "lettre de la Caf", "officiel"),
    Reference("k", "rpe", 2024, 22_000.0, "", "lettre", "officiel"),
    Reference("k", "alsh_periscolaire", 2024, 3_333.33, "", "lettre", "officiel"),
    Reference("m*?~", "eaje", 2024, 18_000.0, "", "lettre", "officiel"),
]


def territoire(structures=STRUCTURES, references=REFERENCES, effet=None, zone=True, **locaux):
    communes = [
        Commune("59001", "Un", adhesion=date(2025, 1, 15), zone_prioritaire=zone),
        Commune("59002", "Deux", adhesion=date(2025, 3, 1), effet=effet),
    ]
    return Territoire(
        "essai",
        "Territoire d'essai",
        convention=Convention(date(2025, 1, 1), date(2029, 12, 31)),
        communes=Table.of(Commune, communes),
        structures=Table.of(Structure, structures),
        references=Table.of(Reference, references),
        parametres_locaux={"parametres": locaux} if locaux else {},
    )


def lire(octets, **plus):
    return openpyxl.load_workbook(io.BytesIO(octets), **plus)


def fiches(classeur, nom):
    """Les lignes d'une feuille, chaque case sous le libellé de sa colonne."""
    lignes = list(classeur[nom].iter_rows(values_only=True))
    largeur = max(len([c for c in ligne if c is not None]) for ligne in lignes)
    entete = next(i for i, ligne in enumerate(lignes) if len([c for c in ligne if c is not None]) == largeur and i < 6)
    return [dict(zip(lignes[entete], ligne, strict=True)) for ligne in lignes[entete + 1 :]]


def ecarts(octets, recalcule):
    """Les cases dont LibreOffice ne retrouve pas la valeur écrite, et le nombre de formules."""
    ecrites, relues = (lire(o, data_only=True, read_only=True) for o in (octets, recalcule))
    faux = []
    for feuille in ecrites.worksheets:
        paires = zip_longest(feuille.iter_rows(), relues[feuille.title].iter_rows(), fillvalue=())
        cases = (c for ligne in paires for c in zip_longest(*ligne))
        faux += [
            (feuille.title, a and a.coordinate, a and a.value, b and b.value)
            for a, b in cases
            if not meme(a and a.value, b and b.value)
        ]
    return sum(xml.count(b"<f>") for nom, xml in fichiers(octets).items() if nom.startswith("xl/worksheets/")), faux


def meme(a, b):
    if isinstance(a, int | float) and isinstance(b, int | float):
        return abs(a - b) < 1e-6
    return (a or "") == (b or "")


def montants(r):
    """Ce que dit le moteur : le bonus de chaque structure et de chaque année."""
    rendus = {}
    for t in aggregate(r, "structure", "annee").itertuples():
        rendus[t.structure, t.annee] = (t.bas, NON_BORNE if t.haut == float("inf") else t.haut)
    return rendus


def du_classeur(octets):
    lus = {}
    for f in fiches(lire(octets, data_only=True), "Calcul"):
        lus[f["Structure"], f["Année"]] = f["Bonus de l'année, au moins"], f["Bonus de l'année, au plus"]
    return lus


def comparer(lus, attendus):
    faux = [(cle, lus.get(cle), v) for cle, v in attendus.items() if not _egaux(lus.get(cle), v)]
    assert not faux, faux[:5]
    assert not [cle for cle, v in lus.items() if cle not in attendus and v != (0, 0)]


def _egaux(lue, attendue):
    return all(
        a == b or (isinstance(a, int | float) and a == pytest.approx(b, abs=0.001))
        for a, b in zip(lue, attendue, strict=True)
    )


MOUVEMENTS = [
    {"quantite": {"structure": "a", "quantite": 65, "date": "2027-03-01"}},
    {"fermer": {"structure": "b", "date": "2028-07-01"}},
    {
        "ouvrir": {
            "structure": {
                "id": "z",
                "nom": "Neuve",
                "type": "eaje",
                "code_insee": "59001",
                "competence": "k",
                "quantite": 30,
                "cofinancee": "oui",
            },
            "date": "2026-05-01",
        }
    },
]
LOCAUX = {
    "eaje.plancher": {"statut": "local", "valeurs": {"2025-01-01": {"valeur": 1900, "reference": {"titre": "n"}}}},
    "eaje.existant": {
        "statut": "local",
        "valeurs": {"2027-07-01": {"structures": {"b": 1777.77}, "reference": {"titre": "n"}}},
    },
    "rpe.nouveau": {"statut": "local", "valeurs": {"2026-04-01": {"valeur": 20000, "reference": {"titre": "n"}}}},
}


@pytest.fixture(scope="module")
def cas():
    """De quoi passer partout : répartitions, mouvements, montants locaux en cours d'année, territoires livrés."""
    historiques = [replace(s, reference_eur=20_000.0 + n) for n, s in enumerate(STRUCTURES)]
    essai = read_scenario({"nom": "Essai", "mouvements": MOUVEMENTS})
    return {
        "lisse": [simulate(territoire())],
        "mouvements": [simulate(territoire(), essai)],
        "historique": [simulate(territoire(historiques), Scenario("Historique", "historique"))],
        "poids": [simulate(territoire(), Scenario("Poids", "personnalisee", {"a": 1.0, "b": 2.5}))],
        "locaux": [simulate(territoire(**LOCAUX), essai)],
        "exemple": [simulate(load_territoire("exemple"))],
        "armentieres": [simulate(load_territoire("armentieres"))],
        "deux": [simulate(territoire()), simulate(territoire(), essai)],
    }


@pytest.fixture(scope="module")
def recalcules(cas, bureau):
    """Les classeurs, et ce que LibreOffice en fait."""
    classeurs = {f"xlsx_{nom}": simulation_workbook(r) for nom, r in cas.items()}
    refaits = bureau.convertir(CALC, **classeurs)
    return {nom: (ecrit, refait) for nom, ecrit, refait in zip(cas, classeurs.values(), refaits, strict=True)}


NOMS = ("lisse", "mouvements", "historique", "poids", "locaux", "exemple", "armentieres", "deux")


@pytest.mark.parametrize("nom", NOMS)
def test_chaque_case_vaut_ce_que_dit_le_moteur(cas, recalcules, nom):
    nombre, faux = ecarts(*recalcules[nom])
    assert nombre > 100
    assert faux == []
    if nom != "deux":
        comparer(du_classeur(recalcules[nom][1]), montants(cas[nom][0]))


def changer(octets, feuille, cle, colonne, valeur):
    """Récrit une case de donnée sur la première ligne de cette clé, comme une personne le ferait dans Excel."""
    classeur = lire(octets)
    lignes = list(classeur[feuille].iter_rows())
    titres = next(ligne for ligne in lignes if any(c.value == colonne for c in ligne))
    rang = next(i for i, c in enumerate(titres) if c.value == colonne)
    for ligne in [x for x in lignes if x[0].value == cle][: None if feuille == "Paramètres" else 1]:
        ligne[rang].value = valeur
    memoire = io.BytesIO()
    classeur.save(memoire)
    return memoire.getvalue()


def autre(**plus):
    """Le territoire où une structure a changé."""
    cible = plus.pop("id")
    return territoire([replace(s, **plus) if s.id == cible else s for s in STRUCTURES])


VERS_2027 = date(2027, 4, 1)
PLUS_HAUTE = [replace(REFERENCES[0], montant_eur=150_000.0), *REFERENCES[1:]]
CHANGEMENTS = [
    (("Périodes", "a", "Quantité", 60), lambda: autre(id="a", quantite=60.0)),
    (("Périodes", "a", "Fermée à partir du", date(2026, 10, 1)), lambda: autre(id="a", fermeture=date(2026, 10, 1))),
    (("Périodes", "c", "Ouverte du", date(2028, 2, 15)), lambda: autre(id="c", ouverture=date(2028, 2, 15))),
    (("Structures", "b", "Cofinancée (oui, non, vide)", "non"), lambda: autre(id="b", cofinancee=False)),
    (("Communes", "59002", "Effet de l'adhésion", VERS_2027), lambda: territoire(effet=VERS_2027)),
    (("Références", "k", "Montant de référence", 150_000), lambda: territoire(references=PLUS_HAUTE)),
]


def test_changer_une_donnee_change_les_montants_comme_le_moteur(bureau):
    depart = simulation_workbook([simulate(territoire())])
    retenus = CHANGEMENTS[:: sample(2, 1)]  # une case de chaque feuille ; test_classeur_modifie en change d'autres
    modifies = {f"xlsx_{n}": changer(depart, *ecrit) for n, (ecrit, _) in enumerate(retenus)}
    recalcules = bureau.convertir(CALC, **modifies)
    avant = montants(simulate(territoire()))
    for (_, refaire), octets in zip(retenus, recalcules, strict=True):
        attendus = montants(simulate(refaire()))
        assert attendus != avant
        comparer(du_classeur(octets), attendus)


def test_ecrire_un_parametre_inconnu_borne_les_montants(bureau, recalcules):
    depart, avant = recalcules["lisse"][0], du_classeur(recalcules["lisse"][1])
    assert avant["a", 2025][1] == NON_BORNE
    colonne = "Au plus (vide : non publié)"
    rempli = depart
    for code in ("eaje.plancher", "eaje.revalorisation"):
        for borne in ("Au moins", colonne):
            rempli = changer(rempli, "Paramètres", code, borne, 1500)
    apres = du_classeur(bureau.convertir(CALC, xlsx=rempli)[0])
    valeurs = {"2025-01-01": {"valeur": 1500, "reference": {"titre": "n"}}}
    locaux = {code: {"statut": "local", "valeurs": valeurs} for code in ("eaje.plancher", "eaje.revalorisation")}
    comparer(apres, montants(simulate(territoire(**locaux))))


def test_les_totaux_sont_ceux_du_moteur(cas, recalcules):
    r, octets = cas["exemple"][0], recalcules["exemple"][1]
    lus = fiches(lire(octets, data_only=True), "Totaux")
    annees = {f["Année"]: (f["Bonus, au moins"], f["Bonus, au plus"]) for f in lus if f["Total de"] == "Territoire"}
    attendus = {
        t.annee: (t.bas, NON_BORNE if t.haut == float("inf") else t.haut) for t in aggregate(r, "annee").itertuples()
    }
    comparer(annees, attendus)
    verdicts = {
        (f["Nom"], f["Année"]): f["Engagement de la Caf"] for f in lus if f["Total de"] == "Territoire de compétence"
    }
    assert verdicts["Aubrelle", 2028] == "perdu"
    assert verdicts["Vermontel", 2025] == "tenu"


def test_des_noms_hostiles_ne_derangent_ni_les_formules_ni_les_totaux(bureau):
    noms = ['=1+1"*?~', "<b>&amp;", "@SUM(A1)", "x" * 400, "é\x07\u202e 😀", ">5", "l'été\nsuite"]
    hostiles = [
        replace(STRUCTURES[0], id=f"s{n}", nom=nom, competence=nom, gestionnaire=nom) for n, nom in enumerate(noms)
    ]
    references = [replace(REFERENCES[0], competence=nom, source=nom) for nom in noms]
    r = simulate(territoire(hostiles, references))
    octets = simulation_workbook([r])
    (recalcule,) = bureau.convertir(CALC, xlsx=octets)
    assert ecarts(octets, recalcule)[1] == []
    comparer(du_classeur(recalcule), montants(r))


def test_chaque_parametre_porte_sa_date_et_sa_source(recalcules):
    lus = fiches(lire(recalcules["exemple"][0], data_only=True), "Paramètres")
    assert len(lus) > 20
    assert all(f["Depuis"] and f["Statut"] and (f["Source"] or f["À demander à la Caf"]) for f in lus)
    assert any(f["Pour qui"] == "commune en zone prioritaire" for f in lus)


def test_les_regles_s_ecrivent_en_formules_sans_etre_recrites():
    noms = {n: Terme(n) for n in ("part", "q", "plancher", "hausse")}
    assert str(montant_existant(*noms.values())) == "MAX(part,q*plancher)+q*hausse"
    assert str(offre_nouvelle(Terme("A1"), Terme("B1"))) == "MAX(A1-B1,0)"
    for service in services().values():
        assert str(service.offre_nouvelle(Terme("q"), Terme("u"))) == "q*u"
    for dispositif in dispositifs().values():
        formule = str(dispositif.regle(**{nom: Terme(nom) for nom in dispositif.arguments}))
        assert all(nom in formule for nom in dispositif.arguments)
    assert rounded(Terme("A1") + 1) == "ROUND(A1+1+0.00000001,2)"
    assert criterion('a"b*') == '"=a""b~*"'


def test_un_grand_territoire_reste_rapide():
    nombreuses = [replace(STRUCTURES[n % 3], id=f"s{n}", nom=f"Structure {n}") for n in range(250)]
    r = simulate(territoire(nombreuses))
    debut = time.process_time()
    assert len(simulation_workbook([r])) > 50_000
    assert time.process_time() - debut < 15


def test_la_commande_ecrit_le_classeur(tmp_path, capsys):
    sortie = tmp_path / "bonus.xlsx"
    assert main(["simuler", "exemple", "--format", "xlsx", "--sortie", str(sortie)]) == 0
    assert "Lisez-moi" in lire(sortie.read_bytes()).sheetnames
    assert main(["simuler", "exemple", "--format", "xlsx", "--sortie", str(tmp_path / "absent" / "b.xlsx")]) == 2
    assert "Que faire" in capsys.readouterr().err


def test_la_synthese_tient_en_deux_pages(bureau, lire_pdf):
    exemple = load_territoire("exemple")
    reference = simulate(exemple)
    r = simulate(
        exemple,
        read_scenario(
            {
                "nom": "Vingt places <b>",
                "mouvements": [{"quantite": {"structure": "creche-tilleul", "quantite": 65, "date": "2027-01-01"}}],
            }
        ),
    )
    document = summary(r, reference, date(2026, 3, 3))
    pages = [
        render(document, "pdf"),
        *bureau.convertir("pdf", docx=render(document, "docx"), odt=render(document, "odt")),
    ]
    for pdf in pages:
        lu = lire_pdf(pdf, "-layout")
        assert lu.count("\x0c") == 2
        ecrit = " ".join(lu.replace("\u202f", " ").replace("\u00a0", " ").split())
        assert "Scénario « Vingt places <b> », code" in ecrit
        assert "Seule la notification de la Caf fait foi" in ecrit
        assert "apporte" in ecrit
        assert "À demander à la Caf" in ecrit


def test_la_synthese_d_un_territoire_vide():
    vide = simulate(load_territoire("valenciennes-metropole"))
    assert b"pas encore de montant" in render(summary(vide), "html")
