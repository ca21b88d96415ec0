"""L'import d'un plan : montrer d'abord ce qui serait nouveau, changé, inchangé, refusé ; écrire ensuite, au journal."""

import json
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ctgkit.echanges.lecteurs.feuille import FeuilleLue, FichierLu, UnreadableFileError
from ctgkit.echanges.lecteurs.fichier import load_file, open_file, short_name
from ctgkit.echanges.plan.apercu import LIENS, NIVEAUX, PLURIELS, VIDES, ApercuPlan, Changee, Lu, merge_elements
from ctgkit.echanges.plan.colonnes import ELEMENTS, EntetePlan, designated, find_headers
from ctgkit.echanges.plan.lecture import LecteurPlan, LignePlan, RejetPlan, cell_text
from ctgkit.echanges.tableau.codes import simplify
from ctgkit.echanges.tableau.lignes import is_blank
from ctgkit.errors import CtgError
from ctgkit.plan import Champ, Fiche, Plan, champs, read_value
from ctgkit.plan.champs import day
from ctgkit.storage.journal.plan import PlanStore

# Ce que l'export écrit en plus des champs, et que l'import n'a pas à reprendre.
A_PART = ("cle", "tracabilite", "retiree")


def is_plan(objet: object) -> bool:
    return isinstance(objet, Mapping) and isinstance(objet.get("fiches"), list)


def read_elements(objet: Mapping[str, Any]) -> Iterator[Lu]:
    for sorte, pluriel in PLURIELS.items():
        for lu in _mappings(objet.get(pluriel)):
            if str(lu.get("code") or "").strip():
                textes = {k: lu[k] for k in ("titre", "plan", "niveau") if isinstance(lu.get(k), str)}
                liens = {k: lu[k] for k in ("domaine", "enjeux") if isinstance(lu.get(k), str | list)}
                yield sorte, {"code": str(lu["code"]).strip(), **textes, **liens}


def read_lines(objet: Mapping[str, Any], connus: Mapping[str, set[str]]) -> Iterator[LignePlan]:
    """`connus` : les codes que les renvois peuvent citer, par cible."""
    for rang, lue in enumerate(_mappings(objet["fiches"]), 1):
        ligne = LignePlan(f"fiche {rang}", axes=["", "", ""])
        for cle, valeur in lue.items():
            if cle not in champs() or valeur in VIDES:
                continue
            try:
                ligne.valeurs[cle] = _checked(champs()[cle], valeur, connus)
            except CtgError as refus:
                raison = " ".join(filter(None, (refus.quoi, refus.que_faire)))
                ligne.rejets.append(RejetPlan(ligne.ou, champs()[cle].libelle, _shown(valeur), raison))
        yield ligne


def unknown_keys(objet: Mapping[str, Any]) -> tuple[str, ...]:
    trouvees = dict.fromkeys(str(c) for f in _mappings(objet["fiches"]) for c in f)
    return tuple(c for c in trouvees if c not in champs() and c not in A_PART)


def _shown(valeur: Any) -> str:
    textes = valeur if isinstance(valeur, list) else [valeur]
    return ", ".join(x if isinstance(x, str) else json.dumps(x, ensure_ascii=False) for x in textes)[:200]


def _mappings(brut: object) -> list[Mapping[str, Any]]:
    return [x for x in brut if isinstance(x, Mapping)] if isinstance(brut, list) else []


def _checked(champ: Champ, valeur: Any, connus: Mapping[str, set[str]]) -> Any:
    if champ.type == "tableau":
        lignes = _mappings(valeur)
        if not isinstance(valeur, list) or len(lignes) != len(valeur):
            raise _refused(champ, "une liste de lignes")
        lues = [{c.cle: _checked(c, x[c.cle], {}) for c in champ.colonnes if x.get(c.cle) not in VIDES} for x in lignes]
        return [x for x in lues if x]
    if champ.type in ("codes", "lignes"):
        return _list(champ, valeur, connus)
    if isinstance(valeur, str):
        return read_value(champ, valeur)
    if not _FORMES.get(champ.type, lambda _: False)(valeur):
        raise _refused(champ, "une valeur de ce champ")
    return valeur


def _list(champ: Champ, valeur: Any, connus: Mapping[str, set[str]]) -> list[str]:
    liste = [valeur] if isinstance(valeur, str) else valeur
    if not isinstance(liste, list) or not all(isinstance(x, str) for x in liste):
        raise _refused(champ, "une liste de textes")
    absents = [x for x in liste if champ.cible in connus and x not in connus[champ.cible]]
    if absents:
        raise CtgError(f"« {absents[0][:60]} » n'est pas connu de ce plan.", que_faire="Écrire un code connu.")
    return read_value(champ, liste)


def _refused(champ: Champ, attendu: str) -> CtgError:
    return CtgError(f"Cette valeur ne se lit pas dans « {champ.libelle} ».", que_faire=f"Écrire {attendu}.")


def _is_number(valeur: Any) -> bool:
    return isinstance(valeur, int | float) and not isinstance(valeur, bool) and math.isfinite(valeur)


