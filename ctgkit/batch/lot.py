"""Un lot lu et vérifié en entier : carnet, sortie, et tous les rapports avec leurs paramètres."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ctgkit.batch.noms import name_reports
from ctgkit.batch.rapports import Demande, read_demandes
from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import liste, nombre
from ctgkit.noyaux.parametres import Declaration, check_parametres, defauts, read_parametres
from ctgkit.storage import data_folder, find_folder, load_territoire
from ctgkit.storage.territoire.report import Report
from ctgkit.storage.territoire.yaml_fields import Block
from ctgkit.storage.territoire.yaml_tree import read_tree

FORMATS = ("html", "ipynb", "docx", "odt", "pdf", "xlsx")
CLES = ("carnet", "sortie", "formats", "nom", "parametres", "liste", "tableau", "communes", "produit")
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


def read_lot(chemin: Path) -> Lot:
    report = Report(chemin.name)
    bloc = Block(read_tree(chemin, report), report, CLES)
    carnet_dit, sortie = bloc.texte("carnet", obligatoire=True), bloc.texte("sortie") or f"sorties/{chemin.stem}"
    formats = _formats(bloc)
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
    return Lot(chemin, carnet, Path(sortie).expanduser().absolute(), formats, rapports)


def _formats(bloc: Block) -> tuple[str, ...]:
    node = bloc.cles.get("formats")
    if node is None or node.est_vide:
        return ("html",)
    dits = [n.valeur for n in node.valeur] if isinstance(node.valeur, list) else [node.valeur]
    for dit in dits:
        if dit not in FORMATS:
            conseil = did_you_mean(str(dit), FORMATS)
            bloc.report.erreur(f"format inconnu {conseil}".strip(), liste(list(FORMATS)), node.ligne, "formats", dit)
    return tuple(dict.fromkeys(d for d in dits if d in FORMATS))


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
    _communes.cache_clear()
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
        autres = [f"- et {nombre(len(refus) - _REFUS_MONTRES)} autres"] * (len(refus) > _REFUS_MONTRES)
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
    connues = _communes(territoire)
    if commune not in connues:
        proche = did_you_mean(commune, [*connues, *connues.values()])
        raise CtgError(f"commune inconnue de « {territoire} » : « {commune[:60]} » {proche}".strip())


@lru_cache(maxsize=64)
def _communes(territoire: str) -> dict[str, str]:
    return {c.code_insee: c.nom for c in load_territoire(territoire).communes}


def stop_on(report: Report, chemin: Path) -> None:
    if report.defauts:
        raise CtgError(
            "\n".join(["Ce lot ne se lit pas :", *(f"- {d}" for d in report.defauts)]),
            str(chemin),
            "Corriger ces lignes. Un lot complet à copier : ctg lot --exemple.",
        )
