"""Les zones de la page du plan : chaque morceau de HTML, déduit de l'état, du plan et du jour de lecture."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from ctgkit.documents.catalogue.plan.voisins import Groupe, Voisins
from ctgkit.formats import liste
from ctgkit.plan import Constat, Fiche, Matrice, Plan, champ, champs, complete, count_states, cover, keep, state, states
from ctgkit.plan.suivi import late_sentence
from ctgkit.storage.journal.plan import PlanStore
from ctgkit.views.composants.html import render
from ctgkit.views.plan.branches import branches, words
from ctgkit.views.plan.etat import ROLES, TRIS, VUES, EtatPlan
from ctgkit.views.plan.export import Logos
from ctgkit.views.plan.importation import ImportPlan
from ctgkit.views.plan.lectures import read_fiche
from ctgkit.views.plan.options import options
from ctgkit.views.plan.vues import read_view

NOTES = ("n-argent", "n-besoin", "n-journal", "n-qui", "n-controles", "n-evaluation", "n-reste", "n-suivi")
LUS = ("l-constats", "l-etapes", "l-indicateurs", "l-financement", "l-simulation")


@dataclass(frozen=True)
class Regard:
    """Tout ce qu'il faut pour écrire la page, à un instant."""

    store: PlanStore
    voisins: Voisins
    etat: EtatPlan
    jour: date
    annulable: bool = False
    exporte: bool = False
    histoire: bool = False
    importation: ImportPlan | None = None
    logos: Logos | None = None

    @property
    def plan(self) -> Plan:
        return self.store.plan

    @property
    def fiche(self) -> Fiche | None:
        return self.plan.fiche(self.etat.fiche)

    @property
    def findings(self) -> tuple[Constat, ...]:
        """Les constats mesurés ici ou retenus, et ceux que des fiches citent sans mesure."""
        mesures = self.voisins.constats.lectures
        cites = self._cited - {c.code for c in mesures}
        return (*mesures, *(self.voisins.finding(c) for c in sorted(cites)))

    @property
    def findings_by_group(self) -> tuple[Groupe, ...]:
        return self.voisins.constats.groups(self._cited)

    @property
    def _cited(self) -> set[str]:
        return {c for f in self.plan.fiches for c in f["constats"]}

    @property
    def matrice(self) -> Matrice:
        return cover(self.plan, self.findings)


def zones(r: Regard) -> dict[str, str]:
    """Le HTML de chaque zone."""
    gardees, matrice, mots = keep(r.plan, r.etat.filtre, r.jour), r.matrice, words(r.plan, r.jour)
    commun = {"plan": r.plan, "etat": r.etat, "mots": mots}
    ecrites: dict[str, str] = {
        "annuler": render("plan/annuler", annulable=r.annulable),
        "compte": render(
            "plan/compte", plans=len({e.plan for e in r.plan.enjeux if e.plan}), gardees=len(gardees), **commun
        ),
        "arbre": render("plan/arbre", branches=branches(r.plan, gardees, r.etat, r.jour), **commun),
        "bilan": render("plan/bilan", etats=count_states(r.plan, r.jour), matrice=matrice),
        "tete": _head(r),
        "vue": read_view(r, gardees, matrice, mots),
        "o-pilotes": _options("tous", {str(f["pilote_structure"]) for f in r.plan.fiches if f["pilote_structure"]}),
        "o-echeances": _options("toutes", {str(d.year) for f in r.plan.fiches if (d := f.day("date_fin"))}),
    }
    lectures = read_fiche(r) if r.fiche and r.etat.vue == "fiche" else None
    for nom in NOTES:
        ecrites[nom] = render("plan/notes", note=nom, **lectures) if lectures else Markup("")
    for nom in LUS:
        ecrites[nom] = render("plan/lus", zone=nom, **lectures) if lectures else Markup("")
    return {nom: str(html) for nom, html in ecrites.items()}


def page(r: Regard, ecrites: Mapping[str, str]) -> str:
    """Le squelette : la même page pour toutes les fiches, que les champs viennent remplir."""
    return str(
        render(
            "plan/page", c=champs(), etat=r.etat, zones={k: Markup(v) for k, v in ecrites.items()}, options=options(r),
            vues=VUES, tris=TRIS, roles=ROLES, etats=states(), fictif=r.store.territoire.est_fictif,
            territoire=r.store.territoire.code, lecture_seule=r.store.journal.lecture_seule,
            priorites=[v for v, _ in champ("priorite").choix],
        )
    )  # fmt: skip


def choices(r: Regard) -> dict[str, str]:
    """Les zones d'options qui changent quand le plan change."""
    possibles = options(r)
    vises = [champ(cle) for cle in ("enjeux", "objectifs", "constats", "liens_fiches")]
    return {f"o-{c.cle}": str(render("plan/coches", c=c, options=possibles[c.cible])) for c in vises}


def lists(r: Regard) -> dict[str, dict[str, str]]:
    """Les menus des tableaux qui suivent les scénarios enregistrés ailleurs."""
    possibles = options(r)
    return {cible: possibles[cible] for cible in ("structures", "scenarios")}


def _head(r: Regard) -> str:
    fiche = r.fiche
    if fiche is None:
        objectifs = [o for o in r.plan.objectifs if not r.plan.fiches_of(o.cle)] or r.plan.objectifs
        return render("plan/tete", fiche=None, objectifs=objectifs[:20], fiches=len(r.plan.fiches))
    fiches = [f.cle for f in r.plan.fiches]
    rang, lu = fiches.index(fiche.cle), complete(r.plan, fiche)
    return render(
        "plan/tete", fiche=fiche, complet=lu, etat=state(fiche, r.jour), retard=late_sentence(fiche, r.jour),
        domaine=", ".join(r.plan.title("domaines", d) for d in r.plan.domaines_of(fiche)),
        objectifs=", ".join(fiche["objectifs"]), roles=liste(sorted({c.qui for c in lu.manques})),
        avant=rang > 0, apres=rang < len(fiches) - 1, exporte=r.exporte,
        tous=[o for o in r.plan.objectifs if o.cle not in fiche["objectifs"]],
    )  # fmt: skip


def _options(aucun: str, valeurs: set[str]) -> Markup:
    lignes = [Markup("<option>{}</option>").format(v) for v in sorted(valeurs)]
    return Markup('<option value="">{}</option>').format(aucun) + Markup("").join(lignes)
