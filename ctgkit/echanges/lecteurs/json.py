"""Les exports JSON : une liste d'enregistrements devient une feuille, un GeoJSON reste un objet."""

import json
from collections.abc import Iterator
from typing import NoReturn

from ctgkit.echanges.lecteurs.csv import undecodable
from ctgkit.echanges.lecteurs.feuille import LIMITE_COLONNES, FeuilleLue, Rang, number_text, unreadable


def load_json(nom: str, octets: bytes) -> object:
    try:
        return json.loads(octets.decode("utf-8-sig"), parse_constant=_refuse)
    except UnicodeDecodeError as erreur:
        raise undecodable(nom, octets, erreur.start, "UTF-8") from erreur
    except json.JSONDecodeError as erreur:
        lieu = (erreur.lineno, f"caractère {erreur.colno}")
        raise unreadable(nom, "JSON mal formé", "un export JSON ou GeoJSON entier", lieu) from erreur
    except (ValueError, RecursionError) as erreur:
        raise unreadable(nom, "JSON illisible", "un export JSON ou GeoJSON ordinaire") from erreur


def _refuse(constante: str) -> NoReturn:
    raise ValueError(constante)


def json_sheets(nom: str, objet: object) -> tuple[tuple[FeuilleLue, ...], ...]:
    """Les enregistrements d'une API (v1 `fields`, v2 `results`) ou d'un export ; rien pour un GeoJSON."""
    lignes = _records(objet)
    if lignes is None:
        return ()
    colonnes = list(dict.fromkeys(cle for ligne in lignes for cle in ligne))
    if len(colonnes) > LIMITE_COLONNES:
        raise unreadable(nom, "trop de clés différentes", f"au plus {LIMITE_COLONNES}")
    return ((FeuilleLue(lambda: _rows(colonnes, lignes), souple=True),),)


def _records(objet: object) -> list[dict[str, object]] | None:
    if isinstance(objet, dict) and objet.get("type") == "FeatureCollection":
        return None
    if isinstance(objet, dict):
        objet = next((objet[c] for c in ("results", "records", "data") if isinstance(objet.get(c), list)), None)
    if not isinstance(objet, list) or not objet or not all(isinstance(x, dict) for x in objet):
        return None
    return [x["fields"] if isinstance(x.get("fields"), dict) else x for x in objet]


def _rows(colonnes: list[str], lignes: list[dict[str, object]]) -> Iterator[Rang]:
    """La ligne 1 est celle des noms ; l'enregistrement n est donc à la ligne n + 1."""
    yield 1, colonnes
    for numero, ligne in enumerate(lignes, 2):
        yield numero, [_text(ligne.get(c)) for c in colonnes]


def _text(valeur: object) -> str:
    if valeur is None:
        return ""
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, float):
        return number_text(valeur)
    return valeur if isinstance(valeur, str) else str(valeur) if isinstance(valeur, int) else json.dumps(valeur)
