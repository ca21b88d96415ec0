"""Ce qui change d'une année à l'autre : une série datée, ou l'évolution que la source publie."""

from dataclasses import dataclass

from ctgkit.diagnostic.catalogue import Definition
from ctgkit.diagnostic.comparaison import POURCENT, ecrire_ecart, unite_de_l_ecart
from ctgkit.diagnostic.intervalle import decimales
from ctgkit.diagnostic.mesures import mesurer
from ctgkit.diagnostic.noms import lieu_principal, majuscule, sujet
from ctgkit.diagnostic.secret.publication import Publication
from ctgkit.territoire import Indicateur


@dataclass(frozen=True)
class Tendance:
    """`points` : la série (année, valeur) d'une seule source ; `evolution` en points pour un taux, en % sinon."""

    definition: Definition
    points: tuple[tuple[int, float], ...]
    evolution: float | None
    unite: str
    lecture: str
    defavorable: bool | None

    @property
    def est_connue(self) -> bool:
        return self.evolution is not None


def mesurer_tendance(publication: Publication, code: str, geo: str = "") -> Tendance:
    """De la première à la dernière année publiées par une même source ; à défaut, l'évolution écrite."""
    geo = geo or lieu_principal(publication.territoire)
    definition = publication.catalogue[code]
    points = serie(publication, code, geo)
    if len(points) >= 2:
        return _depuis_la_serie(definition, points)
    return _depuis_l_evolution_ecrite(publication, definition, geo, points)


def serie(publication: Publication, code: str, geo: str = "") -> tuple[tuple[int, float], ...]:
    """La plus longue série d'une même famille de sources : deux producteurs ne se raccordent pas."""
    geo = geo or lieu_principal(publication.territoire)
    series: dict[str, dict[int, float]] = {}
    for x in publication.du_code(code, geo):
        if x.valeur is not None and x.annee:
            series.setdefault(_famille(x), {})[x.annee] = x.valeur
    plus_longue = max(series.values(), key=len, default={})
    return tuple(sorted(plus_longue.items()))


def _famille(ligne: Indicateur) -> str:
    """`insee-filosofi-2017` et `insee-filosofi-2019` sont deux millésimes d'un même producteur."""
    return ligne.source.rstrip("0123456789-")


def _depuis_la_serie(definition: Definition, points: tuple[tuple[int, float], ...]) -> Tendance:
    (debut, avant), (fin, apres) = points[0], points[-1]
    if definition.est_taux:
        chiffres = min(max(decimales(avant), decimales(apres)), max(definition.decimales, 1))
        evolution, unite = round(apres - avant, chiffres), unite_de_l_ecart(definition)
    elif avant:
        chiffres, evolution, unite = 1, round(100 * (apres - avant) / abs(avant), 1), POURCENT
    else:
        return Tendance(definition, points, None, "", f"{majuscule(sujet(definition))} : départ à zéro", None)
    periode = f"entre {debut} et {fin}"
    return Tendance(definition, points, evolution, unite, *_dire(definition, evolution, unite, chiffres, periode))


def _depuis_l_evolution_ecrite(
    publication: Publication, definition: Definition, geo: str, points: tuple[tuple[int, float], ...]
) -> Tendance:
    codes = [d.code for d in publication.catalogue.values() if d.evolution_de == definition.code]
    for mesure in (mesurer(publication, code, geo) for code in codes):
        if mesure.est_connue:
            chiffres = decimales(mesure.valeur)
            duree = f"sur {mesure.definition.sur_ans} ans" if mesure.definition.sur_ans else f"({mesure.quand})"
            dit = _dire(definition, mesure.valeur, POURCENT, chiffres, duree)
            return Tendance(definition, points, mesure.valeur, POURCENT, *dit)
    return Tendance(definition, points, None, "", f"{majuscule(sujet(definition))} : évolution non renseignée", None)


def _dire(definition: Definition, evolution: float, unite: str, chiffres: int, periode: str) -> tuple[str, bool | None]:
    debut = majuscule(sujet(definition))
    if evolution == 0:
        return f"{debut} ne change pas {periode}", None
    verbe = "augmente" if evolution > 0 else "baisse"
    sens = definition.defavorable_si_plus
    defavorable = None if sens is None else (evolution > 0) == sens
    return f"{debut} {verbe} de {ecrire_ecart(abs(evolution), unite, chiffres)} {periode}", defavorable
