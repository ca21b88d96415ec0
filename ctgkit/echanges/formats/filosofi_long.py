"""Insee, Filosofi depuis 2021, catalogue de données (DS_FILOSOFI…) : une ligne par lieu et par mesure.

`CONF_STATUS` C est un secret. Une ligne coupée par âge ou par logement n'est lue que pour l'ensemble (`_T`).
Le millésime 2023 ouvre une source refondue : il ne se compare pas aux précédents.
"""

from collections.abc import Iterator

from ctgkit.echanges.lecteurs.feuille import FeuilleLue
from ctgkit.echanges.tableau.codes import COMMUNE, DEPARTEMENT, EPCI, FRANCE, IRIS, REGION, read_code
from ctgkit.echanges.tableau.contexte import Contexte, Releve
from ctgkit.echanges.tableau.entete import Entete, Resolution
from ctgkit.echanges.tableau.ligne import Ligne
from ctgkit.echanges.tableau.modele import A_COMPLETER, ESTIME, MASQUE, PUBLIE, Brut, Mesure, Skipped
from ctgkit.echanges.tableau.parcours import browse
from ctgkit.echanges.tableau.valeurs import plain_text, read_cell, read_period

_COLONNES = {
    "geo": "geo", "echelle": "geo_object", "mesure": "filosofi_measure", "annee": "time_period", "valeur": "obs_value",
}  # fmt: skip
_FACULTATIVES = {"secret": "conf_status", "etat": "obs_status", "puissance": "unit_mult"}
_SANS_COUPE = {*_COLONNES.values(), *_FACULTATIVES.values(), "unit_measure"}
_NIVEAUX = {"COM": COMMUNE, "EPCI": EPCI, "DEP": DEPARTEMENT, "REG": REGION, "FRANCE": FRANCE, "IRIS": IRIS}
_ENSEMBLE, _METROPOLE, _REFONTE = "_T", "FM", 2023
MESURES = {
    "MED_SL": Mesure.rate("AS01", ""),
    "D1_SL": Mesure.rate("AS02", ""),
    "IR_D9_D1_SL": Mesure.rate("AS03", ""),
    "GI_SL": Mesure.rate("AS04", "", maximum=1.0),
    "S_SOC_BEN_DI": Mesure.rate("AS05", "", maximum=100.0),
    "S_SOC_BEN_DI_MIN_SOC": Mesure.rate("AS06", "", maximum=100.0),
    "S_SOC_BEN_DI_HOU_BEN": Mesure.rate("AS07", "", maximum=100.0),
    "PR_MD60": Mesure.rate("AS08", "", maximum=100.0),
    "NUM_HH": Mesure.count("CAD10", ""),
    "NUM_PER": Mesure.count("CAD11", ""),
}


class LongFilosofi:
    code = "filosofi-long"
    libelle = "Insee, Filosofi, une ligne par mesure (catalogue de données, depuis 2021)"

    def match(self, _: str, entete: Entete) -> Resolution | None:
        rangs = {cle: entete.find(nom) for cle, nom in (_COLONNES | _FACULTATIVES).items()}
        if any(rangs[cle] is None for cle in _COLONNES):
            return None
        coupes = {nom: i for i, nom in enumerate(entete.noms) if nom and nom not in _SANS_COUPE}
        return Resolution(entete, (), None, {c: r for c, r in rangs.items() if r is not None} | coupes)

    def read(self, feuille: FeuilleLue, resolution: Resolution, contexte: Contexte, releve: Releve) -> None:
        coupes = resolution.autres.keys() - _COLONNES.keys() - _FACULTATIVES.keys()

        def one(ligne: Ligne) -> bool:
            niveau, mesure = _row(ligne, coupes)
            geo = read_code(niveau, ligne.get("geo").rpartition("-")[2])
            if contexte.perimetre.holds(niveau, geo):
                releve.bruts.append(_value(ligne, niveau, geo, mesure, contexte))
                return True
            return False

        browse(feuille, resolution, releve, one)
        releve.bruts[:] = _one_france(releve.bruts)
        if any((b.annee or 0) >= _REFONTE for b in releve.bruts):
            releve.warn("Filosofi est une source refondue depuis 2023 : ne pas comparer à un millésime précédent.")


def _row(ligne: Ligne, coupes: set[str]) -> tuple[str, Mesure]:
    mesure = MESURES.get(ligne.get("mesure"))
    if mesure is None:
        raise Skipped("mesures qui ne sont pas au catalogue")
    if any(ligne.get(c) not in ("", _ENSEMBLE) for c in coupes):
        raise Skipped("détails par âge, logement ou ménage")
    niveau = _NIVEAUX.get(ligne.get("echelle"))
    if niveau is None:
        raise Skipped("autres échelles (unités urbaines, zones d'emploi, arrondissements municipaux…)")
    return niveau, mesure


def _value(ligne: Ligne, niveau: str, geo: str, mesure: Mesure, contexte: Contexte) -> Brut:
    annee, _ = read_period(ligne.get("annee"))
    valeur, statut = read_cell(ligne.get("valeur"), mesure, A_COMPLETER)
    if ligne.get("secret") == "C":
        valeur, statut = None, MASQUE
    if statut == PUBLIE and ligne.get("etat") == "E":
        statut = ESTIME
    puissance = ligne.get("puissance") or "0"
    if not puissance.lstrip("-").isdigit() or abs(int(puissance)) > 9:
        raise ValueError(f"UNIT_MULT illisible : « {puissance[:30]} »")
    entier = puissance == "0"
    return Brut(
        mesure.code, geo, niveau, annee, valeur if entier or valeur is None else valeur * 10 ** int(puissance), statut,
        f"insee-filosofi-{annee}", f"{contexte.titre}, mesure {ligne.get('mesure')}", ligne.numero, "OBS_VALUE",
        mesure=mesure, texte=plain_text(ligne.get("valeur")) if entier and valeur is not None else "",
        detail=ligne.get("geo"),
    )  # fmt: skip


def _one_france(bruts: list[Brut]) -> Iterator[Brut]:
    """La France métropolitaine seulement quand l'ensemble n'est pas donné : les deux ont le même code ici."""
    entiere = {(b.code, b.annee) for b in bruts if b.niveau == FRANCE and b.detail != _METROPOLE}
    return (b for b in bruts if b.niveau != FRANCE or b.detail != _METROPOLE or (b.code, b.annee) not in entiere)


FORMAT = LongFilosofi()
