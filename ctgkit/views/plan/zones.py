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


def read_view(regard: Regard) -> str:
    ecrire: dict[str, Callable[[], str]] = {
        "ensemble": lambda: _overview(regard),
        "tableau": lambda: _board(regard),
        "calendrier": lambda: _calendar(regard),
        "besoins": lambda: _needs(regard.matrice),
        "structure": lambda: _titles(regard),
        "histoire": lambda: history_view(regard),
        "documents": lambda: _documents(regard),
    }
    return ecrire[regard.etat.vue]() if regard.etat.vue in ecrire else Markup("")


def _overview(regard: Regard) -> str:
    lu = complete_plan(regard.plan)
    fin = regard.store.territoire.convention.fin
    return render(
        "plan/vue_ensemble",
        territoire=regard.store.territoire,
        constat=tell_plan(regard.plan, regard.jour),
        chapeau=tell_size(regard.plan, fin),
        fiches=len(regard.plan.fiches),
        objectifs=len(regard.plan.objectifs),
        complet=lu,
        etats=count_states(regard.plan, regard.jour),
        matrice=regard.matrice,
        objectifs_seuls=[o for o in regard.plan.objectifs if o.cle in lu.objectifs_sans_fiche],
        retards=[(f, late_sentence(f, regard.jour)) for f in regard.plan.fiches if is_late(f, regard.jour)],
        manques=_missing(regard.plan),
        depuis_fichier=compare_plans(regard.store.origin, regard.plan),
        signature=tell_signature(regard.plan),
    )


def _missing(plan: Plan) -> dict[str, list[Fiche]]:
    """Pour chaque champ requis, les fiches où il manque."""
    manques: dict[str, list[Fiche]] = {}
    for fiche in plan.fiches:
        for c in complete(plan, fiche).manques:
            manques.setdefault(c.cle, []).append(fiche)
    return manques


def _board(regard: Regard) -> str:
    colonnes = arrange(regard.plan, regard.gardees, regard.etat.axe, regard.jour)
    vise = champ(regard.etat.champ_lot)
    return render(
        "plan/vue_tableau",
        etat=regard.etat,
        axes=AXES,
        constat=tell_plan(regard.plan, regard.jour),
        mots=regard.mots,
        lot=[champ(c) for c in CHAMPS_LOT],
        vise=vise,
        possibles=_possible(regard, vise),
        colonnes=colonnes,
        cibles=_targets(regard, colonnes),
        toutes=[f.cle for f in regard.gardees],
    )


def _possible(regard: Regard, vise: Champ) -> dict[str, str]:
    """Ce qu'un champ peut valoir dans plusieurs fiches : ses choix, ou ce que d'autres fiches disent déjà."""
    if vise.choix:
        return dict(vise.choix)
    if vise.cible:
        return {e.cle: e.nom if vise.cible != "domaines" else e.titre for e in getattr(regard.plan, vise.cible)}
    dites = {str(f[vise.cle]) for f in regard.plan.fiches if f[vise.cle]} if vise.type == "texte" else ()
    return {t: t for t in sorted(dites)}


def _targets(regard: Regard, colonnes: Sequence[PileFiches]) -> dict[str, str]:
    """Les colonnes où une carte peut aller : celles que l'on voit, moins « En retard », qui se calcule."""
    titres = {c.cle: c.titre for c in colonnes if c.cle not in (EN_RETARD, SANS_STATUT)}
    if regard.etat.axe == "echeance":
        return {str(a): str(a) for a in regard.store.territoire.annees} | titres
    return titres


def _calendar(regard: Regard) -> str:
    periodes = list_periods(regard.gardees, regard.jour)
    suivantes = periodes[(periodes["fin"] >= regard.jour) & periodes["classe"].isin(ATTENDUES)]
    constat = "Toutes les échéances sont passées." if len(periodes) else "Aucune échéance n'est saisie."
    for prochaine in suivantes.head(1).itertuples():
        constat = f"La prochaine échéance est le {date_longue(prochaine.fin)} : {prochaine.nom}."
    sans_dates = [f for f in regard.gardees if not f.day("date_fin")]
    return render("plan/vue_calendrier", datees=len(periodes), sans_dates=sans_dates, constat=constat)


def draw_calendar(regard: Regard) -> tuple[go.Figure, go.Figure] | None:
    """Une barre par fiche, du début à l'échéance, la prochaine échéance d'abord ; rien dans une autre vue."""
    if regard.etat.vue != "calendrier":
        return None
    lignes = list_periods(regard.gardees, regard.jour)
    return tuple(figures.calendar(lignes, regard.jour, compacte=etroite, largeur=960) for etroite in (False, True))


def _needs(matrice: Matrice) -> str:
    return render("plan/vue_besoins", matrice=matrice, constat=tell_needs(matrice))


