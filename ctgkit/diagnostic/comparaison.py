"""Comparer une mesure à son repère, honnêtement : points ou %, sens de lecture, années, petites bases."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ctgkit.diagnostic.catalogue import Definition
from ctgkit.diagnostic.formules import decimales
from ctgkit.diagnostic.mesures import MASQUE, Mesure, known_years, measure, measure_or_replace, measure_theme
from ctgkit.diagnostic.noms import du_lieu, is_feminin, lieu_principal, sujet
from ctgkit.diagnostic.secret.publication import Publication
from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import INSECABLE, nombre, pluriel, pourcent
from ctgkit.territoire import Commune, Indicateur
from ctgkit.texte import majuscule, minuscule

PETITE_BASE = 50
POINTS, POURCENT = "points", "%"
_EN_POINTS = ("%", "places pour 100 enfants")
_VERDICTS = {
    ("besoin", True): "besoin plus fort",
    ("besoin", False): "besoin moindre",
    ("offre", True): "offre plus large",
    ("offre", False): "offre moindre",
}


@dataclass(frozen=True)
class MesureComparee:
    """`ecart` en points pour un taux, en % pour une quantité ; None quand comparer n'a pas de sens.

    `recente` : le chiffre le plus récent du lieu, quand ce n'est pas celui que l'on compare.
    """

    mesure: Mesure
    repere: Mesure
    ecart: float | None
    unite_ecart: str
    lecture: str
    defavorable: bool | None
    classable: bool
    motif: str = ""
    avertissements: tuple[str, ...] = ()
    recente: Mesure | None = None
    douteuse: bool = False

    @property
    def sans_annee_commune(self) -> bool:
        """Deux valeurs connues, et rien ne dit qu'elles soient de la même année."""
        return any(_without_common_year(self.mesure, self.repere))

    @property
    def ecart_ecrit(self) -> str:
        if self.ecart is None:
            return ""
        return write_ecart(self.ecart, self.unite_ecart, _chiffres(self.mesure, self.repere), signe=True)


def compare_lieux(
    publication: Publication, code: str, geo: str = "", annee: int | None = None, repere: str = ""
) -> MesureComparee:
    """Une mesure (ou celle de l'EPCI si elle est masquée) et celle du repère, à la même définition."""
    mesure = measure_or_replace(publication, code, geo, annee)
    return compare_to(publication, mesure, repere or publication.territoire.comparateur.code, annee)


def compare_to(publication: Publication, mesure: Mesure, lieu: str, annee: int | None = None) -> MesureComparee:
    """Une mesure face à celle d'un autre lieu : à l'année voulue, sinon à la dernière qu'ils ont en commun."""
    if not lieu:
        return compare_mesures(publication, mesure, Mesure(mesure.definition, "", "repère"))
    commune = common_year(publication, mesure.code, (mesure.geo, lieu)) if annee is None else None
    if commune in (None, mesure.annee):
        return compare_mesures(publication, mesure, measure(publication, mesure.code, lieu, commune or annee))
    ici, ailleurs = _at_year(publication, mesure, commune), measure(publication, mesure.code, lieu, commune)
    return replace(compare_mesures(publication, ici, ailleurs), recente=mesure)


def common_year(publication: Publication, code: str, lieux: Iterable[str]) -> int | None:
    """La dernière année où tous ces lieux ont une valeur ; None : ils n'en ont aucune en commun."""
    annees = [known_years(publication, code, lieu) for lieu in lieux]
    return max(set.intersection(*annees), default=None) if annees else None


def _at_year(publication: Publication, mesure: Mesure, annee: int) -> Mesure:
    """La même mesure à l'année comparée ; ce que le lieu a de plus récent se dit à côté."""
    ici = measure(publication, mesure.code, mesure.geo, annee)
    recente = f"comparé en {annee}, dernière année commune ; chiffre le plus récent : {mesure.texte} ({mesure.quand})"
    repli = mesure.avertissements[:1] if mesure.repli_de else ()
    return replace(ici, repli_de=mesure.repli_de, avertissements=(*repli, recente, *ici.avertissements))


def compare_theme(
    publication: Publication, theme: str = "", geo: str = "", annee: int | None = None, repere: str = ""
) -> tuple[MesureComparee, ...]:
    mesures = measure_theme(publication, theme, geo, annee)
    return tuple(compare_lieux(publication, m.code, geo, annee, repere) for m in mesures)


