"""Un champ tapé dans la page va au journal, ou revient avec la raison : refus, panne, ou deux versions à départager."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ctgkit.errors import CtgError
from ctgkit.plan import Champ, champs, read_value, to_stored
from ctgkit.plan.differences import merge_rows
from ctgkit.plan.suivi import DEPART_GELE
from ctgkit.storage.journal import ConflictError, actor, moment
from ctgkit.storage.journal.plan import PlanStore
from ctgkit.views.composants.html import render
from ctgkit.views.plan.feuille import shown

LIGNES_MAX = 300
RETIREE = "Quelqu'un a retiré cette fiche du plan."


def save(store: PlanStore, contenu: Mapping[str, Any], role: str) -> dict[str, Any]:
    """La réponse à envoyer à la page."""
    cle, champ = str(contenu.get("fiche") or ""), champs().get(str(contenu.get("champ")))
    reponse = {"fiche": cle, "champ": contenu.get("champ"), "requete": str(contenu.get("requete") or "")[:80]}
    if champ is None or store.plan.fiche(cle) is None:
        return reponse | {"t": "refus", "message": RETIREE, "retiree": True}
    try:
        valeur = _read(champ, contenu.get("valeur"))
    except CtgError as erreur:
        return reponse | {"t": "refus", "message": f"{erreur.quoi} {erreur.que_faire}"}
    try:
        vue = contenu.get("version")
        vue = vue if isinstance(vue, int) and not isinstance(vue, bool) else store.version(cle, champ.cle)
        entree = _write(store, Frappe(cle, champ, valeur, vue, reponse["requete"], role))
    except ConflictError as conflit:
        return reponse | _two_versions(champ, conflit)
    except CtgError as erreur:
        panne = store.journal.lecture_seule or erreur.code != DEPART_GELE
        return reponse | {"t": "refus", "message": f"{erreur.quoi} {erreur.que_faire}", "panne": bool(panne)}
    fiche = store.plan.fiche(cle)
    if fiche is None:
        return reponse | {"t": "refus", "retiree": True, "message": RETIREE + " Votre texte est gardé avec elle."}
    return reponse | {"t": "recu", "version": entree, "v": shown(champ, fiche[champ.cle])}


def _read(champ: Champ, valeur: Any) -> Any:
    """Seules les formes que la page sait écrire sont lues."""
    if champ.type == "tableau":
        lignes = valeur if isinstance(valeur, list) else []
        if len(lignes) > LIGNES_MAX:
            raise CtgError(f"Plus de {LIGNES_MAX} lignes dans « {champ.libelle} ».", champ.libelle, "En retirer.")
        textes = [{k: v for k, v in x.items() if isinstance(v, str)} for x in lignes if isinstance(x, Mapping)]
        return [ligne for ligne in read_value(champ, textes) if ligne]
    if champ.type == "codes":
        return read_value(champ, [v for v in valeur if isinstance(v, str)] if isinstance(valeur, list) else [])
    return read_value(champ, valeur if isinstance(valeur, str) else "")


@dataclass(frozen=True)
class Frappe:
    """Ce que l'on veut écrire, et l'entrée que l'on voyait en le tapant."""

    cle: str
    champ: Champ
    valeur: Any
    vue: int
    requete: str
    role: str


def _write(store: PlanStore, f: Frappe) -> int:
    """Le numéro de l'entrée ; un tableau changé des deux côtés se réunit quand ce ne sont pas les mêmes cases."""
    if to_stored(f.valeur) == store.plan.fiche(f.cle)[f.champ.cle] and f.vue == store.version(f.cle, f.champ.cle):
        return f.vue
    try:
        return store.write(f.cle, f.champ.cle, f.valeur, f.role, f.vue, requete=f.requete).id
    except ConflictError as conflit:
        store.refresh()
        if conflit.conflits[0].identique:
            return conflit.autre.id
        reunie = _merged(store, f, conflit)
        if reunie is None:
            raise
        return store.write(f.cle, f.champ.cle, reunie, f.role, conflit.autre.id).id


def _merged(store: PlanStore, f: Frappe, conflit: ConflictError) -> Any:
    if f.champ.type != "tableau":
        return None
    base = store.journal.entry(f.vue).apres if f.vue else _first(store, f.cle, f.champ)
    return merge_rows(base or [], f.valeur, conflit.autre.apres or [])


def _first(store: PlanStore, cle: str, champ: Champ) -> Any:
    fiche = store.origin.fiche(cle)
    return fiche[champ.cle] if fiche else []


def _two_versions(champ: Champ, conflit: ConflictError) -> dict[str, Any]:
    autre = conflit.autre
    mienne, leur = _said(champ, conflit.mienne), _said(champ, autre.apres)
    html = render(
        "plan/conflit", champ=champ.cle, libelle=champ.libelle, mienne=mienne, autre=leur, auteur=actor(autre.role),
        quand=moment(autre.quand),
    )  # fmt: skip
    return {"t": "conflit", "html": str(html), "version": autre.id, "autre": shown(champ, autre.apres)}


def _said(champ: Champ, valeur: Any) -> str:
    montre = shown(champ, valeur)
    if champ.type == "tableau":
        return "\n".join(", ".join(v for v in ligne.values() if v) for ligne in montre)
    return ", ".join(montre) if isinstance(montre, list) else str(montre)
