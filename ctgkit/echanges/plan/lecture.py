"""Une ligne de tableur devient les valeurs d'une fiche ; une cellule qui ne se lit pas est nommée, avec la raison."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ctgkit.echanges.lecteurs.feuille import FaultyCell, FeuilleLue, letters
from ctgkit.echanges.plan.colonnes import EntetePlan, vocabulary
from ctgkit.echanges.tableau.codes import simplify
from ctgkit.errors import CtgError
from ctgkit.plan import Champ, Plan, champ
from ctgkit.plan.champs import LISTES_COMMA
from ctgkit.plan.tableur import MARQUE_DE_COUPE, read_cell, write_cell
from ctgkit.territoire import Territoire
from ctgkit.texte import unguard

_MONTANT = champ("financeurs").column("montant_eur")
TOUT = ("tout_le_territoire", "toutes_les_communes", "toutes")
_FAITE = re.compile(r"(.*\S)\s*:\s*(non\s+)?r[ée]alis[ée]e?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class RejetPlan:
    """Une cellule non reprise : où, ce qu'on y a lu, pourquoi."""

    ou: str
    colonne: str
    valeur: str
    raison: str

    def __str__(self) -> str:
        lu = f" « {self.valeur[:60]} »" if self.valeur else ""
        return f"{self.ou}, « {self.colonne} »{lu} : {self.raison}"


@dataclass
class LignePlan:
    """Une fiche lue : ses champs, le chemin d'axes qui la range, ses cellules refusées."""

    ou: str
    valeurs: dict[str, Any] = field(default_factory=dict)
    axes: list[str] = field(default_factory=list)
    rejets: list[RejetPlan] = field(default_factory=list)