def _are_measures(valeur: Any) -> bool:
    lues = _mappings(valeur)
    return len(lues) == len(valeur or ()) and all(day(m.get("date")) and _is_number(m.get("valeur")) for m in lues)


_FORMES: Mapping[str, Callable[[Any], bool]] = {
    "nombre": _is_number,
    "euros": _is_number,
    "annee": lambda v: isinstance(v, int) and not isinstance(v, bool) and 1900 <= v < 2200,
    "oui_non": lambda v: isinstance(v, bool),
    "mesures": _are_measures,
}


ROLE = "import d'un fichier"


class UnknownHeadersError(CtgError):
    """Aucun titre reconnu : les colonnes sont à désigner."""


def preview_plan(
    fichier: str | os.PathLike[str],
    store: PlanStore,
    colonnes: Mapping[str, str] | None = None,
    octets: bytes | None = None,
) -> ApercuPlan:
    """Lit tout le fichier, compare au plan présent, n'écrit rien."""
    nom = short_name(fichier)
    lu = open_file(nom, load_file(fichier) if octets is None else octets)
    if is_plan(lu.objet):
        return _preview_json(nom, store, lu.objet)
    entetes = _headers(lu, designated(colonnes or {}))
    fiches = [e for e in entetes if e.sorte == "fiche"]
    if not entetes:
        conseil = 'Il faut une colonne d\'intitulé ; au besoin la désigner : --colonne "Mon titre=titre".'
        raise UnknownHeadersError("Ce fichier n'a pas de ligne de titres d'un plan d'actions.", nom, conseil)
    apercu = ApercuPlan(nom, colonnes=tuple(dict.fromkeys(c for e in fiches for c in e.inconnues)))
    plan = _with_elements(apercu, store.plan, (x for e in entetes if e.sorte != "fiche" for x in _element_rows(e)))
    lecteur = LecteurPlan(plan, store.territoire)
    lues = (lecteur.read(entete, *rang) for entete in fiches for rang in _rows(entete))
    return _sort_all(apercu, lues, plan, lecteur)


def _preview_json(nom: str, store: PlanStore, objet: Mapping[str, Any]) -> ApercuPlan:
    apercu = ApercuPlan(nom, colonnes=unknown_keys(objet))
    plan = _with_elements(apercu, store.plan, read_elements(objet))
    lecteur = LecteurPlan(plan, store.territoire)
    connus = {cible: set(codes.values()) for cible, codes in lecteur.renvois.items()}
    return _sort_all(apercu, read_lines(objet, connus), plan, lecteur)


def _sort_all(apercu: ApercuPlan, lues: Iterable[LignePlan], plan: Plan, lecteur: LecteurPlan) -> ApercuPlan:
    """Range chaque fiche lue ; la même fiche deux fois dans le fichier n'est reprise que la première."""
    deja: dict[str, str] = {}
    for lue in lues:
        nom = str(lue.valeurs.get("code") or "") or simplify(str(lue.valeurs.get("titre") or ""))
        if nom and nom in deja:
            raison = f"Cette fiche est déjà à {deja[nom]} : seule la première est reprise."
            apercu.rejets.append(RejetPlan(lue.ou, "Fiche n°", nom, raison))
            continue
        deja[nom] = lue.ou
        _sort(apercu, lue, plan, lecteur)
    return apercu


def _headers(fichier: FichierLu, designes: Mapping[str, str]) -> list[EntetePlan]:
    """La façon de découper le fichier qui y trouve le plus de titres ; une mauvaise peut ne pas se lire du tout."""
    essais: list[list[EntetePlan]] = []
    defaut: CtgError | None = None
    for feuilles in fichier.lectures:
        try:
            essais.append(find_headers(feuilles, designes))
        except UnreadableFileError as illisible:
            defaut = defaut or illisible
    if defaut and not any(essais):
        raise defaut
    return max(essais, key=lambda trouvees: sum(e.score for e in trouvees), default=[])


def _rows(entete: EntetePlan) -> Iterator[tuple[int, list[str]]]:
    feuille: FeuilleLue = entete.feuille
    for numero, cellules in feuille.lignes():
        if numero > entete.ligne and not is_blank(cellules):
            yield numero, list(cellules)


def _with_elements(apercu: ApercuPlan, plan: Plan, lus: Iterable[Lu]) -> Plan:
    """Le plan présent, plus les enjeux et objectifs que le fichier apporte."""
    enrichi, apercu.elements, apercu.elements_changes = merge_elements(plan, lus)
    return enrichi


def _element_rows(entete: EntetePlan) -> Iterator[Lu]:
    """Une feuille d'enjeux ou d'objectifs, ligne à ligne."""
    rangs = {nom: i for i, nom in entete.roles.items()}
    code, titre, parent, famille, *reste = ELEMENTS[entete.sorte]
    niveaux = {simplify(dit): cle for cle, dit in NIVEAUX.items()}
    for _, cellules in _rows(entete):
        lu = {n: cell_text(entete.feuille, cellules[i]) for n, i in rangs.items() if i < len(cellules)}
        if not lu.get(code):
            continue
        liens = [p.strip() for p in lu.get(parent, "").split(",") if p.strip()]
        niveau = niveaux.get(simplify(lu.get(reste[0], "")), "") if reste else ""
        textes = {"titre": lu.get(titre, ""), "plan": lu.get(famille, ""), "niveau": niveau}
        yield entete.sorte, {"code": lu[code], LIENS[entete.sorte]: liens, **{k: v for k, v in textes.items() if v}}


