"""Les gestes de la page : ce que l'on regarde, puis ce que l'on écrit (fiches, lots, enjeux et objectifs).

Chacun rend l'état d'après ; les refus sont des `CtgError` que la page montre.
"""

from dataclasses import fields, replace
from typing import Any

from ctgkit.errors import CtgError
from ctgkit.plan import AXES, Fiche, Filtre, champ, freeze, keep, read_value
from ctgkit.views.composants.panneau import Demande, Geste, pick
from ctgkit.views.plan.etat import CHAMPS_LOT, DEPUIS, ROLES, TRIS, VUES, ChoixMontant, EtatPlan, Regard
from ctgkit.views.plan.histoire import check_dates

DEBUT = "FA"
PLURIELS = {"enjeu": "enjeux", "objectif": "objectifs"}
NIVEAUX = {"strategique": "stratégique", "operationnel": "opérationnel"}
LONGUEUR = 2000
POSSIBLES = {"vue": VUES, "tri": TRIS, "axe": AXES, "role": ROLES, "champ_lot": CHAMPS_LOT}


# Regarder


def _refine(etat: EtatPlan, geste: Demande, _: Regard) -> EtatPlan:
    """Un critère du filtre, ou du choix d'un montant simulé."""
    partie, vise = geste["geste"], geste.get("partie", "")
    presente = getattr(etat, partie)
    if vise not in {f.name for f in fields(presente)}:
        return etat
    return replace(etat, **{partie: replace(presente, **{vise: geste["valeur"][:200]})})


def _tick(etat: EtatPlan, geste: Demande, _: Regard) -> EtatPlan:
    return replace(etat, choisies=etat.choisies ^ {geste["valeur"]})


def _tick_all(etat: EtatPlan, _: Demande, regard: Regard) -> EtatPlan:
    """Toutes celles que le filtre montre ; une seconde fois, plus aucune."""
    montrees = frozenset(f.cle for f in keep(regard.plan, etat.filtre, regard.jour))
    return replace(etat, choisies=frozenset() if montrees <= etat.choisies else montrees)


def _choose(etat: EtatPlan, geste: Demande, regard: Regard) -> EtatPlan:
    connue = regard.plan.fiche(geste["valeur"])
    return replace(etat, fiche=connue.cle, vue="fiche", simulation=ChoixMontant()) if connue else etat


def _neighbour(etat: EtatPlan, geste: Demande, regard: Regard) -> EtatPlan:
    cles = [f.cle for f in regard.plan.fiches]
    rang = cles.index(etat.fiche) + (1 if geste["valeur"] == "1" else -1) if etat.fiche in cles else 0
    return _choose(etat, {"valeur": cles[rang]}, regard) if 0 <= rang < len(cles) else etat


def _compare_dates(etat: EtatPlan, geste: Demande, _: Regard) -> EtatPlan:
    du, au = geste.get("du", "").strip(), geste.get("au", "").strip()
    check_dates(du, au)
    return replace(etat, du=du, au=au)


REGARDER: dict[str, Geste] = {
    **{nom: pick(nom, possibles) for nom, possibles in POSSIBLES.items()},
    "depuis": pick("depuis", DEPUIS, du="", au=""),
    "filtre": _refine,
    "simulation": _refine,
    "cocher": _tick,
    "decocher": lambda etat, *_: replace(etat, choisies=frozenset()),
    "choisir": _tick_all,
    "toutes": lambda etat, *_: replace(etat, filtre=Filtre()),
    "fiche": _choose,
    "voisine": _neighbour,
    "periode": _compare_dates,
    "histoire": lambda etat, *_: replace(etat, histoire=True),
}


# Écrire des fiches


def _create(etat: EtatPlan, geste: Demande, regard: Regard) -> EtatPlan:
    """Vide, ou déjà rangée sous l'objectif, ou en face du constat d'où l'on part."""
    objectif, constat = geste.get("objectif", ""), geste.get("constat", "")
    valeurs: dict[str, Any] = {"statut": "À discuter"}
    valeurs |= {"objectifs": [objectif]} if regard.plan.element("objectifs", objectif) else {}
    valeurs |= {"constats": [constat], "constat": f"{regard.voisins.finding(constat).phrase}."} if constat else {}
    debut = objectif.split("-")[0] if "objectifs" in valeurs else DEBUT
    return _choose(etat, {"valeur": regard.store.create(debut, valeurs, etat.role)}, regard)


