"""Après la lecture : choisir le mois, suivre les fusions de communes, écarter les doublons."""

from collections import defaultdict
from collections.abc import Iterable

from ctgkit.echanges.mouvements import Mouvement
from ctgkit.echanges.tableau.codes import COMMUNE
from ctgkit.echanges.tableau.contexte import Contexte, Releve
from ctgkit.echanges.tableau.modele import MASQUE, PUBLIE, Brut, Rejet
from ctgkit.formats import MOIS, date_longue, liste, pluriel

_Cle = tuple[str, str, str, int | None, str]


def conclude(releve: Releve, contexte: Contexte) -> list[Brut]:
    """Les valeurs à écrire, une par indicateur, lieu, année et source, dans un ordre qui ne dépend que d'elles."""
    bruts = _pick_month(releve.bruts, releve)
    bruts = Fusions(contexte, releve).apply(bruts)
    uniques = _unique(bruts, releve)
    return sorted(uniques, key=lambda b: (b.code, b.niveau, b.geo, b.annee or 0, b.source))


def _pick_month(bruts: Iterable[Brut], releve: Releve) -> list[Brut]:
    """Plusieurs mois d'une même année : celui de la définition, sinon le dernier, en le disant."""
    gardes: list[Brut] = []
    par_cle: dict[_Cle, list[Brut]] = defaultdict(list)
    for brut in bruts:
        (par_cle[brut.cle] if brut.mois else gardes).append(brut)
    ecartes = 0
    for groupe in par_cle.values():
        voulu = groupe[0].mesure.mois if groupe[0].mesure else 12
        mois = voulu if any(b.mois == voulu for b in groupe) else max(b.mois or 0 for b in groupe)
        retenus = [b for b in groupe if b.mois == mois]
        ecartes += len(groupe) - len(retenus)
        gardes += retenus if mois == voulu else [_dated(b, voulu, releve) for b in retenus]
    if ecartes:
        releve.warn(f"{pluriel(ecartes, 'valeur')} d'autres mois non reprises : chaque indicateur se lit à son mois.")
    return gardes


def _dated(brut: Brut, voulu: int, releve: Releve) -> Brut:
    lu = f"{MOIS[(brut.mois or 1) - 1]} {brut.annee}"
    releve.warn(f"{brut.code} est lu en {lu}, faute de {MOIS[voulu - 1]} dans le fichier : comparer avec prudence.")
    return brut.but(reference=f"{brut.reference} ; {lu}")


def _unique(bruts: Iterable[Brut], releve: Releve) -> list[Brut]:
    """La même valeur répétée compte une fois ; deux valeurs différentes se contredisent : aucune n'est devinée."""
    premiers: dict[_Cle, Brut] = {}
    contredits: set[_Cle] = set()
    for brut in bruts:
        premier = premiers.setdefault(brut.cle, brut)
        if (premier.valeur, premier.statut) != (brut.valeur, brut.statut):
            contredits.add(brut.cle)
            valeur = "" if brut.valeur is None else f"{brut.valeur:g}"
            raison = f"{brut.code} de {brut.geo} est donné deux fois, autrement qu'à la ligne {premier.ligne}"
            releve.reject(Rejet(raison, brut.ligne, brut.colonne, valeur))
    return [b for cle, b in premiers.items() if cle not in contredits]


class Fusions:
    """Ramène aux communes d'aujourd'hui les lignes d'avant une fusion ; un taux n'est jamais mélangé."""

    def __init__(self, contexte: Contexte, releve: Releve) -> None:
        self._perimetre, self._releve = contexte.perimetre, releve
        self._mouvements = contexte.perimetre.mouvements

    def apply(self, bruts: list[Brut]) -> list[Brut]:
        touchees = {c for c in self._perimetre.communes if len(self._mouvements.perimetres(c)) > 1}
        concernes = self._mouvements.related(touchees)
        autres = [b for b in bruts if b.niveau != COMMUNE or b.geo not in concernes]
        suivis = [b for b in bruts if b.niveau == COMMUNE and b.geo in concernes]
        presents: dict[int | None, set[str]] = defaultdict(set)
        for brut in suivis:
            presents[brut.annee].add(brut.geo)
        rendus = [b for code in sorted(touchees) for b in self._commune(code, suivis, presents)]
        self._recount(suivis)
        return autres + rendus

    def _commune(self, code: str, suivis: list[Brut], presents: dict[int | None, set[str]]) -> list[Brut]:
        rendus: list[Brut] = []
        groupes: dict[tuple[str, int | None, str], dict[str, list[Brut]]] = defaultdict(lambda: defaultdict(list))
        for brut in suivis:
            groupes[brut.code, brut.annee, brut.source][brut.geo].append(brut)
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

    def _perimeter(self, code: str, annee: int | None, presents: set[str]) -> tuple[frozenset[str], Mouvement | None]:
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
                self._releve.warn(f"{quand}, sans que le fichier ({annee}) dise lequel il retient : à vérifier.")
        return choix

    def _merge(
        self, code: str, codes: frozenset[str], par_geo: dict[str, list[Brut]], mouvement: Mouvement
    ) -> list[Brut]:
        bruts = [b for geo in sorted(codes) for b in par_geo.get(geo, [])]
        if not bruts:
            return []
        quand = mouvement.quand
        if not (bruts[0].mesure and bruts[0].mesure.additive):
            self._refuse(bruts, f"un taux ou une médiane (avant la {quand}) ne s'additionne pas : {self._name(code)} "
                                "regroupe plusieurs anciennes communes")  # fmt: skip
            return []
        manquants = sorted(codes - {b.geo for b in bruts})
        if manquants:
            self._refuse(bruts, f"il manque {liste(manquants)} pour additionner les communes de la {quand}")
            return []
        noms = liste([f"{mouvement.avant.get(b.geo) or self._mouvements.name(b.geo)} ({b.geo})" for b in bruts])
        return [self._sum(code, bruts, quand, noms)]

    def _sum(self, code: str, bruts: list[Brut], quand: str, noms: str) -> Brut:
        statuts = [b.statut for b in bruts if b.valeur is None]
        masque = MASQUE if MASQUE in statuts else next(iter(statuts), "")
        self._releve.warn(f"{noms} : additionnées dans {self._name(code)} ({code}), {quand}.")
        total = None if masque else sum(b.valeur or 0 for b in bruts)
        codes = liste([b.geo for b in bruts])
        return bruts[0].but(
            geo=code, valeur=total, statut=masque or PUBLIE, texte="",
            reference=f"{bruts[0].reference} ; somme de {codes} ({quand})",
        )  # fmt: skip

    def _refuse(self, bruts: list[Brut], raison: str) -> None:
        for brut in bruts:
            self._releve.reject(Rejet(f"{brut.geo} : {raison}", brut.ligne, brut.colonne))

    def _recount(self, suivis: list[Brut]) -> None:
        """Une ligne d'une commune voisine lue pour vérifier, et finalement inutile, est hors du territoire."""
        couvertes = (codes for commune in self._perimetre.communes for codes, _ in self._mouvements.perimetres(commune))
        utiles = frozenset().union(*couvertes)
        inutiles = {b.ligne for b in suivis if b.geo not in utiles}
        self._releve.reprises -= len(inutiles)
        self._releve.hors += len(inutiles)

    def _name(self, code: str) -> str:
        return self._perimetre.communes.get(code) or self._mouvements.name(code)
