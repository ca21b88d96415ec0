"""Un lot lu et vérifié en entier : carnet, sortie, et tous les rapports avec leurs paramètres."""

import hashlib
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any

from ctgkit.batch.contenu import PageDeGarde
from ctgkit.documents.images import image_kind, load_logo
from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import liste, nombre, pluriel
from ctgkit.noyaux.parametres import Declaration, check_parametres, defauts, read_parametres
from ctgkit.storage import data_folder, find_folder, load_territoire
from ctgkit.storage.fichiers import LIMITE_CSV, read_text
from ctgkit.storage.report import Report
from ctgkit.storage.yaml_blocks import Block, Node, read_tree, shown
from ctgkit.territoire import Territoire
from ctgkit.texte import CsvQuoteError, ascii_only, csv_rows

RAPPORTS_MAX = 10_000
_BASES = ("liste", "tableau", "communes")


@dataclass(frozen=True)
class Demande:
    """Les paramètres d'un rapport, et l'endroit où on les a lus."""

    ou: str
    valeurs: Mapping[str, Any]


def read_demandes(bloc: Block, chemin: Path, report: Report) -> list[Demande]:
    communs = _values(bloc.cles.get("parametres"), report)
    bases, axes = _bases(bloc, chemin, report), _axes(bloc.cles.get("produit"), report)
    if bases is None:
        bases = [Demande("produit", {})] if axes else []
    combien = len(bases) * math.prod(len(a) for a in axes.values())
    if combien > RAPPORTS_MAX:
        raise CtgError(
            f"Ce lot demande {nombre(combien)} rapports, la limite est {nombre(RAPPORTS_MAX)}.",
            str(chemin),
            f"Le partager en {nombre(math.ceil(combien / RAPPORTS_MAX))} lots.",
        )
    return [
        Demande(_place(base.ou, croix), {**communs, **base.valeurs, **croix})
        for base in bases
        for croix in (dict(zip(axes, valeurs, strict=True)) for valeurs in product(*axes.values()))
    ]


def _place(ou: str, croix: Mapping[str, Any]) -> str:
    return ", ".join([ou, *(f"{nom} = {valeur}" for nom, valeur in croix.items())])


def _bases(bloc: Block, chemin: Path, report: Report) -> list[Demande] | None:
    """Les rapports nommés un à un ; rien quand seul un produit les donne."""
    presentes = [cle for cle in _BASES if cle in bloc.cles and not bloc.cles[cle].est_vide]
    if len(presentes) > 1:
        ligne = bloc.cles[presentes[1]].ligne
        report.erreur("plusieurs façons de nommer les rapports", "une seule parmi liste, tableau et communes", ligne)
        return []
    if not presentes:
        return None
    lire = {"liste": _from_list, "tableau": _from_table, "communes": _from_communes}[presentes[0]]
    return lire(bloc.cles[presentes[0]], chemin, report)


def _from_list(node: Node, _chemin: Path, report: Report) -> list[Demande]:
    if not isinstance(node.valeur, list):
        report.erreur("une liste est attendue", "un tiret par rapport", node.ligne, "liste", shown(node))
        return []
    return [Demande(f"liste, ligne {n.ligne}", _values(n, report)) for n in node.valeur]


