"""Les codes géographiques : toujours du texte, avec les zéros que les tableurs perdent."""

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

import yaml

from ctgkit.texte import slug

NIVEAUX = ("commune", "epci", "departement", "region", "france", "iris", "qpv")
COMMUNE, EPCI, DEPARTEMENT, REGION, FRANCE, IRIS, QPV = NIVEAUX
AUTO = "auto"
CODE_FRANCE = "FR"

_FORMES = {
    COMMUNE: re.compile(r"(\d\d|2[AB])\d{3}"),
    EPCI: re.compile(r"[29]\d{8}"),
    DEPARTEMENT: re.compile(r"\d\d|2[AB]|97\d"),
    REGION: re.compile(r"\d\d"),
    FRANCE: re.compile(CODE_FRANCE),
    IRIS: re.compile(r"(\d\d|2[AB])\d{7}"),
    QPV: re.compile(r"Q[PN](\d{3}|0?2[AB])\d{2,3}[A-Z]?"),
}
_LONGUEURS = {COMMUNE: 5, DEPARTEMENT: 2, REGION: 2, IRIS: 9}
_PROTEGE = re.compile(r'(?:="|=|")?([0-9A-Z]+)(?:[.,]0)?"?')
_NON_LOCALISE = re.compile(r"X+|9{5,9}|N/?C|INCONNUE?|NON LOCALISES?", re.IGNORECASE)
_FRANCES = {"fr", "fe", "fm", "f", "france", "france_entiere", "france_metropolitaine", "france_hors_mayotte"}


def simplify(texte: str) -> str:
    """`Nombre foyers NDUR` → `nombre_foyers_ndur` : le nom d'une colonne ou d'un lieu, sans accent ni casse."""
    return slug(texte, "_")


def is_nowhere(texte: str) -> bool:
    """Les lignes que le producteur n'a pas su placer : code vide, `XX`, `XXXXX`, `99999`."""
    return not texte or bool(_NON_LOCALISE.fullmatch(texte))


def clean_code(texte: str) -> str:
    """Ce que les tableurs ajoutent à un code : des espaces, `="01004"`, ou `59014.0`."""
    code = texte.strip().upper()
    protege = _PROTEGE.fullmatch(code)
    return protege[1] if protege else code


def read_code(niveau: str, texte: str) -> str:
    """Le code tel que l'Insee l'écrit, ou ValueError : `1004` → `01004`, `="01004"` → `01004`, `059` → `59`."""
    code = clean_code(texte)
    if niveau == FRANCE:
        code = CODE_FRANCE if simplify(code) in _FRANCES else code
    elif niveau == DEPARTEMENT and len(code) == 3 and code[0] == "0":
        code = code[1:]
    elif code.isdigit() and len(code) < _LONGUEURS.get(niveau, 0):
        code = code.zfill(_LONGUEURS[niveau]) if len(code) == _LONGUEURS[niveau] - 1 else code
    if not _FORMES[niveau].fullmatch(code):
        raise ValueError(f"code de {niveau} illisible : « {texte.strip()[:30]} »")
    return code


def guess_level(code: str, libelle: str = "", indice: str = "") -> str:
    """Le niveau d'un code quand le fichier les mêle ; une région et un département peuvent avoir le même code."""
    propre = clean_code(code)
    if simplify(propre) in _FRANCES or simplify(libelle) in _FRANCES:
        return FRANCE
    if propre[:2] in ("QP", "QN"):
        return QPV
    if len(propre) == 9:
        return EPCI
    if len(propre) <= 2 and (indice == REGION or simplify(libelle) in _region_names()):
        return REGION
    return DEPARTEMENT if len(propre) <= 3 else COMMUNE


def level_in_name(nom: str) -> str:
    """`FILO2019_DISP_REG.csv` parle de régions : le nom du fichier lève le doute."""
    mots = set(simplify(nom).split("_"))
    return REGION if mots & {"reg", "region", "regions"} else ""


def departement_of(commune: str) -> str:
    return commune[:3] if commune.startswith("97") else commune[:2]


def region_of(departement: str) -> str:
    return next((code for code, r in regions().items() if departement in r["departements"]), "")


@lru_cache(maxsize=1)
def regions() -> Mapping[str, Mapping[str, object]]:
    texte = files(__package__).joinpath("regions.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(texte)["regions"]


@lru_cache(maxsize=1)
def _region_names() -> frozenset[str]:
    return frozenset(simplify(str(r["nom"])) for r in regions().values())
