"""La feuille « Calcul » : une ligne de formules par structure et par année, tracées sur les règles du droit."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from ctgkit import droit
from ctgkit.documents.classeur.croissance import Croissance
from ctgkit.documents.classeur.donnees import FeuillesQuantites
from ctgkit.documents.classeur.feuilles import Feuille, Formule
from ctgkit.documents.classeur.formules import A_REFAIRE, Terme, rounded, unless
from ctgkit.documents.classeur.parametres import NON_BORNE, Bornes, Parametres, Repartition
from ctgkit.documents.modele import Colonne
from ctgkit.droit import bonus_territoire as regle
from ctgkit.simulation import ENSEMBLE, EXISTANT, NOUVEAU, Resultat, aggregate
from ctgkit.simulation.calcul.complements import Contexte
from ctgkit.simulation.calcul.conditions import sentences
from ctgkit.simulation.calcul.montants import Bonus

RIEN = (0.0, 0.0)
_VIDE = (0, *RIEN)
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
    "bloque": Colonne("Ne suit plus", "nombre", formule="{blocages}"),
}
_FIN = {
    "statut": Colonne("Statut le plus faible"),
    "raisons": Colonne("Ce qui manque ou limite"),
    "note": Colonne("Note"),
}


def sheet(resultat: Resultat, nom: str) -> Feuille:
    """Les colonnes de « Calcul » ; d'autres feuilles les citent avant qu'elles soient remplies."""
    fenetres = range(max(np.bincount(resultat.cadre.fenetres.annee)))
    colonnes = dict(_DEBUT)
    for cle, libelle, decimales in (("part", "Part existante comptée", 6), ("neuf", "Quantité nouvelle comptée", 4)):
        for k in fenetres:
            formule = f"({{{cle}_en_mois{k}}})/12"
            colonnes[f"{cle}{k}"] = Colonne(f"{libelle}{_rank(k, fenetres)}", "nombre", decimales, formule=formule)
    parts, neuves = ("+".join(f"{{{cle}{k}}}" for k in fenetres) for cle in ("part", "neuf"))
    quantites = {"existante": f"({parts})*{{q0}}", "nouvelle": neuves, "ouverte": "({ouverts})/12"}
    colonnes |= {c: Colonne(f"Quantité {c}", "nombre", 4, formule=f) for c, f in quantites.items()}
    for cote, mot in COTES.items():
        colonnes[f"cumul_{cote}"] = Colonne(f"Offre existante, cumul du groupe, {mot}", "euros", 4)
    montants = {"existant_": "Offre existante", "nouveau_": "Offre nouvelle"}
    montants |= {f"{d.code}_": d.libelle for d in present(resultat)} | {"": "Bonus de l'année"}
    for cle, libelle in montants.items():
        colonnes |= {f"{cle}{cote}": Colonne(f"{libelle}, {mot}", "euros", 2) for cote, mot in COTES.items()}
    notes = (f"Une ligne par structure et par année. « {NON_BORNE} » : un paramètre utile n'est pas publié.", _CENTIMES)
    prevues = int((resultat.cadre.service >= 0).sum()) * len(resultat.annees)
    return Feuille(nom, colonnes | _FIN, titre=nom, notes=notes, prevues=prevues)


_CENTIMES = (
    "Offre existante : l'écart entre deux cumuls arrondis, pour que ceux qui partagent une enveloppe totalisent au "
    "centime."
)


def _rank(k: int, fenetres: range) -> str:
    return "" if len(fenetres) == 1 else f" (période {k + 1})"


@dataclass
class Calcul:
    """Ce qu'il faut pour écrire les lignes, et de quoi retrouver celles du moteur."""

    feuille: Feuille
    q: FeuillesQuantites
    repartition: Repartition
    parametres: Parametres
    du_moteur: dict[tuple[int, int, int, int], int] = field(default_factory=dict)
    bornes: dict[tuple[str, int, int], Bornes | None] = field(default_factory=dict)
    ensemble: dict[tuple[str, int], tuple[float, float]] = field(default_factory=dict)
    exacts: dict[tuple[int, int], tuple[float, float]] = field(default_factory=dict)
    cumuls: dict[tuple[int, int], tuple[int, float, float]] = field(default_factory=lambda: defaultdict(lambda: _VIDE))

    def __post_init__(self) -> None:
        n = self.q.r.lignes
        cles = zip(*(n[c].tolist() for c in ("structure", "annee", "part", "dispositif")), strict=True)
        self.du_moteur = {cle: i for i, cle in enumerate(cles)}
        totaux = aggregate(self.q.r, "structure", "annee").itertuples(index=False)
        self.ensemble = {(t.structure, int(t.annee)): (float(t.bas), float(t.haut)) for t in totaux}
        for nom in ("existant", "plancher", "revalorisation", "nouveau"):
            self._gather(nom)
        r = self.q.r
        bonus = Bonus(r.cadre, r.parts, np.zeros((r.cadre.nombre, len(r.annees)), int), r.dispositifs)
        for y, annee in enumerate(r.annees):
            bas, _, connu = bonus.exact(y).montants
            for s, *bornes in zip(bonus.existantes.tolist(), bas.tolist(), connu.tolist(), strict=True):
                self.exacts[s, annee] = tuple(b if np.isfinite(b) else 0.0 for b in bornes)

    def group(self, s: int) -> int:
        return int(self.q.r.cadre.groupes.de_structure[s])

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
    # Une ligne figée se bloque dès que l'on change ce dont elle dépend ; les autres, quand une case ne se lit plus.
    figee = f"{q.of('touchee', s)}+{calcul.parametres.touched(t['type'][s])}"
    cites["blocages"] = q.of("probleme", s) if q.certain[s] else figee
    valeurs = {
        "id": t["id"][s],
        "nom": t["nom"][s],
        "commune": t["code_insee"][s],
        "competence": t["competence"][s],
        "type": t["type"][s],
        "gestionnaire": t["gestionnaire"][s],
        "annee": annee,
        "bloque": 0,
        **q.counts(s),
    }
    if q.certain[s]:
        valeurs |= _quantities(q, s, fenetres)
        cites |= _months(q, s, fenetres)
    else:
        valeurs["note"] = "Figé : une quantité ou une adhésion est inconnue, l'atelier donne les deux bornes."
    payeur = r.dispositifs.index(r.cadre.services[r.cadre.service[s]].dispositif)
    vivant = calcul.group(s) in calcul.repartition.vivants
    if not vivant:
        valeurs["note"] = "Figé, pour l'offre existante : une donnée manque dans le groupe qui partage l'enveloppe."
    existant, nouveau = (calcul.amounts(s, annee, part, payeur) for part in (EXISTANT, NOUVEAU))
    if vivant and q.certain[s]:
        formules = existing(calcul, (s, annee, ligne), fenetres)
        valeurs |= {cle: Formule(formules[cle], v) for cle, v in _add_up(calcul, s, annee, ligne).items()}
        valeurs |= _pair("existant_", [formules[f"existant_{cote}"] for cote in COTES], existant, figee)
    else:
        garde = f"{calcul.repartition.part('bloque', s)}+{calcul.repartition.touched(s)}+{figee}"
        valeurs |= _pair("existant_", None, existant, garde)
    formules = new(calcul, s, fenetres, ligne) if q.certain[s] else None
    valeurs |= _pair("nouveau_", formules, nouveau, figee)
    valeurs |= _complements(calcul, croissance, s, annee, ligne)
    calcul.feuille.add(cites, **valeurs, **_totals(calcul, s, annee, ligne, valeurs))


