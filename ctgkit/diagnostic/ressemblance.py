"""Les communes qui se ressemblent : par la taille et par le niveau de vie, rien d'autre."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ctgkit.diagnostic.mesures import mesurer
from ctgkit.diagnostic.secret.publication import Publication
from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import pourcent
from ctgkit.territoire import Commune

NIVEAU_DE_VIE = "AS01"


@dataclass(frozen=True)
class Jumelle:
    """`distance` : 0 pour des communes identiques ; `lecture` dit de combien elles diffèrent."""

    code_insee: str
    nom: str
    distance: float
    lecture: str


def jumelles(
    publication: Publication, code_insee: str, combien: int = 5, autres: Iterable[Commune] = ()
) -> tuple[Jumelle, ...]:
    """Les plus proches d'abord, parmi les communes du territoire et celles que l'on ajoute."""
    communes = {c.code_insee: c for c in (*autres, *publication.territoire.communes)}
    if code_insee not in communes:
        conseil = did_you_mean(code_insee, communes)
        raise CtgError(f"Commune inconnue du territoire : « {code_insee} » {conseil}".strip(), "communes.csv")
    ici = _profil(publication, communes[code_insee])
    if ici[0] is None:
        return ()
    profils = ((c, _profil(publication, c)) for code, c in communes.items() if code != code_insee)
    proches = [_jumelle(c, ici, profil) for c, profil in profils if profil[0] is not None]
    return tuple(sorted(proches, key=lambda j: (j.distance, j.code_insee))[:combien])


Profil = tuple[float | None, float | None]


def _profil(publication: Publication, commune: Commune) -> Profil:
    """Population et niveau de vie médian ; les indicateurs publiés d'abord, le fichier des communes sinon."""
    niveau = mesurer(publication, NIVEAU_DE_VIE, commune.code_insee).valeur or commune.niveau_de_vie
    return (commune.population or mesurer(publication, "CAD01", commune.code_insee).valeur) or None, niveau or None


def _jumelle(commune: Commune, ici: Profil, autre: Profil) -> Jumelle:
    """Un doublement de taille ou de niveau de vie compte autant ; un niveau masqué compte comme un écart moyen."""
    ecarts = [abs(math.log2(autre[0] / ici[0]))]
    dits = [f"population {pourcent(100 * (autre[0] / ici[0] - 1), 0, signe=True)}"]
    if ici[1] and autre[1]:
        ecarts.append(abs(math.log2(autre[1] / ici[1])))
        dits.append(f"niveau de vie {pourcent(100 * (autre[1] / ici[1] - 1), 0, signe=True)}")
    else:
        ecarts.append(0.5)
        dits.append("niveau de vie masqué ou inconnu")
    return Jumelle(commune.code_insee, commune.nom, round(math.hypot(*ecarts), 6), ", ".join(dits))
