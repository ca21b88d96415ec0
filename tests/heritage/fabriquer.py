"""Fabrique l'héritage : ce que la version d'avant la refonte a écrit, et ce qu'elle comptait.

Ne tourne qu'à la version qui l'a fait (48f875b) : ses gestes appellent, par leur nom d'alors, des pièces que la suite a
renommées. Gardé pour dire comment chaque fichier est né.

    python tests/heritage/fabriquer.py            tout refaire, à cette version seulement
    python tests/heritage/fabriquer.py --textes   garder les montants, relever les textes de la version présente :
                                                  refusé si un nombre a changé
    python tests/heritage/fabriquer.py --corriger exemple …   relever montants et textes de ces territoires, après avoir
                                                  écrit dans corrections.yaml ce qui a changé et pourquoi
"""

import importlib
import json
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1]), str(Path(__file__).parent)]
os.environ.pop("CTG_JOURNAL", None)
os.environ["TZ"] = "Europe/Paris"

import portes  # noqa: E402

ROLE, CAF, ELUE = "chargée de coopération", "conseiller Caf", "élue"
SCENARIOS = {
    "1-ouvrir.yaml": {
        "nom": "Ouvrir à Aubrelle, agrandir à Castelnoix",
        "mouvements": [
            {
                "ouvrir": {
                    "structure": {
                        "id": "creche-frene",
                        "nom": "Crèche Frêne",
                        "type": "eaje",
                        "code_insee": "00002",
                        "competence": "aubrelle",
                        "gestionnaire": "Ville d'Aubrelle",
                        "cofinancee": True,
                        "quantite": 20,
                        "unite": "places",
                        "charges_eur": 330000,
                        "participations_eur": 52000,
                    },
                    "date": "2027-09-01",
                }
            },
            {"quantite": {"structure": "creche-charme", "quantite": 35, "date": "2026-09-01"}},
        ],
    },
    "2-fermer.json": {
        "nom": "Fermer le Noyer, adhérer à Valdoucet",
        "repartition": "historique",
        "mouvements": [
            {"fermer": {"structure": "creche-noyer", "date": "2027-07-01"}},
            {"quantite": {"structure": "loisirs-vermontel", "quantite": 40000, "date": "2026-07-01"}},
            {"adherer": {"code_insee": "00012", "date": "2026-06-01"}},
            {"credits": {"competence": "lannorie", "annee": 2027, "credits_eur": 150000}},
        ],
    },
    "3-poids.yaml": {
        "nom": "Répartir autrement à Vermontel",
        "repartition": "personnalisee",
        "poids": {"creche-tilleul": 1, "creche-aulne": 2.5, "loisirs-vermontel": 1, "loisirs-vermontel-foret": 0},
        "mouvements": [
            {"quantite": {"structure": "creche-aulne", "quantite": 24, "date": "2028-01-01"}},
        ],
    },
    "4-parametre.json": {
        "nom": "Si la Caf notifiait 2 750 € la place nouvelle",
        "mouvements": [
            {"quantite": {"structure": "creche-charme", "quantite": 40, "date": "2027-01-01"}},
            {"parametre": {"code": "eaje.nouveau", "valeur": 2750, "depuis": "2026-01-01"}},
            {"parametre": {"code": "eaje.revalorisation", "valeur": 1.02, "depuis": "2026-01-01"}},
        ],
    },
}
SUITE = """# Écrit à la main : la suite d'un autre scénario, cité par son fichier.
nom: Ouvrir, puis fermer le relais Ouest
base: 1-ouvrir
mouvements:
- fermer: {structure: rpe-ouest, date: 2028-01-01}
"""
TABLEUR = "Code;Nb allocataires;Année\n00001;3120;2024\n00002;705;2024\n00003;640;2024\n00009;;2024\n"
LOT = """# Deux rapports déjà faits : une version suivante lit ce qu'ils disaient, puis les refait.
carnet: fiche_commune
sortie: produits
formats: [html]
liste:
- {territoire: exemple, commune: "00001"}
- {territoire: exemple, commune: "00009"}
parametres: {annee: 2026}
"""


def _pieces(module: str, *noms: str) -> tuple[Any, ...]:
    """Des pièces du produit, sous leur nom de cette version-là."""
    return tuple(getattr(importlib.import_module(module), nom) for nom in noms)


def make_scenarios() -> None:
    (read_scenario,) = _pieces("ctgkit.simulation", "read_scenario")
    (save_scenario,) = _pieces("ctgkit.storage.scenarios", "save_scenario")

    dossier = _fresh("scenarios")
    for nom, contenu in SCENARIOS.items():
        save_scenario(read_scenario(contenu), dossier / nom)
    (dossier / "5-suite.yaml").write_text(SUITE, encoding="utf-8")


