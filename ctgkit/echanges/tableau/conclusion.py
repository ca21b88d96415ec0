"""Après la lecture : choisir le mois, suivre les fusions de communes, écarter les doublons."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace

from ctgkit.echanges.tableau.apercu import ApercuImport, Rejet
from ctgkit.echanges.tableau.codes import COMMUNE, simplify
from ctgkit.echanges.tableau.perimetre import Couverture, MouvementCommune
from ctgkit.echanges.tableau.valeurs import MASQUE, PUBLIE, ValeurLue
from ctgkit.formats import MOIS, date_longue, liste, pluriel
from ctgkit.storage import national_communes

_Cle = tuple[str, str, str, int | None, str]


def conclude(apercu: ApercuImport) -> list[ValeurLue]:
    """Les valeurs à écrire, une par indicateur, lieu, année et source, dans un ordre qui ne dépend que d'elles."""
    lues = _pick_month(apercu.lignes, apercu)
    lues = Fusions(apercu).apply(lues)
    uniques = _unique(lues, apercu)
    return sorted(uniques, key=lambda b: (b.code, b.niveau, b.geo, b.annee or 0, b.source))


def _pick_month(lues: Iterable[ValeurLue], apercu: ApercuImport) -> list[ValeurLue]:
    """Plusieurs mois d'une même année : celui de la définition, sinon le dernier, en le disant."""
    gardes: list[ValeurLue] = []
    par_cle: dict[_Cle, list[ValeurLue]] = defaultdict(list)
    for lue in lues:
        (par_cle[lue.cle] if lue.mois else gardes).append(lue)
    ecartes = 0
    for groupe in par_cle.values():
        voulu = groupe[0].donnee.mois if groupe[0].donnee else 12
        mois = voulu if any(b.mois == voulu for b in groupe) else max(b.mois or 0 for b in groupe)
        retenus = [b for b in groupe if b.mois == mois]
        ecartes += len(groupe) - len(retenus)
        gardes += retenus if mois == voulu else [_dated(b, voulu, apercu) for b in retenus]
    if ecartes:
        apercu.warn(f"{pluriel(ecartes, 'valeur')} d'autres mois non reprises : chaque indicateur se lit à son mois.")
    return gardes


def _dated(lue: ValeurLue, voulu: int, apercu: ApercuImport) -> ValeurLue:
    lu = f"{MOIS[(lue.mois or 1) - 1]} {lue.annee}"
    apercu.warn(f"{lue.code} est lu en {lu}, faute de {MOIS[voulu - 1]} dans le fichier : comparer avec prudence.")
    return replace(lue, reference=f"{lue.reference} ; {lu}")


def _unique(lues: Iterable[ValeurLue], apercu: ApercuImport) -> list[ValeurLue]:
    """La même valeur répétée compte une fois ; deux valeurs différentes se contredisent : aucune n'est devinée."""
    premiers: dict[_Cle, ValeurLue] = {}
    contredits: set[_Cle] = set()
    for lue in lues:
        premier = premiers.setdefault(lue.cle, lue)
        if (premier.valeur, premier.statut) != (lue.valeur, lue.statut):
            contredits.add(lue.cle)
            valeur = "" if lue.valeur is None else f"{lue.valeur:g}"
            raison = f"{lue.code} de {lue.geo} est donné deux fois, autrement qu'à la ligne {premier.ligne}"
            raison += " : deux communes du même nom ? écrire leur code" if lue.geo in apercu.nommees else ""
            apercu.reject(Rejet(raison, lue.ligne, lue.colonne, valeur))
    return [b for cle, b in premiers.items() if cle not in contredits]


def drop_homonyms(apercu: ApercuImport, ailleurs: Collection[str]) -> None:
    """Un fichier par noms qui sort du département peut parler d'une autre commune du même nom : code demandé."""
    if not apercu.nommees or not ailleurs:
        return
    partout, ici = defaultdict(set), set()
    for commune in national_communes():
        partout[simplify(commune.nom)].add(commune.code_insee)
        if commune.departement in apercu.perimetre.departements:
            ici.add(simplify(commune.nom))
    if not any(nom in partout and nom not in ici for nom in ailleurs):
        return
    douteuses = {c for c in apercu.nommees if len(partout[simplify(apercu.noms[c])] | {c}) > 1}
    for code in sorted(douteuses):
        combien = pluriel(len(partout[simplify(apercu.noms[code])]), "commune")
        raison = f"{combien} de France s'appellent « {apercu.noms[code]} », et ce fichier en sort : écrire leur code"
        apercu.reject(Rejet(raison, next((b.ligne for b in apercu.lignes if b.geo == code), None)))
    apercu.lignes[:] = [b for b in apercu.lignes if b.geo not in douteuses]
    apercu.criteres_lus[:] = [x for x in apercu.criteres_lus if x.code_insee not in douteuses]


