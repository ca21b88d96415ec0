"""Les champs d'une fiche action, lus une fois dans `champs.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ctgkit.errors import CtgError, did_you_mean

TYPES_DE_LISTE = ("lignes", "codes", "tableau")
LONGUEUR_MAX = 20_000


@dataclass(frozen=True)
class Champ:
    """Un champ, ou la colonne d'un tableau. `choix` : des paires (valeur gardée, libellé)."""

    cle: str
    libelle: str
    type: str
    section: str = ""
    aide: str = ""
    requis: bool = False
    qui: str = ""
    large: bool = False
    seul: bool = False
    cible: str = ""
    nom: str = ""
    taille: int = LONGUEUR_MAX
    choix: tuple[tuple[str, str], ...] = ()
    colonnes: "tuple[Champ, ...]" = ()

    @property
    def est_liste(self) -> bool:
        return self.type in TYPES_DE_LISTE

    @property
    def vide(self) -> Any:
        return [] if self.est_liste else None

    def column(self, cle: str) -> "Champ":
        return _known({c.cle: c for c in self.colonnes}, cle, f"colonne de « {self.libelle} »")

    def option(self, valeur: Any) -> str:
        """Le libellé d'une valeur gardée."""
        return dict(self.choix).get(valeur, "" if valeur is None else str(valeur))


@cache
def champs() -> Mapping[str, Champ]:
    return {cle: _read(cle, bloc) for cle, bloc in _declaration()["champs"].items()}


@cache
def sections() -> Mapping[str, str]:
    return dict(_declaration()["sections"])


def champ(cle: str) -> Champ:
    return _known(champs(), cle, "champ de fiche")


def requis() -> tuple[Champ, ...]:
    """Ce que la fiche doit porter avant signature, dans l'ordre du formulaire."""
    return tuple(c for c in champs().values() if c.requis)


def labels() -> dict[str, str]:
    """Les libellés, pour dire l'historique en phrases."""
    return {c.cle: c.libelle for c in champs().values()} | {"retiree": "Fiche retirée"}


@cache
def _declaration() -> dict[str, Any]:
    return yaml.safe_load(Path(__file__).with_name("champs.yaml").read_text(encoding="utf-8"))


def _read(cle: str, bloc: Mapping[str, Any]) -> Champ:
    choix = bloc.get("choix", ())
    paires = choix.items() if isinstance(choix, Mapping) else ((c, c) for c in choix)
    colonnes = tuple(_read(c, b) for c, b in bloc.get("colonnes", {}).items())
    simples = {k: v for k, v in bloc.items() if k not in ("choix", "colonnes")}
    return Champ(cle=cle, choix=tuple((str(v), str(t)) for v, t in paires), colonnes=colonnes, **simples)


def _known(connus: Mapping[str, Champ], cle: str, quoi: str) -> Champ:
    if cle not in connus:
        raise CtgError(f"Aucun {quoi} ne s'appelle « {cle[:60]} ». {did_you_mean(cle, connus)}".strip())
    return connus[cle]
