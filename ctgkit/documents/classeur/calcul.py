"""La feuille « Calcul » : une ligne de formules par structure et par année, tracées sur les règles du droit."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ctgkit import droit
from ctgkit.documents.classeur.complements import complement_cells, complement_columns
from ctgkit.documents.classeur.croissance import Croissance
from ctgkit.documents.classeur.feuilles import Formule
from ctgkit.documents.classeur.grille import Grille
from ctgkit.documents.classeur.montants import existing, new
from ctgkit.documents.classeur.parametres import NON_BORNE, Bornes, Parametres
from ctgkit.documents.classeur.quantites import Quantites
from ctgkit.documents.classeur.repartition import Repartition
from ctgkit.documents.modele import Colonne
from ctgkit.simulation import ENSEMBLE, EXISTANT, NOUVEAU, Resultat, aggregate
from ctgkit.simulation.calcul.conditions import sentences

RIEN = (0.0, 0.0)


def grid(r: Resultat, nom: str) -> Grille:
    fenetres = range(max(np.bincount(r.cadre.fenetres.annee)))
    cles = {"id": "Structure", "nom": "Nom", "commune": "Commune", "competence": "Territoire de compétence",
            "type": "Type", "gestionnaire": "Gestionnaire"}  # fmt: skip
    colonnes = {cle: Colonne(libelle) for cle, libelle in cles.items()}
    colonnes |= {
        "annee": Colonne("Année", "annee"),
        "sur": Colonne("Compte à coup sûr", "nombre"),
        "possible": Colonne("Compte peut-être", "nombre"),
    }
    colonnes |= {f"part{k}": Colonne(f"Part existante comptée{_rank(k, fenetres)}", "nombre", 6) for k in fenetres}
    colonnes |= {f"neuf{k}": Colonne(f"Quantité nouvelle comptée{_rank(k, fenetres)}", "nombre", 4) for k in fenetres}
    colonnes |= {c: Colonne(f"Quantité {c}", "nombre", 4) for c in ("existante", "nouvelle", "ouverte")}
    colonnes |= _pair("existant", "Offre existante") | _pair("nouveau", "Offre nouvelle")
    colonnes |= complement_columns(r)
    colonnes |= _pair("", "Bonus de l'année")
    cles = {"statut": "Statut le plus faible", "raisons": "Ce qui manque ou limite", "note": "Note"}
    colonnes |= {cle: Colonne(libelle) for cle, libelle in cles.items()}
    note = f"Une ligne par structure et par année. « {NON_BORNE} » : un paramètre utile n'est pas publié."
    return Grille(nom, colonnes, (note,), prevues=int((r.cadre.service >= 0).sum()) * len(r.annees))


def _pair(cle: str, libelle: str) -> dict[str, Colonne]:
    debut = f"{cle}_" if cle else ""
    bornes = {"bas": "au moins", "haut": "au plus"}
    return {f"{debut}{cote}": Colonne(f"{libelle}, {mot}", "euros", 2) for cote, mot in bornes.items()}


def _rank(k: int, fenetres: range) -> str:
    return "" if len(fenetres) == 1 else f" (période {k + 1})"


@dataclass
class Calcul:
    """Ce qu'il faut pour écrire les lignes, et de quoi retrouver celles du moteur."""

    grille: Grille
    q: Quantites
    repartition: Repartition
    parametres: Parametres
    du_moteur: dict[tuple[int, int, int, int], int] = field(default_factory=dict)
    bornes: dict[tuple[str, int, int], Bornes | None] = field(default_factory=dict)
    ensemble: dict[tuple[str, int], tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = self.q.r.lignes
        cles = zip(*(n[c].tolist() for c in ("structure", "annee", "part", "dispositif")), strict=True)
        self.du_moteur = {cle: i for i, cle in enumerate(cles)}
        totaux = aggregate(self.q.r, "structure", "annee").itertuples(index=False)
        self.ensemble = {(t.structure, int(t.annee)): (float(t.bas), float(t.haut)) for t in totaux}
        for nom in ("existant", "plancher", "revalorisation", "nouveau"):
            self._gather(nom)

    def amounts(self, s: int, annee: int, part: int, dispositif: int) -> tuple[float, float]:
        i = self.du_moteur.get((s, annee, part, dispositif))
        return (0.0, 0.0) if i is None else tuple(float(self.q.r.lignes[c][i]) for c in ("bas", "haut"))

    def _gather(self, nom: str) -> None:
        """Les bornes d'un paramètre pour chaque structure et chaque période, citées de la feuille « Paramètres »."""
        cadre = self.q.r.cadre
        for w, jour in enumerate(cadre.fenetres.jours):
            for service, membres in zip(cadre.services, cadre.membres, strict=True):
                code = f"{service.code}.{nom}"
                valeur = cadre.value(code, jour) if len(membres) else None
                if valeur is None or (nom == "existant" and not valeur.est_donnee):
                    continue
                for s, bas, haut in zip(membres.tolist(), *cadre.bounds(code, jour, membres), strict=True):
                    if nom != "existant" or np.isfinite(haut):
                        self.bornes[nom, s, w] = self.parametres.bounds(code, valeur, bas, haut)


def fill(calcul: Calcul, croissance: Croissance | None) -> None:
    """Les lignes ; la feuille « Croissance » les a déjà citées par colonnes entières."""
    r = calcul.q.r
    for s in np.flatnonzero(r.cadre.service >= 0).tolist():
        for y, annee in enumerate(r.annees):
            calcul.grille.add(**_row(calcul, croissance, s, y, annee))


def _row(calcul: Calcul, croissance: Croissance | None, s: int, y: int, annee: int) -> dict[str, Any]:
    r, t, g, q = calcul.q.r, calcul.q.r.territoire.structures, calcul.grille, calcul.q
    ligne = g.suivante
    fiche = {
        "id": t["id"][s], "nom": t["nom"][s], "commune": t["code_insee"][s], "competence": t["competence"][s],
        "type": t["type"][s], "gestionnaire": t["gestionnaire"][s], "annee": annee,
        **{c: Formule(f"={q.structures.case(c, q.ligne[s])}", v) for c, v in (
            ("sur", int(r.cadre.cofinancee[s] == 1)), ("possible", int(r.cadre.cofinancee[s] != 0)))},
    }  # fmt: skip
    connue = bool(q.known[s])
    fiche |= _quantities(calcul, s, y, ligne) if connue else {"note": "Montants figés : une quantité est inconnue."}
    payeur = r.dispositifs.index(r.cadre.services[r.cadre.service[s]].dispositif)
    for cle, part, ecrire in (("existant", EXISTANT, existing), ("nouveau", NOUVEAU, new)):
        bas, haut = calcul.amounts(s, annee, part, payeur)
        formules = ecrire(calcul, s, y, ligne) if connue else (None, None)
        fiche |= {f"{cle}_bas": _cell(formules[0], bas), f"{cle}_haut": _cell(formules[1], haut)}
    fiche |= complement_cells(calcul, croissance, s, annee, ligne)
    return fiche | _totals(calcul, s, annee, ligne)


def _cell(formule: str | None, valeur: float) -> Any:
    ecrite = NON_BORNE if np.isinf(valeur) else valeur
    return ecrite if formule is None else Formule(f"={formule}", ecrite)


def _quantities(calcul: Calcul, s: int, y: int, ligne: int) -> dict[str, Formule]:
    q, g, cadre = calcul.q, calcul.grille, calcul.q.r.cadre
    periodes, reference = q.de_structure[s], q.structures.case("q0", q.ligne[s])
    fenetres = np.flatnonzero(cadre.fenetres.annee == y).tolist()
    fiche: dict[str, Formule] = {}
    for k, w in enumerate(fenetres):
        parts, neuves = (_months(q, periodes, f"comptes{w}", cle) for cle in ("part", "nouveau"))
        fiche[f"part{k}"] = Formule(f"=({parts})/12", float(cadre.quantites.part_haut[s, w]))
        fiche[f"neuf{k}"] = Formule(f"=({neuves})/12", float(cadre.quantites.nouveau_haut[s, w]))
    parts, neuves = ("+".join(g.here(f"{c}{k}", ligne) for k in range(len(fenetres))) for c in ("part", "neuf"))
    q0 = float(cadre.quantites.reference[s])
    ouverts = "+".join(
        f"{p.case(f'ouverts{w}', n)}*({p.case('part', n)}*{reference}+{p.case('nouveau', n)})"
        for p in (q.periodes,) for w in fenetres for n in periodes
    )  # fmt: skip
    return fiche | {
        "existante": Formule(f"=({parts})*{reference}", float(cadre.quantites.part_haut[s, fenetres].sum()) * q0),
        "nouvelle": Formule(f"={neuves}", float(cadre.quantites.nouveau_haut[s, fenetres].sum())),
        "ouverte": Formule(f"=({ouverts})/12", float(cadre.quantites.ouverte[s, fenetres].sum())),
    }


def _months(q: Quantites, periodes: list[int], mois: str, valeur: str) -> str:
    return "+".join(f"{q.periodes.case(mois, n)}*{q.periodes.case(valeur, n)}" for n in periodes)


def _totals(calcul: Calcul, s: int, annee: int, ligne: int) -> dict[str, Any]:
    g, r = calcul.grille, calcul.q.r
    codes = [d.code for d in droit.dispositifs().values() if d.dans_le_bonus and f"{d.code}_bas" in g.colonnes]
    lignes = [calcul.du_moteur.get((s, annee, part, d)) for part, d in _inside(r, s, codes)]
    presentes = [i for i in lignes if i is not None]
    fiche: dict[str, Any] = {}
    for cote in ("bas", "haut"):
        cases = [g.here(f"{cle}_{cote}", ligne) for cle in ("existant", "nouveau", *codes)]
        somme = round(sum(float(r.lignes[cote][i]) for i in presentes), 2)
        fiche[cote] = _total(cases, cote, somme, calcul.ensemble.get((r.territoire.structures["id"][s], annee), RIEN))
    statuts = [droit.STATUTS[r.lignes["statut"][i]] for i in presentes]
    masque = int(np.bitwise_or.reduce([int(r.lignes["raisons"][i]) for i in presentes])) if presentes else 0
    return fiche | {"statut": droit.weakest(*statuts) if statuts else "", "raisons": " ".join(sentences(masque))}


def _total(cases: list[str], cote: str, somme: float, ensemble: tuple[float, float]) -> Any:
    """La somme de la ligne ; une part incertaine ne peut pas faire dépasser l'enveloppe, et la borne est écrite."""
    conserve = ensemble[cote == "haut"]
    formule = f"SUM({','.join(cases)})"
    if np.isinf(somme) and np.isfinite(conserve):
        return conserve
    if np.isfinite(somme) and abs(somme - conserve) > 0.005:
        formule = f"{'MIN' if somme > conserve else 'MAX'}({formule},{conserve!r})"
    if cote == "haut":
        formule = f'IF({"+".join(f"ISTEXT({c})" for c in cases)}>0,"{NON_BORNE}",{formule})'
    return _cell(formule, conserve)


def _inside(r: Resultat, s: int, codes: list[str]) -> Iterator[tuple[int, int]]:
    payeur = r.dispositifs.index(r.cadre.services[r.cadre.service[s]].dispositif)
    yield EXISTANT, payeur
    yield NOUVEAU, payeur
    for code in codes:
        yield ENSEMBLE, r.dispositifs.index(code)
