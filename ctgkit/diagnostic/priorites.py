"""Classer les thèmes avec les poids de ceux qui décident : chaque note se lit, chaque manque se dit."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from ctgkit.diagnostic.comparaison import comparer_theme
from ctgkit.diagnostic.couverture import HORS_DOMAINES
from ctgkit.diagnostic.intervalle import decimales
from ctgkit.diagnostic.mesures import ecrire, mesurer_theme
from ctgkit.diagnostic.secret.publication import Publication
from ctgkit.diagnostic.tendances import mesurer_tendance
from ctgkit.errors import CtgError
from ctgkit.formats import nombre, pourcent

NOTE_MAX = 10.0
ECART_PLEIN = 50.0
_PERSONNES = ("enfants", "jeunes", "familles", "foyers", "personnes", "habitants")


@dataclass(frozen=True)
class Poids:
    """Ce qui compte pour vous ; 0 retire un critère."""

    gravite: float = 1
    ecart: float = 1
    tendance: float = 1
    nombre: float = 1

    def __post_init__(self) -> None:
        for champ in fields(self):
            valeur = getattr(self, champ.name)
            if not 0 <= valeur < float("inf"):
                raise CtgError(
                    f"Poids impossible : {champ.name} = {valeur}.", "", "Un nombre positif, ou 0 pour ignorer."
                )


@dataclass(frozen=True)
class Critere:
    """Une note sur 10 (None : inconnue, le critère ne compte pas), son poids et d'où elle vient."""

    nom: str
    note: float | None
    poids: float
    explication: str


@dataclass(frozen=True)
class Priorite:
    theme: str
    nom: str
    score: float | None
    criteres: tuple[Critere, ...]

    @property
    def calcul(self) -> str:
        """Le score en toutes lettres : chaque note × son poids, divisés par les poids des critères connus."""
        connus = [c for c in self.criteres if c.note is not None and c.poids]
        if not connus:
            return "aucun critère connu"
        haut = " + ".join(f"{nombre(c.note, 1)} × {_poids(c.poids)}" for c in connus)
        return f"({haut}) / {_poids(sum(c.poids for c in connus))} = {nombre(self.score, 1)}"


def prioriser(
    publication: Publication, poids: Poids | None = None, gravites: Mapping[str, float] | None = None
) -> tuple[Priorite, ...]:
    """Les dix domaines, le plus prioritaire d'abord ; ceux qu'aucun critère ne renseigne à la fin."""
    poids, gravites = poids or Poids(), gravites or {}
    _verifier_gravites(publication, gravites)
    themes = [t for t in publication.catalogue.themes if t not in HORS_DOMAINES]
    concernes = {t: _nombre_concerne(publication, t) for t in themes}
    plus_grand = max((n for n, _ in concernes.values()), default=0.0)
    priorites = [
        _priorite(publication, theme, poids, gravites.get(theme), (*concernes[theme], plus_grand)) for theme in themes
    ]
    return tuple(sorted(priorites, key=lambda p: -1.0 if p.score is None else p.score, reverse=True))


def _verifier_gravites(publication: Publication, gravites: Mapping[str, float]) -> None:
    for theme, note in gravites.items():
        publication.catalogue.du_theme(theme)
        if not 0 <= note <= NOTE_MAX:
            raise CtgError(f"Gravité impossible pour {theme} : {note}.", "", "Une note de 0 à 10.")


def _priorite(
    publication: Publication, theme: str, poids: Poids, gravite: float | None, concernes: tuple[float, str, float]
) -> Priorite:
    dite = "note des participants" if gravite is not None else "non notée"
    criteres = (
        _critere("gravité", gravite, poids.gravite, dite),
        _critere("écart", *_note_ecart(publication, theme, poids.ecart)),
        _critere("tendance", *_note_tendance(publication, theme, poids.tendance)),
        _critere("nombre de personnes", *_note_nombre(concernes, poids.nombre)),
    )
    connus = [c for c in criteres if c.note is not None and c.poids]
    total = sum(c.poids for c in connus)
    score = sum(c.note * c.poids for c in connus) / total if total else None
    return Priorite(theme, publication.catalogue.themes[theme], score, criteres)


def _critere(nom: str, note: float | None, poids: float, explication: str) -> Critere:
    """La note qui compte est celle que l'on lit, à une décimale : le calcul se refait à la main."""
    return Critere(nom, None if note is None else round(note + 1e-9, 1), poids, explication)


def _poids(valeur: float) -> str:
    propre = round(valeur, 6)
    return nombre(propre, decimales(propre))


def _note_ecart(publication: Publication, theme: str, poids: float) -> tuple[float | None, float, str]:
    """L'écart défavorable moyen au repère, relatif au repère ; un écart favorable compte 0."""
    comparees = [
        c for c in comparer_theme(publication, theme) if c.classable and c.mesure.definition.sens != "contexte"
    ]
    if not comparees:
        return None, poids, "aucun indicateur comparable"
    relatifs = {
        c.mesure.code: round(100 * abs(c.mesure.valeur / c.repere.valeur - 1), 1) if c.defavorable else 0.0
        for c in comparees
        if c.repere.valeur
    }
    if not relatifs:
        return None, poids, "repère nul"
    moyen = round(sum(relatifs.values()) / len(relatifs) + 1e-9, 1)
    note = min(NOTE_MAX, NOTE_MAX * moyen / ECART_PLEIN)
    termes = " + ".join(f"{pourcent(v)} ({code})" for code, v in relatifs.items())
    calcul = termes if len(relatifs) == 1 else f"({termes}) / {len(relatifs)} = {pourcent(moyen)}"
    dit = f"écart défavorable : {calcul} ; {pourcent(ECART_PLEIN, 0)} et plus = 10"
    return note, poids, dit


def _note_tendance(publication: Publication, theme: str, poids: float) -> tuple[float | None, float, str]:
    definitions = publication.catalogue.du_theme(theme)
    connues = [t for t in (mesurer_tendance(publication, d.code) for d in definitions) if t.defavorable is not None]
    if not connues:
        return None, poids, "aucune évolution connue"
    pires = [t.definition.code for t in connues if t.defavorable]
    lesquelles = f" ({', '.join(pires)})" if pires else ""
    dit = f"évolutions défavorables : {len(pires)} sur {len(connues)}{lesquelles}"
    return NOTE_MAX * len(pires) / len(connues), poids, dit


def _nombre_concerne(publication: Publication, theme: str) -> tuple[float, str]:
    """Le plus grand effectif de besoin du thème : on n'additionne pas des publics qui se recouvrent."""
    effectifs = [
        m
        for m in mesurer_theme(publication, theme)
        if m.est_connue and m.definition.sens == "besoin" and m.definition.unite in _PERSONNES
    ]
    plus = max(effectifs, key=lambda m: m.valeur, default=None)
    return (plus.valeur, f"{ecrire(plus.definition, plus.valeur)} ({plus.code})") if plus else (0.0, "")


def _note_nombre(concernes: tuple[float, str, float], poids: float) -> tuple[float | None, float, str]:
    effectif, dit, plus_grand = concernes
    if not effectif:
        return None, poids, "nombre de personnes inconnu"
    return NOTE_MAX * effectif / plus_grand, poids, f"{dit}, le plus grand effectif des thèmes = 10"
