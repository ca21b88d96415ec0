"""Le texte des personnes tel qu'il entre dans un document : nettoyé, avec les espaces de la typographie française."""

import re
from datetime import date
from typing import Any

from ctgkit.documents.modele import Case, Colonne, Morceau, Texte
from ctgkit.formats import FINE, date_longue, euros, nombre, pourcent
from ctgkit.fourchette import Fourchette
from ctgkit.texte import shorten, typography

# Les caractères qu'aucun format ne sait écrire, et ceux qui retournent le sens de lecture de ce qui suit.
_INTERDITS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
_AVANT_UNITE = re.compile(r"[ \u00a0](?=[€%](?:\W|$))")
_MILLIERS = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?!\d)")


def clean(texte: object) -> str:
    propre = str(texte).replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n").replace("\u2028", "\n")
    return _INTERDITS.sub("", propre)


def french(texte: object) -> str:
    """Remplace des espaces et des apostrophes par ceux qu'il faut ; n'ajoute et n'ôte jamais un signe."""
    propre = _MILLIERS.sub(lambda m: m[0].replace(" ", FINE), typography(clean(texte)))
    return _AVANT_UNITE.sub(FINE, propre)


def pieces(texte: Texte) -> tuple[Morceau, ...]:
    """Un texte en morceaux nettoyés ; un lien qui n'est pas une adresse web redevient du texte."""
    bruts = (Morceau(texte),) if isinstance(texte, str) else tuple(texte)
    return tuple(Morceau(french(m.texte), m.gras, m.italique, _web(m.lien), m.ton) for m in bruts)


def flat(texte: Texte) -> str:
    return "".join(m.texte for m in pieces(texte))


def written(valeur: Any, colonne: Colonne) -> Texte:
    """Une case, avec la mise en forme qu'elle demande quand elle en a une."""
    return valeur.texte if isinstance(valeur, Case) else cell(valeur, colonne)


def cell(valeur: Any, colonne: Colonne) -> str:
    """Une case écrite en français ; ce qui n'est pas de la nature annoncée est un mot (« masqué »), rendu tel quel."""
    if isinstance(valeur, str | Case):
        return flat(valeur.texte if isinstance(valeur, Case) else valeur)
    if colonne.nature == "texte":
        return "" if valeur is None else french(_plain(valeur))
    if valeur is None:
        return "non renseigné"
    if colonne.nature == "fourchette":
        return (
            Fourchette(*valeur).tell(colonne.decimales)
            if isinstance(valeur, tuple)
            else euros(valeur, colonne.decimales)
        )
    if colonne.nature == "date":
        return date_longue(valeur) if isinstance(valeur, date) else french(valeur)
    ecrire = {"euros": euros, "pourcent": pourcent}.get(colonne.nature, nombre)
    return ecrire(valeur, colonne.decimales)


def metadata(texte: str) -> str:
    """Un titre pour les propriétés du fichier : une ligne, 250 signes."""
    return shorten(french(texte), 250)


def _plain(valeur: Any) -> str:
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    return date_longue(valeur) if isinstance(valeur, date) else str(valeur)


def _web(lien: str) -> str:
    propre = clean(lien).strip()
    return propre if re.fullmatch(r"https?://[^\s<>\"'\\]+", propre) else ""
