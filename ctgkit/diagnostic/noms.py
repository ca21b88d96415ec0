"""Nommer un lieu dans une phrase : « du Nord », « d'Anzin », « de La Sentinelle »."""

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import yaml

from ctgkit.diagnostic.catalogue import Definition
from ctgkit.territoire import Territoire
from ctgkit.texte import de, elide, minuscule

_MASCULIN_ELIDE = "l’"


@cache
def _complements() -> dict[str, dict[str, str]]:
    return yaml.safe_load((files("ctgkit.diagnostic") / "noms.yaml").read_text(encoding="utf-8"))


def du_lieu(nom: str, niveau: str = "", code: str = "") -> str:
    """« du Nord », « de la France », « d'Anzin »."""
    connus = _complements().get(f"{niveau}s", {})
    if code in connus:
        return connus[code]
    if nom == "France" or niveau == "france":
        return "de la France"
    premier, _, suite = nom.partition(" ")
    if suite and premier in _complements()["institutions"]:
        return f"{_complements()['institutions'][premier]} {suite}"
    return de(nom).replace("d'", "d’", 1) if elide(nom) else de(nom)


def short(nom: str) -> str:
    """« Territoire d'exemple (données fictives) » : la précision est déjà en tête de page."""
    return re.sub(r" \([^)]*\)$", "", nom)


def of_place(nom: str, niveau: str = "", code: str = "") -> str:
    """Sans aucun chiffre, le niveau ne se lit pas : un code à deux ou trois caractères est un département."""
    nom = short(nom)
    niveau = niveau or ("departement" if len(code) in (2, 3) else "")
    return f"du d{nom[1:]}" if nom.startswith("Département ") else du_lieu(nom, niveau, code)


def to_place(du: str) -> str:
    """« du Nord » devient « au Nord », « d'Anzin » devient « à Anzin »."""
    return _with_other_start(du, (("du ", "au "), ("des ", "aux "), ("de ", "à "), ("d’", "à ")), "à ")


def the_place(du: str) -> str:
    """« du Nord » devient « le Nord », « d'Anzin » devient « Anzin »."""
    return _with_other_start(du, (("du ", "le "), ("des ", "les "), ("de ", ""), ("d’", "")), "")


def _with_other_start(du: str, debuts: Sequence[tuple[str, str]], sinon: str) -> str:
    return next((suite + du.removeprefix(debut) for debut, suite in debuts if du.startswith(debut)), f"{sinon}{du}")


def sujet(definition: Definition) -> str:
    """Ce dont parle la phrase : « le taux de couverture » ; à défaut, déduit du libellé et de la nature."""
    if definition.sujet:
        return definition.sujet
    libelle, petit = definition.libelle, minuscule(definition.libelle)
    premier = petit.split()[0] if petit.split() else ""
    for article, mots in _ARTICLES.items():
        if premier in mots:
            return article + petit
    if definition.est_taux:
        return f"la part « {libelle} »"
    return f"le nombre {de(petit).replace(chr(39), '’', 1)}" if definition.additif else f"la valeur « {libelle} »"


_ARTICLES = {
    "la ": ("part", "population", "distance", "médiane"),
    "le ": ("taux", "nombre", "montant", "niveau", "rapport", "premier", "revenu"),
    _MASCULIN_ELIDE: ("indice", "effectif", "écart", "évolution"),
}


def is_feminin(definition: Definition) -> bool:
    return definition.feminin or sujet(definition).startswith("la ") or "évolution" in sujet(definition).split()[0]


def lieu_principal(territoire: Territoire) -> str:
    """Le code du territoire lui-même dans ses indicateurs : SIREN, ou code de la commune."""
    if territoire.siren and territoire.type == "epci":
        return territoire.siren
    codes = territoire.communes["code_insee"].tolist()
    if territoire.type == "commune" and codes:
        return codes[0]
    epci = {
        g for g, n in zip(territoire.indicateurs["geo"], territoire.indicateurs["niveau"], strict=True) if n == "epci"
    }
    return next(iter(sorted(epci)), territoire.siren or territoire.code)


def lieu_de_repli(territoire: Territoire) -> str:
    """L'intercommunalité dont les chiffres remplacent ceux d'une commune masquée, ou rien."""
    if territoire.type == "epci":
        return lieu_principal(territoire)
    couples = zip(territoire.indicateurs["geo"].tolist(), territoire.indicateurs["niveau"].tolist(), strict=True)
    epci = sorted({g for g, niveau in couples if niveau == "epci"})
    return epci[0] if len(epci) == 1 else ""


def name_lieu(territoire: Territoire, geo: str) -> str:
    """Le nom d'un lieu du territoire, de son comparateur, ou son code."""
    if geo == lieu_principal(territoire):
        return territoire.nom
    if geo == territoire.comparateur.code and territoire.comparateur.nom:
        return territoire.comparateur.nom
    codes = territoire.communes["code_insee"].tolist()
    if geo in codes:
        return territoire.communes["nom"][codes.index(geo)]
    return "l’intercommunalité" if geo == lieu_de_repli(territoire) else geo