def compare_mesures(publication: Publication, mesure: Mesure, repere: Mesure) -> MesureComparee:
    """Un écart ne se lit qu'entre deux valeurs de la même année, écrite des deux côtés."""
    definition = mesure.definition
    motif = _petite_base(publication, mesure)
    sans_annee = tuple(_without_common_year(mesure, repere))
    avis = (*mesure.avertissements, *sans_annee)
    if sans_annee or not mesure.est_connue or not repere.est_connue:
        return MesureComparee(mesure, repere, None, "", _sans_comparer(mesure, repere), None, False, motif, avis)
    if definition.additif and mesure.niveau != repere.niveau:
        lecture = _part_du_repere(mesure, repere)
        return MesureComparee(mesure, repere, None, "", lecture, None, False, motif, avis)
    ecart, unite = _ecart(mesure, repere)
    if ecart is None:
        return MesureComparee(mesure, repere, None, "", f"{_debut(mesure)} : {mesure.texte}", None, False, motif, avis)
    plus = None if ecart == 0 else ecart > 0
    sens = definition.defavorable_si_plus
    defavorable = None if sens is None or plus is None else plus == sens
    lecture = _phrase(mesure, repere, ecart, unite) + _tell_repli(mesure)
    return MesureComparee(mesure, repere, ecart, unite, lecture, defavorable, not motif, motif, avis)


def _tell_repli(mesure: Mesure) -> str:
    return f" (valeur {du_lieu(mesure.nom_geo)}, {mesure.repli_de} étant masqué)" if mesure.repli_de else ""


def _ecart(mesure: Mesure, repere: Mesure) -> tuple[float | None, str]:
    v, r = mesure.valeur, repere.valeur
    if mesure.definition.est_taux:
        return round(v - r, _chiffres(mesure, repere)), unite_de_l_ecart(mesure.definition)
    return (round(100 * (v - r) / abs(r), 1), POURCENT) if r else (None, "")


def unite_de_l_ecart(definition: Definition) -> str:
    """Des points pour une part sur cent ; un taux pour mille ou pour 10 000 garde son unité."""
    return POINTS if definition.unite in _EN_POINTS else definition.unite


def _chiffres(mesure: Mesure, repere: Mesure) -> int:
    """Un écart s'écrit avec autant de décimales que la plus précise des deux valeurs."""
    if not mesure.definition.est_taux:
        return 1
    return min(max(decimales(mesure.valeur), decimales(repere.valeur)), max(mesure.definition.decimales, 1))


def write_ecart(ecart: float, unite: str, chiffres: int, signe: bool = False) -> str:
    if unite == POINTS:
        return pluriel(ecart, "point", decimales=chiffres, signe=signe)
    if unite == POURCENT:
        return pourcent(ecart, chiffres, signe)
    return f"{nombre(ecart, chiffres, signe)}{INSECABLE}{unite}"


def _phrase(mesure: Mesure, repere: Mesure, ecart: float, unite: str) -> str:
    """« Le taux de couverture est inférieur de 8,2 points à celui du Nord en 2022 : offre moindre »"""
    e = "e" if is_feminin(mesure.definition) else ""
    celui = f"{'celle' if e else 'celui'} {du_lieu(repere.nom_geo, repere.niveau, repere.geo)}"
    if ecart == 0:
        return f"{_debut(mesure)} est égal{e} à {celui} en {mesure.quand}"
    chiffres = _chiffres(mesure, repere)
    cote = "supérieur" if ecart > 0 else "inférieur"
    fin = verdict(mesure.definition, ecart > 0)
    phrase = f"{_debut(mesure)} est {cote}{e} de {write_ecart(abs(ecart), unite, chiffres)} à {celui} en {mesure.quand}"
    return f"{phrase} : {fin}" if fin else phrase


def verdict(definition: Definition, plus: bool) -> str:
    """Ce qu'un écart veut dire, selon le sens de l'indicateur ; un contexte ne se juge pas."""
    if definition.lecture:
        return definition.lecture["plus" if plus else "moins"]
    return _VERDICTS.get((definition.sens, plus != definition.inverse), "")


def _debut(mesure: Mesure) -> str:
    return majuscule(sujet(mesure.definition))


def _sans_comparer(mesure: Mesure, repere: Mesure) -> str:
    if not mesure.est_connue:
        return f"{_debut(mesure)} : {mesure.texte}"
    if repere.est_connue:
        ailleurs = f"{repere.nom_geo} : {repere.texte} ({repere.quand})"
        return f"{_debut(mesure)} : {mesure.texte} ({mesure.quand}) ; {ailleurs}"
    cause = "masqué" if repere.statut == MASQUE else "non renseigné"
    return f"{_debut(mesure)} : {mesure.texte} ; {repere.nom_geo} : {cause}"


def _part_du_repere(mesure: Mesure, repere: Mesure) -> str:
    if not repere.valeur or repere.valeur < mesure.valeur:
        return f"{_debut(mesure)} : {mesure.texte}"
    lieu = du_lieu(repere.nom_geo, repere.niveau, repere.geo)
    pronom = "celle" if is_feminin(mesure.definition) else "celui"
    part = pourcent(100 * mesure.valeur / repere.valeur)
    return f"{_debut(mesure)} ({mesure.texte}) représente {part} de {pronom} {lieu} en {mesure.quand}"


