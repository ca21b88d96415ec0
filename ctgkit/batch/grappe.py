"""Les mêmes rapports sur une grappe Dask déjà lancée : Dask distribue et reprend ce qu'une machine perd."""

import contextlib
import os
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path

from ctgkit.batch.empreintes import code_version
from ctgkit.batch.lot import Lot
from ctgkit.errors import CtgError

ATTENTE_S = 15


@contextlib.contextmanager
def dask_workers(adresse: str, lot: Lot) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError as erreur:
        raise CtgError(
            "Dask n'est pas installé.", que_faire="L'ajouter sur chaque machine : pip install 'ctgkit[grappe]'."
        ) from erreur
    try:
        client = Client(adresse, timeout=ATTENTE_S)
    except (OSError, TimeoutError, ValueError) as erreur:
        raise CtgError(
            "L'ordonnanceur Dask ne répond pas.", adresse, "Vérifier l'adresse (tcp://machine:8786) et qu'il tourne."
        ) from erreur
    with client:
        _check_workers(client, adresse, lot)
        # Deux reprises : une machine qui disparaît n'est pas la faute du rapport.
        yield client.get_executor(pure=False, retries=2)


def _check_workers(client: "object", adresse: str, lot: Lot) -> None:
    """Chaque ouvrier a notre code et voit nos dossiers ; sinon chaque rapport échouerait, l'un après l'autre."""
    try:
        client.wait_for_workers(1, timeout=ATTENTE_S)
        versions = set(client.run(code_version).values())
    except TimeoutError as erreur:
        raise CtgError(
            "Cette grappe n'a aucun ouvrier.", adresse, "Lancer « dask worker » sur une machine."
        ) from erreur
    except ImportError as erreur:
        raise CtgError(
            "Un ouvrier n'a pas ctgkit.", adresse, "Installer ctgkit[grappe] sur chaque machine."
        ) from erreur
    if versions != {code_version()}:
        raise CtgError(
            "Les ouvriers n'ont pas la même version de ctgkit que ce poste.",
            adresse,
            "Mettre la même version partout et relancer les ouvriers.",
        )
    for chemin in (str(lot.carnet), str(lot.sortie)):
        if not all(client.run(os.path.exists, chemin).values()):
            raise CtgError(
                f"Un ouvrier ne voit pas « {Path(chemin).name} ».",
                chemin,
                "Utiliser un dossier partagé entre les machines.",
            )
