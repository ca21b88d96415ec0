"""Comparer des scénarios : qui gagne, qui perd, ce qui ne change pas, de combien, et la phrase qui le raconte."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import get_args

import numpy as np
import pandas as pd

from ctgkit import droit
from ctgkit.droit.registre import BONUS_TRAJECTOIRE
from ctgkit.errors import CtgError
from ctgkit.formats import pluriel
from ctgkit.fourchette import Fourchette, Gain
from ctgkit.simulation.lectures.agregats import Axe, aggregate, table
from ctgkit.simulation.lectures.unites import name
from ctgkit.simulation.resultat import Resultat
from ctgkit.texte import a, de

_BORNES = ["bas", "haut", "bas_connu", "haut_connu"]
_CLES = ["structure", "annee", "dispositif", "part"]
_LIEUX = ["nom", "commune", "competence", "service", "gestionnaire"]
CENTIME = 0.01
GAGNE, PERD, INCHANGE, INCERTAIN = "gagne", "perd", "inchangé", "incertain"


@dataclass(frozen=True, eq=False)
class Ecart:
    """Un scénario face à la référence. `lignes` : l'écart de chaque ligne, `bas` et `haut`.

    `bas_connu` et `haut_connu` laissent de côté ce qui n'est pas publié (plancher, revalorisation).
    """

    reference: Resultat
    scenario: Resultat
    lignes: pd.DataFrame

    def par(self, *axes: Axe) -> pd.DataFrame:
        """L'écart par structure, commune, gestionnaire, année… et son sens : gagne, perd, inchangé, incertain."""
        if axes not in self._deja:
            self._deja[axes] = self._sum(axes)
        return self._deja[axes].copy()

    @cached_property
    def _deja(self) -> dict[tuple[Axe, ...], pd.DataFrame]:
        """Une page demande plusieurs fois les mêmes sommes."""
        return {}

    def _sum(self, axes: Sequence[Axe]) -> pd.DataFrame:
        fines = list(dict.fromkeys([*axes, "service", "annee"]))
        detail = _Cases.of(self._codes(fines))
        bornes = self._conserved(fines, detail)
        voulues = _Cases.of([rang[detail.premieres] for rang in self._codes(axes)])
        premieres = detail.premieres[voulues.premieres]
        sommes = pd.DataFrame({axe: self.lignes[axe].array[premieres] for axe in axes})
        for borne, montants in bornes.items():
            sommes[borne] = voulues.add(montants).round(2)
        annees = 1 if "annee" in axes else len(self.reference.annees)
        sommes["sens"] = direction(sommes["bas"].to_numpy(), sommes["haut"].to_numpy(), annees)
        if "structure" in axes:
            sommes.insert(1, "nom", self.lignes["nom"].array[premieres])
        return sommes

    def _conserved(self, cles: Sequence[Axe], cases: "_Cases") -> dict[str, np.ndarray]:
        """Les écarts par service et par année, sans perdre l'enveloppe que les parts incertaines se partagent."""
        sommes = {borne: cases.add(self.lignes[borne].to_numpy(float)) for borne in _BORNES}
        if self.reference.parts.sure.all() and self.scenario.parts.sure.all():
            return sommes
        (bas_a, haut_a), (bas_b, haut_b) = (self._totals(r, cles, cases) for r in (self.reference, self.scenario))
        with np.errstate(invalid="ignore"):
            bas, haut = bas_b - haut_a, haut_b - bas_a
        resserrees = {borne: np.fmax(sommes[borne], bas) for borne in ("bas", "bas_connu")}
        return sommes | resserrees | {borne: np.fmin(sommes[borne], haut) for borne in ("haut", "haut_connu")}

    def _totals(self, resultat: Resultat, cles: Sequence[Axe], cases: "_Cases") -> tuple[np.ndarray, np.ndarray]:
        """Le montant de chaque case dans cette simulation, au moins et au plus ; nul là où elle n'a rien."""
        totaux = aggregate(resultat, *cles)
        place = cases.find([self._noms[c].get_indexer(totaux[c]) for c in cles])
        bornes = np.zeros((2, len(cases.premieres)))
        bornes[:, place[place >= 0]] = totaux[["bas", "haut"]].to_numpy().T[:, place >= 0]
        return bornes[0], bornes[1]

    def _codes(self, axes: Sequence[Axe]) -> list[np.ndarray]:
        return [self._noms[axe].get_indexer(self.lignes[axe]) for axe in axes]

    @cached_property
    def _noms(self) -> dict[str, pd.Index]:
        """Ce que l'on trouve sur chaque axe."""
        return {axe: pd.Index(self.lignes[axe].unique()) for axe in get_args(Axe)}

    def total(self, annee: int | None = None) -> tuple[float, float]:
        """L'écart de tout le territoire, une année ou toutes."""
        par_an = self.par("annee")
        retenus = par_an if annee is None else par_an[par_an["annee"] == annee]
        return round(float(retenus["bas"].sum()), 2), round(float(retenus["haut"].sum()), 2)

    @cached_property
    def par_an(self) -> dict[int, Gain]:
        """L'écart de tout le territoire, chaque année."""
        bornes = self.par("annee")[["annee", "bas", "haut"]]
        return {int(annee): Gain(bas, haut) for annee, bas, haut in bornes.itertuples(index=False)}

    @property
    def change(self) -> bool:
        """Le scénario compte-t-il au moins un changement ?"""
        lui, base = self.scenario.scenario, self.reference.scenario
        return bool(lui.mouvements) or lui.repartition != base.repartition

    @cached_property
    def phrases(self) -> list[str]:
        return [headline(self), *_movements(self), *_thresholds(self), *_who(self)]


