"""Les chiffres que l'on saisit soi-même : gardés par le journal, ajoutés à ceux du dossier, jamais à leur place."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace

from ctgkit.errors import CtgError
from ctgkit.storage.journal.coeur import Changement, EtatObjet, Journal, has_journal, open_journal
from ctgkit.territoire import Indicateur, Table, Territoire

OBJET, CHAMP = "chiffre", "valeur"
CONSTAT, CONSTAT_CHAMP = "constat", "phrase"
ALERTE, ALERTE_CHAMP = "alerte", "explication"
MASQUE = "masqué"
REFERENCE = "saisi dans l’atelier"


def figure_key(ligne: Indicateur) -> str:
    """La source et l'année sont dans le nom même du chiffre : il n'existe pas sans elles."""
    return " | ".join((ligne.code, ligne.geo, str(ligne.annee), ligne.source))


def saved_figures(journal: Journal, territoire: Territoire) -> tuple[Indicateur, ...]:
    lus = (_read(cle, etat.valeurs.get(CHAMP), territoire) for cle, etat in sorted(journal.states(OBJET).items()))
    return tuple(x for x in lus if x is not None)


def saved_findings(journal: Journal) -> dict[str, str]:
    """Les constats retenus au diagnostic : leur phrase, par code d'indicateur."""
    etats = sorted(journal.states(CONSTAT).items())
    return {cle: str(etat.valeurs[CONSTAT_CHAMP]) for cle, etat in etats if etat.valeurs.get(CONSTAT_CHAMP)}


def saved_explanations(journal: Journal) -> dict[str, str]:
    """Les alertes que quelqu'un a expliquées, et sa raison."""
    etats = sorted(journal.states(ALERTE).items())
    return {cle: str(etat.valeurs[ALERTE_CHAMP]) for cle, etat in etats if etat.valeurs.get(ALERTE_CHAMP)}


def keep_figures(
    journal: Journal, lignes: Iterable[Indicateur], role: str, vus: Mapping[str, EtatObjet] | None = None
) -> None:
    """Toutes, ou aucune ; les mêmes chiffres écrits deux fois ne font qu'une entrée.

    `vus` : ce que la page montrait ; un chiffre changé depuis par quelqu'un d'autre lève `ConflictError`.
    """
    etats = journal.states(OBJET) if vus is None else vus
    vues = {figure_key(x): MASQUE if x.statut == "masque" else x.valeur for x in lignes}
    changements = []
    for cle, valeur in vues.items():
        etat = etats.get(cle)
        if etat is None or etat.valeurs.get(CHAMP) != valeur:
            changements.append(Changement(OBJET, cle, CHAMP, valeur, etat.versions.get(CHAMP, 0) if etat else 0))
    if changements and journal.lecture_seule:
        raise CtgError("Ces chiffres ne peuvent pas être gardés.", "journal", f"Ici {journal.lecture_seule}")
    journal.record_all(changements, role)


def forget_figure(journal: Journal, cle: str, role: str, vu: EtatObjet | None = None) -> None:
    etat = vu or journal.state(OBJET, cle)
    if etat.valeurs.get(CHAMP) is not None:
        journal.record_all([etat.change(CHAMP, None)], role)


def with_figures(territoire: Territoire, lignes: Iterable[Indicateur]) -> Territoire:
    ajoutees = list(lignes)
    if not ajoutees:
        return territoire
    return replace(territoire, indicateurs=Table.of(Indicateur, [*territoire.indicateurs, *ajoutees]))


def with_saved_figures(territoire: Territoire, dossier: str | os.PathLike[str]) -> Territoire:
    """Le territoire et ce qui y a été saisi ; un territoire sans journal n'en reçoit pas un pour autant."""
    if not has_journal(dossier):
        return territoire
    with open_journal(dossier) as journal:
        return with_figures(territoire, saved_figures(journal, territoire))


def level_of(territoire: Territoire, geo: str) -> str:
    """À quel niveau est ce lieu : une commune, le territoire entier, ou son repère."""
    if geo in territoire.communes["code_insee"].tolist():
        return "commune"
    if geo == territoire.siren:
        return "epci"
    connus = zip(territoire.indicateurs["geo"].tolist(), territoire.indicateurs["niveau"].tolist(), strict=True)
    return next((n for g, n in connus if g == geo), "departement" if geo == territoire.comparateur.code else "")


def _read(cle: str, valeur: object, territoire: Territoire) -> Indicateur | None:
    morceaux = cle.split(" | ", 3)
    if valeur is None or len(morceaux) != 4 or not morceaux[2].isdigit():
        return None
    code, geo, annee, source = morceaux
    niveau = level_of(territoire, geo)
    if valeur == MASQUE:
        return Indicateur(code, geo, niveau, int(annee), None, "masque", source, REFERENCE)
    if isinstance(valeur, bool) or not isinstance(valeur, int | float):
        return None
    return Indicateur(code, geo, niveau, int(annee), float(valeur), "publie", source, REFERENCE)
