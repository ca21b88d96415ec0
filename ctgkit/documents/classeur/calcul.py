"""La feuille « Calcul » : une ligne de formules par structure et par année, tracées sur les règles du droit."""

from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from ctgkit import droit
from ctgkit.documents.classeur.croissance import Croissance
from ctgkit.documents.classeur.donnees import Quantites
from ctgkit.documents.classeur.feuilles import Feuille, Figee, Formule
from ctgkit.documents.classeur.formules import Terme, rounded
from ctgkit.documents.classeur.parametres import NON_BORNE, Bornes, Parametres, Repartition
from ctgkit.documents.modele import Colonne
from ctgkit.droit import bonus_territoire as regle
from ctgkit.simulation import ENSEMBLE, EXISTANT, NOUVEAU, Resultat, aggregate
from ctgkit.simulation.calcul.complements import Contexte
from ctgkit.simulation.calcul.conditions import sentences

RIEN = (0.0, 0.0)
ZERO = Terme("0")
COTES = {"bas": "au moins", "haut": "au plus"}
_DEBUT = {
    "id": Colonne("Structure"),
    "nom": Colonne("Nom"),
    "commune": Colonne("Commune"),
    "competence": Colonne("Territoire de compétence"),
    "type": Colonne("Type"),
    "gestionnaire": Colonne("Gestionnaire"),
    "annee": Colonne("Année", "annee"),
    "sur": Colonne("Compte à coup sûr", "nombre", formule="{structure_sur}"),
    "possible": Colonne("Compte peut-être", "nombre", formule="{structure_possible}"),
}
_FIN = {
    "statut": Colonne("Statut le plus faible"),
    "raisons": Colonne("Ce qui manque ou limite"),
    "note": Colonne("Note"),
}


def sheet(r: Resultat, nom: str) -> Feuille:
    """Les colonnes de « Calcul » ; d'autres feuilles les citent avant qu'elles soient remplies."""
    fenetres = range(max(np.bincount(r.cadre.fenetres.annee)))
    colonnes = dict(_DEBUT)
    for cle, libelle, decimales in (("part", "Part existante comptée", 6), ("neuf", "Quantité nouvelle comptée", 4)):
        for k in fenetres:
            formule = f"({{{cle}_en_mois{k}}})/12"
            colonnes[f"{cle}{k}"] = Colonne(f"{libelle}{_rank(k, fenetres)}", "nombre", decimales, formule=formule)
    parts, neuves = ("+".join(f"{{{cle}{k}}}" for k in fenetres) for cle in ("part", "neuf"))
    quantites = {"existante": f"({parts})*{{q0}}", "nouvelle": neuves, "ouverte": "({ouverts})/12"}
    colonnes |= {c: Colonne(f"Quantité {c}", "nombre", 4, formule=f) for c, f in quantites.items()}
    montants = {"existant_": "Offre existante", "nouveau_": "Offre nouvelle"}
    montants |= {f"{d.code}_": d.libelle for d in present(r)} | {"": "Bonus de l'année"}
    for cle, libelle in montants.items():
        colonnes |= {f"{cle}{cote}": Colonne(f"{libelle}, {mot}", "euros", 2) for cote, mot in COTES.items()}
    note = f"Une ligne par structure et par année. « {NON_BORNE} » : un paramètre utile n'est pas publié."
    prevues = int((r.cadre.service >= 0).sum()) * len(r.annees)
    return Feuille(nom, colonnes | _FIN, titre=nom, notes=(note,), prevues=prevues)


def _rank(k: int, fenetres: range) -> str:
    return "" if len(fenetres) == 1 else f" (période {k + 1})"


@dataclass
class Calcul:
    """Ce qu'il faut pour écrire les lignes, et de quoi retrouver celles du moteur."""

    feuille: Feuille
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
        return RIEN if i is None else tuple(float(self.q.r.lignes[c][i]) for c in COTES)

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


def fill(calcul: Calcul, croissance: Croissance) -> None:
    """Les lignes ; la feuille « Croissance » les a déjà citées par colonnes entières."""
    cadre = calcul.q.r.cadre
    for s in np.flatnonzero(cadre.service >= 0).tolist():
        for y in range(len(calcul.q.r.annees)):
            _add(calcul, croissance, s, np.flatnonzero(cadre.fenetres.annee == y).tolist())


