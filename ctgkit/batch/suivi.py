"""Ce que l'on voit pendant un lot : une ligne par rapport et le temps qui reste ; un bilan seul hors d'un terminal."""

import math
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from ctgkit.batch.execution import Bilan
from ctgkit.formats import nombre, pluriel

_BARRE = 24


class Suivi:
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
        mots = {"fait": ("fait", "faits"), "inchangé": ("inchangé", "inchangés"), "échec": ("échec", "échecs"),
                "à faire": ("reste à faire", "restent à faire")}  # fmt: skip
        dits = [pluriel(comptes[statut], *formes) for statut, formes in mots.items() if comptes[statut]]
        self._print(f"{', '.join(dits)}, en {duration(time.monotonic() - self.debut)}. Sortie : {sortie}")
        for bilan in bilans:
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


def duration(secondes: float) -> str:
    """`8 s`, `3 min 20 s`, `1 h 05 min`."""
    total = math.ceil(secondes)
    if total < 60:
        return f"{total} s"
    if total < 3600:
        return f"{total // 60} min {total % 60:02d} s"
    return f"{nombre(total // 3600)} h {total % 3600 // 60:02d} min"
