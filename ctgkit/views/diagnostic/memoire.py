"""Ce que la page garde au journal : constats retenus, alertes expliquées, chiffres saisis."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from ctgkit.errors import CtgError
from ctgkit.storage.journal import ConflictError, Etat, Journal
from ctgkit.storage.journal.chiffres import (
    CONSTAT,
    CONSTAT_CHAMP,
    forget_figure,
    keep_figures,
    saved_figures,
    saved_findings,
)
from ctgkit.storage.journal.chiffres import OBJET as CHIFFRE
from ctgkit.territoire import Indicateur, Territoire

BROUILLON, BROUILLON_CHAMP = "brouillon_chiffres", "lignes en cours"
ALERTE, ALERTE_CHAMP = "alerte", "explication"
PRIORITES = "priorites"

Lignes = dict[str, dict[str, str]]


def finding_key(code: str, lieu: str) -> str:
    """Le code de l'indicateur, comme le plan le cite ; avec la commune quand ce n'est pas tout le territoire."""
    return f"{code}@{lieu}" if lieu else code


@dataclass(frozen=True)
class Retenu:
    cle: str
    phrase: str


class MemoireDiagnostic:
    """Chaque geste est écrit avant d'être montré ; sans journal, la page se lit et rien ne s'y garde.

    Elle retient ce qu'elle a lu : écrire par-dessus ce que quelqu'un a changé depuis lève `ConflictError`.
    """

    def __init__(self, journal: Journal | None, role: str, empechement: str = "") -> None:
        self.journal, self.role = journal, role
        self.empechement = empechement or (journal.lecture_seule if journal else "")
        self._vus: dict[str, dict[str, Etat]] = {}
        self._brouillons: Lignes = {}

    def findings(self) -> tuple[Retenu, ...]:
        self._read(CONSTAT)
        return tuple(Retenu(c, v) for c, v in saved_findings(self.journal).items()) if self.journal else ()

    def explained(self) -> dict[str, str]:
        return {c: str(v) for c, v in self._values(ALERTE, ALERTE_CHAMP).items()}

    def figures(self, territoire: Territoire) -> tuple[Indicateur, ...]:
        self._read(CHIFFRE)
        return saved_figures(self.journal, territoire) if self.journal else ()

    def retain(self, cle: str, phrase: str) -> None:
        self._write(CONSTAT, cle, CONSTAT_CHAMP, phrase)

    def forget(self, cle: str) -> None:
        self._write(CONSTAT, cle, CONSTAT_CHAMP, "")

    def explain(self, alerte: str, raison: str) -> None:
        if not raison.strip():
            raise CtgError(
                "Une alerte se marque expliquée avec sa raison.", "Explication", "Écrire ce qui explique l'écart."
            )
        self._write(ALERTE, alerte, ALERTE_CHAMP, raison.strip())

    def reopen(self, alerte: str) -> None:
        self._write(ALERTE, alerte, ALERTE_CHAMP, "")

    def keep_figures(self, lignes: list[Indicateur]) -> None:
        self._check()
        keep_figures(self.journal, lignes, self.role, self._vus.get(CHIFFRE))

    def forget_key(self, cle: str) -> None:
        self._check()
        forget_figure(self.journal, cle, self.role, self._vus.get(CHIFFRE, {}).get(cle))

    def drafts(self) -> Lignes:
        """Les lignes commencées et pas finies, telles qu'elles étaient."""
        self._brouillons = self._read_drafts()
        return dict(self._brouillons)

    def keep_drafts(self, lignes: Mapping[str, Mapping[str, str]]) -> Lignes:
        """Les lignes en cours, et celles qu'une autre page a commencées depuis, sous un numéro libre."""
        presentes = self._read_drafts()
        gardees = {c: dict(t) for c, t in lignes.items()}
        libres = (c for i in count(1) if (c := f"n{i}") not in gardees)
        for cle, textes in presentes.items():
            if self._brouillons.get(cle) != textes and textes not in gardees.values():
                gardees[next(libres)] = textes
        if gardees != presentes:
            self._write(BROUILLON, self.role, BROUILLON_CHAMP, gardees)
        self._brouillons = gardees
        return dict(gardees)

    def weights(self) -> dict[str, float]:
        """Les poids et les notes de gravité de cette fonction."""
        etat = self._read(PRIORITES).get(self.role)
        lues = etat.valeurs.items() if etat else ()
        return {c: float(v) for c, v in lues if isinstance(v, int | float) and not isinstance(v, bool)}

    def weigh(self, champ: str, valeur: float | None, avant: Mapping[str, float]) -> dict[str, float]:
        """Les réglages une fois celui-ci changé ; sans journal, ils ne durent que le temps de la page."""
        if self.journal is None or self.empechement:
            return {c: v for c, v in {**avant, champ: valeur}.items() if v is not None}
        self._write(PRIORITES, self.role, champ, valeur)
        return self.weights()

    def _read_drafts(self) -> Lignes:
        lues = self._values(BROUILLON, BROUILLON_CHAMP).get(self.role)
        if not isinstance(lues, dict):
            return {}
        return {c: {k: str(v) for k, v in t.items()} for c, t in lues.items() if isinstance(t, dict)}

    def _read(self, objet: str) -> dict[str, Etat]:
        self._vus[objet] = self.journal.states(objet) if self.journal else {}
        return self._vus[objet]

    def _values(self, objet: str, champ: str) -> dict[str, object]:
        return {cle: e.valeurs[champ] for cle, e in self._read(objet).items() if e.valeurs.get(champ)}

    def _write(self, objet: str, cle: str, champ: str, apres: Any) -> None:
        """Refusé si quelqu'un d'autre a écrit ce champ depuis qu'on l'a lu, sauf s'il y a écrit la même chose."""
        self._check()
        vus = self._vus.get(objet)
        vu = (self._read(objet) if vus is None else vus).get(cle, Etat(objet, cle))
        try:
            self.journal.record_all([vu.change(champ, apres)], self.role)
        except ConflictError as desaccord:
            if not all(c.identique for c in desaccord.conflits):
                raise
        self._read(objet)

    def _check(self) -> None:
        if self.journal is None or self.empechement:
            raise CtgError("Rien n'a été gardé.", "journal du territoire", self.empechement or "Recharger la page.")
