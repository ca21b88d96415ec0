"""Un rapport : le carnet avec ses paramètres, exécuté par un noyau instantané, rendu, posé entier dans la sortie.

`run_report` ne garde rien entre deux appels : la même fonction sert ici et sur une grappe.
"""

import os
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

from ctgkit.batch.contenu import FORMATS as RENDUS
from ctgkit.batch.contenu import PageDeGarde, Pied, read_chiffres, read_parties, render_report
from ctgkit.batch.sortie import Sortie, package_version
from ctgkit.errors import CtgError
from ctgkit.noyaux import use_instant_kernels
from ctgkit.noyaux.managers import FastKernelManager
from ctgkit.simulation import Resultat, latest_edition, simulate
from ctgkit.simulation.lectures.editions import tell_moved_figures
from ctgkit.storage import load_territoire

NOYAU = "python3"
_PRISES = "ctg-prises-"
DELAI_CELLULE = 600
_COULEURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Tache:
    """Tout ce qu'il faut pour faire un rapport, où que ce soit."""

    nom: str
    carnet: str
    parametres: Mapping[str, Any]
    formats: tuple[str, ...]
    sortie: str
    donnees: str
    empreinte: str
    couverture: PageDeGarde | None = None


@dataclass(frozen=True)
class Bilan:
    """Ce qu'un rapport est devenu. `edition` : celle du calcul, la première quand l'état n'en dit rien.

    `avant` : ses chiffres d'une édition antérieure qui ne sont plus les mêmes, et pourquoi.
    """

    nom: str
    statut: str
    secondes: float
    parametres: Mapping[str, Any]
    empreinte: str
    chiffres: Mapping[str, Any] = field(default_factory=dict)
    fichiers: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    edition: int = 1
    avant: Mapping[str, Any] = field(default_factory=dict)


def run_report(tache: Tache) -> Bilan:
    debut = time.perf_counter()
    sortie = Sortie(Path(tache.sortie))
    carnet = prepare(Path(tache.carnet), tache.parametres)
    message = execute(carnet, Path(tache.carnet).parent, {"CTG_DONNEES": tache.donnees, "CTG_LOT": "1"})
    rendus, message = _render(carnet, tache) if not message else ({}, message)
    fichiers = _publish(sortie, tache, carnet, rendus, message)
    chiffres = {} if message else read_chiffres(carnet)
    bilan = Bilan(
        nom=tache.nom,
        statut="échec" if message else "fait",
        secondes=round(time.perf_counter() - debut, 3),
        parametres=tache.parametres,
        empreinte=tache.empreinte,
        chiffres=chiffres,
        fichiers=fichiers,
        message=message,
        edition=latest_edition().numero,
        avant=_before(sortie.read(tache.nom), tache.parametres, chiffres),
    )
    sortie.record(tache.nom, asdict(bilan))
    return bilan


def _before(ancien: Mapping[str, Any], parametres: Mapping[str, Any], chiffres: Mapping[str, Any]) -> dict[str, Any]:
    """Les chiffres que ce rapport disait avec une édition antérieure du calcul, et qui ont changé."""
    edition, lus = ancien.get("edition", 1), ancien.get("chiffres") or {}
    if edition >= latest_edition().numero or ancien.get("statut") != "fait":
        return {}
    changes = {nom: lus[nom] for nom, valeur in chiffres.items() if nom in lus and lus[nom] != valeur}
    if not changes:
        return {}
    pourquoi = tell_moved_figures(edition, changes, _simulated(parametres))
    return {"edition": edition, "chiffres": changes, "pourquoi": pourquoi}


def _simulated(parametres: Mapping[str, Any]) -> Resultat | None:
    """Le territoire du rapport, simulé sans changement ; rien quand le carnet n'en nomme pas de lisible."""
    if not isinstance(territoire := parametres.get("territoire"), str):
        return None
    try:
        return simulate(load_territoire(territoire))
    except CtgError:
        return None


def prepare(chemin: Path, parametres: Mapping[str, Any]) -> NotebookNode:
    """Le carnet sans ses contrôles, et ses paramètres à la suite de ceux par défaut, comme papermill."""
    carnet = nbformat.read(chemin, as_version=4)
    cellules = [c for c in carnet.cells if "interactif" not in c.metadata.get("tags", [])]
    rang = next(i for i, c in enumerate(cellules) if "parameters" in c.metadata.get("tags", []))
    # Les noms sont déclarés par le carnet et les valeurs sont des littéraux vérifiés : rien d'autre ne s'écrit ici.
    source = "\n".join(f"{nom} = {valeur!r}" for nom, valeur in parametres.items())
    injectee = nbformat.v4.new_code_cell(source, id="parametres-du-lot", metadata={"tags": ["injected-parameters"]})
    carnet.cells = [*cellules[: rang + 1], injectee, *cellules[rang + 1 :]]
    carnet.metadata["papermill"] = {"parameters": dict(parametres), "input_path": chemin.name}
    return carnet


