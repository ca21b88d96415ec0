"""La fiche d'une commune : portrait, indicateurs face à l'intercommunalité et au repère, structures, actions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from ctgkit.diagnostic import Mesure, MesureComparee, Publication, check_coherence, lieu_principal, measure, publish
from ctgkit.diagnostic.comparaison import common_year, compare_to
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
from ctgkit.documents.catalogue.rapport.sources import (
    of_bonus,
    of_convention,
    of_mesures,
    of_population,
    of_rates,
    sources_section,
)
from ctgkit.documents.modele import Bloc, Case, Colonne, Document, Paragraphe, Section, Tableau
from ctgkit.documents.registre import Offre
from ctgkit.formats import date_longue, liste, nombre
from ctgkit.fourchette import Fourchette
from ctgkit.horloge import membership
from ctgkit.plan import Fiche, read_plan, state
from ctgkit.simulation import AVERTISSEMENT, Resultat, aggregate, simulate
from ctgkit.simulation.lectures.unites import name
from ctgkit.territoire import Commune, Structure, Territoire
from ctgkit.texte import slug


@dataclass(frozen=True)
class LigneIndicateur:
    """Une mesure de la commune, face à l'intercommunalité puis au repère du territoire."""

    mesure: Mesure
    epci: MesureComparee
    repere: MesureComparee


@dataclass(frozen=True)
class LigneStructure:
    structure: Structure
    propre: bool
    service: str
    quantite: str
    bonus: Fourchette | None

    @property
    def montant(self) -> Case:
        return Case("sans montant cette année") if self.bonus is None else amount(self.bonus.bas, self.bonus.haut)


@dataclass(frozen=True)
class FicheCommune:
    territoire: Territoire
    commune: Commune
    jour: date
    adhesion: str
    comparees: tuple[LigneIndicateur, ...]
    structures: tuple[LigneStructure, ...]
    annees: tuple[Annee, ...]
    ailleurs: tuple[Annee, ...]
    fiches: tuple[Fiche, ...]
    sources: Section

    @property
    def constat(self) -> str:
        """La phrase qui ouvre la fiche : l'écart de besoin le plus net, puis l'argent."""
        besoins = [x.repere for x in self.comparees if x.repere.defavorable and x.repere.classable]
        besoins.sort(key=lambda c: (c.unite_ecart, -abs(c.ecart)))
        besoin = f"{besoins[0].lecture}. " if besoins else ""
        if self.annees:
            return besoin + total_sentence(self.annees)
        versee = "Aucun bonus n'y est versé à la commune elle-même." if self.structures else ""
        return besoin + (versee or "Aucune structure n'y est inscrite.")

    @property
    def chiffres(self) -> dict[str, Any]:
        """Ce que le tableau des résultats d'un lot retient ; None quand on ne sait pas."""
        connues = {f"{x.mesure.code}_{x.mesure.quand}": x.mesure.valeur for x in self.comparees}
        return {
            "nom": self.commune.nom,
            "population": self.commune.population,
            "structures": len(self.structures),
            **year_figures(self.annees, self.jour.year),
            **{f"{nom}_hors_commune": v for nom, v in year_figures(self.ailleurs, self.jour.year).items()},
            "fiches_action": len(self.fiches),
            **connues,
        }


def read_fiche_commune(territoire: Territoire, commune: str, annee: int) -> FicheCommune:
    """Tout ce que la fiche montre, lu au 31 décembre de l'année : la même demande donne toujours la même fiche."""
    trouvee, jour = territoire.find_commune(commune), date(annee, 12, 31)
    publication, resultat = publish(territoire), simulate(territoire, annees=territoire.annees or [annee])
    code, par_an = trouvee.code_insee, aggregate(resultat, "commune", "competence", "annee")
    ici, siennes = par_an["commune"] == code, par_an["competence"].isin(_own(trouvee))
    comparees, structures = _indicators(publication, code), _structures(territoire, resultat, trouvee, annee)
    usages = (
        *of_population(publication, trouvee),
        *of_convention(territoire, trouvee),
        *of_mesures(*(face for x in comparees for face in (x.epci, x.repere))),
        *of_bonus(resultat, (x.structure for x in structures)),
    )
    return FicheCommune(
        territoire=territoire,
        commune=trouvee,
        jour=jour,
        adhesion=membership(trouvee, territoire.convention, jour),
        comparees=tuple(comparees),
        structures=tuple(structures),
        annees=_years(par_an[ici & siennes]),
        ailleurs=_years(par_an[ici & ~siennes]),
        fiches=tuple(f for f in read_plan(territoire.plan).fiches if code in f["territoire"]),
        sources=sources_section(territoire, usages, of_rates(resultat, (x.structure for x in structures))),
    )