def _add(calcul: Calcul, croissance: Croissance, s: int, fenetres: list[int]) -> None:
    """Une structure, une année : `fenetres` sont les périodes de cette année."""
    r, t, q, ligne = calcul.q.r, calcul.q.r.territoire.structures, calcul.q, calcul.feuille.suivante
    annee = int(r.annees[r.cadre.fenetres.annee[fenetres[0]]])
    cites = {"structure_sur": q.of("sur", s), "structure_possible": q.of("possible", s), "q0": q.of("q0", s)}
    valeurs = {
        "id": t["id"][s],
        "nom": t["nom"][s],
        "commune": t["code_insee"][s],
        "competence": t["competence"][s],
        "type": t["type"][s],
        "gestionnaire": t["gestionnaire"][s],
        "annee": annee,
        **q.counts(s),
    }
    if q.known[s]:
        valeurs |= _quantities(q, s, fenetres)
        cites |= _months(q, s, fenetres)
    else:
        valeurs["note"] = "Montants figés : une quantité est inconnue."
    payeur = r.dispositifs.index(r.cadre.services[r.cadre.service[s]].dispositif)
    for cle, part, ecrire in (("existant", EXISTANT, existing), ("nouveau", NOUVEAU, new)):
        formules = ecrire(calcul, s, fenetres, ligne) if q.known[s] else None
        valeurs |= _pair(f"{cle}_", formules, calcul.amounts(s, annee, part, payeur))
    valeurs |= _complements(calcul, croissance, s, annee, ligne)
    calcul.feuille.add(cites, **valeurs, **_totals(calcul, s, annee, ligne))


def _pair(cle: str, formules: tuple[str, str] | None, montants: tuple[float, float]) -> dict[str, Formule | Figee]:
    """Les deux bornes d'un montant ; sans formule, elles sont figées."""
    ecrits = [NON_BORNE if np.isinf(m) else m for m in montants]
    cases = [Figee(m) for m in ecrits] if formules is None else map(Formule, formules, ecrits)
    return dict(zip((f"{cle}bas", f"{cle}haut"), cases, strict=True))


def _quantities(q: Quantites, s: int, fenetres: list[int]) -> dict[str, float]:
    quantites = q.r.cadre.quantites
    parts, neuves = (x[s, fenetres] for x in (quantites.part_haut, quantites.nouveau_haut))
    return {
        **{f"part{k}": float(part) for k, part in enumerate(parts)},
        **{f"neuf{k}": float(neuve) for k, neuve in enumerate(neuves)},
        "existante": float(parts.sum()) * float(quantites.reference[s]),
        "nouvelle": float(neuves.sum()),
        "ouverte": float(quantites.ouverte[s, fenetres].sum()),
    }


def _months(q: Quantites, s: int, fenetres: list[int]) -> dict[str, str]:
    """Ce qui est compté et ce qui est ouvert, période par période de la structure."""
    reference, case, periodes = q.of("q0", s), q.periodes.case, q.de_structure[s]
    quantites = {n: f"({case('part', n)}*{reference}+{case('nouveau', n)})" for n in periodes}

    def comptes(w: int, cle: str) -> str:
        mois = f"comptes{w}"
        return "+".join(f"{case(mois, n)}*{case(cle, n)}" for n in periodes)

    ouverts = (f"{case(mois, n)}*{quantites[n]}" for mois in (f"ouverts{w}" for w in fenetres) for n in periodes)
    return {
        **{f"part_en_mois{k}": comptes(w, "part") for k, w in enumerate(fenetres)},
        **{f"neuf_en_mois{k}": comptes(w, "nouveau") for k, w in enumerate(fenetres)},
        "ouverts": "+".join(ouverts),
    }