def _without_common_year(mesure: Mesure, repere: Mesure) -> Iterator[str]:
    """Pourquoi deux valeurs connues ne se comparent pas : leurs années diffèrent, ou l'une n'est pas écrite."""
    if not (mesure.est_connue and repere.est_connue) or (mesure.annee and mesure.annee == repere.annee):
        return
    if mesure.annee and repere.annee:
        yield f"pas d’écart : aucune année commune ({mesure.annee} ici, {repere.annee} pour le repère)"
    elif mesure.annees or repere.annees:
        yield "pas d’écart : un calcul mêle plusieurs années"
    else:
        ou = "ici" if repere.annee else "pour le repère" if mesure.annee else "ni ici ni pour le repère"
        negation = "" if ou.startswith("ni") else "non "
        yield f"pas d’écart : année {negation}écrite {ou}"


def _petite_base(publication: Publication, mesure: Mesure) -> str:
    """Sous 50 unités, un taux bouge trop pour qu'un écart ou un rang ait un sens."""
    if not mesure.est_connue:
        return mesure.texte
    definition = mesure.definition
    code = definition.base or definition.effectif
    if definition.nature == "effectif":
        derriere, unite = mesure.valeur, definition.unite
    elif code:
        base = measure(publication, code, mesure.geo, mesure.annee)
        base = base if base.est_connue else measure(publication, code, mesure.geo)
        if base.statut == MASQUE:
            return f"base masquée ({minuscule(base.definition.libelle)})"
        derriere, unite = base.valeur, base.definition.unite
    else:
        return ""
    trop_petite = derriere is not None and derriere < PETITE_BASE and definition.seuil_secret is not None
    return f"base de {nombre(derriere)} {unite}, moins de {PETITE_BASE}" if trop_petite else ""


@dataclass(frozen=True)
class Classement:
    """Du plus défavorable au plus favorable, à une seule année ; ce qui n'est pas classé est gardé, avec la raison."""

    definition: Definition
    rangs: tuple[tuple[int, Mesure], ...]
    non_classees: tuple[tuple[Mesure, str], ...]
    annee: int | None = None


def rank_communes(
    publication: Publication, code: str, geos: Sequence[str] = (), annee: int | None = None
) -> Classement:
    """Les communes (ou les lieux donnés) rangées ; masquées, inconnues et petites bases à part."""
    lieux = list(geos) or publication.territoire.communes["code_insee"].tolist()
    annee = annee or shared_year(publication, code, lieux)
    mesures = [(m, _petite_base(publication, m)) for m in (measure(publication, code, g, annee) for g in lieux)]
    definition = publication.catalogue[code]
    decroissant = definition.defavorable_si_plus is not False
    classees = sorted((m for m, motif in mesures if not motif), key=lambda m: m.valeur, reverse=decroissant)
    rangs = tuple((1 + sum(_devant(x, m, decroissant) for x in classees), m) for m in classees)
    return Classement(definition, rangs, tuple((m, motif) for m, motif in mesures if motif), annee)


def shared_year(publication: Publication, code: str, lieux: Iterable[str], repere: str = "") -> int | None:
    """L'année où se lisent ces lieux ensemble : celle qu'a le repère, que le plus d'entre eux ont, la plus récente.

    Un lieu masqué cette année-là y a sa place ; None : aucune année n'est écrite.
    """
    repere = repere or publication.territoire.comparateur.code
    compte = Counter(a for lieu in lieux for a in _present_years(publication, code, lieu))
    communes = {a: n for a, n in compte.items() if a in known_years(publication, code, repere)} if repere else {}
    return max(communes or compte, key=lambda a: (compte[a], a), default=None)


def _present_years(publication: Publication, code: str, lieu: str) -> set[int]:
    masquees = {x.annee for x in publication.of_code(code, lieu) if x.annee and x.statut == MASQUE}
    return known_years(publication, code, lieu) | masquees


def _devant(autre: Mesure, mesure: Mesure, decroissant: bool) -> bool:
    return autre.valeur > mesure.valeur if decroissant else autre.valeur < mesure.valeur


@dataclass(frozen=True)
class Tendance:
    """`points` : la série (année, valeur) d'une seule source ; `evolution` en points pour un taux, en % sinon.

    Sans série, l'évolution écrite garde sa propre définition et les deux années que le document lui donne.
    """

    definition: Definition
    points: tuple[tuple[int, float], ...]
    evolution: float | None
    unite: str
    lecture: str
    defavorable: bool | None
    debut: int | None = None
    fin: int | None = None
    douteuse: bool = False

    @property
    def est_connue(self) -> bool:
        return self.evolution is not None


