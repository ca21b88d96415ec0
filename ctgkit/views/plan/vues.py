"""Les autres regards sur le plan : l'ensemble, le tableau, le calendrier, les besoins, les intitulés, les documents."""

from collections.abc import Callable, Sequence
from typing import Any

import plotly.graph_objects as go
from markupsafe import Markup

from ctgkit import figures
from ctgkit.formats import date_longue, pluriel
from ctgkit.plan import (
    AXES,
    Champ,
    Fiche,
    Matrice,
    Plan,
    arrange,
    champ,
    compare_plans,
    complete,
    complete_plan,
    count_states,
    is_late,
)
from ctgkit.plan.phrases import tell_needs, tell_plan, tell_signature, tell_size
from ctgkit.plan.rangement import PileFiches
from ctgkit.plan.suivi import EN_RETARD, SANS_STATUT, late_sentence
from ctgkit.plan.tables import list_periods
from ctgkit.views.composants.html import render
from ctgkit.views.plan.etat import CHAMPS_LOT, Regard
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
