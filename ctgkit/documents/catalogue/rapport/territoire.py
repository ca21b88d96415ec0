"""La synthèse d'un territoire : où il en est, ce qui le distingue du repère, ce que vaut le bonus, où va le plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ctgkit.diagnostic import MesureComparee, Publication, check_coherence, compare_lieux, lieu_principal, publish
from ctgkit.diagnostic.doutes import with_doubts
from ctgkit.documents.catalogue.rapport.communs import (
    LECTURE,
    Annee,
    amount,
    facing_value,
    gap,
    label,
    own_value,
    read_years,
    report,
    service_name,
    total_sentence,
    unknowns,
    year_figures,
    years_figure,
)
from ctgkit.documents.catalogue.rapport.portrait import Portrait, read_portrait
from ctgkit.documents.catalogue.rapport.sources import (
    of_bonus,
    of_convention,
    of_mesures,
    of_population,
    of_rates,
    sources_section,
)
from ctgkit.documents.modele import Bloc, Case, Colonne, Document, Liste, Paragraphe, Section, Tableau
from ctgkit.documents.registre import Offre
from ctgkit.formats import date_longue, nombre, pluriel
from ctgkit.plan import count_states, read_plan
from ctgkit.simulation import AVERTISSEMENT, Question, Remarque, Resultat, aggregate, alertes, questions, simulate
from ctgkit.territoire import Territoire


@dataclass(frozen=True)
class LigneService:
    libelle: str
    structures: int
    montant: Case


@dataclass(frozen=True)
class Synthese:
    portrait: Portrait
    comparees: tuple[MesureComparee, ...]
    annees: tuple[Annee, ...]
    services: tuple[LigneService, ...]
    etats: Mapping[str, int]
    alertes: tuple[Remarque, ...]
    questions: tuple[Question, ...]
    sources: Section

    @property
    def territoire(self) -> Territoire:
        return self.portrait.territoire

    @property
    def jour(self) -> date:
        return self.portrait.jour

    @property
    def constat(self) -> str:
        return f"{self.portrait.constat} {total_sentence(self.annees)}"

    @property
    def fiches(self) -> int:
        return sum(self.etats.values())

    @property
    def chiffres(self) -> dict[str, Any]:
        """Ce que le tableau des résultats d'un lot retient ; None quand on ne sait pas."""
        adhesions = self.portrait.adhesions
        return {
            "nom": self.territoire.nom,
            "communes": adhesions.total,
            "adhesions_en_vigueur": adhesions.en_vigueur if adhesions.datees else None,
            "population": adhesions.population,
            **year_figures(self.annees, self.jour.year),
            "fiches_action": self.fiches,
            "points_a_completer": len(self.territoire.a_completer),
        }


def read_synthese(territoire: Territoire, annee: int) -> Synthese:
    """Lue au 31 décembre de l'année : la même demande donne toujours la même synthèse."""
    jour, resultat = date(annee, 12, 31), simulate(territoire, annees=territoire.annees or [annee])
    publication = publish(territoire)
    comparees = sorted(_indicators(publication), key=_weight)
    usages = (
        *of_population(publication, *territoire.communes),
        *of_convention(territoire, *territoire.communes),
        *of_mesures(*comparees),
        *of_bonus(resultat, territoire.structures),
    )
    return Synthese(
        portrait=read_portrait(territoire, jour),
        comparees=tuple(comparees),
        annees=read_years(aggregate(resultat, "annee")),
        services=tuple(_services(resultat, annee)),
        etats={etat: n for etat, n in count_states(read_plan(territoire.plan), jour).items() if n},
        alertes=tuple(a for a in alertes(resultat) if a.niveau != "avis"),
        questions=questions(resultat),
        sources=sources_section(territoire, usages, of_rates(resultat, territoire.structures)),
    )


def _weight(face: MesureComparee) -> tuple[int, str, float]:
    """Les besoins les plus nets d'abord, puis les atouts, puis ce qui ne se compare pas."""
    rang = 3 if face.ecart is None else {True: 0, False: 1, None: 2}[face.defavorable]
    return rang, face.unite_ecart if face.ecart is not None else "", -abs(face.ecart or 0)


