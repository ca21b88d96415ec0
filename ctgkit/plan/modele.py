"""Le plan d'actions : domaines, enjeux, objectifs, fiches. Figé ; lu du fichier, puis rejoué avec ce qui a été fait."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import count
from typing import Any

from ctgkit.plan.champs import champs, day, to_stored

Valeurs = Mapping[str, Any]
Fichier = Mapping[str, Mapping[str, Valeurs]]
SORTES = {"enjeu": "enjeux", "objectif": "objectifs", "fiche": "fiches"}


@dataclass(frozen=True)
class Element:
    """Un domaine, un enjeu ou un objectif : une clé qui ne change pas, et ce qu'il dit."""

    cle: str
    valeurs: Valeurs = field(default_factory=dict)

    @property
    def titre(self) -> str:
        return str(self.valeurs.get("titre") or self.valeurs.get("nom") or self.cle)

    @property
    def nom(self) -> str:
        """« E1 Accueillir »."""
        return f"{self.cle} {self.titre}"

    @property
    def plan(self) -> str:
        return str(self.valeurs.get("plan") or "")

    def codes(self, champ: str) -> tuple[str, ...]:
        valeur = self.valeurs.get(champ) or ()
        return (valeur,) if isinstance(valeur, str) else tuple(valeur)


@dataclass(frozen=True)
class Fiche:
    """Une fiche action ; `fiche["titre"]` vaut None ou une liste vide quand rien n'est rempli."""

    cle: str
    valeurs: Valeurs = field(default_factory=dict)

    def __getitem__(self, champ: str) -> Any:
        valeur = self.valeurs.get(champ)
        return champs()[champ].vide if valeur is None else valeur

    @property
    def code(self) -> str:
        return str(self.valeurs.get("code") or self.cle)

    @property
    def titre(self) -> str:
        return str(self.valeurs.get("titre") or "Fiche sans intitulé")

    @property
    def nom(self) -> str:
        """« PE-01 Ouvrir une crèche »."""
        return f"{self.code} {self.titre}"

    @property
    def statut(self) -> str:
        return str(self.valeurs.get("statut") or "")

    def day(self, champ: str) -> date | None:
        return day(self.valeurs.get(champ))

    def rows(self, champ: str) -> list[Mapping[str, Any]]:
        return [ligne for ligne in self[champ] if isinstance(ligne, Mapping)]


@dataclass(frozen=True)
class Plan:
    domaines: tuple[Element, ...] = ()
    enjeux: tuple[Element, ...] = ()
    objectifs: tuple[Element, ...] = ()
    fiches: tuple[Fiche, ...] = ()
    signature: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def _par_cle(self) -> dict[tuple[str, str], Element]:
        sortes = {"domaines": self.domaines, "enjeux": self.enjeux, "objectifs": self.objectifs}
        return {(nom, e.cle): e for nom, elements in sortes.items() for e in elements}

    @cached_property
    def _fiches(self) -> dict[str, Fiche]:
        return {f.cle: f for f in self.fiches}

    def element(self, sorte: str, cle: str) -> Element | None:
        return self._par_cle.get((sorte, cle))

    def fiche(self, cle: str) -> Fiche | None:
        return self._fiches.get(cle)

    def title(self, sorte: str, cle: str) -> str:
        trouve = self.element(sorte, cle)
        return trouve.titre if trouve else cle

    def enjeux_of(self, fiche: Fiche) -> tuple[str, ...]:
        """Ceux que la fiche nomme, sinon ceux de ses objectifs."""
        if fiche["enjeux"]:
            return tuple(fiche["enjeux"])
        objectifs = filter(None, (self.element("objectifs", o) for o in fiche["objectifs"]))
        return tuple(dict.fromkeys(e for o in objectifs for e in o.codes("enjeux")))

    def domaines_of(self, fiche: Fiche) -> tuple[str, ...]:
        if fiche["theme"]:
            return tuple(fiche["theme"])
        enjeux = filter(None, (self.element("enjeux", e) for e in self.enjeux_of(fiche)))
        return tuple(dict.fromkeys(d for e in enjeux for d in e.codes("domaine")))

    def fiches_of(self, objectif: str) -> tuple[Fiche, ...]:
        return tuple(f for f in self.fiches if objectif in f["objectifs"])


_NON_COPIES = ("code", "notes_suivi", "statut", "tracabilite")


