"""Appliquer un scénario : chaque mouvement est contrôlé, puis change le territoire sans le modifier."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from ctgkit import droit, mouvements
from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import date_longue, liste
from ctgkit.mouvements import CORRIGER_MOUVEMENT, check_known, normalise, read_day, read_number
from ctgkit.simulation.remarques import AVIS, Remarque
from ctgkit.simulation.scenario.etat import (
    Etat,
    Periodes,
    append_structures,
    assumptions,
    check_numbers,
    check_years,
    local_bareme,
    reference_day,
    with_columns,
)
from ctgkit.simulation.scenario.lecture import read_poids, read_repartition
from ctgkit.territoire import Scenario, Structure, Territoire, column_kinds
from ctgkit.texte import ascii_only, slug


@dataclass
class Chantier:
    territoire: Territoire
    reference: date
    bareme: droit.Bareme
    credits: dict[tuple[str, int], float] = field(default_factory=dict)
    alertes: list[Remarque] = field(default_factory=list)
    nouvelles: list[Structure] = field(default_factory=list)
    fermeture: dict[int, date] = field(default_factory=dict)
    quantites: dict[int, dict[date | None, float]] = field(default_factory=dict)
    adhesion: dict[int, date] = field(default_factory=dict)
    effet: dict[int, date | None] = field(default_factory=dict)
    touchees: dict[int, str] = field(default_factory=dict)

    @cached_property
    def index(self) -> dict[str, int]:
        return {s: i for i, s in enumerate(self.territoire.structures["id"].tolist())}

    @cached_property
    def communes(self) -> dict[str, int]:
        return {c: i for i, c in enumerate(self.territoire.communes["code_insee"].tolist())}

    def find(self, identifiant: str, ou: str) -> int:
        if identifiant not in self.index:
            connus = f"{did_you_mean(identifiant, self.index)} Utiliser un identifiant de structures.csv.".strip()
            check(False, f"structure inconnue : « {identifiant} »", ou, connus)
        return self.index[identifiant]

    def find_commune(self, code: str, ou: str) -> int:
        voisine = "" if code in self.communes else did_you_mean(code, self.communes)
        check(code in self.communes, f"commune inconnue : « {code} » {voisine}".strip(), ou)
        return self.communes[code]

    def add(self, structure: Structure) -> None:
        indice = len(self.territoire.structures) + len(self.nouvelles)
        self.index[structure.id] = indice
        self.nouvelles.append(structure)
        self.touchees[indice] = "ouvrir"

    def day(self, indice: int, colonne: str, changes: Mapping[int, Any]) -> date | None:
        connus = self.territoire.structures[colonne]
        lu = connus[indice].item() if indice < len(connus) else getattr(self.nouvelles[indice - len(connus)], colonne)
        return changes.get(indice, lu)

    def warn_date(self, jour: date | None, ou: str) -> None:
        fin = self.territoire.convention.fin
        if jour and fin and jour > fin:
            message = f"Le {date_longue(jour)} est après la fin de la convention ({date_longue(fin)}) : sans effet ici."
            self.alertes.append(Remarque(AVIS, "mouvement_hors_convention", message, ou))
        elif jour and jour < self.reference:
            message = f"Le {date_longue(jour)} précède la date de référence : ce mouvement change l'offre existante."
            self.alertes.append(Remarque(AVIS, "mouvement_avant_reference", message, ou))

    def finish(self, scenario: Scenario, annees: tuple[int, ...]) -> Etat:
        avant = len(self.territoire.structures)
        complet = append_structures(self.territoire, self.nouvelles)
        if self.fermeture:
            fermetures = _changed(complet.structures["fermeture"], self.fermeture)
            complet = replace(complet, structures=with_columns(complet.structures, fermeture=fermetures))
        if self.adhesion:
            colonnes = {c: _changed(complet.communes[c], getattr(self, c)) for c in ("adhesion", "effet")}
            complet = replace(complet, communes=with_columns(complet.communes, **colonnes))
        periodes = self.periods(complet)
        creees = tuple(range(avant, len(complet.structures)))
        return Etat(
            complet,
            scenario,
            annees,
            self.reference,
            self.bareme,
            periodes,
            self.credits,
            tuple(self.alertes),
            creees,
            self.touchees,
        )

    def periods(self, territoire: Territoire) -> Periodes:
        """Une période par structure, coupée à chaque changement de quantité."""
        s = territoire.structures
        quantite, fin = s["quantite"].copy(), s["fermeture"].copy()
        ajoutees: list[tuple[int, Any, Any, float]] = []
        for indice, changes in self.quantites.items():
            dates = self.fill(indice, changes, quantite)
            fermeture = fin[indice].item()
            for debut, suivante in zip(dates, [*dates[1:], fermeture][: len(dates)], strict=True):
                ajoutees.append((indice, debut, _earliest(suivante, fermeture), changes[debut]))
            fin[indice] = _earliest(dates[0] if dates else None, fermeture)
        indices, debuts, fins, valeurs = zip(*ajoutees, strict=True) if ajoutees else ((), (), (), ())
        return Periodes(
            np.concatenate([np.arange(len(s)), np.array(indices, np.int64)]),
            np.concatenate([s["ouverture"], np.array(debuts, "datetime64[D]")]),
            np.concatenate([fin, np.array(fins, "datetime64[D]")]),
            np.concatenate([quantite, np.array(valeurs, float)]),
        )

    def fill(self, indice: int, changes: Mapping[date | None, float], quantite: np.ndarray) -> list[date]:
        """Une quantité inconnue, donnée au plus tard à la date de référence, est celle de l'offre existante."""
        dates = sorted(d for d in changes if d)
        connues = [d for d in dates if d <= self.reference]
        if None in changes:
            quantite[indice] = changes[None]
        elif np.isnan(quantite[indice]) and connues:
            quantite[indice] = changes[connues[0]]
            nom = self.territoire.structures["nom"][indice]
            message = (
                f"Quantité de « {nom} » inconnue dans le territoire : celle du scénario vaut dès l'offre existante."
            )
            self.alertes.append(Remarque(AVIS, "quantite_supposee", message, "scénario"))
            dates.remove(connues[0])
        return dates


