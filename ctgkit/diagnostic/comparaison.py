"""Comparer une mesure à son repère, honnêtement : points ou %, sens de lecture, années, petites bases."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ctgkit.diagnostic.catalogue import Definition
from ctgkit.diagnostic.intervalle import decimales
from ctgkit.diagnostic.mesures import MASQUE, Mesure, mesurer, mesurer_ou_replier, mesurer_theme
from ctgkit.diagnostic.noms import du_lieu, est_feminin, majuscule, sujet
from ctgkit.diagnostic.secret.publication import Publication
from ctgkit.formats import INSECABLE, nombre, pluriel, pourcent

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
class Comparaison:
    """`ecart` en points pour un taux, en % pour une quantité ; None quand comparer n'a pas de sens."""

    mesure: Mesure
    repere: Mesure
    ecart: float | None
    unite_ecart: str
    lecture: str
    defavorable: bool | None
    classable: bool
    motif: str = ""
    avertissements: tuple[str, ...] = ()

    @property
    def ecart_ecrit(self) -> str:
        if self.ecart is None:
            return ""
        return ecrire_ecart(self.ecart, self.unite_ecart, _chiffres(self.mesure, self.repere), signe=True)


def comparer(
    publication: Publication, code: str, geo: str = "", annee: int | None = None, repere: str = ""
) -> Comparaison:
    """Une mesure (ou celle de l'EPCI si elle est masquée) et celle du repère, à la même définition."""
    mesure = mesurer_ou_replier(publication, code, geo, annee)
    lieu = repere or publication.territoire.comparateur.code
    autre = _repere(publication, mesure, lieu, annee) if lieu else Mesure(mesure.definition, "", "repère")
    return confronter(publication, mesure, autre)


def comparer_theme(
    publication: Publication, theme: str = "", geo: str = "", annee: int | None = None, repere: str = ""
) -> tuple[Comparaison, ...]:
    mesures = mesurer_theme(publication, theme, geo, annee)
    return tuple(comparer(publication, m.code, geo, annee, repere) for m in mesures)


def _repere(publication: Publication, mesure: Mesure, lieu: str, annee: int | None) -> Mesure:
    """Le repère de la même année s'il existe, sinon sa valeur la plus récente (l'écart d'années se dira)."""
    meme_annee = mesurer(publication, mesure.code, lieu, mesure.annee) if mesure.annee else None
    if meme_annee is not None and meme_annee.est_connue:
        return meme_annee
    return mesurer(publication, mesure.code, lieu, annee)


def confronter(publication: Publication, mesure: Mesure, repere: Mesure) -> Comparaison:
    definition = mesure.definition
    motif = _petite_base(publication, mesure)
    avis = (*mesure.avertissements, *_annees(mesure, repere))
    if not mesure.est_connue or not repere.est_connue:
        return Comparaison(mesure, repere, None, "", _sans_comparer(mesure, repere), None, False, motif, avis)
    if definition.additif and mesure.niveau != repere.niveau:
        lecture = _part_du_repere(mesure, repere)
        return Comparaison(mesure, repere, None, "", lecture, None, False, motif, avis)
    ecart, unite = _ecart(mesure, repere)
    if ecart is None:
        return Comparaison(mesure, repere, None, "", f"{_debut(mesure)} : {mesure.texte}", None, False, motif, avis)
    plus = None if ecart == 0 else ecart > 0
    sens = definition.defavorable_si_plus
    defavorable = None if sens is None or plus is None else plus == sens
    lecture = _phrase(mesure, repere, ecart, unite) + _dire_le_repli(mesure)
    return Comparaison(mesure, repere, ecart, unite, lecture, defavorable, not motif, motif, avis)


def _dire_le_repli(mesure: Mesure) -> str:
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


def ecrire_ecart(ecart: float, unite: str, chiffres: int, signe: bool = False) -> str:
    if unite == POINTS:
        return pluriel(ecart, "point", decimales=chiffres, signe=signe)
    if unite == POURCENT:
        return pourcent(ecart, chiffres, signe)
    return f"{nombre(ecart, chiffres, signe)}{INSECABLE}{unite}"


