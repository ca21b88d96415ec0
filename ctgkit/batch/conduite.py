"""Mener un lot : ne refaire que ce qui manque, plusieurs à la fois, s'arrêter proprement, tout consigner."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import fields, replace
from functools import partial
from types import FrameType

from ctgkit.batch import empreintes
from ctgkit.batch.execution import Bilan, Tache, run_report, sweep_sockets
from ctgkit.batch.lot import Lot
from ctgkit.batch.manifeste import write_manifest
from ctgkit.batch.sortie import Sortie, SortieError, check_place
from ctgkit.batch.suivi import Suivi
from ctgkit.noyaux import preheat
from ctgkit.storage import data_folder

Executeur = Callable[[Lot], contextlib.AbstractContextManager[Executor]]
_CHAMPS = {f.name for f in fields(Bilan)}


def plan(lot: Lot, sortie: Sortie) -> tuple[list[Tache], list[Tache]]:
    """Les rapports à faire, et ceux dont rien n'a changé."""
    empreintes.forget()
    donnees = str(data_folder().absolute())
    taches = [
        Tache(r.nom, str(lot.carnet), r.parametres, lot.formats, str(lot.sortie), donnees,
              empreintes.fingerprint(lot.carnet, r.parametres))
        for r in lot.rapports
    ]  # fmt: skip
    faits = {t.nom for t in taches if sortie.is_done(t.nom, t.empreinte, t.formats)}
    return [t for t in taches if t.nom not in faits], [t for t in taches if t.nom in faits]


def run_lot(lot: Lot, executeur: Executeur, suivi: Suivi) -> int:
    """Rend 0 quand tout est fait, 1 quand un rapport a échoué, 130 quand on l'a arrêté."""
    sortie = Sortie(lot.sortie)
    with sortie.opened(), _Arret(suivi) as arret:
        a_faire, inchanges = plan(lot, sortie)
        bilans = {t.nom: replace(read_bilan(sortie, t), statut="inchangé") for t in inchanges}
        suivi.start(len(a_faire), len(inchanges))
        try:
            for bilan in _run(a_faire, lot, executeur, arret):
                bilans[bilan.nom] = bilan
                suivi.line(bilan)
        finally:
            restants = {t.nom: _undone(t) for t in a_faire if t.nom not in bilans}
            ordre = [{**bilans, **restants}[r.nom] for r in lot.rapports]
            write_manifest(sortie, lot, ordre)
        suivi.end(ordre, lot.sortie)
    if arret.demande:
        return 130
    return 1 if any(b.statut == "échec" for b in ordre) else 0


def read_bilan(sortie: Sortie, tache: Tache) -> Bilan:
    return Bilan(**{cle: valeur for cle, valeur in sortie.read(tache.nom).items() if cle in _CHAMPS})


def _undone(tache: Tache) -> Bilan:
    return Bilan(tache.nom, "à faire", 0.0, tache.parametres, tache.empreinte)


def _run(taches: Sequence[Tache], lot: Lot, executeur: Executeur, arret: "_Arret") -> Iterator[Bilan]:
    if not taches:
        return
    with executeur(lot) as ouvriers:
        futurs = {ouvriers.submit(run_report, t): t for t in taches}
        arret.watch(list(futurs))
        try:
            for futur in as_completed(futurs):
                if not futur.cancelled():
                    yield _result(futur, futurs[futur])
        finally:
            for futur in futurs:
                futur.cancel()


def _result(futur: Future, tache: Tache) -> Bilan:
    """Un refus du disque arrête le lot ; toute autre panne ne perd que ce rapport."""
    try:
        return futur.result()
    except SortieError:
        raise
    except Exception as erreur:
        message = f"Panne de l'ouvrier : {type(erreur).__name__}, {erreur}"
        return replace(_undone(tache), statut="échec", message=message)


@contextlib.contextmanager
def local_workers(combien: int) -> Iterator[Executor]:
    """Des fils suffisent : le calcul se fait dans les noyaux, chacun dans son processus."""
    sweep_sockets()
    preheat()
    ouvriers = ThreadPoolExecutor(max_workers=combien, thread_name_prefix="ouvrier")
    try:
        yield ouvriers
    finally:
        ouvriers.shutdown(cancel_futures=True)


def workers(combien: int, dask: str = "") -> Executeur:
    """Ce poste, ou une grappe Dask quand une adresse est donnée."""
    if dask:
        from ctgkit.batch.grappe import dask_workers

        return partial(dask_workers, dask)
    return lambda lot: local_workers(min(combien, len(lot.rapports)))


class _Arret:
    """Ctrl-C une fois : finir ce qui est en cours. Deux fois : partir tout de suite, sans rien laisser tourner."""

    def __init__(self, suivi: Suivi) -> None:
        self.suivi, self.demande, self._futurs, self._avant = suivi, False, [], None

    def __enter__(self) -> "_Arret":
        if threading.current_thread() is threading.main_thread():
            self._avant = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        if self._avant is not None:
            signal.signal(signal.SIGINT, self._avant)

    def watch(self, futurs: Sequence[Future]) -> None:
        self._futurs = futurs
        if self.demande:
            self._cancel()

    def _interrupt(self, _numero: int, _cadre: FrameType | None) -> None:
        if self.demande:
            self.suivi.say("Arrêt immédiat. Relancer la même commande reprendra où ce lot en était.")
            os._exit(130)  # les noyaux et leur mère voient leur lien se fermer, et meurent avec nous
        self.demande = True
        self.suivi.say("Arrêt demandé : les rapports en cours se terminent. Ctrl-C encore pour arrêter tout de suite.")
        self._cancel()

    def _cancel(self) -> None:
        for futur in self._futurs:
            futur.cancel()


def estimate(lot: Lot, ouvriers: int) -> tuple[list[Tache], list[Tache], float, bool]:
    """Ce qui serait fait, ce qui ne le serait pas, en combien de secondes, et si c'est d'après une mesure."""
    check_place(lot.sortie)
    sortie = Sortie(lot.sortie)
    a_faire, inchanges = plan(lot, sortie)
    mesures = sorted(s for r in lot.rapports if (s := sortie.read(r.nom).get("secondes")))
    chacun = mesures[len(mesures) // 2] if mesures else 1.0
    return a_faire, inchanges, len(a_faire) * chacun / max(min(ouvriers, len(a_faire)), 1), bool(mesures)
