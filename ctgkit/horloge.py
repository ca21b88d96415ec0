"""L'horloge d'une convention et l'adhésion de ses communes, à un jour donné."""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ctgkit.errors import CtgError
from ctgkit.formats import date_longue, ordinal, read_date
from ctgkit.territoire import PAS_DELIBERE, Clause, Commune, Convention, Territoire

QUAND = (
    "une date AAAA-MM-JJ, « fin », « 6 mois avant la fin », « fin de la 2e année », ou « début de la dernière année »"
)
_AVANT = re.compile(r"(\d{1,3}) mois avant la fin")
_ANNEE = re.compile(r"(début|fin) de la (?:(\d{1,2})(?:re|e)|dernière) année")


@dataclass(frozen=True)
class Echeance:
    """Une date de cette convention, et où elle est écrite."""

    jour: date
    libelle: str
    precision: str
    passee: bool
    document: str = ""
    ligne: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Horloge:
    """Où en est la convention ; `annee_en_cours` est None avant le début et après la fin."""

    convention: Convention
    jour: date
    annee_en_cours: int | None
    annees: int
    echeances: tuple[Echeance, ...]
    sans_date: tuple[Clause, ...] = ()

    @property
    def prochaine(self) -> Echeance | None:
        return next((e for e in self.echeances if not e.passee), None)

    @property
    def lecture(self) -> str:
        """« Lecture au 20 février 2026 : 2ᵉ année sur 5 »."""
        dit = f"Lecture au {date_longue(self.jour)}"
        if not self.annee_en_cours:
            return dit
        return f"{dit} : {ordinal(self.annee_en_cours)} année sur {self.annees}"

    @property
    def est_derniere_annee(self) -> bool:
        return self.annee_en_cours is not None and self.annee_en_cours == self.annees


def read_clock(territoire: Territoire, jour: date) -> Horloge:
    """Les dates de la convention et celles que ses clauses demandent : aucune autre, et chacune avec sa source."""
    convention = territoire.convention
    debut, fin = convention.debut, convention.fin
    annees = fin.year - debut.year + 1 if debut and fin else 0
    en_cours = jour.year - debut.year + 1 if debut and fin and debut <= jour <= fin else None
    datees = [(clause, clause_day(clause.quand, convention)) for clause in territoire.clauses]
    echeances = [
        *_own_dates(territoire, jour),
        *(Echeance(d, c.quoi, c.dit, d < jour, c.document, c.ligne, c.note) for c, d in datees if d),
    ]
    return Horloge(
        convention,
        jour,
        en_cours,
        annees,
        tuple(sorted(echeances, key=lambda e: e.jour)),
        tuple(c for c, d in datees if d is None),
    )


def _own_dates(territoire: Territoire, jour: date) -> list[Echeance]:
    """Délibération, début, fin : avec la ligne du fait qui les donne, quand un fait les donne."""
    dites = {
        "deliberation": ("délibération", "décision de l'assemblée qui autorise la signature"),
        "debut": ("début", "la convention prend effet"),
        "fin": ("fin", "dernier jour de la convention"),
    }
    rendues = []
    for cle, (libelle, precision) in dites.items():
        if quand := getattr(territoire.convention, cle):
            faits = (f for f in territoire.faits if f.cle.removeprefix("convention_").startswith(cle))
            fait = next((f for f in faits if f.valeur == quand.isoformat()), None)
            source = (fait.document, fait.ligne, fait.note) if fait else ()
            rendues.append(Echeance(quand, libelle, precision, quand < jour, *source))
    return rendues


def clause_day(quand: str, convention: Convention) -> date | None:
    """Le jour que dit une clause ; rien sans moment, ou quand la convention n'a pas la date dont il dépend."""
    if not quand:
        return None
    if quand == "fin":
        return convention.fin
    if trouve := _AVANT.fullmatch(quand):
        return _months_before(convention.fin, int(trouve[1]))
    if trouve := _ANNEE.fullmatch(quand):
        return _year_bound(trouve[1], int(trouve[2]) if trouve[2] else None, convention)
    return read_date(quand)


