"""Ce que partagent les panneaux : une erreur dans un contrôle se dit en français, jamais par une trace."""

import logging
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, Protocol

from ctgkit.errors import CtgError

JOURNAL = logging.getLogger("ctgkit.views")
P = ParamSpec("P")


class Prevenant(Protocol):
    """Un panneau sait montrer une erreur."""

    def tell(self, erreur: CtgError) -> None: ...


def unexpected() -> CtgError:
    """Une erreur que personne n'avait prévue : une référence relie ce que l'on voit au détail, resté sur le poste."""
    reference = uuid.uuid4().hex[:6].upper()
    JOURNAL.exception("Erreur imprévue, référence %s", reference)
    return CtgError(
        "Une erreur imprévue a arrêté ce calcul.",
        f"référence {reference}",
        "Continuer ou recharger la page : ce qui est enregistré est conservé. Le détail, sous cette référence, est "
        "dans la fenêtre où tourne « ctg servir ».",
    )


def guarded(rappel: Callable[P, Any]) -> Callable[P, Any]:
    """Pour les méthodes d'un panneau que le navigateur appelle : l'erreur va à `tell`, la page continue."""

    @wraps(rappel)
    def sans_trace(*args: P.args, **kwargs: P.kwargs) -> Any:
        panneau: Prevenant = args[0]
        try:
            return rappel(*args, **kwargs)
        except CtgError as erreur:
            panneau.tell(erreur)
        except Exception:
            panneau.tell(unexpected())
        return None

    return sans_trace
