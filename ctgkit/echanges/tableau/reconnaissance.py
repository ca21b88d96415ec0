"""Reconnaître un fichier à ses titres de colonnes ; devant un fichier inconnu, proposer ce que chacune semble être."""

import difflib
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from ctgkit.diagnostic import load_catalogue
from ctgkit.echanges import formats
from ctgkit.echanges.lecteurs.feuille import FeuilleLue, FichierLu, Rang, UnreadableFileError
from ctgkit.echanges.tableau.apercu import Proposition
from ctgkit.echanges.tableau.codes import AUTO, guess_level, read_code, simplify
from ctgkit.echanges.tableau.entete import Entete, Piste
from ctgkit.echanges.tableau.perimetre import Perimetre
from ctgkit.echanges.tableau.valeurs import CRITERES, read_period
from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import read_nombre

TABLEUR = "tableur"
LIEU, ANNEE, VALEUR = "lieu", "annee", "valeur"
_LIGNES = 60
_COLONNES = 200
_PROCHE = 0.72
_CRITERES = {
    "potentiel_financier_hab": re.compile(r".*potentiel_fin(ancier)?_(par_)?hab(itant)?.*"),
    "population": re.compile(r"pmun|population_municipale(_\d{4})?"),
    "population_qpv": re.compile(r"population_(en_)?qpv.*"),
    "population_3_16": re.compile(r".*3_(a_)?16_ans.*"),
    "qpv": re.compile(r"qpv|en_qpv|quartiers?_prioritaires?"),
    "frr": re.compile(r"frr|en_frr|france_ruralites_revitalisation|zonage_frr"),
}
_TEMPS = {"an", "annee", "annees", "millesime", "date", "periode"}
_LIEUX = {"code", "insee", "commune", "communes", "codgeo", "com", "codcom", "depcom", "geo"}


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


def recognise(fichier: FichierLu, candidats: Sequence[Any]) -> list[Piste]:
    """Une piste par feuille reconnue, dans le découpage du fichier qui en reconnaît le plus."""
    objets = [Piste(format=f) for f in candidats if hasattr(f, "match_object") and f.match_object(fichier.objet)]
    if objets:
        return objets[:1]
    essais = [_attempt(fichier.nom, feuilles, candidats) for feuilles in fichier.lectures]
    meilleur = max(essais, key=lambda pistes: max((p.score for p in pistes), default=0), default=[])
    if not meilleur:
        _check_readable(fichier)
    return meilleur


def _attempt(nom: str, feuilles: Sequence[FeuilleLue], candidats: Sequence[Any]) -> list[Piste]:
    try:
        return [p for p in (_best(nom, feuille, candidats) for feuille in feuilles) if p]
    except UnreadableFileError:
        return []


def _best(nom: str, feuille: FeuilleLue, candidats: Sequence[Any]) -> Piste | None:
    """Le format qui retrouve le plus de colonnes, sur la première ligne de titres qui lui convient."""
    pistes = list(_clues(nom, feuille, candidats))
    return max(pistes, key=lambda p: (p.score, -p.entete.ligne), default=None)


def _clues(nom: str, feuille: FeuilleLue, candidats: Sequence[Any]) -> Iterator[Piste]:
    for numero, cellules in feuille.debut():
        entete = Entete.of(numero, cellules)
        if sum(map(bool, entete.noms)) < 2:
            continue
        for format_ in candidats:
            if hasattr(format_, "match") and (piste := format_.match(nom, entete)):
                yield replace(piste, format=format_, feuille=feuille)


def _check_readable(fichier: FichierLu) -> None:
    """Un fichier que rien ne reconnaît est-il au moins lisible ? Son défaut passe avant « format inconnu »."""
    fautes = []
    for feuilles in fichier.lectures:
        try:
            for feuille in feuilles:
                feuille.debut()
            return
        except UnreadableFileError as faute:
            fautes.append(faute)
    if fautes:
        raise fautes[0]


def propose(fichier: FichierLu, perimetre: Perimetre) -> tuple[Proposition, ...]:
    entete, rangs = widest_table(fichier)
    if entete.largeur < 2:
        return ()
    return tuple(
        _column(titre, [r[1][i].strip() for r in rangs if i < len(r[1])], perimetre)
        for i, titre in enumerate(entete.titres[:_COLONNES])
        if titre
    )


def widest_table(fichier: FichierLu) -> tuple[Entete, list[Rang]]:
    """Les titres et les premières lignes de la feuille la plus remplie, dans le découpage le plus régulier."""
    candidates = [_table(f) for feuilles in fichier.lectures for f in feuilles]
    return max(candidates, key=lambda c: (len(c[1]) > 0, c[0].largeur), default=(Entete(0, ()), []))


def _table(feuille: FeuilleLue) -> tuple[Entete, list[Rang]]:
    """La première ligne de titres : plusieurs textes, suivis de lignes de même allure."""
    try:
        rangs = feuille.debut(_LIGNES)
    except UnreadableFileError:
        rangs = []
    entetes = [Entete.of(numero, cellules) for numero, cellules in rangs]
    comptes = [sum(map(_is_title, e.titres)) for e in entetes]
    place = comptes.index(max(comptes)) if max(comptes, default=0) >= 2 else None
    return (Entete(0, ()), []) if place is None else (entetes[place], rangs[place + 1 :])


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
    if critere := _criterion(titre):
        return Proposition(titre, exemples, VALEUR, critere, CRITERES[critere])
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
    if simplify(texte) in perimetre.codes_par_nom:
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


def _criterion(titre: str) -> str:
    """Le critère du bonus que ce titre nomme sans doute possible."""
    nom = simplify(titre)
    return next((critere for critere, motif in _CRITERES.items() if motif.fullmatch(nom)), "")


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