def _pair(cle: str, formules: Sequence[str] | None, montants: tuple[float, float], garde: str) -> dict[str, Formule]:
    """Les deux bornes d'un montant ; sans formule, elles sont figées tant que rien de ce que l'on garde ne change."""
    ecrits = [NON_BORNE if np.isinf(m) else m for m in montants]
    cases = [frozen(garde, m) for m in ecrits] if formules is None else map(Formule, formules, ecrits)
    return dict(zip((f"{cle}bas", f"{cle}haut"), cases, strict=True))


def frozen(garde: str, valeur: float | str) -> Formule:
    """Ce que l'atelier a calculé, tant que rien n'a changé ; ensuite, le classeur dit qu'il ne sait pas."""
    texte = '"' + valeur.replace('"', '""') + '"' if isinstance(valeur, str) else repr(float(valeur))
    return Formule(unless(f"({garde})", texte), valeur)


def _quantities(q: FeuillesQuantites, s: int, fenetres: list[int]) -> dict[str, float]:
    quantites = q.r.cadre.quantites
    parts, neuves = (x[s, fenetres] for x in (quantites.part_haut, quantites.nouveau_haut))
    return {
        **{f"part{k}": float(part) for k, part in enumerate(parts)},
        **{f"neuf{k}": float(neuve) for k, neuve in enumerate(neuves)},
        "existante": float(parts.sum()) * float(quantites.reference[s]),
        "nouvelle": float(neuves.sum()),
        "ouverte": float(quantites.ouverte[s, fenetres].sum()),
    }