def measure_tendance(publication: Publication, code: str, geo: str = "") -> Tendance:
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
    for x in publication.of_code(code, geo):
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
    dit = _tell(definition, evolution, unite, chiffres, periode)
    return Tendance(definition, points, evolution, unite, *dit, debut, fin)


def _depuis_l_evolution_ecrite(
    publication: Publication, definition: Definition, geo: str, points: tuple[tuple[int, float], ...]
) -> Tendance:
    codes = [d.code for d in publication.catalogue.values() if d.evolution_de == definition.code]
    ecrite = next((m for m in (measure(publication, code, geo) for code in codes) if m.est_connue), None)
    if ecrite is None:
        dit = f"{majuscule(sujet(definition))} : évolution non renseignée"
        return Tendance(definition, points, None, "", dit, None)
    return _as_written(ecrite)


def _as_written(ecrite: Mesure) -> Tendance:
    """L'évolution telle que le document l'écrit : son propre sujet, ses deux années, ou ce qu'il n'en dit pas."""
    definition, sens = ecrite.definition, ecrite.definition.defavorable_si_plus
    valeur = write_ecart(ecrite.valeur, POURCENT, decimales(ecrite.valeur), signe=True)
    duree = f"sur {definition.sur_ans} ans, " if definition.sur_ans else ""
    periode = ecrite.quand if ecrite.depuis or not ecrite.annee else f"jusqu’en {ecrite.annee}, départ non écrit"
    periode = ecrite.quand if definition.sur_ans and ecrite.annee else periode
    defavorable = None if sens is None or not ecrite.valeur else (ecrite.valeur > 0) == sens
    dit = f"{majuscule(sujet(definition))} est de {valeur} {duree}{periode}"
    return Tendance(definition, (), ecrite.valeur, POURCENT, dit, defavorable, ecrite.depuis, ecrite.annee)


def _tell(definition: Definition, evolution: float, unite: str, chiffres: int, periode: str) -> tuple[str, bool | None]:
    debut = majuscule(sujet(definition))
    if evolution == 0:
        return f"{debut} ne change pas {periode}", None
    verbe = "augmente" if evolution > 0 else "baisse"
    sens = definition.defavorable_si_plus
    defavorable = None if sens is None else (evolution > 0) == sens
    return f"{debut} {verbe} de {write_ecart(abs(evolution), unite, chiffres)} {periode}", defavorable


NIVEAU_DE_VIE = "AS01"


@dataclass(frozen=True)
class Jumelle:
    """`distance` : 0 pour des communes identiques ; `lecture` dit de combien elles diffèrent."""

    code_insee: str
    nom: str
    distance: float
    lecture: str


def find_jumelles(publication: Publication, code_insee: str, combien: int = 5) -> tuple[Jumelle, ...]:
    """Les communes du territoire qui lui ressemblent, les plus proches d'abord."""
    communes = {c.code_insee: c for c in publication.territoire.communes}
    if code_insee not in communes:
        conseil = did_you_mean(code_insee, communes)
        raise CtgError(f"Commune inconnue du territoire : « {code_insee} » {conseil}".strip(), "communes.csv")
    annee = shared_year(publication, NIVEAU_DE_VIE, communes)
    ici = _profil(publication, communes[code_insee], annee)
    if ici[0] is None:
        return ()
    profils = ((c, _profil(publication, c, annee)) for code, c in communes.items() if code != code_insee)
    proches = [_jumelle(c, ici, profil) for c, profil in profils if profil[0] is not None]
    return tuple(sorted(proches, key=lambda j: (j.distance, j.code_insee))[:combien])


Profil = tuple[float | None, float | None]


def _profil(publication: Publication, commune: Commune, annee: int | None) -> Profil:
    """Population et niveau de vie médian ; les indicateurs publiés d'abord, le fichier des communes sinon."""
    niveau = measure(publication, NIVEAU_DE_VIE, commune.code_insee, annee).valeur or commune.niveau_de_vie
    return (commune.population or measure(publication, "CAD01", commune.code_insee).valeur) or None, niveau or None


def _jumelle(commune: Commune, ici: Profil, autre: Profil) -> Jumelle:
    """Un doublement de taille ou de niveau de vie compte autant ; un niveau masqué compte comme un écart moyen."""
    ecarts = [abs(math.log2(autre[0] / ici[0]))]
    dits = [f"population {pourcent(100 * (autre[0] / ici[0] - 1), 0, signe=True)}"]
    if ici[1] and autre[1]:
        ecarts.append(abs(math.log2(autre[1] / ici[1])))
        dits.append(f"niveau de vie {pourcent(100 * (autre[1] / ici[1] - 1), 0, signe=True)}")
    else:
        ecarts.append(0.5)
        dits.append("niveau de vie masqué ou inconnu")
    return Jumelle(commune.code_insee, commune.nom, round(math.hypot(*ecarts), 6), ", ".join(dits))
