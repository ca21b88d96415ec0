"""Le texte, quel qu'en soit le sujet : sans accent, raccourci, à la française, et jamais pris pour une formule."""

import csv
import io
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from numbers import Integral, Real
from typing import Any

from ctgkit.formats import FINE, INSECABLE

# « de huit », « de haut » : les h aspirés que disent nos phrases ; un nom de lieu en h est tenu pour muet.
_H_ASPIRE = re.compile(r"(?:huit|haut|hors|hausse|handicap|halte|hall|hasard|hameau)")
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "Oe", "æ": "ae", "Æ": "Ae"})
# Ce qu'un tableur prend pour le début d'une formule, même derrière des espaces ou nos apostrophes.
_FORMULES = ("=", "+", "-", "@", "\t", "\r", "\n")
_DEVANT = "' \u00a0"
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_OUVRANT, _FERMANT = re.compile(r"«\s*"), re.compile(r"\s*»")
_AVANT_FINE = re.compile(r"[ \u00a0](?=[;!?](?:\W|$))")
_AVANT_INSECABLE = re.compile(r"(?<!\s) (?=:(?:\s|$|[.,;)]))| (?=»)")


def unaccent(texte: str) -> str:
    """`Cœur d'Été` → `Coeur d'Ete`."""
    decompose = unicodedata.normalize("NFKD", texte.translate(_LIGATURES))
    return "".join(c for c in decompose if not unicodedata.combining(c))


def fold(texte: str) -> str:
    """Pour comparer ou chercher : ni accent, ni casse."""
    return unaccent(texte).casefold()


def ascii_only(texte: str) -> str:
    """Les accents ôtés, et tout ce qui n'est pas de l'ASCII perdu (`L’Îlot` → `LIlot`)."""
    return unicodedata.normalize("NFKD", texte).encode("ascii", "ignore").decode()


def compact(texte: str) -> str:
    """L'empreinte d'un texte : ses lettres et ses accents, sans espace ni casse."""
    return "".join(unicodedata.normalize("NFKC", texte).split()).casefold()


def straight(texte: str) -> str:
    """Les apostrophes courbes d'un traitement de texte, droites comme au clavier."""
    return texte.replace("’", "'")


def slug(texte: str, joint: str = "-") -> str:
    """`L'Orée de Mormal` → `l-oree-de-mormal`."""
    return re.sub(r"[^a-z0-9]+", joint, fold(texte)).strip(joint)


def shorten(texte: object, limite: int) -> str:
    """Sur une ligne, et coupé d'un « … » au-delà de la limite."""
    uni = " ".join(str(texte).split())
    return uni if len(uni) <= limite else uni[: limite - 1].rstrip() + "…"


def majuscule(phrase: str) -> str:
    return phrase[:1].upper() + phrase[1:]


def minuscule(libelle: str) -> str:
    """Un libellé au milieu d'une phrase : les sigles gardent leurs capitales."""
    suite = libelle[1:2]
    return libelle[:1].lower() + libelle[1:] if suite.islower() or suite in (" ", "'", "\u2019") else libelle


def quote(texte: str) -> str:
    """`« L'Îlot »` ; les guillemets que le texte porte déjà deviennent ceux du second rang."""
    return f"« {_FERMANT.sub('”', _OUVRANT.sub('“', texte))} »"


def elide(mot: str) -> bool:
    """Un mot qui commence par une voyelle ou un h muet ; le h aspiré de quelques mots courants n'élide pas."""
    uni = fold(mot)
    return uni[:1] in tuple("aeiouy") or (uni[:1] == "h" and not _H_ASPIRE.match(uni))


def de(groupe: str) -> str:
    """`Anzin` → « d'Anzin », `Le Quesnoy` → « du Quesnoy », `au moins 3 €` → « d'au moins 3 € »."""
    for article, contracte in (("le ", "du "), ("les ", "des ")):
        if groupe[: len(article)].lower() == article:
            return contracte + groupe[len(article) :]
    return f"d'{groupe}" if elide(groupe) else f"de {groupe}"


