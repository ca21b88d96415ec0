"""La carte « Pourquoi ce montant ? » : une opération par ligne du moteur, ses sources, ses étapes, ses réserves."""

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np

from ctgkit import droit
from ctgkit.formats import date_longue, euros, liste, read_date
from ctgkit.fourchette import Fourchette
from ctgkit.simulation import EXISTANT, NOUVEAU, Etape, Resultat, financing, follow_up, instalments
from ctgkit.simulation.calcul.conditions import PHRASES, Raison
from ctgkit.simulation.lectures.explication import steps
from ctgkit.simulation.lectures.unites import name
from ctgkit.storage import Registre, origines
from ctgkit.views.bonus.lecture import RIEN, MontantMontre, amounts, municipalities

_OFFRES = {EXISTANT: "Offre existante", NOUVEAU: "Offre nouvelle"}
_ACCORDS = {
    EXISTANT: {"": "existant", "e": "existante", "s": "existants", "es": "existantes"},
    NOUVEAU: {"": "nouveau", "e": "nouvelle", "s": "nouveaux", "es": "nouvelles"},
}


_RAISONS = frozenset(PHRASES.values())
_AU_MOINS = PHRASES[Raison.AU_MOINS]
_FONDENT = ("references", ".nouveau", ".existant", "repartition", "bonus_trajectoire.montant")


@cache
def _documents() -> Registre:
    return origines()


def named(texte: str) -> str:
    """Un document cité se lit sous son nom, jamais sous sa clé."""
    return _documents().nommer(texte)


@dataclass(frozen=True)
class SourceMontree:
    libelle: str
    statut: str = ""
    depuis: str = ""
    reference: Any = None
    decide: bool = False

    @property
    def court(self) -> str:
        """Qui le dit, sans le titre entier du document."""
        return self.reference.titre.split(",")[0].split(" : ")[0] if self.reference else ""


@dataclass(frozen=True)
class OperationMontree:
    """`25 places existantes × 1 850 €` et son montant ; ce qui le fonde, l'étape qui décide d'abord, puis toutes."""

    operation: str
    montant: str
    sources: tuple[SourceMontree, ...]
    etapes: tuple[SourceMontree, ...]


@dataclass(frozen=True)
class Carte:
    nom: str
    lieu: str
    annee: int
    montant: MontantMontre
    etapes: tuple[OperationMontree, ...]
    total: str
    a_cote: str
    empechements: tuple[str, ...]
    raisons: tuple[str, ...]
    suivi: tuple[dict[str, Any], ...] = field(default=())
    acompte: str = ""
    reste: str = ""


def card(r: Resultat, structure: str, annee: int) -> Carte | None:
    rang = r.cadre.rangs.get(structure)
    if rang is None:
        return None
    s, lignes = r.territoire.structures, r.lignes
    ici = np.flatnonzero((lignes["structure"] == rang) & (lignes["annee"] == annee)).tolist()
    lus = {i: list(steps(r, i)) for i in ici}
    raisons = dict.fromkeys(e.libelle for etapes in lus.values() for e in etapes[:-1] if _is_reason(e))
    sommes = [float(lignes[c][ici].sum()) for c in ("bas", "haut", "haut_connu")]
    return Carte(
        nom=str(s["nom"][rang]),
        lieu=municipalities(r.territoire).get(s["code_insee"][rang], ""),
        annee=annee,
        montant=amounts(r, "structure", "annee").get((structure, annee), RIEN),
        etapes=tuple(_operation(r, i, etapes) for i, etapes in lus.items()),
        total=MontantMontre(*sommes).phrase,
        a_cote=_beside(r, ici),
        empechements=tuple(x for x in raisons if x != _AU_MOINS),
        raisons=tuple(x for x in raisons if x == _AU_MOINS),
        suivi=_followed(r, structure),
        acompte=_instalment(r, structure, annee),
        reste=_left(r, structure, annee),
    )


def _is_reason(e: Etape) -> bool:
    return e.libelle in _RAISONS


def _operation(r: Resultat, i: int, etapes: list[Etape]) -> OperationMontree:
    """Ce qui fonde le montant se lit d'abord ; toutes les étapes, avec leurs sources, se déplient."""
    utiles = [e for e in etapes[:-1] if not _is_reason(e)]
    fondent = [e for e in utiles if e.parametre.endswith(_FONDENT)] or [e for e in utiles if e.parametre][:1]
    decisives = [e for e in utiles if _decides(r, i, e)]
    sources = [replace(_source(e), decide=True) for e in decisives] + [_source(e) for e in fondent]
    bornes = (float(r.lignes[c][i]) for c in ("bas", "haut"))
    return OperationMontree(_title(r, i), Fourchette(*bornes).tell(de=""), tuple(sources), tuple(map(_source, utiles)))


