"""Le plan rangé pour être lu : ses parties, leurs enjeux et leurs objectifs, et chaque fiche à une seule place."""

from dataclasses import dataclass

from ctgkit.plan.modele import Element, Fiche, Plan


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
