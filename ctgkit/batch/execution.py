"""Mener un lot : ne refaire que ce qui manque, plusieurs à la fois, s'arrêter proprement, tout consigner."""

import contextlib
import json
import math
import os
import platform
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import fields, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

from ctgkit.batch import sortie as empreintes
from ctgkit.batch.lot import Lot
from ctgkit.batch.rapport import Bilan, Tache, run_report, sweep_sockets
from ctgkit.batch.sortie import Sortie, SortieError, check_place, code_version, package_version
from ctgkit.documents import Colonne
from ctgkit.documents.classeur.feuilles import Feuille, write_workbook
from ctgkit.errors import CtgError
from ctgkit.formats import liste, nombre, pluriel
from ctgkit.noyaux import preheat
from ctgkit.simulation import latest_edition
from ctgkit.storage import data_folder
from ctgkit.texte import csv_text

_FIXES = ("nom", "statut", "secondes", "empreinte", "fichiers", "message")


def write_manifest(sortie: Sortie, lot: Lot, bilans: Sequence[Bilan]) -> None:
    contenu = {
        "lot": lot.chemin.name,
        "carnet": lot.carnet.name,
        "formats": list(lot.formats),
        "ecrit_le": datetime.now().astimezone().isoformat(timespec="seconds"),
        "versions": {
            "ctgkit": package_version(),
            "code": code_version(),
            "python": platform.python_version(),
            "édition du calcul": latest_edition().numero,
        },
        "rapports": [_entry(b) for b in bilans],
    }
    texte = json.dumps(contenu, ensure_ascii=False, indent=1)
    sortie.write(sortie.dossier / "manifeste.json", f"{texte}\n".encode())
    sortie.write(sortie.dossier / "manifeste.xlsx", _workbook(contenu))
    sortie.write(sortie.dossier / "resultats.csv", _results(bilans))


def _entry(bilan: Bilan) -> dict[str, Any]:
    entree = {champ: getattr(bilan, champ) for champ in (*_FIXES, "edition", "parametres", "chiffres")}
    return entree | ({"avant": bilan.avant} if bilan.avant else {})


def _keys(dictionnaires: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(cle for d in dictionnaires for cle in d))


def _results(bilans: Sequence[Bilan]) -> bytes:
    """Une ligne par rapport fait : ses paramètres et ses chiffres clés, sans heure ni durée."""
    faits = [b for b in bilans if b.statut in ("fait", "inchangé")]
    parametres, chiffres = _keys(b.parametres for b in faits), _keys(b.chiffres for b in faits)
    lignes = ([b.nom, *map(b.parametres.get, parametres), *map(b.chiffres.get, chiffres)] for b in faits)
    return csv_text([["rapport", *parametres, *chiffres], *lignes]).encode("utf-8-sig")


def _workbook(contenu: dict[str, Any]) -> bytes:
    rapports = contenu["rapports"]
    parametres, chiffres = (_keys(r[champ] for r in rapports) for champ in ("parametres", "chiffres"))
    entetes = ["nom", "statut", *parametres, *chiffres, "secondes", "empreinte", "fichiers", "message"]
    colonnes = tuple(Colonne(nom) for nom in entetes)
    lignes = [_row(r, parametres, chiffres) for r in rapports]
    origine = [("lot", contenu["lot"]), ("carnet", contenu["carnet"]), ("écrit le", contenu["ecrit_le"])]
    feuilles = [
        Feuille.of("Rapports", colonnes, lignes, filtre=True),
        Feuille.of("Origine", (Colonne("origine"), Colonne("valeur")), [*origine, *contenu["versions"].items()]),
    ]
    return write_workbook(feuilles, titre=contenu["lot"])


def _row(rapport: Mapping[str, Any], parametres: Sequence[str], chiffres: Sequence[str]) -> list[Any]:
    fichiers = ", ".join(f"{rapport['nom']}.{extension}" for extension in rapport["fichiers"])
    lus = [*map(rapport["parametres"].get, parametres), *map(rapport["chiffres"].get, chiffres)]
    return [
        rapport["nom"],
        rapport["statut"],
        *lus,
        rapport["secondes"],
        rapport["empreinte"],
        fichiers,
        rapport["message"],
    ]


_BARRE = 24