def make_work() -> None:
    """Une copie du territoire d'exemple où l'on a travaillé : chaque page y a écrit."""
    dossier = portes.ICI / "exemple"
    shutil.rmtree(dossier, ignore_errors=True)
    shutil.copytree(portes.RACINE / "data/territoires/exemple", dossier)
    _simulate(dossier)
    _plan(dossier)
    _diagnose(dossier)
    with tempfile.TemporaryDirectory() as ailleurs:
        fichier = Path(ailleurs) / "observatoire.csv"
        fichier.write_text(TABLEUR, encoding="utf-8")
        choix = ("--lieu", "Code", "--colonne", "Nb allocataires=PA01", "--annee-colonne", "Année")
        print(portes.told("importer", fichier, "--territoire", dossier, *choix, "--source", "observatoire-2024"))
    _settle(dossier / "journal.sqlite")
    archive = portes.ICI / "sauvegarde.zip"
    archive.unlink(missing_ok=True)
    print(portes.told("sauvegarder", dossier, "--sortie", archive))
    _settle(dossier / "journal.sqlite")


def _simulate(dossier: Path) -> None:
    """La page du bonus : un brouillon, ses retours, trois scénarios enregistrés, un lien donné puis dépassé."""
    (load_territoire,) = _pieces("ctgkit", "load_territoire")
    duplicate_scenario, open_journal, remove_scenario, rename_scenario = _pieces(
        "ctgkit.storage.journal", "duplicate_scenario", "open_journal", "remove_scenario", "rename_scenario"
    )
    (load_scenario,) = _pieces("ctgkit.storage.scenarios", "load_scenario")
    (Memoire,) = _pieces("ctgkit.views.bonus_memoire", "Memoire")
    (BonusPanel,) = _pieces("ctgkit.views.bonus_pupitre", "BonusPanel")

    lieu, jour = load_territoire(dossier), date(2026, 11, 21)
    journal = open_journal(dossier)
    page = BonusPanel(lieu, Memoire(journal, ROLE), 0, jour).start(None)

    def act(geste: str, valeur: str = "", **plus: str) -> None:
        page.act({"geste": geste, "valeur": valeur, **plus})

    def fill(bloc: str, champ: str, texte: str) -> None:
        page.reglages.receive({"bloc": bloc, "champ": champ, "valeur": texte})

    act("ajouter", "quantite")
    cle = page.etat.brouillon.saisies[-1].cle
    for champ, texte in (("structure", "creche-charme"), ("quantite", "35"), ("date", "01/09/2026")):
        fill(cle, champ, texte)
    fill("nom", "nom", "Dix places à Castelnoix")
    act("enregistrer")
    donne = page.memoire.scenarios()[0]
    fill(cle, "quantite", "41")
    act("annuler")
    act("retablir")
    fill(cle, "quantite", "40")
    act("enregistrer")
    act("ajouter", "fermer")
    fill(page.etat.brouillon.saisies[-1].cle, "structure", "creche-noyer")
    for fichier in ("2-fermer.json", "3-poids.yaml"):
        memoire = Memoire(journal, CAF)
        memoire.save(load_scenario(portes.ICI / "scenarios" / fichier), "")
    copie = duplicate_scenario(journal, donne.id, ELUE)
    rename_scenario(journal, copie.id, "Variante de l'élue", ELUE)
    retire = duplicate_scenario(journal, donne.id, ELUE, "À retirer")
    remove_scenario(journal, retire.id, ELUE)
    autre = BonusPanel(lieu, Memoire(journal, CAF), 0, jour).start(None)
    autre.act({"geste": "ajouter", "valeur": "credits"})
    journal.close()


