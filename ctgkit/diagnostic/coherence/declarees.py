"""Les relations que le territoire déclare dans `relations.yaml` : une liste, chaque élément avec sa `regle`.

- `somme` : `total`, `parties` · `part` : `part`, `numerateur` (un terme ou plusieurs, additionnés), `denominateur`
  (ou `inconnu` : on le cherche), `facteur` (100), `entier: true` quand on compte des unités entières
- `meme_notion` : `valeurs` · `moyenne` : `ensemble` (un terme, ou `numerateur` et `denominateur`), `groupes`,
  `partition: true` quand les groupes couvrent tout · `evolution` : `taux`, `avant`, `apres` · `tendances` : `valeurs`
- `formule` : `formule: "AV09 = AV01 + AV02"` · `compte` : `annonce`, `trouves` (ou `liste`, énumérée ou nom d'un
  tableau) · `dates` : `dates`, dans l'ordre · `inclusion` : `elements` et `dans`, chacun `{libelle, ligne, liste}`
- `titres` et `renvois` : `prefixe`, `titres` (`numero`, `titre`, `ligne`), `renvois` (`vers`, `contexte`, `ligne`)

Un terme est un code (`AV01`), un nombre, ou `{code, geo, annee}`, ou
`{valeur, libelle, unite, texte, annee, ligne, document}` (`texte` : ce qu'on montre à la place du nombre).
Communs à toutes : `titre`, `document`, `geo`, `theme`, `explication`, `niveau` (E, D, L, X, P, I).
Sont aussi compris : `nature` pour `regle`, `rapport` pour `part`, `resultat` pour le total ou le taux, `termes`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ctgkit.diagnostic.coherence import relations_calculs, relations_documents
from ctgkit.diagnostic.coherence.alerte import NIVEAUX, Alerte
from ctgkit.diagnostic.coherence.contexte import Contexte
from ctgkit.diagnostic.coherence.termes import erreur
from ctgkit.errors import did_you_mean

Regle = Callable[[Contexte, Mapping[str, Any]], Iterator[Alerte]]
REGLES: dict[str, Regle] = {**relations_calculs.REGLES, **relations_documents.REGLES}
_SYNONYMES = {"rapport": "part", "ratio": "part", "egalite": "meme_notion", "renvoi": "renvois", "titre": "titres"}


def alertes(contexte: Contexte) -> Iterator[Alerte]:
    for relation in contexte.territoire.relations:
        for alerte in _verifier(contexte, relation):
            yield _habiller(alerte, relation)


def _verifier(contexte: Contexte, relation: Mapping[str, Any]) -> list[Alerte]:
    try:
        return list(_regle(relation)(contexte, relation))
    except (TypeError, ValueError, KeyError, AttributeError) as faute:
        raise erreur(relation, f"mal écrite ({faute})", "les clés décrites en tête de relations.yaml") from None


def _regle(relation: Mapping[str, Any]) -> Regle:
    nom = str(relation.get("regle") or relation.get("nature") or "")
    nom = _SYNONYMES.get(nom, nom)
    if nom not in REGLES:
        raise erreur(
            relation, f"règle inconnue : « {nom} » {did_you_mean(nom, REGLES)}".rstrip(), ", ".join(sorted(REGLES))
        )
    return REGLES[nom]


def _habiller(alerte: Alerte, relation: Mapping[str, Any]) -> Alerte:
    """Le titre, le thème et l'explication de celui qui a écrit la relation."""
    titre = relation.get("titre") or relation.get("libelle")
    explication = relation.get("explication")
    return replace(
        alerte,
        titre=str(titre) if titre else alerte.titre,
        theme=str(relation.get("theme") or alerte.theme),
        niveau=relation["niveau"] if relation.get("niveau") in NIVEAUX else alerte.niveau,
        explications=((str(explication),) if explication else ()) + alerte.explications,
    )