@dataclass(frozen=True)
class _Cases:
    """Des lignes rangées par case, une par assemblage de rangs, dans l'ordre où on les rencontre.

    `connues` : le numéro de chaque case, croissant, et `place` son rang ; `premieres` : la première ligne de chacune.
    """

    tailles: tuple[int, ...]
    connues: np.ndarray
    place: np.ndarray
    premieres: np.ndarray
    rang: np.ndarray

    @classmethod
    def of(cls, codes: Sequence[np.ndarray]) -> "_Cases":
        tailles = tuple(int(code.max(initial=0)) + 1 for code in codes)
        numeros = np.ravel_multi_index(codes, tailles)
        connues, premieres, rang = np.unique(numeros, return_index=True, return_inverse=True)
        place = premieres.argsort().argsort()
        return cls(tailles, connues, place, np.sort(premieres), place[rang])

    def add(self, montants: np.ndarray) -> np.ndarray:
        """La somme de chaque case ; un montant inconnu n'y compte pas."""
        return np.bincount(self.rang, np.where(np.isnan(montants), 0.0, montants), len(self.premieres))

    def find(self, codes: Sequence[np.ndarray]) -> np.ndarray:
        """La case de chacune de ces autres lignes ; -1 quand aucune ne lui répond."""
        dedans = np.all([(code >= 0) & (code < taille) for code, taille in zip(codes, self.tailles, strict=True)], 0)
        numeros = np.ravel_multi_index([np.where(dedans, code, 0) for code in codes], self.tailles)
        rang = np.searchsorted(self.connues, numeros).clip(max=len(self.connues) - 1)
        return np.where(dedans & (self.connues[rang] == numeros), self.place[rang], -1)


@dataclass(frozen=True, eq=False)
class EcartsScenarios:
    reference: Resultat
    ecarts: tuple[Ecart, ...]

    def table(self, *axes: Axe) -> pd.DataFrame:
        """L'écart de chaque scénario à la référence, par structure, commune, année…"""
        return pd.concat(
            [e.par(*axes).assign(scenario=e.scenario.scenario.nom) for e in self.ecarts], ignore_index=True
        )

    @property
    def phrases(self) -> list[str]:
        return [phrase for ecart in self.ecarts for phrase in ecart.phrases]


