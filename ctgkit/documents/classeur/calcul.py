"""La feuille « Calcul » : une ligne de formules par structure et par année, tracées sur les règles du droit."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from ctgkit import droit
from ctgkit.documents.classeur.croissance import Croissance
from ctgkit.documents.classeur.donnees import Quantites
from ctgkit.documents.classeur.feuilles import Formule, Grille
from ctgkit.documents.classeur.formules import Terme, rounded
from ctgkit.documents.classeur.parametres import NON_BORNE, Bornes, Parametres, Repartition
from ctgkit.documents.modele import Colonne
from ctgkit.droit import bonus_territoire as regle
from ctgkit.simulation import ENSEMBLE, EXISTANT, NOUVEAU, Resultat, aggregate
from ctgkit.simulation.calcul.complements import Contexte
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


ZERO = Terme("0")


def existing(calcul: Calcul, s: int, y: int, ligne: int) -> tuple[str, str]:
    """Le montant de référence réparti, le plancher et la revalorisation, ou le montant notifié à la place."""
    g, q = calcul.grille, calcul.q
    reference = Terme(q.structures.case("q0", q.ligne[s]))
    parts = [Terme(f"N({case})") for case in calcul.repartition.parts(s)]
    sommes, ouvertes = ([], []), []
    for k, w in enumerate(np.flatnonzero(q.r.cadre.fenetres.annee == y).tolist()):
        part = Terme(g.here(f"part{k}", ligne))
        notifie, plancher, hausse = (
            calcul.bornes.get((nom, s, w)) for nom in ("existant", "plancher", "revalorisation")
        )
        for i, cote in enumerate(("bas", "haut")):
            quantite = part * reference
            if notifie:
                sommes[i].append(regle.montant_nouveau(quantite, getattr(notifie, cote)))
            else:
                limites = [getattr(b, cote) if b else ZERO for b in (plancher, hausse)]
                sommes[i].append(regle.montant_existant(parts[i] * part, quantite, *limites))
        if not notifie:
            ouvertes += [f"COUNT({b.haut})=0" for b in (plancher, hausse) if b]
            ouvertes.append(f"ISTEXT({calcul.repartition.parts(s)[1]})")
    bas, haut = (_sum(termes) for termes in sommes)
    return _both(calcul, ligne, (bas, haut), ouvertes, g.here("existante", ligne))


def new(calcul: Calcul, s: int, y: int, ligne: int) -> tuple[str, str]:
    """Chaque unité nouvelle reçoit le montant de sa tranche."""
    g, cadre = calcul.grille, calcul.q.r.cadre
    service = cadre.services[cadre.service[s]]
    sommes, ouvertes = ([], []), []
    for k, w in enumerate(np.flatnonzero(cadre.fenetres.annee == y).tolist()):
        bornes = calcul.bornes[("nouveau", s, w)]
        quantite = Terme(g.here(f"neuf{k}", ligne))
        for i, cote in enumerate(("bas", "haut")):
            sommes[i].append(service.offre_nouvelle(quantite, getattr(bornes, cote)))
        ouvertes.append(f"COUNT({bornes.haut})=0")
    return _both(calcul, ligne, tuple(_sum(t) for t in sommes), ouvertes, g.here("nouvelle", ligne))


def _sum(termes: list[Terme]) -> Terme:
    total = termes[0]
    for terme in termes[1:]:
        total = total + terme
    return total


def _both(
    calcul: Calcul, ligne: int, montants: tuple[Terme, Terme], ouvertes: list[str], quantite: str
) -> tuple[str, str]:
    """Le bas ne compte que ce qui compte à coup sûr ; le haut n'a pas de borne quand un paramètre utile est vide."""
    sur, possible = (calcul.grille.here(c, ligne) for c in ("sur", "possible"))
    bas = rounded(f"{montants[0].factor()}*{sur}")
    haut = rounded(f"{montants[1].factor()}*{possible}")
    utiles = ",".join(dict.fromkeys(ouvertes))
    return bas, f'IF(AND({quantite}*{possible}>0,OR({utiles})),"{NON_BORNE}",{haut})' if utiles else haut