def _titles(regard: Regard) -> str:
    parents: dict[str, Any] = {
        "enjeu": {d.cle: d.titre for d in regard.plan.domaines},
        "objectif": {e.cle: e.nom for e in regard.plan.enjeux},
    }
    enjeux, objectifs = len(regard.plan.enjeux), len(regard.plan.objectifs)
    constat = f"Le plan compte {pluriel(enjeux, 'enjeu', 'enjeux')} et {pluriel(objectifs, 'objectif')}."
    sortes = {"enjeu": regard.plan.enjeux, "objectif": regard.plan.objectifs}
    versions = {(s, e.cle): regard.store.version(e.cle, "titre", s) for s, elements in sortes.items() for e in elements}
    return render(
        "plan/vue_structure", plan=regard.plan, parents=parents, constat=constat, versions=versions, niveaux=NIVEAUX
    )


def _documents(regard: Regard) -> str:
    fiches = len(regard.plan.fiches)
    constat = (
        f"{pluriel(fiches, 'fiche')} à exporter, ou un tableur à importer."
        if fiches
        else ("Aucune fiche n'est écrite : un tableur de fiches peut s'importer ici.")
    )
    return render(
        "plan/vue_documents",
        territoire=regard.store.territoire,
        constat=constat,
        offres=offered(False),
        fiche=regard.fiche,
        de_fiche=offered(True) if regard.fiche else [],
        exporte=regard.importation is not None,
        logos=list(regard.logos.images) if regard.logos else [],
        maximum=MAXIMUM,
        apercu=regard.importation.show() if regard.importation else "",
    )


NOTES = ("n-argent", "n-besoin", "n-journal", "n-qui", "n-controles", "n-evaluation", "n-reste", "n-suivi")
LUS = ("l-constats", "l-etapes", "l-indicateurs", "l-financement", "l-simulation")
CHOIX = ("enjeux", "objectifs", "constats", "liens_fiches")


class ZoneDeFeuille(Zone):
    """Une zone au milieu de la page : la feuille la porte, et n'envoie que ce qui change."""

    def make(self, act: Any) -> SimpleNamespace:  # noqa: ARG002 - la feuille a ses propres gestes
        return SimpleNamespace(value=None)


def _count(regard: Regard) -> str:
    plans = len({e.plan for e in regard.plan.enjeux if e.plan})
    return render("plan/compte", plan=regard.plan, plans=plans, gardees=len(regard.gardees))


def _tree(regard: Regard) -> str:
    rangees = branches(regard.plan, regard.gardees, regard.etat, regard.jour)
    return render("plan/arbre", branches=rangees, plan=regard.plan, etat=regard.etat, mots=regard.mots)


def _note(nom: str, regard: Regard) -> str:
    return render("plan/notes", note=nom, **regard.dites) if regard.dites else Markup("")


def _read(nom: str, regard: Regard) -> str:
    return render("plan/lus", zone=nom, **regard.dites) if regard.dites else Markup("")


def _choices(cle: str, regard: Regard) -> str:
    """Ce que l'on peut cocher, et qui change quand le plan change."""
    return render("plan/coches", c=champ(cle), options=regard.options[champ(cle).cible])


def page(regard: Regard, ecrites: Mapping[str, str]) -> str:
    """Le squelette : la même page pour toutes les fiches, que les champs viennent remplir."""
    return str(
        render(
            "plan/page",
            c=champs(),
            etat=regard.etat,
            zones={k: Markup(v) for k, v in ecrites.items()},
            options=regard.options,
            vues=VUES,
            tris=TRIS,
            roles=ROLES,
            etats=states(),
            fictif=regard.store.territoire.est_fictif,
            lecture_seule=regard.store.journal.lecture_seule,
            priorites=[v for v, _ in champ("priorite").choix],
        )
    )


def _head(regard: Regard) -> str:
    fiche = regard.fiche
    if fiche is None:
        objectifs = [o for o in regard.plan.objectifs if not regard.plan.fiches_of(o.cle)] or regard.plan.objectifs
        return render("plan/tete", fiche=None, objectifs=objectifs[:20], fiches=len(regard.plan.fiches))
    fiches = [f.cle for f in regard.plan.fiches]
    rang, lu = fiches.index(fiche.cle), complete(regard.plan, fiche)
    return render(
        "plan/tete",
        fiche=fiche,
        complet=lu,
        etat=state(fiche, regard.jour),
        retard=late_sentence(fiche, regard.jour),
        domaine=", ".join(regard.plan.title("domaines", d) for d in regard.plan.domaines_of(fiche)),
        objectifs=", ".join(fiche["objectifs"]),
        roles=liste(sorted({role for c in lu.manques for role in c.qui.split(" et ")})),
        avant=rang > 0,
        apres=rang < len(fiches) - 1,
        exporte=regard.importation is not None,
        tous=[o for o in regard.plan.objectifs if o.cle not in fiche["objectifs"]],
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
