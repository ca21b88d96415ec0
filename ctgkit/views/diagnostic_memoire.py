"""Ce que la page garde au journal : constats retenus, alertes expliquées, chiffres saisis."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ctgkit.errors import CtgError
from ctgkit.storage.chiffres import forget_figure, keep_figures, saved_figures
from ctgkit.storage.journal import Journal
from ctgkit.territoire import Indicateur, Territoire

CONSTAT, CONSTAT_CHAMP = "constat", "phrase"
BROUILLON, BROUILLON_CHAMP = "brouillon_chiffres", "lignes en cours"
ALERTE, ALERTE_CHAMP = "alerte", "explication"


def finding_key(code: str, lieu: str) -> str:
    """Le code de l'indicateur, comme le plan le cite ; avec la commune quand ce n'est pas tout le territoire."""
    return f"{code}@{lieu}" if lieu else code


@dataclass(frozen=True)
class Retenu:
    cle: str
    phrase: str


class MemoireDiagnostic:
    """Chaque geste est écrit avant d'être montré ; sans journal, la page se lit et rien ne s'y garde."""

    def __init__(self, journal: Journal | None, role: str, empechement: str = "") -> None:
        self.journal, self.role = journal, role
        self.empechement = empechement or (journal.lecture_seule if journal else "")

    def findings(self) -> tuple[Retenu, ...]:
        return tuple(Retenu(c, str(v)) for c, v in sorted(self._values(CONSTAT, CONSTAT_CHAMP).items()))

    def explained(self) -> dict[str, str]:
        return {c: str(v) for c, v in self._values(ALERTE, ALERTE_CHAMP).items()}

    def figures(self, territoire: Territoire) -> tuple[Indicateur, ...]:
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
        keep_figures(self.journal, lignes, self.role)

    def forget_key(self, cle: str) -> None:
        self._check()
        forget_figure(self.journal, cle, self.role)

    def drafts(self) -> dict[str, dict[str, str]]:
        """Les lignes commencées et pas finies, telles qu'elles étaient."""
        lues = self._values(BROUILLON, BROUILLON_CHAMP).get(self.role)
        if not isinstance(lues, dict):
            return {}
        return {c: {k: str(v) for k, v in t.items()} for c, t in lues.items() if isinstance(t, dict)}

    def keep_drafts(self, lignes: Mapping[str, Mapping[str, str]]) -> None:
        if {c: dict(t) for c, t in lignes.items()} != self.drafts():
            self._write(BROUILLON, self.role, BROUILLON_CHAMP, lignes)

    def _values(self, objet: str, champ: str) -> dict[str, object]:
        etats = self.journal.states(objet) if self.journal else {}
        return {cle: e.valeurs[champ] for cle, e in etats.items() if e.valeurs.get(champ)}

    def _write(self, objet: str, cle: str, champ: str, apres: Any) -> None:
        """Le champ est relu juste avant : on remplace ce que la page montrait, l'histoire garde le reste."""
        self._check()
        self.journal.record_all([self.journal.state(objet, cle).change(champ, apres)], self.role)

    def _check(self) -> None:
        if self.journal is None or self.empechement:
            raise CtgError("Rien n'a été gardé.", "journal du territoire", self.empechement or "Recharger la page.")
