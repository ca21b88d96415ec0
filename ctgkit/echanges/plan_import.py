"""L'import d'un plan : montrer d'abord ce qui serait nouveau, changé, inchangé, refusé ; écrire ensuite, au journal."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ctgkit.echanges.codes import simplify
from ctgkit.echanges.feuille import Document, Feuille
from ctgkit.echanges.fichier import open_document, read_bytes, short_name
from ctgkit.echanges.parcours import is_blank
from ctgkit.echanges.plan_entete import ELEMENTS, Choix, EntetePlan, find_headers
from ctgkit.echanges.plan_lecture import Lecteur, LignePlan, RejetPlan
from ctgkit.errors import CtgError
from ctgkit.formats import pluriel
from ctgkit.plan import Fiche, Plan, champ
from ctgkit.plan.differences import tell
from ctgkit.storage.plans import PlanStore

ROLE = "import d'un fichier"


@dataclass(frozen=True)
class Changee:
    """Une fiche que le fichier change : champ, valeur présente, valeur du fichier."""

    cle: str
    code: str
    champs: tuple[tuple[str, Any, Any], ...]


@dataclass
class ApercuPlan:
    """Ce qu'un import ferait ; rien n'est encore écrit."""

    fichier: str
    elements: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    nouvelles: list[LignePlan] = field(default_factory=list)
    changees: list[Changee] = field(default_factory=list)
    inchangees: list[str] = field(default_factory=list)
    rejets: list[RejetPlan] = field(default_factory=list)
    colonnes: tuple[str, ...] = ()

    @property
    def a_ecrire(self) -> bool:
        return bool(self.elements or self.nouvelles or self.changees)

    def __str__(self) -> str:
        lignes = [f"{self.fichier} : {_counts(self)}"]
        lignes += [f"  Nouveau : {sorte} {cle} « {v['titre'][:80]} »" for sorte, cle, v in self.elements]
        lignes += [f"  Nouvelle fiche : {x.valeurs['titre'][:80]}" for x in self.nouvelles]
        for changee in self.changees:
            lignes.append(f"  Fiche {changee.code} :")
            lignes += [
                f"    {champ(c).libelle} : {tell(champ(c), a)} → {tell(champ(c), b)}" for c, a, b in changee.champs
            ]
        lignes += [f"  Refusé : {r}" for r in self.rejets]
        if self.colonnes:
            lignes.append(f"  Colonnes non reprises : {', '.join(f'« {c} »' for c in self.colonnes)}.")
            lignes.append('  Pour en reprendre une : --colonne "Titre de la colonne=champ".')
        return "\n".join(lignes)


def _counts(a: ApercuPlan) -> str:
    nombres = (
        pluriel(len(a.nouvelles), "fiche nouvelle", "fiches nouvelles"),
        pluriel(len(a.changees), "fiche changée", "fiches changées"),
        pluriel(len(a.inchangees), "fiche inchangée", "fiches inchangées"),
        pluriel(len(a.rejets), "cellule refusée", "cellules refusées"),
    )
    return ", ".join(nombres) + "."


def preview_plan(
    fichier: str | os.PathLike[str],
    store: PlanStore,
    colonnes: Mapping[str, str] | None = None,
    octets: bytes | None = None,
) -> ApercuPlan:
    """Lit tout le fichier, compare au plan présent, n'écrit rien."""
    nom = short_name(fichier)
    entetes = _headers(open_document(nom, read_bytes(fichier) if octets is None else octets), Choix(colonnes or {}))
    fiches = [e for e in entetes if e.sorte == "fiche"]
    if not entetes:
        raise CtgError(
            "Ce fichier n'a pas de ligne de titres d'un plan d'actions.", nom,
            'Il faut une colonne d\'intitulé ; au besoin la désigner : --colonne "Mon titre=titre".',
        )  # fmt: skip
    apercu = ApercuPlan(nom, colonnes=tuple(dict.fromkeys(c for e in fiches for c in e.inconnues)))
    plan = _with_elements(apercu, [e for e in entetes if e.sorte != "fiche"], store.plan)
    lecteur = Lecteur(plan, store.territoire)
    for entete in fiches:
        for numero, cellules in _rows(entete):
            _sort(apercu, lecteur.read(entete, numero, cellules), plan, lecteur)
    return apercu


def _headers(document: Document, choix: Choix) -> list[EntetePlan]:
    """La façon de découper le fichier qui y trouve le plus de titres."""
    essais = [find_headers(feuilles, choix) for feuilles in document.lectures]
    return max(essais, key=lambda trouvees: sum(e.score for e in trouvees), default=[])


