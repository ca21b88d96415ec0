"""Le catalogue des indicateurs, lu et vérifié en entier : un bloc faux est refusé avec tous ses défauts."""

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml

from ctgkit.diagnostic.formules import FormuleIndicateur
from ctgkit.errors import CtgError, Defaut, InvalidFilesError, did_you_mean

SENS = ("besoin", "offre", "contexte")
NATURES = ("taux", "effectif", "montant", "mesure")
GEOGRAPHIES = ("ecole", "equipement", "iris", "qpv", "commune", "epci", "departement", "region", "france")
_OBLIGATOIRES = ("theme", "libelle", "definition", "unite", "sens", "source", "geographies", "arrondi")
_NOMBRES = ("arrondi", "seuil_secret", "sur_ans")
_TITRE_BLOC = re.compile(r"^  (\w+):\s*$", re.MULTILINE)

FauteDeBloc = tuple[str, str, str]  # bloc, constat, attendu


def find_fautes(brut: Mapping[str, Any], texte: str, connues: Collection[str]) -> Iterator[FauteDeBloc]:
    for code, fois in Counter(_TITRE_BLOC.findall(texte)).items():
        if fois > 1:
            yield code, "bloc écrit deux fois", "un code par indicateur"
    for unite, nature in brut["unites"].items():
        if nature not in NATURES:
            yield f"unites, {unite}", f"nature inconnue : {nature}", ", ".join(NATURES)
    for code, bloc in brut["indicateurs"].items():
        if not isinstance(bloc, dict):
            yield str(code), "bloc vide ou mal aligné", "des lignes « cle: valeur »"
        else:
            yield from ((code, constat, attendu) for constat, attendu in _dans_un_bloc(bloc, brut, connues))
    yield from _cercles(brut["indicateurs"])


def _dans_un_bloc(
    bloc: Mapping[str, Any], brut: Mapping[str, Any], connues: Collection[str]
) -> Iterator[tuple[str, str]]:
    for cle in sorted(bloc.keys() - connues):
        yield f"clé inconnue : {cle} {did_you_mean(cle, connues)}".strip(), "une clé annoncée en tête du fichier"
    for cle in _OBLIGATOIRES:
        if bloc.get(cle) in (None, "", []):
            yield f"{cle} manque", "une valeur"
    for cle, possibles in (("theme", brut["themes"]), ("unite", brut["unites"]), ("sens", SENS)):
        if bloc.get(cle) and str(bloc[cle]) not in possibles:
            yield f"{cle} inconnu : {bloc[cle]}", ", ".join(possibles)
    for cle in _NOMBRES:
        if cle in bloc and not (isinstance(bloc[cle], int | float) and bloc[cle] > 0):
            yield f"{cle} n'est pas un nombre positif : {bloc[cle]}", "un nombre"
    geographies = bloc.get("geographies") or ()
    if not isinstance(geographies, list | tuple) or set(map(str, geographies)) - set(GEOGRAPHIES):
        yield f"géographie inconnue : {geographies}", ", ".join(GEOGRAPHIES)
    yield from _renvois(bloc, brut["indicateurs"])


def _renvois(bloc: Mapping[str, Any], codes: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    cites = [bloc[c] for c in ("base", "effectif", "evolution_de", "inclus_dans", "partie_de") if c in bloc]
    if (encadre := bloc.get("encadre_par")) is not None:
        listes = [encadre.get(c) for c in ("sur", "groupes")] if isinstance(encadre, dict) else [None]
        if all(isinstance(x, list) and x for x in listes):
            cites += [code for x in listes for code in x]
        else:
            yield f"encadre_par mal écrit : {encadre}", "{sur: [CODES], groupes: [CODES]}"
    if (bornes := bloc.get("vraisemblable")) is not None:
        if not _sont_bornes(bornes):
            yield f"vraisemblable mal écrit : {bornes}", "{par: CODE, entre: [bas, haut]}"
        else:
            cites.append(bornes["par"])
    if "formule" in bloc:
        try:
            cites += FormuleIndicateur(str(bloc["formule"])).codes
        except ValueError as erreur:
            yield str(erreur), "par exemple 100 * PA02 / PA01"
    for cite in cites:
        if cite not in codes:
            yield f"renvoie à un indicateur inconnu : {cite}", "un code du catalogue"
    tranche = bloc.get("tranche")
    if tranche is not None and not _est_tranche(tranche):
        yield f"tranche mal écrite : {tranche}", "[premier âge, dernier âge]"


def _sont_bornes(bornes: Any) -> bool:
    entre = bornes.get("entre") if isinstance(bornes, dict) and "par" in bornes else None
    nombres = isinstance(entre, list) and len(entre) == 2 and all(isinstance(b, int | float) for b in entre)
    return nombres and entre[0] < entre[1]


def _est_tranche(tranche: Any) -> bool:
    entiers = isinstance(tranche, list) and len(tranche) == 2 and all(isinstance(a, int) for a in tranche)
    return entiers and tranche[0] <= tranche[1]


def _cercles(blocs: Mapping[str, Any]) -> Iterator[FauteDeBloc]:
    """Une formule qui finit par dépendre d'elle-même ne se calcule jamais."""
    directs = {code: set(_codes_cites(bloc)) for code, bloc in blocs.items()}
    for code in directs:
        if code in _atteints(code, directs):
            yield code, "la formule dépend d'elle-même", "une formule sur d'autres indicateurs"


def _codes_cites(bloc: Any) -> Iterable[str]:
    try:
        return FormuleIndicateur(str(bloc["formule"])).codes if isinstance(bloc, dict) and "formule" in bloc else ()
    except ValueError:
        return ()


def _atteints(code: str, directs: Mapping[str, set[str]]) -> set[str]:
    vus: set[str] = set()
    a_voir = list(directs[code])
    while a_voir:
        suivant = a_voir.pop()
        if suivant not in vus:
            vus.add(suivant)
            a_voir += directs.get(suivant, ())
    return vus


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
    formule: FormuleIndicateur | None = None
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

    def of_theme(self, theme: str) -> tuple[Definition, ...]:
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
    defauts = [Defaut(fichier, dit, attendu, colonne=code) for code, dit, attendu in find_fautes(brut, texte, connues)]
    if defauts:
        raise InvalidFilesError(defauts, fichier)
    blocs = brut["indicateurs"]
    return Catalogue(brut["themes"], {code: _definition(code, bloc, brut["unites"]) for code, bloc in blocs.items()})


def _definition(code: str, bloc: Mapping[str, Any], unites: Mapping[str, str]) -> Definition:
    valeurs = {**bloc, "code": code, "nature": unites[bloc["unite"]], "geographies": tuple(bloc["geographies"])}
    valeurs["motifs"] = tuple(bloc.get("motifs") or ())
    if "formule" in bloc:
        valeurs["formule"] = FormuleIndicateur(bloc["formule"])
    if "tranche" in bloc:
        valeurs["tranche"] = tuple(bloc["tranche"])
    return Definition(**valeurs)
