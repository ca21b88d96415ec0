"""Insee, populations de référence : l'archive annuelle (`donnees_communes.csv`) et le catalogue de données, en long.

Seule la population municipale est reprise. Les fichiers d'avant écrivent le département et le rang de la commune.
"""

from collections.abc import Callable, Collection

from ctgkit.echanges.tableau.apercu import ApercuImport, Skipped
from ctgkit.echanges.tableau.codes import COMMUNE, is_nowhere, read_code
from ctgkit.echanges.tableau.criteres import read_count, the_year
from ctgkit.echanges.tableau.entete import Piste
from ctgkit.echanges.tableau.lignes import FormatListe, LigneLue, browse
from ctgkit.echanges.tableau.valeurs import CritereLu, read_period
from ctgkit.formats import liste


def _commune(ligne: LigneLue) -> str:
    """Le code entier, ou le département suivi du rang : `01` et `4` font 01004, `971` et `101` font 97101."""
    entier, rang = ligne.get("code"), ligne.get("rang")
    if not is_nowhere(entier) and len(entier) >= 4 and entier[-3:].isdigit():
        return read_code(COMMUNE, entier)
    departement = ligne.get("departement")
    if is_nowhere(rang) or is_nowhere(departement):
        raise Skipped("lignes sans code de commune")
    if len(departement) == 3 and departement.startswith("97"):
        rang = rang if len(rang) == 3 else departement[2] + rang.zfill(2)
        departement = departement[:2]
    return read_code(COMMUNE, departement.zfill(2) + rang.zfill(3))


def browse_populations(
    piste: Piste, apercu: ApercuImport, communes: Collection[str], keep: Callable[[str, int, int], None]
) -> None:
    """`keep` reçoit chaque population municipale d'une de ces communes, avec son année (celle de la ligne en long)."""
    du_fichier = None if "annee" in piste.autres else the_year(apercu)

    def one(ligne: LigneLue) -> bool:
        if ligne.get("mesure") not in ("", "PMUN"):
            raise Skipped("autres populations que la population municipale")
        if ligne.get("echelle") not in ("", "COM"):
            raise Skipped("autres échelles que la commune")
        code = read_code(COMMUNE, ligne.get("geo").rpartition("-")[2]) if "geo" in ligne.autres else _commune(ligne)
        if code not in communes:
            return False
        annee = du_fichier or read_period(ligne.get("annee"))[0]
        valeur = read_count(ligne, "population", piste.entete.titres)
        if valeur is not None:
            keep(code, annee, valeur)
        return True

    browse(piste, apercu, one)


def _read(piste: Piste, apercu: ApercuImport) -> None:
    """Un fichier en long donne plusieurs années : la dernière compte."""
    lues: list[CritereLu] = []

    def keep(code: str, annee: int, valeur: int) -> None:
        lues.append(CritereLu(code, "population", valeur, annee, f"insee-populations-{annee}"))

    browse_populations(piste, apercu, apercu.perimetre.communes, keep)
    dernieres: dict[str, int] = {}
    for lue in lues:
        dernieres[lue.code_insee] = max(lue.annee, dernieres.get(lue.code_insee, 0))
    apercu.criteres_lus.extend(x for x in lues if x.annee == dernieres[x.code_insee])
    _warn_missing(apercu, set(dernieres))


def _warn_missing(apercu: ApercuImport, lues: set[str]) -> None:
    absentes = [f"{nom} ({code})" for code, nom in apercu.noms.items() if code not in lues]
    if lues and absentes:
        apercu.warn(
            f"Absente de ce fichier : {liste(absentes[:20])}. Une commune née d'une fusion depuis n'y est pas : "
            "ses anciennes communes ne sont pas additionnées."
        )


FORMAT = FormatListe(
    code="populations",
    libelle="Insee, populations de référence des communes",
    colonnes={"population": "pmun|population_municipale(_\\d{4})?|obs_value"},
    facultatives={
        "code": "com|codgeo|depcom|code_insee|codcom",
        "rang": "codcom|code_commune",
        "departement": "dep|coddep|code_departement",
        "geo": "geo",
        "echelle": "geo_object",
        "mesure": "popref_measure",
        "annee": "time_period",
    },
    exige=("pmun|population_municipale(_\\d{4})?|popref_measure", "com|codgeo|depcom|code_insee|codcom|geo"),
    read=_read,
)
