"""La fiche d'une commune : portrait, indicateurs face à l'intercommunalité et au repère, structures, actions."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from ctgkit import droit
from ctgkit.diagnostic.comparaison import Comparaison, compare_mesures
from ctgkit.diagnostic.mesures import Mesure, measure
from ctgkit.diagnostic.noms import lieu_principal
from ctgkit.diagnostic.secret.publication import Publication, publish
from ctgkit.documents.catalogue.rapport.communs import (
    LECTURE,
    Annee,
    amount,
    convention,
    facing_value,
    fiction,
    gap,
    own_value,
    read_years,
    total_sentence,
    typeset,
    years_figure,
)
from ctgkit.documents.modele import Bloc, Case, Champs, Colonne, Document, Paragraphe, Section, Tableau
from ctgkit.documents.registre import Offre
from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import date_longue, nombre, pluriel
from ctgkit.horloge import membership
from ctgkit.plan import Fiche, read_plan, state
from ctgkit.simulation import AVERTISSEMENT, Resultat, aggregate, simulate
from ctgkit.simulation.lectures.unites import name
from ctgkit.territoire import Commune, Structure, Territoire


@dataclass(frozen=True)
class LigneIndicateur:
    """Une mesure de la commune, face à l'intercommunalité puis au repère du territoire."""

    mesure: Mesure
    epci: Comparaison
    repere: Comparaison

    @property
    def libelle(self) -> str:
        """L'unité se dit une fois, dans le libellé, quand elle est longue."""
        d = self.mesure.definition
        return ", ".join([d.libelle, self.mesure.quand] + [d.unite] * (d.unite != "%"))


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
        annee = next((a for a in self.annees if a.annee == self.jour.year), None)
        connues = {f"{x.mesure.code}_{x.mesure.quand}": x.mesure.valeur for x in self.comparees}
        return {
            "nom": self.commune.nom,
            "population": self.commune.population,
            "structures": len(self.structures),
            "bonus_bas_eur": annee.bas_connu if annee else None,
            "bonus_haut_eur": annee.haut if annee else None,
            "fiches_action": len(self.fiches),
            **connues,
        }


def read_fiche_commune(territoire: Territoire, commune: str, annee: int) -> FicheCommune:
    """Tout ce que la fiche montre, lu au 31 décembre de l'année : la même demande donne toujours la même fiche."""
    trouvee, jour = find_commune(territoire, commune), date(annee, 12, 31)
    publication, resultat = publish(territoire), simulate(territoire, annees=territoire.annees or [annee])
    code = trouvee.code_insee
    return FicheCommune(
        territoire=territoire,
        commune=trouvee,
        jour=jour,
        adhesion=membership(trouvee, territoire.convention, jour),
        comparees=tuple(_indicators(publication, code)),
        structures=tuple(_structures(territoire, resultat, code, annee)),
        annees=_years(resultat, code),
        fiches=tuple(f for f in read_plan(territoire.plan).fiches if code in f["territoire"]),
    )


def find_commune(territoire: Territoire, commune: str) -> Commune:
    """D'après son code Insee ou son nom."""
    connues = list(territoire.communes)
    for c in connues:
        if commune in (c.code_insee, c.nom):
            return c
    mots = [x for c in connues for x in (c.code_insee, c.nom)]
    raise CtgError(
        f"Commune inconnue : « {commune[:60]} » {did_you_mean(commune, mots)}".strip(),
        f"territoire « {territoire.code} »",
        f"Donner le code Insee ou le nom d'une de ses {pluriel(len(connues), 'commune')}.",
    )


def _indicators(publication: Publication, code: str) -> list[LigneIndicateur]:
    """Dans l'ordre du catalogue ; rien sur la commune, pas de ligne, sauf si c'est masqué."""
    epci, repere = lieu_principal(publication.territoire), publication.territoire.comparateur.code
    lignes = []
    for indicateur in publication.catalogue:
        if not publication.of_code(indicateur, code):
            continue
        mesure = measure(publication, indicateur, code)
        face = [_facing(publication, mesure, lieu) for lieu in (epci, repere)]
        lignes.append(LigneIndicateur(mesure, *face))
    return lignes


def _facing(publication: Publication, mesure: Mesure, lieu: str) -> Comparaison:
    """Le repère de la même année s'il existe, sinon le plus récent : l'écart d'années est écrit."""
    if not lieu:
        return compare_mesures(publication, mesure, Mesure(mesure.definition, "", "repère"))
    autre = measure(publication, mesure.code, lieu, mesure.annee)
    return compare_mesures(publication, mesure, autre if autre.est_connue else measure(publication, mesure.code, lieu))


def _structures(territoire: Territoire, resultat: Resultat, code: str, annee: int) -> list[LigneStructure]:
    montants = {
        x.structure: amount(x.bas, x.haut)
        for x in aggregate(resultat, "structure", "annee").itertuples()
        if x.annee == annee
    }
    services = droit.services()
    return [
        LigneStructure(
            s,
            services[s.type].libelle if s.type in services else s.type,
            name(float("nan") if s.quantite is None else s.quantite, s.unite),
            montants.get(s.id, Case("sans montant cette année")),
        )
        for s in territoire.structures
        if s.code_insee == code
    ]


def _years(resultat: Resultat, code: str) -> tuple[Annee, ...]:
    par_an = aggregate(resultat, "commune", "annee")
    ici = par_an[par_an["commune"] == code]
    return read_years(ici[["annee", "bas", "haut", "haut_connu"]].itertuples(index=False))


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
    blocs = [
        *fiction(t),
        Paragraphe(lue.constat, "chapeau"),
        Champs(reperes, reperes=True),
        Section("Les indicateurs, comparés", _compared(lue)),
        Section(f"Les structures et leur bonus en {lue.jour.year}", _offer(lue)),
        Section("Les actions qui la concernent", _actions(lue)),
    ]
    return typeset(Document(c.nom, tuple(blocs), surtitre=f"{convention(t)}, {t.nom}", jour=lue.jour))


def _compared(lue: FicheCommune) -> list[Bloc]:
    if not lue.comparees:
        return [Paragraphe("Aucun indicateur n'est renseigné à l'échelle de cette commune.", "note")]
    noms = (lue.commune.nom, lue.territoire.nom, lue.territoire.comparateur.nom or "Repère")
    colonnes = (
        Colonne("Indicateur"),
        Colonne(noms[0], "nombre"),
        Colonne(noms[1], "nombre"),
        Colonne("Écart"),
        Colonne(noms[2], "nombre"),
        Colonne("Écart"),
    )
    lignes = tuple(_facing_row(x) for x in lue.comparees)
    titre = (
        "Une valeur masquée par le secret statistique n'est pas un zéro ; un effectif ne se compare pas d'un "
        "territoire à l'autre."
    )
    return [Tableau(colonnes, lignes, titre), Paragraphe(LECTURE, "note")]


def _facing_row(ligne: LigneIndicateur) -> tuple[Any, ...]:
    faces = ((facing_value(f, ligne.mesure.annee), Case(gap(f))) for f in (ligne.epci, ligne.repere))
    return ligne.libelle, own_value(ligne.mesure), *(case for paire in faces for case in paire)


def _offer(lue: FicheCommune) -> list[Bloc]:
    figure = (
        [
            years_figure(
                lue.annees,
                f"Bonus territoire, {lue.commune.nom}",
                "Le bonus territoire de la commune, année par année",
            )
        ]
        if lue.annees
        else []
    )
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