def _changed(colonne: np.ndarray, changes: Mapping[int, Any]) -> np.ndarray:
    copie = colonne.copy()
    copie[list(changes)] = [np.datetime64("NaT") if d is None else np.datetime64(d, "D") for d in changes.values()]
    return copie


def _earliest(*jours: date | None) -> Any:
    return min((np.datetime64(j, "D") for j in jours if j), default=np.datetime64("NaT"))


def apply(territoire: Territoire, scenario: Scenario, annees: Any = None) -> Etat:
    """Le territoire changé par le scénario, prêt à calculer."""
    check(
        not scenario.base,
        f"la base « {scenario.base} » n'est pas résolue",
        scenario.nom,
        "Lire ce scénario avec ceux qu'il cite (« read_scenario »).",
    )
    check_numbers(territoire)
    voulues = check_years(territoire, annees)
    jour, alertes = reference_day(territoire, voulues)
    chantier = Chantier(territoire, jour, local_bareme(territoire))
    chantier.alertes += alertes + assumptions(territoire)
    for rang, mouvement in enumerate(scenario.mouvements, 1):
        try:
            _move(chantier, mouvement, f"{scenario.nom}, mouvement {rang}")
        except CtgError as erreur:
            erreur.rang = rang
            raise
    _check_sharing(chantier, scenario)
    return chantier.finish(scenario, voulues)


def _move(chantier: Chantier, mouvement: Mapping[str, Any], ou: str) -> None:
    ((verbe, corps),) = normalise(mouvement, ou).items()
    _VERBES[verbe](chantier, corps, f"{ou}, {verbe}")


