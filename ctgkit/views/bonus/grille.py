"""La grille des structures : les mêmes changements que les formulaires, une structure par ligne."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from ctgkit import droit
from ctgkit.territoire import Structure, Territoire
from ctgkit.views.bonus.etat import Brouillon
from ctgkit.views.bonus.lecture import municipalities
from ctgkit.views.bonus.saisies import Saisie, french_day
from ctgkit.views.composants.curseur import typed
from ctgkit.views.composants.grille import Cases, ColonneSaisie

COLONNES = (
    ColonneSaisie("nom", "Structure"),
    ColonneSaisie("commune", "Commune"),
    ColonneSaisie("service", "Service"),
    ColonneSaisie("existant", "Offre existante", "nombre"),
    ColonneSaisie("nouvelle", "Nouvelle quantité", "nombre"),
    ColonneSaisie("depuis", "À partir du", "date"),
    ColonneSaisie("fermeture", "Fermeture", "date"),
    ColonneSaisie("poids", "Poids", "nombre"),
)


def rows(territoire: Territoire, brouillon: Brouillon) -> dict[str, list[str]]:
    communes, services = municipalities(territoire), droit.services()
    return {
        s.id: [
            s.nom,
            communes.get(s.code_insee, ""),
            (services[s.type].court or services[s.type].libelle) if s.type in services else s.type,
            *(_shown(s, brouillon, c) for c in ("existant", "nouvelle", "depuis", "fermeture")),
            brouillon.poids.get(s.id, ""),
        ]
        for s in territoire.structures
    }


def errors(brouillon: Brouillon, refus: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """Ce qui est faux, dans la case où on l'a tapé."""
    trouvees = {(s, "poids"): dit for s, dit in brouillon.weights()[1].items()}
    for saisie in brouillon.saisies:
        lues = {**saisie.lue.erreurs, **({"": refus[saisie.cle]} if saisie.cle in refus else {})}
        for champ, dit in lues.items():
            if colonne := _column(saisie, champ):
                trouvees[saisie.champs.get("structure", ""), colonne] = dit
    return trouvees


def apply_cells(brouillon: Brouillon, cases: Cases, territoire: Territoire, jour: date) -> Brouillon:
    """Le brouillon une fois les cases écrites ; une case vidée retire le changement."""
    par_id = {s.id: s for s in territoire.structures}
    for ligne, colonne, texte in cases:
        brouillon = _write(brouillon, par_id[ligne], colonne, texte, french_day(jour.isoformat()))
    return brouillon


def _write(brouillon: Brouillon, structure: Structure, colonne: str, texte: str, jour: str) -> Brouillon:
    if colonne == "poids":
        autres = {c: p for c, p in brouillon.poids.items() if c != structure.id}
        return replace(brouillon, poids=autres | ({structure.id: texte} if texte else {}))
    saisie = _find(brouillon, structure.id, colonne)
    if not texte or texte == _own(structure, colonne):
        return brouillon.remove(saisie.cle) if saisie else brouillon
    champ = {"existant": "quantite", "nouvelle": "quantite", "depuis": "date", "fermeture": "date"}[colonne]
    if saisie:
        return brouillon.fill(saisie.cle, champ, texte)
    genre = "fermer" if colonne == "fermeture" else "quantite"
    propose = {"date": jour} if colonne == "nouvelle" else {}
    return brouillon.add(genre, **{"structure": structure.id, **propose, champ: texte})


def _find(brouillon: Brouillon, structure: str, colonne: str) -> Saisie | None:
    genre = "fermer" if colonne == "fermeture" else "quantite"
    siennes = [s for s in brouillon.saisies if s.genre == genre and s.champs.get("structure") == structure]
    if genre == "fermer":
        return next(iter(siennes), None)
    return next((s for s in siennes if bool(s.champs.get("date")) == (colonne != "existant")), None)


def _own(structure: Structure, colonne: str) -> str:
    """Ce que le territoire dit, quand le scénario n'en dit rien."""
    if colonne == "existant":
        return "" if structure.quantite is None else typed(structure.quantite)
    return french_day(structure.fermeture.isoformat()) if colonne == "fermeture" and structure.fermeture else ""


def _shown(structure: Structure, brouillon: Brouillon, colonne: str) -> str:
    saisie = _find(brouillon, structure.id, colonne)
    champ = "quantite" if colonne in ("existant", "nouvelle") else "date"
    return saisie.champs.get(champ, "") if saisie else _own(structure, colonne)


def _column(saisie: Saisie, champ: str) -> str:
    if saisie.genre == "fermer":
        return "fermeture"
    if saisie.genre != "quantite":
        return ""
    datee = bool(saisie.champs.get("date"))
    return "depuis" if champ == "date" else "nouvelle" if datee else "existant"


def first_weights(territoire: Territoire, poids: Mapping[str, str]) -> dict[str, str]:
    """Des poids de départ pour une répartition personnalisée : la quantité de chacune, comme si elle était lissée."""
    if poids:
        return dict(poids)
    structures: Sequence[Structure] = list(territoire.structures)
    return {s.id: typed(s.quantite) if s.quantite else "1" for s in structures if s.cofinancee is not False}
