"""Les codes de commune : leur forme, le zéro initial qu'un tableur a mangé, ceux que la France ne connaît pas."""

import re
from collections.abc import Collection, Mapping

from ctgkit.storage.territoire.france import national_codes
from ctgkit.storage.territoire.tables import Reading, rows_with

_INSEE = re.compile(r"[0-9]{5}|2[AB][0-9]{3}")
_SANS_ZERO = re.compile(r"[1-9][0-9]{0,3}")
_COLONNES = {"communes": "code_insee", "structures": "code_insee", "indicateurs": "geo"}


def repair_codes(lus: Mapping[str, Reading]) -> None:
    """`1004` redevient `01004` quand ce code est une commune du territoire ou de France."""
    connus: Collection[str] = ()
    for nom, colonne in _COLONNES.items():
        if nom in lus:
            _repair(lus[nom], colonne, connus)
        if nom == "communes" and nom in lus:
            connus = set(lus[nom].cellules[colonne])


def _repair(reading: Reading, colonne: str, connus: Collection[str]) -> None:
    codes = reading.cellules[colonne]
    courts = {c for c in set(codes) if _SANS_ZERO.fullmatch(c)}
    repares = {c for c in courts if c.zfill(5) in connus or c.zfill(5) in national_codes()}
    rangs = rows_with(reading, colonne, repares)
    reading.avis(colonne, rangs, "zéro initial perdu, rétabli à la lecture", lambda i: codes[i].zfill(5))
    if repares:
        reading.replace(colonne, [c.zfill(5) if c in repares else c for c in codes])


def check_format(communes: Reading) -> None:
    codes = set(communes.cellules["code_insee"]) - {""}
    fautifs = rows_with(communes, "code_insee", {c for c in codes if not _INSEE.fullmatch(c)})
    attendu = "un code Insee à 5 signes : 01004, 2A004, 59606"
    communes.erreurs("code_insee", fautifs, "code de commune refusé", attendu)


def check_national(communes: Reading) -> None:
    """Une commune réelle peut avoir fusionné, ou son code être mal saisi : à vérifier, sans rien refuser."""
    connus = national_codes()
    inconnus = {c for c in communes.cellules["code_insee"] if connus and _INSEE.fullmatch(c) and c not in connus}
    attendu = "un code en vigueur, ou une commune fusionnée depuis"
    constat = "code absent de la liste nationale des communes"
    communes.avis("code_insee", rows_with(communes, "code_insee", inconnus), constat, attendu)
