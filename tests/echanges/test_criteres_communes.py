"""Critères du bonus importés : petits sosies écrits ici, une valeur tapée ne se perd pas, l'inconnu reste inconnu."""

import io

import openpyxl
import pytest

from ctgkit.__main__ import main
from ctgkit.diagnostic import publish
from ctgkit.documents.catalogue.rapport.sources import of_population
from ctgkit.echanges import SANS_ANNEE, ChoixImport, Correspondance, apply, preview, undo
from ctgkit.errors import CtgError
from ctgkit.storage import load_territoire, origines, verify

DGCL = (
    "Informations générales - Code INSEE de la commune,Informations générales - Nom de la commune,"
    "Informations générales - Population INSEE de l'année N,"
    "Potentiel fiscal et financier des communes - Potentiel financier par habitant final,"
    "Dotation de solidarité rurale - Fraction cible - Revenu fiscal de référence moyen par habitant sur 3 ans,"
    "Dotation de solidarité rurale - Fraction péréquation - Population 3 à 16 ans,"
    "Dotation de solidarité urbaine et de cohésion sociale - Population QPV,"
    "Dotation de solidarité rurale - Fraction bourg-centre - Commune classée ou bénéficiaire FRR"
)


def dgcl(*lignes: str, titres: str = DGCL) -> str:
    return "\n".join([titres, *lignes]) + "\n"


ANZIN = '59014,ANZIN,13500,"812,45","10123,5",2812,5909,NON'


def commune(dossier, code="59014"):
    return next(c for c in load_territoire(dossier).communes if c.code_insee == code)


def write(dossier, colonne, valeur, code="59014"):
    """Une case tapée à la main dans communes.csv."""
    chemin = dossier / "communes.csv"
    lignes = [x.split(";") for x in chemin.read_text(encoding="utf-8-sig").splitlines()]
    rang = lignes[0].index(colonne)
    for ligne in lignes[1:]:
        ligne[rang] = valeur if ligne[0] == code else ligne[rang]
    chemin.write_text("\ufeff" + "\n".join(map(";".join, lignes)) + "\n", encoding="utf-8")


def test_les_criteres_de_la_dgcl_remplissent_communes_csv_avec_leur_annee_et_leur_source(ecrire, dossier):
    apercu = ecrire(dgcl(ANZIN, "59122,CAMBRAI,1,1,1,1,1,OUI"), "criteres_2026.csv")
    lue = commune(dossier)
    assert (apercu.format, apercu.reprises, apercu.hors) == ("dgcl-criteres", 1, 1)
    assert (lue.potentiel_financier_hab, lue.revenu_fiscal_hab, lue.population_3_16) == (812.45, 10123.5, 2812)
    assert (lue.qpv, lue.population_qpv, lue.frr) == (True, 5909, False)
    assert set(lue.origines.values()) == {"dgcl-criteres-2026"}
    assert origines().court("dgcl-criteres-2026") == "DGCL, critères de répartition 2026"
    assert verify(dossier) == []


def test_ce_que_le_fichier_ne_dit_pas_n_est_pas_deduit(ecrire, dossier):
    """Ni la zone prioritaire, ni le niveau de vie, ni la population municipale ; une case vide reste inconnue."""
    apercu = ecrire(dgcl(ANZIN, "59606,VALENCIENNES,44000,1100,,,,"), "criteres_2026.csv")
    lue, vide = commune(dossier), commune(dossier, "59606")
    assert (lue.zone_prioritaire, lue.niveau_de_vie, lue.population) == (None, None, None)
    assert (vide.revenu_fiscal_hab, vide.population_qpv, vide.qpv, vide.frr) == (None, None, None, None)
    assert "zone prioritaire du bonus reste à confirmer" in str(apercu)
    assert "aucun fichier n'ayant pu être lu" in str(apercu)


