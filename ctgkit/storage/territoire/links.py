"""Ce que les tableaux se disent l'un à l'autre : communes, types de service, unités, structures, compétences."""

from collections.abc import Mapping

from ctgkit import droit
from ctgkit.storage.territoire.report import near_misses, suggestion
from ctgkit.storage.territoire.tables import Reading, rows_with


def check_links(lus: Mapping[str, Reading]) -> None:
    structures = lus.get("structures")
    for nom in {"structures", "references"} & set(lus):
        _check_types(lus[nom])
    if structures is None:
        return
    _check_units(structures)
    if "communes" in lus:
        _check_communes(structures, lus["communes"])
    if "notifications" in lus:
        _check_notified(lus["notifications"], structures)
    for nom in {"references", "engagements"} & set(lus):
        _check_competences(lus[nom], structures)


def _check_communes(structures: Reading, communes: Reading) -> None:
    connues, lues = dict.fromkeys(communes.cellules["code_insee"]), structures.cellules["code_insee"]
    inconnues = rows_with(structures, "code_insee", set(lues) - set(connues) - {""})
    attendu = "une commune de communes.csv"
    structures.erreurs("code_insee", inconnues, "commune inconnue", lambda i: attendu + suggestion(lues[i], connues))
    if "code_insee" not in structures.absentes:
        attendu_vide = "un code de communes.csv ; sans lui l'adhésion de la commune ne se vérifie pas"
        vides = rows_with(structures, "code_insee", {""})
        structures.avis("code_insee", vides, "commune non renseignée", attendu_vide)


def _check_types(reading: Reading) -> None:
    """Un centre social ou une ludothèque sont légitimes : un type sans règle est signalé, une fois, jamais refusé."""
    connus, lus = droit.services(), reading.cellules["type"]
    premiers: dict[str, int] = {}
    for i, lu in enumerate(lus):
        if lu and lu not in connus:
            premiers.setdefault(lu, i)
    attendu = f"un des types {', '.join(connus)}, ou ce type s'il est voulu"
    constat = "type sans règle de financement connue"
    reading.avis("type", list(premiers.values()), constat, lambda i: attendu + suggestion(lus[i], connus))


def _check_units(structures: Reading) -> None:
    unites, types = {s.code: s.unite for s in droit.services().values()}, structures.cellules["type"]
    paires = enumerate(zip(types, structures.cellules["unite"], strict=True))
    fautifs = [i for i, (lu, unite) in paires if unite and unites.get(lu, unite) != unite]
    constat = "unité contraire au type de service"
    structures.erreurs("unite", fautifs, constat, lambda i: f"{unites[types[i]]} pour {types[i]}")


def _check_notified(notifications: Reading, structures: Reading) -> None:
    connues, lues = dict.fromkeys(structures.cellules["id"]), notifications.cellules["structure"]
    inconnues = rows_with(notifications, "structure", set(lues) - set(connues) - {""})
    attendu = "un id de structures.csv"
    notifications.avis("structure", inconnues, "structure inconnue", lambda i: attendu + suggestion(lues[i], connues))


def _check_competences(reading: Reading, structures: Reading) -> None:
    """Un territoire de compétence sans structure peut exister ; un nom presque pareil est une faute de frappe."""
    connues = dict.fromkeys(c for c in structures.cellules["competence"] if c)
    proches = near_misses(reading.cellules["competence"], connues)
    rangs = rows_with(reading, "competence", set(proches))
    lues = reading.cellules["competence"]
    reading.avis("competence", rangs, "compétence absente de structures.csv", lambda i: proches[lues[i]])