class LecteurPlan:
    """Lit les cellules avec ce que le territoire connaît : ses communes, ses domaines, ses enjeux."""

    def __init__(self, plan: Plan, territoire: Territoire) -> None:
        communes = territoire.communes
        self.renvois = {
            "communes": _index(zip(communes["code_insee"], communes["nom"], strict=True)),
            "domaines": _index((d.cle, d.titre) for d in plan.domaines),
            "enjeux": _index((e.cle, e.titre) for e in plan.enjeux),
            "objectifs": _index((o.cle, o.titre) for o in plan.objectifs),
        }
        self.toutes = [str(c) for c in communes["code_insee"]]
        self.homonymes = {nom for nom, n in Counter(map(simplify, communes["nom"])).items() if n > 1}

    def read(self, entete: EntetePlan, numero: int, cellules: Sequence[str]) -> LignePlan:
        lue = LignePlan(entete.feuille.adresse(numero, 0) or f"ligne {numero}", axes=["", "", ""])
        financeurs: dict[str, dict[str, Any]] = {}
        notes: list[dict[str, Any]] = []
        lieux: dict[str, tuple[str, str]] = {}
        for rang, role in entete.roles.items():
            texte = cell_text(entete.feuille, cellules[rang]) if rang < len(cellules) else ""
            if not texte:
                continue
            titre = entete.titres[rang]
            ou = entete.feuille.adresse(numero, rang) or f"ligne {numero}, colonne {letters(rang)}"
            lieux[role] = (ou, titre)
            try:
                if isinstance(cellules[rang], FaultyCell):
                    raise CtgError(cellules[rang].raison)
                if texte.endswith(MARQUE_DE_COUPE):
                    raise CtgError("Cellule coupée à l'export.", que_faire="Reprendre l'export JSON ou CSV.")
                self._take(role, texte if entete.a_nous else _listed(role, texte), lue, financeurs, (titre, notes))
            except CtgError as refus:
                raison = " ".join(filter(None, (refus.quoi, refus.que_faire)))
                lue.rejets.append(RejetPlan(ou, titre, texte, raison))
        if trouves := _funders(financeurs, lue, lieux):
            lue.valeurs["financeurs"] = trouves
        if notes:
            lue.valeurs["notes_suivi"] = [*lue.valeurs.get("notes_suivi", []), *notes]
        return lue

    def _take(self, role: str, texte: str, lue: LignePlan, financeurs: dict, ailleurs: tuple[str, list]) -> None:
        sorte, _, cle = role.partition(":")
        titre, notes = ailleurs
        gestes: dict[str, Callable[[], Any]] = {
            "champ": lambda: lue.valeurs.__setitem__(cle, self.value(champ(cle), texte)),
            "ligne": lambda: lue.valeurs.__setitem__(cle, self.rows(champ(cle), texte)),
            "niveau": lambda: lue.axes.__setitem__(int(cle), texte),
            "financeur": lambda: financeurs.setdefault(cle, {}).update(financeur=texte),
            "montant": lambda: financeurs.setdefault(cle, {}).update(montant_eur=_amount(texte)),
            "note": lambda: notes.append({"note": f"{titre} : {texte}"}),
            "annee": lambda: notes.append({"note": f"{cle} : {texte}"}),
        }
        gestes.get(sorte, lambda: None)()

    def value(self, declare: Champ, texte: str) -> Any:
        if declare.cible in self.renvois:
            return self._links(declare, texte)
        mots = vocabulary()["valeurs"].get(declare.cle, {})
        voisin = {simplify(v): v for v, _ in declare.choix} | {simplify(m): v for m, v in mots.items()}
        if declare.choix and simplify(texte) in voisin:
            return voisin[simplify(texte)]
        return read_cell(declare, texte)

    def rows(self, declare: Champ, texte: str) -> list[dict[str, Any]]:
        """Notre propre écriture d'un tableau, sinon une ligne de texte par rangée."""
        premiere = {"calendrier": "jalon", "notes_suivi": "note"}.get(declare.cle, declare.colonnes[0].cle)
        if " | " in texte:
            return read_cell(declare, texte)
        rendues = []
        for ligne in filter(None, (x.strip() for x in texte.split("\n"))):
            faite = _FAITE.fullmatch(ligne) if declare.cle == "etapes" else None
            rendues.append({premiere: faite[1], "fait": not faite[2]} if faite else {premiere: ligne})
        return rendues

    def _links(self, declare: Champ, texte: str) -> list[str]:
        connus = self.renvois[declare.cible]
        if declare.cible == "communes" and simplify(texte) in TOUT:
            return list(self.toutes)
        seul = simplify(texte)
        if seul in connus and not (declare.cible == "communes" and seul in self.homonymes):
            return [connus[seul]]
        parties = [p.strip() for p in re.split(r"[,;\n]", texte) if p.strip()]
        doubles = [p for p in parties if declare.cible == "communes" and simplify(p) in self.homonymes]
        if doubles:
            quoi = f"Plusieurs communes du territoire s'appellent « {doubles[0][:60]} »."
            raise CtgError(quoi, que_faire="Écrire leur code Insee.")
        absents = [p for p in parties if simplify(p) not in connus]
        if absents:
            quoi = {"communes": "communes du territoire", "domaines": "dix domaines"}.get(
                declare.cible, f"{declare.cible} du plan"
            )
            raise CtgError(
                f"« {absents[0][:60]} » n'est pas dans les {quoi}.", que_faire="Écrire un nom ou un code connu."
            )
        return [connus[simplify(p)] for p in parties]


def _index(paires: Any) -> dict[str, str]:
    """Un code, ou un nom, mène au code."""
    lus = [(str(code), str(nom)) for code, nom in paires]
    return {simplify(nom): code for code, nom in lus} | {simplify(code): code for code, _ in lus}


def _listed(role: str, texte: str) -> str:
    """D'autres outils écrivent une liste sur une ligne, séparée par des virgules."""
    cle = role.removeprefix("champ:")
    return texte if cle not in LISTES_COMMA or "\n" in texte else re.sub(r"\s*[;,]\s*", "\n", texte)


def cell_text(feuille: FeuilleLue, cellule: str) -> str:
    """Le texte d'une cellule, sans l'apostrophe que nos CSV posent devant ce qui serait une formule."""
    texte = str(cellule).replace("\r\n", "\n").replace("\r", "\n").strip()
    return texte if feuille.lettres else unguard(texte)


def _amount(texte: str) -> float | int:
    return read_cell(_MONTANT, texte)


def _funders(
    financeurs: dict[str, dict[str, Any]], lue: LignePlan, lieux: Mapping[str, tuple[str, str]]
) -> list[dict[str, Any]]:
    """Chaque montant avec son financeur ; un montant seul n'est donné à personne."""
    for cle, seul in financeurs.items():
        if "financeur" not in seul:
            ou, titre = lieux[f"montant:{cle}"]
            raison = "Un montant sans financeur. Nommer le financeur dans la colonne qui précède."
            lue.rejets.append(RejetPlan(ou, titre, write_cell(_MONTANT, seul["montant_eur"]), raison))
    return [x for x in financeurs.values() if "financeur" in x]
