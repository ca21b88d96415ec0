"""Une entrée du journal en une phrase française : quand, qui (une fonction), quoi, de quoi à quoi."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ctgkit.formats import INSECABLE, date_longue, nombre, pluriel
from ctgkit.storage.journal.tables import Entree
from ctgkit.texte import shorten

LONGUEUR_MAX = 80
OBJETS = {"decision": "décision", "reglage": "réglage", "scenario": "scénario", "seance": "séance"}
_ARTICLE = re.compile(r"(le|la|les|un|une|des)\s|l['’]", re.IGNORECASE)
_FEMININ = re.compile(r"(trice|euse|ère|ée|enne|caf|commune|collectivité|équipe|salle|référente)", re.IGNORECASE)


def phrase(entree: Entree, libelles: Mapping[str, str] | None = None) -> str:
    """« Le 3 mars 2026 à 14 h 05, le référent technique a changé « Échéance » (fiche F12) : de « … » à « … ». »"""
    quand = moment(entree.quand)
    return f"{quand[0].upper()}{quand[1:]}, {actor(entree.role, debut=False)} {_gesture(entree, libelles or {})}."


def actor(role: str, debut: bool = True) -> str:
    """La fonction avec son article : « le conseiller Caf », « l'animatrice »."""
    mots = role or "quelqu’un"
    if role and not _ARTICLE.match(role):
        premier = role.split(maxsplit=1)[0]
        if premier[0].lower() in "aeiouyéèêàâîô":
            mots = f"l’{role}"
        else:
            mots = f"{'la' if _FEMININ.fullmatch(premier) or _FEMININ.search(premier) else 'le'} {role}"
    return mots[0].upper() + mots[1:] if debut else mots[0].lower() + mots[1:]


def moment(quand: datetime) -> str:
    """À l'heure de l'ordinateur qui lit."""
    ici = quand.astimezone()
    return f"le {date_longue(ici.date())} à {ici.hour}{INSECABLE}h{INSECABLE}{ici.minute:02d}"


def value(valeur: Any) -> str:
    """Une valeur telle qu'on la dit, raccourcie quand elle est longue."""
    if valeur is None or valeur == "":
        return "vide"
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, int | float):
        return nombre(valeur, 0 if float(valeur).is_integer() else 2)
    if isinstance(valeur, Mapping):
        return pluriel(len(valeur), "élément")
    if isinstance(valeur, list):
        simples = all(isinstance(v, str | int | float) for v in valeur)
        return (
            shorten(", ".join(value(v) for v in valeur), LONGUEUR_MAX)
            if simples and valeur
            else pluriel(len(valeur), "élément")
        )
    return shorten(_day(str(valeur)), LONGUEUR_MAX)


def quoted(texte: str) -> str:
    return f"«{INSECABLE}{texte}{INSECABLE}»"


def told(valeur: Any) -> str:
    """La valeur entre guillemets, ou le mot « vide » sans guillemets."""
    return value(valeur) if valeur is None or valeur == "" else quoted(value(valeur))


def _gesture(entree: Entree, libelles: Mapping[str, str]) -> str:
    champ = quoted(libelles.get(entree.champ, entree.champ))
    champ += f" ({OBJETS.get(entree.objet, entree.objet)} {entree.cle})"
    passage = f"de {told(entree.avant)} à {told(entree.apres)}"
    if entree.geste == "annulation":
        return f"a annulé un changement de {champ}{INSECABLE}: {passage}"
    if entree.geste == "retour":
        return f"a repris une version précédente de {champ}{INSECABLE}: {passage}"
    if value(entree.avant) == "vide":
        return f"a rempli {champ}{INSECABLE}: {told(entree.apres)}"
    if value(entree.apres) == "vide":
        return f"a vidé {champ}, qui valait {told(entree.avant)}"
    return f"a changé {champ}{INSECABLE}: {passage}"


def _day(texte: str) -> str:
    try:
        return date_longue(date.fromisoformat(texte)) if re.fullmatch(r"\d{4}-\d\d-\d\d", texte) else texte
    except ValueError:
        return texte
