"""Les domaines d'une Ctg : lequel vient d'abord, et ce qui en est fait (diagnostiqué, objectif, action, évalué)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from ctgkit.diagnostic.comparaison import (
    POINTS,
    POURCENT,
    MesureComparee,
    Tendance,
    compare_theme,
    measure_tendance,
    write_ecart,
)
from ctgkit.diagnostic.formules import decimales
from ctgkit.diagnostic.mesures import MASQUE, measure_theme, write_valeur
from ctgkit.diagnostic.noms import name_lieu
from ctgkit.diagnostic.secret.publication import Publiable, Publication
from ctgkit.errors import CtgError
from ctgkit.formats import liste, nombre
from ctgkit.texte import minuscule

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


def count_couverture(publication: Publication) -> tuple[Couverture, ...]:
    """Les dix domaines."""
    plan = publication.territoire.plan
    domaines = {c: n for c, n in publication.catalogue.themes.items() if c not in HORS_DOMAINES}
    return tuple(
        Couverture(
            code,
            nom,
            _diagnostiques(publication, code),
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


def _diagnostiques(publication: Publication, theme: str) -> int:
    """Une valeur masquée ne diagnostique rien ; une commune ne suffit pas à parler du territoire."""
    return sum(1 for m in measure_theme(publication, theme) if m.statut not in (MASQUE, "a_completer"))


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
# L'écart qui vaut dix, dans l'unité où la page le dit ; les autres unités ne s'additionnent pas.
ECARTS_PLEINS = {POINTS: 20.0, POURCENT: 50.0}
AU_MOINS = 2
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
        if self.score is None:
            return "le nombre de personnes, seul, ne classe pas un thème" if connus else "aucun critère connu"
        haut = " + ".join(f"{nombre(c.note, 1)} × {_poids(c.poids)}" for c in connus)
        fait = f"({haut}) / {_poids(sum(c.poids for c in connus))} = {nombre(self.score, 1)}"
        manque = liste([c.nom for c in self.manquants])
        return f"{fait} ; de {self.fourchette} selon ce qui manque ({manque})" if manque else fait

    @property
    def manquants(self) -> tuple[Critere, ...]:
        """Les critères qui comptent et dont la note est inconnue."""
        return tuple(c for c in self.criteres if c.note is None and c.poids)

    @property
    def bornes(self) -> tuple[float, float] | None:
        """Le score si ce qui manque valait 0, puis 10 ; les deux sont le score quand rien ne manque."""
        if self.score is None:
            return None
        total, inconnu = sum(c.poids for c in self.criteres), sum(c.poids for c in self.manquants)
        bas = sum(c.note * c.poids for c in self.criteres if c.note is not None) / total
        return bas, bas + NOTE_MAX * inconnu / total

    @property
    def fourchette(self) -> str:
        """`3,1 à 8,1`, un seul nombre quand rien ne manque ; vide sans score."""
        return " à ".join(dict.fromkeys(nombre(x, 1) for x in self.bornes or ()))


def rank_themes(
    publication: Publication, poids: Poids | None = None, gravites: Mapping[str, float] | None = None
) -> tuple[Priorite, ...]:
    """Les dix domaines ; le plus prioritaire d'abord dès que quelqu'un a noté une gravité, sinon dans leur ordre."""
    poids, gravites = poids or Poids(), gravites or {}
    _check_gravites(publication, gravites)
    themes = [t for t in publication.catalogue.themes if t not in HORS_DOMAINES]
    concernes = {t: _nombre_concerne(publication, t) for t in themes}
    plus_grand = max((n for n, _ in concernes.values()), default=0.0)
    comparables = sum(bool(n) for n, _ in concernes.values()) >= AU_MOINS
    tendances = {t: _tendances(publication, t) for t in themes}
    periode = _shared_period([x for lues in tendances.values() for x in lues])
    priorites = [
        _priorite(
            publication,
            theme,
            (
                _note_gravite(gravites.get(theme), poids.gravite),
                _note_ecart(publication, theme, poids.ecart),
                _note_tendance(tendances[theme], periode, poids.tendance),
                _note_nombre((*concernes[theme], plus_grand), comparables, poids.nombre),
            ),
        )
        for theme in themes
    ]
    if not gravites:
        return tuple(priorites)
    return tuple(sorted(priorites, key=lambda p: -1.0 if p.score is None else p.score, reverse=True))


def _check_gravites(publication: Publication, gravites: Mapping[str, float]) -> None:
    for theme, note in gravites.items():
        publication.catalogue.of_theme(theme)
        if not 0 <= note <= NOTE_MAX:
            raise CtgError(f"Gravité impossible pour {theme} : {note}.", "", "Une note de 0 à 10.")


Note = tuple[float | None, float, str]
NOMS_CRITERES = ("gravité", "écart", "tendance", "nombre de personnes")


def _priorite(publication: Publication, theme: str, notes: tuple[Note, ...]) -> Priorite:
    criteres = tuple(_critere(nom, *note) for nom, note in zip(NOMS_CRITERES, notes, strict=True))
    connus = [c for c in criteres if c.note is not None and c.poids]
    total = sum(c.poids for c in connus)
    juge = any(c.nom != NOMS_CRITERES[-1] for c in connus)
    score = sum(c.note * c.poids for c in connus) / total if juge else None
    return Priorite(theme, publication.catalogue.themes[theme], score, criteres)


def _note_gravite(gravite: float | None, poids: float) -> Note:
    return gravite, poids, "non notée" if gravite is None else "note des participants"


def _critere(nom: str, note: float | None, poids: float, explication: str) -> Critere:
    """La note qui compte est celle que l'on lit, à une décimale : le calcul se refait à la main."""
    return Critere(nom, None if note is None else round(note + 1e-9, 1), poids, explication)


