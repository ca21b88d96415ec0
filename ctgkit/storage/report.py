"""Le relevé des défauts d'un fichier : tous d'un coup, les répétitions comptées plutôt que répétées."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from itertools import islice
from typing import Any

from ctgkit.errors import Defaut, did_you_mean

# Les colonnes et les clés que chacun peut ajouter pour lui.
LIBRES = ("note", "commentaire")
REPETITIONS = 100
TOTAL = 1000
_LONGUEUR = 60
_CANDIDATS = 300


class Report:
    """Les défauts d'un fichier, dans l'ordre où on les trouve."""

    def __init__(self, fichier: str) -> None:
        self.fichier = fichier
        self._defauts: list[Defaut] = []
        self._vus: Counter[tuple[str, str, str]] = Counter()
        self._tus: Counter[tuple[str, str, str]] = Counter()

    def erreur(self, *dit: Any, **dits: Any) -> None:
        """Constat, attendu, ligne, colonne, valeur : les champs d'un `Defaut`, dans cet ordre."""
        self._add(Defaut(self.fichier, *dit, **dits))

    def avis(self, *dit: Any, **dits: Any) -> None:
        self._add(Defaut(self.fichier, *dit, niveau="avis", **dits))

    def _add(self, defaut: Defaut) -> None:
        propre = replace(defaut, colonne=excerpt(defaut.colonne), valeur=excerpt(defaut.valeur))
        genre = (propre.constat, propre.colonne, propre.niveau)
        if self._vus[genre] >= REPETITIONS or len(self._defauts) >= TOTAL:
            genre = genre if self._vus[genre] else ("autres défauts", "", propre.niveau)
            self.count(*genre, 1)
            return
        self._defauts.append(propre)
        self._vus[genre] += 1

    def count(self, constat: str, colonne: str, niveau: str, combien: int) -> None:
        """Compte des défauts pareils à ceux déjà montrés, sans les montrer."""
        self._tus[constat, colonne, niveau] += combien

    @property
    def has_error(self) -> bool:
        return any(d.niveau == "erreur" for d in self._defauts)

    @property
    def defauts(self) -> list[Defaut]:
        """Dans l'ordre des lignes, puis ce qui n'a été que compté."""
        comptes = [
            Defaut(self.fichier, f"{constat} : encore {combien} fois", "", None, colonne, "", niveau)
            for (constat, colonne, niveau), combien in self._tus.items()
            if combien > 0
        ]
        return sorted(self._defauts, key=lambda d: d.ligne or 0) + comptes


def excerpt(valeur: object) -> str:
    """Ce que l'on montre d'une valeur lue : court, sur une ligne, sans caractère qui agirait sur un terminal."""
    texte = " ".join(str(valeur)[: _LONGUEUR * 4].split())
    propre = "".join(c if c.isprintable() else "\ufffd" for c in texte)
    return propre if len(propre) <= _LONGUEUR else f"{propre[: _LONGUEUR - 1]}…"


def suggestion(mot: object, connus: Iterable[str]) -> str:
    """` (vouliez-vous dire « nom » ?)`, ou rien ; borné, pour ne jamais figer sur un fichier hostile."""
    proche = did_you_mean(str(mot)[:80], islice(connus, _CANDIDATS))
    return f" ({proche})" if proche else ""


def near_misses(mots: Iterable[str], connus: Collection[str]) -> dict[str, str]:
    """Les mots inconnus qui ressemblent à un mot connu, avec la suggestion ; les cent premiers suffisent."""
    inconnus = islice((m for m in dict.fromkeys(mots) if m and m not in connus), REPETITIONS)
    conseils = {mot: suggestion(mot, connus).strip(" ()") for mot in inconnus}
    return {mot: conseil for mot, conseil in conseils.items() if conseil}