def a(groupe: str) -> str:
    """`Marly` → « à Marly », `Le Quesnoy` → « au Quesnoy », `Les Rues-des-Vignes` → « aux Rues-des-Vignes »."""
    for article, contracte in (("le ", "au "), ("les ", "aux ")):
        if groupe[: len(article)].lower() == article:
            return contracte + groupe[len(article) :]
    return f"à {groupe}"


def apostrophes(texte: str) -> str:
    """Une seule sorte d'apostrophe là où l'on lit : celle de la typographie, quel que soit le clavier qui a écrit."""
    return _APOSTROPHE.sub("\u2019", texte)


def que(groupe: str) -> str:
    """`une commune` → « qu'une commune », `le bonus` → « que le bonus »."""
    return f"qu'{groupe}" if elide(groupe) else f"que {groupe}"


def typography(texte: str) -> str:
    """L'apostrophe, et les espaces autour des guillemets et des signes doubles : on écrit au clavier ordinaire."""
    texte = _AVANT_INSECABLE.sub(INSECABLE, apostrophes(texte).replace("« ", f"«{INSECABLE}"))
    return _AVANT_FINE.sub(FINE, texte)


def guard(texte: str) -> str:
    """`=1+1` devient `'=1+1` : un tableur l'affiche sans le calculer."""
    return f"'{texte}" if texte.lstrip(_DEVANT).startswith(_FORMULES) else texte


def unguard(texte: str) -> str:
    """Le texte d'avant `guard`."""
    return texte[1:] if texte.startswith("'") and guard(texte) != texte else texte


def csv_text(lignes: Iterable[Iterable[Any]], fin: str = "\r\n") -> str:
    """Des lignes de valeurs en CSV pour l'Excel français : point-virgule, virgule décimale, aucune formule."""
    return "".join(csv_line(map(csv_cell, ligne), fin) for ligne in lignes)


def csv_line(cellules: Iterable[str], fin: str) -> str:
    """Des cellules déjà écrites, telles quelles : une ligne d'un fichier que l'on complète sans toucher au reste."""
    flux = io.StringIO()
    csv.writer(flux, delimiter=";", lineterminator=fin).writerow(cellules)
    return flux.getvalue()


def csv_cell(valeur: Any) -> str:
    """Un nombre garde son signe et prend la virgule ; ce qu'on ne sait pas est vide."""
    if valeur is None:
        return ""
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, Integral):
        return str(int(valeur))
    if isinstance(valeur, Real):
        return _decimal(float(valeur))
    return valeur.isoformat() if isinstance(valeur, date) else guard(str(valeur))


def _decimal(valeur: float) -> str:
    ecrit = f"{valeur:.10f}".rstrip("0").rstrip(".") if math.isfinite(valeur) else ""
    return "0" if ecrit == "-0" else ecrit.replace(".", ",")


class CsvQuoteError(ValueError):
    """Un guillemet mal placé, ou jamais refermé, dans l'enregistrement qui commence à `ligne`."""

    attendu = 'un texte entre deux guillemets, ceux du dedans doublés ("")'

    def __init__(self, constat: str, ligne: int) -> None:
        super().__init__(constat)
        self.ligne = ligne


def csv_rows(lignes: Iterable[str], separateur: str = ";") -> Iterator[tuple[int, int, list[str]]]:
    """Chaque enregistrement, avec les lignes où il commence et finit ; un guillemet fautif n'avale rien."""
    lecteur = csv.reader(lignes, delimiter=separateur, strict=True)
    debut = 1
    try:
        for cellules in lecteur:
            yield debut, lecteur.line_num, cellules
            debut = lecteur.line_num + 1
    except csv.Error as erreur:
        mal_place = "expected after" in str(erreur)
        constat = "guillemet mal placé" if mal_place else "guillemet ouvert et jamais refermé"
        raise CsvQuoteError(constat, debut) from erreur
