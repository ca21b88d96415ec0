"""Les zones de la page du plan : chaque morceau de HTML, déduit du regard ; l'arbre, la tête de la fiche, la marge."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup

from ctgkit.formats import liste, pluriel
from ctgkit.plan import Element, Fiche, Plan, arrange, champ, champs, complete, count_states, state, states
from ctgkit.plan.suivi import late_sentence
from ctgkit.views.composants.graphique import ZoneGraphique
from ctgkit.views.composants.html import render
from ctgkit.views.composants.panneau import Zone
from ctgkit.views.plan.etat import ROLES, TRIS, VUES, EtatPlan, Regard
from ctgkit.views.plan.vues import draw_calendar, read_view

NOTES = ("n-argent", "n-besoin", "n-journal", "n-qui", "n-controles", "n-evaluation", "n-reste", "n-suivi")
LUS = ("l-constats", "l-etapes", "l-indicateurs", "l-financement", "l-simulation")
CHOIX = ("enjeux", "objectifs", "constats", "liens_fiches")


class ZoneDeFeuille(Zone):
    """Une zone au milieu de la page : la feuille la porte, et n'envoie que ce qui change."""

    def make(self, act: Any) -> SimpleNamespace:  # noqa: ARG002 - la feuille a ses propres gestes
        return SimpleNamespace(value=None)


def _count(r: Regard) -> str:
    plans = len({e.plan for e in r.plan.enjeux if e.plan})
    return render("plan/compte", plan=r.plan, plans=plans, gardees=len(r.gardees))


def _tree(r: Regard) -> str:
    rangees = branches(r.plan, r.gardees, r.etat, r.jour)
    return render("plan/arbre", branches=rangees, plan=r.plan, etat=r.etat, mots=r.mots)


def _note(nom: str, r: Regard) -> str:
    return render("plan/notes", note=nom, **r.dites) if r.dites else Markup("")


def _read(nom: str, r: Regard) -> str:
    return render("plan/lus", zone=nom, **r.dites) if r.dites else Markup("")


def _choices(cle: str, r: Regard) -> str:
    """Ce que l'on peut cocher, et qui change quand le plan change."""
    return render("plan/coches", c=champ(cle), options=r.options[champ(cle).cible])


def page(r: Regard, ecrites: Mapping[str, str]) -> str:
    """Le squelette : la même page pour toutes les fiches, que les champs viennent remplir."""
    return str(
        render(
            "plan/page",
            c=champs(),
            etat=r.etat,
            zones={k: Markup(v) for k, v in ecrites.items()},
            options=r.options,
            vues=VUES,
            tris=TRIS,
            roles=ROLES,
            etats=states(),
            fictif=r.store.territoire.est_fictif,
            lecture_seule=r.store.journal.lecture_seule,
            priorites=[v for v, _ in champ("priorite").choix],
        )
    )


def _head(r: Regard) -> str:
    fiche = r.fiche
    if fiche is None:
        objectifs = [o for o in r.plan.objectifs if not r.plan.fiches_of(o.cle)] or r.plan.objectifs
        return render("plan/tete", fiche=None, objectifs=objectifs[:20], fiches=len(r.plan.fiches))
    fiches = [f.cle for f in r.plan.fiches]
    rang, lu = fiches.index(fiche.cle), complete(r.plan, fiche)
    return render(
        "plan/tete",
        fiche=fiche,
        complet=lu,
        etat=state(fiche, r.jour),
        retard=late_sentence(fiche, r.jour),
        domaine=", ".join(r.plan.title("domaines", d) for d in r.plan.domaines_of(fiche)),
        objectifs=", ".join(fiche["objectifs"]),
        roles=liste(sorted({role for c in lu.manques for role in c.qui.split(" et ")})),
        avant=rang > 0,
        apres=rang < len(fiches) - 1,
        exporte=r.importation is not None,
        tous=[o for o in r.plan.objectifs if o.cle not in fiche["objectifs"]],
    )


def _options(aucun: str, valeurs: set[str]) -> Markup:
    lignes = [Markup("<option>{}</option>").format(v) for v in sorted(valeurs)]
    return Markup('<option value="">{}</option>').format(aucun) + Markup("").join(lignes)


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


ZONES = {
    "annuler": ZoneDeFeuille(lambda r: render("plan/annuler", annulable=r.annulable)),
    "compte": ZoneDeFeuille(_count),
    "arbre": ZoneDeFeuille(_tree),
    "bilan": ZoneDeFeuille(lambda r: render("plan/bilan", etats=count_states(r.plan, r.jour), matrice=r.matrice)),
    "tete": ZoneDeFeuille(_head),
    "vue": ZoneDeFeuille(read_view),
    "calendrier": ZoneGraphique(draw_calendar, geste="fiche", titre=False, place="calendrier"),
    "o-pilotes": ZoneDeFeuille(
        lambda r: _options("tous", {str(f["pilote_structure"]) for f in r.plan.fiches if f["pilote_structure"]})
    ),
    "o-echeances": ZoneDeFeuille(
        lambda r: _options("toutes", {str(d.year) for f in r.plan.fiches if (d := f.day("date_fin"))})
    ),
    **{nom: ZoneDeFeuille(partial(_note, nom)) for nom in NOTES},
    **{nom: ZoneDeFeuille(partial(_read, nom)) for nom in LUS},
    **{f"o-{cle}": ZoneDeFeuille(partial(_choices, cle)) for cle in CHOIX},
}
