"""L'état de la page du bonus : le brouillon, qui est gardé, et ce que l'on regarde, qui ne l'est pas."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from ctgkit.simulation import Hypotheses, as_mapping
from ctgkit.territoire import REPARTITIONS, Scenario, Territoire
from ctgkit.views.bonus.saisies import GENRES, LIBRE, Saisie, number, write
from ctgkit.views.composants.curseur import typed

NOM = "Mon scénario"
VUES = {"scenario": "Scénario", "reference": "Référence", "ecart": "Écart"}
AXES = {"structure": "Structure", "gestionnaire": "Gestionnaire", "service": "Service"}


@dataclass(frozen=True)
class Brouillon:
    """Le scénario tel qu'on est en train de l'écrire.

    `suit` : le scénario enregistré dont il est la suite ; `lien` : le code par lequel la page a été ouverte.
    """

    nom: str = NOM
    repartition: str = REPARTITIONS[0]
    poids: Mapping[str, str] = field(default_factory=dict)
    saisies: tuple[Saisie, ...] = ()
    suit: str = ""
    lien: str = ""

    @classmethod
    def of_scenario(cls, scenario: Scenario, suit: str = "") -> "Brouillon":
        ecrit = as_mapping(scenario)
        saisies = tuple(write(m, f"c{i}") for i, m in enumerate(ecrit["mouvements"], 1))
        poids = {s: typed(p) for s, p in scenario.poids.items()}
        return cls(scenario.nom, scenario.repartition, poids, saisies, suit)

    @classmethod
    def of_mapping(cls, contenu: Mapping[str, Any]) -> "Brouillon":
        saisies = tuple(Saisie(s["cle"], s["genre"], dict(s["champs"])) for s in contenu.get("saisies", ()))
        connues = tuple(s for s in saisies if s.genre in GENRES or s.genre == LIBRE)
        simples = {c: contenu[c] for c in ("nom", "repartition", "suit", "lien") if c in contenu}
        return cls(**simples, poids=dict(contenu.get("poids", {})), saisies=connues)

    def as_mapping(self) -> dict[str, Any]:
        saisies = [{"cle": s.cle, "genre": s.genre, "champs": dict(s.champs)} for s in self.saisies]
        simples = {c: getattr(self, c) for c in ("nom", "repartition", "suit", "lien")}
        return {**simples, "poids": dict(self.poids), "saisies": saisies}

    def scenario(self, sans: frozenset[str] = frozenset()) -> Scenario:
        """Le scénario de ce qui est complet et juste ; `sans` : les saisies que le moteur a refusées."""
        lus = [m for s in self.saisies if s.cle not in sans and (m := s.lue.mouvement)]
        poids = self.weights()[0] if self.repartition == "personnalisee" and "repartition" not in sans else {}
        repartition = REPARTITIONS[0] if "repartition" in sans else self.repartition
        return Scenario(self.nom, repartition, poids, tuple(lus))

    def weights(self) -> tuple[dict[str, float], dict[str, str]]:
        """Les poids lus, et ce qui ne l'a pas été."""
        lus: dict[str, float] = {}
        erreurs: dict[str, str] = {}
        for structure, texte in self.poids.items():
            try:
                lus[structure] = number(texte)
            except ValueError as erreur:
                erreurs[structure] = str(erreur)
        return lus, erreurs

    def counted(self, sans: frozenset[str] = frozenset()) -> list[Saisie]:
        """Les saisies comptées, dans l'ordre des mouvements du scénario."""
        return [s for s in self.saisies if s.cle not in sans and s.lue.mouvement]

    @property
    def est_vide(self) -> bool:
        return not self.saisies and self.repartition == REPARTITIONS[0]

    def add(self, genre: str, **champs: str) -> "Brouillon":
        pris = {s.cle for s in self.saisies}
        cle = next(f"c{i}" for i in range(1, len(pris) + 2) if f"c{i}" not in pris)
        return replace(self, saisies=(*self.saisies, Saisie(cle, genre, champs)))

    def remove(self, cle: str) -> "Brouillon":
        return replace(self, saisies=tuple(s for s in self.saisies if s.cle != cle))

    def fill(self, cle: str, champ: str, texte: str) -> "Brouillon":
        remplies = (replace(s, champs={**s.champs, champ: texte}) if s.cle == cle else s for s in self.saisies)
        return replace(self, saisies=tuple(remplies))


@dataclass(frozen=True)
class EtatBonus:
    """Tout ce que l'on règle sur cette page. `prudente` : la vue prudente est demandée, sous ces `hypotheses`.

    `lie` : le scénario du lien par lequel la page a été ouverte ; `repris` : on en voit ses propres changements.
    `repondues` : les lignes de references.csv dont la période a été répondue dans une page, et peut l'être encore.
    """

    brouillon: Brouillon = field(default_factory=Brouillon)
    annee: int = 0
    structure: str = ""
    vue: str = "scenario"
    axe: str = "structure"
    lignes: int = 0
    compares: tuple[str, ...] = ()
    grille: bool = False
    prudente: bool = False
    hypotheses: Hypotheses = field(default_factory=Hypotheses)
    lie: Brouillon | None = None
    repris: bool = False
    repondues: frozenset[int] = frozenset()

    def edit(self, brouillon: Brouillon, **plus: Any) -> "EtatBonus":
        """Le scénario change : ce que l'on en avait tiré au sort ne vaut plus."""
        lien = self.lie.lien if self.lie else ""
        return replace(self, brouillon=replace(brouillon, lien=lien), prudente=False, **plus)


def default_day(territoire: Territoire, jour: date) -> date:
    """La rentrée suivante, dans la convention : la date proposée quand on change une quantité."""
    debut, fin = territoire.convention.debut, territoire.convention.fin
    depart = max(jour, debut) if debut else jour
    rentree = date(depart.year + (depart > date(depart.year, 9, 1)), 9, 1)
    return rentree if not fin or rentree <= fin else max(d for d in (debut, date(fin.year, 1, 1)) if d)
