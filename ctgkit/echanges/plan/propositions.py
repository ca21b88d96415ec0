"""Devant un tableur inconnu : les colonnes que l'on y voit, et le champ de fiche que chacune semble être."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from ctgkit.echanges.lecteurs.feuille import ENTETE_AU_PLUS_LOIN, FeuilleLue, UnreadableFileError
from ctgkit.echanges.lecteurs.fichier import open_file, short_name
from ctgkit.echanges.plan.entete import vocabulary
from ctgkit.echanges.tableau.codes import simplify
from ctgkit.plan import champs

COLONNES, EXEMPLES, PROCHE = 80, 3, 0.74
APRES = 30


@dataclass(frozen=True)
class ColonneProposee:
    """`champ` : ce qu'elle semble être, vide quand rien ne le dit."""

    titre: str
    exemples: tuple[str, ...]
    champ: str


def propose_columns(nom: str, octets: bytes) -> tuple[ColonneProposee, ...]:
    """Celles de la ligne de titres la plus large, avec quelques valeurs lues dessous."""
    document = open_file(short_name(nom), octets)
    candidates = [_titles(f) for feuilles in document.lectures for f in feuilles]
    titres, suite = max(candidates, key=lambda c: len(c[0]), default=({}, []))
    proposees: list[ColonneProposee] = []
    for rang, titre in list(titres.items())[:COLONNES]:
        lus = [str(x[rang]).strip() for x in suite if rang < len(x)]
        exemples = tuple(dict.fromkeys(t[:60] for t in lus if t))[:EXEMPLES]
        pris = {p.champ for p in proposees}
        proposees.append(ColonneProposee(titre, exemples, next((c for c in _guess(titre) if c not in pris), "")))
    return tuple(proposees)


def _titles(feuille: FeuilleLue) -> tuple[dict[int, str], list[Sequence[str]]]:
    """La première ligne du haut où tiennent le plus de textes ; le reste dessous."""
    try:
        rangs = [cellules for _, cellules in feuille.debut(ENTETE_AU_PLUS_LOIN + APRES)]
    except UnreadableFileError:
        return {}, []
    haut = rangs[:ENTETE_AU_PLUS_LOIN]
    if not haut:
        return {}, []
    place = max(range(len(haut)), key=lambda i: (sum(map(_is_title, haut[i])), -i))
    titres = {i: str(t).strip().lstrip("\ufeff") for i, t in enumerate(haut[place]) if _is_title(t)}
    return (titres, rangs[place + 1 :]) if len(titres) > 1 else ({}, [])


def _is_title(texte: object) -> bool:
    propre = str(texte).strip()
    return bool(propre) and len(propre) <= 120 and not propre.replace(" ", "").replace(",", "").isdecimal()


@cache
def _names() -> dict[str, str]:
    """Titre simplifié → champ : nos libellés, et les titres d'autres outils."""
    mots = vocabulary()
    ailleurs = {simplify(t): c for groupe in ("champs", "lignes") for c, titres in mots[groupe].items() for t in titres}
    return {simplify(c.libelle): cle for cle, c in champs().items()} | ailleurs


def _guess(titre: str) -> list[str]:
    """Le même titre, sinon les plus ressemblants."""
    nom, connus = simplify(titre), _names()
    if nom in connus:
        return [connus[nom]]
    return [connus[n] for n in difflib.get_close_matches(nom, connus, n=3, cutoff=PROCHE)]
