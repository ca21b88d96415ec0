"""Les colonnes d'un plan : les nôtres, celles de Territoires en transitions, celles que l'on désigne ou propose."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ctgkit.echanges.lecteurs.feuille import ENTETE_AU_PLUS_LOIN, FeuilleLue
from ctgkit.echanges.lecteurs.fichier import open_file, short_name
from ctgkit.echanges.tableau.apercu import Proposition
from ctgkit.echanges.tableau.codes import simplify
from ctgkit.echanges.tableau.reconnaissance import widest_table
from ctgkit.errors import CtgError, did_you_mean
from ctgkit.plan import champs

_FINANCEUR = re.compile(r"financeur_?(\d*)")
_MONTANT = re.compile(r"montant(?:_du)?(?:_financeur)?_?(\d*)(?:_.*)?")
_ANNEE = re.compile(r"(19|20)\d\d")
ELEMENTS = {
    "enjeu": ("code_de_l_enjeu", "intitule_de_l_enjeu", "domaine_de_l_enjeu", "plan"),
    "objectif": ("code_de_l_objectif", "intitule_de_l_objectif", "enjeux_de_l_objectif", "plan", "niveau"),
}
ASSEZ = 3
# Une seconde colonne du même titre s'ajoute ; ailleurs elle effacerait la première : elle est dite non reprise.
REPETABLES = ("note", "annee", "laisse")
COLONNES, EXEMPLES, PROCHE = 80, 3, 0.74


@cache
def vocabulary() -> Mapping[str, Any]:
    return yaml.safe_load(Path(__file__).with_name("colonnes.yaml").read_text(encoding="utf-8"))


@cache
def _known() -> dict[str, str]:
    """Titre simplifié → ce qu'il devient : `champ:titre`, `ligne:etapes`, `niveau:0`, `note`, `laisse`."""
    mots = vocabulary()
    connus = {simplify(t): "note" for t in mots["notes"]} | {simplify(t): "laisse" for t in mots["laisse"]}
    connus |= {simplify(t): f"niveau:{i}" for i, titres in enumerate(mots["niveaux"]) for t in titres}
    connus |= {simplify(t): f"ligne:{cle}" for cle, titres in mots["lignes"].items() for t in titres}
    return connus | {simplify(t): f"champ:{cle}" for cle, titres in mots["champs"].items() for t in titres}


@cache
def _ours() -> dict[str, str]:
    return {simplify(c.libelle): f"champ:{cle}" for cle, c in champs().items()}


@dataclass(frozen=True)
class EntetePlan:
    """Une feuille dont on a compris les titres. `roles` : le rang de la colonne et ce qu'elle devient.

    `a_nous` : elle vient de notre export, où une liste a un élément par ligne et garde ses virgules.
    """

    feuille: FeuilleLue
    ligne: int
    titres: tuple[str, ...]
    roles: Mapping[int, str]
    inconnues: tuple[str, ...] = ()
    sorte: str = "fiche"
    a_nous: bool = False

    @property
    def score(self) -> int:
        return sum(r.startswith(("champ", "niveau", "ligne")) for r in self.roles.values())


def designated(colonnes: Mapping[str, str]) -> dict[str, str]:
    """Ce que la personne désigne : `{"Mon titre": "descriptif"}`."""
    for cle in colonnes.values():
        if cle not in champs():
            quoi = f"Aucun champ de fiche ne s'appelle « {cle} ». {did_you_mean(cle, champs())}".strip()
            raise CtgError(quoi, que_faire=f"Champs possibles : {', '.join(champs())}.")
    return {simplify(titre): f"champ:{cle}" for titre, cle in colonnes.items()}


def find_headers(feuilles: Iterable[FeuilleLue], designes: Mapping[str, str]) -> list[EntetePlan]:
    """La meilleure ligne de titres de chaque feuille qui en a une."""
    trouvees = [e for f in feuilles if (e := _best(f, designes))]
    return [e for e in trouvees if e.sorte != "fiche" or "champ:titre" in e.roles.values()]