def _own(commune: Commune) -> tuple[str, ...]:
    """Les compétences de la commune elle-même ; toute autre est celle d'une intercommunalité ou d'un syndicat."""
    return slug(commune.nom), commune.code_insee, ""


def _years(table: pd.DataFrame) -> tuple[Annee, ...]:
    """Plusieurs compétences s'ajoutent ; ce que rien ne borne pour l'une ne l'est pas pour le tout."""
    return read_years(table.groupby("annee", as_index=False)[["bas", "haut", "haut_connu"]].sum())


def _indicators(publication: Publication, code: str) -> list[LigneIndicateur]:
    """À la dernière année commune aux trois lieux ; ce que la commune n'a pas n'y est pas, le masqué y est."""
    territoire = publication.territoire
    lieux = (lieu_principal(territoire), territoire.comparateur.code)
    ensemble = [code, *filter(None, lieux)]
    mesures = [
        measure(publication, i, code, common_year(publication, i, ensemble))
        for i in publication.catalogue
        if publication.of_code(i, code)
    ]
    alertes = check_coherence(publication)
    faces = (with_doubts((compare_to(publication, mesure, lieu) for lieu in lieux), alertes) for mesure in mesures)
    return [LigneIndicateur(mesure, *face) for mesure, face in zip(mesures, faces, strict=True)]


def _structures(territoire: Territoire, resultat: Resultat, commune: Commune, annee: int) -> list[LigneStructure]:
    totaux = aggregate(resultat, "structure", "annee")
    bonus = {x.structure: Fourchette(x.bas, x.haut) for x in totaux[totaux["annee"] == annee].itertuples()}
    return [
        LigneStructure(
            s,
            s.competence in _own(commune),
            service_name(s.type),
            name(float("nan") if s.quantite is None else s.quantite, s.unite),
            bonus.get(s.id),
        )
        for s in territoire.structures
        if s.code_insee == commune.code_insee
    ]


def commune_document(lue: FicheCommune) -> Document:
    """La fiche entière ; les chapitres vides disent pourquoi ils le sont."""
    c, t = lue.commune, lue.territoire
    quand = f" ({c.annee_population})" if c.annee_population else ""
    reperes = (
        (f"habitants{quand}", nombre(c.population)),
        ("adhésion", lue.adhesion),
        ("structures", nombre(len(lue.structures))),
        ("fiches action", nombre(len(lue.fiches))),
    )
    sections = (
        Section("Les indicateurs, comparés", _compared(lue)),
        Section(f"Les structures et leur bonus en {lue.jour.year}", _offer(lue)),
        Section("Les actions qui la concernent", _actions(lue)),
        *unknowns(_unknown(lue)),
        lue.sources,
    )
    return report(lue, c.nom, f"{t.nom_convention}, {t.nom}", reperes, sections)


def _compared(lue: FicheCommune) -> list[Bloc]:
    if not lue.comparees:
        return [Paragraphe("Aucun indicateur n'est renseigné à l'échelle de cette commune.", "note")]
    noms = (lue.commune.nom, lue.territoire.nom, lue.territoire.comparateur.nom or "Repère")
    ecart, (ici, *ailleurs) = Colonne("Écart"), (Colonne(nom, "nombre") for nom in noms)
    colonnes = (Colonne("Indicateur"), ici, *(c for autre in ailleurs for c in (autre, ecart)))
    lignes = tuple(_facing_row(x) for x in lue.comparees)
    titre = (
        "Une valeur masquée par le secret statistique n'est pas un zéro ; un effectif ne se compare pas d'un "
        "territoire à l'autre."
    )
    return [Tableau(colonnes, lignes, titre), Paragraphe(LECTURE, "note")]


