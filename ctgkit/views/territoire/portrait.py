"""Le jour où la page se lit, et ce que ses cartes montrent de chaque commune."""

from dataclasses import asdict, dataclass
from datetime import date

from ctgkit.documents.catalogue.rapport.portrait import Portrait
from ctgkit.errors import CtgError
from ctgkit.formats import nombre, pluriel, read_date


def reading_day(aujourdhui: str, annee: int) -> date:
    """Le jour de lecture : celui demandé, sinon la fin de l'année demandée si elle est passée, sinon aujourd'hui."""
    if aujourdhui:
        try:
            return read_date(str(aujourdhui))
        except ValueError:
            raise _refused("aujourdhui", aujourdhui, "Écrire AAAA-MM-JJ ou JJ/MM/AAAA, ou laisser vide.") from None
    jour = date.today()
    if isinstance(annee, bool) or not isinstance(annee, int) or not (annee == 0 or 1990 <= annee <= 2100):
        raise _refused("annee", annee, "Une année entre 1990 et 2100, ou 0 pour l'année en cours.")
    if not annee or annee == jour.year:
        return jour
    return date(annee, 12, 31) if annee < jour.year else date(annee, 1, 1)


def _refused(nom: str, valeur: object, que_faire: str) -> CtgError:
    lu = str(valeur)[:40]
    return CtgError(f"Le paramètre « {nom} » ne se lit pas : « {lu} ».", "paramètres du carnet", que_faire)


@dataclass(frozen=True)
class CommunePeinte:
    """Une commune sur la carte : ce qui est écrit dedans, sa teinte, et la phrase que l'on lit."""

    texte: str
    classe: str
    dit: str


CASES_ADHESION = {
    "en vigueur": CommunePeinte("✓", "adhere", "adhésion en vigueur"),
    "à venir": CommunePeinte("→", "a-venir", "adhésion à venir"),
    "non renseignée": CommunePeinte("?", "inconnu", "adhésion non renseignée"),
}


def map_lines(cases: dict[str, CommunePeinte]) -> list[dict[str, str]]:
    return [{"cle": code, **asdict(case)} for code, case in cases.items()]


def adhesion_cases(portrait: Portrait) -> dict[str, CommunePeinte]:
    return {x.commune.code_insee: CASES_ADHESION[x.etat] for x in portrait.communes}


SEUILS_POPULATION = (1_000, 3_000, 10_000, 20_000)


def population_cases(portrait: Portrait) -> dict[str, CommunePeinte]:
    return {x.commune.code_insee: _population_case(x.commune.population) for x in portrait.communes}


def _population_case(population: int | None) -> CommunePeinte:
    if population is None:
        return CommunePeinte("?", "inconnu", "population non renseignée")
    classe = 1 + sum(population >= seuil for seuil in SEUILS_POPULATION)
    return CommunePeinte(nombre(population), f"p{classe}", pluriel(population, "habitant"))


ZONES = {
    True: CommunePeinte("oui", "adhere", "en zone prioritaire"),
    False: CommunePeinte("non", "hors-zone", "hors zone prioritaire"),
    None: CommunePeinte("?", "inconnu", "zone prioritaire non renseignée"),
}


def zone_cases(portrait: Portrait) -> dict[str, CommunePeinte]:
    return {x.commune.code_insee: ZONES[x.commune.zone_prioritaire] for x in portrait.communes}


CARTES = {
    "adhesion": ("Adhésion à la convention", adhesion_cases),
    "population": ("Population", population_cases),
    "zone": ("Zone prioritaire", zone_cases),
}
