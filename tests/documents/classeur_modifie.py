"""Changer une case claire du classeur, et refaire le même changement dans le moteur."""

import io
import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import openpyxl

from ctgkit.documents.classeur.bonus import workbook_sheets
from ctgkit.documents.classeur.feuilles import Feuille, is_editable, value_of, write_workbook
from ctgkit.documents.classeur.formules import A_REFAIRE
from ctgkit.documents.classeur.parametres import NON_BORNE
from ctgkit.droit import Bareme
from ctgkit.simulation import VERDICTS, Resultat, aggregate, engagements, name_competence
from ctgkit.simulation.calcul.conditions import effect_days
from ctgkit.simulation.calcul.moteur import compute
from ctgkit.simulation.scenario.etat import Etat, with_columns
from ctgkit.territoire import Reference, Table


@dataclass(frozen=True)
class Modification:
    """Une case : la feuille, le rang de sa ligne, la clé de sa colonne ; et ce qu'on y écrit."""

    feuille: str
    rang: int
    cle: str
    valeur: Any

    def __str__(self) -> str:
        return f"{self.feuille}, ligne {self.rang + 1}, {self.cle} : {self.valeur!r}"


def cases_claires(feuilles: Iterable[Feuille]) -> list[tuple[str, int, str]]:
    return [
        (feuille.nom, rang, cle)
        for feuille in feuilles
        for rang, ligne in enumerate(feuille.lignes)
        for (cle, colonne), valeur in zip(feuille.colonnes.items(), ligne, strict=True)
        if is_editable(colonne, valeur)
    ]


def ecrire(r: Resultat, m: Modification | None = None) -> bytes:
    feuilles = workbook_sheets([r])
    if m is not None:
        feuille = next(f for f in feuilles if f.nom == m.feuille)
        feuille.lignes[m.rang][list(feuille.colonnes).index(m.cle)] = m.valeur
    return write_workbook(feuilles)


def lire(octets: bytes) -> tuple[dict, dict, dict]:
    """Ce que dit le classeur : chaque montant, chaque total, chaque engagement."""
    classeur = openpyxl.load_workbook(io.BytesIO(octets), data_only=True, read_only=True)
    lignes = {
        (f["Structure"], f["Année"]): (f["Bonus de l'année, au moins"], f["Bonus de l'année, au plus"])
        for f in fiches(classeur["Calcul"], "Structure")
    }
    totaux, verdicts = {}, {}
    for f in fiches(classeur["Totaux"], "Total de"):
        cle = f["Total de"], f["Nom"], f["Année"]
        totaux[cle] = f["Bonus, au moins"], f["Bonus, au plus"]
        if f["Engagement de la Caf"]:
            verdicts[f["Nom"] or "", f["Année"]] = f["Engagement de la Caf"]
    return lignes, totaux, verdicts


def fiches(feuille: Any, premiere: str) -> list[dict]:
    lignes = list(feuille.iter_rows(values_only=True))
    entete = next(i for i, ligne in enumerate(lignes) if ligne and ligne[0] == premiere)
    return [dict(zip(lignes[entete], ligne, strict=False)) for ligne in lignes[entete + 1 :] if any(ligne)]


def du_moteur(r: Resultat) -> tuple[dict, dict, dict]:
    def borne(haut: float) -> Any:
        return NON_BORNE if np.isinf(haut) else haut

    lignes = {(t.structure, t.annee): (t.bas, borne(t.haut)) for t in aggregate(r, "structure", "annee").itertuples()}
    totaux = {("Territoire", None, t.annee): (t.bas, borne(t.haut)) for t in aggregate(r, "annee").itertuples()}
    for t in aggregate(r, "competence", "annee").itertuples():
        totaux["Territoire de compétence", name_competence(r, t.competence), t.annee] = t.bas, borne(t.haut)
    verdicts = {
        (name_competence(r, e.competence), e.annee): VERDICTS[str(e.maintien)] for e in engagements(r).itertuples()
    }
    return lignes, totaux, verdicts


def ecarts(lu: tuple[dict, dict, dict], attendu: tuple[dict, dict, dict]) -> list[tuple]:
    """Les cases qui donnent autre chose que le moteur, sans dire « à refaire »."""
    faux = []
    for lus, attendus in zip(lu, attendu, strict=True):
        for cle, valeur in lus.items():
            voulue = attendus.get(cle, (0.0, 0.0) if isinstance(valeur, tuple) else None)
            if isinstance(cle, tuple) and cle[0] == "Commune":
                continue
            if not egale(valeur, voulue):
                faux.append((cle, valeur, voulue))
        faux += [(cle, "absent", v) for cle, v in attendus.items() if cle not in lus and v not in {(0.0, 0.0)}]
    return faux


