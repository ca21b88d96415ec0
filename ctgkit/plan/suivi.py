"""Où en est le plan : états, retards, étapes, mesures datées, un point de départ gelé à la signature."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ctgkit.errors import CtgError
from ctgkit.formats import date_longue, pluriel
from ctgkit.plan.champs import champ, day, tell_number
from ctgkit.plan.modele import Element, Fiche, Plan

EN_RETARD = "En retard"
SANS_STATUT = "Sans avancement"
# Une action finie, abandonnée, suspendue ou en débat n'est pas « en retard » : son état le dit déjà.
RETARDABLES = ("À venir", "En cours", "Bloqué", "")


def states() -> tuple[str, ...]:
    return (*(v for v, _ in champ("statut").choix), EN_RETARD)


def is_late(fiche: Fiche, jour: date) -> bool:
    """L'échéance est passée et l'action n'est ni finie, ni suspendue, ni abandonnée."""
    fin = fiche.day("date_fin")
    return fin is not None and fin < jour and fiche.statut in RETARDABLES


def state(fiche: Fiche, jour: date) -> str:
    return EN_RETARD if is_late(fiche, jour) else fiche.statut or SANS_STATUT


def late_sentence(fiche: Fiche, jour: date) -> str:
    """« 144 jours après l'échéance »."""
    fin = fiche.day("date_fin")
    return f"{pluriel((jour - fin).days, 'jour')} après l'échéance" if fin and is_late(fiche, jour) else ""


def next_step(fiche: Fiche) -> str:
    """La première étape qui n'est pas faite."""
    restent = [e for e in fiche.rows("etapes") if not e.get("fait")]
    nommees = restent and all(e.get("libelle") for e in restent)
    return str(min(restent, key=lambda e: str(e.get("date") or "9"))["libelle"]) if nommees else ""


def steps_done(fiche: Fiche) -> tuple[int, int]:
    etapes = fiche.rows("etapes")
    return sum(1 for e in etapes if e.get("fait")), len(etapes)


def count_states(plan: Plan, jour: date) -> dict[str, int]:
    comptes = dict.fromkeys(states(), 0)
    for fiche in plan.fiches:
        etat = state(fiche, jour)
        comptes[etat] = comptes.get(etat, 0) + 1
    return comptes


GELES = ("valeur_initiale", "date_initiale")


@dataclass(frozen=True)
class Suivi:
    """Une fiche à une revue."""

    fiche: Fiche
    etat: str
    faites: int
    etapes: int
    prochaine: str
    derniere_note: str
    jour_note: date | None
    prevu: float | None

    @property
    def avancement(self) -> float | None:
        """La part des étapes faites, en %."""
        return 100 * self.faites / self.etapes if self.etapes else None

    @property
    def note(self) -> str:
        return f"{date_longue(self.jour_note)} : {self.derniere_note}" if self.jour_note else self.derniere_note


def follow(fiche: Fiche, jour: date) -> Suivi:
    faites, etapes = steps_done(fiche)
    notes = sorted((n for n in fiche.rows("notes_suivi") if _before(n, jour)), key=lambda n: str(n.get("date") or ""))
    derniere: Mapping[str, Any] = notes[-1] if notes else {}
    return Suivi(
        fiche,
        state(fiche, jour),
        faites,
        etapes,
        next_step(fiche),
        str(derniere.get("note") or ""),
        day(derniere.get("date")),
        _planned(fiche),
    )


def _before(note: Mapping[str, Any], jour: date) -> bool:
    ecrite = day(note.get("date"))
    return ecrite is None or ecrite <= jour


def _planned(fiche: Fiche) -> float | None:
    """La somme des lignes du budget, en euros ; sans elles, le budget total de la fiche."""
    lignes = [x for x in fiche.rows("budget") if x.get("unite", "eur") == "eur" and x.get("prevu") is not None]
    return sum(x["prevu"] for x in lignes) if lignes else fiche["budget_total"]


@dataclass(frozen=True)
class Progres:
    """Un indicateur : d'où il part, où il doit arriver, où il en est."""

    libelle: str
    unite: str
    depart: float | None
    cible: float | None
    mesure: float | None
    jour: date | None

    @property
    def part(self) -> float | None:
        """Le chemin fait du départ à la cible, en % ; sans départ, sans cible ou sans mesure, on ne sait pas."""
        if None in (self.depart, self.cible, self.mesure) or self.cible == self.depart:
            return None
        return 100 * (self.mesure - self.depart) / (self.cible - self.depart)

    @property
    def phrase(self) -> str:
        if self.mesure is None:
            return "pas encore mesuré"
        quand = f" ({date_longue(self.jour)})" if self.jour else ""
        return f"{tell_number(self.mesure)}{quand}"