def present(r: Resultat) -> list[droit.Dispositif]:
    """Les dispositifs dont le moteur a calculé au moins une ligne."""
    vus = {r.dispositifs[d] for d in np.unique(r.lignes["dispositif"][r.lignes["part"] == ENSEMBLE]).tolist()}
    return [d for d in droit.dispositifs().values() if d.code in vus]


def complement_columns(r: Resultat) -> dict[str, Colonne]:
    return {
        f"{d.code}_{cote}": Colonne(f"{d.libelle}, {mot}", "euros", 2)
        for d in present(r)
        for cote, mot in (("bas", "au moins"), ("haut", "au plus"))
    }


def complement_cells(calcul: Calcul, croissance: Croissance | None, s: int, annee: int, ligne: int) -> dict[str, Any]:
    r, fiche = calcul.q.r, {}
    for d in present(r):
        c = r.contextes.get((d.code, annee))
        bas, haut = calcul.amounts(s, annee, ENSEMBLE, r.dispositifs.index(d.code))
        if c is None or s not in c.qui or not c.arguments:
            continue
        place = int(np.flatnonzero(c.qui == s)[0])
        sans_ligne = (s, annee, ENSEMBLE, r.dispositifs.index(d.code)) not in calcul.du_moteur
        figee = not calcul.q.known[s] or (sans_ligne and not all(a.connu[place] for a in c.arguments.values()))
        formules = (None, None) if figee else _formulas(calcul, croissance, c, (s, place, ligne), haut)
        for cote, formule, valeur in zip(("bas", "haut"), formules, (bas, haut), strict=True):
            ecrite = NON_BORNE if np.isinf(valeur) else valeur
            fiche[f"{d.code}_{cote}"] = ecrite if formule is None else Formule(f"={formule}", ecrite)
    return fiche


def _formulas(
    calcul: Calcul, croissance: Croissance | None, c: Contexte, qui: tuple[int, int, int], haut: float
) -> tuple[str, str]:
    cases = {nom: _argument(calcul, croissance, c, nom, qui) for nom in c.dispositif.arguments}
    bornes = [c.dispositif.regle(**{nom: getattr(b, cote) for nom, b in cases.items()}) for cote in ("bas", "haut")]
    extremes = {"MIN": rounded(bornes[0]), "MAX": rounded(bornes[1])}
    if str(bornes[0]) != str(bornes[1]):
        extremes = {f: rounded(f"{f}({bornes[0]},{bornes[1]})") for f in extremes}
    vides = [f"COUNT({b.haut})=0" for b in cases.values() if b.ouverte] if np.isinf(haut) else []
    return extremes["MIN"], f'IF(OR({",".join(vides)}),"{NON_BORNE}",{extremes["MAX"]})' if vides else extremes["MAX"]


def _argument(
    calcul: Calcul, croissance: Croissance | None, c: Contexte, nom: str, qui: tuple[int, int, int]
) -> Bornes:
    """Les deux cases d'un argument : une quantité, une colonne de la structure, ou un paramètre."""
    s, place, ligne = qui
    source, g = c.dispositif.arguments[nom], calcul.grille
    if source == "quantite":
        somme = f"({g.here('existante', ligne)}+{g.here('nouvelle', ligne)})"
        return Bornes(*(Terme(f"{somme}*{g.here(k, ligne)}") for k in ("sur", "possible")), ouverte=False)
    if source == "ouverte":
        return Bornes(*(Terme(g.here("ouverte", ligne)),) * 2, ouverte=False)
    colonnes = {"gestionnaire_public": ("public_bas", "public_haut"), "charges_eur": ("charges",) * 2,
                "participations_eur": ("participations",) * 2}  # fmt: skip
    if source in colonnes:
        lues = (calcul.q.structures.case(k, calcul.q.ligne[s]) for k in colonnes[source])
        return Bornes(*map(Terme, lues), ouverte=False)
    competence = calcul.q.r.territoire.structures["competence"][s]
    palier = croissance and croissance.paliers.get((c.dispositif.code, c.annee, competence))
    if palier and source.endswith(" selon croissance"):
        return palier
    argument = c.arguments[nom]
    valeur = c.cadre.value(argument.parametre, date(c.annee, 1, 1))
    bas, haut = (float(b[place]) for b in argument.bornes)
    detail = f"palier calculé pour {c.annee}, {competence}" if " selon " in source else ""
    return calcul.parametres.bounds(argument.parametre, valeur, bas, haut, detail)