def _duplicate(etat: EtatPlan, _: Demande, regard: Regard) -> EtatPlan:
    return _choose(etat, {"valeur": regard.store.duplicate(etat.fiche, etat.role)}, regard)


def _remove(etat: EtatPlan, _: Demande, regard: Regard) -> EtatPlan:
    """La fiche d'à côté prend sa place."""
    cles = [f.cle for f in regard.plan.fiches]
    rang = cles.index(etat.fiche) if etat.fiche in cles else 0
    regard.store.remove(etat.fiche, etat.role)
    restent = [f.cle for f in regard.plan.fiches]
    suivante = restent[min(rang, len(restent) - 1)] if restent else ""
    return replace(etat, fiche=suivante, vue="fiche" if suivante else "ensemble")


def _put_back(etat: EtatPlan, geste: Demande, regard: Regard) -> EtatPlan:
    if geste["valeur"] in regard.store.removed:
        regard.store.write(geste["valeur"], "retiree", False, etat.role)
    return _choose(etat, geste, regard)


def _sort(etat: EtatPlan, geste: Demande, regard: Regard) -> EtatPlan:
    """Une carte change de colonne ; « En retard » se calcule et ne se choisit pas."""
    fiche, valeur = regard.plan.fiche(geste.get("fiche", "")), geste["valeur"]
    if fiche is None:
        return etat
    if etat.axe == "statut" and valeur == "En retard":
        raise CtgError("« En retard » se calcule.", "Tableau", "Changer l'échéance ou l'avancement de la fiche.")
    vise = {"statut": "statut", "pilote": "pilote_structure", "enjeu": "enjeux", "echeance": "date_fin"}[etat.axe]
    _set(regard, [fiche.cle], vise, _same_day(fiche, valeur) if vise == "date_fin" else valeur, etat.role)
    return etat


def _same_day(fiche: Fiche, annee: str) -> str:
    """Le même jour de l'année choisie ; sans échéance, le dernier jour de l'année."""
    fin = fiche.day("date_fin")
    if not annee.isdecimal():
        return ""
    jour = f"{min(fin.day, 28) if fin.month == 2 else fin.day:02d}/{fin.month:02d}" if fin else "31/12"
    return f"{jour}/{annee}"


def _move(etat: EtatPlan, geste: Demande, regard: Regard) -> EtatPlan:
    """Sous un autre objectif : c'est lui seul que la fiche sert désormais."""
    if regard.plan.element("objectifs", geste["valeur"]):
        _set(regard, [geste.get("fiche", "") or etat.fiche], "objectifs", geste["valeur"], etat.role)
    return etat


def _change_many(etat: EtatPlan, geste: Demande, regard: Regard) -> EtatPlan:
    valeur = geste["valeur"].strip()
    if not valeur:
        raise CtgError("Aucune valeur n'est choisie.", "Changer plusieurs fiches", "Dire la nouvelle valeur.")
    _set(regard, sorted(etat.choisies), etat.champ_lot, valeur, etat.role)
    return replace(etat, choisies=frozenset())


def _set(regard: Regard, cles: list[str], vise: str, texte: str, role: str) -> None:
    valeur = read_value(champ(vise), texte)
    changent = [c for c in cles if (f := regard.plan.fiche(c)) and f[vise] != valeur]
    regard.store.write_all([(c, vise, valeur) for c in changent], role)


def _restore(etat: EtatPlan, geste: Demande, regard: Regard) -> EtatPlan:
    if geste["valeur"].isdecimal() and etat.fiche:
        regard.store.restore(etat.fiche, int(geste["valeur"]), etat.role)
    return etat


def _sign(etat: EtatPlan, _: Demande, regard: Regard) -> EtatPlan:
    if not regard.plan.signature:
        regard.store.write("plan", "signature", freeze(regard.plan, regard.jour), etat.role, objet="plan")
    return etat


