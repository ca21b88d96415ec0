"""Les titres « Article 3 – … » et « Annexe 2 – … », au sommaire et dans le corps, et les renvois vers eux."""

import re
from collections.abc import Iterator

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.numerotation import Renvoi, Titre, verifier_renvois, verifier_titres
from ctgkit.diagnostic.coherence.texte.lecture import Ligne, Texte

_TITRE = re.compile(
    r"^\W{0,4}(article|annexe)\s+(?:n\s?°\s*)?(1er|premier|\d{1,2})\s*(?:[-–—:.]+\s*(.*)|$)", re.IGNORECASE
)
_PAGE = re.compile(r"[\s.…_]*(?:\t|\s{2,}|\.{2,}|…)\s*\d{1,3}\s*$")
_RENVOI = re.compile(
    r"\b(annexe|article)s?\s+(?:n\s?°\s*)?(\d{1,2}(?:er)?)(?![\d])(?:\s*(?:,|et|à)\s*(\d{1,2})\b(?! \w*\d))?",
    re.IGNORECASE,
)
_LOI = re.compile(
    r"^\W{0,3}(?:et suivants\s+)?(?:du|de la|de l'|des|de)\s+(?:\w+\s+){0,2}?"
    r"(?:code|loi|règlement|reglement|rgpd|décret|decret|arrêté|arrete|traité|directive|constitution|ordonnance|cgct"
    r"|casf|circulaire|charte|convention d'objectifs|cog)",
    re.IGNORECASE,
)
_PHRASE_LONGUE = 140


def alertes(texte: Texte) -> Iterator[Alerte]:
    trouves = titres(texte)
    yield from verifier_titres(trouves, texte.document)
    yield from verifier_renvois(list(renvois(texte)), list(_cibles(trouves)), texte.document)


def _cibles(trouves: list[Titre]) -> Iterator[Titre]:
    """Les titres du corps ; ceux du sommaire pour un genre dont le corps n'a aucun titre (des annexes à part)."""
    du_corps = {t.genre for t in trouves if not t.sommaire}
    return (t for t in trouves if not t.sommaire or t.genre not in du_corps)


def titres(texte: Texte) -> list[Titre]:
    """Les titres, dans l'ordre ; une ligne qui finit par un numéro de page est au sommaire."""
    return [t for t in map(_titre, texte.pleines()) if t]


def _titre(ligne: Ligne) -> Titre | None:
    trouve = _TITRE.match(ligne.net)
    if not trouve or len(ligne.net) > _PHRASE_LONGUE:
        return None
    intitule = trouve.group(3) or ""
    page = _PAGE.search(ligne.brut.rstrip())
    propre = _PAGE.sub("", intitule) if page else intitule
    propre = re.sub(r"[\s.]*\d{1,3}$", "", propre) if page else propre
    numero = trouve.group(2).lower()
    rang = 1 if numero in ("1er", "premier") else int(numero)
    return Titre(trouve.group(1).lower(), rang, propre.strip(" ."), ligne.numero, bool(page))


def renvois(texte: Texte) -> Iterator[Renvoi]:
    """« (annexe 4) », « à l'article 3 » ; un article d'un code ou d'une loi n'est pas un renvoi interne."""
    for ligne in texte.pleines():
        if _titre(ligne):
            continue
        for trouve in _RENVOI.finditer(ligne.net):
            avant, apres = ligne.net[: trouve.start()], ligne.net[trouve.end() :]
            if not _externe(avant, apres):
                contexte = _autour(texte, ligne, avant, trouve.group() + apres)
                for numero in filter(None, (trouve.group(2), trouve.group(3))):
                    yield Renvoi(trouve.group(1).lower(), int(numero.removesuffix("er")), contexte, ligne.numero)


def _externe(avant: str, apres: str) -> bool:
    loi_avant = re.search(r"\b(?:code|loi|décret|règlement|rgpd|cgct)\b[^.;]{0,40}$", avant, re.IGNORECASE)
    return bool(_LOI.match(apres) or loi_avant or re.match(r"^[.-]\d", apres))


def _autour(texte: Texte, ligne: Ligne, avant: str, apres: str) -> str:
    """La phrase qui contient le renvoi, sans ce qui précède un point."""
    phrase = texte.phrase(ligne)
    debut = phrase[: len(phrase) - len(ligne.net)] + avant
    return re.split(r"(?<=[a-zé)])\.\s+(?=[A-ZÉ])", debut)[-1] + re.split(r"\.\s", apres, maxsplit=1)[0]
