"""Ce qui est vrai dans toute la France : des règles, et leurs paramètres datés et sourcés, côte à côte."""

from ctgkit.droit.bareme import STATUTS, UNITES, Bareme, BaremeError, Parametre, Valeur, weakest, write_value
from ctgkit.droit.lecture import override
from ctgkit.droit.registre import (
    Dispositif,
    Service,
    bareme,
    dans_le_bonus,
    dispositifs,
    libelles_dispositifs,
    propres,
    services,
)

__all__ = [
    "STATUTS",
    "UNITES",
    "Bareme",
    "BaremeError",
    "Dispositif",
    "Parametre",
    "Service",
    "Valeur",
    "bareme",
    "dans_le_bonus",
    "dispositifs",
    "libelles_dispositifs",
    "override",
    "propres",
    "services",
    "weakest",
    "write_value",
]