def _months(q: FeuillesQuantites, s: int, fenetres: list[int]) -> dict[str, str]:
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


def _totals(calcul: Calcul, s: int, annee: int, ligne: int, presents: dict[str, Any]) -> dict[str, Any]:
    r, feuille = calcul.q.r, calcul.feuille
    codes = [d.code for d in present(r) if d.dans_le_bonus]
    payeur = r.dispositifs.index(r.cadre.services[r.cadre.service[s]].dispositif)
    parts = [(EXISTANT, payeur), (NOUVEAU, payeur), *((ENSEMBLE, r.dispositifs.index(code)) for code in codes)]
    lignes = [calcul.du_moteur.get((s, annee, *part)) for part in parts]
    presentes = [i for i in lignes if i is not None]
    vivant = calcul.group(s) in calcul.repartition.vivants
    conserves = calcul.ensemble.get((r.territoire.structures["id"][s], annee), RIEN)
    cles = [c for c in ("existant", "nouveau", *codes) if f"{c}_bas" in presents]
    fiche: dict[str, Any] = {}
    for cote, conserve in zip(COTES, conserves, strict=True):
        autres = [i for i in presentes if r.lignes["part"][i] != EXISTANT]
        fige = None if vivant else _kept(r, conserve, cote, autres)
        fiche[cote] = _total(feuille, ligne, cles, (cote, conserve, fige))
    statuts = [droit.STATUTS[r.lignes["statut"][i]] for i in presentes]
    masque = int(np.bitwise_or.reduce([int(r.lignes["raisons"][i]) for i in presentes])) if presentes else 0
    dits = {"statut": droit.weakest(*statuts) if statuts else "", "raisons": " ".join(sentences(masque))}
    return fiche | {cle: frozen(calcul.q.touched, dit) for cle, dit in dits.items() if dit}


def _kept(resultat: Resultat, conserve: float, cote: str, autres: list[int]) -> float | None:
    """Ce que l'offre existante ajoute au total : une part incertaine ne fait pas dépasser l'enveloppe."""
    ailleurs = sum(float(resultat.lignes[cote][i]) for i in autres)
    return None if np.isinf(conserve) or np.isinf(ailleurs) else round(conserve - ailleurs, 2)


def _total(feuille: Feuille, ligne: int, cles: list[str], quoi: tuple[str, float, float | None]) -> Formule:
    """La somme de la ligne, quand chacun de ses montants se calcule encore."""
    cote, conserve, fige = quoi
    moins = [feuille.here(f"{cle}_bas", ligne) for cle in cles]
    libres = [cle for cle in cles if fige is None or cle != "existant"]
    cases = [feuille.here(f"{cle}_{cote}", ligne) for cle in libres]
    formule = f"SUM({','.join([*cases, *([repr(fige)] if fige is not None else [])])})"
    if cote == "haut" and cases:
        textes = "+".join(f"ISTEXT({case})" for case in cases)
        formule = f'IF({textes}>0,"{NON_BORNE}",{formule})'
    compte = f"{len(moins)}-COUNT({','.join(moins)})"
    return Formule(unless(compte, formule), NON_BORNE if np.isinf(conserve) else conserve)


