"""Zonage France ruralités revitalisation, une ligne par commune (`codgeo`, `codefrr`).

4 : classée ; 5 : FRR « plus » ; 0 ou vide : hors FRR. Un autre code (ancienne ZRR, cas particulier) n'est ni un oui ni
un non ; une case vide n'est un non que dans la colonne `codefrr`, qui classe toutes les communes. La zone
prioritaire du bonus n'en est pas déduite.
"""

from ctgkit.echanges.tableau.apercu import ApercuImport, Skipped
from ctgkit.echanges.tableau.codes import COMMUNE, is_nowhere, read_code, simplify
from ctgkit.echanges.tableau.criteres import PAS_D_ECHANTILLON, the_year
from ctgkit.echanges.tableau.entete import Piste
from ctgkit.echanges.tableau.lignes import FormatListe, LigneLue, browse
from ctgkit.echanges.tableau.valeurs import CritereLu, read_yes_no
from ctgkit.formats import liste

_OFFICIELLES = ("codefrr", "code_frr")
_CODES = {"": False, "0": False, "4": True, "5": True}
_MOTS = {"frr": True, "frr_plus": True, "hors_frr": False, "non_classee": False, "classee": True}


def _read(piste: Piste, apercu: ApercuImport) -> None:
    annee, officielle = the_year(apercu), piste.entete.noms[piste.autres["frr"]] in _OFFICIELLES
    particuliers: list[str] = []

    def one(ligne: LigneLue) -> bool:
        if is_nowhere(ligne.get("code")):
            raise Skipped("lignes sans code de commune")
        code = read_code(COMMUNE, ligne.get("code"))
        if code not in apercu.perimetre.communes:
            return False
        classee = _frr(ligne.get("frr"))
        if not ligne.get("frr") and not officielle:
            return True
        if classee is None:
            particuliers.append(f"{apercu.noms[code]} ({ligne.get('frr')[:30]})")
        else:
            apercu.criteres_lus.append(CritereLu(code, "frr", classee, annee, f"liste-frr-{annee}"))
        return True

    browse(piste, apercu, one)
    if particuliers:
        apercu.warn(f"Situation particulière, ni classée ni hors FRR, à voir avec la Caf : {liste(particuliers[:20])}.")
    apercu.warn(PAS_D_ECHANTILLON)


def _frr(texte: str) -> bool | None:
    code = texte.strip().removesuffix(".0")
    if code in _CODES:
        return _CODES[code]
    mot = simplify(texte.replace("+", " plus"))
    return _MOTS[mot] if mot in _MOTS else None if code.isdigit() else read_yes_no(texte)


FORMAT = FormatListe(
    code="liste-frr",
    libelle="Communes en France ruralités revitalisation (FRR)",
    colonnes={"code": "codgeo|code_insee|insee_com|com|code_commune", "frr": "codefrr|code_frr|frr(_simp)?|zonage_frr"},
    read=_read,
)
