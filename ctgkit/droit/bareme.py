"""Un paramètre de droit n'est jamais un nombre nu : il est daté, sourcé, parfois incertain."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import date_longue, nombre, pourcent
from ctgkit.fourchette import Fourchette

UNITES = MappingProxyType(
    {
        "eur": "€",
        "eur_par_place": "€ par place et par an",
        "eur_par_heure": "€ par heure",
        "eur_par_etp": "€ par équivalent temps plein et par an",
        "eur_par_mois": "€ par mois",
        "taux": "taux compris entre 0 et 1",
        "pour_cent": "%",
        "annee": "année",
        "place": "places",
        "heure": "heures",
        "etp": "équivalents temps plein",
        "jour": "jours",
    }
)


def write_value(valeur: Fourchette, unite: str) -> str:
    """Avec son unité : `300 € par place et par an`, `de 6,76 € à 6,90 € par heure`, `66 %`, `2023`."""
    if valeur.inconnu:
        return "inconnu"
    if unite.startswith("eur"):
        return valeur.write(2) + UNITES[unite].removeprefix("€")
    if unite == "annee":
        return f"{valeur.bas:.0f}"
    facteur = 100 if unite == "taux" else 1
    decimales = 2 * any(round(facteur * borne, 2) % 1 for borne in (valeur.bas, valeur.connu))
    if unite in ("taux", "pour_cent"):
        return valeur.write(decimales, lambda part, chiffres: pourcent(facteur * part, chiffres))
    return f"{valeur.write(decimales, nombre)} {UNITES[unite]}"


STATUTS = ("officiel", "local", "secondaire", "a_confirmer", "fictif")
USAGES = ("calcul", "saisie", "information")


class BaremeError(CtgError):
    """Un paramètre mal écrit, ou demandé hors des dates connues."""


@dataclass(frozen=True)
class ReferenceDroit:
    titre: str = ""
    url: str = ""


@dataclass(frozen=True)
class Tranche:
    """Un montant, et les bornes hautes des critères qui y mènent ; sans borne, elle vaut pour tout le reste."""

    bas: float
    haut: float
    limites: Mapping[str, float] = field(default_factory=dict)
    incluse: bool = False


@dataclass(frozen=True)
class Valeur:
    """Ce que vaut un paramètre à partir d'une date. Un inconnu va de 0 à l'infini, et porte sa question."""

    depuis: date
    statut: str
    reference: ReferenceDroit
    tranches: tuple[Tranche, ...]
    zone_prioritaire: float | None = None
    structures: Mapping[str, float] = field(default_factory=dict)
    competences: Mapping[str, float] = field(default_factory=dict)
    question: str = ""
    inconnue: bool = False

    @property
    def est_donnee(self) -> bool:
        """Un montant est écrit, pour tous ou pour certains."""
        return not self.inconnue or bool(self.structures or self.competences)

    @property
    def bas(self) -> float:
        return min(t.bas for t in self.tranches)

    @property
    def haut(self) -> float:
        return max([t.haut for t in self.tranches] + [self.zone_prioritaire or 0.0])


@dataclass(frozen=True)
class Parametre:
    code: str
    libelle: str
    unite: str
    verifie_le: date | None
    valeurs: tuple[Valeur, ...]
    usage: str = "calcul"
    source: str = ""

    def en_vigueur(self, jour: date) -> Valeur | None:
        """La valeur qui s'applique ce jour-là, ou rien si la mesure n'existait pas encore."""
        return next((v for v in reversed(self.valeurs) if v.depuis <= jour), None)

    def au(self, jour: date) -> Valeur:
        if (valeur := self.en_vigueur(jour)) is None:
            debut = date_longue(self.valeurs[0].depuis)
            raise BaremeError(
                f"Aucune valeur de « {self.libelle} » au {date_longue(jour)} : le barème commence le {debut}.",
                f"{self.source}, {self.code}",
                "Choisir une année couverte par le barème, ou ajouter la valeur avec sa source.",
            )
        return valeur


@dataclass(frozen=True)
class Bareme:
    """Tous les paramètres, par code (« eaje.nouveau »)."""

    parametres: Mapping[str, Parametre]

    def __getitem__(self, code: str) -> Parametre:
        if code not in self.parametres:
            raise BaremeError(
                f"Paramètre inconnu : « {code} » {did_you_mean(code, self.parametres)}".strip(),
                que_faire="Utiliser un code de la table des paramètres (fichiers ctgkit/droit/*.yaml).",
            )
        return self.parametres[code]

    def __contains__(self, code: object) -> bool:
        return code in self.parametres


def weakest(*statuts: str) -> str:
    """Un résultat porte le statut le plus faible de ce sur quoi il repose."""
    connus = [s if s in STATUTS else "a_confirmer" for s in statuts]
    return max(connus, key=STATUTS.index, default="officiel")