def _open(chantier: Chantier, corps: Mapping[str, Any], ou: str) -> None:
    structure = _read_structure(chantier, corps["structure"], read_day(corps["date"], ou), ou)
    chantier.add(structure)
    chantier.warn_date(structure.ouverture, ou)


def _close(chantier: Chantier, corps: Mapping[str, Any], ou: str) -> None:
    indice, jour = chantier.find(corps["structure"], ou), read_day(corps["date"], ou)
    ouverture = chantier.day(indice, "ouverture", {})
    check(
        not ouverture or jour > ouverture,
        f"fermeture le {date_longue(jour)}, avant l'ouverture le {date_longue(ouverture)}",
        ou,
        "Choisir une date de fermeture après l'ouverture.",
    )
    chantier.fermeture[indice] = jour
    chantier.touchees[indice] = "fermer"
    chantier.warn_date(jour, ou)


def _resize(chantier: Chantier, corps: Mapping[str, Any], ou: str) -> None:
    indice = chantier.find(corps["structure"], ou)
    jour = read_day(corps["date"], ou) if "date" in corps else None
    ouverture = chantier.day(indice, "ouverture", {})
    fermeture = chantier.day(indice, "fermeture", chantier.fermeture)
    check(not jour or not ouverture or jour >= ouverture, f"la structure n'ouvre que le {date_longue(ouverture)}", ou)
    check(not jour or not fermeture or jour < fermeture, f"la structure est fermée le {date_longue(fermeture)}", ou)
    chantier.quantites.setdefault(indice, {})[jour] = read_number(corps["quantite"], ou)
    chantier.touchees[indice] = "quantite"
    chantier.warn_date(jour, ou)


def _join(chantier: Chantier, corps: Mapping[str, Any], ou: str) -> None:
    indice = chantier.find_commune(corps["code_insee"], ou)
    chantier.adhesion[indice] = read_day(corps["date"], ou)
    chantier.effet[indice] = read_day(corps["effet"], ou) if "effet" in corps else None


def _fund(chantier: Chantier, corps: Mapping[str, Any], ou: str) -> None:
    t, nom, annee = chantier.territoire, corps["competence"], corps["annee"]
    connues = {k for table in (t.structures, t.references, t.engagements) for k in table["competence"].tolist()} - {""}
    check(nom in connues, f"territoire de compétence inconnu : « {nom} » {did_you_mean(nom, connues)}".strip(), ou)
    if t.annees:
        premiere, derniere = t.annees[0] - 1, t.annees[-1]
        check(
            premiere <= annee <= derniere,
            f"année hors de la convention : {annee}",
            ou,
            f"Écrire une année entre {premiere} et {derniere}.",
        )
    chantier.credits[nom, annee] = corps["credits_eur"]


def _set(chantier: Chantier, corps: Mapping[str, Any], ou: str) -> None:
    ecrite = corps["valeur"]
    contenu = dict(ecrite) if isinstance(ecrite, Mapping) else {"valeur": ecrite}
    unite = contenu.pop("unite", corps.get("unite"))
    contenu.setdefault("reference", corps.get("reference") or "hypothèse du scénario")
    bloc = {"valeurs": {corps["depuis"]: contenu}, "statut": corps.get("statut", "a_confirmer")}
    complet = bloc | ({"unite": unite} if unite else {})
    chantier.bareme = droit.override(chantier.bareme, {corps["code"]: complet}, ou, "a_confirmer")


_VERBES = {
    "ouvrir": _open,
    "fermer": _close,
    "quantite": _resize,
    "adherer": _join,
    "credits": _fund,
    "parametre": _set,
}


