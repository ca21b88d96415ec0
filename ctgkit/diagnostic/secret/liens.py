"""Ce que tout le monde peut calculer sur un tableau d'indicateurs : totaux, tranches d'âge, formules, parts."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product

from ctgkit.diagnostic.catalogue import Catalogue, Definition
from ctgkit.diagnostic.secret.suppression import Lien
from ctgkit.territoire import Indicateur, Territoire

Rangs = Sequence[int]
_COMBINAISONS = 64


class Rangement:
    """Les rangs d'un tableau d'indicateurs par code, lieu et année (0 : année non écrite)."""

    def __init__(self, lignes: Sequence[Indicateur]) -> None:
        self.lignes = lignes
        self._par_case: dict[tuple[str, str, int], list[int]] = defaultdict(list)
        self._par_lieu: dict[tuple[str, str], list[int]] = defaultdict(list)
        for i, x in enumerate(lignes):
            self._par_case[x.code, x.geo, x.annee or 0].append(i)
            self._par_lieu[x.code, x.geo].append(i)
        self.lieux_annees = sorted({(g, a) for _, g, a in self._par_case})

    def rangs(self, code: str, geo: str, annee: int) -> Rangs:
        return self._par_case.get((code, geo, annee), ())

    def partout(self, code: str, geo: str) -> Rangs:
        return self._par_lieu.get((code, geo), ())

    def contemporains(self, code: str, geo: str, annee: int | None) -> Rangs:
        """Les rangs de la même année, et ceux que l'on ne peut pas en distinguer faute d'année écrite."""
        return [i for i in self.partout(code, geo) if not annee or self.lignes[i].annee in (annee, None)]

    def valeur(self, code: str, geo: str, annee: int | None) -> float | None:
        """La valeur la mieux datée pour vérifier un seuil : même année, sinon n'importe laquelle."""
        for rangs in (self.rangs(code, geo, annee or 0), self.partout(code, geo)):
            connues = [v for v in (self.lignes[i].valeur for i in rangs) if v is not None]
            if connues:
                return connues[-1]
        return None


def liens(territoire: Territoire, rangement: Rangement, catalogue: Catalogue) -> list[Lien]:
    additifs = [c for c, d in catalogue.items() if d.additif]
    return [
        *_totaux_des_communes(territoire, rangement, catalogue),
        *_totaux_des_iris(rangement, set(additifs)),
        *_sommes_de_codes(rangement, catalogue),
    ]


def derivees(rangement: Rangement, catalogue: Catalogue) -> dict[int, set[int]]:
    """Une part visible dirait son numérateur, une évolution l'année d'où elle part : chacune dépend de ses termes."""
    dependances: dict[int, set[int]] = {}
    for i, x in enumerate(rangement.lignes):
        definition = catalogue.get(x.code)
        if definition:
            rangs = {j for code in _termes(definition) for j in rangement.contemporains(code, x.geo, x.annee)}
            suivis = rangement.partout(definition.evolution_de, x.geo) if definition.evolution_de else ()
            dependances[i] = {*rangs, *suivis} - {i}
    return {i: rangs for i, rangs in dependances.items() if rangs}


def _termes(definition: Definition) -> set[str]:
    formule = definition.formule
    return set(formule.codes) if formule and not formule.est_somme else set()


def _totaux_des_communes(territoire: Territoire, rangement: Rangement, catalogue: Catalogue) -> Iterator[Lien]:
    communes = list(dict.fromkeys(territoire.communes["code_insee"].tolist()))
    zones = {(x.geo, x.annee or 0, x.code) for x in rangement.lignes if x.niveau == "epci"}
    if territoire.type != "epci" or not communes:
        return
    for geo, annee, code in sorted(zones):
        definition = catalogue.get(code)
        if definition is None or (territoire.siren and geo != territoire.siren):
            continue
        parties = [rangement.rangs(code, c, annee) for c in communes]
        if not all(parties):
            continue
        for total in rangement.rangs(code, geo, annee):
            if definition.additif:
                yield from (Lien.total(total, choix) for choix in _par_source(parties, rangement))
            elif definition.base and definition.est_taux:
                yield from _moyenne_ponderee(total, parties, definition.base, communes, rangement)


