"""Ce qui ne tombe pas juste dans les chiffres et les documents d'un territoire : signalé, jamais corrigé.

Une règle est une fonction `check_…(contexte)` d'un module de ce dossier, ou `check_…(texte)` d'un module de `texte/` :
une règle de plus est une fonction de plus, aucune liste ne les nomme.
"""

import importlib
import pkgutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from ctgkit.diagnostic.coherence.alerte import (
    NIVEAUX,
    Alerte,
    join_consequences,
    name_sources,
    not_said_yet,
    ordre,
    say_once,
)
from ctgkit.diagnostic.coherence.contexte import open_contexte
from ctgkit.diagnostic.coherence.relations import alert_relations
from ctgkit.diagnostic.coherence.texte import Texte
from ctgkit.diagnostic.secret.publication import Publication, publish
from ctgkit.territoire import Territoire

__all__ = ["NIVEAUX", "Alerte", "check_coherence", "check_texte", "name_sources"]


def check_coherence(
    publication: Publication | Territoire,
    documents: Mapping[str, Sequence[str]] | None = None,
    expliquees: Mapping[str, str] | Collection[str] = (),
) -> tuple[Alerte, ...]:
    """Les alertes d'un territoire et des textes donnés (nom → lignes).

    `expliquees` : les id que quelqu'un a expliqués (id → raison, ou id seuls) ; ces alertes restent, à la fin.
    """
    publication = publish(publication) if isinstance(publication, Territoire) else publication
    contexte = open_contexte(publication)
    # Une relation déclarée passe devant la règle qui trouve la même chose : son titre a été écrit pour ce territoire.
    trouvees = [*alert_relations(contexte), *(a for check in _rules(__name__) for a in check(contexte))]
    for nom, lignes in (documents or {}).items():
        lues = check_texte(lignes, nom, lieu=contexte.lieu)
        trouvees += not_said_yet(lues, trouvees)
    return _arrange(say_once(trouvees), expliquees)


def check_texte(
    lignes: Sequence[str], document: str = "", expliquees: Collection[str] = (), lieu: str = "document"
) -> tuple[Alerte, ...]:
    """Les alertes d'un document donné comme des lignes de texte."""
    texte = Texte.read(lignes, document, lieu)
    trouvees = say_once([a for check in _rules(f"{__name__}.texte") for a in check(texte)])
    return _arrange(join_consequences(trouvees), expliquees)


def _arrange(alertes: Sequence[Alerte], expliquees: Mapping[str, str] | Collection[str]) -> tuple[Alerte, ...]:
    uniques = {a.id: a for a in reversed(alertes)}
    raisons = expliquees if isinstance(expliquees, Mapping) else dict.fromkeys(expliquees, "")
    marquees = (replace(a, expliquee=True, raison=raisons[a.id]) if a.id in raisons else a for a in uniques.values())
    return tuple(sorted(marquees, key=ordre))


@cache
def _rules(paquet: str) -> tuple[Callable[[Any], Iterable[Alerte]], ...]:
    modules = pkgutil.iter_modules(importlib.import_module(paquet).__path__, f"{paquet}.")
    fonctions = [
        (m.name, f) for m in modules for n, f in vars(importlib.import_module(m.name)).items() if n.startswith("check_")
    ]
    return tuple(f for nom, f in fonctions if f.__module__ == nom)