def _read_structure(chantier: Chantier, ecrite: Any, ouverture: date, ou: str) -> Structure:
    check(isinstance(ecrite, Mapping), "« structure » décrit la structure à ouvrir", ou)
    natures = column_kinds(Structure)
    for cle in ecrite:
        check_known(cle, natures, "clé", ou, CORRIGER_MOUVEMENT)
    champs = {c: _read_field(natures[c], v, f"{ou}, {c}") for c, v in ecrite.items() if v is not None and v != ""}
    manquent = [f"« {c} »" for c in ("type", "code_insee", "quantite") if c not in champs]
    check(not manquent, f"il manque {liste(manquent)}", ou)
    champs["nom"] = champs.get("nom") or champs.get("id") or "Nouvelle structure"
    # Des scénarios déjà enregistrés citent cet identifiant : il ne peut pas changer de forme.
    champs["id"] = champs.get("id") or slug(ascii_only(champs["nom"])) or "nouvelle-structure"
    champs["unite"] = _unit(champs, ou)
    chantier.find_commune(champs["code_insee"], ou)
    fermeture = champs.get("fermeture")
    check(not fermeture or fermeture > ouverture, "la structure ferme avant d'ouvrir", ou)
    check(
        champs["id"] not in chantier.index,
        f"la structure « {champs['id']} » existe déjà",
        ou,
        "Pour l'agrandir, utiliser « quantite » ; sinon, changer « id ».",
    )
    if "cofinancee" not in champs:
        champs["cofinancee"] = True
        message = f"« {champs['nom']} » est supposée cofinancée par une collectivité signataire de la Ctg."
        chantier.alertes.append(Remarque(AVIS, "hypothese_cofinancee", message, ou))
    champs["competence"] = champs.get("competence") or _competence(chantier.territoire, champs)
    return Structure(**{**champs, "ouverture": ouverture})


def _unit(champs: Mapping[str, Any], ou: str) -> str:
    services = droit.services()
    voisin = "" if champs["type"] in services else did_you_mean(champs["type"], services)
    check(
        champs["type"] in services,
        f"type de service inconnu : « {champs['type']} » {voisin}".strip(),
        ou,
        f"Écrire l'un de ceux-ci : {liste(list(services))}.",
    )
    attendue = services[champs["type"]].unite
    lue = champs.get("unite", attendue)
    check(lue.rstrip("s") == attendue.rstrip("s"), f"unité « {lue} » au lieu de « {attendue} »", ou)
    return attendue


def _read_field(nature: str, valeur: Any, ou: str) -> Any:
    if nature == "float":
        return read_number(valeur, ou)
    if nature == "date":
        return read_day(valeur, ou)
    if nature == "bool":
        lu = {"oui": True, "true": True, "non": False, "false": False}.get(str(valeur).strip().lower())
        check(lu is not None, f"« {valeur} » n'est ni oui ni non", ou)
        return lu
    return str(valeur).strip()


def _competence(territoire: Territoire, champs: Mapping[str, Any]) -> str:
    """Le territoire de compétence des structures de la même commune, du même type d'abord."""
    s = territoire.structures
    ici, meme = s["code_insee"] == champs["code_insee"], s["type"] == champs["type"]
    for parmi in (ici & meme, ici, meme):
        connues = set(s["competence"][parmi].tolist()) - {""}
        if len(connues) == 1:
            return connues.pop()
    return champs["code_insee"]


def _check_sharing(chantier: Chantier, scenario: Scenario) -> None:
    read_repartition(scenario.repartition, scenario.nom)
    for identifiant in read_poids(scenario.poids, scenario.nom):
        chantier.find(identifiant, f"{scenario.nom}, poids")
    sans = scenario.repartition == "personnalisee" and not scenario.poids
    check(
        not sans, "la répartition personnalisée demande des poids", scenario.nom, "Donner un poids à chaque structure."
    )


def check(vrai: bool, constat: str, ou: str, que_faire: str = CORRIGER_MOUVEMENT) -> None:
    mouvements.check(vrai, constat, ou, que_faire)