def _par_source(parties: Sequence[Rangs], rangement: Rangement) -> list[list[int]]:
    """Un choix de rangs par source qui couvre toutes les communes ; sinon le dernier rang de chacune."""
    sources = {rangement.lignes[i].source for rangs in parties for i in rangs}
    choix = [[[i for i in rangs if rangement.lignes[i].source == s] for rangs in parties] for s in sorted(sources)]
    complets = [[r[-1] for r in c] for c in choix if all(c)]
    return complets or [[rangs[-1] for rangs in parties]]


def _moyenne_ponderee(
    total: int, parties: Sequence[Rangs], base: str, communes: Sequence[str], rangement: Rangement
) -> Iterator[Lien]:
    """Le taux d'ensemble est la moyenne de ceux des communes : un seul masqué se retrouverait."""
    annee = rangement.lignes[total].annee or 0
    bases = [rangement.rangs(base, c, annee) for c in communes]
    total_base = rangement.rangs(base, rangement.lignes[total].geo, annee)
    if not all(bases) or not total_base:
        return
    rangs = [b[-1] for b in bases]
    poids = [rangement.lignes[i].valeur for i in rangs]
    ensemble = rangement.lignes[total_base[-1]].valeur
    if ensemble and all(p is not None for p in poids):
        termes = {p[-1]: Fraction(w) for p, w in zip(parties, poids, strict=True) if w}
        yield Lien({**termes, total: -Fraction(ensemble)}, frozenset([*rangs, total_base[-1]]))


def _totaux_des_iris(rangement: Rangement, additifs: set[str]) -> Iterator[Lien]:
    groupes: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    for i, x in enumerate(rangement.lignes):
        if x.niveau == "iris" and x.code in additifs:
            groupes[x.code, x.geo[:5], x.annee or 0].append(i)
    for (code, commune, annee), iris in groupes.items():
        yield from (Lien.total(total, iris) for total in rangement.rangs(code, commune, annee))


def _sommes_de_codes(rangement: Rangement, catalogue: Catalogue) -> Iterator[Lien]:
    sommes = [*_formules_sommes(catalogue), *tranches(catalogue)]
    for geo, annee in rangement.lieux_annees:
        for total, parties in sommes:
            rangs = [rangement.rangs(code, geo, annee) for code in (total, *parties)]
            if all(rangs):
                for choix in list(product(*rangs))[:_COMBINAISONS]:
                    yield Lien.total(choix[0], choix[1:])


def _formules_sommes(catalogue: Catalogue) -> Iterator[tuple[str, tuple[str, ...]]]:
    return ((c, d.formule.codes) for c, d in catalogue.items() if d.formule and d.formule.est_somme)


def tranches(catalogue: Catalogue) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Chaque tranche d'âge du catalogue avec les suites de tranches du même groupe qui la recouvrent exactement."""
    groupes: dict[str, list[Definition]] = defaultdict(list)
    for definition in catalogue.values():
        if definition.groupe and definition.tranche:
            groupes[definition.groupe].append(definition)
    for membres in groupes.values():
        for total in membres:
            autres = [d for d in membres if d is not total]
            for suite in _pavages(total.tranche[0], total.tranche[1], autres):
                if len(suite) > 1:
                    yield total.code, suite


def _pavages(debut: int, fin: int, tranches_: Sequence[Definition]) -> Iterator[tuple[str, ...]]:
    if debut == fin + 1:
        yield ()
        return
    for d in tranches_:
        if d.tranche[0] == debut and d.tranche[1] <= fin:
            yield from ((d.code, *suite) for suite in _pavages(d.tranche[1] + 1, fin, tranches_))
