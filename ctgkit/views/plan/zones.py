"""Les zones de la page du plan : chaque morceau de HTML, déduit du regard ; l'arbre, la tête de la fiche, la marge."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from types import SimpleNamespace
from typing import Any

import plotly.graph_objects as go
from markupsafe import Markup

from ctgkit import figures
from ctgkit.formats import date_longue, liste, pluriel
from ctgkit.plan import (
    AXES,
    Champ,
    Element,
    Fiche,
    Matrice,
    Plan,
    arrange,
    champ,
    champs,
    compare_plans,
    complete,
    complete_plan,
    count_states,
    is_late,
    state,
    states,
)
from ctgkit.plan.phrases import tell_needs, tell_plan, tell_signature, tell_size
from ctgkit.plan.rangement import PileFiches
from ctgkit.plan.suivi import EN_RETARD, SANS_STATUT, late_sentence
from ctgkit.plan.tables import list_periods
from ctgkit.views.composants.graphique import ZoneGraphique
from ctgkit.views.composants.html import render
from ctgkit.views.composants.panneau import Zone
from ctgkit.views.plan.etat import CHAMPS_LOT, ROLES, TRIS, VUES, EtatPlan, Regard
from ctgkit.views.plan.gestes import NIVEAUX
from ctgkit.views.plan.histoire import history_view
from ctgkit.views.plan.import_export import MAXIMUM, offered

ATTENDUES = ("cours", "prevu")


def read_view(r: Regard) -> str:
    ecrire: dict[str, Callable[[], str]] = {
        "ensemble": lambda: _overview(r),
        "tableau": lambda: _board(r),
        "calendrier": lambda: _calendar(r),
        "besoins": lambda: _needs(r.matrice),
        "structure": lambda: _titles(r),
        "histoire": lambda: history_view(r),
        "documents": lambda: _documents(r),
    }
    return ecrire[r.etat.vue]() if r.etat.vue in ecrire else Markup("")


def _overview(r: Regard) -> str:
    lu = complete_plan(r.plan)
    fin = r.store.territoire.convention.fin
    return render(
        "plan/vue_ensemble",
        territoire=r.store.territoire,
        constat=tell_plan(r.plan, r.jour),
        chapeau=tell_size(r.plan, fin),
        fiches=len(r.plan.fiches),
        objectifs=len(r.plan.objectifs),
        complet=lu,
        etats=count_states(r.plan, r.jour),
        matrice=r.matrice,
        objectifs_seuls=[o for o in r.plan.objectifs if o.cle in lu.objectifs_sans_fiche],
        retards=[(f, late_sentence(f, r.jour)) for f in r.plan.fiches if is_late(f, r.jour)],
        manques=_missing(r.plan),
        depuis_fichier=compare_plans(r.store.origin, r.plan),
        signature=tell_signature(r.plan),
    )


def _missing(plan: Plan) -> dict[str, list[Fiche]]:
    """Pour chaque champ requis, les fiches où il manque."""
    manques: dict[str, list[Fiche]] = {}
    for fiche in plan.fiches:
        for c in complete(plan, fiche).manques:
            manques.setdefault(c.cle, []).append(fiche)
    return manques


def _board(r: Regard) -> str:
    colonnes = arrange(r.plan, r.gardees, r.etat.axe, r.jour)
    vise = champ(r.etat.champ_lot)
    return render(
        "plan/vue_tableau",
        etat=r.etat,
        axes=AXES,
        constat=tell_plan(r.plan, r.jour),
        mots=r.mots,
        lot=[champ(c) for c in CHAMPS_LOT],
        vise=vise,
        possibles=_possible(r, vise),
        colonnes=colonnes,
        cibles=_targets(r, colonnes),
        toutes=[f.cle for f in r.gardees],
    )


def _possible(r: Regard, vise: Champ) -> dict[str, str]:
    """Ce qu'un champ peut valoir dans plusieurs fiches : ses choix, ou ce que d'autres fiches disent déjà."""
    if vise.choix:
        return dict(vise.choix)
    if vise.cible:
        return {e.cle: e.nom if vise.cible != "domaines" else e.titre for e in getattr(r.plan, vise.cible)}
    dites = {str(f[vise.cle]) for f in r.plan.fiches if f[vise.cle]} if vise.type == "texte" else ()
    return {t: t for t in sorted(dites)}


def _targets(r: Regard, colonnes: Sequence[PileFiches]) -> dict[str, str]:
    """Les colonnes où une carte peut aller : celles que l'on voit, moins « En retard », qui se calcule."""
    titres = {c.cle: c.titre for c in colonnes if c.cle not in (EN_RETARD, SANS_STATUT)}
    if r.etat.axe == "echeance":
        return {str(a): str(a) for a in r.store.territoire.annees} | titres
    return titres


def _calendar(r: Regard) -> str:
    periodes = list_periods(r.gardees, r.jour)
    suivantes = periodes[(periodes["fin"] >= r.jour) & periodes["classe"].isin(ATTENDUES)]
    constat = "Toutes les échéances sont passées." if len(periodes) else "Aucune échéance n'est saisie."
    for prochaine in suivantes.head(1).itertuples():
        constat = f"La prochaine échéance est le {date_longue(prochaine.fin)} : {prochaine.nom}."
    sans_dates = [f for f in r.gardees if not f.day("date_fin")]
    return render("plan/vue_calendrier", datees=len(periodes), sans_dates=sans_dates, constat=constat)


def draw_calendar(r: Regard) -> tuple[go.Figure, go.Figure] | None:
    """Une barre par fiche, du début à l'échéance, la prochaine échéance d'abord ; rien dans une autre vue."""
    if r.etat.vue != "calendrier":
        return None
    lignes = list_periods(r.gardees, r.jour)
    return tuple(figures.calendar(lignes, r.jour, compacte=etroite, largeur=960) for etroite in (False, True))


def _needs(matrice: Matrice) -> str:
    return render("plan/vue_besoins", matrice=matrice, constat=tell_needs(matrice))


def _titles(r: Regard) -> str:
    parents: dict[str, Any] = {
        "enjeu": {d.cle: d.titre for d in r.plan.domaines},
        "objectif": {e.cle: e.nom for e in r.plan.enjeux},
    }
    enjeux, objectifs = len(r.plan.enjeux), len(r.plan.objectifs)
    constat = f"Le plan compte {pluriel(enjeux, 'enjeu', 'enjeux')} et {pluriel(objectifs, 'objectif')}."
    sortes = {"enjeu": r.plan.enjeux, "objectif": r.plan.objectifs}
    versions = {(s, e.cle): r.store.version(e.cle, "titre", s) for s, elements in sortes.items() for e in elements}
    return render(
        "plan/vue_structure", plan=r.plan, parents=parents, constat=constat, versions=versions, niveaux=NIVEAUX
    )


def _documents(r: Regard) -> str:
    fiches = len(r.plan.fiches)
    constat = (
        f"{pluriel(fiches, 'fiche')} à exporter, ou un tableur à importer."
        if fiches
        else ("Aucune fiche n'est écrite : un tableur de fiches peut s'importer ici.")
    )
    return render(
        "plan/vue_documents",
        territoire=r.store.territoire,
        constat=constat,
        offres=offered(False),
        fiche=r.fiche,
        de_fiche=offered(True) if r.fiche else [],
        exporte=r.importation is not None,
        logos=list(r.logos.images) if r.logos else [],
        maximum=MAXIMUM,
        apercu=r.importation.show() if r.importation else "",
    )


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
