"""Les gestes sur les enjeux et les objectifs : ajouter, renommer, rattacher, retirer."""

from collections.abc import Mapping

from ctgkit.errors import CtgError
from ctgkit.storage.journal.plan import PlanStore
from ctgkit.views.plan.etat import EtatPlan

Geste = Mapping[str, str]
PLURIELS = {"enjeu": "enjeux", "objectif": "objectifs"}
NIVEAUX = {"strategique": "stratégique", "operationnel": "opérationnel"}
LONGUEUR = 2000


class Titres:
    def __init__(self, store: PlanStore) -> None:
        self.store = store

    def add(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        sorte, titre = geste.get("sorte", ""), geste.get("lu1", "").strip()
        if sorte not in PLURIELS:
            return etat
        if not titre:
            raise CtgError("L'intitulé est vide.", "Enjeux et objectifs", "Écrire un intitulé, puis ajouter.")
        parent = self._parent(sorte, geste.get("lu2", ""))
        niveau = {"niveau": geste["lu3"]} if sorte == "objectif" and geste.get("lu3") in NIVEAUX else {}
        premier = next(iter(parent.values()))
        debut = premier[0] if isinstance(premier, list) and premier else ""
        self.store.create_element(sorte, debut, {"titre": titre[:LONGUEUR], **parent, **niveau}, etat.role)
        return etat

    def rename(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        """Avec la version que la page montrait : deux personnes sur le même intitulé se départagent."""
        sorte, cle, texte = geste.get("sorte", ""), geste.get("vise", ""), geste.get("texte", "").strip()[:LONGUEUR]
        if texte and self._known(sorte, cle) and texte != self.store.plan.title(PLURIELS[sorte], cle):
            vue = geste.get("version", "")
            version = int(vue) if vue.isdecimal() else None
            self.store.write(cle, "titre", texte, etat.role, version, sorte)
        return etat

    def change(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        """Le domaine d'un enjeu, l'enjeu ou le niveau d'un objectif."""
        sorte, cle, valeur = geste.get("sorte", ""), geste.get("vise", ""), geste.get("valeur", "")
        if not self._known(sorte, cle):
            return etat
        voulu = {"niveau": valeur} if geste.get("champ") == "niveau" else self._parent(sorte, valeur)
        if geste.get("champ") == "niveau" and valeur not in NIVEAUX:
            return etat
        self.store.write_all([(cle, c, v) for c, v in voulu.items()], etat.role, sorte)
        return etat

    def remove(self, etat: EtatPlan, geste: Geste) -> EtatPlan:
        """Tant que des fiches ou des objectifs s'y rattachent, on le dit au lieu de les détacher."""
        sorte, cle, plan = geste.get("sorte", ""), geste.get("vise", ""), self.store.plan
        if not self._known(sorte, cle):
            return etat
        attaches = [f.code for f in plan.fiches if cle in f[PLURIELS[sorte]]]
        attaches += [o.cle for o in plan.objectifs if cle in o.codes("enjeux")] if sorte == "enjeu" else []
        if attaches:
            raise CtgError(
                f"« {cle} » sert encore : {', '.join(attaches[:6])}.", "Enjeux et objectifs",
                "Rattacher ailleurs ce qui en dépend, puis retirer.",
            )  # fmt: skip
        self.store.write(cle, "retiree", True, etat.role, objet=sorte)
        return etat

    def _known(self, sorte: str, cle: str) -> bool:
        return sorte in PLURIELS and self.store.plan.element(PLURIELS[sorte], cle) is not None

    def _parent(self, sorte: str, cle: str) -> dict[str, object]:
        if sorte == "enjeu":
            return {"domaine": cle if self.store.plan.element("domaines", cle) else ""}
        return {"enjeux": [cle] if self.store.plan.element("enjeux", cle) else []}
