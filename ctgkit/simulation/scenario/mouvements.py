"""Appliquer un scénario : chaque mouvement est contrôlé, puis change le territoire sans le modifier."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ctgkit import droit
from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import date_longue, liste
from ctgkit.simulation.remarques import AVIS, Alerte
from ctgkit.simulation.scenario.chantier import Chantier, check
from ctgkit.simulation.scenario.etat import Etat, assumptions, check_numbers, check_years, local_bareme, reference_day
from ctgkit.simulation.scenario.lecture import normalise, read_day, read_number, read_poids
from ctgkit.territoire import REPARTITIONS, Scenario, Structure, Territoire, column_kinds
from ctgkit.texte import ascii_only, slug


def apply(territoire: Territoire, scenario: Scenario, annees: Any = None) -> Etat:
    """Le territoire changé par le scénario, prêt à calculer."""
    check(not scenario.base, f"la base « {scenario.base} » n'est pas résolue", scenario.nom,
          "Lire ce scénario avec ceux qu'il cite (« read_scenario »).")  # fmt: skip
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
    check(not ouverture or jour > ouverture,
          f"fermeture le {date_longue(jour)}, avant l'ouverture le {date_longue(ouverture)}", ou,
          "Choisir une date de fermeture après l'ouverture.")  # fmt: skip
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
        check(premiere <= annee <= derniere, f"année hors de la convention : {annee}", ou,
              f"Écrire une année entre {premiere} et {derniere}.")  # fmt: skip
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
        check(cle in natures, f"clé « {cle} » inconnue {did_you_mean(cle, natures)}".strip(), ou)
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
    check(champs["id"] not in chantier.index, f"la structure « {champs['id']} » existe déjà", ou,
          "Pour l'agrandir, utiliser « quantite » ; sinon, changer « id ».")  # fmt: skip
    if "cofinancee" not in champs:
        champs["cofinancee"] = True
        message = f"« {champs['nom']} » est supposée cofinancée par une collectivité signataire de la Ctg."
        chantier.alertes.append(Alerte(AVIS, "hypothese_cofinancee", message, ou))
    champs["competence"] = champs.get("competence") or _competence(chantier.territoire, champs)
    return Structure(**{**champs, "ouverture": ouverture})


def _unit(champs: Mapping[str, Any], ou: str) -> str:
    services = droit.services()
    voisin = did_you_mean(champs["type"], services)
    check(champs["type"] in services, f"type de service inconnu : « {champs['type']} » {voisin}".strip(), ou,
          f"Écrire l'un de ceux-ci : {liste(list(services))}.")  # fmt: skip
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
    choix = f"Choisir entre {liste(list(REPARTITIONS))}."
    check(scenario.repartition in REPARTITIONS, f"répartition « {scenario.repartition} » inconnue", scenario.nom, choix)
    for identifiant in read_poids(scenario.poids, scenario.nom):
        chantier.find(identifiant, f"{scenario.nom}, poids")
    sans = scenario.repartition == "personnalisee" and not scenario.poids
    check(
        not sans, "la répartition personnalisée demande des poids", scenario.nom, "Donner un poids à chaque structure."
    )
