"""Les scénarios gardés, dans des fichiers YAML ou JSON ou par leur code : lus ici, compris par la simulation."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from ctgkit.errors import CtgError
from ctgkit.formats import nombre
from ctgkit.simulation import read_scenario
from ctgkit.storage.journal import has_journal, load_scenario, open_journal
from ctgkit.territoire import Marque, Scenario

_POIDS_MAX = 5_000_000
_MOUVEMENTS_MAX = 5_000
_VOISINS_MAX = 100
_SUFFIXES = (".yaml", ".yml", ".json")


def read_scenario_file(chemin: str | Path) -> Scenario:
    """Le scénario d'un fichier ; « base » y cite un autre fichier, à côté de lui, avec ou sans son suffixe.

    Sans « edition », il est de la première : il a pu être écrit avant que le calcul soit corrigé.
    """
    chemin = Path(chemin)
    lu = read_scenario(_read(chemin), _Voisins(chemin))
    return lu if lu.marque else replace(lu, marque=Marque(lu.code))


def open_scenario(voulu: str | Path, territoire: str | Path) -> Scenario:
    """Le scénario d'un fichier, ou celui de ce code parmi ceux que le territoire a enregistrés."""
    if Path(voulu).suffix:
        return read_scenario_file(voulu)
    if not has_journal(territoire):
        ou = f"les scénarios enregistrés de {territoire}"
        raise CtgError(f"Aucun scénario n'a le code « {str(voulu)[:40]} ».", ou, "Donner un fichier .yaml ou .json.")
    with open_journal(territoire) as journal:
        return load_scenario(journal, str(voulu))


class _Voisins(Mapping[str, dict[str, Any]]):
    """Les scénarios que « base » peut citer : par fichier (avec ou sans suffixe), ou par leur nom dans le dossier."""

    def __init__(self, chemin: Path) -> None:
        self.dossier = chemin.parent

    def __getitem__(self, nom: str) -> dict[str, Any]:
        for fichier in (self.dossier / f"{nom}{s}" for s in ("", *_SUFFIXES)):
            if fichier.suffix in _SUFFIXES and fichier.is_file():
                return _read(fichier)
        for fichier in self._files():
            with contextlib.suppress(CtgError):
                if (lu := _read(fichier))["nom"] == nom:
                    return lu
        raise KeyError(nom)

    def __iter__(self) -> Iterator[str]:
        return (f.stem for f in self._files())

    def __len__(self) -> int:
        return len(self._files())

    def _files(self) -> list[Path]:
        return [f for f in sorted(self.dossier.glob("*")) if f.suffix in _SUFFIXES][:_VOISINS_MAX]


class _SansRenvoi(yaml.SafeLoader):
    """Neuf renvois de neuf renvois feraient un fichier de trois lignes plus gros que la mémoire."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node:
        if self.check_event(yaml.AliasEvent):
            ligne = self.peek_event().start_mark.line + 1
            raise yaml.YAMLError(f"un renvoi (« * ») ligne {ligne} ; écrire la valeur elle-même")
        return super().compose_node(parent, index)


def _read(chemin: Path) -> dict[str, Any]:
    try:
        if chemin.stat().st_size > _POIDS_MAX:
            raise CtgError("Fichier de scénario trop gros.", str(chemin), "Un scénario tient en quelques kilo-octets.")
        texte = chemin.read_text(encoding="utf-8-sig")
        lu = json.loads(texte) if chemin.suffix == ".json" else yaml.load(texte, _SansRenvoi)
    except FileNotFoundError:
        raise CtgError("Fichier de scénario introuvable.", str(chemin), "Vérifier le chemin du fichier.") from None
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as erreur:
        detail = str(erreur).splitlines()[0] if str(erreur) else "écriture refusée"
        raise CtgError(f"Scénario illisible : {detail}.", str(chemin), "Écrire du YAML ou du JSON en UTF-8.") from None
    if not isinstance(lu, dict):
        raise CtgError("Un scénario est un bloc de clés.", str(chemin), "Commencer par « nom: » et « mouvements: ».")
    ecrits = lu.get("mouvements")
    if isinstance(ecrits, list) and len(ecrits) > _MOUVEMENTS_MAX:
        quoi = f"Ce scénario a {nombre(len(ecrits))} mouvements : au plus {nombre(_MOUVEMENTS_MAX)}."
        raise CtgError(quoi, str(chemin), "Le partager en plusieurs scénarios.")
    return {"nom": chemin.stem, **lu}