def _from_table(node: Node, chemin: Path, report: Report) -> list[Demande]:
    """Un CSV dont les colonnes sont des paramètres ; une case vide laisse la valeur par défaut du carnet."""
    fichier = chemin.parent / str(node.valeur)
    releve = Report(fichier.name)
    texte = read_text(fichier, LIMITE_CSV, releve)
    for defaut in releve.defauts:
        if defaut.niveau == "erreur":
            report.erreur(f"tableau : {defaut.constat}", defaut.attendu, node.ligne, "tableau", fichier.name)
    if texte is None:
        return []
    try:
        lignes = list(csv_rows(io.StringIO(texte), ";" if ";" in texte.partition("\n")[0] else ","))
    except CsvQuoteError as erreur:
        report.erreur(
            f"tableau : {erreur}", erreur.attendu, node.ligne, "tableau", f"{fichier.name}, ligne {erreur.ligne}"
        )
        return []
    (*_, entetes), *reste = lignes or [[[]]]
    demandes = []
    for rang, _, ligne in reste:
        if len(ligne) > len(entetes):
            constat = f"tableau {fichier.name}, ligne {rang} : plus de cases que de colonnes"
            report.erreur(constat, f"{len(entetes)} cases", node.ligne)
        if any(case.strip() for case in ligne):
            valeurs = {e.strip(): c.strip() for e, c in zip(entetes, ligne, strict=False) if c.strip()}
            demandes.append(Demande(f"{fichier.name}, ligne {rang}", valeurs))
    return demandes


def _from_communes(node: Node, _chemin: Path, report: Report) -> list[Demande]:
    """Une demande par commune de chaque territoire nommé."""
    territoires = _plain(node) if isinstance(node.valeur, list) else [node.valeur]
    if not all(isinstance(t, str) for t in territoires):
        report.erreur("un territoire est attendu", "un code de territoire, ou une liste", node.ligne, "communes")
        return []
    return [
        Demande(f"communes de {t}", {"territoire": t, "commune": c.code_insee})
        for t in territoires
        for c in load_territoire(t).communes
    ]


def _axes(node: Node | None, report: Report) -> dict[str, list[Any]]:
    if node is None or node.est_vide:
        return {}
    if not isinstance(node.valeur, dict):
        report.erreur("des clés sont attendues", "annee: [2025, 2026]", node.ligne, "produit", shown(node))
        return {}
    axes = {nom: _plain(n) for nom, n in node.valeur.items()}
    return {nom: valeurs if isinstance(valeurs, list) else [valeurs] for nom, valeurs in axes.items()}


def _values(node: Node | None, report: Report) -> dict[str, Any]:
    if node is None or node.est_vide:
        return {}
    if not isinstance(node.valeur, dict):
        report.erreur("des paramètres sont attendus", "nom: valeur", node.ligne, "", shown(node))
        return {}
    return {nom: _plain(n) for nom, n in node.valeur.items() if not n.est_vide}


def _plain(node: Node) -> Any:
    if isinstance(node.valeur, list):
        return [_plain(n) for n in node.valeur]
    return {nom: _plain(n) for nom, n in node.valeur.items()} if isinstance(node.valeur, dict) else node.valeur


LONGUEUR_MAX = 90
_CHAMP = re.compile(r"\{([^{}]*)\}")
# Windows n'accepte pas ces noms, même suivis d'une extension.
_RESERVES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(?=$|\.)", re.I)


def name_reports(
    modele: str, carnet: str, valeurs: Sequence[Mapping[str, Any]], defauts: Mapping[str, Any], ou: str
) -> list[str]:
    modele = modele or _default_model(carnet, valeurs, defauts)
    for champ in _CHAMP.findall(modele):
        if champ not in defauts:
            raise CtgError(
                f"« nom » cite un paramètre inconnu : « {champ} » {did_you_mean(champ, defauts)}".strip(),
                ou,
                f"Paramètres de ce carnet : {', '.join(defauts)}.",
            )
    noms = [_fill(modele, {**defauts, **v}) for v in valeurs]
    _refuse_twins(noms, ou)
    return noms


def _default_model(carnet: str, valeurs: Sequence[Mapping[str, Any]], defauts: Mapping[str, Any]) -> str:
    """Le carnet, puis les paramètres qui changent d'un rapport à l'autre."""
    complets = [{**defauts, **v} for v in valeurs]
    varient = [nom for nom in defauts if len({repr(c[nom]) for c in complets}) > 1]
    return "_".join([carnet, *(f"{{{nom}}}" for nom in varient)])


