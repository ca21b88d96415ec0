"""Ce qui a changé : entre deux dates ou deux versions du plan, en phrases, puis geste par geste."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from ctgkit.errors import CtgError
from ctgkit.formats import date_longue, pluriel, read_date
from ctgkit.plan import Champ, Plan, champs, compare_plans, labels
from ctgkit.plan.champs import day
from ctgkit.plan.differences import tell_rows
from ctgkit.storage.journal import Entree, actor, phrase
from ctgkit.views.composants.html import render
from ctgkit.views.plan.etat import DEPUIS, Regard
from ctgkit.views.plan.memoire import is_birth

FRAPPE = timedelta(minutes=5)
LIGNES = 40
GESTES = {"annulation": "a annulé un changement de", "retour": "a repris une version précédente de"}


def history_view(regard: Regard) -> str:
    try:
        (avant, du), (apres, au), faute = _earlier(regard), _later(regard), ""
    except ValueError:
        (avant, du), (apres, au) = (regard.plan, ""), (regard.plan, "")
        faute = "Une date s'écrit JJ/MM/AAAA, par exemple 31/12/2026."
    communes = regard.store.territoire.communes
    changes = compare_plans(avant, apres, dict(zip(communes["code_insee"], communes["nom"], strict=True)))
    periode = f"{du}{au}"
    constat = f"{pluriel(len(changes), 'changement')} {periode}." if changes else f"Rien n'a changé {periode}."
    dites = told(regard.store.history(limite=800))
    depuis = {c: nom for c, nom in DEPUIS.items() if c != "signature" or regard.plan.signature}
    return render(
        "plan/vue_histoire",
        etat=regard.etat,
        depuis=depuis,
        constat=faute or constat,
        changements=changes,
        gestes=dites[:LIGNES],
        reste=max(len(dites) - LIGNES, 0),
        retirees=regard.store.removed,
        codes={f.cle: f.code for f in regard.plan.fiches},
    )


def _earlier(regard: Regard) -> tuple[Plan, str]:
    """Le plan auquel on compare, et comment le dire."""
    if regard.etat.du:
        jour = read_date(regard.etat.du)
        return regard.store.before(_local(jour)), f"depuis le {date_longue(jour)}"
    if regard.etat.depuis == "signature" and regard.plan.signature:
        (entree, *_) = regard.store.journal.history("plan", "plan", "signature", limite=1)
        return regard.store.at(
            entree.id
        ), f"depuis la signature, le {date_longue(day(regard.plan.signature.get('jour')))}"
    jours = {"jour": 1, "semaine": 7, "mois": 30}.get(regard.etat.depuis)
    plan = regard.store.before(datetime.now(UTC) - timedelta(days=jours)) if jours else regard.store.origin
    return plan, f"depuis {DEPUIS[regard.etat.depuis]}"


def _later(regard: Regard) -> tuple[Plan, str]:
    """À la fin du jour demandé ; sans date, le plan présent."""
    if not regard.etat.au:
        return regard.plan, ""
    jour = read_date(regard.etat.au)
    return regard.store.before(_local(jour + timedelta(days=1))), f" et jusqu'au {date_longue(jour)} compris"


def _local(jour: date) -> datetime:
    """Minuit, à l'heure de ce poste."""
    return datetime.combine(jour, time()).astimezone()


def check_dates(du: str, au: str) -> None:
    for texte in filter(None, (du, au)):
        try:
            read_date(texte)
        except ValueError:
            raise CtgError(
                f"« {texte[:30]} » n'est pas une date.", "Historique", "L'écrire JJ/MM/AAAA, par exemple 31/12/2026."
            ) from None


def told(entrees: Sequence[Entree]) -> list[dict[str, Any]]:
    """Les gestes, le plus récent d'abord : une frappe continue, ou une fiche créée, n'en fait qu'un."""
    return [_tell(*lot) for lot in _gathered(entrees)]


def _gathered(entrees: Sequence[Entree]) -> Iterator[tuple[Entree, int]]:
    """Chaque geste, et la dernière entrée écrite avec lui : la version où l'on peut revenir."""
    fins: dict[str, int] = {}
    for e in entrees:
        fins.setdefault(e.lot, e.id)
    naissances = {(e.lot, e.objet, e.cle) for e in entrees if is_birth(e)}
    frappe: tuple[Entree, int] | None = None
    for e in entrees:
        if (e.lot, e.objet, e.cle) in naissances and not is_birth(e):
            continue
        if frappe and _same_burst(e, frappe[0]):
            frappe = (replace(frappe[0], avant=e.avant, version=e.version, quand=e.quand), frappe[1])
            continue
        if frappe:
            yield frappe
        frappe = (e, fins[e.lot])
    if frappe:
        yield frappe


def _same_burst(ancienne: Entree, suite: Entree) -> bool:
    cible = [(e.objet, e.cle, e.champ, e.role, e.geste) for e in (ancienne, suite)]
    return cible[0] == cible[1] and suite.version == ancienne.id and suite.quand - ancienne.quand < FRAPPE


def _tell(entree: Entree, fin: int) -> dict[str, Any]:
    ici = entree.quand.astimezone()
    dite = phrase(entree, labels()).replace(f" ({entree.objet} {entree.cle})", "")
    _, _, suite = dite.partition(", ")
    nom = {"fiche": "la fiche", "enjeu": "l'enjeu", "objectif": "l'objectif"}.get(entree.objet, "")
    if is_birth(entree):
        suite = f"{actor(entree.role)} a créé {nom}."
    elif entree.champ == "retiree":
        geste = f"retiré {nom} du plan" if entree.apres else f"remis {nom} dans le plan"
        suite = f"{actor(entree.role)} a {geste}."
    elif entree.objet == "fiche" and (declare := champs().get(entree.champ)) and declare.type == "tableau":
        verbe = GESTES.get(entree.geste, "a changé")
        suite = f"{actor(entree.role)} {verbe} « {declare.libelle} » : {_rows(declare, entree)}."
    elif entree.champ == "signature":
        suite = f"{actor(entree.role)} a {'gelé' if entree.apres else 'dégelé'} les valeurs de départ des indicateurs."
    return {
        "id": fin,
        "objet": entree.objet,
        "cle": entree.cle,
        "iso": ici.isoformat(timespec="minutes"),
        "quand": f"{date_longue(ici.date())}, {ici.hour} h {ici.minute:02d}",
        "phrase": suite[:1].upper() + suite[1:],
    }


def _rows(declare: Champ, entree: Entree) -> str:
    """Ligne par ligne ; une valeur que ce champ n'écrit pas (un import abîmé) se dit sans détail."""
    listes = [v if isinstance(v, list) else [] for v in (entree.avant, entree.apres)]
    avant, apres = ([x for x in lignes if isinstance(x, Mapping)] for lignes in listes)
    return tell_rows(declare, avant, apres)