def compare_scenarios(reference: Resultat, *autres: Resultat) -> EcartsScenarios:
    """Chaque scénario face au premier, sur le bonus territoire, la coopération et le bonus trajectoire."""
    for autre in autres:
        if autre.annees != reference.annees:
            raise CtgError(
                "Les scénarios comparés ne portent pas sur les mêmes années.",
                autre.scenario.nom,
                f"Simuler chacun de {reference.annees[0]} à {reference.annees[-1]}.",
            )
    return EcartsScenarios(reference, tuple(Ecart(reference, autre, _gaps(reference, autre)) for autre in autres))


def direction(bas: np.ndarray, haut: np.ndarray, annees: int) -> np.ndarray:
    """Le sens d'un écart ; un écart nul d'un côté et positif de l'autre ne peut que gagner.

    Partager une enveloppe déplace au plus un centime par an : ce n'est pas un changement.
    """
    rien = annees * CENTIME + 0.005
    nul = (np.abs(bas) < rien) & (np.abs(haut) < rien)
    return np.select([nul, bas > -rien, haut < rien], [INCHANGE, GAGNE, PERD], INCERTAIN)


def _gaps(a: Resultat, b: Resultat) -> pd.DataFrame:
    """L'écart de chaque ligne : ce qui n'est pas publié s'annule quand la quantité ne change pas."""
    tables = [t[t["dispositif"].isin(droit.dans_le_bonus())] for t in (table(a), table(b))]
    valeurs = ["quantite", "unitaire_bas", "unitaire_haut", "bas", "haut", "haut_connu"]
    croise = tables[0][_CLES + valeurs].merge(tables[1][_CLES + valeurs], on=_CLES, how="outer", suffixes=("_a", "_b"))
    lieux = pd.concat([t[["structure", *_LIEUX]] for t in tables]).drop_duplicates("structure", keep="last")
    bornes = _line_gaps(croise)
    ecarts = croise[_CLES].assign(**bornes).merge(_same_counting(a, b), on=_CLES, how="left")
    for borne in ("bas", "haut"):
        ecarts[borne] = ecarts[f"{borne}_variante"].fillna(ecarts[borne])
    return ecarts.drop(columns=["bas_variante", "haut_variante"]).merge(lieux, on="structure", how="left")


def _line_gaps(croise: pd.DataFrame) -> dict[str, np.ndarray]:
    """Les bornes de l'écart de chaque ligne, et celles du seul montant publié (`…_connu`).

    À unité égale, on compare borne basse à borne basse, haute à haute : la même inconnue joue des deux côtés.
    """
    v = {c: croise[c].to_numpy(float) for c in croise.columns if c.endswith(("_a", "_b"))}
    absent_a, absent_b = np.isnan(v["bas_a"]), np.isnan(v["bas_b"])
    for c in ("bas", "haut", "haut_connu"):
        v[f"{c}_a"], v[f"{c}_b"] = np.where(absent_a, 0.0, v[f"{c}_a"]), np.where(absent_b, 0.0, v[f"{c}_b"])
    memes = [_same(v[f"{c}_a"], v[f"{c}_b"]) for c in ("unitaire_bas", "unitaire_haut")]
    accordes = memes[0] & memes[1] | absent_a | absent_b
    bouts = v["bas_b"] - v["bas_a"], v["haut_connu_b"] - v["haut_connu_a"]
    bas = np.where(accordes, np.minimum(*bouts), v["bas_b"] - v["haut_connu_a"])
    haut = np.where(accordes, np.maximum(*bouts), v["haut_connu_b"] - v["bas_a"])
    connus = {"bas_connu": bas, "haut_connu": haut}
    return {**_opened(v, bas, haut), **connus}