def _facing_row(ligne: LigneIndicateur) -> tuple[Any, ...]:
    faces = ((facing_value(f, ligne.mesure.annee), Case(gap(f))) for f in (ligne.epci, ligne.repere))
    return label(ligne.mesure), own_value(ligne.mesure), *(case for paire in faces for case in paire)


def _offer(lue: FicheCommune) -> list[Bloc]:
    """L'argent de la commune d'abord, avec son dessin ; puis ce que ses structures valent à une autre collectivité."""
    if not lue.structures:
        vide = "Aucune structure de cette commune n'est inscrite : son bonus territoire ne peut pas être simulé."
        return [Paragraphe(vide, "note")]
    nom = lue.commune.nom
    blocs: list[Bloc] = [Paragraphe(f"Montants simulés, scénario de référence. {AVERTISSEMENT}", "note")]
    blocs += _money(lue, True, f"Ce qui revient à {nom}", lue.annees)
    return blocs + _money(lue, False, "Ce qui revient à une intercommunalité ou à un syndicat", lue.ailleurs)


def _money(lue: FicheCommune, propre: bool, titre: str, annees: Sequence[Annee]) -> list[Bloc]:
    structures = [x for x in lue.structures if x.propre == propre]
    if not structures:
        return []
    colonnes = (
        *(Colonne(nom) for nom in ("Structure", "Service", "Gestionnaire")),
        Colonne("Capacité", "nombre"),
        Colonne("Bonus simulé", "euros"),
    )
    lignes = tuple(
        (x.structure.nom, x.service, x.structure.gestionnaire or "non renseigné", x.quantite, x.montant)
        for x in structures
    )
    tableau = Tableau(colonnes, lignes, titre)
    return [tableau, years_figure(annees, titre, f"{titre}, année par année")] if propre and annees else [tableau]


def _unknown(lue: FicheCommune) -> list[tuple[str, str]]:
    """Ce que la fiche ne peut pas dire, et qui le sait."""
    commune, caf = lue.commune, lue.territoire.caf or "la Caf"
    sans_capacite = [x.structure.nom for x in lue.structures if x.structure.quantite is None]
    inconnus = [x.structure.nom for x in lue.structures if x.bonus and x.bonus.inconnu]
    dits = (
        (commune.population is None, "La population de la commune", "L'Insee"),
        (commune.adhesion is None, "La date de la délibération d'adhésion", f"La commune de {commune.nom}"),
        (not lue.structures, "Les services aux familles de la commune : nom, capacité, gestionnaire", caf),
        (bool(sans_capacite), f"La capacité de {liste(sans_capacite)}", "Le gestionnaire"),
        (bool(inconnus), f"Le montant que la Caf versait avant la convention pour {liste(inconnus)}", caf),
        (
            bool(lue.structures) and commune.potentiel_financier_hab is None,
            "Le potentiel financier par habitant, dont dépend la tranche du bonus",
            "La commune (sa fiche de dotation) ou la préfecture",
        ),
        (not lue.comparees, "Des indicateurs à l'échelle de la commune", f"L'Insee, {caf}"),
        (not lue.fiches, "Les actions du plan qui concernent la commune", "Le comité de pilotage de la convention"),
    )
    return [(quoi, qui) for manque, quoi, qui in dits if manque]


def _actions(lue: FicheCommune) -> list[Bloc]:
    if not lue.fiches:
        return [Paragraphe("Aucune fiche du plan ne nomme cette commune.", "note")]
    colonnes = tuple(Colonne(nom) for nom in ("Fiche", "Pilote", "Échéance", "État"))
    lignes = tuple(
        (
            f"{f.code}, {f.titre}",
            f["pilote_service"] or f["pilote_structure"] or "à désigner",
            date_longue(f.day("date_fin")),
            state(f, lue.jour),
        )
        for f in lue.fiches
    )
    return [Tableau(colonnes, lignes, f"État au {date_longue(lue.jour)}")]


def fiche_commune(territoire: Territoire, commune: str, annee: int) -> Document:
    return commune_document(read_fiche_commune(territoire, commune, annee))


OFFRE = Offre(
    cle="commune",
    titre="La fiche d'une commune",
    aide="Deux pages : ses indicateurs comparés, ses structures et leur bonus, les actions qui la concernent.",
    formats=("docx", "odt", "pdf", "html"),
    document=fiche_commune,
    rang=1,
)