@pytest.mark.parametrize(
    ("avant", "apres"),
    [
        ("Population 3 à 16 ans", "POPULATION 3 A 16 ANS (en nombre)"),
        ("Potentiel financier par habitant final", "potentiel  financier par habitant final "),
        ("Code INSEE de la commune", "Code insee de la commune"),
    ],
)
def test_les_variantes_de_titres_sont_reconnues(lire, avant, apres):
    titres = DGCL.replace(avant, apres)
    apercu = lire(dgcl(ANZIN, titres=titres), "criteres_2026.csv")
    assert apercu.format == "dgcl-criteres"
    attendus = 5 if "en nombre" in apres else 6
    assert len(apercu.criteres) == attendus, "un titre qui dit autre chose n'est pas pris pour un autre"


def test_la_zrr_de_2024_ne_vaut_pas_frr(ecrire, dossier):
    titres = DGCL.replace("Commune classée ou bénéficiaire FRR", "Commune située en ZRR")
    apercu = ecrire(dgcl(ANZIN.replace("NON", "OUI"), titres=titres), "criteres_2024.csv")
    assert commune(dossier).frr is None
    assert "1 commune en ZRR dans ce fichier" in lisse(apercu)


def test_une_valeur_tapee_n_est_jamais_ecrasee_en_silence(lire, dossier):
    write(dossier, "potentiel_financier_hab", "900")
    apercu = lire(dgcl(ANZIN), "criteres_2026.csv")
    assert (
        apercu.gardees,
        "1 valeur déjà là et autre dans le fichier, gardée (Anzin 900, fichier : 812,45)" in lisse(apercu),
    ) == (
        1,
        True,
    )
    apply(apercu, dossier)
    assert commune(dossier).potentiel_financier_hab == 900
    assert "potentiel_financier_hab" not in commune(dossier).origines
    apply(lire(dgcl(ANZIN), "criteres_2026.csv", choix=ChoixImport(remplacer=True)), dossier)
    assert commune(dossier).potentiel_financier_hab == 812.45


def test_une_annee_plus_recente_remplace_une_plus_ancienne_reste_dehors(ecrire, dossier):
    ecrire(dgcl(ANZIN), "criteres_2025.csv")
    apercu = ecrire(dgcl(ANZIN.replace("812,45", "830")), "criteres_2026.csv")
    assert "1 valeur remplacée (Anzin 812,45 → 830)" in lisse(apercu)
    apercu = ecrire(dgcl(ANZIN.replace("812,45", "790")), "criteres_2024.csv")
    assert "plus récente que le fichier, gardée (Anzin 830, fichier : 790)" in lisse(apercu)
    assert commune(dossier).potentiel_financier_hab == 830
    assert commune(dossier).origines["potentiel_financier_hab"] == "dgcl-criteres-2026"


def test_rejouer_ne_change_plus_un_octet_et_le_reste_du_fichier_non_plus(ecrire, dossier):
    avant = (dossier / "communes.csv").read_bytes()
    ecrire(dgcl(ANZIN), "criteres_2026.csv")
    octets = (dossier / "communes.csv").read_bytes()
    apercu = ecrire(dgcl(ANZIN), "criteres_2026.csv")
    assert (dossier / "communes.csv").read_bytes() == octets
    assert not any(b.change for b in apercu.bilans)
    autres = [x for x in avant.splitlines() if not x.startswith(b"59014")]
    assert autres == [x for x in octets.splitlines() if not x.startswith(b"59014")]


def test_un_dossier_d_avant_ces_colonnes_les_recoit_au_bout(ecrire, dossier):
    chemin = dossier / "communes.csv"
    anciennes = chemin.read_text(encoding="utf-8").splitlines()
    chemin.write_text("\n".join(";".join(x.split(";")[:11]) for x in anciennes) + "\n", encoding="utf-8")
    ecrire(dgcl(ANZIN), "criteres_2026.csv")
    assert commune(dossier).population_3_16 == 2812
    assert verify(dossier) == []


