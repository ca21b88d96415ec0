"""Reconnaître un fichier à ses titres de colonnes ; les formats se trouvent seuls dans `formats/`."""

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from ctgkit.echanges import formats
from ctgkit.echanges.lecteurs.feuille import FeuilleLue, FichierLu, UnreadableFileError
from ctgkit.echanges.tableau.entete import Entete, Resolution
from ctgkit.errors import CtgError, did_you_mean

TABLEUR = "tableur"


@dataclass(frozen=True)
class Piste:
    """Un format possible, la feuille et la ligne de titres où il a été reconnu."""

    format: Any
    feuille: FeuilleLue | None = None
    resolution: Resolution | None = None

    @property
    def score(self) -> int:
        return self.resolution.score if self.resolution else 0


@cache
def known_formats() -> tuple[Any, ...]:
    noms = sorted(m.name for m in pkgutil.iter_modules(formats.__path__))
    modules = [importlib.import_module(f"{formats.__name__}.{nom}") for nom in noms]
    return tuple(m.FORMAT for m in modules if hasattr(m, "FORMAT"))


def find_format(code: str) -> Any:
    connus = {f.code: f for f in known_formats()}
    if code not in connus:
        conseil = did_you_mean(code, connus)
        raise CtgError(
            f"Format inconnu : « {code} » {conseil}".strip(), que_faire=f"Formats : {', '.join(connus)}, {TABLEUR}."
        )
    return connus[code]


def recognise(document: FichierLu, candidats: Sequence[Any]) -> list[Piste]:
    """Une piste par feuille reconnue, dans le découpage du fichier qui en reconnaît le plus."""
    objets = [Piste(f) for f in candidats if hasattr(f, "match_object") and f.match_object(document.objet)]
    if objets:
        return objets[:1]
    essais = [_attempt(document.nom, feuilles, candidats) for feuilles in document.lectures]
    meilleur = max(essais, key=lambda pistes: max((p.score for p in pistes), default=0), default=[])
    if not meilleur:
        _check_readable(document)
    return meilleur


def _attempt(nom: str, feuilles: Sequence[FeuilleLue], candidats: Sequence[Any]) -> list[Piste]:
    try:
        return [p for p in (_best(nom, feuille, candidats) for feuille in feuilles) if p]
    except UnreadableFileError:
        return []


def _best(nom: str, feuille: FeuilleLue, candidats: Sequence[Any]) -> Piste | None:
    """Le format qui retrouve le plus de colonnes, sur la première ligne de titres qui lui convient."""
    pistes = list(_clues(nom, feuille, candidats))
    return max(pistes, key=lambda p: (p.score, -p.resolution.entete.ligne), default=None)


def _clues(nom: str, feuille: FeuilleLue, candidats: Sequence[Any]) -> Iterator[Piste]:
    for numero, cellules in feuille.debut():
        entete = Entete.of(numero, cellules)
        if sum(map(bool, entete.noms)) < 2:
            continue
        for format_ in candidats:
            if hasattr(format_, "match") and (resolution := format_.match(nom, entete)):
                yield Piste(format_, feuille, resolution)


def _check_readable(document: FichierLu) -> None:
    """Un fichier que rien ne reconnaît est-il au moins lisible ? Son défaut passe avant « format inconnu »."""
    fautes = []
    for feuilles in document.lectures:
        try:
            for feuille in feuilles:
                feuille.debut()
            return
        except UnreadableFileError as faute:
            fautes.append(faute)
    if fautes:
        raise fautes[0]