def _decides(r: Resultat, i: int, e: Etape) -> bool:
    """Un plancher plus haut que la part répartie : c'est lui qui fait le montant."""
    plancher = e.valeur if isinstance(e.valeur, float) and e.parametre.endswith(".plancher") else None
    return plancher is not None and plancher > 0 and abs(float(r.lignes["unitaire_bas"][i]) - plancher) < 0.005


def _title(r: Resultat, i: int) -> str:
    lignes = r.lignes
    s, part = int(lignes["structure"][i]), int(lignes["part"][i])
    unite, quantite = r.cadre.services[r.cadre.service[s]].unite, float(lignes["quantite"][i])
    bornes = float(lignes["unitaire_bas"][i]), float(lignes["unitaire_haut"][i])
    if np.isnan(quantite):
        return f"{_OFFRES.get(part, 'Montant')}, quantité inconnue"
    combien = name(quantite, unite)
    if part in _ACCORDS:
        accord = "e" * (unite in ("places", "heures")) + "s" * (quantite >= 2)
        combien = f"{combien} {_ACCORDS[part][accord]}"
    else:
        combien = f"{droit.libelles_dispositifs()[r.dispositifs[lignes['dispositif'][i]]]} : {combien}"
    return f"{combien} × {_unit(*bornes)}" if bornes[1] else combien


def _unit(bas: float, haut: float) -> str:
    unitaire = Fourchette(bas, haut)
    if unitaire.inconnu:
        return "montant inconnu"
    decimales = 2 * bool(round(bas % 1, 6) or round(unitaire.connu % 1, 6))
    return unitaire.short(decimales, euros)


def _source(e: Etape) -> SourceMontree:
    reference = replace(e.reference, titre=named(e.reference.titre)) if e.reference else None
    return SourceMontree(e.libelle, e.statut, _since(e.depuis), reference)


def _since(depuis: str) -> str:
    """`depuis le 1er janvier 2021`, ou l'année seule."""
    if not depuis:
        return ""
    try:
        return f"depuis le {date_longue(read_date(depuis))}"
    except ValueError:
        return depuis


def _beside(r: Resultat, ici: list[int]) -> str:
    codes = dict.fromkeys(r.dispositifs[r.lignes["dispositif"][i]] for i in ici)
    noms = droit.libelles_dispositifs()
    return liste([noms[c].lower() for c in codes if c not in droit.dans_le_bonus()])


def _followed(r: Resultat, structure: str) -> tuple[dict[str, Any], ...]:
    """Simulé, notifié, perçu : les années où la Caf a notifié quelque chose."""
    notifiees = r.territoire.notifications["structure"] == structure
    if not notifiees.any():
        return ()
    t = follow_up(r)
    t = t[(t["structure"] == structure) & t["notifie_eur"].notna()]
    noms = droit.libelles_dispositifs()
    return tuple(
        {
            "quoi": noms.get(x.dispositif, x.dispositif),
            "annee": x.annee,
            "simule": "rien" if np.isnan(x.bas) else MontantMontre(x.bas, x.haut, x.haut_connu).phrase,
            "notifie": euros(x.notifie_eur),
            "percu": euros(x.percu_eur),
            "etat": x.etat,
        }
        for x in t.itertuples()
    )


def _instalment(r: Resultat, structure: str, annee: int) -> str:
    t = instalments(r)
    somme = float(t.loc[(t["structure"] == structure) & (t["annee"] == annee), "acompte_max"].sum())
    return euros(somme) if somme else ""


def _left(r: Resultat, structure: str, annee: int) -> str:
    """Ce qui reste à la collectivité ; un maximum tant que la prestation de service n'est pas comptée."""
    t = financing(r)
    ligne = t[(t["structure"] == structure) & (t["annee"] == annee)]
    if ligne.empty or np.isnan(ligne["reste_haut"].iloc[0]):
        return ""
    return f"au plus {euros(float(ligne['reste_haut'].iloc[0]))}, avant la prestation de service qui n'est pas comptée"