def _phrase(mesure: Mesure, repere: Mesure, ecart: float, unite: str) -> str:
    """« Le taux de couverture est inférieur de 8,2 points à celui du Nord : offre moindre »"""
    e = "e" if est_feminin(mesure.definition) else ""
    celui = f"{'celle' if e else 'celui'} {du_lieu(repere.nom_geo, repere.niveau, repere.geo)}"
    if ecart == 0:
        return f"{_debut(mesure)} est égal{e} à {celui}"
    chiffres = _chiffres(mesure, repere)
    cote = "supérieur" if ecart > 0 else "inférieur"
    fin = verdict(mesure.definition, ecart > 0)
    phrase = f"{_debut(mesure)} est {cote}{e} de {ecrire_ecart(abs(ecart), unite, chiffres)} à {celui}"
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
    cause = "masqué" if repere.statut == MASQUE else "non renseigné"
    return f"{_debut(mesure)} : {mesure.texte} ; {repere.nom_geo} : {cause}"


def _part_du_repere(mesure: Mesure, repere: Mesure) -> str:
    if not repere.valeur or repere.valeur < mesure.valeur:
        return f"{_debut(mesure)} : {mesure.texte}"
    lieu = du_lieu(repere.nom_geo, repere.niveau, repere.geo)
    pronom = "celle" if est_feminin(mesure.definition) else "celui"
    part = pourcent(100 * mesure.valeur / repere.valeur)
    return f"{_debut(mesure)} ({mesure.texte}) représente {part} de {pronom} {lieu}"


def _annees(mesure: Mesure, repere: Mesure) -> Iterable[str]:
    if not (mesure.est_connue and repere.est_connue) or (mesure.annee and mesure.annee == repere.annee):
        return
    if mesure.annee and repere.annee:
        yield f"années différentes : {mesure.annee} ici, {repere.annee} pour le repère"
    elif mesure.annee or repere.annee:
        ou = "pour le repère" if mesure.annee else "ici"
        yield f"année non écrite {ou} : comparaison à confirmer"
    else:
        yield "années non écrites : comparaison à confirmer"


def _petite_base(publication: Publication, mesure: Mesure) -> str:
    """Sous 50 unités, un taux bouge trop pour qu'un écart ou un rang ait un sens."""
    if not mesure.est_connue:
        return mesure.texte
    definition = mesure.definition
    code = definition.base or definition.effectif
    if definition.nature == "effectif":
        derriere, unite = mesure.valeur, definition.unite
    elif code:
        base = mesurer(publication, code, mesure.geo, mesure.annee)
        base = base if base.est_connue else mesurer(publication, code, mesure.geo)
        if base.statut == MASQUE:
            return f"base masquée ({base.definition.libelle.lower()})"
        derriere, unite = base.valeur, base.definition.unite
    else:
        return ""
    trop_petite = derriere is not None and derriere < PETITE_BASE and definition.seuil_secret is not None
    return f"base de {nombre(derriere)} {unite}, moins de {PETITE_BASE}" if trop_petite else ""


@dataclass(frozen=True)
class Classement:
    """Du plus défavorable au plus favorable ; ce qui n'est pas classé est gardé, avec la raison."""

    definition: Definition
    rangs: tuple[tuple[int, Mesure], ...]
    non_classees: tuple[tuple[Mesure, str], ...]


def classer(publication: Publication, code: str, geos: Sequence[str] = (), annee: int | None = None) -> Classement:
    """Les communes (ou les lieux donnés) rangées ; masquées, inconnues et petites bases à part."""
    lieux = list(geos) or publication.territoire.communes["code_insee"].tolist()
    mesures = [(m, _petite_base(publication, m)) for m in (mesurer(publication, code, g, annee) for g in lieux)]
    definition = publication.catalogue[code]
    decroissant = definition.defavorable_si_plus is not False
    classees = sorted((m for m, motif in mesures if not motif), key=lambda m: m.valeur, reverse=decroissant)
    rangs = tuple((1 + sum(_devant(x, m, decroissant) for x in classees), m) for m in classees)
    return Classement(definition, rangs, tuple((m, motif) for m, motif in mesures if motif))


def _devant(autre: Mesure, mesure: Mesure, decroissant: bool) -> bool:
    return autre.valeur > mesure.valeur if decroissant else autre.valeur < mesure.valeur
