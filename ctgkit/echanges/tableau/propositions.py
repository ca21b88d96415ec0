"""Devant un fichier inconnu : trouver la ligne de titres, et proposer ce que chaque colonne semble être."""

import difflib
from collections.abc import Callable, Sequence
from functools import cache

from ctgkit.diagnostic import load_catalogue
from ctgkit.echanges.lecteurs.feuille import FeuilleLue, FichierLu, Rang, UnreadableFileError
from ctgkit.echanges.tableau.codes import AUTO, guess_level, read_code, simplify
from ctgkit.echanges.tableau.correspondances import Proposition
from ctgkit.echanges.tableau.entete import Entete
from ctgkit.echanges.tableau.perimetre import Perimetre
from ctgkit.echanges.tableau.valeurs import read_period
from ctgkit.formats import read_nombre

LIEU, ANNEE, VALEUR = "lieu", "annee", "valeur"
_LIGNES = 60
_COLONNES = 200
_PROCHE = 0.72
_TEMPS = {"an", "annee", "annees", "millesime", "date", "periode"}
_LIEUX = {"code", "insee", "commune", "communes", "codgeo", "com", "codcom", "depcom", "geo"}


def propose(document: FichierLu, perimetre: Perimetre) -> tuple[Proposition, ...]:
    """Les colonnes de la feuille la plus remplie, dans le découpage le plus régulier."""
    candidates = [_table(f) for feuilles in document.lectures for f in feuilles]
    entete, rangs = max(candidates, key=lambda c: (len(c[1]) > 0, c[0].largeur if c[0] else 0), default=(None, []))
    if entete is None or entete.largeur < 2:
        return ()
    return tuple(
        _column(titre, [r[1][i].strip() for r in rangs if i < len(r[1])], perimetre)
        for i, titre in enumerate(entete.titres[:_COLONNES])
        if titre
    )


def _table(feuille: FeuilleLue) -> tuple[Entete | None, list[Rang]]:
    """La première ligne de titres : plusieurs textes, suivis de lignes de même allure."""
    try:
        rangs = feuille.debut(_LIGNES)
    except UnreadableFileError:
        return None, []
    entetes = [(i, Entete.of(numero, cellules)) for i, (numero, cellules) in enumerate(rangs)]
    possibles = [(i, e) for i, e in entetes if sum(map(_is_title, e.titres)) >= 2]
    if not possibles:
        return None, []
    rang, entete = max(possibles, key=lambda c: (sum(map(_is_title, c[1].titres)), -c[0]))
    return entete, rangs[rang + 1 :]


def _is_title(texte: str) -> bool:
    return bool(texte) and not _is_number(texte)


def _is_number(texte: str) -> bool:
    try:
        read_nombre(texte)
    except ValueError:
        return False
    return True


def _column(titre: str, valeurs: Sequence[str], perimetre: Perimetre) -> Proposition:
    pleines = [v for v in valeurs if v]
    exemples = tuple(v[:40] for v in pleines[:3])
    mots = set(simplify(titre).split("_"))
    if _is_place_column(mots, pleines, perimetre):
        return Proposition(titre, exemples, LIEU)
    if mots & _TEMPS and _share(pleines, _is_period) >= 0.5:
        return Proposition(titre, exemples, ANNEE)
    if _share(pleines, _is_number) >= 0.5:
        code = _closest(titre)
        return Proposition(titre, exemples, VALEUR, code, load_catalogue()[code].libelle if code else "")
    return Proposition(titre, exemples)


def _is_place_column(mots: set[str], valeurs: Sequence[str], perimetre: Perimetre) -> bool:
    """Des lieux du territoire, ou des codes de la bonne forme sous un titre qui le dit."""
    if _share(valeurs, lambda v: _is_place(v, perimetre)) >= 0.5:
        return True
    return bool(mots & _LIEUX) and _share(valeurs, _is_code) >= 0.8


def _share(valeurs: Sequence[str], vrai: Callable[[str], bool]) -> float:
    return sum(map(vrai, valeurs)) / len(valeurs) if valeurs else 0.0


def _is_code(texte: str) -> bool:
    try:
        read_code(guess_level(texte), texte)
    except ValueError:
        return False
    return len(texte) >= 4


def _is_place(texte: str, perimetre: Perimetre) -> bool:
    if simplify(texte) in perimetre.par_nom:
        return True
    niveau = guess_level(texte)
    try:
        return niveau != AUTO and len(texte) >= 4 and perimetre.holds(niveau, read_code(niveau, texte))
    except ValueError:
        return False


def _is_period(texte: str) -> bool:
    try:
        read_period(texte)
    except ValueError:
        return False
    return True


def _closest(titre: str) -> str:
    """Le code du catalogue dont le libellé ressemble au titre ; rien plutôt qu'un rapprochement douteux."""
    libelles, nom = _labels(), simplify(titre)[:80]
    if titre.strip().upper() in load_catalogue():
        return titre.strip().upper()
    if proches := difflib.get_close_matches(nom, libelles, n=1, cutoff=_PROCHE):
        return libelles[proches[0]]
    mots = {m for m in nom.split("_") if not m.isdigit()}
    contenant = [x for x in libelles if len(max(mots, default="")) > 5 and mots <= set(x.split("_")[:3])]
    return libelles[contenant[0]] if len(contenant) == 1 else ""


@cache
def _labels() -> dict[str, str]:
    return {simplify(d.libelle): d.code for d in load_catalogue().values()}