def _opened(v: dict[str, np.ndarray], bas: np.ndarray, haut: np.ndarray) -> dict[str, np.ndarray]:
    """Ce qui n'est pas publié : nul à quantité égale, sinon sans borne du côté où la quantité va."""
    ouvert_a, ouvert_b = np.isinf(v["haut_a"]), np.isinf(v["haut_b"])
    q_a, q_b = np.nan_to_num(v["quantite_a"]), np.nan_to_num(v["quantite_b"])
    meme = ouvert_a & ouvert_b & _same(v["quantite_a"], v["quantite_b"])
    bas, haut = np.where(meme, np.minimum(bas, 0.0), bas), np.where(meme, np.maximum(haut, 0.0), haut)
    return {
        "bas": np.where(ouvert_a & ~meme & (q_a >= q_b), -np.inf, bas),
        "haut": np.where(ouvert_b & ~meme & (q_b >= q_a), np.inf, haut),
    }


def _same_counting(a: Resultat, b: Resultat) -> pd.DataFrame:
    """L'écart du bonus trajectoire, façon de compter par façon de compter : la Caf n'en aura qu'une."""
    colonnes = ["structure", "annee", "dispositif", "part", "bas_variante", "haut_variante"]
    lots = []
    for annee in a.annees:
        contextes = [r.contextes.get((BONUS_TRAJECTOIRE, annee)) for r in (a, b)]
        if any(c is None or c.arguments is None for c in contextes):
            continue
        variantes = [c.variants() for c in contextes]
        if len(variantes[0]) != len(variantes[1]):
            continue
        ids = [r.territoire.structures["id"][c.qui] for r, c in zip((a, b), contextes, strict=True)]
        tous = pd.Index(ids[0]).union(pd.Index(ids[1]), sort=False)
        rangs = [tous.get_indexer(i) for i in ids]
        bouts = [_spread(va, vb, rangs, len(tous)) for va, vb in zip(*variantes, strict=True)]
        bas, haut = np.min([x for x, _ in bouts], axis=0), np.max([y for _, y in bouts], axis=0)
        lots.append(pd.DataFrame({"structure": tous, "annee": annee, "bas_variante": bas, "haut_variante": haut}))
    tableau = pd.concat(lots) if lots else pd.DataFrame(columns=colonnes).astype({"annee": int})
    return tableau.assign(dispositif=BONUS_TRAJECTOIRE, part="ensemble")


def _spread(va: tuple, vb: tuple, rangs: list[np.ndarray], nombre: int) -> tuple[np.ndarray, np.ndarray]:
    """L'écart aux deux bornes ; NaN quand une quantité inconnue ne permet pas de le dire."""
    bornes = []
    for i in (0, 1):
        cotes = [np.zeros(nombre), np.zeros(nombre)]
        for cote, rang, montant in zip(cotes, rangs, (va[i], vb[i]), strict=True):
            cote[rang] = montant
        connu = np.isfinite(cotes[0]) & np.isfinite(cotes[1])
        bornes.append(np.subtract(cotes[1], cotes[0], out=np.full(nombre, np.nan), where=connu))
    return np.minimum(*bornes), np.maximum(*bornes)


def _same(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a == b) | (np.isnan(a) & np.isnan(b))


def headline(ecart: Ecart) -> str:
    """La phrase de tête : l'écart sur toute la période."""
    total = Fourchette(*ecart.total())
    annees = ecart.reference.annees
    qui = f"« {ecart.scenario.scenario.nom} »"
    quand = f"en {annees[0]}" if len(annees) == 1 else f"de {annees[0]} à {annees[-1]}"
    reference = f"« {ecart.reference.scenario.nom} »"
    if total.bas == total.haut == 0:
        return f"{qui} donne les mêmes montants que {reference} {quand}."
    if total.bas >= 0:
        return f"{qui} apporte {total.between(False)} de plus que {reference} {quand}."
    if total.haut <= 0:
        return f"{qui} retire {(-total).between(False)} par rapport à {reference} {quand}."
    return f"{qui} change le total par rapport à {reference} {quand} : {total.between()}."


