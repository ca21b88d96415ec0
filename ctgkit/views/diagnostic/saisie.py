"""Lire une ligne de chiffres saisie ou collée : tout ce qui manque ou ne se lit pas est dit dans sa case."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ctgkit.diagnostic import Publication, lieu_principal
from ctgkit.diagnostic.catalogue import Definition
from ctgkit.formats import nombre, read_nombre
from ctgkit.storage.journal.chiffres import REFERENCE, level_of
from ctgkit.territoire import Indicateur, Territoire
from ctgkit.texte import slug
from ctgkit.views.composants.grille import Colonne

CHAMPS = {"indicateur": "Indicateur", "lieu": "Lieu", "annee": "Année", "valeur": "Valeur", "source": "Source"}
MASQUES = ("masque", "secret", "s")
ANNEE_MIN = 1960


@dataclass(frozen=True)
class Lue:
    """Une ligne complète, ou les défauts de ses cases."""

    ligne: Indicateur | None
    erreurs: Mapping[str, str]


def columns(publication: Publication) -> tuple[Colonne, ...]:
    options = {
        "indicateur": tuple(f"{d.code} {d.libelle}" for d in publication.catalogue.values()),
        "lieu": tuple(_places(publication)),
    }
    genres = {"annee": "nombre", "valeur": "nombre"}
    return tuple(Colonne(c, nom, genres.get(c, "texte"), options.get(c, ())) for c, nom in CHAMPS.items())


def read_row(textes: Mapping[str, str], publication: Publication) -> Lue:
    """Une ligne entamée attend ses cinq cases : l'année et la source sont obligatoires."""
    propres = {c: " ".join(textes.get(c, "").split()) for c in CHAMPS}
    erreurs = {c: f"{nom} : obligatoire" for c, nom in CHAMPS.items() if not propres[c]}
    definition = _definition(propres["indicateur"], publication)
    geo = _places(publication).get(propres["lieu"]) or _by_name(propres["lieu"], publication)
    if propres["indicateur"] and definition is None:
        erreurs["indicateur"] = "Indicateur inconnu : un code (PE01) ou un libellé du catalogue"
    if propres["lieu"] and not geo:
        erreurs["lieu"] = "Lieu inconnu : une commune du territoire, le territoire ou son repère"
    annee = _year(propres["annee"], erreurs)
    valeur = _value(propres["valeur"], definition, erreurs)
    if erreurs or definition is None:
        return Lue(None, erreurs)
    niveau = level_of(publication.territoire, geo)
    statut = "masque" if valeur is None else "publie"
    source = propres["source"].replace("|", "/")
    return Lue(Indicateur(definition.code, geo, niveau, annee, valeur, statut, source, REFERENCE), {})


def write_row(ligne: Indicateur, publication: Publication) -> dict[str, str]:
    """Une ligne gardée, comme on la saisirait."""
    definition = publication.catalogue.get(ligne.code)
    noms = {geo: nom for nom, geo in _places(publication).items()}
    return {
        "indicateur": f"{ligne.code} {definition.libelle}" if definition else ligne.code,
        "lieu": noms.get(ligne.geo, ligne.geo),
        "annee": str(ligne.annee),
        "valeur": "masqué" if ligne.valeur is None else f"{ligne.valeur:.10g}".replace(".", ","),
        "source": ligne.source,
    }


def _places(publication: Publication) -> dict[str, str]:
    territoire: Territoire = publication.territoire
    noms = zip(territoire.communes["nom"].tolist(), territoire.communes["code_insee"].tolist(), strict=True)
    repere = territoire.comparateur
    larges = {territoire.nom: lieu_principal(territoire)} | ({repere.nom: repere.code} if repere.code else {})
    return larges | dict(noms)


def _by_name(texte: str, publication: Publication) -> str:
    connus = {slug(nom): geo for nom, geo in _places(publication).items()}
    codes = set(connus.values())
    return texte if texte in codes else connus.get(slug(texte), "")


def _definition(texte: str, publication: Publication) -> Definition | None:
    premier = texte.split(" ", 1)[0].upper()
    if premier in publication.catalogue:
        return publication.catalogue[premier]
    return next((d for d in publication.catalogue.values() if slug(d.libelle) == slug(texte)), None)


def _year(texte: str, erreurs: dict[str, str]) -> int | None:
    fin = date.today().year + 1
    if texte and not (re.fullmatch(r"[0-9]{4}", texte) and ANNEE_MIN <= int(texte) <= fin):
        erreurs["annee"] = f"Année à quatre chiffres, de {ANNEE_MIN} à {fin}"
    return int(texte) if texte and "annee" not in erreurs else None


def _value(texte: str, definition: Definition | None, erreurs: dict[str, str]) -> float | None:
    if not texte or slug(texte) in MASQUES:
        return None
    try:
        valeur = read_nombre(texte.removesuffix("%").removesuffix("€").strip())
    except ValueError:
        erreurs["valeur"] = "Un nombre (1 234,5), ou « masqué »"
        return None
    if definition is not None and definition.nature == "effectif" and valeur < 0:
        erreurs["valeur"] = f"Un effectif n'est pas négatif : {nombre(valeur)}"
    return valeur
