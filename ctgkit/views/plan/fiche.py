"""Ce que la page dit d'une fiche sans qu'on l'ait saisi : besoins, argent, contrôles, histoire, étapes, mesures."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ctgkit import droit
from ctgkit.documents.catalogue.plan.voisins import ECART, Voisins
from ctgkit.formats import MOIS, date_longue, nombre
from ctgkit.fourchette import Fourchette
from ctgkit.plan import Fiche, Plan, champ, follow, progress
from ctgkit.plan.argent import Bornes
from ctgkit.plan.champs import day
from ctgkit.plan.completude import Controle, check
from ctgkit.simulation import Resultat, aggregate
from ctgkit.texte import fold
from ctgkit.views.composants.html import render
from ctgkit.views.plan.etat import Regard
from ctgkit.views.plan.histoire import told

HISTOIRE = 5
A_FIXER = {"valeur_initiale": "le départ", "cible": "la cible", "source": "la source"}


def read_fiche(regard: Regard) -> dict[str, Any]:
    fiche, territoire = regard.fiche, regard.store.territoire
    argent = regard.voisins.financing(fiche)
    annees, pas = steps(fiche, regard.jour, territoire.annees)
    trace = fiche.valeurs.get("tracabilite")
    trace = trace if isinstance(trace, Mapping) else {}
    return {
        "besoins": [regard.voisins.finding(c) for c in fiche["constats"]],
        "argent": argent,
        "choix_simulation": picker(regard),
        "territoire": territoire,
        "structures": regard.voisins.structures,
        "dispositifs": droit.libelles_dispositifs(),
        "controles": (*_same_number(regard.plan, fiche), *check(fiche, territoire, argent)),
        **_history(regard, fiche),
        "cree": date_longue(day(trace.get("cree_le"))) if day(trace.get("cree_le")) else "",
        "role_origine": str(trace.get("role") or ""),
        "a_definir": [m.quoi for m in territoire.a_completer if "chef" in m.quoi.lower()],
        "annees": annees,
        "pas": pas,
        "indicateurs": [_indicator(regard.plan, fiche, i, regard.jour) for i in fiche.rows("indicateurs")],
        "a_fixer": _to_set(fiche),
        "signature": date_longue(day(regard.plan.signature.get("jour"))) if regard.plan.signature else "",
        "sollicites": sum(x.montant or 0 for x in argent.lignes if x.etat == "sollicite"),
        "suivi": follow(fiche, regard.jour),
        "notes": _notes(fiche),
    }


def _same_number(plan: Plan, fiche: Fiche) -> list[Controle]:
    autres = [f.titre for f in plan.fiches if f.code == fiche.code and f.cle != fiche.cle]
    return [Controle(f"Une autre fiche porte le n° {fiche.code} : {titre[:120]}.", False) for titre in autres]


def _history(regard: Regard, fiche: Fiche) -> dict[str, Any]:
    dits = told(regard.store.history(fiche.cle, 400))
    montres = dits if regard.etat.histoire else dits[:HISTOIRE]
    origine = bool(dits) and regard.store.in_file(fiche.cle)
    return {"histoire": montres, "reste": len(dits) - len(montres), "origine": origine}


def _indicator(plan: Plan, fiche: Fiche, i: Mapping[str, Any], jour: date) -> dict[str, str]:
    lu, nature = progress(plan, fiche, i, jour), champ("indicateurs").column("nature")
    return {
        "libelle": str(i.get("libelle") or ""),
        "unite": lu.unite,
        "nature": nature.option(i.get("nature")),
        "depart": _written(lu.depart),
        "annee_depart": _year(i.get("date_initiale")),
        "cible": _written(lu.cible),
        "annee_cible": _year(i.get("echeance")),
        "mesure": _written(lu.mesure),
        "annee_mesure": str(lu.jour.year) if lu.jour else "",
        "source": str(i.get("source") or ""),
    }


def _written(valeur: Any) -> str:
    if not isinstance(valeur, int | float):
        return str(valeur) if valeur not in (None, "") else ""
    return nombre(valeur, 0 if float(valeur).is_integer() else 1)


def _year(jour: Any) -> str:
    lu = day(jour)
    return str(lu.year) if lu else ""


def _to_set(fiche: Fiche) -> list[str]:
    """Ce qu'il faut fixer pour pouvoir évaluer."""
    rendus = []
    for i in fiche.rows("indicateurs"):
        nom = i.get("libelle") or "Un indicateur sans nom"
        manques = [mot for cle, mot in A_FIXER.items() if i.get(cle) in (None, "")]
        rendus += [f"{nom} : {', '.join(manques)}."] if manques else []
    return rendus


def _notes(fiche: Fiche) -> list[dict[str, str]]:
    rangees = sorted(fiche.rows("notes_suivi"), key=lambda n: str(n.get("date") or ""), reverse=True)[:3]
    return [
        {
            "quand": date_longue(day(n.get("date"))) if day(n.get("date")) else "sans date",
            "note": str(n.get("note") or ""),
        }
        for n in rangees
    ]