def _totals(calcul: Calcul, s: int, annee: int, ligne: int) -> dict[str, Any]:
    r, feuille = calcul.q.r, calcul.feuille
    codes = [d.code for d in present(r) if d.dans_le_bonus]
    payeur = r.dispositifs.index(r.cadre.services[r.cadre.service[s]].dispositif)
    parts = [(EXISTANT, payeur), (NOUVEAU, payeur), *((ENSEMBLE, r.dispositifs.index(code)) for code in codes)]
    lignes = [calcul.du_moteur.get((s, annee, *part)) for part in parts]
    presentes = [i for i in lignes if i is not None]
    conserves = calcul.ensemble.get((r.territoire.structures["id"][s], annee), RIEN)
    fiche: dict[str, Any] = {}
    for cote, conserve in zip(COTES, conserves, strict=True):
        cases = [feuille.here(f"{cle}_{cote}", ligne) for cle in ("existant", "nouveau", *codes)]
        somme = round(sum(float(r.lignes[cote][i]) for i in presentes), 2)
        fiche[cote] = _total(cases, cote, somme, conserve)
    statuts = [droit.STATUTS[r.lignes["statut"][i]] for i in presentes]
    masque = int(np.bitwise_or.reduce([int(r.lignes["raisons"][i]) for i in presentes])) if presentes else 0
    return fiche | {"statut": droit.weakest(*statuts) if statuts else "", "raisons": " ".join(sentences(masque))}


def _total(cases: list[str], cote: str, somme: float, conserve: float) -> Formule | Figee:
    """La somme de la ligne ; une part incertaine ne peut pas faire dépasser l'enveloppe, et la borne est écrite."""
    formule = f"SUM({','.join(cases)})"
    if np.isinf(somme) and np.isfinite(conserve):
        return Figee(conserve)
    if np.isfinite(somme) and abs(somme - conserve) > 0.005:
        formule = f"{'MIN' if somme > conserve else 'MAX'}({formule},{conserve!r})"
    if cote == "haut":
        textes = "+".join(f"ISTEXT({case})" for case in cases)
        formule = f'IF({textes}>0,"{NON_BORNE}",{formule})'
    return Formule(formule, NON_BORNE if np.isinf(conserve) else conserve)


def existing(calcul: Calcul, s: int, fenetres: list[int], ligne: int) -> tuple[str, str]:
    """Le montant de référence réparti, le plancher et la revalorisation, ou le montant notifié à la place."""
    reference, parts = Terme(calcul.q.of("q0", s)), calcul.repartition.parts(s)
    sommes, ouvertes = ([], []), []
    for k, w in enumerate(fenetres):
        part = Terme(calcul.feuille.here(f"part{k}", ligne))
        notifie, plancher, hausse = (calcul.bornes.get((n, s, w)) for n in ("existant", "plancher", "revalorisation"))
        for somme, cote, repartie in zip(sommes, COTES, parts, strict=True):
            quantite = part * reference
            if notifie:
                somme.append(regle.montant_nouveau(quantite, getattr(notifie, cote)))
            else:
                limites = [getattr(b, cote) if b else ZERO for b in (plancher, hausse)]
                somme.append(regle.montant_existant(Terme(f"N({repartie})") * part, quantite, *limites))
        if not notifie:
            ouvertes += [f"COUNT({b.haut})=0" for b in (plancher, hausse) if b]
            ouvertes.append(f"ISTEXT({parts[1]})")
    return _both(calcul, ligne, sommes, ouvertes, "existante")


def new(calcul: Calcul, s: int, fenetres: list[int], ligne: int) -> tuple[str, str]:
    """Chaque unité nouvelle reçoit le montant de sa tranche."""
    cadre = calcul.q.r.cadre
    service = cadre.services[cadre.service[s]]
    sommes, ouvertes = ([], []), []
    for k, w in enumerate(fenetres):
        bornes, quantite = calcul.bornes["nouveau", s, w], Terme(calcul.feuille.here(f"neuf{k}", ligne))
        for somme, cote in zip(sommes, COTES, strict=True):
            somme.append(service.offre_nouvelle(quantite, getattr(bornes, cote)))
        ouvertes.append(f"COUNT({bornes.haut})=0")
    return _both(calcul, ligne, sommes, ouvertes, "nouvelle")


