"""Chercher, filtrer, ranger les fiches : par avancement, enjeu, pilote ou échéance, ou à leur place dans le plan."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import date

from ctgkit.plan.completude import complete
from ctgkit.plan.modele import Element, Fiche, Plan
from ctgkit.plan.suivi import SANS_STATUT, state, states
from ctgkit.texte import fold

AXES = {"statut": "avancement", "enjeu": "enjeu", "pilote": "pilote", "echeance": "échéance"}
SANS = {"enjeu": "Sans enjeu", "pilote": "Sans pilote", "echeance": "Sans échéance"}


@dataclass(frozen=True)
class Filtre:
    """Vide, un critère ne retient rien."""

    recherche: str = ""
    statut: str = ""
    enjeu: str = ""
    domaine: str = ""
    pilote: str = ""
    priorite: str = ""
    echeance: str = ""
    incomplete: str = ""

    @property
    def est_vide(self) -> bool:
        return not any(getattr(self, f.name) for f in fields(self))


def keep(plan: Plan, filtre: Filtre, jour: date) -> tuple[Fiche, ...]:
    """Tous les mots cherchés sont dans la fiche, sans souci d'accents ni de majuscules."""
    mots = fold(filtre.recherche).split()
    exiges: list[Callable[[Fiche], bool]] = [lambda f: all(m in _text(f) for m in mots)]
    if filtre.statut:
        exiges.append(lambda f: state(f, jour) == filtre.statut)
    if filtre.enjeu:
        exiges.append(lambda f: filtre.enjeu in plan.enjeux_of(f))
    if filtre.domaine:
        exiges.append(lambda f: filtre.domaine in plan.domaines_of(f))
    if filtre.pilote:
        exiges.append(lambda f: f["pilote_structure"] == filtre.pilote)
    if filtre.priorite:
        exiges.append(lambda f: f["priorite"] == filtre.priorite)
    if filtre.echeance:
        exiges.append(lambda f: str(f["date_fin"] or "").startswith(filtre.echeance))
    if filtre.incomplete:
        exiges.append(lambda f: not complete(plan, f).est_prete)
    return tuple(f for f in plan.fiches if all(exige(f) for exige in exiges))


def _text(fiche: Fiche) -> str:
    return fold(" ".join(_words(fiche.valeurs.values())))


def _words(valeurs: Iterable[object]) -> Iterable[str]:
    for valeur in valeurs:
        if isinstance(valeur, dict):
            yield from _words(valeur.values())
        elif isinstance(valeur, list):
            yield from _words(valeur)
        elif valeur is not None:
            yield str(valeur)


@dataclass(frozen=True)
class PileFiches:
    cle: str
    titre: str
    fiches: tuple[Fiche, ...]


def arrange(plan: Plan, fiches: Iterable[Fiche], axe: str, jour: date) -> tuple[PileFiches, ...]:
    """Les colonnes du tableau ; une fiche à deux enjeux est dans les deux."""
    cles = {"statut": _by_state, "enjeu": _by_issue, "pilote": _by_lead, "echeance": _by_year}[axe]
    rangees: dict[str, list[Fiche]] = {cle: [] for cle in _expected(plan, axe)}
    for fiche in fiches:
        for cle in cles(plan, fiche, jour) or [""]:
            rangees.setdefault(cle, []).append(fiche)
    titres = {cle: plan.title("enjeux", cle) if axe == "enjeu" and cle else cle or SANS[axe] for cle in rangees}
    ordre = sorted(rangees, key=lambda c: c or "~") if axe in ("pilote", "echeance") else list(rangees)
    return tuple(PileFiches(c, titres[c], tuple(rangees[c])) for c in ordre if rangees[c] or axe in ("statut", "enjeu"))


def _expected(plan: Plan, axe: str) -> list[str]:
    return list(states()) if axe == "statut" else [e.cle for e in plan.enjeux] if axe == "enjeu" else []


def _by_state(_: Plan, fiche: Fiche, jour: date) -> list[str]:
    return [state(fiche, jour) or SANS_STATUT]


def _by_issue(plan: Plan, fiche: Fiche, _: date) -> list[str]:
    return list(plan.enjeux_of(fiche))


def _by_lead(_: Plan, fiche: Fiche, __: date) -> list[str]:
    return [str(fiche["pilote_structure"] or "")]


def _by_year(_: Plan, fiche: Fiche, __: date) -> list[str]:
    fin = fiche.day("date_fin")
    return [str(fin.year) if fin else ""]


@dataclass(frozen=True)
class Famille:
    """Un enjeu seul, ou tous ceux d'un même plan quand la convention en distingue plusieurs.

    `partages` : les objectifs qui servent aussi cette famille, mais sont rangés dans une autre.
    `seules` : les fiches rattachées à un enjeu sans l'être à un objectif.
    """

    titre: str
    enjeux: tuple[Element, ...] = ()
    objectifs: tuple[Element, ...] = ()
    partages: tuple[Element, ...] = ()
    seules: tuple[Fiche, ...] = ()


SANS_ENJEU = "Objectifs sans enjeu"


def families(plan: Plan) -> tuple[Famille, ...]:
    """Dans l'ordre du plan ; aucun objectif n'y manque, aucun n'y est deux fois."""
    groupes: dict[str, list[Element]] = {}
    for enjeu in plan.enjeux:
        groupes.setdefault(enjeu.plan or enjeu.cle, []).append(enjeu)
    lues = [_family(plan, nom, enjeux) for nom, enjeux in groupes.items()]
    orphelins = tuple(o for o in plan.objectifs if not _groups(plan, o))
    return (*lues, *([Famille(SANS_ENJEU, (), orphelins)] if orphelins else []))


def _family(plan: Plan, nom: str, enjeux: list[Element]) -> Famille:
    seul = len(enjeux) == 1 and not enjeux[0].plan
    titre = f"{nom} {enjeux[0].titre}" if seul else nom
    siens = tuple(o for o in plan.objectifs if _groups(plan, o)[:1] == [nom])
    partages = tuple(o for o in plan.objectifs if nom in _groups(plan, o)[1:])
    codes = {e.cle for e in enjeux}
    seules = tuple(f for f in plan.fiches if not goal_of(plan, f) and codes & set(f["enjeux"][:1]))
    return Famille(titre, tuple(enjeux), siens, partages, seules)


def _groups(plan: Plan, objectif: Element) -> list[str]:
    """Les familles qu'un objectif sert ; la première est la sienne."""
    enjeux = filter(None, (plan.element("enjeux", c) for c in objectif.codes("enjeux")))
    return list(dict.fromkeys(e.plan or e.cle for e in enjeux))


def goal_of(plan: Plan, fiche: Fiche) -> str:
    """L'objectif sous lequel la fiche est écrite : le premier qu'elle nomme et que le plan connaît."""
    return next((o for o in fiche["objectifs"] if plan.element("objectifs", o)), "")


def unplaced(plan: Plan) -> tuple[Fiche, ...]:
    """Les fiches qui ne servent encore ni objectif ni enjeu du plan."""
    return tuple(f for f in plan.fiches if not goal_of(plan, f) and not plan.element("enjeux", (*f["enjeux"], "")[0]))
