"""Les données communes à tous : la liste nationale des communes et le registre de provenance."""

import csv
import gzip
import io
import os
import re
import zlib
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ctgkit.errors import CtgError, InvalidFilesError
from ctgkit.storage.report import Report
from ctgkit.storage.territoire.folders import data_file, data_folder
from ctgkit.storage.yaml_blocks import read_tree, to_data
from ctgkit.texte import CsvQuoteError, csv_rows, fold

FRANCE = "france"
FICHIER = f"{FRANCE}/communes.csv.gz"
_POSTAUX = f"{FRANCE}/codes_postaux.csv.gz"
_LIMITE = 30 * 1024 * 1024
_POSTAL = re.compile(r"\d{5}")
_MILLESIME = re.compile(r"(?P<serie>.+)-(?P<annee>\d{4})")


class NationalCommune(NamedTuple):
    """Une commune de la liste nationale ; les habitants de 0 à 19 ans ont leur propre année de recensement."""

    code_insee: str
    nom: str
    epci_siren: str
    epci_nom: str
    departement: str
    population: int | None
    annee_population: int | None
    lat: float | None
    lon: float | None
    population_0_19: int | None = None
    annee_0_19: int | None = None


_OBLIGATOIRES = 9
_UN_DOCUMENT = "une clé par document, et sous elle titre, emetteur, date…"


def national_communes(*, code: str = "", siren: str = "") -> tuple[NationalCommune, ...]:
    """Les communes qui répondent à tous les critères donnés, dans l'ordre des codes."""
    lignes = _table()
    choisies = [lignes[code]] if code in lignes else [] if code else lignes.values()
    return tuple(_commune(x) for x in choisies if not siren or x[2] == siren)


def search_communes(texte: str, limite: int = 50) -> tuple[NationalCommune, ...]:
    """Les communes dont le nom, un code (Insee, postal) ou l'intercommunalité répond à ce texte ; les noms d'abord."""
    voulu, postales = _searched(texte), postal_communes(texte)
    lus = ((x, _searched(x[1]), _searched(x[3])) for x in _table().values()) if voulu else ()
    trouves = [
        (nom != voulu, not nom.startswith(voulu), nom, x)
        for x, nom, epci in lus
        if x[0] == texte.strip()
        or x[0] in postales
        or x[2] == voulu
        or nom.startswith(voulu)
        or f" {voulu}" in f" {nom} {epci}"
    ]
    return tuple(_commune(x) for *_, x in sorted(trouves)[:limite])


def _searched(texte: str) -> str:
    """« saint étienne » trouve « Saint-Étienne »."""
    return " ".join(re.findall(r"\w+", fold(texte)))


def postal_communes(code: str) -> frozenset[str]:
    """Les codes Insee que dessert un code postal ; aucun quand ce n'en est pas un."""
    chemin = data_file(_POSTAUX) if _POSTAL.fullmatch(code.strip()) else None
    return _postal(chemin, os.stat(chemin).st_mtime_ns).get(code.strip(), frozenset()) if chemin else frozenset()


@lru_cache(maxsize=2)
def _postal(chemin: Path, _: int) -> dict[str, frozenset[str]]:
    desservies: dict[str, set[str]] = {}
    for postal, insee, *_reste in _rows(chemin)[1:]:
        desservies.setdefault(postal, set()).add(insee)
    return {postal: frozenset(codes) for postal, codes in desservies.items()}


def national_codes() -> Mapping[str, list[str]]:
    """Tous les codes connus ; rien quand la liste n'est pas installée (les contrôles s'en passent)."""
    try:
        return _table()
    except CtgError:
        return {}


def france_folder() -> Path:
    """Le dossier de la liste nationale que l'on tient à jour : celui des données en service."""
    return data_folder() / FRANCE


def write_national(communes: Iterable[NationalCommune]) -> bytes:
    """Les octets de la liste nationale : les mêmes communes donnent toujours les mêmes."""
    texte, flux = io.StringIO(newline=""), io.BytesIO()
    table = csv.writer(texte, delimiter=";", lineterminator="\n")
    table.writerow(NationalCommune._fields)
    table.writerows(map(_cells, sorted(communes, key=lambda c: c.code_insee)))
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=flux, mtime=0) as archive:
        archive.write(texte.getvalue().encode())
    return flux.getvalue()


def _cells(commune: NationalCommune) -> list[str]:
    return ["" if x is None else str(x) for x in commune]


def _national_file() -> Path:
    chemin = data_file(FICHIER)
    if chemin is None:
        raise CtgError(
            "La liste nationale des communes est absente.",
            f"data/{FICHIER}",
            "Remettre ce fichier, fourni avec l'atelier.",
        )
    return chemin


def _table() -> dict[str, list[str]]:
    chemin = _national_file()
    return _load(chemin, os.stat(chemin).st_mtime_ns)


