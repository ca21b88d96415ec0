"""La fiche d'une commune : portrait, indicateurs face à l'intercommunalité et au repère, structures, actions."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from ctgkit.diagnostic.comparaison import MesureComparee, common_year, compare_to
from ctgkit.diagnostic.mesures import Mesure, measure
from ctgkit.diagnostic.noms import lieu_principal
from ctgkit.diagnostic.secret.publication import Publication, publish
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
    year_figures,
    years_figure,
)
from ctgkit.documents.modele import Bloc, Case, Colonne, Document, Paragraphe, Section, Tableau
from ctgkit.documents.registre import Offre
from ctgkit.formats import date_longue, nombre
from ctgkit.horloge import membership
from ctgkit.plan import Fiche, read_plan, state
from ctgkit.simulation import AVERTISSEMENT, Resultat, aggregate, simulate
from ctgkit.simulation.lectures.unites import name
from ctgkit.territoire import Commune, Structure, Territoire


@dataclass(frozen=True)
class LigneIndicateur:
    """Une mesure de la commune, face à l'intercommunalité puis au repère du territoire."""

    mesure: Mesure
    epci: MesureComparee
    repere: MesureComparee


@dataclass(frozen=True)
class LigneStructure:
    structure: Structure
    service: str
    quantite: str
    montant: Case


@dataclass(frozen=True)
class FicheCommune:
    territoire: Territoire
    commune: Commune
    jour: date
    adhesion: str
    comparees: tuple[LigneIndicateur, ...]
    structures: tuple[LigneStructure, ...]
    annees: tuple[Annee, ...]
    fiches: tuple[Fiche, ...]

    @property
    def constat(self) -> str:
        """La phrase qui ouvre la fiche : l'écart de besoin le plus net, puis l'argent."""
        besoins = [x.repere for x in self.comparees if x.repere.defavorable and x.repere.classable]
        besoins.sort(key=lambda c: (c.unite_ecart, -abs(c.ecart)))
        besoin = f"{besoins[0].lecture}. " if besoins else ""
        return besoin + (total_sentence(self.annees) if self.structures else "Aucune structure n'y est inscrite.")

    @property
    def chiffres(self) -> dict[str, Any]:
        """Ce que le tableau des résultats d'un lot retient ; None quand on ne sait pas."""
        connues = {f"{x.mesure.code}_{x.mesure.quand}": x.mesure.valeur for x in self.comparees}
        return {
            "nom": self.commune.nom,
            "population": self.commune.population,
            "structures": len(self.structures),
            **year_figures(self.annees, self.jour.year),
            "fiches_action": len(self.fiches),
            **connues,
        }


def read_fiche_commune(territoire: Territoire, commune: str, annee: int) -> FicheCommune:
    """Tout ce que la fiche montre, lu au 31 décembre de l'année : la même demande donne toujours la même fiche."""
    trouvee, jour = territoire.find_commune(commune), date(annee, 12, 31)
    publication, resultat = publish(territoire), simulate(territoire, annees=territoire.annees or [annee])
    code, par_an = trouvee.code_insee, aggregate(resultat, "commune", "annee")
    return FicheCommune(
        territoire=territoire,
        commune=trouvee,
        jour=jour,
        adhesion=membership(trouvee, territoire.convention, jour),
        comparees=tuple(_indicators(publication, code)),
        structures=tuple(_structures(territoire, resultat, code, annee)),
        annees=read_years(par_an[par_an["commune"] == code]),
        fiches=tuple(f for f in read_plan(territoire.plan).fiches if code in f["territoire"]),
    )


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
    return [LigneIndicateur(mesure, *(compare_to(publication, mesure, lieu) for lieu in lieux)) for mesure in mesures]


def _structures(territoire: Territoire, resultat: Resultat, code: str, annee: int) -> list[LigneStructure]:
    totaux = aggregate(resultat, "structure", "annee")
    montants = {x.structure: amount(x.bas, x.haut) for x in totaux[totaux["annee"] == annee].itertuples()}
    return [
        LigneStructure(
            s,
            service_name(s.type),
            name(float("nan") if s.quantite is None else s.quantite, s.unite),
            montants.get(s.id, Case("sans montant cette année")),
        )
        for s in territoire.structures
        if s.code_insee == code
    ]


def commune_document(lue: FicheCommune) -> Document:
    """La fiche entière ; les chapitres vides disent pourquoi ils le sont."""
    c, t = lue.commune, lue.territoire
    quand = f" ({c.annee_population})" if c.annee_population else ""
    reperes = (
        (f"habitants{quand}", nombre(c.population)),
        (f"adhésion, au {date_longue(lue.jour)}", lue.adhesion),
        ("structures", nombre(len(lue.structures))),
        ("fiches action", nombre(len(lue.fiches))),
    )
    sections = (
        Section("Les indicateurs, comparés", _compared(lue)),
        Section(f"Les structures et leur bonus en {lue.jour.year}", _offer(lue)),
        Section("Les actions qui la concernent", _actions(lue)),
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
    titre = f"Bonus territoire, {lue.commune.nom}"
    legende = "Le bonus territoire de la commune, année par année"
    figure = [years_figure(lue.annees, titre, legende)] if lue.annees else []
    if not lue.structures:
        vide = "Aucune structure de cette commune n'est inscrite dans structures.csv."
        return [Paragraphe(vide, "note"), *figure]
    colonnes = (
        *(Colonne(nom) for nom in ("Structure", "Service", "Gestionnaire")),
        Colonne("Capacité", "nombre"),
        Colonne("Bonus simulé", "euros"),
    )
    lignes = tuple(
        (x.structure.nom, x.service, x.structure.gestionnaire or "non renseigné", x.quantite, x.montant)
        for x in lue.structures
    )
    titre = (
        f"Montants simulés, scénario de référence ; « au moins » dit qu'un paramètre n'est pas publié. {AVERTISSEMENT}"
    )
    return [Tableau(colonnes, lignes, titre), *figure]


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