def _rows(entete: EntetePlan) -> Iterator[tuple[int, list[str]]]:
    feuille: Feuille = entete.feuille
    for numero, cellules in feuille.lignes():
        if numero > entete.ligne and not is_blank(cellules):
            yield numero, list(cellules)


def _with_elements(apercu: ApercuPlan, entetes: list[EntetePlan], plan: Plan) -> Plan:
    """Le plan présent, plus les enjeux et objectifs que le fichier apporte."""
    from ctgkit.plan.modele import Element

    neufs: dict[str, list[Element]] = {"enjeu": [], "objectif": []}
    for entete in entetes:
        rangs = {nom: i for i, nom in entete.roles.items()}
        sorte, (code, titre, parent, famille) = entete.sorte, ELEMENTS[entete.sorte]
        for _, cellules in _rows(entete):
            lu = {n: str(cellules[i]).strip() for n, i in rangs.items() if i < len(cellules)}
            cle = lu.get(code, "")
            if cle and lu.get(titre) and not plan.element(f"{sorte}x" if sorte == "enjeu" else "objectifs", cle):
                liens = [p.strip() for p in lu.get(parent, "").split(",") if p.strip()]
                valeurs = {"code": cle, "titre": lu[titre], "domaine" if sorte == "enjeu" else "enjeux": liens}
                valeurs |= {"plan": lu[famille]} if lu.get(famille) else {}
                neufs[sorte].append(Element(cle, valeurs))
                apercu.elements.append((sorte, cle, valeurs))
    enjeux, objectifs = (*plan.enjeux, *neufs["enjeu"]), (*plan.objectifs, *neufs["objectif"])
    return Plan(plan.domaines, enjeux, objectifs, plan.fiches, plan.signature)


def _sort(apercu: ApercuPlan, lue: LignePlan, plan: Plan, lecteur: Lecteur) -> None:
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
    ecarts = tuple((c, presente[c], v) for c, v in lue.valeurs.items() if v not in (None, "", []) and presente[c] != v)
    ecarts = tuple(e for e in ecarts if not (e[2] is False and e[1] is None))
    if ecarts:
        apercu.changees.append(Changee(presente.cle, presente.code, ecarts))
    else:
        apercu.inchangees.append(presente.code)


def _same(plan: Plan, code: str, titre: str) -> Fiche | None:
    """La même fiche : même numéro, ou sans numéro même intitulé."""
    par_code = [f for f in plan.fiches if code and f.code == code]
    return next(iter(par_code or [f for f in plan.fiches if not code and simplify(f.titre) == simplify(titre)]), None)


def _place(apercu: ApercuPlan, lue: LignePlan, lecteur: Lecteur) -> None:
    """Un axe est un enjeu, le sous-axe le plus profond un objectif ; inconnus, ils sont créés."""
    enjeu, objectif = lue.axes[0], lue.axes[2] or lue.axes[1]
    if enjeu and "enjeux" not in lue.valeurs:
        lue.valeurs["enjeux"] = [_element(apercu, lecteur, "enjeu", enjeu, [])]
    if objectif and "objectifs" not in lue.valeurs:
        lue.valeurs["objectifs"] = [_element(apercu, lecteur, "objectif", objectif, lue.valeurs.get("enjeux", []))]


def _element(apercu: ApercuPlan, lecteur: Lecteur, sorte: str, titre: str, parents: list[str]) -> str:
    connus = lecteur.renvois["enjeux" if sorte == "enjeu" else "objectifs"]
    if simplify(titre) not in connus:
        initiale = "IMP-E" if sorte == "enjeu" else "IMP-O"
        cle = next(c for n in range(1, len(connus) + 2) if (c := f"{initiale}{n}") not in connus.values())
        connus[simplify(titre)] = cle
        lien = {"domaine": []} if sorte == "enjeu" else {"enjeux": parents, "niveau": "operationnel"}
        apercu.elements.append((sorte, cle, {"code": cle, "titre": titre, **lien}))
    return connus[simplify(titre)]


def apply_plan(apercu: ApercuPlan, store: PlanStore, role: str = ROLE) -> int:
    """Écrit ce qui a été montré ; rend le nombre de champs écrits. Une cellule vide n'efface rien."""
    ecrits = 0
    for sorte, cle, valeurs in apercu.elements:
        ecrits += len(store.write_all([(cle, c, v) for c, v in valeurs.items()], role, sorte))
    for lue in apercu.nouvelles:
        code = str(lue.valeurs.get("code") or "")
        cle = code if code and store.is_free(code) else store.plan.free_code("IMP")
        ecrits += len(store.write_all([(cle, c, v) for c, v in {**lue.valeurs, "code": code or cle}.items()], role))
    for changee in apercu.changees:
        ecrits += len(store.write_all([(changee.cle, c, v) for c, _, v in changee.champs], role))
    return ecrits