class Fusions:
    """Ramène aux communes d'aujourd'hui les lignes d'avant une fusion ; un taux n'est jamais mélangé."""

    def __init__(self, apercu: ApercuImport) -> None:
        self._perimetre, self._apercu = apercu.perimetre, apercu
        self._mouvements = apercu.perimetre.mouvements

    def apply(self, lues: list[ValeurLue]) -> list[ValeurLue]:
        touchees = {c for c in self._perimetre.communes if len(self._mouvements.perimetres(c)) > 1}
        concernes = self._mouvements.related(touchees)
        autres = [b for b in lues if b.niveau != COMMUNE or b.geo not in concernes]
        suivis = [b for b in lues if b.niveau == COMMUNE and b.geo in concernes]
        presents: dict[int | None, set[str]] = defaultdict(set)
        for lue in suivis:
            presents[lue.annee].add(lue.geo)
        rendus = [b for code in sorted(touchees) for b in self._commune(code, suivis, presents)]
        self._recount(suivis)
        return autres + rendus

    def _commune(self, code: str, suivis: list[ValeurLue], presents: dict[int | None, set[str]]) -> list[ValeurLue]:
        rendus: list[ValeurLue] = []
        groupes: dict[tuple[str, int | None, str], dict[str, list[ValeurLue]]] = defaultdict(lambda: defaultdict(list))
        for lue in suivis:
            groupes[lue.code, lue.annee, lue.source][lue.geo].append(lue)
        for (_, annee, _), par_geo in groupes.items():
            codes, mouvement = self._perimeter(code, annee, presents[annee])
            propres = par_geo.get(code, [])
            if mouvement is None:
                rendus += propres
            elif len(codes) < len(mouvement.apres):
                quand = f"{self._name(code)} a été séparée le {date_longue(mouvement.jour)}"
                self._refuse(propres, f"{quand} : cette valeur couvre aussi d'autres communes")
            else:
                rendus += self._merge(code, codes, par_geo, mouvement)
        return rendus

    def _perimeter(self, code: str, annee: int | None, presents: set[str]) -> Couverture:
        """Sous quels codes ce fichier compte la commune : les codes disparus ou apparus le disent, sinon l'année."""
        perimetres = self._mouvements.perimetres(code)
        choix = perimetres[0]
        for codes, mouvement in perimetres[1:]:
            disparus = set(mouvement.avant) - set(mouvement.apres)
            apparus = set(mouvement.apres) - set(mouvement.avant)
            ancien = not mouvement.permanent and annee is not None and annee < mouvement.jour.year
            if presents & disparus or (not disparus and ancien and not presents & apparus):
                choix = (codes, mouvement)
            elif presents & apparus or not ancien:
                break
            elif code in presents:
                quand = f"{self._name(code)} a changé de périmètre le {date_longue(mouvement.jour)}"
                self._apercu.warn(f"{quand}, sans que le fichier ({annee}) dise lequel il retient : à vérifier.")
        return choix

    def _merge(
        self, code: str, codes: frozenset[str], par_geo: dict[str, list[ValeurLue]], mouvement: MouvementCommune
    ) -> list[ValeurLue]:
        lues = [b for geo in sorted(codes) for b in par_geo.get(geo, [])]
        if not lues:
            return []
        quand = mouvement.quand
        if not (lues[0].donnee and lues[0].donnee.additive):
            plusieurs = f"{self._name(code)} regroupe plusieurs anciennes communes"
            self._refuse(lues, f"un taux ou une médiane (avant la {quand}) ne s'additionne pas : {plusieurs}")
            return []
        manquants = sorted(codes - {b.geo for b in lues})
        if manquants:
            self._refuse(lues, f"il manque {liste(manquants)} pour additionner les communes de la {quand}")
            return []
        noms = liste([f"{mouvement.avant.get(b.geo) or self._mouvements.name(b.geo)} ({b.geo})" for b in lues])
        return [self._sum(code, lues, quand, noms)]

    def _sum(self, code: str, lues: list[ValeurLue], quand: str, noms: str) -> ValeurLue:
        statuts = [b.statut for b in lues if b.valeur is None]
        masque = MASQUE if MASQUE in statuts else next(iter(statuts), "")
        self._apercu.warn(f"{noms} : additionnées dans {self._name(code)} ({code}), {quand}.")
        total = None if masque else sum(b.valeur or 0 for b in lues)
        codes = liste([b.geo for b in lues])
        reference = f"{lues[0].reference} ; somme de {codes} ({quand})"
        return replace(lues[0], geo=code, valeur=total, statut=masque or PUBLIE, texte="", reference=reference)

    def _refuse(self, lues: list[ValeurLue], raison: str) -> None:
        for lue in lues:
            self._apercu.reject(Rejet(f"{lue.geo} : {raison}", lue.ligne, lue.colonne))

    def _recount(self, suivis: list[ValeurLue]) -> None:
        """Une ligne d'une commune voisine lue pour vérifier, et finalement inutile, est hors du territoire."""
        couvertes = (codes for commune in self._perimetre.communes for codes, _ in self._mouvements.perimetres(commune))
        utiles = frozenset().union(*couvertes)
        inutiles = {b.ligne for b in suivis if b.geo not in utiles}
        self._apercu.reprises -= len(inutiles)
        self._apercu.hors += len(inutiles)

    def _name(self, code: str) -> str:
        return self._perimetre.communes.get(code) or self._mouvements.name(code)