def egale(lue: Any, voulue: Any) -> bool:
    if isinstance(lue, tuple):
        return all(map(egale, lue, voulue))
    if lue == A_REFAIRE:
        return True
    if isinstance(lue, int | float) and isinstance(voulue, int | float):
        return abs(lue - voulue) < 0.006
    return lue == voulue


def refaits(lu: tuple[dict, dict, dict]) -> int:
    return sum(v[0] == A_REFAIRE for v in lu[0].values())


def refaire(r: Resultat, m: Modification) -> Resultat:
    """Le moteur, sur le territoire où cette case a changé."""
    feuille = next(f for f in workbook_sheets([r]) if f.nom == m.feuille)
    ligne = {cle: value_of(v) for cle, v in zip(feuille.colonnes, feuille.lignes[m.rang], strict=True)}
    return compute(_CHANGER[m.feuille](r.cadre.etat, r, m, ligne))


def _vide(valeur: Any) -> float:
    return np.nan if valeur is None else float(valeur)


def _jour(valeur: date | None) -> np.datetime64:
    return np.datetime64(valeur or "NaT", "D")


def _pose(colonne: np.ndarray, rang: int, valeur: Any) -> np.ndarray:
    posee = colonne.copy()
    posee[rang] = valeur
    return posee


def _cadre(etat: Etat, _: Resultat, m: Modification, __: dict) -> Etat:
    t = etat.territoire
    if m.rang == 0:
        return replace(etat, date_reference=m.valeur or t.convention.debut)
    return replace(etat, territoire=replace(t, convention=replace(t.convention, fin=m.valeur)))


def _commune(etat: Etat, _: Resultat, m: Modification, __: dict) -> Etat:
    t, jours = etat.territoire, effect_days(etat.territoire)
    if m.rang == len(t.communes):
        return replace(etat, territoire=replace(t, convention=replace(t.convention, deliberation=m.valeur)))
    adhesions = t.communes["adhesion"]
    adhesions = _pose(adhesions, m.rang, _jour(None)) if m.valeur is None else adhesions
    effets = _pose(jours[:-1], m.rang, _jour(m.valeur))
    return replace(etat, territoire=replace(t, communes=with_columns(t.communes, effet=effets, adhesion=adhesions)))


_COLONNES = {"charges": "charges_eur", "participations": "participations_eur", "cofinancee": "cofinancee"}


def _structure(etat: Etat, _: Resultat, m: Modification, __: dict) -> Etat:
    nom, t = _COLONNES[m.cle], etat.territoire
    valeur = {"oui": 1.0, "non": 0.0}.get(m.valeur, np.nan) if m.cle == "cofinancee" else _vide(m.valeur)
    structures = with_columns(t.structures, **{nom: _pose(t.structures[nom], m.rang, valeur)})
    return replace(etat, territoire=replace(t, structures=structures))


def _periode(etat: Etat, _: Resultat, m: Modification, __: dict) -> Etat:
    p = etat.periodes
    valeur = _vide(m.valeur) if m.cle == "quantite" else _jour(m.valeur)
    periodes = replace(p, **{m.cle: _pose(getattr(p, m.cle), m.rang, valeur)})
    s = int(p.structure[m.rang])
    if m.cle != "quantite" or m.rang != s:
        return replace(etat, periodes=periodes)
    t = etat.territoire
    structures = with_columns(t.structures, quantite=_pose(t.structures["quantite"], s, valeur))
    return replace(etat, periodes=periodes, territoire=replace(t, structures=structures))


def _reference(etat: Etat, r: Resultat, m: Modification, _: dict) -> Etat:
    t, g = etat.territoire, r.cadre.groupes
    if (ligne := int(g.ligne[m.rang])) >= 0:
        montants = _pose(t.references["montant_eur"], ligne, _vide(m.valeur))
        return replace(etat, territoire=replace(t, references=with_columns(t.references, montant_eur=montants)))
    competence, genre = g.competences[g.competence[m.rang]], g.types[g.type[m.rang]]
    annee = t.annee_reference or etat.date_reference.year - 1
    neuve = Reference(competence, genre, annee, m.valeur, source="essai", statut="officiel")
    lignes = [Reference(**{c: v[n] for c, v in t.references.colonnes.items()}) for n in range(len(t.references))]
    propres = [replace(x, annee=None if np.isnan(x.annee) else int(x.annee)) for x in lignes]
    table = Table.of(Reference, [*propres, neuve] if m.valeur is not None else propres)
    return replace(etat, territoire=replace(t, references=table))


def _poids(etat: Etat, _: Resultat, m: Modification, ligne: dict) -> Etat:
    t, ids = etat.territoire, etat.territoire.structures["id"].tolist()
    if etat.scenario.repartition == "historique":
        montants = _pose(t.structures["reference_eur"], ids.index(ligne["id"]), _vide(m.valeur))
        return replace(etat, territoire=replace(t, structures=with_columns(t.structures, reference_eur=montants)))
    poids = {k: v for k, v in etat.scenario.poids.items() if k != ligne["id"]}
    poids |= {} if m.valeur is None else {ligne["id"]: float(m.valeur)}
    return replace(etat, scenario=replace(etat.scenario, poids=poids))