def _movements(ecart: Ecart) -> Iterator[str]:
    """Ce que chaque structure ouverte, fermée ou changée apporte elle-même, l'année pleine."""
    etat = ecart.scenario.cadre.etat
    for indice, verbe in etat.touchees.items():
        s = {c: ecart.scenario.territoire.structures[c][indice] for c in ("id", "nom", "code_insee", "type")}
        lignes = ecart.lignes[(ecart.lignes["structure"] == s["id"]) & ecart.lignes["dispositif"].isin(droit.propres())]
        par_an = lignes.groupby("annee")[["bas", "haut"]].sum().round(2)
        if par_an.empty or not (par_an.abs() > CENTIME + 0.005).any().any():
            continue
        plein = Fourchette(*par_an.iloc[-1])
        gains = par_an.to_numpy(float)
        stables = par_an.index[np.isclose(gains, gains[-1], rtol=0, atol=CENTIME + 0.005).all(axis=1)]
        yield f"{_what(ecart, indice, verbe, s)} {_brings(plein)} par an à partir de {min(stables)}."


def _brings(plein: Fourchette) -> str:
    if plein.haut <= 0:
        return f"retire {(-plein).between(False)}"
    return f"apporte {plein.between(False)}" if plein.bas >= 0 else f"change le montant de {plein.between()}"


def _what(ecart: Ecart, indice: int, verbe: str, s: dict[str, str]) -> str:
    r = ecart.scenario
    communes = dict(zip(r.territoire.communes["code_insee"], r.territoire.communes["nom"], strict=True))
    ou = communes.get(s["code_insee"], "")
    lieu = f" {a(ou)}" if ou else ""
    unite = r.cadre.services[r.cadre.service[indice]].unite
    if verbe == "ouvrir":
        return f"L'ouverture de {name(r.territoire.structures['quantite'][indice], unite)}{lieu} ({s['nom']})"
    if verbe == "fermer":
        return f"La fermeture de « {s['nom']} »{lieu}"
    periodes = r.cadre.etat.periodes
    derniere = periodes.quantite[np.flatnonzero(periodes.structure == indice)[-1]]
    return f"Le passage de « {s['nom']} »{lieu} à {name(derniere, unite)}"


def _thresholds(ecart: Ecart) -> Iterator[str]:
    """Le bonus trajectoire qui apparaît, disparaît ou change."""
    lignes = ecart.lignes[ecart.lignes["dispositif"] == BONUS_TRAJECTOIRE]
    par_an = lignes.groupby("annee")[["bas", "haut"]].sum().round(2)
    change = par_an[(par_an.abs() > 0.005).any(axis=1)]
    if change.empty:
        return
    annee = change.index[0]
    avant, apres = (
        aggregate(r, "annee", dispositifs=(BONUS_TRAJECTOIRE,)).set_index("annee").reindex([annee]).fillna(0.0).iloc[0]
        for r in (ecart.reference, ecart.scenario)
    )
    depart, arrivee = (Fourchette(lu["bas"], lu["haut"]).noun() for lu in (avant, apres))
    yield f"Le bonus trajectoire du territoire passe {de(depart)} à {arrivee} en {annee}."


def _who(ecart: Ecart) -> Iterator[str]:
    for axe, mot in (("structure", "structure"), ("commune", "commune"), ("gestionnaire", "gestionnaire")):
        sens = ecart.par(axe)["sens"].value_counts()
        morceaux = [
            f"{pluriel(int(sens[s]), mot)} {verbe if sens[s] < 2 else verbes}"
            for s, verbe, verbes in (
                ("gagne", "gagne", "gagnent"),
                ("perd", "perd", "perdent"),
                ("incertain", "peut gagner ou perdre", "peuvent gagner ou perdre"),
                ("inchangé", "ne change pas", "ne changent pas"),
            )
            if s in sens
        ]
        if morceaux and set(sens.index) != {"inchangé"}:
            yield f"{', '.join(morceaux)}."
