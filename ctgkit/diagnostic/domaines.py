"""Les domaines d'une Ctg : lequel vient d'abord, et ce qui en est fait (diagnostiqué, objectif, action, évalué)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from ctgkit.diagnostic.comparaison import compare_theme, measure_tendance
from ctgkit.diagnostic.formules import decimales
from ctgkit.diagnostic.mesures import MASQUE, NON_RENSEIGNE, measure_theme, write_valeur
from ctgkit.diagnostic.noms import name_lieu
from ctgkit.diagnostic.secret.publication import Publiable, Publication
from ctgkit.errors import CtgError
from ctgkit.formats import nombre, pourcent

ETAPES = {"diagnostic": "Diagnostiqué", "objectif": "Objectif", "action": "Action", "evaluation": "Évalué"}
HORS_DOMAINES = ("cadrage",)


@dataclass(frozen=True)
class Couverture:
    """Un domaine et ce que l'on y compte : indicateurs chiffrés, objectifs, fiches, fiches évaluées."""

    domaine: str
    nom: str
    diagnostic: int
    objectif: int
    action: int
    evaluation: int

    @property
    def vides(self) -> tuple[str, ...]:
        return tuple(titre for etape, titre in ETAPES.items() if not getattr(self, etape))


def count_couverture(publication: Publication, documents: Iterable[str] = ()) -> tuple[Couverture, ...]:
    """Les dix domaines ; avec `documents`, seuls comptent les chiffres lus dans ces documents."""
    plan = publication.territoire.plan
    retenus = frozenset(documents)
    domaines = {c: n for c, n in publication.catalogue.themes.items() if c not in HORS_DOMAINES}
    return tuple(
        Couverture(
            code,
            nom,
            _diagnostiques(publication, code, retenus),
            sum(1 for o in _objets(plan, "objectifs") if code in _domaines(o, plan)),
            sum(1 for f in _objets(plan, "fiches") if code in _domaines(f, plan)),
            sum(1 for f in _objets(plan, "fiches") if code in _domaines(f, plan) and _est_evaluee(f)),
        )
        for code, nom in domaines.items()
    )


def tableau_couverture(publication: Publication) -> Publiable:
    colonnes = {"domaine": "Domaine", **ETAPES}
    lignes = [{"domaine": c.nom, **{e: getattr(c, e) for e in ETAPES}} for c in count_couverture(publication)]
    titre = f"Couverture des domaines, {name_lieu(publication.territoire, publication.territoire.siren)}"
    return publication.tableau(titre, colonnes, lignes)


def _diagnostiques(publication: Publication, theme: str, documents: frozenset[str]) -> int:
    """Une valeur masquée ne diagnostique rien ; une commune ne suffit pas à parler du territoire."""
    mesures = measure_theme(publication, theme)
    connues = [m for m in mesures if m.statut not in (MASQUE, NON_RENSEIGNE, "a_completer")]
    return sum(1 for m in connues if not documents or m.source in documents)


def _objets(plan: Mapping[str, Any], cle: str) -> list[Mapping[str, Any]]:
    return [o for o in plan.get(cle) or () if isinstance(o, Mapping)]


def _liste(valeur: Any) -> list[str]:
    if valeur in (None, ""):
        return []
    return [str(v) for v in valeur] if isinstance(valeur, list | tuple) else [str(valeur)]


def _domaines(objet: Mapping[str, Any], plan: Mapping[str, Any]) -> set[str]:
    """Le domaine écrit sur l'objet, sinon ceux de ses objectifs ou de ses enjeux."""
    propres = {d for cle in ("domaine", "domaines", "theme") for d in _liste(objet.get(cle))}
    if propres:
        return propres
    parents = [
        parent
        for cle, noms in (("enjeux", ("enjeux", "enjeu")), ("objectifs", ("objectifs", "objectif", "objectif_op")))
        for parent in _objets(plan, cle)
        if parent is not objet and parent.get("code") in {c for n in noms for c in _liste(objet.get(n))}
    ]
    return {d for parent in parents for d in _domaines(parent, plan)}


def _est_evaluee(fiche: Mapping[str, Any]) -> bool:
    """Au moins un indicateur a une mesure, ou une question une réponse : une question posée n'évalue rien."""
    indicateurs = [i for i in fiche.get("indicateurs") or () if isinstance(i, Mapping)]
    if any(i.get("mesures") or i.get("mesure") not in (None, "") for i in indicateurs):
        return True
    ecrite = fiche.get("evaluation")
    questions = ecrite if isinstance(ecrite, list | tuple) else [{"appreciation": ecrite}]
    reponses = [q.get("appreciation") or q.get("suite") for q in questions if isinstance(q, Mapping)]
    return bool(fiche.get("appreciation")) or any(reponses)


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


def rank_themes(
    publication: Publication, poids: Poids | None = None, gravites: Mapping[str, float] | None = None
) -> tuple[Priorite, ...]:
    """Les dix domaines, le plus prioritaire d'abord ; ceux qu'aucun critère ne renseigne à la fin."""
    poids, gravites = poids or Poids(), gravites or {}
    _check_gravites(publication, gravites)
    themes = [t for t in publication.catalogue.themes if t not in HORS_DOMAINES]
    concernes = {t: _nombre_concerne(publication, t) for t in themes}
    plus_grand = max((n for n, _ in concernes.values()), default=0.0)
    priorites = [
        _priorite(publication, theme, poids, gravites.get(theme), (*concernes[theme], plus_grand)) for theme in themes
    ]
    return tuple(sorted(priorites, key=lambda p: -1.0 if p.score is None else p.score, reverse=True))


def _check_gravites(publication: Publication, gravites: Mapping[str, float]) -> None:
    for theme, note in gravites.items():
        publication.catalogue.of_theme(theme)
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
    comparees = [c for c in compare_theme(publication, theme) if c.classable and c.mesure.definition.sens != "contexte"]
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
    definitions = publication.catalogue.of_theme(theme)
    connues = [t for t in (measure_tendance(publication, d.code) for d in definitions) if t.defavorable is not None]
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
        for m in measure_theme(publication, theme)
        if m.est_connue and m.definition.sens == "besoin" and m.definition.unite in _PERSONNES
    ]
    plus = max(effectifs, key=lambda m: m.valeur, default=None)
    return (plus.valeur, f"{write_valeur(plus.definition, plus.valeur)} ({plus.code})") if plus else (0.0, "")


def _note_nombre(concernes: tuple[float, str, float], poids: float) -> tuple[float | None, float, str]:
    effectif, dit, plus_grand = concernes
    if not effectif:
        return None, poids, "nombre de personnes inconnu"
    return NOTE_MAX * effectif / plus_grand, poids, f"{dit}, le plus grand effectif des thèmes = 10"