def test_une_case_changee_depuis_l_apercu_arrete_tout(lire, dossier):
    apercu = lire(dgcl(ANZIN), "criteres_2026.csv")
    write(dossier, "potentiel_financier_hab", "77")
    octets = (dossier / "communes.csv").read_bytes()
    with pytest.raises(CtgError, match="a changé depuis cet aperçu"):
        apply(apercu, dossier)
    assert (dossier / "communes.csv").read_bytes() == octets


@pytest.mark.parametrize("ecrit", ["x", "Oui", "1", "vrai"])
def test_la_facon_d_ecrire_une_case_ne_fait_pas_un_changement(ecrire, dossier, ecrit):
    write(dossier, "qpv", ecrit)
    ecrire(dgcl(ANZIN), "criteres_2026.csv")
    assert commune(dossier).origines["qpv"] == "dgcl-criteres-2026"


def test_une_commune_donnee_deux_fois_autrement_n_est_pas_devinee(lire, dossier):
    apercu = lire(dgcl(ANZIN, ANZIN.replace("812,45", "900")), "criteres_2026.csv")
    apply(apercu, dossier)
    assert commune(dossier).potentiel_financier_hab is None
    assert commune(dossier).revenu_fiscal_hab == 10123.5
    assert "donnée plusieurs fois autrement" in str(apercu)


def test_un_import_se_defait_d_un_geste_et_pas_s_il_a_ete_suivi(ecrire, dossier):
    avant = (dossier / "communes.csv").read_bytes()
    ecrire(dgcl(ANZIN), "criteres_2026.csv")
    assert undo(dossier) == ("criteres_2026.csv", ("communes.csv",))
    assert (dossier / "communes.csv").read_bytes() == avant
    with pytest.raises(CtgError, match="Aucun import à annuler"):
        undo(dossier)
    ecrire(dgcl(ANZIN), "criteres_2026.csv")
    write(dossier, "niveau_de_vie", "19000")
    with pytest.raises(CtgError, match="a changé depuis l'import"):
        undo(dossier)
    assert commune(dossier).niveau_de_vie == 19000


def test_defaire_un_premier_import_d_indicateurs_enleve_le_fichier(ecrire, dossier, tableau):
    ecrire(tableau("CODGEO;Q219;PPSOC19", "59014;15880;18,0"), "FILO2019_DISP_COM.csv")
    undo(dossier)
    assert not (dossier / "indicateurs.csv").exists()


def test_l_annee_absente_se_demande(lire):
    with pytest.raises(CtgError) as refus:
        lire(dgcl(ANZIN), "criteres.csv")
    assert refus.value.code == SANS_ANNEE
    assert lire(dgcl(ANZIN), "criteres.csv", choix=ChoixImport(annee=2026)).criteres[0].annee == 2026


ARCHIVE = "REG;Région;DEP;CODARR;CODCAN;CODCOM;COM;Commune;PMUN;PCAP;PTOT"
AVANT = "CODREG;REG;CODDEP;CODARR;CODCAN;CODCOM;COM;PMUN;PCAP;PTOT"
LONG = "GEO;GEO_OBJECT;FREQ;POPREF_MEASURE;TIME_PERIOD;OBS_VALUE"


@pytest.mark.parametrize(
    ("contenu", "nom"),
    [
        (f"{ARCHIVE}\n32;Hauts-de-France;59;6;41;014;59014;Anzin;13183;100;13283\n", "donnees_communes_2023.csv"),
        (f"{AVANT}\n32;Hauts-de-France;59;6;41;014;Anzin;13183;100;13283\n", "Communes 2023.csv"),
        (
            f"{LONG}\n59014;COM;A;PMUN;2022;13000\n59014;COM;A;PMUN;2023;13183\n59014;COM;A;PTOT;2023;13283\n"
            "59;DEP;A;PMUN;2023;2600000\n",
            "DS_POPULATIONS_REFERENCE.csv",
        ),
    ],
)
def test_les_populations_de_l_insee_sous_leurs_trois_formes(ecrire, dossier, contenu, nom):
    apercu = ecrire(contenu, nom)
    assert apercu.format == "populations"
    assert (commune(dossier).population, commune(dossier).annee_population) == (13183, 2023)
    assert commune(dossier).origines["population"] == "insee-populations-2023"
    assert "Absente de ce fichier" in str(apercu)