def _poids(valeur: float) -> str:
    propre = round(valeur, 6)
    return nombre(propre, decimales(propre))


def _note_ecart(publication: Publication, theme: str, poids: float) -> Note:
    """La moyenne des notes des écarts au repère, dans l'unité où la page les dit ; un écart favorable compte 0."""
    comparees = [c for c in compare_theme(publication, theme) if c.classable and c.mesure.definition.sens != "contexte"]
    comptees = [c for c in comparees if c.unite_ecart in ECARTS_PLEINS]
    if len(comptees) < AU_MOINS:
        return None, poids, "un seul écart connu" if comptees else "aucun indicateur comparable"
    notes = [_gap_note(c) for c in comptees]
    termes = [f"{_gap_words(c)} = {nombre(n, 1)}" for c, n in zip(comptees, notes, strict=True)]
    pleins = " ou ".join(write_ecart(plein, unite, 0) for unite, plein in ECARTS_PLEINS.items())
    dit = f"écarts défavorables : {' ; '.join(termes)} ; la moyenne fait la note, {pleins} et plus = 10"
    return round(sum(notes) / len(notes) + 1e-9, 1), poids, dit


def _gap_note(comparee: MesureComparee) -> float:
    plein = ECARTS_PLEINS[comparee.unite_ecart]
    return round(min(NOTE_MAX, NOTE_MAX * abs(comparee.ecart) / plein) + 1e-9, 1) if comparee.defavorable else 0.0


def _gap_words(comparee: MesureComparee) -> str:
    return f"{minuscule(comparee.mesure.definition.libelle)}, {comparee.ecart_ecrit} en {comparee.mesure.quand}"


Periode = tuple[int, int]


def _tendances(publication: Publication, theme: str) -> list[Tendance]:
    definitions = [d for d in publication.catalogue.of_theme(theme) if not d.evolution_de]
    lues = (measure_tendance(publication, d.code) for d in definitions)
    return [t for t in lues if t.defavorable is not None]


def _shared_period(tendances: Iterable[Tendance]) -> Periode | None:
    """La période que le plus d'évolutions ont en commun, la plus récente à égalité."""
    compte = Counter((t.debut, t.fin) for t in tendances if t.debut and t.fin)
    return max(compte, key=lambda p: (compte[p], p[1], p[0]), default=None)


def _note_tendance(tendances: Iterable[Tendance], periode: Periode | None, poids: float) -> Note:
    """Les évolutions d'une même période ; les autres ne comptent pas, et cela se dit."""
    toutes = list(tendances)
    connues = [t for t in toutes if periode and (t.debut, t.fin) == periode]
    if len(connues) < AU_MOINS:
        return None, poids, "moins de deux évolutions sur la période commune" if toutes else "aucune évolution connue"
    pires = [minuscule(t.definition.libelle) for t in connues if t.defavorable]
    lesquelles = f" ({', '.join(pires)})" if pires else ""
    ailleurs = len(toutes) - len(connues)
    autres = f" ; sur une autre période, non comptées : {ailleurs}" if ailleurs else ""
    dit = f"évolutions défavorables entre {periode[0]} et {periode[1]} : {len(pires)} sur {len(connues)}{lesquelles}"
    return NOTE_MAX * len(pires) / len(connues), poids, dit + autres


def _nombre_concerne(publication: Publication, theme: str) -> tuple[float, str]:
    """Le plus grand effectif de besoin du thème : on n'additionne pas des publics qui se recouvrent."""
    effectifs = [
        m
        for m in measure_theme(publication, theme)
        if m.est_connue and m.definition.sens == "besoin" and m.definition.unite in _PERSONNES
    ]
    plus = max(effectifs, key=lambda m: m.valeur, default=None)
    return (plus.valeur, f"{write_valeur(plus.definition, plus.valeur)} ({plus.quand})") if plus else (0.0, "")


def _note_nombre(concernes: tuple[float, str, float], comparables: bool, poids: float) -> Note:
    effectif, dit, plus_grand = concernes
    if not effectif:
        return None, poids, "nombre de personnes inconnu"
    if not comparables:
        return None, poids, f"{dit}, sans autre thème à qui le comparer"
    return NOTE_MAX * effectif / plus_grand, poids, f"{dit}, le plus grand effectif des thèmes = 10"