def _parametre(etat: Etat, _: Resultat, m: Modification, ligne: dict) -> Etat:
    parametre = etat.bareme[ligne["code"]]
    valeurs = tuple(_valeur(v, m, ligne) if v.depuis == ligne["depuis"] else v for v in parametre.valeurs)
    bareme = Bareme({**etat.bareme.parametres, parametre.code: replace(parametre, valeurs=valeurs)})
    return replace(etat, bareme=bareme)


def _valeur(v: Any, m: Modification, ligne: dict) -> Any:
    bas, haut = ligne["bas"], np.inf if ligne["haut"] is None else ligne["haut"]
    exact = m.cle == "bas" and bas == haut
    if ligne["detail"] == "commune en zone prioritaire":
        return replace(v, zone_prioritaire=m.valeur)
    for champ in ("structures", "competences"):
        propres = {nom: x for nom, x in getattr(v, champ).items() if bas == haut == x}
        if propres:
            return replace(v, **{champ: {**getattr(v, champ), **dict.fromkeys(propres, m.valeur)}})
    neuves = []
    for t in v.tranches:
        if (t.bas, t.haut) != (bas, haut) or (ligne["seuil"] is not None and t.limites.get("") != ligne["seuil"]):
            neuves.append(t)
        elif m.cle == "seuil":
            neuves.append(replace(t, limites={**t.limites, "": m.valeur}))
        elif m.valeur is None:
            neuves.append(
                replace(t, bas=0.0 if m.cle == "bas" else t.bas, haut=np.inf if exact or m.cle == "haut" else t.haut)
            )
        elif exact:
            neuves.append(replace(t, bas=m.valeur, haut=m.valeur))
        else:
            neuves.append(replace(t, **{m.cle: m.valeur}))
    return replace(v, tranches=tuple(neuves), inconnue=False)


_CHANGER = {
    "Cadre": _cadre,
    "Communes": _commune,
    "Structures": _structure,
    "Périodes": _periode,
    "Références": _reference,
    "Répartition": _poids,
    "Paramètres": _parametre,
}


def au_hasard(r: Resultat, combien: int, graine: int, vider: float = 0.3) -> list[Modification]:
    """Des cases claires au hasard, et ce qu'une personne pourrait y écrire ; parfois, rien."""
    hasard = random.Random(graine)
    feuilles = {f.nom: f for f in workbook_sheets([r])}
    par_feuille: dict[str, list] = {}
    for case in cases_claires(feuilles.values()):
        par_feuille.setdefault(case[0], []).append(case)
    rendues = []
    while len(rendues) < combien:
        feuille, rang, cle = hasard.choice(par_feuille[hasard.choice(sorted(par_feuille))])
        depart = feuilles[feuille]
        fiche = {c: value_of(v) for c, v in zip(depart.colonnes, depart.lignes[rang], strict=True)}
        valeur = None if hasard.random() < vider else _essai(hasard, feuille, cle, fiche, r)
        m = Modification(feuille, rang, cle, valeur)
        if valeur != fiche[cle] and _representable(m, fiche, r):
            rendues.append(m)
    return rendues


def _representable(m: Modification, fiche: dict, r: Resultat) -> bool:
    """Le moteur n'a pas d'entrée pour tout : une zone prioritaire n'a qu'un montant exact, une tranche son seuil."""
    if m.feuille == "Communes" and m.rang == len(r.territoire.communes):
        return False
    if m.cle == "seuil" and m.valeur is None:
        return False
    propre = fiche.get("detail", "") not in {"", "commune en zone prioritaire"} and fiche.get("seuil") is None
    zone = fiche.get("detail") == "commune en zone prioritaire"
    return m.feuille != "Paramètres" or not ((zone or propre) and (m.cle == "haut" or m.valeur is None))


def _essai(hasard: random.Random, feuille: str, cle: str, fiche: dict, r: Resultat) -> Any:
    if cle == "cofinancee":
        return hasard.choice(["oui", "non"])
    if feuille == "Cadre" or cle in {"effet", "debut", "fin"}:
        annee = hasard.randint(r.annees[0] - 3, r.annees[-1] + 1)
        return date(annee, hasard.randint(1, 12), hasard.choice([1, 1, 15, 28]))
    if cle == "seuil":
        return round(fiche["seuil"] * hasard.uniform(0.9, 1.1), 4)
    if feuille == "Paramètres":
        bas = fiche["bas"] or 1000.0
        return round(bas * hasard.uniform(1, 2) if cle == "haut" else bas * hasard.uniform(0.5, 1), 2)
    depart = fiche[cle] or 1000.0
    return round(depart * hasard.uniform(0, 2), 2)
