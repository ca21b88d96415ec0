"""Le catalogue des indicateurs, lu et vérifié en entier : un bloc faux est refusé avec tous ses défauts."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml

from ctgkit.diagnostic.formules import Formule
from ctgkit.diagnostic.verification import constats
from ctgkit.errors import CtgError, Defaut, InvalidFilesError, did_you_mean

_FICHIER = "catalogue.yaml"


@dataclass(frozen=True)
class Definition:
    """Ce qu'un indicateur veut dire ; deux valeurs ne se comparent qu'à la même définition."""

    code: str
    theme: str
    libelle: str
    definition: str
    unite: str
    nature: str
    sens: str
    source: str
    geographies: tuple[str, ...]
    arrondi: float
    sujet: str = ""
    feminin: bool = False
    inverse: bool = False
    lecture: Mapping[str, str] | None = field(default=None, hash=False)
    formule: Formule | None = None
    approchee: bool = False
    evolution_de: str = ""
    sur_ans: int | None = None
    base: str = ""
    effectif: str = ""
    inclus_dans: str = ""
    partie_de: str = ""
    encadre_par: Mapping[str, Any] | None = field(default=None, hash=False)
    vraisemblable: Mapping[str, Any] | None = field(default=None, hash=False)
    groupe: str = ""
    tranche: tuple[int, int] | None = None
    motifs: tuple[str, ...] = ()
    url: str = ""
    piege: str = ""
    seuil_secret: float | None = None

    @property
    def est_taux(self) -> bool:
        return self.nature == "taux"

    @property
    def additif(self) -> bool:
        """Vrai quand la valeur d'un territoire est la somme de celles de ses communes."""
        return self.nature in ("effectif", "montant")

    @property
    def decimales(self) -> int:
        return max(0, len(f"{self.arrondi:.6f}".rstrip("0").split(".")[1]))

    @property
    def defavorable_si_plus(self) -> bool | None:
        """Plus de besoin est défavorable, plus d'offre est favorable ; un contexte ne se juge pas."""
        if self.sens == "contexte":
            return None
        return (self.sens == "besoin") != self.inverse


class Catalogue(Mapping[str, Definition]):
    """Les définitions par code, dans l'ordre du fichier."""

    def __init__(self, themes: Mapping[str, str], definitions: Mapping[str, Definition]) -> None:
        self.themes = MappingProxyType(dict(themes))
        self._definitions = MappingProxyType(dict(definitions))

    def __getitem__(self, code: str) -> Definition:
        try:
            return self._definitions[code]
        except KeyError:
            raise CtgError(
                f"Indicateur inconnu : « {code} » {self._proche(code)}".strip(),
                _FICHIER,
                "Choisir un code du catalogue, ou y ajouter un bloc.",
            ) from None

    def _proche(self, code: object) -> str:
        trouve = difflib.get_close_matches(str(code).upper(), self._definitions, n=1)
        return f"vouliez-vous dire « {trouve[0]} » ?" if trouve else ""

    def __contains__(self, code: object) -> bool:
        return code in self._definitions

    def get(self, code: str, defaut: Any = None) -> Any:
        return self._definitions.get(code, defaut)

    def __iter__(self) -> Iterator[str]:
        return iter(self._definitions)

    def __len__(self) -> int:
        return len(self._definitions)

    def du_theme(self, theme: str) -> tuple[Definition, ...]:
        if theme not in self.themes:
            conseil = did_you_mean(theme, self.themes)
            possibles = f"Thèmes : {', '.join(self.themes)}."
            raise CtgError(f"Thème inconnu : « {theme} » {conseil}".strip(), _FICHIER, possibles)
        return tuple(d for d in self.values() if d.theme == theme)


@cache
def load_catalogue() -> Catalogue:
    return read_catalogue((files("ctgkit.diagnostic") / _FICHIER).read_text(encoding="utf-8"), _FICHIER)


def read_catalogue(texte: str, fichier: str = _FICHIER) -> Catalogue:
    """Un catalogue vérifié ; tous les défauts d'un coup sinon."""
    try:
        brut = yaml.load(texte, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as erreur:
        ligne = getattr(getattr(erreur, "problem_mark", None), "line", None)
        defaut = Defaut(fichier, "YAML illisible", "des blocs « CODE: » alignés", ligne and ligne + 1)
        raise InvalidFilesError([defaut], fichier) from None
    if not isinstance(brut, dict) or not all(
        isinstance(brut.get(c), dict) for c in ("themes", "unites", "indicateurs")
    ):
        raise InvalidFilesError([Defaut(fichier, "clés manquantes", "themes, unites et indicateurs")], fichier)
    connues = {c.name for c in fields(Definition)} - {"code", "nature"}
    defauts = [Defaut(fichier, dit, attendu, colonne=code) for code, dit, attendu in constats(brut, texte, connues)]
    if defauts:
        raise InvalidFilesError(defauts, fichier)
    blocs = brut["indicateurs"]
    return Catalogue(brut["themes"], {code: _definition(code, bloc, brut["unites"]) for code, bloc in blocs.items()})


def _definition(code: str, bloc: Mapping[str, Any], unites: Mapping[str, str]) -> Definition:
    valeurs = {**bloc, "code": code, "nature": unites[bloc["unite"]], "geographies": tuple(bloc["geographies"])}
    valeurs["motifs"] = tuple(bloc.get("motifs") or ())
    if "formule" in bloc:
        valeurs["formule"] = Formule(bloc["formule"])
    if "tranche" in bloc:
        valeurs["tranche"] = tuple(bloc["tranche"])
    return Definition(**valeurs)