def existing(calcul: Calcul, qui: tuple[int, int, int], fenetres: list[int]) -> dict[str, str]:
    """Le montant de référence réparti, le plancher et la revalorisation, ou le montant notifié à la place.

    `qui` : la structure, l'année et sa ligne. Le centime se prend sur le cumul de ceux qui partagent l'enveloppe.
    """
    s, annee, ligne = qui
    feuille, reference = calcul.feuille, Terme(calcul.q.of("q0", s))
    parts = [calcul.repartition.part(cle, s) for cle in COTES]
    sommes, ouvertes, blocages = ([], []), [], [f'IF({parts[0]}="{A_REFAIRE}",1,0)']
    for k, w in enumerate(fenetres):
        part = Terme(feuille.here(f"part{k}", ligne))
        notifie, plancher, hausse = (calcul.bornes.get((n, s, w)) for n in ("existant", "plancher", "revalorisation"))
        blocages += [b.probleme for b in (notifie, plancher, hausse) if b]
        blocages += [f"IF({notifie.vide},1,0)"] if notifie else []
        for somme, cote, repartie in zip(sommes, COTES, parts, strict=True):
            quantite = part * reference
            if notifie:
                somme.append(regle.montant_nouveau(quantite, getattr(notifie, cote)))
            else:
                limites = [b.published(cote) if b else ZERO for b in (plancher, hausse)]
                somme.append(regle.montant_existant(Terme(f"N({repartie})") * part, quantite, *limites))
        if not notifie:
            ouvertes += [b.vide for b in (plancher, hausse) if b]
            ouvertes.append(f"ISTEXT({parts[1]})")
    exacts, bloque = _exact(calcul, ligne, sommes, blocages)
    if ouvertes:
        exacts[1] += f"*ISNUMBER({parts[1]})"
    precedente = calcul.cumuls[calcul.group(s), annee][0]
    formules = {}
    for cote, exact in zip(COTES, exacts, strict=True):
        cumul, avant = (feuille.here(f"cumul_{cote}", n) if n else "0" for n in (ligne, precedente))
        suite = unless(f"({bloque}+ISTEXT({avant}))" if precedente else bloque, f"{avant}+{exact}")
        formules[f"cumul_{cote}"] = f"IF({feuille.here('possible', ligne)}=0,{avant},{suite})"
        montant = f"ROUND({rounded(cumul)}-{rounded(avant)},2)" if precedente else rounded(cumul)
        if cote == "haut":
            plus = f"MAX({feuille.here('existant_bas', ligne)},{montant})"
            montant = _open(calcul, ligne, plus, ouvertes, "existante")
        formules[f"existant_{cote}"] = unless(f"IF(ISTEXT({cumul}),1,0)", montant)
    return formules


def _add_up(calcul: Calcul, s: int, annee: int, ligne: int) -> dict[str, float]:
    """Le cumul du groupe jusqu'à cette structure, tel que le moteur le compte."""
    cle, exacts = (calcul.group(s), annee), calcul.exacts.get((s, annee), RIEN)
    cumul = [deja + exact for deja, exact in zip(calcul.cumuls[cle][1:], exacts, strict=True)]
    calcul.cumuls[cle] = ligne, *cumul
    return {f"cumul_{cote}": montant for cote, montant in zip(COTES, cumul, strict=True)}


def new(calcul: Calcul, s: int, fenetres: list[int], ligne: int) -> tuple[str, str]:
    """Chaque unité nouvelle reçoit le montant de sa tranche."""
    cadre = calcul.q.r.cadre
    service = cadre.services[cadre.service[s]]
    sommes, ouvertes, blocages = ([], []), [], []
    for k, w in enumerate(fenetres):
        bornes, quantite = calcul.bornes["nouveau", s, w], Terme(calcul.feuille.here(f"neuf{k}", ligne))
        for somme, cote in zip(sommes, COTES, strict=True):
            somme.append(service.offre_nouvelle(quantite, getattr(bornes, cote)))
        ouvertes.append(bornes.vide)
        blocages.append(bornes.probleme)
    exacts, bloque = _exact(calcul, ligne, sommes, blocages)
    bas, haut = map(rounded, exacts)
    return unless(bloque, bas), unless(bloque, _open(calcul, ligne, haut, ouvertes, "nouvelle"))


def _exact(
    calcul: Calcul, ligne: int, sommes: tuple[list[Terme], list[Terme]], blocages: list[str]
) -> tuple[list[str], str]:
    """Les deux bornes avant tout arrondi, et ce qui les empêche de suivre ; le bas ne compte que ce qui est sûr."""
    montants = (reduce(add, termes).factor() for termes in sommes)
    comptes = (calcul.feuille.here(c, ligne) for c in ("sur", "possible"))
    bloque = "+".join([calcul.feuille.here("bloque", ligne), *dict.fromkeys(blocages)])
    return [f"{montant}*{compte}" for montant, compte in zip(montants, comptes, strict=True)], f"({bloque})"


def _open(calcul: Calcul, ligne: int, haut: str, ouvertes: list[str], quantite: str) -> str:
    """Le haut n'a pas de borne quand un paramètre utile est vide."""
    if not ouvertes:
        return haut
    utile, possible = (calcul.feuille.here(c, ligne) for c in (quantite, "possible"))
    return f'IF(AND({utile}*{possible}>0,OR({",".join(dict.fromkeys(ouvertes))})),"{NON_BORNE}",{haut})'


def present(resultat: Resultat) -> list[droit.Dispositif]:
    """Les dispositifs dont le moteur a calculé au moins une ligne."""
    vus = {
        resultat.dispositifs[d]
        for d in np.unique(resultat.lignes["dispositif"][resultat.lignes["part"] == ENSEMBLE]).tolist()
    }
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
        figee = not calcul.q.certain[s] or (sans_ligne and not all(a.connu[place] for a in c.arguments.values()))
        figee |= any(" selon " in source and not croissance.covers(c, source) for source in d.arguments.values())
        formules = None if figee else _formulas(calcul, croissance, c, (s, place, ligne), montants[1])
        fiche |= _pair(f"{d.code}_", formules, montants, calcul.q.touched)
    return fiche


