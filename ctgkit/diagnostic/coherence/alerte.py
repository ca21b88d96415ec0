"""Une alerte : ce qui ne va pas, avec les chiffres, le calcul en entier, où ils sont lus et ce qui l'expliquerait."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property

from ctgkit.texte import compact, fold, minuscule

_LIGNE = re.compile(r"\bligne (\d+)")
_CHIFFRE = re.compile(r"\d[\d \u00a0\u202f]*(?:[.,]\d+)?")

NIVEAUX = {
    "E": "Contradiction certaine",
    "D": "À qualifier",
    "L": "Libellé à vérifier",
    "X": "À compléter",
    "P": "Peu vraisemblable",
    "I": "Entre documents",
}


VIDE, RENVOI = "vide", "renvoi"


@dataclass(frozen=True)
class Chiffre:
    """Une valeur comme elle est écrite, sous quel libellé, et où."""

    valeur: str
    ou: str = ""
    libelle: str = ""


def _repere(chiffre: Chiffre) -> tuple[str, str] | None:
    ligne, nombre = _LIGNE.search(chiffre.ou), _CHIFFRE.search(fold(chiffre.valeur))
    return (ligne.group(1), compact(nombre.group()) if nombre else "") if ligne else None


@dataclass(frozen=True)
class Alerte:
    """Signale, ne corrige jamais. `id` ne dépend que du contenu : une alerte expliquée le reste si rien ne change."""

    regle: str
    niveau: str
    titre: str
    calcul: str
    chiffres: tuple[Chiffre, ...] = ()
    explications: tuple[str, ...] = ()
    theme: str = ""
    codes: tuple[str, ...] = ()
    geo: str = ""
    proposition: str = ""
    expliquee: bool = False
    raison: str = ""

    @cached_property
    def id(self) -> str:
        contenu = [self.regle, sorted(self.codes), self.geo, sorted({compact(c.valeur) for c in self.chiffres})]
        if not self.chiffres or self.regle in (VIDE, "titres", RENVOI):
            contenu += [compact(self.titre), compact(self.calcul)]
        return hashlib.sha256(json.dumps(contenu, ensure_ascii=False).encode()).hexdigest()[:10]

    @cached_property
    def reperes(self) -> frozenset[tuple[str, str]]:
        """Les nombres de l'alerte, chacun avec la ligne où il est lu."""
        return frozenset(filter(None, map(_repere, self.chiffres)))

    @cached_property
    def _doute(self) -> tuple[str, str] | None:
        """Le nombre que l'alerte met en doute : le premier qu'elle cite."""
        return _repere(self.chiffres[0]) if self.chiffres else None

    @cached_property
    def _nombres(self) -> frozenset[tuple[str, str]]:
        return frozenset(r for r in self.reperes if r[1]) or self.reperes

    def says_like(self, autre: "Alerte") -> bool:
        """La même règle sur les mêmes nombres, lus aux mêmes lignes : deux façons de dire un seul constat."""
        a, b = self._nombres, autre._nombres
        return self.regle == autre.regle and bool(a and b) and (a <= b or b <= a)

    def follows(self, autre: "Alerte") -> bool:
        """Une suite de l'autre : le nombre qu'elle met en doute, ou deux des siens, sont lus aux mêmes lignes."""
        if self.regle == autre.regle == RENVOI:
            return True
        return autre._doute in self.reperes or len(self.reperes & autre.reperes) > 1

    @property
    def nom_niveau(self) -> str:
        return NIVEAUX[self.niveau]

    def as_dict(self) -> dict[str, object]:
        return {"id": self.id, "nom_niveau": self.nom_niveau, **asdict(self)}


def name_sources(alerte: Alerte, name_lieu: Callable[[str], str]) -> Alerte:
    """La même alerte, ses documents et fichiers dits par leur nom plutôt que par leur clé."""
    return replace(
        alerte,
        calcul=name_lieu(alerte.calcul),
        chiffres=tuple(replace(c, ou=name_lieu(c.ou)) for c in alerte.chiffres),
        explications=tuple(map(name_lieu, alerte.explications)),
    )


def say_once(alertes: Sequence[Alerte]) -> list[Alerte]:
    """Un constat trouvé de deux façons est dit une fois, au niveau le plus sûr ; à niveau égal, la première."""
    gardees: list[Alerte] = []
    for alerte in sorted(alertes, key=lambda a: list(NIVEAUX).index(a.niveau)):
        if alerte.regle == VIDE or not any(alerte.says_like(g) for g in gardees):
            gardees.append(alerte)
    return gardees


def join_consequences(alertes: Sequence[Alerte]) -> list[Alerte]:
    """Dans un texte, un doute qui suit d'un autre constat se lit sous lui : une erreur, une alerte."""
    gardees: list[Alerte] = []
    for alerte in sorted(alertes, key=lambda a: list(NIVEAUX).index(a.niveau)):
        causes = [rang for rang, g in enumerate(gardees) if alerte.niveau == "D" and alerte.follows(g)]
        if not causes:
            gardees.append(alerte)
            continue
        cause = gardees[causes[0]]
        suite = f"à lire avec : {minuscule(alerte.titre)} ({alerte.calcul})"
        gardees[causes[0]] = replace(cause, explications=(*cause.explications, suite))
    return gardees


def not_said_yet(lues: Sequence[Alerte], connues: Sequence[Alerte]) -> list[Alerte]:
    """Les constats d'un texte que le territoire n'a pas déjà ; un vide n'a qu'une ligne pour le reconnaître.

    Deux documents laissent par hasard la même ligne vide : celui dont la moitié des constats est connue est le même.
    """
    deja = [any(a.says_like(c) for c in connues) for a in lues]
    meme_texte = 2 * sum(deja) >= len(lues)
    return [a for a, connu in zip(lues, deja, strict=True) if not connu or (a.regle == VIDE and not meme_texte)]


def ordre(alerte: Alerte) -> tuple[bool, int, str, str]:
    """Les contradictions certaines d'abord, celles déjà expliquées à la fin."""
    return alerte.expliquee, list(NIVEAUX).index(alerte.niveau), alerte.theme, alerte.titre
