"""Ce que l'on lit du produit par ses portes les plus stables : la commande, les carnets, les fichiers, le journal.

Les rares noms internes du produit sont importés ici, et nulle part ailleurs dans ce dossier.
"""

import ast
import contextlib
import csv
import difflib
import gzip
import io
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl

from ctgkit.__main__ import main
from ctgkit.documents import render
from ctgkit.documents.catalogue.bonus.synthese import summary
from ctgkit.formats import read_date
from ctgkit.plan import labels
from ctgkit.simulation import simulate
from ctgkit.storage import load_territoire
from ctgkit.storage.journal import ConflictError, list_scenarios, load_scenario, open_journal, phrase
from ctgkit.storage.journal.plan import open_plan
from ctgkit.storage.scenarios import read_scenario_file

ICI = Path(__file__).resolve().parent
RACINE = ICI.parents[1]
sys.path.insert(0, str(RACINE / "tests/documents"))

from documents_lecture import texte as texte_bureautique  # noqa: E402

JOUR = "2026-11-21"
ANNEE = 2026
LIVRES = ("exemple", "valenciennes-metropole", "cambrai", "armentieres", "aulnoy-lez-valenciennes")
LONGS = ("raisons", ".xlsx", ".csv")  # trop de nombres pour les garder deux fois : le texte suffit
MONTANTS, TEXTES, ETATS = ICI / "montants.json", ICI / "textes.json.gz", ICI / "etats.json"
CORRECTIONS = ICI / "corrections.yaml"

Releve = tuple[dict[str, Any], dict[str, str]]


def command(*arguments: str) -> tuple[int, str]:
    """`ctg …` : son code de sortie et ce qu'il écrit."""
    sortie = io.StringIO()
    with contextlib.redirect_stdout(sortie), contextlib.redirect_stderr(sortie):
        code = main([str(a) for a in arguments])
    return code, sortie.getvalue()


def told(*arguments: str) -> str:
    code, ecrit = command(*arguments)
    assert code == 0, ecrit
    return ecrit


def uniform(texte: str) -> str:
    """Un texte sans ce qui ne se lit pas : les espaces d'une sorte, les lignes vides."""
    lignes = (" ".join(ligne.split()) for ligne in texte.splitlines())
    return "\n".join(ligne for ligne in lignes if ligne)