def _best(feuille: FeuilleLue, designes: Mapping[str, str]) -> EntetePlan | None:
    essais = [_read(feuille, n, list(cellules), designes) for n, cellules in feuille.debut(ENTETE_AU_PLUS_LOIN)]
    bons = [e for e in essais if e.sorte != "fiche" or e.score >= ASSEZ or (designes and e.score)]
    return max(bons, key=lambda e: (e.sorte != "fiche", e.score), default=None)


def _read(feuille: FeuilleLue, ligne: int, cellules: list[str], designes: Mapping[str, str]) -> EntetePlan:
    titres = tuple(str(c).strip().lstrip("\ufeff") for c in cellules)
    noms = [simplify(t) for t in titres]
    for sorte, attendus in ELEMENTS.items():
        if set(attendus[:2]) <= set(noms):
            return EntetePlan(feuille, ligne, titres, {i: n for i, n in enumerate(noms) if n in attendus}, (), sorte)
    # Nos propres exports portent nos libellés, qui peuvent vouloir dire autre chose ailleurs (« Objectifs »).
    a_nous = sum(n in _ours() for n in noms) > len(champs()) // 2
    connus = {**_known(), **_ours()} if a_nous else {**_ours(), **_known()}
    roles: dict[int, str] = {}
    for i, nom in enumerate(noms):
        role = designes.get(nom) or connus.get(nom, "") or _numbered(nom, i, roles.get(i - 1, ""))
        if role and (role not in roles.values() or role.startswith(REPETABLES)):
            roles[i] = role
    inconnues = tuple(t for i, t in enumerate(titres) if t and i not in roles)
    return EntetePlan(feuille, ligne, titres, roles, inconnues, a_nous=a_nous)


def _numbered(nom: str, rang: int, avant: str) -> str:
    """« Financeur 2 », son montant (« Montant 2 », ou celui qui le suit), une colonne de notes par année."""
    if trouve := _FINANCEUR.fullmatch(nom):
        return f"financeur:{trouve[1]}" if trouve[1] else f"financeur:colonne {rang}"
    if trouve := _MONTANT.fullmatch(nom):
        numero = trouve[1] or avant.removeprefix("financeur:")
        return f"montant:{numero}" if trouve[1] or avant.startswith("financeur:") else ""
    return f"annee:{nom}" if _ANNEE.fullmatch(nom) else ""


def propose_columns(nom: str, octets: bytes) -> tuple[Proposition, ...]:
    """Celles de la ligne de titres la plus large, avec quelques valeurs lues dessous ; `code` : le champ probable."""
    entete, rangs = widest_table(open_file(short_name(nom), octets))
    proposees: list[Proposition] = []
    for rang, titre in [(i, t) for i, t in enumerate(entete.titres) if t][:COLONNES]:
        lus = [str(cellules[rang]).strip() for _, cellules in rangs if rang < len(cellules)]
        exemples = tuple(dict.fromkeys(t[:60] for t in lus if t))[:EXEMPLES]
        pris = {p.code for p in proposees}
        proposees.append(Proposition(titre, exemples, code=next((c for c in _guess(titre) if c not in pris), "")))
    return tuple(proposees)


@cache
def _names() -> dict[str, str]:
    """Titre simplifié → champ : nos libellés, et les titres d'autres outils."""
    mots = vocabulary()
    ailleurs = {simplify(t): c for groupe in ("champs", "lignes") for c, titres in mots[groupe].items() for t in titres}
    return {simplify(c.libelle): cle for cle, c in champs().items()} | ailleurs


def _guess(titre: str) -> list[str]:
    """Le même titre, sinon les plus ressemblants."""
    nom, connus = simplify(titre), _names()
    if nom in connus:
        return [connus[nom]]
    return [connus[n] for n in difflib.get_close_matches(nom, connus, n=3, cutoff=PROCHE)]