def _bind(etat: EtatPlan, geste: Demande, regard: Regard) -> EtatPlan:
    """Une ligne de plus au plan de financement, qui suivra ce que le moteur calcule."""
    fiche = regard.plan.fiche(etat.fiche)
    if fiche is None or not geste.get("structure"):
        return etat
    cles = ("structure", "scenario", "dispositif", "annee", "suit")
    ligne = {"financeur": "Caf", **{c: geste[c] for c in cles if geste.get(c)}}
    lignes = read_value(champ("financeurs"), [*fiche["financeurs"], ligne])
    regard.store.write(fiche.cle, "financeurs", lignes, etat.role)
    return replace(etat, simulation=replace(etat.simulation, ouvert=""))


# Écrire des enjeux et des objectifs


def _add_element(etat: EtatPlan, geste: Demande, regard: Regard) -> EtatPlan:
    sorte, titre = geste.get("sorte", ""), geste.get("titre", "").strip()
    if sorte not in PLURIELS:
        return etat
    if not titre:
        raise CtgError("L'intitulé est vide.", "Enjeux et objectifs", "Écrire un intitulé, puis ajouter.")
    parent = _parent(regard, sorte, geste.get("parent", ""))
    niveau = {"niveau": geste["niveau"]} if sorte == "objectif" and geste.get("niveau") in NIVEAUX else {}
    premier = next(iter(parent.values()))
    debut = premier[0] if isinstance(premier, list) and premier else ""
    regard.store.create_element(sorte, debut, {"titre": titre[:LONGUEUR], **parent, **niveau}, etat.role)
    return etat


def _rename(etat: EtatPlan, geste: Demande, regard: Regard) -> EtatPlan:
    """Avec la version que la page montrait : deux personnes sur le même intitulé se départagent."""
    sorte, cle, texte = geste.get("sorte", ""), geste.get("vise", ""), geste["valeur"].strip()[:LONGUEUR]
    if texte and _known(regard, sorte, cle) and texte != regard.plan.title(PLURIELS[sorte], cle):
        vue = geste.get("version", "")
        regard.store.write(cle, "titre", texte, etat.role, int(vue) if vue.isdecimal() else None, sorte)
    return etat


def _change_element(etat: EtatPlan, geste: Demande, regard: Regard) -> EtatPlan:
    """Le domaine d'un enjeu, l'enjeu ou le niveau d'un objectif."""
    sorte, cle, valeur = geste.get("sorte", ""), geste.get("vise", ""), geste["valeur"]
    if not _known(regard, sorte, cle) or (geste.get("partie") == "niveau" and valeur not in NIVEAUX):
        return etat
    voulu = {"niveau": valeur} if geste.get("partie") == "niveau" else _parent(regard, sorte, valeur)
    regard.store.write_all([(cle, c, v) for c, v in voulu.items()], etat.role, sorte)
    return etat


def _remove_element(etat: EtatPlan, geste: Demande, regard: Regard) -> EtatPlan:
    """Tant que des fiches ou des objectifs s'y rattachent, on le dit au lieu de les détacher."""
    sorte, cle = geste.get("sorte", ""), geste.get("vise", "")
    if not _known(regard, sorte, cle):
        return etat
    attaches = [f.code for f in regard.plan.fiches if cle in f[PLURIELS[sorte]]]
    attaches += [o.cle for o in regard.plan.objectifs if cle in o.codes("enjeux")] if sorte == "enjeu" else []
    if attaches:
        raise CtgError(
            f"« {cle} » sert encore : {', '.join(attaches[:6])}.",
            "Enjeux et objectifs",
            "Rattacher ailleurs ce qui en dépend, puis retirer.",
        )
    regard.store.write(cle, "retiree", True, etat.role, objet=sorte)
    return etat


def _known(regard: Regard, sorte: str, cle: str) -> bool:
    return sorte in PLURIELS and regard.plan.element(PLURIELS[sorte], cle) is not None


def _parent(regard: Regard, sorte: str, cle: str) -> dict[str, object]:
    if sorte == "enjeu":
        return {"domaine": cle if regard.plan.element("domaines", cle) else ""}
    return {"enjeux": [cle] if regard.plan.element("enjeux", cle) else []}


ECRIRE: dict[str, Geste] = {
    "nouvelle": _create,
    "dupliquer": _duplicate,
    "retirer": _remove,
    "remettre": _put_back,
    "ranger": _sort,
    "deplacer": _move,
    "lot": _change_many,
    "restaurer": _restore,
    "signer": _sign,
    "lier": _bind,
    "nouvel-element": _add_element,
    "titre": _rename,
    "element": _change_element,
    "retirer-element": _remove_element,
}