def _fill(modele: str, valeurs: Mapping[str, Any]) -> str:
    return file_name(_CHAMP.sub(lambda trouve: file_name(_shown(valeurs[trouve[1]])), modele))


def _shown(valeur: Any) -> str:
    return "-".join(map(str, valeur)) if isinstance(valeur, list) else str(valeur)


def file_name(texte: str) -> str:
    nu = ascii_only(texte)
    propre = _RESERVES.sub(r"\1-", re.sub(r"[^A-Za-z0-9._-]+", "-", nu).strip("-."))
    if len(propre) > LONGUEUR_MAX:
        marque = hashlib.sha256(texte.encode(errors="replace")).hexdigest()[:8]
        propre = f"{propre[: LONGUEUR_MAX - 9]}-{marque}"
    return propre or "rapport"


def _refuse_twins(noms: Sequence[str], ou: str) -> None:
    premiers: dict[str, int] = {}
    for rang, nom in enumerate(noms, start=1):
        autre = premiers.setdefault(nom.lower(), rang)
        if autre != rang:
            raise CtgError(
                f"Les rapports {autre} et {rang} porteraient le même nom, « {nom} ».",
                ou,
                "Retirer le doublon, ou distinguer les rapports par « nom: … ».",
            )


FORMATS = ("html", "ipynb", "docx", "odt", "pdf", "xlsx")
_CADRE = ("carnet", "sortie", "formats", "logos", "date", "nom")
CLES = (*_CADRE, "parametres", "liste", "tableau", "communes", "produit")
_REFUS_MONTRES = 20


@dataclass(frozen=True)
class Rapport:
    nom: str
    parametres: Mapping[str, Any]


@dataclass(frozen=True)
class Lot:
    chemin: Path
    carnet: Path
    sortie: Path
    formats: tuple[str, ...]
    rapports: tuple[Rapport, ...]
    couverture: PageDeGarde | None = None


def read_lot(chemin: Path) -> Lot:
    report = Report(chemin.name)
    bloc = Block(read_tree(chemin, report), report, CLES)
    carnet_dit, sortie = bloc.texte("carnet", obligatoire=True), bloc.texte("sortie") or f"sorties/{chemin.stem}"
    formats, couverture = _formats(bloc), _cover(bloc, chemin.parent)
    stop_on(report, chemin)
    carnet = find_notebook(carnet_dit, chemin.parent)
    declarations = read_parametres(carnet)
    demandes = read_demandes(bloc, chemin, report)
    stop_on(report, chemin)
    if not demandes:
        raise CtgError(
            "Ce lot ne demande aucun rapport.",
            str(chemin),
            "Ajouter « liste », « tableau », « communes » ou « produit ». Modèle : ctg lot --exemple.",
        )
    valeurs = check_all(declarations, demandes, chemin)
    noms = name_reports(bloc.texte("nom"), carnet.stem, valeurs, defauts(declarations), str(chemin))
    rapports = tuple(Rapport(nom, v) for nom, v in zip(noms, valeurs, strict=True))
    return Lot(chemin, carnet, Path(sortie).expanduser().absolute(), formats, rapports, couverture)


def _cover(bloc: Block, ici: Path) -> PageDeGarde | None:
    """Les logos (un fichier, ou plusieurs, à côté du lot) et la date ; chaque logo se lit avant de rien lancer."""
    node, logos = bloc.cles.get("logos"), []
    for dit in _several(node):
        fichier = (ici / str(dit)).absolute()
        try:
            image_kind(load_logo(fichier).octets)
        except CtgError as refus:
            attendu = "un fichier PNG, JPEG ou SVG, à côté du lot"
            bloc.report.erreur(refus.quoi.rstrip("."), attendu, node.ligne, "logos", str(dit))
        logos.append(str(fichier))
    jour = bloc.date("date")
    return PageDeGarde(tuple(logos), jour) if logos or jour else None


