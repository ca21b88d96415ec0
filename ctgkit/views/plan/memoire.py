"""Un champ tapé va au journal, ou revient avec la raison : refus, panne, deux versions. Ce qui est écrit s'annule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ctgkit.errors import CtgError
from ctgkit.plan import Champ, Fiche, champs, read_value, to_stored, write_value
from ctgkit.plan.differences import merge_rows
from ctgkit.plan.suivi import DEPART_GELE
from ctgkit.storage.journal import Changement, ConflictError, Entree, EtatObjet, actor, moment
from ctgkit.storage.journal.plan import PlanStore
from ctgkit.views.composants.html import render
from ctgkit.views.composants.memoire import SAISIE, Memoire, Pas

FRAPPE = timedelta(minutes=1)


class MemoirePlan(Memoire):
    """Les pas que l'on peut annuler ; le dépôt du plan tient le compte des versions, et écrit."""

    def __init__(self, store: PlanStore) -> None:
        super().__init__(store.journal, "", frappe=FRAPPE)
        self.store = store

    def keep_written(self) -> bool:
        """Ce que la page vient d'écrire fait un pas de plus à annuler."""
        ecrites = self.store.take_written()
        if ecrites:
            self.step(ecrites)
        return bool(ecrites)

    def state(self, objet: str, cle: str) -> EtatObjet:
        return EtatObjet(objet, cle, versions=self.store.versions(objet, cle))

    def record(self, changements: Sequence[Changement], geste: str = SAISIE, vise: int | None = None) -> list[Entree]:
        entrees = self.store.record(changements, self.role, geste, vise)
        self.store.take_written()
        return entrees

    def follow(self, entrees: Sequence[Entree]) -> None:
        """Le dépôt a déjà rejoué ce qu'il a écrit."""

    def undo(self) -> Pas:
        """Un pas que quelqu'un a recouvert ne se présente pas deux fois."""
        try:
            return super().undo()
        except ConflictError:
            self.passes.pop()
            raise

    def inverse(self, pas: Pas) -> list[Changement]:
        """Ce qui est né de ce pas quitte le plan ; tout le reste reprend sa valeur d'avant."""
        nees = list(dict.fromkeys((e.objet, e.cle) for e in pas if is_birth(e)))
        reste = tuple(e for e in pas if (e.objet, e.cle) not in nees)
        retraits = [Changement(o, c, "retiree", True, self.store.version(c, "retiree", o)) for o, c in nees]
        return [*super().inverse(reste), *retraits]


def is_birth(entree: Entree) -> bool:
    """Le premier champ de ce qui n'était pas dans le fichier : tout naît de ce coup."""
    return entree.champ == "code" and entree.avant is None and entree.version == 0


def show_value(champ: Champ, valeur: Any) -> Any:
    """La valeur telle que le contrôle la montre : un texte, des codes, ou des lignes de textes."""
    if champ.type == "codes":
        return [str(v) for v in valeur or ()]
    if champ.type == "tableau":
        lignes = [ligne for ligne in valeur or () if isinstance(ligne, Mapping)]
        return [{c.cle: write_value(c, ligne.get(c.cle)) for c in champ.colonnes} for ligne in lignes]
    return write_value(champ, valeur)


def read_fields(store: PlanStore, fiche: Fiche) -> dict[str, dict[str, Any]]:
    """Chaque champ de la fiche : ce que l'on voit, et l'entrée du journal dont il vient."""
    return {cle: {"v": show_value(c, fiche[cle]), "n": store.version(fiche.cle, cle)} for cle, c in champs().items()}


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
    return reponse | {"t": "recu", "version": entree, "v": show_value(champ, fiche[champ.cle])}


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


def _write(store: PlanStore, frappe: Frappe) -> int:
    """Le numéro de l'entrée ; un tableau changé des deux côtés se réunit quand ce ne sont pas les mêmes cases."""
    if to_stored(frappe.valeur) == store.plan.fiche(frappe.cle)[frappe.champ.cle] and frappe.vue == store.version(
        frappe.cle, frappe.champ.cle
    ):
        return frappe.vue
    try:
        return store.write(
            frappe.cle, frappe.champ.cle, frappe.valeur, frappe.role, frappe.vue, requete=frappe.requete
        ).id
    except ConflictError as conflit:
        store.refresh()
        if conflit.conflits[0].identique:
            return conflit.autre.id
        reunie = _merged(store, frappe, conflit)
        if reunie is None:
            raise
        return store.write(frappe.cle, frappe.champ.cle, reunie, frappe.role, conflit.autre.id).id


def _merged(store: PlanStore, frappe: Frappe, conflit: ConflictError) -> Any:
    if frappe.champ.type != "tableau":
        return None
    base = store.journal.entry(frappe.vue).apres if frappe.vue else _first(store, frappe.cle, frappe.champ)
    return merge_rows(base or [], frappe.valeur, conflit.autre.apres or [])


def _first(store: PlanStore, cle: str, champ: Champ) -> Any:
    fiche = store.origin.fiche(cle)
    return fiche[champ.cle] if fiche else []


def _two_versions(champ: Champ, conflit: ConflictError) -> dict[str, Any]:
    autre = conflit.autre
    mienne, leur = _said(champ, conflit.mienne), _said(champ, autre.apres)
    html = render(
        "plan/conflit",
        champ=champ.cle,
        libelle=champ.libelle,
        mienne=mienne,
        autre=leur,
        auteur=actor(autre.role),
        quand=moment(autre.quand),
    )
    return {"t": "conflit", "html": str(html), "version": autre.id, "autre": show_value(champ, autre.apres)}


def _said(champ: Champ, valeur: Any) -> str:
    montre = show_value(champ, valeur)
    if champ.type == "tableau":
        return "\n".join(", ".join(v for v in ligne.values() if v) for ligne in montre)
    return ", ".join(montre) if isinstance(montre, list) else str(montre)
