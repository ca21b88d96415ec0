"""La fiche d'une commune : portrait, indicateurs face à l'intercommunalité et au repère, structures, actions."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from IPython.display import HTML

from ctgkit import droit
from ctgkit.carnet.lieu import Lieu, read_lieu
from ctgkit.diagnostic.comparaison import Comparaison, compare_mesures
from ctgkit.diagnostic.mesures import Mesure, measure, write_valeur
from ctgkit.diagnostic.noms import lieu_principal
from ctgkit.diagnostic.secret.publication import Publication, publish
from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import pluriel
from ctgkit.fourchette import Fourchette
from ctgkit.horloge import membership
from ctgkit.plan import Fiche, read_plan, state
from ctgkit.simulation import AVERTISSEMENT, Resultat, aggregate, simulate
from ctgkit.simulation.lectures.unites import name
from ctgkit.territoire import Commune, Structure, Territoire
from ctgkit.views.bonus.annuel import Annee, read_years, total_sentence, years_svg
from ctgkit.views.composants.html import render


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
    montant: str


@dataclass(frozen=True)
class FicheCommune:
    territoire: Territoire
    commune: Commune
    jour: date
    adhesion: str
    indicateurs: tuple[LigneIndicateur, ...]
    structures: tuple[LigneStructure, ...]
    annees: tuple[Annee, ...]
    fiches: tuple[Fiche, ...]

    @property
    def constat(self) -> str:
        """La phrase qui ouvre la fiche : l'écart de besoin le plus net, puis l'argent."""
        besoins = [x.repere for x in self.indicateurs if x.repere.defavorable and x.repere.classable]
        besoins.sort(key=lambda c: (c.unite_ecart, -abs(c.ecart)))
        besoin = f"{besoins[0].lecture}. " if besoins else ""
        return besoin + (total_sentence(self.annees) if self.structures else "Aucune structure n'y est inscrite.")

    @property
    def chiffres(self) -> dict[str, Any]:
        """Ce que le tableau des résultats d'un lot retient ; None quand on ne sait pas."""
        annee = next((a for a in self.annees if a.annee == self.jour.year), None)
        connues = {f"{x.mesure.code}_{x.mesure.quand}": x.mesure.valeur for x in self.indicateurs}
        return {
            "nom": self.commune.nom,
            "population": self.commune.population,
            "structures": len(self.structures),
            "bonus_bas_eur": annee.bas_connu if annee else None,
            "bonus_haut_eur": annee.haut if annee else None,
            "fiches_action": len(self.fiches),
            **connues,
        }

    def state(self, fiche: Fiche) -> str:
        return state(fiche, self.jour)


def read_fiche_commune(lieu: Territoire | Lieu, commune: str, annee: int) -> FicheCommune:
    """Tout ce que la fiche montre, lu au 31 décembre de l'année : la même demande donne toujours la même fiche."""
    territoire, jour = read_lieu(lieu), date(annee, 12, 31)
    trouvee = find_commune(territoire, commune)
    publication, resultat = publish(territoire), simulate(territoire, annees=territoire.annees or [annee])
    code = trouvee.code_insee
    return FicheCommune(
        territoire=territoire,
        commune=trouvee,
        jour=jour,
        adhesion=membership(trouvee, territoire.convention, jour),
        indicateurs=tuple(_indicators(publication, code)),
        structures=tuple(_structures(territoire, resultat, code, annee)),
        annees=_years(resultat, code),
        fiches=tuple(f for f in read_plan(territoire.plan).fiches if code in f["territoire"]),
    )


def show_fiche_commune(fiche: FicheCommune) -> HTML:
    """La fiche, sans contrôle : pour JupyterLab, un lot, une impression."""
    titre = f"Bonus territoire, {fiche.commune.nom}"
    svg = years_svg(fiche.annees, titre) if fiche.annees else ""
    return HTML(render("rapports/fiche_commune", fiche=fiche, svg=svg, short=short, avertissement=AVERTISSEMENT))


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


def short(mesure: Mesure) -> str:
    """La valeur sans son unité, sauf le signe % ; « masqué » et « non renseigné » en toutes lettres."""
    d = mesure.definition
    return write_valeur(d, mesure.valeur, unite=d.unite == "%") if mesure.est_connue else mesure.texte


def _structures(territoire: Territoire, resultat: Resultat, code: str, annee: int) -> list[LigneStructure]:
    montants = {
        x.structure: Fourchette(x.bas, x.haut).tell()
        for x in aggregate(resultat, "structure", "annee").itertuples()
        if x.annee == annee
    }
    services = droit.services()
    return [
        LigneStructure(
            s,
            services[s.type].libelle if s.type in services else s.type,
            name(float("nan") if s.quantite is None else s.quantite, s.unite),
            montants.get(s.id, "sans montant cette année"),
        )
        for s in territoire.structures
        if s.code_insee == code
    ]


def _years(resultat: Resultat, code: str) -> tuple[Annee, ...]:
    par_an = aggregate(resultat, "commune", "annee")
    ici = par_an[par_an["commune"] == code]
    return read_years(ici[["annee", "bas", "haut", "haut_connu"]].itertuples(index=False))