def copied(fiche: Fiche) -> Valeurs:
    """Une fiche à partir d'une autre : ni son suivi ni son état, et un titre qui dit la copie."""
    gardees = {c: v for c, v in fiche.valeurs.items() if c not in _NON_COPIES}
    return gardees | {"titre": f"{fiche.titre[:290]} (copie)", "statut": "À discuter"}


def fiche_codes(debut: str) -> Iterator[str]:
    """`PE-01`, `PE-02`…"""
    return (f"{debut}-{n:02d}" for n in count(1))


def element_codes(sorte: str, parent: str) -> Iterator[str]:
    """`E1`, `E2`… pour un enjeu ; `E1-O1`… pour un objectif de cet enjeu."""
    debut = "E" if sorte == "enjeu" else f"{parent or 'O'}-O"
    return (f"{debut}{n}" for n in count(1))


def read_plan(brut: Mapping[str, Any]) -> Plan:
    """Le plan du fichier."""
    return replay(file_items(brut))


def file_items(brut: Mapping[str, Any]) -> Fichier:
    """Ce que le fichier dit de chaque élément, champ par champ, par sorte et par clé."""
    return {nom: _items(brut, nom) for nom in ("domaines", *SORTES.values())}


def replay(fichier: Fichier, changes: Mapping[str, Mapping[str, Valeurs]] | None = None) -> Plan:
    """Le plan du fichier, puis ce que le journal a changé : `{"fiche": {"PE-01": {"titre": …}}, …}`."""
    changes = changes or {}
    lus = {sorte: _merge(fichier[pluriel], changes.get(sorte, {})) for sorte, pluriel in SORTES.items()}
    enjeux, objectifs = (tuple(Element(c, v) for c, v in lus[s].items()) for s in ("enjeu", "objectif"))
    domaines = tuple(Element(c, v) for c, v in fichier["domaines"].items())
    fiches = tuple(Fiche(c, v) for c, v in lus["fiche"].items())
    signature = changes.get("plan", {}).get("plan", {}).get("signature") or {}
    return Plan(domaines, enjeux, objectifs, fiches, signature)


def _items(brut: Mapping[str, Any], nom: str) -> dict[str, Valeurs]:
    lus = [e for e in brut.get(nom) or () if isinstance(e, Mapping) and e.get("code")]
    ranger = flatten if nom == "fiches" else to_stored
    return {str(e["code"]): ranger(e) for e in lus}


def _merge(fichier: Mapping[str, Valeurs], changes: Mapping[str, Valeurs]) -> dict[str, Valeurs]:
    cles: Iterable[str] = dict.fromkeys([*fichier, *changes])
    reunis = {cle: {**fichier.get(cle, {}), **changes.get(cle, {})} for cle in cles}
    return {cle: v for cle, v in reunis.items() if not v.get("retiree") and (cle in fichier or _says(v))}


def _says(valeurs: Valeurs) -> bool:
    """Une création annulée ne laisse que des cases vides : il n'y a plus rien à montrer."""
    return any(v not in (None, "", []) for v in valeurs.values())


def flatten(fiche: Mapping[str, Any]) -> Valeurs:
    """Une fiche de `plan.yaml`, champ par champ : le constat et la participation y sont des sous-blocs."""
    plat = {str(k): to_stored(v) for k, v in fiche.items()}
    constat, participation = plat.get("constat"), plat.get("participation")
    if isinstance(constat, Mapping):
        codes = [constat.get("indicateur"), *(constat.get("indicateurs") or ())]
        plat |= {"constat": constat.get("texte"), "constats": plat.get("constats") or [str(c) for c in codes if c]}
    if isinstance(participation, Mapping):
        plat |= {"participation": participation.get("niveau"), "participation_texte": participation.get("texte")}
    for cle, singulier in (("enjeux", "enjeu"), ("objectifs", "objectif")):
        if singulier in plat:
            plat[cle] = plat.pop(singulier)
    return {cle: _listed(cle, v) for cle, v in plat.items()}


def _listed(cle: str, valeur: Any) -> Any:
    declare = champs().get(cle)
    if declare and declare.type == "tableau" and isinstance(valeur, list):
        return [_filled(ligne) for ligne in valeur]
    if declare and declare.est_liste and not isinstance(valeur, list):
        return [] if valeur in (None, "") else [valeur]
    return valeur


def _filled(ligne: Any) -> Any:
    """Une ligne de tableau sans ses cases vides : celle que la page et les imports écriraient."""
    return {c: v for c, v in ligne.items() if v not in (None, "", [])} if isinstance(ligne, Mapping) else ligne