def _indicators(publication: Publication) -> tuple[MesureComparee, ...]:
    """Les indicateurs que le territoire a, face à son repère à la dernière année qu'ils ont en commun."""
    ici = lieu_principal(publication.territoire)
    presents = (code for code in publication.catalogue if publication.of_code(code, ici))
    return with_doubts((compare_lieux(publication, code, ici) for code in presents), check_coherence(publication))


def _services(resultat: Resultat, annee: int) -> list[LigneService]:
    types = list(resultat.territoire.structures["type"])
    totaux = aggregate(resultat, "service", "annee")
    return [
        LigneService(service_name(x.service), types.count(x.service), amount(x.bas, x.haut))
        for x in totaux[totaux["annee"] == annee].itertuples()
    ]


def territoire_document(lue: Synthese) -> Document:
    t, p = lue.territoire, lue.portrait
    reperes = (
        ("communes", nombre(p.adhesions.total)),
        (f"habitants ({p.annees_population})", nombre(p.adhesions.population)),
        ("structures", nombre(len(t.structures))),
        ("fiches action", nombre(lue.fiches)),
        ("points à compléter", nombre(len(t.a_completer))),
    )
    sections = (
        Section("Ce qui distingue le territoire", _compared(lue)),
        Section("Le bonus territoire simulé", [*_amounts(lue), *_asked(lue)]),
        Section("Le plan d'actions", _plan(lue)),
        *unknowns([(m.quoi, m.attend or "non dit") for m in sorted(t.a_completer, key=lambda m: m.attend)]),
        lue.sources,
    )
    return report(lue, t.nom, p.surtitre, reperes, sections)


def _compared(lue: Synthese) -> list[Bloc]:
    if not lue.comparees:
        return [Paragraphe("Aucun indicateur n'est renseigné à l'échelle du territoire.", "note")]
    nom = lue.territoire.comparateur.nom
    contre = f"au repère « {nom} »" if nom else "à aucun repère : le territoire n'en nomme pas"
    colonnes = (Colonne("Indicateur"), Colonne("Territoire", "nombre"), Colonne("Repère", "nombre"), Colonne("Écart"))
    lignes = tuple(
        (label(c.mesure), own_value(c.mesure), facing_value(c, c.mesure.annee), Case(gap(c))) for c in lue.comparees
    )
    titre = f"Comparé {contre}. Une valeur masquée n'est pas un zéro."
    return [Tableau(colonnes, lignes, titre), Paragraphe(LECTURE, "note")]


def _amounts(lue: Synthese) -> list[Bloc]:
    if not lue.annees:
        return [Paragraphe("Aucune structure n'est inscrite : le bonus ne peut pas être simulé.", "note")]
    legende = f"Scénario de référence, année par année. {AVERTISSEMENT}"
    figure = years_figure(lue.annees, f"Bonus territoire, {lue.territoire.nom}", legende)
    if not lue.services:
        return [figure]
    colonnes = (Colonne("Service"), Colonne("Structures", "nombre"), Colonne("Bonus simulé", "euros"))
    lignes = tuple((x.libelle, x.structures, x.montant) for x in lue.services)
    return [figure, Tableau(colonnes, lignes, f"Par service en {lue.jour.year}")]


def _asked(lue: Synthese) -> list[Bloc]:
    dits = (
        ("Ce qui demande une décision", [a.message for a in lue.alertes]),
        ("À demander à la Caf", [q.question for q in lue.questions]),
    )
    return [Section(titre, (Liste(tuple(phrases)),)) for titre, phrases in dits if phrases]


def _plan(lue: Synthese) -> list[Bloc]:
    if not lue.etats:
        return [Paragraphe("Le plan ne contient encore aucune fiche.", "note")]
    titre = f"{pluriel(lue.fiches, 'fiche')}, état au {date_longue(lue.jour)}"
    return [Tableau((Colonne("État"), Colonne("Fiches", "nombre")), tuple(lue.etats.items()), titre)]


def synthese_territoire(territoire: Territoire, annee: int) -> Document:
    return territoire_document(read_synthese(territoire, annee))


OFFRE = Offre(
    cle="territoire",
    titre="La synthèse du territoire",
    aide="Pour un comité : ce qui le distingue, ce que vaut le bonus, où va le plan.",
    formats=("docx", "odt", "pdf", "html"),
    document=synthese_territoire,
    rang=2,
)