def _several(node: Node | None) -> list[Any]:
    """Une valeur seule vaut une liste d'une valeur."""
    if node is None or node.est_vide:
        return []
    return [n.valeur for n in node.valeur] if isinstance(node.valeur, list) else [node.valeur]


def _formats(bloc: Block) -> tuple[str, ...]:
    node = bloc.cles.get("formats")
    if node is None or node.est_vide:
        return ("html",)
    dits = _several(node)
    for dit in dits:
        if dit not in FORMATS:
            conseil = did_you_mean(str(dit), FORMATS)
            bloc.report.erreur(f"format inconnu {conseil}".strip(), liste(list(FORMATS)), node.ligne, "formats", dit)
    return tuple(dict.fromkeys(d for d in dits if d in FORMATS))


def example_lot() -> str:
    """Un lot complet, à copier."""
    return (files(__package__) / "gabarits/exemple_lot.yaml").read_text(encoding="utf-8")


def find_notebook(dit: str, ici: Path) -> Path:
    """Un chemin depuis le lot ou d'ici, ou le nom seul d'un carnet de l'atelier."""
    atelier = data_folder().parent / "notebooks"
    nom = dit if dit.endswith(".ipynb") else f"{dit}.ipynb"
    for dossier in (ici, Path(), atelier, atelier / "rapports"):
        if (dossier / nom).is_file():
            return (dossier / nom).resolve()
    connus = sorted(c.stem for d in (atelier, atelier / "rapports") for c in d.glob("*.ipynb"))
    raise CtgError(
        f"Carnet introuvable. {did_you_mean(Path(nom).stem, connus)}".strip(),
        dit,
        f"Donner un chemin, ou un carnet de l'atelier : {', '.join(connus) or 'aucun'}.",
    )


def check_all(declarations: tuple[Declaration, ...], demandes: list[Demande], chemin: Path) -> list[dict[str, Any]]:
    """Les valeurs de tous les rapports, chacune dans son type ; sinon tous les refus à la fois."""
    _load.cache_clear()
    valeurs: list[dict[str, Any]] = []
    refus: dict[str, None] = {}
    for demande in demandes:
        try:
            lues = check_parametres(declarations, demande.valeurs, chemins_absolus=True)
            check_place({**defauts(declarations), **lues})
        except CtgError as erreur:
            refus |= dict.fromkeys(f"{demande.ou} : {ligne}" for ligne in erreur.quoi.splitlines())
        else:
            valeurs.append(lues)
    if refus:
        montres = [f"- {r}" for r in list(refus)[:_REFUS_MONTRES]]
        autres = [f"- et {pluriel(len(refus) - _REFUS_MONTRES, 'autre')}"] * (len(refus) > _REFUS_MONTRES)
        connus = ", ".join(d.nom for d in declarations)
        raise CtgError(
            "\n".join(["Aucun rapport n'a été lancé, des paramètres sont à corriger :", *montres, *autres]),
            str(chemin),
            f"Paramètres de ce carnet : {connus}. Les corriger, puis relancer.",
        )
    return valeurs


def check_place(valeurs: Mapping[str, Any]) -> None:
    """Le territoire existe, et la commune en est une : deux fautes fréquentes, dites avant le premier calcul."""
    territoire, commune = valeurs.get("territoire"), valeurs.get("commune")
    if not isinstance(territoire, str) or not territoire:
        return
    find_folder(territoire)
    if not isinstance(commune, str) or not commune:
        return
    _load(territoire).find_commune(commune)


@lru_cache(maxsize=64)
def _load(territoire: str) -> Territoire:
    return load_territoire(territoire)


def stop_on(report: Report, chemin: Path) -> None:
    if report.defauts:
        raise CtgError(
            "\n".join(["Ce lot ne se lit pas :", *(f"- {d}" for d in report.defauts)]),
            str(chemin),
            "Corriger ces lignes. Un lot complet à copier : ctg lot --exemple.",
        )