def _formulas(
    calcul: Calcul, croissance: Croissance, contexte: Contexte, qui: tuple[int, int, int], haut: float
) -> tuple[str, str]:
    cases = {nom: _argument(calcul, croissance, contexte, nom, qui) for nom in contexte.dispositif.arguments}
    bornes = [str(contexte.dispositif.regle(**{nom: getattr(b, cote) for nom, b in cases.items()})) for cote in COTES]
    un_seul = bornes[0] == bornes[1]
    moins, plus = (rounded(bornes[0] if un_seul else f"{f}({bornes[0]},{bornes[1]})") for f in ("MIN", "MAX"))
    cites = [b for b in cases.values() if b.case_haute]
    vides = [b.vide for b in cites if b.ouverte] if np.isinf(haut) else []
    plus = f'IF(OR({",".join(vides)}),"{NON_BORNE}",{plus})' if vides else plus
    blocages = [calcul.feuille.here("bloque", qui[2]), *(b.probleme for b in cases.values())]
    blocages += [f"IF({b.vide},1,0)" for b in cites if not b.ouverte]
    exacts = [cases[nom] for nom, argument in contexte.arguments.items() if argument.saisies and nom in cases]
    blocages += [f"IF({b.bas}={b.haut},0,1)" for b in exacts if b.case_haute]
    bloque = f"({'+'.join(dict.fromkeys(blocages))})"
    return unless(bloque, moins), unless(bloque, plus)


_DE_LA_STRUCTURE = {
    "gestionnaire_public": ("public_bas", "public_haut"),
    "charges_eur": ("charges", "charges"),
    "participations_eur": ("participations", "participations"),
}


_PAR_AN = ("charges_eur", "participations_eur")


def _argument(
    calcul: Calcul, croissance: Croissance, contexte: Contexte, nom: str, qui: tuple[int, int, int]
) -> Bornes:
    """Les deux cases d'un argument : une quantité, une colonne de la structure, ou un paramètre."""
    s, place, ligne = qui
    source, here = contexte.dispositif.arguments[nom], calcul.feuille.here
    if source == "quantite":
        somme = f"({here('existante', ligne)}+{here('nouvelle', ligne)})"
        return Bornes(*(Terme(f"{somme}*{here(k, ligne)}") for k in ("sur", "possible")), ouverte=False)
    if source == "ouverte":
        return Bornes(*(Terme(here("ouverte", ligne)),) * 2, ouverte=False)
    if source in _DE_LA_STRUCTURE:
        part = _open_months(calcul.q, s, contexte.y) if source in _PAR_AN else ""
        cases = [calcul.q.of(k, s) for k in _DE_LA_STRUCTURE[source]]
        vides = "+".join(f"IF(ISNUMBER({case}),0,1)" for case in cases)
        return Bornes(*(Terme(f"N({case}){part}") for case in cases), ouverte=False, probleme=vides)
    competence = calcul.q.r.territoire.structures["competence"][s]
    palier = croissance.paliers.get((contexte.dispositif.code, contexte.annee, competence))
    if palier and source.endswith(" selon croissance"):
        return palier
    argument = contexte.arguments[nom]
    valeur = contexte.cadre.value(argument.parametre, date(contexte.annee, 1, 1))
    bas, haut = (float(b[place]) for b in argument.bornes)
    if argument.par_an:
        pleines = (float(b[0]) for b in contexte.cadre.bounds(argument.parametre, contexte.jour, np.array([s])))
        lues, part = (
            calcul.parametres.bounds(argument.parametre, valeur, *pleines),
            _open_months(calcul.q, s, contexte.y),
        )
        return replace(lues, bas=Terme(f"{lues.bas}{part}"), haut=Terme(f"{lues.haut}{part}"))
    return calcul.parametres.bounds(argument.parametre, valeur, bas, haut)


def _open_months(quantites: FeuillesQuantites, s: int, y: int) -> str:
    """Le facteur d'une donnée annuelle : les mois ouverts de l'année, sur douze."""
    fenetres = np.flatnonzero(quantites.r.cadre.fenetres.annee == y).tolist()
    mois = (quantites.periodes.case(f"ouverts{w}", n) for w in fenetres for n in quantites.de_structure[s])
    return f"*({'+'.join(mois)})/12"