def test_une_population_plus_recente_remplace_celle_de_la_liste_nationale(ecrire, dossier):
    write(dossier, "population", "13183")
    write(dossier, "annee_population", "2023")
    ecrire(f"{ARCHIVE}\n32;x;59;6;41;014;59014;Anzin;13250;100;13350\n", "donnees_communes_2024.csv")
    assert (commune(dossier).population, commune(dossier).annee_population) == (13250, 2024)


def test_un_rapport_cite_la_source_importee_d_une_population(ecrire, dossier):
    ecrire(f"{ARCHIVE}\n32;x;59;6;41;014;59014;Anzin;13250;100;13350\n", "donnees_communes_2024.csv")
    territoire = load_territoire(dossier)
    assert list(of_population(publish(territoire), *territoire.communes)) == [("habitants", "insee-populations-2024")]


def test_une_population_d_outre_mer_retrouve_son_code(territoire, lire):
    lieu = territoire("abymes", {"97101": "Les Abymes"}, "nom: Les Abymes\nnature: reel\ndepartement: '971'\n")
    apercu = lire(f"{AVANT}\n01;Guadeloupe;971;2;01;101;Les Abymes;52000;1;52001\n", "Communes 2023.csv", lieu)
    assert [(x.code_insee, x.valeur) for x in apercu.criteres_lus] == [("97101", 52000)]


QPV = "code_qp;lib_qp;insee_reg;lib_reg;insee_dep;lib_dep;insee_com;lib_com;siren_epci;lib_epci"


def quarters(*communes: str) -> str:
    return "\n".join([QPV, *(f'QN0590{i}M;Q;32;H;59;Nord;"=""{c}""";X;1;Y' for i, c in enumerate(communes, 10))]) + "\n"


def test_une_liste_de_quartiers_dit_qui_en_a_un_jamais_qui_n_en_a_pas(ecrire, dossier):
    apercu = ecrire(quarters("59014;59544", "59122"), "liste_qpv_2024.csv")
    assert [commune(dossier, c).qpv for c in ("59014", "59544", "59606")] == [True, True, None]
    assert commune(dossier).origines["qpv"] == "anct-liste-qpv-2024"
    assert commune(dossier).zone_prioritaire is None
    assert "ne couvre que 1 département" in lisse(apercu)


def test_une_liste_de_toute_la_france_dit_aussi_qui_n_a_pas_de_quartier(ecrire, dossier):
    ecrire(quarters("59014", *(f"{d:02}001" for d in range(1, 96) if d not in (20, 59))), "liste_qpv_2024.csv")
    assert [commune(dossier, c).qpv for c in ("59014", "59606")] == [True, False]


def test_la_liste_frr_en_classeur_ne_tranche_pas_les_cas_particuliers(ecrire, dossier):
    classeur = openpyxl.Workbook()
    classeur.active.append([None, "France ruralités revitalisation (Commune (2025))"])
    for ligne in (["codgeo", "libgeo", "codefrr"], ["59014", "Anzin", None], ["59544", "Saint-Saulve", 4]):
        classeur.active.append(ligne)
    classeur.active.append(["59606", "Valenciennes", 1])
    flux = io.BytesIO()
    classeur.save(flux)
    apercu = ecrire(flux.getvalue(), "frr_2025.xlsx")
    assert [commune(dossier, c).frr for c in ("59014", "59544", "59606")] == [False, True, None]
    assert "Valenciennes (1)" in str(apercu)


def test_une_case_vide_d_une_liste_locale_n_est_pas_un_non(ecrire, dossier):
    ecrire("code_insee;nom;FRR\n59014;Anzin;\n59544;Saint-Saulve;non\n59606;Valenciennes;FRR+\n", "communes_2026.csv")
    assert [commune(dossier, c).frr for c in ("59014", "59544", "59606")] == [None, False, True]