@lru_cache(maxsize=2)
def _load(chemin: Path, _: int) -> dict[str, list[str]]:
    lignes = _rows(chemin)
    titres, attendus = lignes[0] if lignes else [], list(NationalCommune._fields)
    complet = len(titres) >= _OBLIGATOIRES and titres == attendus[: len(titres)]
    if not complet or any(len(x) != len(titres) for x in lignes):
        raise _broken(chemin)
    return {ligne[0]: ligne for ligne in lignes[1:]}


def _rows(chemin: Path) -> list[list[str]]:
    try:
        with gzip.open(chemin) as flux:
            texte = flux.read(_LIMITE).decode("utf-8-sig")
        return [rang for *_, rang in csv_rows(io.StringIO(texte))]
    except (OSError, EOFError, UnicodeDecodeError, zlib.error, CsvQuoteError) as erreur:
        raise _broken(chemin) from erreur


def _broken(chemin: Path) -> CtgError:
    return CtgError("La liste nationale des communes est illisible.", str(chemin), "Remettre le fichier d'origine.")


def _commune(ligne: list[str]) -> NationalCommune:
    textes, nombres = ligne[:5], ligne[5:]
    lire = (int, int, float, float, int, int)
    return NationalCommune(*textes, *(f(x) if x else None for f, x in zip(lire, nombres, strict=False)))


class Registre(dict[str, dict[str, Any]]):
    """Les documents par clé ; une série (`serie: true`) répond pour chacun de ses millésimes, sans s'énumérer."""

    def __init__(self, fiches: Mapping[str, dict[str, Any]]) -> None:
        super().__init__({cle: f for cle, f in fiches.items() if not f.get("serie")})
        self._series = {cle: f for cle, f in fiches.items() if f.get("serie")}

    def get(self, cle: str, defaut: Any = None) -> Any:
        return super().get(cle) or self._of_serie(cle) or defaut

    def court(self, cle: str) -> str:
        """Le nom que l'on montre : le titre court, sinon le début du titre, sinon la clé."""
        fiche = self.get(cle, {})
        return str(fiche.get("court") or str(fiche.get("titre", cle)).split(",", 1)[0])

    def nommer(self, texte: str) -> str:
        """Le texte, chaque clé du registre remplacée par le nom que l'on montre."""
        return self._cles.sub(lambda trouve: self.court(trouve.group()), texte)

    def keys_in(self, texte: str) -> list[str]:
        """Les documents qu'un texte cite, dans l'ordre, chacun une fois."""
        return list(dict.fromkeys(trouve.group() for trouve in self._cles.finditer(texte)))

    @cached_property
    def _cles(self) -> re.Pattern[str]:
        simples = [re.escape(c) for c in sorted(self, key=len, reverse=True)]
        series = [rf"{re.escape(c)}(?:-\d{{4}})?" for c in sorted(self._series, key=len, reverse=True)]
        return re.compile(rf"(?<![\w-])(?:{'|'.join([*simples, *series]) or '(?!)'})(?![\w-])")

    def _of_serie(self, cle: str) -> dict[str, Any] | None:
        trouve = _MILLESIME.fullmatch(cle)
        fiche = self._series.get(trouve["serie"] if trouve else cle)
        if fiche is None or not trouve:
            return fiche
        annee = trouve["annee"]
        return fiche | {"titre": f"{fiche.get('titre', cle)}, {annee}", "court": f"{fiche.get('court', cle)} {annee}"}


def origines() -> Registre:
    """Le registre des données communes ; vide s'il n'est pas là."""
    return Registre(_fiches("origines.yaml", _UN_DOCUMENT) | national_origines())


def national_origines() -> dict[str, Any]:
    """D'où vient une liste nationale rafraîchie ; rien tant qu'elle est celle de l'atelier."""
    return _fiches(f"{FRANCE}/origines.yaml", _UN_DOCUMENT)


def caf_rule(caf: str, cle: str) -> int | None:
    """Ce que cette Caf demande, par exemple `plan_pages_max` ; None : rien que l'on sache."""
    regle = _fiches("caf.yaml", "une clé par Caf, et sous elle ses règles").get(caf, {}).get(cle)
    return int(regle["valeur"]) if isinstance(regle, dict) else None


def _fiches(nom: str, attendu: str) -> dict[str, Any]:
    chemin = data_file(nom)
    if chemin is None:
        return {}
    report = Report(chemin.name)
    node = read_tree(chemin, report)
    contenu = to_data(node) if node else {}
    if not isinstance(contenu, dict) or not all(isinstance(x, dict) for x in contenu.values()):
        report.erreur("un registre est attendu", attendu)
    if report.defauts:
        raise InvalidFilesError(report.defauts, str(chemin))
    return contenu
