"""Les domaines d'une Ctg × ce qui en est fait : diagnostiqué, objectif, action, évalué ; les vides ressortent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ctgkit.diagnostic.mesures import MASQUE, NON_RENSEIGNE, mesurer_theme
from ctgkit.diagnostic.noms import nommer
from ctgkit.diagnostic.secret.publication import Publiable, Publication

ETAPES = {"diagnostic": "Diagnostiqué", "objectif": "Objectif", "action": "Action", "evaluation": "Évalué"}
HORS_DOMAINES = ("cadrage",)


@dataclass(frozen=True)
class Couverture:
    """Un domaine et ce que l'on y compte : indicateurs chiffrés, objectifs, fiches, fiches évaluées."""

    domaine: str
    nom: str
    diagnostic: int
    objectif: int
    action: int
    evaluation: int

    @property
    def vides(self) -> tuple[str, ...]:
        return tuple(titre for etape, titre in ETAPES.items() if not getattr(self, etape))


def couvrir(publication: Publication, documents: Iterable[str] = ()) -> tuple[Couverture, ...]:
    """Les dix domaines ; avec `documents`, seuls comptent les chiffres lus dans ces documents."""
    plan = publication.territoire.plan
    retenus = frozenset(documents)
    domaines = {c: n for c, n in publication.catalogue.themes.items() if c not in HORS_DOMAINES}
    return tuple(
        Couverture(
            code,
            nom,
            _diagnostiques(publication, code, retenus),
            sum(1 for o in _objets(plan, "objectifs") if code in _domaines(o, plan)),
            sum(1 for f in _objets(plan, "fiches") if code in _domaines(f, plan)),
            sum(1 for f in _objets(plan, "fiches") if code in _domaines(f, plan) and _est_evaluee(f)),
        )
        for code, nom in domaines.items()
    )


def tableau_couverture(publication: Publication) -> Publiable:
    colonnes = {"domaine": "Domaine", **ETAPES}
    lignes = [{"domaine": c.nom, **{e: getattr(c, e) for e in ETAPES}} for c in couvrir(publication)]
    titre = f"Couverture des domaines, {nommer(publication.territoire, publication.territoire.siren)}"
    return publication.tableau(titre, colonnes, lignes)


def _diagnostiques(publication: Publication, theme: str, documents: frozenset[str]) -> int:
    """Une valeur masquée ne diagnostique rien ; une commune ne suffit pas à parler du territoire."""
    mesures = mesurer_theme(publication, theme)
    connues = [m for m in mesures if m.statut not in (MASQUE, NON_RENSEIGNE, "a_completer")]
    return sum(1 for m in connues if not documents or m.source in documents)


def _objets(plan: Mapping[str, Any], cle: str) -> list[Mapping[str, Any]]:
    return [o for o in plan.get(cle) or () if isinstance(o, Mapping)]


def _liste(valeur: Any) -> list[str]:
    if valeur in (None, ""):
        return []
    return [str(v) for v in valeur] if isinstance(valeur, list | tuple) else [str(valeur)]


def _domaines(objet: Mapping[str, Any], plan: Mapping[str, Any]) -> set[str]:
    """Le domaine écrit sur l'objet, sinon ceux de ses objectifs ou de ses enjeux."""
    propres = {d for cle in ("domaine", "domaines", "theme") for d in _liste(objet.get(cle))}
    if propres:
        return propres
    parents = [
        parent
        for cle, noms in (("enjeux", ("enjeux", "enjeu")), ("objectifs", ("objectifs", "objectif", "objectif_op")))
        for parent in _objets(plan, cle)
        if parent is not objet and parent.get("code") in {c for n in noms for c in _liste(objet.get(n))}
    ]
    return {d for parent in parents for d in _domaines(parent, plan)}


def _est_evaluee(fiche: Mapping[str, Any]) -> bool:
    """Au moins un indicateur a une mesure, ou une question une réponse : une question posée n'évalue rien."""
    indicateurs = [i for i in fiche.get("indicateurs") or () if isinstance(i, Mapping)]
    if any(i.get("mesures") or i.get("mesure") not in (None, "") for i in indicateurs):
        return True
    ecrite = fiche.get("evaluation")
    questions = ecrite if isinstance(ecrite, list | tuple) else [{"appreciation": ecrite}]
    reponses = [q.get("appreciation") or q.get("suite") for q in questions if isinstance(q, Mapping)]
    return bool(fiche.get("appreciation")) or any(reponses)