class SuiviLot:
    def __init__(self, flux: TextIO | None = None) -> None:
        self.flux = flux or sys.stdout
        self.bavard = self.flux.isatty()
        self.total = self.faits = 0
        self.debut = time.monotonic()

    def start(self, a_faire: int, inchanges: int) -> None:
        self.total, self.faits, self.debut = a_faire, 0, time.monotonic()
        if self.bavard:
            deja = f", {pluriel(inchanges, 'inchangé')}" if inchanges else ""
            self._print(f"{pluriel(a_faire, 'rapport')} à faire{deja}.")
            self._bar()

    def line(self, bilan: Bilan) -> None:
        self.faits += 1
        if self.bavard:
            rang = str(self.faits).rjust(len(str(self.total)))
            duree = f"{nombre(bilan.secondes, 1)} s"
            self._print(f"{rang}/{self.total}  {bilan.statut:<6}  {duree:>7}  {bilan.nom}")
            self._bar()

    def say(self, phrase: str) -> None:
        print(f"\r\033[K{phrase}" if self.bavard else phrase, file=sys.stderr, flush=True)

    def end(self, bilans: Sequence[Bilan], sortie: Path) -> None:
        comptes = Counter(b.statut for b in bilans)
        formes = {"à faire": ("reste à faire", "restent à faire")}
        vus = [s for s in ("fait", "inchangé", "échec", "à faire") if comptes[s]]
        dits = [pluriel(comptes[s], *formes.get(s, (s,))) for s in vus]
        self._print(f"{', '.join(dits)}, en {duration(time.monotonic() - self.debut)}. Sortie : {sortie}")
        for bilan in bilans:
            if bilan.statut == "fait" and bilan.avant:
                self._print(f"{bilan.nom} : {tell_before(bilan)}")
            if bilan.statut == "échec":
                premiere = bilan.message.splitlines()[0]
                self.say(f"Échec : {bilan.nom} : {premiere}\n  Détail : {sortie / 'echecs' / bilan.nom}.txt")

    def _print(self, ligne: str) -> None:
        print(f"\r\033[K{ligne}" if self.bavard else ligne, file=self.flux, flush=True)

    def _bar(self) -> None:
        if self.faits >= self.total:
            return
        plein = round(_BARRE * self.faits / self.total)
        passe = time.monotonic() - self.debut
        reste = f"reste {duration(passe / self.faits * (self.total - self.faits))}" if self.faits else "démarrage"
        barre = "█" * plein + "░" * (_BARRE - plein)
        print(f"\r\033[K{barre}  {self.faits}/{self.total}  {reste}", end="", file=self.flux, flush=True)


def tell_before(bilan: Bilan) -> str:
    """Ce qu'un rapport disait avec une édition antérieure du calcul, ce qu'il dit, et pourquoi."""
    dits = [
        f"« {nom} » valait {_figure(alors)}, il vaut maintenant {_figure(bilan.chiffres[nom])}"
        for nom, alors in bilan.avant["chiffres"].items()
    ]
    pourquoi = bilan.avant["pourquoi"]
    cause = f"ce que le calcul a corrigé depuis : {pourquoi}" if pourquoi else "les données ont changé depuis"
    return f"fait d'abord avec une édition antérieure du calcul ; {liste(dits)} ; {cause}."


def _figure(valeur: Any) -> str:
    if valeur is None:
        return "inconnu"
    return nombre(valeur, 2 * bool(valeur % 1)) if isinstance(valeur, int | float) else f"« {valeur} »"


def duration(secondes: float) -> str:
    """`8 s`, `3 min 20 s`, `1 h 05 min`."""
    total = math.ceil(secondes)
    if total < 60:
        return f"{total} s"
    if total < 3600:
        return f"{total // 60} min {total % 60:02d} s"
    return f"{nombre(total // 3600)} h {total % 3600 // 60:02d} min"


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


Executeur = Callable[[Lot], contextlib.AbstractContextManager[Executor]]
_CHAMPS = {f.name for f in fields(Bilan)}


def plan(lot: Lot, sortie: Sortie) -> tuple[list[Tache], list[Tache]]:
    """Les rapports à faire, et ceux dont rien n'a changé."""
    empreintes.forget()
    donnees = str(data_folder().absolute())
    carnet, cible = str(lot.carnet), str(lot.sortie)
    taches = [
        Tache(
            nom=r.nom,
            carnet=carnet,
            parametres=r.parametres,
            formats=lot.formats,
            sortie=cible,
            donnees=donnees,
            empreinte=empreintes.fingerprint(lot.carnet, r.parametres, lot.couverture),
            couverture=lot.couverture,
        )
        for r in lot.rapports
    ]
    faits = {t.nom for t in taches if sortie.is_done(t.nom, t.empreinte, t.formats)}
    return [t for t in taches if t.nom not in faits], [t for t in taches if t.nom in faits]


def run_lot(lot: Lot, executeur: Executeur, suivi: SuiviLot) -> int:
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
        return partial(dask_workers, dask)
    return lambda lot: local_workers(min(combien, len(lot.rapports)))


class _Arret:
    """Ctrl-C une fois : finir ce qui est en cours. Deux fois : partir tout de suite, sans rien laisser tourner."""

    def __init__(self, suivi: SuiviLot) -> None:
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
