"""Le registre de provenance : chaque document ou fichier public cité dans les données, sous sa clé."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from ctgkit.errors import InvalidFilesError
from ctgkit.storage.territoire.folders import data_file
from ctgkit.storage.territoire.report import Report
from ctgkit.storage.territoire.yaml_tree import plain, read_tree

_MILLESIME = re.compile(r"(?P<serie>.+)-(?P<annee>\d{4})")


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
    chemin = data_file("origines.yaml")
    if chemin is None:
        return Registre({})
    report = Report(chemin.name)
    node = read_tree(chemin, report)
    contenu = plain(node) if node else {}
    if not isinstance(contenu, dict) or not all(isinstance(x, dict) for x in contenu.values()):
        report.erreur("un registre est attendu", "une clé par document, et sous elle titre, emetteur, date…")
    if report.defauts:
        raise InvalidFilesError(report.defauts, str(chemin))
    return Registre(contenu)