def numbers(texte: str) -> list[str]:
    """Tous les nombres du texte, dans l'ordre où on les lit."""
    return re.findall(r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?", uniform(texte))


def html_text(html: str) -> str:
    """Ce qu'une page dit, sans ses dessins ni ses styles."""
    nu = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return texte_bureautique(re.sub(r">\s*<", ">\n<", nu).encode(), "html")


def workbook(octets: bytes) -> str:
    """Chaque feuille, ligne à ligne : les valeurs calculées, et combien de cellules sont des formules."""
    valeurs, formules = (openpyxl.load_workbook(io.BytesIO(octets), data_only=lu) for lu in (True, False))
    lues = []
    for feuille in valeurs:
        nombre = sum(c.data_type == "f" for ligne in formules[feuille.title].iter_rows() for c in ligne)
        lues.append(f"Feuille « {feuille.title} » : {nombre} formules")
        lues += [" ; ".join(str(_plain(v)) for v in r if v is not None) for r in feuille.iter_rows(values_only=True)]
    return "\n".join(lues)


def _plain(valeur: Any) -> Any:
    if isinstance(valeur, float):
        return round(valeur, 6)
    return valeur if valeur is None or isinstance(valeur, int | str) else str(valeur)


def run_notebook(chemin: Path, controles: bool = False, **parametres: Any) -> tuple[Any, str]:
    """La valeur de la dernière cellule d'un carnet, et ce que ses cellules montrent en HTML, panneau compris ou non."""
    cellules = [c for c in json.loads(chemin.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"]
    noms: dict[str, Any] = {}
    rendu, montre = None, []
    for cellule in cellules:
        etiquettes = cellule["metadata"].get("tags", [])
        if "interactif" in etiquettes and not controles:
            continue
        rendu = _run_cell("".join(cellule["source"]), noms)
        if "parameters" in etiquettes:
            noms |= parametres
        elif "interactif" in etiquettes:
            montre += [str(w.value) + str(w.html) for w in widgets_of(rendu)]
        elif "lot" not in etiquettes and hasattr(rendu, "_repr_html_"):
            montre.append(rendu._repr_html_() or "")
    return rendu, "\n".join(montre)


def widgets_of(widget: Any) -> Iterator[SimpleNamespace]:
    """Ce que porte chaque contrôle d'une page : un texte, ou un morceau de HTML."""
    yield SimpleNamespace(value=getattr(widget, "value", ""), html=getattr(widget, "html", ""))
    for enfant in getattr(widget, "children", ()):
        yield from widgets_of(enfant)


def _run_cell(source: str, noms: dict[str, Any]) -> Any:
    arbre = ast.parse(source)
    derniere = arbre.body.pop() if arbre.body and isinstance(arbre.body[-1], ast.Expr) else None
    exec(compile(arbre, "cellule", "exec"), noms)
    return eval(compile(ast.Expression(derniere.value), "cellule", "eval"), noms) if derniere else None


# --- chaque sortie du produit : ses montants, et ses textes ---


def read_simulation(territoire: str) -> Releve:
    """`ctg simuler` : chaque ligne du moteur, les engagements, les questions, les comparaisons."""
    chiffres, textes = {}, {}
    options = () if territoire != "aulnoy-lez-valenciennes" else ("--annees", "2025-2029")
    for nom, choix in scenarios(territoire):
        lu = json.loads(told("simuler", territoire, *options, *choix, "--format", "json"))
        chiffres[nom] = {
            "code": lu["scenario"]["code"],
            "lignes": _lines(lu["lignes"]),
            "communes": _by_year(lu["communes"], ("code_insee",), lambda x: x["bonus_eur"]),
            "competences": _by_year(lu["competences"], ("competence",), _commitment),
        }
        textes[f"{nom} : raisons"] = "\n".join(
            f"{x['structure']} {x['annee']} {x['dispositif']} {x['part']} : {e['libelle']} [{e['statut']}]"
            for x in lu["lignes"]
            for e in x["etapes"]
        )
        avis = [q["question"] for q in lu["questions"]] + [a["message"] for a in lu["alertes"]]
        textes[f"{nom} : questions et alertes"] = "\n".join(avis)
        textes[f"{nom} : à l'écran"] = told("simuler", territoire, *options, *choix)
    return chiffres, textes


def scenarios(territoire: str) -> list[tuple[str, tuple[str, ...]]]:
    ecrits = sorted((ICI / "scenarios").iterdir()) if territoire == "exemple" else []
    return [("référence", ()), *((f.name, ("--scenario", str(f))) for f in ecrits)]


def _by_year(lignes: list[dict[str, Any]], cles: tuple[str, ...], lire: Callable[[Any], Any]) -> dict[str, Any]:
    """Une entrée par objet, une valeur par année, dans l'ordre des années."""
    rendus: dict[str, dict[str, Any]] = {}
    for x in lignes:
        rendus.setdefault(" ".join(str(x[c]) for c in cles), {})[str(x["annee"])] = lire(x)
    return rendus


def _lines(lignes: list[dict[str, Any]]) -> dict[str, Any]:
    """Bas, haut, quantité, de chaque ligne et de chaque année."""
    cles = ("structure", "dispositif", "part", "statut")
    return _by_year(lignes, cles, lambda x: [*x["montant_eur"], x["quantite"]])


def _commitment(x: dict[str, Any]) -> list[Any]:
    return [*x["bonus_eur"], x["reference_eur"], x["maintien"], x["credits_eur"], x["engagement"]]


def read_bonus_files(territoire: str) -> Releve:
    """Le classeur aux formules et la synthèse en deux pages."""
    if territoire == "aulnoy-lez-valenciennes":  # sans dates de convention : le refus est une sortie aussi
        return {}, {"refus": command("simuler", territoire)[1]}
    with tempfile.TemporaryDirectory() as dossier:
        sortie = Path(dossier) / "bonus.xlsx"
        choix = [x for _, paire in scenarios(territoire)[:2] for x in paire]
        told("simuler", territoire, *choix, "--format", "xlsx", "--sortie", sortie)
        feuilles = workbook(sortie.read_bytes())
        told("simuler", territoire, *choix, "--format", "csv", "--sortie", sortie.with_suffix(".csv"))
        table = sortie.with_suffix(".csv").read_text(encoding="utf-8-sig")
    lieu = load_territoire(territoire)
    reference = simulate(lieu)
    resultat = simulate(lieu, read_scenario_file(choix[1])) if choix else reference
    document = summary(resultat, reference if choix else None, read_date(JOUR))
    textes = {f"synthèse.{f}": file_text(render(document, f), f) for f in ("html", "docx", "odt")}
    return {}, {"classeur.xlsx": feuilles, "table.csv": table, **textes}


def file_text(octets: bytes, extension: str) -> str:
    return html_text(octets.decode()) if extension == "html" else texte_bureautique(octets, extension)


def read_plan_files(territoire: str) -> Releve:
    """`ctg exporter plan` : le plan, le suivi, le bilan, les données, une fiche."""
    formats = {"plan": ("html", "docx", "odt"), "suivi": ("html",), "bilan": ("html", "odt"), "donnees": ("csv",)}
    textes = {
        f"{nom}.{f}": file_text(export_plan(territoire, nom, f), f) for nom, suite in formats.items() for f in suite
    }
    if territoire == "exemple":
        textes["comite.pptx"] = file_text(export_plan(territoire, "comite", "pptx"), "pptx")
        textes["fiche.docx"] = file_text(export_plan(territoire, "", "docx", "--fiche", "PE-02"), "docx")
    textes["donnees.xlsx"] = workbook(export_plan(territoire, "donnees", "xlsx"))
    return {}, textes


def export_plan(territoire: str | Path, document: str, extension: str, *options: str) -> bytes:
    choix = ("--document", document, "--annee", str(ANNEE)) if document else ()
    with tempfile.TemporaryDirectory() as dossier:
        sortie = Path(dossier) / f"plan.{extension}"
        told("exporter", "plan", territoire, *choix, "--jour", JOUR, *options, "--sortie", sortie)
        return sortie.read_bytes()


def read_diagnostic(territoire: str) -> Releve:
    """`ctg diagnostic` : les mesures et leurs écarts par thème, pour le territoire et trois communes ; les alertes."""
    chiffres, textes = {}, {}
    for lieu in ("", *towns(territoire)):
        choix = ("--lieu", lieu) if lieu else ()
        lues = json.loads(told("diagnostic", territoire, *choix, "--format", "json"))["lignes"]
        chiffres[lieu or "territoire"] = {
            f"{x['code']} {x['theme']}": [x["valeur"], x["annee"], x["valeur_repere"], x["ecart"], x["statut"]]
            for x in lues
        }
        textes[lieu or "territoire"] = told("diagnostic", territoire, *choix)
    alertes = json.loads(told("diagnostic", territoire, "--coherence", "--format", "json"))
    chiffres["alertes"] = alertes["comptes"] | {a["id"]: a["niveau"] for a in alertes["alertes"]}
    textes["alertes"] = told("diagnostic", territoire, "--coherence")
    return chiffres, textes


def towns(territoire: str) -> list[str]:
    """La première commune, celle du milieu, la dernière."""
    fichier = RACINE / "data/territoires" / territoire / "communes.csv"
    with open(fichier, encoding="utf-8-sig", newline="") as flux:
        codes = [x["code_insee"] for x in csv.DictReader(flux, delimiter=";")]
    return sorted({codes[0], codes[len(codes) // 2], codes[-1]})


def read_reports(territoire: str) -> Releve:
    """Les deux carnets de rapport : les chiffres qu'un lot retient, et ce que le rapport dit."""
    rapports = RACINE / "notebooks/rapports"
    demandes = {f"fiche {c}": ("fiche_commune", {"commune": c}) for c in towns(territoire)}
    demandes["synthèse"] = ("synthese_territoire", {})
    chiffres, textes = {}, {}
    for nom, (carnet, plus) in demandes.items():
        table, page = run_notebook(rapports / f"{carnet}.ipynb", territoire=territoire, annee=ANNEE, **plus)
        (lus,) = table.to_dict("records")
        chiffres[nom] = {c: _plain(v) for c, v in lus.items()}
        textes[nom] = html_text(page)
    return chiffres, textes


def read_pages(territoire: str) -> dict[str, list[str]]:
    """Les quatre tableaux de bord, pièces et panneau : chaque montant et chaque pourcentage qu'on y lit."""
    jours = {"annee": ANNEE, "aujourdhui": JOUR}
    demandes = {
        "00_territoire": jours,
        "10_diagnostic": {},
        "20_bonus_territoire": {"annee": ANNEE},
        "30_plan_actions": jours,
    }
    if territoire == "aulnoy-lez-valenciennes":
        demandes.pop("20_bonus_territoire")
    lues = {}
    for nom, parametres in demandes.items():
        _, page = run_notebook(RACINE / f"notebooks/{nom}.ipynb", controles=True, territoire=territoire, **parametres)
        lu = uniform(html_text(page))
        # D'une case à l'autre, comme on les a d'abord relevés, et case par case.
        montants = (re.findall(r"\d[\d ]*(?:,\d+)? (?:€|%)", dit) for dit in (lu.replace("\n", " "), lu))
        lues[nom] = sorted({x for trouves in montants for x in trouves})
    return lues


SORTIES: dict[str, Callable[[str], Releve]] = {
    "simulation": read_simulation,
    "fichiers du bonus": read_bonus_files,
    "fichiers du plan": read_plan_files,
    "diagnostic": read_diagnostic,
    "rapports": read_reports,
}


# --- un territoire où l'on a travaillé : tout ce que son journal rend ---


def read_work(dossier: Path) -> dict[str, Any]:
    """L'état de tout ce que l'on y a fait, les scénarios et leurs codes, l'historique en français."""
    with open_journal(dossier) as journal:
        entrees = journal.history(limite=None)
        objets = sorted({e.objet for e in entrees})
        codes = [e.apres for e in entrees if (e.objet, e.champ) == ("scenario", "code")]
        etats = {o: {c: dict(e.valeurs) for c, e in sorted(journal.states(o).items())} for o in objets}
        rendu = {
            "entrees": journal.last_id(),
            "etats": etats,
            "scenarios": [[s.code, s.nom, s.role] for s in list_scenarios(journal)],
            "codes": {c: load_scenario(journal, c).nom for c in sorted(set(codes))},
            "histoire": [phrase(e, labels()) for e in entrees],
        }
    depot = open_plan(dossier)
    rendu["plan"] = {f.code: [f.titre, f["statut"], str(f["date_fin"] or "")] for f in depot.plan.fiches}
    rendu["plan au fichier"] = {f.code: f.titre for f in depot.origin.fiches}
    rendu["retirees"] = depot.removed
    rendu["titres"] = {e.cle: depot.plan.title("enjeux", e.cle) for e in depot.plan.enjeux}
    depot.journal.close()
    return json.loads(json.dumps(rendu, ensure_ascii=False))


def read_outputs(dossier: Path) -> dict[str, Any]:
    """Ce que la commande dit de ce territoire, avec ce que l'on y a saisi et expliqué."""
    alertes = json.loads(told("diagnostic", dossier, "--coherence", "--format", "json"))["alertes"]
    mesures = json.loads(told("diagnostic", dossier, "--format", "json"))["lignes"]
    commune = json.loads(told("diagnostic", dossier, "--lieu", "00008", "--format", "json"))["lignes"]
    competences = json.loads(told("simuler", dossier, "--format", "json"))["competences"]
    nee = export_plan(dossier, "", "html", "--fiche", "EN-05").decode()
    return {
        "alertes": {a["id"]: [a["niveau"], a["expliquee"], a["raison"]] for a in alertes},
        "mesures": {x["code"]: [x["valeur"], x["annee"], x["source"]] for x in mesures},
        "mesures de 00008": {x["code"]: [x["valeur"], x["annee"], x["source"]] for x in commune},
        "suivi": uniform(file_text(export_plan(dossier, "suivi", "html"), "html")).splitlines(),
        "fiche née à l'écran": uniform(html_text(nee)).splitlines(),
        "bonus": _by_year(competences, ("competence",), _commitment),
    }


def shared_amounts(dossier: Path, code: str) -> list[dict[str, Any]]:
    """Ce que montre un lien partagé : la table du carnet du bonus ouvert avec ce code."""
    carnet = RACINE / "notebooks/20_bonus_territoire.ipynb"
    table, _ = run_notebook(carnet, territoire=str(dossier), scenario=code, annee=ANNEE)
    lues = table.groupby(["code_scenario", "annee"], as_index=False)[["bas"]].sum()
    return [{"code": c, "annee": int(a), "bas": round(float(b), 2)} for c, a, b in lues.itertuples(index=False)]


def shown_by_bonus(dossier: Path, code: str) -> Iterator[str]:
    """Ce que disent d'un scénario enregistré la page du bonus, puis sa synthèse."""
    carnet = RACINE / "notebooks/20_bonus_territoire.ipynb"
    yield html_text(run_notebook(carnet, controles=True, territoire=str(dossier), scenario=code, annee=ANNEE)[1])
    with tempfile.TemporaryDirectory() as ailleurs:
        sortie = Path(ailleurs) / "synthese.html"
        choix = ("--scenario", code) if code else ()
        told("exporter", "bonus", str(dossier), *choix, "--format", "html", "--sortie", str(sortie))
        yield html_text(sortie.read_text(encoding="utf-8"))


def stale_write(dossier: Path, fiche: str, version: int) -> str:
    """Écrire un titre en n'ayant vu qu'une version dépassée ; rend le refus, ou rien s'il n'y en a pas eu."""
    depot = open_plan(dossier)
    try:
        depot.write(fiche, "titre", "Écrasé", "élue", version)
    except ConflictError as refus:
        return str(refus)
    finally:
        depot.journal.close()
    return ""


# --- garder, relire, comparer ---


def dump(contenu: Any, retrait: int = 0) -> str:
    """Du JSON qui se compare à l'œil : une ligne par objet, les listes de nombres sur la leur."""
    if isinstance(contenu, dict) and contenu and any(isinstance(v, dict | list) for v in contenu.values()):
        marge = " " * (retrait + 1)
        lignes = [f"{marge}{json.dumps(c, ensure_ascii=False)}: {dump(v, retrait + 1)}" for c, v in contenu.items()]
        return "{\n" + ",\n".join(lignes) + "\n" + " " * retrait + "}"
    if isinstance(contenu, list) and contenu and all(isinstance(v, list) for v in contenu):
        marge = " " * (retrait + 1)
        return "[\n" + ",\n".join(f"{marge}{dump(v, retrait + 1)}" for v in contenu) + "\n" + " " * retrait + "]"
    return json.dumps(contenu, ensure_ascii=False, separators=(",", ":"))


def write_texts(textes: dict[str, Any]) -> None:
    octets = json.dumps(textes, ensure_ascii=False, indent=0).encode()
    TEXTES.write_bytes(gzip.compress(octets, 9, mtime=0))


def read_texts() -> dict[str, Any]:
    return json.loads(gzip.decompress(TEXTES.read_bytes()))


def differences(avant: str, apres: str, combien: int = 30) -> str:
    lignes = difflib.unified_diff(avant.splitlines(), apres.splitlines(), "gardé", "présent", n=0, lineterm="")
    return "\n".join(list(lignes)[:combien])


def gaps(garde: Any, present: Any, chemin: str = "") -> Iterator[str]:
    """Où deux relevés diffèrent, feuille par feuille."""
    if isinstance(garde, dict) and isinstance(present, dict):
        for cle in [*garde, *(c for c in present if c not in garde)]:
            yield from gaps(garde.get(cle, "absent"), present.get(cle, "absent"), f"{chemin} / {cle}")
    elif isinstance(garde, list) and isinstance(present, list) and len(garde) == len(present):
        for rang, (a, b) in enumerate(zip(garde, present, strict=True)):
            yield from gaps(a, b, f"{chemin} / {rang}")
    elif garde != present:
        yield f"{chemin} : gardé {garde}, présent {present}"
