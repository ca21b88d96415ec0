"""Ce que partagent les panneaux : une erreur dans un contrôle se dit en français, jamais par une trace."""

import asyncio
import os
import sys
import traceback
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, Protocol

from ctgkit.errors import CtgError

P = ParamSpec("P")


class Prevenant(Protocol):
    """Un panneau sait montrer une erreur."""

    def tell(self, erreur: CtgError) -> None: ...


def unexpected() -> CtgError:
    """Une erreur que personne n'avait prévue : une référence relie ce que l'on voit au détail, resté sur le poste."""
    reference = uuid.uuid4().hex[:6].upper()
    _to_window(f"Erreur imprévue, référence {reference}\n{traceback.format_exc()}")
    return CtgError(
        "Une erreur imprévue a arrêté ce calcul.",
        f"référence {reference}",
        "Continuer ou recharger la page : ce qui est enregistré est conservé. Le détail, sous cette référence, est "
        "dans la fenêtre où tourne « ctg servir ».",
    )


def _to_window(texte: str) -> None:
    """Dans un noyau, tout ce qui s'écrit part vers le navigateur ; `fileno` y rend la vraie sortie, la fenêtre."""
    try:
        os.write(sys.stderr.fileno(), texte.encode())
    except (OSError, ValueError):
        print(texte, file=sys.__stderr__, flush=True)


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


class Later:
    """Ce qui peut attendre : fait une seule fois, quand la page a reçu l'essentiel ; tout de suite hors d'un noyau."""

    def __init__(self, faire: Callable[[], None], delai_s: float = 0.01) -> None:
        self.faire, self.delai_s = faire, delai_s
        self.prevu: asyncio.TimerHandle | None = None

    def ask(self) -> None:
        if self.prevu:
            self.prevu.cancel()
        try:
            self.prevu = asyncio.get_running_loop().call_later(self.delai_s, self.faire)
        except RuntimeError:
            self.faire()