def _both(
    calcul: Calcul, ligne: int, sommes: tuple[list[Terme], list[Terme]], ouvertes: list[str], quantite: str
) -> tuple[str, str]:
    """Le bas ne compte que ce qui compte à coup sûr ; le haut n'a pas de borne quand un paramètre utile est vide."""
    sur, possible, utile = (calcul.feuille.here(c, ligne) for c in ("sur", "possible", quantite))
    montants = (reduce(add, termes).factor() for termes in sommes)
    bas, haut = (rounded(f"{montant}*{compte}") for montant, compte in zip(montants, (sur, possible), strict=True))
    utiles = ",".join(dict.fromkeys(ouvertes))
    return bas, f'IF(AND({utile}*{possible}>0,OR({utiles})),"{NON_BORNE}",{haut})' if utiles else haut


def present(r: Resultat) -> list[droit.Dispositif]:
    """Les dispositifs dont le moteur a calculé au moins une ligne."""
    vus = {r.dispositifs[d] for d in np.unique(r.lignes["dispositif"][r.lignes["part"] == ENSEMBLE]).tolist()}
    return [d for d in droit.dispositifs().values() if d.code in vus]


def _complements(calcul: Calcul, croissance: Croissance, s: int, annee: int, ligne: int) -> dict[str, Any]:
    r, fiche = calcul.q.r, {}
    for d in present(r):
        c = r.contextes.get((d.code, annee))
        if c is None or s not in c.qui or not c.arguments:
            continue
        place, du_moteur = int(np.flatnonzero(c.qui == s)[0]), (s, annee, ENSEMBLE, r.dispositifs.index(d.code))
        montants = calcul.amounts(*du_moteur)
        sans_ligne = du_moteur not in calcul.du_moteur
        figee = not calcul.q.known[s] or (sans_ligne and not all(a.connu[place] for a in c.arguments.values()))
        formules = None if figee else _formulas(calcul, croissance, c, (s, place, ligne), montants[1])
        fiche |= _pair(f"{d.code}_", formules, montants)
    return fiche


def _formulas(
    calcul: Calcul, croissance: Croissance, c: Contexte, qui: tuple[int, int, int], haut: float
) -> tuple[str, str]:
    cases = {nom: _argument(calcul, croissance, c, nom, qui) for nom in c.dispositif.arguments}
    bornes = [str(c.dispositif.regle(**{nom: getattr(b, cote) for nom, b in cases.items()})) for cote in COTES]
    un_seul = bornes[0] == bornes[1]
    moins, plus = (rounded(bornes[0] if un_seul else f"{f}({bornes[0]},{bornes[1]})") for f in ("MIN", "MAX"))
    vides = [f"COUNT({b.haut})=0" for b in cases.values() if b.ouverte] if np.isinf(haut) else []
    return moins, f'IF(OR({",".join(vides)}),"{NON_BORNE}",{plus})' if vides else plus


_DE_LA_STRUCTURE = {
    "gestionnaire_public": ("public_bas", "public_haut"),
    "charges_eur": ("charges", "charges"),
    "participations_eur": ("participations", "participations"),
}


def _argument(calcul: Calcul, croissance: Croissance, c: Contexte, nom: str, qui: tuple[int, int, int]) -> Bornes:
    """Les deux cases d'un argument : une quantité, une colonne de la structure, ou un paramètre."""
    s, place, ligne = qui
    source, here = c.dispositif.arguments[nom], calcul.feuille.here
    if source == "quantite":
        somme = f"({here('existante', ligne)}+{here('nouvelle', ligne)})"
        return Bornes(*(Terme(f"{somme}*{here(k, ligne)}") for k in ("sur", "possible")), ouverte=False)
    if source == "ouverte":
        return Bornes(*(Terme(here("ouverte", ligne)),) * 2, ouverte=False)
    if source in _DE_LA_STRUCTURE:
        return Bornes(*(Terme(calcul.q.of(k, s)) for k in _DE_LA_STRUCTURE[source]), ouverte=False)
    competence = calcul.q.r.territoire.structures["competence"][s]
    palier = croissance.paliers.get((c.dispositif.code, c.annee, competence))
    if palier and source.endswith(" selon croissance"):
        return palier
    argument = c.arguments[nom]
    valeur = c.cadre.value(argument.parametre, date(c.annee, 1, 1))
    bas, haut = (float(b[place]) for b in argument.bornes)
    detail = f"palier calculé pour {c.annee}, {competence}" if " selon " in source else ""
    return calcul.parametres.bounds(argument.parametre, valeur, bas, haut, detail)