@dataclass(frozen=True)
class Pas:
    """Une étape sur la grille des années : sa colonne, et le mot écrit dans la barre."""

    libelle: str
    annee: int
    classe: str
    mot: str


def steps(fiche: Fiche, jour: date, annees: Sequence[int]) -> tuple[tuple[int, ...], tuple[Pas, ...]]:
    """Les étapes de la fiche, une par ligne, sur les années de la convention."""
    pas = tuple(_step(e, jour) for e in fiche.rows("etapes"))
    colonnes = sorted({*annees, *(p.annee for p in pas if p.annee)})
    en_cours = next((i for i, p in enumerate(pas) if p.classe == "prevu"), None)
    if en_cours is not None and any(p.classe == "fait" for p in pas):
        premier = pas[en_cours]
        suite = Pas(premier.libelle, premier.annee, "cours", premier.mot.replace("prévu", "en cours"))
        pas = (*pas[:en_cours], suite, *pas[en_cours + 1 :])
    return tuple(colonnes[:8]), pas


def _step(etape: dict, jour: date) -> Pas:
    libelle = str(etape.get("libelle") or "Étape sans nom")
    try:
        quand = date.fromisoformat(str(etape.get("date")))
    except ValueError:
        return Pas(libelle, 0, "prevu", "sans date")
    mois = f"{MOIS[quand.month - 1]} {quand.year}"
    if etape.get("fait"):
        return Pas(libelle, quand.year, "fait", "fait")
    return Pas(
        libelle, quand.year, *(("retard", f"en retard : {mois}") if quand < jour else ("prevu", f"prévu : {mois}"))
    )


LIGNES = 30


@dataclass(frozen=True)
class MontantALier:
    """Une ligne que l'on peut lier ; `suit` : le montant de la structure, ou ce que le scénario y change."""

    structure: str
    nom: str
    dispositif: str
    suit: str
    bornes: Bornes

    @property
    def ecrit(self) -> str:
        return Fourchette(*self.bornes).write()

    @property
    def libelle(self) -> str:
        return droit.libelles_dispositifs().get(self.dispositif, "Bonus territoire, coopération et trajectoire")


def picker(regard: Regard) -> str:
    """Fermé tant qu'on ne le demande pas : rien n'est calculé pour rien."""
    choix, voisins = regard.etat.simulation, regard.voisins
    if not choix.ouvert:
        return render("plan/simulation", ouvert=False)
    resultat = voisins.result(choix.scenario)
    annees = list(resultat.annees) if resultat else []
    voulue = int(choix.annee) if choix.annee.isdecimal() else regard.jour.year
    annee = min(annees, key=lambda a: abs(a - voulue)) if annees else voulue
    changes = _changes(voisins, resultat, annee) if resultat and choix.scenario else []
    montants = _amounts(voisins, resultat, annee) if resultat else []
    mots = fold(choix.mots).split()
    gardes = [m for m in montants if all(x in fold(f"{m.nom} {m.libelle}") for x in mots)]
    return render(
        "plan/simulation",
        ouvert=True,
        choix=choix,
        scenarios=voisins.scenarios,
        annees=annees,
        annee=annee,
        changes=changes,
        montants=gardes[:LIGNES],
        reste=max(len(gardes) - LIGNES, 0),
        calcule=resultat is not None,
    )


def _amounts(voisins: Voisins, resultat: Resultat, annee: int) -> list[MontantALier]:
    table = aggregate(resultat, "structure", "annee", "dispositif", dispositifs=())
    table = table[(table["annee"] == annee) & ((table["bas"] != 0) | (table["haut"] != 0))]
    noms = _names(voisins, resultat)
    lues = table[["structure", "dispositif", "bas", "haut"]].itertuples(index=False)
    return [MontantALier(s, noms.get(s, s), d, "", (float(b), Fourchette(b, h).plafond)) for s, d, b, h in lues]


def _changes(voisins: Voisins, resultat: Resultat, annee: int) -> list[MontantALier]:
    """Ce que le scénario change cette année-là, le plus gros d'abord, quand une borne basse existe."""
    table = voisins.gap(resultat)
    lues = table[(table["annee"] == annee) & (table["sens"] != "inchangé")]
    noms = _names(voisins, resultat)
    rangees = lues[["structure", "bas", "haut"]].sort_values("bas", ascending=False).itertuples(index=False)
    return [
        MontantALier(s, noms.get(s, s), "", ECART, (float(b), Fourchette(b, h).plafond))
        for s, b, h in rangees
        if not math.isinf(b)
    ]


def _names(voisins: Voisins, resultat: Resultat) -> dict[str, str]:
    s = resultat.territoire.structures
    return voisins.structures | dict(zip(s["id"].tolist(), s["nom"].tolist(), strict=True))
