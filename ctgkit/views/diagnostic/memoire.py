"""Ce que la page garde au journal : constats retenus, alertes expliquées, chiffres saisis, poids."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType

from ctgkit.errors import CtgError
from ctgkit.storage.journal.chiffres import (
    ALERTE,
    ALERTE_CHAMP,
    CONSTAT,
    CONSTAT_CHAMP,
    forget_figure,
    keep_figures,
    saved_figures,
)
from ctgkit.storage.journal.chiffres import OBJET as CHIFFRE
from ctgkit.territoire import Indicateur, Territoire
from ctgkit.views.composants.memoire import Memoire

BROUILLON, BROUILLON_CHAMP = "brouillon_chiffres", "lignes en cours"
PRIORITES = "priorites"

LignesSaisies = dict[str, dict[str, str]]


def finding_key(code: str, lieu: str) -> str:
    """Le code de l'indicateur, comme le plan le cite ; avec la commune quand ce n'est pas tout le territoire."""
    return f"{code}@{lieu}" if lieu else code


@dataclass(frozen=True)
class Retenu:
    cle: str
    phrase: str


class MemoireDiagnostic(Memoire):
    """Chaque geste est écrit avant d'être montré ; sans journal, la page se lit et rien ne s'y garde."""

    _brouillons: Mapping[str, Mapping[str, str]] = MappingProxyType({})

    def findings(self) -> tuple[Retenu, ...]:
        return tuple(Retenu(c, str(v)) for c, v in sorted(self.values(CONSTAT, CONSTAT_CHAMP).items()))

    def explained(self) -> dict[str, str]:
        return {c: str(v) for c, v in self.values(ALERTE, ALERTE_CHAMP).items()}

    def figures(self, territoire: Territoire) -> tuple[Indicateur, ...]:
        self.states(CHIFFRE)
        return saved_figures(self.journal, territoire) if self.journal else ()

    def retain(self, cle: str, phrase: str) -> None:
        self.write(CONSTAT, cle, CONSTAT_CHAMP, phrase)

    def forget(self, cle: str) -> None:
        self.write(CONSTAT, cle, CONSTAT_CHAMP, "")

    def explain(self, alerte: str, raison: str) -> None:
        if not raison.strip():
            raise CtgError(
                "Une alerte se marque expliquée avec sa raison.", "Explication", "Écrire ce qui explique l'écart."
            )
        self.write(ALERTE, alerte, ALERTE_CHAMP, raison.strip())

    def reopen(self, alerte: str) -> None:
        self.write(ALERTE, alerte, ALERTE_CHAMP, "")

    def keep_figures(self, lignes: list[Indicateur]) -> None:
        self.record(())
        keep_figures(self.journal, lignes, self.role, {c: e for (o, c), e in self._lus.items() if o == CHIFFRE})

    def forget_key(self, cle: str) -> None:
        self.record(())
        forget_figure(self.journal, cle, self.role, self.state(CHIFFRE, cle))

    def drafts(self) -> LignesSaisies:
        """Les lignes commencées et pas finies, telles qu'elles étaient."""
        self._brouillons = self._read_drafts()
        return dict(self._brouillons)

    def keep_drafts(self, lignes: Mapping[str, Mapping[str, str]]) -> LignesSaisies:
        """Les lignes en cours, et celles qu'une autre page a commencées depuis, sous un numéro libre."""
        presentes = self._read_drafts()
        gardees = {c: dict(t) for c, t in lignes.items()}
        libres = (c for i in count(1) if (c := f"n{i}") not in gardees)
        for cle, textes in presentes.items():
            if self._brouillons.get(cle) != textes and textes not in gardees.values():
                gardees[next(libres)] = textes
        if gardees != presentes:
            self.write(BROUILLON, self.role, BROUILLON_CHAMP, gardees)
        self._brouillons = gardees
        return dict(gardees)

    def weights(self) -> dict[str, float]:
        """Les poids et les notes de gravité de cette fonction."""
        etat = self.states(PRIORITES).get(self.role)
        lues = etat.valeurs.items() if etat else ()
        return {c: float(v) for c, v in lues if isinstance(v, int | float) and not isinstance(v, bool)}

    def weigh(self, champ: str, valeur: float | None, avant: Mapping[str, float]) -> dict[str, float]:
        """Les réglages une fois celui-ci changé ; sans journal, ils ne durent que le temps de la page."""
        if self.lecture_seule or self.journal is None:
            return {c: v for c, v in {**avant, champ: valeur}.items() if v is not None}
        self.write(PRIORITES, self.role, champ, valeur)
        return self.weights()

    def _read_drafts(self) -> LignesSaisies:
        lues = self.values(BROUILLON, BROUILLON_CHAMP).get(self.role)
        if not isinstance(lues, dict):
            return {}
        return {c: {k: str(v) for k, v in t.items()} for c, t in lues.items() if isinstance(t, dict)}