def execute(carnet: NotebookNode, dossier: Path, environnement: Mapping[str, str]) -> str:
    """Exécute le carnet sur place ; rend vide, ou ce qui n'a pas marché, en français."""
    use_instant_kernels()
    with tempfile.TemporaryDirectory(prefix=f"{_PRISES}{os.getpid()}-") as prises:
        gestionnaire = FastKernelManager(
            kernel_name=NOYAU,
            transport="ipc" if os.name == "posix" else "tcp",
            connection_file=str(Path(prises) / f"{uuid.uuid4().hex[:8]}.json"),
        )
        client = NotebookClient(
            carnet,
            km=gestionnaire,
            timeout=DELAI_CELLULE,
            shutdown_kernel="immediate",
            record_timing=False,
            resources={"metadata": {"path": str(dossier)}},
        )
        client.owns_km = True
        try:
            client.execute(env={**os.environ, **environnement})
        except CellExecutionError as erreur:
            return _explain(carnet, erreur)
        except DeadKernelError:
            return "Le noyau de calcul s'est arrêté net : mémoire épuisée, ou arrêt demandé par le carnet."
        except TimeoutError:
            return f"Une cellule n'a pas fini en {DELAI_CELLULE // 60} minutes."
        except RuntimeError as erreur:
            return f"Le noyau de calcul n'a pas démarré ({erreur})."
    return ""


def sweep_sockets() -> None:
    """Les dossiers de prises laissés par un lot tué net : ceux dont le processus n'existe plus."""
    if os.name != "posix":  # ailleurs, le signal 0 n'est pas une question
        return
    for dossier in Path(tempfile.gettempdir()).glob(f"{_PRISES}*"):
        try:
            os.kill(int(dossier.name.removeprefix(_PRISES).split("-")[0]), 0)
        except ProcessLookupError:
            shutil.rmtree(dossier, ignore_errors=True)
        except (OSError, ValueError):
            continue


def _explain(carnet: NotebookNode, erreur: CellExecutionError) -> str:
    fautive = next((c for c in carnet.cells if any(o.output_type == "error" for o in c.get("outputs", []))), None)
    cellule = f"cellule « {fautive.id} »" if fautive else "une cellule"
    texte = _COULEURS.sub("", erreur.evalue).strip()
    if erreur.ename.endswith("CtgError") or erreur.ename in _NOS_ERREURS:
        return f"{texte}\nOù, dans le carnet : {cellule}"
    return f"Erreur imprévue dans la {cellule} : {erreur.ename}, {texte}"


def _subclasses(classe: type) -> set[str]:
    return {classe.__name__}.union(*(_subclasses(fille) for fille in classe.__subclasses__()))


_NOS_ERREURS = _subclasses(CtgError)


def _render(carnet: NotebookNode, tache: Tache) -> tuple[dict[str, bytes], str]:
    """Les fichiers demandés, ou ce qui a empêché de les mettre en forme."""
    try:
        return _files(carnet, tache), ""
    except Exception as erreur:
        return {}, f"Calcul fait, mise en forme impossible : {type(erreur).__name__}, {erreur}"


def _files(carnet: NotebookNode, tache: Tache) -> dict[str, bytes]:
    parties = read_parties(carnet)
    titre = next((m.titre for m in parties if m.titre), "") or f"{carnet.metadata.get('title', '')} {tache.nom}".strip()
    pied = Pied(Path(tache.carnet).name, tache.parametres, package_version(), tache.empreinte)
    return {
        extension: nbformat.writes(carnet).encode()
        if extension == "ipynb"
        else render_report(extension, parties, titre, pied, tache.couverture)
        for extension in tache.formats
    }


FORMATS = (*RENDUS, "ipynb")


def _publish(
    sortie: Sortie, tache: Tache, carnet: NotebookNode, rendus: Mapping[str, bytes], message: str
) -> dict[str, str]:
    if message:
        sortie.withdraw(tache.nom, FORMATS)
        sortie.write(sortie.echecs / f"{tache.nom}.ipynb", nbformat.writes(carnet).encode())
        sortie.write(sortie.echecs / f"{tache.nom}.txt", f"{message}\n".encode())
        return {}
    sortie.forget_failure(tache.nom)
    return {extension: sortie.write(sortie.path(tache.nom, extension), octets) for extension, octets in rendus.items()}