def _plan(dossier: Path) -> None:
    """La page du plan : champs, titres, fiche nouvelle, copie, retrait, annulation, retour, désaccord."""
    (open_plan,) = _pieces("ctgkit", "open_plan")
    (freeze,) = _pieces("ctgkit.plan.suivi", "freeze")
    (ConflictError,) = _pieces("ctgkit.storage.journal", "ConflictError")
    (EtatPlan,) = _pieces("ctgkit.views.plan_etat", "EtatPlan")
    (Titres,) = _pieces("ctgkit.views.plan_gestes_titres", "Titres")

    depot, voisin = open_plan(dossier), open_plan(dossier)
    depot.write("PE-01", "titre", "Ouvrir la crèche Chèvrefeuille en 2026", ROLE)
    depot.write("PE-01", "date_fin", "2026-12-31", ROLE)
    depot.write("PE-01", "statut", "En cours", ROLE)
    depot.write("PE-02", "public", ["Parents en horaires atypiques", "Parents isolés", "Soignants"], ELUE)
    depot.undo([depot.write("PE-02", "titre", "Titre écrit puis annulé", ELUE)], ELUE)
    with suppress(ConflictError):
        voisin.write("PE-01", "titre", "Version de la Caf, refusée", CAF)
        raise SystemExit("le désaccord attendu n'a pas eu lieu")
    voisin.refresh()
    voisin.write("PE-01", "titre", "Ouvrir la crèche Chèvrefeuille à la rentrée 2026", CAF)
    depot.refresh()
    titres, etat = Titres(depot), EtatPlan(role=ROLE)
    titres.rename(etat, {"sorte": "enjeu", "vise": "E1", "texte": "Accueillir tous les tout-petits"})
    titres.add(etat, {"sorte": "enjeu", "lu1": "Préparer l'entrée à l'école", "lu2": "enfance"})
    titres.add(etat, {"sorte": "objectif", "lu1": "Passerelles crèche-école", "lu2": "E1", "lu3": "operationnel"})
    neuve = depot.create(
        "EN", {"titre": "Une fiche née à l'écran", "objectifs": ["E3-O1"], "statut": "À discuter"}, ROLE
    )
    copie = depot.duplicate("PE-03", ROLE)
    depot.remove(copie, ELUE)
    version = depot.write(neuve, "descriptif", "Première version.", ROLE).id
    depot.write(neuve, "descriptif", "Seconde version.", ELUE)
    depot.restore(neuve, version, ROLE)
    depot.write_all([("PE-04", "statut", "En cours"), ("PE-05", "statut", "En cours")], ROLE)
    code = next(e.apres for e in depot.journal.history("scenario", champ="code", limite=1))
    ville = {"financeur": "Ville de Castelnoix", "montant_eur": 12000, "etat": "acquis"}
    caf = {"financeur": "Caf d'exemple", "structure": "creche-charme", "scenario": code, "annee": 2028, "suit": "ecart"}
    depot.write_all([(neuve, "budget_total", 60000), (neuve, "financeurs", [ville, caf])], ROLE)
    depot.write("plan", "signature", freeze(depot.plan, date(2026, 11, 21)), ELUE, objet="plan")
    depot.write("EN-01", "statut", "Réalisé", ROLE)
    depot.journal.close()
    voisin.journal.close()


def _diagnose(dossier: Path) -> None:
    """La page du diagnostic : constats retenus, alertes expliquées et rouvertes, chiffres saisis, poids."""
    (load_territoire,) = _pieces("ctgkit", "load_territoire")
    comparer, controler, publier = _pieces("ctgkit.diagnostic", "comparer", "controler", "publier")
    (figure_key,) = _pieces("ctgkit.storage.chiffres", "figure_key")
    (open_journal,) = _pieces("ctgkit.storage.journal", "open_journal")
    (Indicateur,) = _pieces("ctgkit.territoire", "Indicateur")
    MemoireDiagnostic, finding_key = _pieces("ctgkit.views.diagnostic_memoire", "MemoireDiagnostic", "finding_key")

    lieu, journal = load_territoire(dossier), open_journal(dossier)
    publication = publier(lieu)
    memoire = MemoireDiagnostic(journal, ROLE)
    for code in ("PE03", "PE10"):
        memoire.retain(finding_key(code, ""), comparer(publication, code).lecture)
    memoire.forget(finding_key("PE10", ""))
    memoire.retain(finding_key("PE10", "00001"), comparer(publication, "PE10", "00001").lecture)
    premiere, deuxieme, *_ = controler(publication)
    memoire.explain(premiere.id, "Les 12-24 ans du document comptent les étudiants logés ailleurs.")
    memoire.explain(deuxieme.id, "Deux dates : projet, puis vote.")
    memoire.reopen(deuxieme.id)
    saisis = [
        Indicateur("PE01", "00008", "commune", 2024, 41.0, "publie", "comptage de la mairie", ""),
        Indicateur("PE03", lieu.siren, "epci", 2024, 49.5, "publie", "Caf, note de mars 2025", ""),
        Indicateur("PE01", "00012", "commune", 2024, None, "masque", "Insee", ""),
        Indicateur("PE01", "00007", "commune", 2024, 150.0, "publie", "erreur de frappe", ""),
    ]
    memoire.figures(lieu)
    memoire.keep_figures(saisis)
    memoire.figures(lieu)
    memoire.forget_key(figure_key(saisis[-1]))
    memoire.keep_drafts({"n1": {"code": "PE10", "valeur": "3"}})
    memoire.weigh("nombre", 2.0, {})
    memoire.weigh("petite_enfance", 8.0, memoire.weights())
    journal.close()