def test_la_commande_montre_garde_remplace_et_annule(dossier, tmp_path, capsys):
    fichier = tmp_path / "criteres_2026.csv"
    fichier.write_text(dgcl(ANZIN.split(",", maxsplit=1)[0] + ',ANZIN,1,"812,45",,,,'), encoding="utf-8")
    write(dossier, "potentiel_financier_hab", "900")
    commande = ["importer", str(fichier), "--territoire", str(dossier)]
    assert main(commande) == 1, "rien n'est entré : la seule valeur était déjà tapée"
    sortie = capsys.readouterr().out
    assert "--remplacer" in sortie
    assert "1 valeur déjà là, gardée" in sortie.replace("\u202f", " ").replace("\u00a0", " ")
    assert main([*commande, "--remplacer"]) == 0
    assert commune(dossier).potentiel_financier_hab == 812.45
    assert main(["importer", "--annuler", "--territoire", str(dossier)]) == 0
    assert commune(dossier).potentiel_financier_hab == 900
    assert main(["importer", "--territoire", str(dossier)]) == 2
    assert main([*commande, "--annuler"]) == 2


def lisse(apercu) -> str:
    return str(apercu).replace("\u202f", " ").replace("\u00a0", " ")


def test_un_fichier_national_ne_garde_que_le_territoire(dossier):
    lignes = (f'{d:02}{n:03},C,1,"812,45","1,5",2,3,NON' for d in range(1, 96) for n in range(1, 370))
    apercu = preview(dgcl(*lignes).encode(), dossier, nom="criteres_2026.csv")
    assert apercu.lues > 35_000
    assert {x.code_insee for x in apercu.criteres_lus} == {"59014", "59006", "59112"}


LOCAL = "Commune;Potentiel financier par habitant;En FRR;Population municipale\n"


def test_un_tableur_quelconque_remplit_aussi_les_criteres_par_une_correspondance_proposee(lire, dossier):
    contenu = LOCAL + "Anzin;812,4;non;13183\nValenciennes;900;peut-être;44000,5\n"
    inconnu = lire(contenu, "prefecture.csv")
    assert [p.code for p in inconnu.propositions] == ["", "potentiel_financier_hab", "frr", "population"]
    choix = Correspondance("Commune", {p.colonne: p.code for p in inconnu.propositions[1:]}, "prefecture", annee=2025)
    apercu = lire(contenu, "prefecture.csv", choix=ChoixImport(correspondance=choix))
    apply(apercu, dossier)
    lue, autre = commune(dossier), commune(dossier, "59606")
    assert (lue.potentiel_financier_hab, lue.frr, lue.population, lue.annee_population) == (812.4, False, 13183, 2025)
    assert lue.origines["frr"] == "prefecture (2025)"
    assert (autre.potentiel_financier_hab, autre.frr, autre.population) == (900, None, None)
    assert [r.raison for r in apercu.rejets] == ["oui ou non attendu", "nombre entier attendu"]
    assert "zone prioritaire du bonus reste à confirmer" in str(apercu)
    assert lire(contenu.replace("812,4", "820"), "prefecture.csv").format == "tableur", "le choix est retenu"


def test_la_commande_prend_un_critere_pour_une_colonne(dossier, tmp_path):
    fichier = tmp_path / "prefecture.csv"
    fichier.write_text(LOCAL + "Anzin;812,4;oui;\n", encoding="utf-8")
    commande = ["importer", str(fichier), "--territoire", str(dossier), "--lieu", "Commune", "--annee", "2025"]
    assert main([*commande, "--colonne", "En FRR=FRR", "--source", "prefecture-2025"]) == 0
    assert commune(dossier).frr is True
    assert commune(dossier).origines == {"frr": "prefecture-2025"}
    assert main([*commande, "--colonne", "En FRR=niveau_de_vie", "--source", "x"]) == 2
