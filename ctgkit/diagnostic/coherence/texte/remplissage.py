"""Ce que le document lui-même permet d'écrire à la place d'un champ vide."""

import re

from ctgkit.diagnostic.coherence.texte.lecture import Texte
from ctgkit.formats import liste
from ctgkit.texte import ascii_only

_NOMBRE = re.compile(r"(?<![\w.,/-])(\d{1,3}(?:[ \u00a0\u202f]\d{3})*)(?![\d,./%])")
_RANG = re.compile(r"(?:objectif|phase|article|annexe|axe|fiche|enjeu|page|ligne|n)\s*\W?\s*$")
_PROCHE = 70
_SOMMAIRE = re.compile(r"^\W{0,4}(annexe)s?\s+(\d{1,2})\b", re.IGNORECASE)


def proposer(texte: Texte, libelle: str, ligne: int) -> str:
    """« 23 (ligne 481) » quand le document compte ailleurs la même chose ; rien s'il n'en dit rien."""
    if re.match(r"(?i)annexes?\b", libelle):
        return _annexes(texte)
    mot = _mot_cle(libelle)
    if not mot:
        return ""
    trouves: dict[str, int] = {}
    for autre in texte.pleines():
        if autre.numero != ligne and not re.search(r"(?<!\w)[Xx]{2,}(?!\w)", autre.net):
            for nombre in _nombres_devant(autre.net, mot)[:1]:
                trouves.setdefault(nombre, autre.numero)
    if not trouves or len(trouves) > 3:
        return ""
    return liste([f"{n} (ligne {numero})" for n, numero in trouves.items()])


def deja_ecrit(texte: Texte, etiquette: str, ligne: int) -> str:
    """« Publié le » laissé vide ici, rempli ailleurs."""
    for autre in texte.pleines():
        reste = re.match(rf"(?i)^{re.escape(etiquette)}\s*:?\s*(\d.{{3,60}})$", autre.net)
        if reste and autre.numero != ligne:
            return f"{reste.group(1)} (ligne {autre.numero})"
    return ""


def _mot_cle(libelle: str) -> str:
    """Le sigle du libellé (entre parenthèses de préférence), sinon son mot le plus long."""
    entre = re.search(r"\((\w{3,})\)", libelle)
    if entre:
        return ascii_only(entre.group(1).lower())
    sigles = re.findall(r"\b[A-Z]{3,}\b", libelle)
    return ascii_only(sigles[0].lower()) if sigles else ""


def _nombres_devant(phrase: str, mot: str) -> list[str]:
    """Les nombres que suit le mot, sans autre nombre entre eux."""
    nue = ascii_only(phrase.lower())
    if not re.search(rf"\b{re.escape(mot)}s?\b", nue):
        return []
    trouves = []
    for nombre in _NOMBRE.finditer(nue):
        if _RANG.search(nue[: nombre.start()]):
            continue
        suite = nue[nombre.end() : nombre.end() + _PROCHE]
        suite = re.split(r"\d", suite)[0]
        if re.search(rf"\b{re.escape(mot)}s?\b", suite):
            trouves.append(nombre.group(1))
    return trouves


def _annexes(texte: Texte) -> str:
    trouvees = {int(t.group(2)) for x in texte.pleines() if (t := _SOMMAIRE.match(x.net))}
    return f"{len(trouvees)} annexes dans le document" if len(trouvees) > 1 else ""
