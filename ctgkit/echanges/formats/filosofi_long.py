"""Insee, Filosofi depuis 2021, catalogue de données (DS_FILOSOFI…) : une ligne par lieu et par mesure.

`CONF_STATUS` C est un secret. Une ligne coupée par âge ou par logement n'est lue que pour l'ensemble (`_T`).
Le millésime 2023 ouvre une source refondue : il ne se compare pas aux précédents.
"""

from collections.abc import Iterator

from ctgkit.echanges.tableau.apercu import ApercuImport, Skipped
from ctgkit.echanges.tableau.codes import COMMUNE, DEPARTEMENT, EPCI, FRANCE, IRIS, REGION, read_code
from ctgkit.echanges.tableau.entete import Donnee, Piste
from ctgkit.echanges.tableau.lignes import FormatListe, LigneLue, browse
from ctgkit.echanges.tableau.valeurs import (
    A_COMPLETER,
    ESTIME,
    MASQUE,
    PUBLIE,
    ValeurLue,
    plain_text,
    read_cell,
    read_period,
)

_NIVEAUX = {"COM": COMMUNE, "EPCI": EPCI, "DEP": DEPARTEMENT, "REG": REGION, "FRANCE": FRANCE, "IRIS": IRIS}
_ENSEMBLE, _METROPOLE, _REFONTE = "_T", "FM", 2023
MESURES = {
    "MED_SL": Donnee.rate("AS01"),
    "D1_SL": Donnee.rate("AS02"),
    "IR_D9_D1_SL": Donnee.rate("AS03"),
    "GI_SL": Donnee.rate("AS04", maximum=1.0),
    "S_SOC_BEN_DI": Donnee.rate("AS05", maximum=100.0),
    "S_SOC_BEN_DI_MIN_SOC": Donnee.rate("AS06", maximum=100.0),
    "S_SOC_BEN_DI_HOU_BEN": Donnee.rate("AS07", maximum=100.0),
    "PR_MD60": Donnee.rate("AS08", maximum=100.0),
    "NUM_HH": Donnee.count("CAD10"),
    "NUM_PER": Donnee.count("CAD11"),
}


def _read(piste: Piste, apercu: ApercuImport) -> None:
    coupes = piste.autres.keys() - FORMAT.colonnes.keys() - FORMAT.facultatives.keys() - {"unit_measure"}

    def one(ligne: LigneLue) -> bool:
        niveau, donnee = _row(ligne, coupes)
        geo = read_code(niveau, ligne.get("geo").rpartition("-")[2])
        if apercu.perimetre.holds(niveau, geo):
            apercu.lignes.append(_value(ligne, niveau, geo, donnee, apercu))
            return True
        return False

    browse(piste, apercu, one)
    apercu.lignes[:] = _one_france(apercu.lignes)
    if any((b.annee or 0) >= _REFONTE for b in apercu.lignes):
        apercu.warn("Filosofi est une source refondue depuis 2023 : ne pas comparer à un millésime précédent.")


def _row(ligne: LigneLue, coupes: set[str]) -> tuple[str, Donnee]:
    donnee = MESURES.get(ligne.get("mesure"))
    if donnee is None:
        raise Skipped("mesures qui ne sont pas au catalogue")
    if any(ligne.get(c) not in ("", _ENSEMBLE) for c in coupes):
        raise Skipped("détails par âge, logement ou ménage")
    niveau = _NIVEAUX.get(ligne.get("echelle"))
    if niveau is None:
        raise Skipped("autres échelles (unités urbaines, zones d'emploi, arrondissements municipaux…)")
    return niveau, donnee


def _value(ligne: LigneLue, niveau: str, geo: str, donnee: Donnee, apercu: ApercuImport) -> ValeurLue:
    annee, _ = read_period(ligne.get("annee"))
    valeur, statut = read_cell(ligne.get("valeur"), donnee, A_COMPLETER)
    if ligne.get("secret") == "C":
        valeur, statut = None, MASQUE
    if statut == PUBLIE and ligne.get("etat") == "E":
        statut = ESTIME
    puissance = ligne.get("puissance") or "0"
    if not puissance.lstrip("-").isdigit() or abs(int(puissance)) > 9:
        raise ValueError(f"UNIT_MULT illisible : « {puissance[:30]} »")
    entier = puissance == "0"
    texte = ligne.get("valeur")
    return ValeurLue(
        donnee.code,
        geo,
        niveau,
        annee,
        valeur if entier or valeur is None else valeur * 10 ** int(puissance),
        statut,
        source=f"insee-filosofi-{annee}",
        reference=f"{apercu.titre}, mesure {ligne.get('mesure')}",
        ligne=ligne.numero,
        colonne="OBS_VALUE",
        donnee=donnee,
        texte=plain_text(texte) if entier and valeur is not None else "",
        detail=ligne.get("geo"),
    )


def _one_france(lues: list[ValeurLue]) -> Iterator[ValeurLue]:
    """La France métropolitaine seulement quand l'ensemble n'est pas donné : les deux ont le même code ici."""
    entiere = {(b.code, b.annee) for b in lues if b.niveau == FRANCE and b.detail != _METROPOLE}
    return (b for b in lues if b.niveau != FRANCE or b.detail != _METROPOLE or (b.code, b.annee) not in entiere)


FORMAT = FormatListe(
    code="filosofi-long",
    libelle="Insee, Filosofi, une ligne par mesure (catalogue de données, depuis 2021)",
    colonnes={
        "geo": "geo",
        "echelle": "geo_object",
        "mesure": "filosofi_measure",
        "annee": "time_period",
        "valeur": "obs_value",
    },
    facultatives={"secret": "conf_status", "etat": "obs_status", "puissance": "unit_mult"},
    read=_read,
    toutes=True,
)