def _year_bound(cote: str, rang: int | None, convention: Convention) -> date | None:
    """Le premier ou le dernier jour de la n-ième année de la convention, ou de sa dernière (sans rang)."""
    debut, fin = convention.debut, convention.fin
    if rang is None:
        return fin if cote == "fin" or fin is None else _add_years(fin, -1) + timedelta(days=1)
    if debut is None:
        return None
    return _add_years(debut, rang - 1) if cote == "début" else _add_years(debut, rang) - timedelta(days=1)


def _add_years(jour: date, annees: int) -> date:
    try:
        return jour.replace(year=jour.year + annees)
    except ValueError:
        return date(jour.year + annees, 3, 1)


def _months_before(fin: date | None, mois: int) -> date | None:
    """Le même jour, tant de mois plus tôt ; le 31 devient le dernier jour d'un mois plus court."""
    if not fin:
        return None
    rang = fin.year * 12 + fin.month - 1 - mois
    return date(rang // 12, rang % 12 + 1, min(fin.day, monthrange(rang // 12, rang % 12 + 1)[1]))


def effective_date(commune: Commune, convention: Convention) -> date | None:
    """L'effet écrit ; à défaut le 1er janvier de l'année de la délibération, jamais avant la convention."""
    if commune.effet or not commune.adhesion or commune.adhesion == PAS_DELIBERE:
        return commune.effet
    premier = date(commune.adhesion.year, 1, 1)
    return max(premier, convention.debut) if convention.debut else premier


def membership(commune: Commune, convention: Convention, jour: date) -> str:
    """L'état de l'adhésion d'une commune ce jour-là ; une date vide n'est pas un refus."""
    effet = effective_date(commune, convention)
    if effet is None and commune.adhesion == PAS_DELIBERE:
        return "pas délibéré"
    if effet is None:
        return "non renseignée"
    return "en vigueur" if effet <= jour and (commune.adhesion or effet) <= jour else "à venir"


@dataclass(frozen=True)
class Adhesions:
    total: int
    datees: int
    en_vigueur: int
    population: int
    population_couverte: int

    @property
    def part_population(self) -> float | None:
        return 100 * self.population_couverte / self.population if self.population else None


def count_memberships(territoire: Territoire, jour: date) -> Adhesions:
    communes = list(territoire.communes)
    en_vigueur = [c for c in communes if membership(c, territoire.convention, jour) == "en vigueur"]
    datees = [c for c in communes if (c.adhesion and c.adhesion != PAS_DELIBERE) or c.effet]
    return Adhesions(len(communes), len(datees), len(en_vigueur), _population(communes), _population(en_vigueur))


def _population(communes: list[Commune]) -> int:
    return sum(c.population or 0 for c in communes)


def reading_day(aujourdhui: str | date = "", annee: int = 0) -> date:
    """Le jour de lecture : celui demandé, sinon la fin de l'année demandée si elle est passée, sinon aujourd'hui."""
    if isinstance(aujourdhui, date):
        return aujourdhui
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


def first_year(annees: Sequence[int], voulue: int, jour: date) -> int:
    """L'année demandée ; à défaut celle qui suit aujourd'hui, sans sortir de ces années."""
    return voulue if voulue in annees else min(max(jour.year + 1, annees[0]), annees[-1]) if annees else 0


def check_year(territoire: Territoire, annee: int) -> None:
    """Une année demandée hors de la convention se dit ; 0 laisse choisir."""
    if annee and territoire.annees and annee not in territoire.annees:
        bornes = f"entre {territoire.annees[0]} et {territoire.annees[-1]}"
        raise CtgError(f"L'année {annee} est hors de la convention.", "paramètre « annee »", f"Choisir {bornes}, ou 0.")