def progress(plan: Plan, fiche: Fiche, indicateur: Mapping[str, Any], jour: date | None = None) -> Progres:
    """La dernière mesure connue à ce jour, et le départ gelé s'il l'a été."""
    base = frozen_base(plan, fiche.cle, str(indicateur.get("libelle") or ""))
    mesures = [(j, m.get("valeur")) for m in indicateur.get("mesures") or () if (j := day(m.get("date")))]
    connues = sorted((x for x in mesures if x[1] is not None and (jour is None or x[0] <= jour)), key=lambda x: x[0])
    quand, valeur = connues[-1] if connues else (None, None)
    depart = (base or indicateur).get("valeur_initiale")
    return Progres(
        str(indicateur.get("libelle") or ""),
        str(indicateur.get("unite") or ""),
        depart,
        indicateur.get("cible"),
        valeur,
        quand,
    )


def freeze(plan: Plan, jour: date) -> dict[str, Any]:
    """Les départs de tous les indicateurs, gelés ce jour-là."""
    bases = {
        f.cle: {str(i.get("libelle")): {c: i.get(c) for c in (*GELES, "cible")} for i in f.rows("indicateurs")}
        for f in plan.fiches
    }
    return {"jour": jour.isoformat(), "bases": {cle: b for cle, b in bases.items() if b}}


DEPART_GELE = "depart_gele"


def frozen_base(plan: Plan, fiche: str, libelle: str) -> Mapping[str, Any] | None:
    return plan.signature.get("bases", {}).get(fiche, {}).get(libelle)


def check_frozen(plan: Plan, fiche: str, apres: list[Mapping[str, Any]]) -> None:
    """Un départ gelé ne se réécrit pas : on ajoute une mesure."""
    gardes = {str(i.get("libelle")): i for i in apres}
    for libelle, base in plan.signature.get("bases", {}).get(fiche, {}).items():
        touche = libelle not in gardes or any(gardes[libelle].get(c) != base.get(c) for c in GELES)
        if touche:
            quand = date_longue(day(plan.signature.get("jour")))
            raise CtgError(
                f"Le départ de « {libelle} » est gelé depuis la signature, le {quand}.",
                "Indicateurs",
                "Ajouter une mesure datée plutôt que de changer le départ ou le nom de l'indicateur.",
                code=DEPART_GELE,
            )


PRESSANTES = "En retard, bloquées, en pause"
# Les états, réunis comme un comité les lit.
GROUPES = {
    "Réalisées": ("Réalisé",),
    "En cours": ("En cours",),
    "À venir, à discuter": ("À venir", "À discuter", SANS_STATUT),
    PRESSANTES: (EN_RETARD, "Bloqué", "En pause"),
    "Abandonnées": ("Abandonné",),
}
ARRETEES = ("Bloqué", "En pause")
FINIES = ("Réalisé", "Abandonné")


def group_states(fiches: Iterable[Fiche], jour: date) -> dict[str, int]:
    """Combien de fiches dans chaque groupe d'états ; leur somme est le nombre de fiches."""
    groupe = {etat: nom for nom, etats in GROUPES.items() for etat in etats}
    comptes = dict.fromkeys(GROUPES, 0)
    for fiche in fiches:
        comptes[groupe.get(state(fiche, jour), "À venir, à discuter")] += 1
    return comptes


def states_by_issue(plan: Plan, jour: date) -> tuple[tuple[Element, dict[str, int]], ...]:
    """Chaque enjeu et l'état de ses fiches ; une fiche qui en sert deux compte dans les deux."""
    return tuple((e, group_states([f for f in plan.fiches if e.cle in plan.enjeux_of(f)], jour)) for e in plan.enjeux)


def next_steps(plan: Plan, jour: date, jours: int = 183) -> list[tuple[date, Fiche, str]]:
    """Les étapes à faire d'ici là, dans l'ordre ; six mois séparent deux comités."""
    fin = jour + timedelta(days=jours)
    trouvees = [
        (quand, f, str(e.get("libelle") or "étape sans nom"))
        for f in plan.fiches
        if f.statut not in FINIES
        for e in f.rows("etapes")
        if not e.get("fait") and (quand := day(e.get("date"))) and jour <= quand <= fin
    ]
    return sorted(trouvees, key=lambda x: (x[0], x[1].code))
