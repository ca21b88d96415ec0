"""Ce qui ne tombe pas juste dans les chiffres et les documents d'un territoire : signalé, jamais corrigé.

Chaque règle est un module de ce dossier qui a une fonction `alertes(contexte)` ; une règle de plus est un fichier de
plus. Les règles sur le texte d'une convention sont dans `texte/`, avec une fonction `alertes(texte)`.
"""

import importlib
import pkgutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import ModuleType

from ctgkit.diagnostic.coherence.alerte import NIVEAUX, Alerte, Chiffre, ordre, sourcer
from ctgkit.diagnostic.coherence.contexte import ouvrir
from ctgkit.diagnostic.secret.publication import Publication, publier
from ctgkit.territoire import Territoire

__all__ = ["NIVEAUX", "Alerte", "Chiffre", "controler", "controler_texte", "sourcer"]


def controler(
    publication: Publication | Territoire,
    documents: Mapping[str, Sequence[str]] | None = None,
    expliquees: Mapping[str, str] | Collection[str] = (),
) -> tuple[Alerte, ...]:
    """Les alertes d'un territoire et des textes donnés (nom → lignes).

    `expliquees` : les id que quelqu'un a expliqués (id → raison, ou id seuls) ; ces alertes restent, à la fin.
    """
    publication = publier(publication) if isinstance(publication, Territoire) else publication
    contexte = ouvrir(publication)
    trouvees = [a for regle in _regles(__name__) for a in regle.alertes(contexte)]
    for nom, lignes in (documents or {}).items():
        trouvees += controler_texte(lignes, nom, lieu=contexte.lieu)
    return _ranger(trouvees, expliquees)


def controler_texte(
    lignes: Sequence[str], document: str = "", expliquees: Collection[str] = (), lieu: str = "document"
) -> tuple[Alerte, ...]:
    """Les alertes d'un document donné comme des lignes de texte."""
    from ctgkit.diagnostic.coherence.texte.lecture import Texte

    texte = Texte.lire(lignes, document, lieu)
    return _ranger((a for regle in _regles(f"{__name__}.texte") for a in regle.alertes(texte)), expliquees)


def _ranger(alertes: Iterable[Alerte], expliquees: Mapping[str, str] | Collection[str]) -> tuple[Alerte, ...]:
    uniques = {a.id: a for a in reversed(list(alertes))}
    raisons = expliquees if isinstance(expliquees, Mapping) else dict.fromkeys(expliquees, "")
    marquees = (replace(a, expliquee=True, raison=raisons[a.id]) if a.id in raisons else a for a in uniques.values())
    return tuple(sorted(marquees, key=ordre))


@cache
def _regles(paquet: str) -> tuple[ModuleType, ...]:
    dossier = importlib.import_module(paquet)
    modules = (importlib.import_module(f"{paquet}.{m.name}") for m in _modules(dossier))
    return tuple(m for m in modules if hasattr(m, "alertes"))


def _modules(dossier: ModuleType) -> Iterator[pkgutil.ModuleInfo]:
    return (m for m in pkgutil.iter_modules(dossier.__path__) if not m.ispkg)