def _sort(apercu: ApercuPlan, lue: LignePlan, plan: Plan, lecteur: LecteurPlan) -> None:
    apercu.rejets += lue.rejets
    titre, code = str(lue.valeurs.get("titre") or ""), str(lue.valeurs.get("code") or "")
    if not titre:
        apercu.rejets.append(RejetPlan(lue.ou, "Intitulé", "", "ligne sans intitulé : elle n'est pas reprise."))
        return
    _place(apercu, lue, lecteur)
    presente = _same(plan, code, titre)
    if presente is None:
        apercu.nouvelles.append(lue)
        return
    ecarts = tuple((c, presente[c], v) for c, v in lue.valeurs.items() if v not in VIDES and presente[c] != v)
    ecarts = tuple(e for e in ecarts if not (e[2] is False and e[1] is None))
    if ecarts:
        apercu.changees.append(Changee(presente.cle, presente.code, ecarts))
    else:
        apercu.inchangees.append(presente.code)


def _same(plan: Plan, code: str, titre: str) -> Fiche | None:
    """La même fiche : même numéro, ou sans numéro même intitulé."""
    par_code = [f for f in plan.fiches if code and f.code == code]
    return next(iter(par_code or [f for f in plan.fiches if not code and simplify(f.titre) == simplify(titre)]), None)


def _place(apercu: ApercuPlan, lue: LignePlan, lecteur: LecteurPlan) -> None:
    """Un axe est un enjeu, le sous-axe le plus profond un objectif ; inconnus, ils sont créés."""
    enjeu, objectif = lue.axes[0], lue.axes[2] or lue.axes[1]
    if enjeu and "enjeux" not in lue.valeurs:
        lue.valeurs["enjeux"] = [_element(apercu, lecteur, "enjeu", enjeu, [])]
    if objectif and "objectifs" not in lue.valeurs:
        lue.valeurs["objectifs"] = [_element(apercu, lecteur, "objectif", objectif, lue.valeurs.get("enjeux", []))]


def _element(apercu: ApercuPlan, lecteur: LecteurPlan, sorte: str, titre: str, parents: list[str]) -> str:
    connus = lecteur.renvois["enjeux" if sorte == "enjeu" else "objectifs"]
    if simplify(titre) not in connus:
        initiale = "IMP-E" if sorte == "enjeu" else "IMP-O"
        cle = next(c for n in range(1, len(connus) + 2) if (c := f"{initiale}{n}") not in connus.values())
        connus[simplify(titre)] = cle
        lien = {"domaine": []} if sorte == "enjeu" else {"enjeux": parents, "niveau": "operationnel"}
        apercu.elements.append((sorte, cle, {"code": cle, "titre": titre, **lien}))
    return connus[simplify(titre)]


def apply_plan(apercu: ApercuPlan, store: PlanStore, role: str = ROLE) -> int:
    """Écrit d'un seul coup tout ce que l'aperçu a montré, ou rien ; rend le nombre de champs écrits.

    Une cellule vide n'efface rien. Un plan qui a changé depuis l'aperçu lève `CtgError` : le relire, puis écrire.
    """
    _check_unchanged(apercu, store)
    lot = [(sorte, cle, c, v) for sorte, cle, valeurs in apercu.elements for c, v in valeurs.items()]
    lot += [(e.sorte, e.cle, c, v) for e in apercu.elements_changes for c, _, v in e.champs]
    pris: set[str] = set()
    for lue in apercu.nouvelles:
        cle = _free_key(str(lue.valeurs.get("code") or ""), store, pris)
        valeurs = {**lue.valeurs, "code": lue.valeurs.get("code") or cle}
        lot += [("fiche", cle, c, v) for c, v in valeurs.items()]
    lot += [("fiche", f.cle, c, v) for f in apercu.changees for c, _, v in f.champs]
    return len(store.write_lot(lot, role))


def _check_unchanged(apercu: ApercuPlan, store: PlanStore) -> None:
    for changee in apercu.changees:
        presente = store.plan.fiche(changee.cle)
        if presente is None or any(presente[c] != avant for c, avant, _ in changee.champs):
            raise CtgError(
                "Le plan a changé depuis cet aperçu.", f"fiche {changee.code}", "Relire l'aperçu, puis importer."
            )


def _free_key(code: str, store: PlanStore, pris: set[str]) -> str:
    """Le numéro du fichier quand il est libre, sinon le premier numéro d'import libre."""
    if not code or code in pris or not store.is_free(code):
        libres = (f"IMP-{n:02d}" for n in range(1, len(pris) + len(store.plan.fiches) + 1000))
        code = next(c for c in libres if c not in pris and store.is_free(c))
    pris.add(code)
    return code
