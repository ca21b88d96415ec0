"""L'arbre du plan : par enjeu ou par avancement, avec les fiches que le filtre garde."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from ctgkit.formats import pluriel
from ctgkit.plan import Element, Fiche, Plan, arrange, complete, state
from ctgkit.views.plan.etat import EtatPlan


@dataclass(frozen=True)
class Objectif:
    cle: str
    nom: str
    titre: str
    fiches: tuple[Fiche, ...]


@dataclass(frozen=True)
class Groupe:
    enjeux: tuple[str, ...] = ()
    objectifs: tuple[Objectif, ...] = ()
    fiches: tuple[Fiche, ...] = ()


@dataclass(frozen=True)
class Branche:
    cle: str
    titre: str
    sous_titre: str
    groupes: tuple[Groupe, ...] = field(default=())
    creuse: bool = False
    ouverte: bool = False


def branches(plan: Plan, gardees: Sequence[Fiche], etat: EtatPlan, jour: date) -> tuple[Branche, ...]:
    if etat.tri == "statut":
        colonnes = [c for c in arrange(plan, gardees, "statut", jour) if c.fiches]
        return tuple(
            Branche(
                c.cle,
                c.titre,
                pluriel(len(c.fiches), "fiche"),
                (Groupe(fiches=c.fiches),),
                ouverte=_holds(c.fiches, etat),
            )
            for c in colonnes
        )
    rangees = [_branch(plan, nom, objectifs, gardees, etat) for nom, objectifs in _by_family(plan).items()]
    if not etat.filtre.est_vide:
        rangees = [b for b in rangees if any(o.fiches for g in b.groupes for o in g.objectifs)]
    libres = tuple(f for f in gardees if not any(plan.element("objectifs", o) for o in f["objectifs"]))
    if libres:
        sous_titre = pluriel(len(libres), "fiche")
        rangees.append(
            Branche("-", "Sans objectif", sous_titre, (Groupe(fiches=libres),), ouverte=_holds(libres, etat))
        )
    return tuple(rangees)


def _by_family(plan: Plan) -> dict[str, list[Element]]:
    """Les objectifs rangés par plan de la convention, sinon par domaine de leur premier enjeu."""
    familles: dict[str, list[Element]] = defaultdict(list)
    for enjeu in plan.enjeux:
        familles[_family(plan, enjeu)] = familles[_family(plan, enjeu)]
    for objectif in plan.objectifs:
        premier = next(filter(None, (plan.element("enjeux", e) for e in objectif.codes("enjeux"))), None)
        familles[objectif.plan or (_family(plan, premier) if premier else "Sans enjeu")].append(objectif)
    return familles


def _family(plan: Plan, enjeu: Element) -> str:
    return enjeu.plan or " et ".join(plan.title("domaines", d) for d in enjeu.codes("domaine")) or "Sans domaine"


def _branch(plan: Plan, nom: str, objectifs: list[Element], gardees: Sequence[Fiche], etat: EtatPlan) -> Branche:
    par_enjeux: dict[tuple[str, ...], list[Objectif]] = defaultdict(list)
    for o in objectifs:
        siennes = tuple(f for f in gardees if o.cle in f["objectifs"])
        par_enjeux[o.codes("enjeux")].append(Objectif(o.cle, f"Objectif {o.cle}", o.titre, siennes))
    groupes = tuple(
        Groupe(tuple(f"{e} : {plan.title('enjeux', e)}" for e in codes), tuple(o for o in liste))
        for codes, liste in par_enjeux.items()
    )
    fiches = {f.cle: f for g in groupes for o in g.objectifs for f in o.fiches}
    compte = pluriel(len(fiches), "fiche") if fiches else "aucune fiche"
    sous_titre = f"{pluriel(len(objectifs), 'objectif')}, {compte}"
    ouverte = not etat.filtre.est_vide or _holds(fiches.values(), etat)
    return Branche(nom, nom, sous_titre, groupes, not fiches, ouverte)


def _holds(fiches: Iterable[Fiche], etat: EtatPlan) -> bool:
    return any(f.cle == etat.fiche for f in fiches)


def words(plan: Plan, jour: date) -> dict[str, str]:
    """« En cours, 11 sur 13 » sous chaque fiche."""
    lus = {f.cle: complete(plan, f) for f in plan.fiches}
    return {f.cle: f"{state(f, jour)}, {lus[f.cle].remplis} sur {lus[f.cle].total}" for f in plan.fiches}