def make_lot() -> None:
    dossier = _fresh("lot")
    (dossier / "lot.yaml").write_text(LOT, encoding="utf-8")
    avant = Path.cwd()
    os.chdir(dossier)
    try:
        print(portes.told("lot", "lot.yaml", "--ouvriers", "1"))
    finally:
        os.chdir(avant)


def correct(territoires: list[str]) -> None:
    """Relève les montants et les textes de ces territoires : `corrections.yaml` dit ce qui a changé, et pourquoi."""
    ecrites = portes.CORRECTIONS.read_text(encoding="utf-8")
    montants, textes = json.loads(portes.MONTANTS.read_text(encoding="utf-8")), portes.read_texts()
    for territoire in territoires:
        if f"territoire: {territoire}" not in ecrites:
            raise SystemExit(f"{territoire} : écrire d'abord dans {portes.CORRECTIONS.name} ce qui change et pourquoi.")
        for sortie, lire in portes.SORTIES.items():
            chiffres, lus = lire(territoire)
            lus = {c: portes.uniform(t) for c, t in lus.items()}
            cle = f"{territoire} — {sortie}"
            courts = {c: portes.numbers(t) for c, t in lus.items() if not c.endswith(portes.LONGS)}
            montants[cle], textes[cle] = {"chiffres": chiffres, "nombres": courts}, lus
        montants[f"{territoire} — pages"] = portes.read_pages(territoire)
    montants = json.loads(json.dumps(montants, ensure_ascii=False))
    portes.MONTANTS.write_text(portes.dump(montants) + "\n", encoding="utf-8")
    portes.write_texts(textes)
    if "exemple" in territoires:
        make_states()


def make_amounts(seulement_textes: bool = False) -> None:
    montants, textes = {}, {}
    for territoire in portes.LIVRES:
        for sortie, lire in portes.SORTIES.items():
            chiffres, lus = lire(territoire)
            lus = {c: portes.uniform(t) for c, t in lus.items()}
            cle = f"{territoire} — {sortie}"
            courts = {c: portes.numbers(t) for c, t in lus.items() if not c.endswith(portes.LONGS)}
            montants[cle] = {"chiffres": chiffres, "nombres": courts}
            textes[cle] = lus
        montants[f"{territoire} — pages"] = portes.read_pages(territoire)
    montants = json.loads(json.dumps(montants, ensure_ascii=False))
    if seulement_textes:
        garde, anciens = json.loads(portes.MONTANTS.read_text(encoding="utf-8")), portes.read_texts()
        longs = {c: {n: portes.numbers(t) for n, t in lus.items()} for c, lus in textes.items()}
        avant = {c: {n: portes.numbers(t) for n, t in lus.items()} for c, lus in anciens.items()}
        if changes := [*portes.gaps(garde, montants), *portes.gaps(avant, longs)]:
            raise SystemExit("Des nombres ont changé, rien n'est écrit :\n" + "\n".join(changes[:40]))
    else:
        portes.MONTANTS.write_text(portes.dump(montants) + "\n", encoding="utf-8")
    portes.write_texts(textes)


def make_states() -> None:
    """Ce que le territoire où l'on a travaillé rend aujourd'hui, lu sur une copie."""
    with tempfile.TemporaryDirectory() as ailleurs:
        copie = Path(ailleurs) / "exemple"
        shutil.copytree(portes.ICI / "exemple", copie)
        rendu = portes.read_work(copie)
        rendu |= portes.read_outputs(copie)
        rendu["liens"] = {c: portes.shared_amounts(copie, c) for c in rendu["codes"]}
    portes.ETATS.write_text(portes.dump(rendu) + "\n", encoding="utf-8")


def _settle(fichier: Path) -> None:
    """Tout dans un seul fichier : sans journal d'attente à côté."""
    import sqlite3

    with sqlite3.connect(fichier) as base:
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        base.execute("PRAGMA journal_mode=DELETE")
    base.close()


def _fresh(nom: str) -> Path:
    dossier = portes.ICI / nom
    shutil.rmtree(dossier, ignore_errors=True)
    dossier.mkdir()
    return dossier


if __name__ == "__main__":
    if "--textes" in sys.argv:
        make_amounts(seulement_textes=True)
    elif "--corriger" in sys.argv:
        correct(sys.argv[sys.argv.index("--corriger") + 1 :])
    else:
        for faire in (make_scenarios, make_work, make_lot, make_states, make_amounts):
            faire()
