"""Ce que la page dit d'un thème : les mesures comparées, la phrase de constat, les chiffres clés."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property

from ctgkit.diagnostic import (
    Alerte,
    Comparaison,
    Publication,
    compare_theme,
    count_couverture,
    lieu_principal,
    name_lieu,
    rank_themes,
)
from ctgkit.diagnostic.coherence import name_sources
from ctgkit.diagnostic.domaines import Couverture, Priorite
from ctgkit.diagnostic.noms import is_feminin, majuscule, sujet
from ctgkit.formats import nombre, pluriel
from ctgkit.storage import Registre, origines
from ctgkit.views.diagnostic.etat import EtatDiagnostic
from ctgkit.views.diagnostic.lieux import of_place, short, to_place

CLES = 4


@dataclass(frozen=True)
class Lecture:
    """Une lecture de la publication à travers l'état : tout le reste de la page s'en déduit."""

    publication: Publication
    etat: EtatDiagnostic
    alertes: tuple[Alerte, ...] = ()

    @classmethod
    def read(
        cls, publication: Publication, etat: EtatDiagnostic, alertes: tuple[Alerte, ...], avant: "Lecture | None" = None
    ) -> "Lecture":
        """Changer de thème ne recompare rien : ce que la lecture d'avant a calculé sert encore."""
        lecture = cls(publication, etat, alertes)
        if avant is None or avant.publication is not publication:
            return lecture
        gardees = ["couverture"]
        gardees += ["toutes"] if avant.zone == lecture.zone else []
        gardees += ["priorites"] if avant.reglages == lecture.reglages else []
        lecture.__dict__.update({nom: avant.__dict__[nom] for nom in gardees if nom in avant.__dict__})
        return lecture

    @property
    def zone(self) -> tuple[str, str, int]:
        return self.etat.lieu, self.etat.repere, self.etat.annee

    @property
    def reglages(self) -> tuple[object, ...]:
        return self.etat.poids, self.etat.gravites

    @property
    def territoire(self) -> object:
        return self.publication.territoire

    @property
    def nom_theme(self) -> str:
        return self.publication.catalogue.themes[self.etat.theme]

    @property
    def geo(self) -> str:
        return self.etat.lieu or lieu_principal(self.publication.territoire)

    @property
    def nom_lieu(self) -> str:
        return name_lieu(self.publication.territoire, self.geo)

    @property
    def repere(self) -> str:
        return self.etat.repere or self.publication.territoire.comparateur.code

    @property
    def nom_repere(self) -> str:
        return name_lieu(self.publication.territoire, self.repere) if self.repere else ""

    @property
    def surtitre(self) -> str:
        face = f" face {to_place(self.du_repere)}" if self.nom_repere and self.repere != self.geo else ""
        return f"{self.nom_theme}, {short(self.nom_lieu)}{face}"

    @cached_property
    def du_repere(self) -> str:
        niveau = next((x.niveau for x in self.publication.lignes if x.geo == self.repere), "")
        return of_place(self.nom_repere, niveau, self.repere)

    @cached_property
    def toutes(self) -> tuple[Comparaison, ...]:
        return compare_theme(self.publication, "", self.etat.lieu, self.etat.annee or None, self.etat.repere)

    @cached_property
    def comparaisons(self) -> tuple[Comparaison, ...]:
        return tuple(c for c in self.toutes if c.mesure.definition.theme == self.etat.theme)

    @cached_property
    def comparees(self) -> tuple[Comparaison, ...]:
        """Celles qui ont un écart, la plus forte d'abord."""
        return ranked(self.comparaisons)

    @cached_property
    def seules(self) -> tuple[Comparaison, ...]:
        """Celles que rien ne permet de comparer."""
        return tuple(c for c in self.comparaisons if c.ecart is None)

    @cached_property
    def ailleurs(self) -> tuple[Comparaison, ...]:
        return ranked(tuple(c for c in self.toutes if c.mesure.definition.theme != self.etat.theme))

    @cached_property
    def cles(self) -> tuple[Comparaison, ...]:
        """Quatre chiffres : les plus forts écarts, et l'effectif qui dit combien de personnes sont concernées."""
        connues = [c for c in self.seules if c.mesure.est_connue]
        effectifs = sorted(connues, key=lambda c: (not _counts_people(c), -(c.mesure.valeur or 0)))
        devant = self.comparees[: CLES - 1] if effectifs else self.comparees[:CLES]
        return (*devant, *effectifs, *self.comparees[len(devant) :])[:CLES]

    @cached_property
    def notes(self) -> tuple[Alerte, ...]:
        """Les alertes de ce thème, celles qui attendent une explication d'abord."""
        return tuple(a for a in self.alertes if a.theme == self.etat.theme)

    def note_of(self, code: str) -> int:
        """Le numéro de la première note de marge qui parle de cet indicateur, 0 sinon."""
        return next((i for i, a in enumerate(self.notes, 1) if code in a.codes and not a.expliquee), 0)

    @cached_property
    def rail(self) -> tuple[tuple[str, str, str], ...]:
        """Les thèmes qui ont au moins un chiffre : code, nom, ce qu'il y a à y voir."""
        themes = self.publication.catalogue.themes
        ordre = [t for t in themes if t != "cadrage"] + ["cadrage"]
        return tuple((t, themes[t], self._to_see(t)) for t in ordre if t not in self.vides)

    @cached_property
    def couverture(self) -> tuple[Couverture, ...]:
        return count_couverture(self.publication)

    @cached_property
    def priorites(self) -> tuple[Priorite, ...]:
        return rank_themes(self.publication, self.etat.poids, dict(self.etat.gravites))

    @cached_property
    def vides(self) -> tuple[str, ...]:
        return tuple(c.domaine for c in self.couverture if not c.diagnostic)

    def _to_see(self, theme: str) -> str:
        a_voir = sum(1 for a in self.alertes if a.theme == theme and not a.expliquee)
        if a_voir:
            return f"{nombre(a_voir)} à vérifier"
        return pluriel(sum(1 for c in self.toutes if c.mesure.definition.theme == theme), "chiffre")

    @cached_property
    def constat(self) -> str:
        """La phrase qui ouvre la page : ce qui va le moins bien, chiffré ; sinon ce que l'on ne sait pas."""
        if self.repere == self.geo and self.comparees:
            return f"{short(self.nom_lieu)} ne se compare pas à son propre chiffre : choisissez un autre repère."
        jugees = [c for c in self.comparees if c.classable and c.defavorable is not None]
        pires = [c for c in jugees if c.defavorable] or jugees or list(self.comparees)
        if pires:
            return _sentence(_two_sides(pires))
        connus = sum(c.mesure.est_connue for c in self.comparaisons)
        if connus:
            repere = f" {self.du_repere}" if self.nom_repere else ""
            sans = "n’a pas de valeur" if connus == 1 else "n’ont pas de valeur"
            quoi = "Le chiffre" if connus == 1 else f"Les {nombre(connus)} chiffres"
            return f"{quoi} de ce thème {sans}{repere} en face : rien ne dit si c’est beaucoup ou peu."
        return f"{self.nom_theme} : aucun chiffre n’est renseigné ici."


@cache
def registre() -> Registre:
    return origines()


def mark(alertes: tuple[Alerte, ...], raisons: Mapping[str, str]) -> tuple[Alerte, ...]:
    """Celles que quelqu'un a expliquées, avec sa raison, après les autres ; les documents y sont dits par leur nom."""
    lisibles = (name_sources(a, registre().nommer) for a in alertes)
    marquees = (replace(a, expliquee=True, raison=raisons[a.id]) if a.id in raisons else a for a in lisibles)
    return tuple(sorted(marquees, key=lambda a: a.expliquee))


def ranked(comparaisons: tuple[Comparaison, ...]) -> tuple[Comparaison, ...]:
    """Par écart, le plus grand d'abord ; ceux dont la base est trop petite à la fin."""
    comparees = [c for c in comparaisons if c.ecart is not None]
    return tuple(sorted(comparees, key=lambda c: (not c.classable, c.unite_ecart != "points", -abs(c.ecart))))


def _counts_people(c: Comparaison) -> bool:
    return c.mesure.definition.nature == "effectif" and c.mesure.definition.sens == "besoin"


def _two_sides(comparaisons: list[Comparaison]) -> list[Comparaison]:
    """Le plus fort écart, puis le premier de l'autre côté : un besoin et l'offre en face."""
    premier = comparaisons[0]
    autre = next((c for c in comparaisons if c.mesure.definition.sens != premier.mesure.definition.sens), None)
    return [premier, autre] if autre else comparaisons[:1]


def _sentence(comparaisons: list[Comparaison]) -> str:
    premier, *suite = comparaisons
    definition = premier.mesure.definition
    celui = "celle" if is_feminin(definition) else "celui"
    lieu = of_place(premier.repere.nom_geo, premier.repere.niveau, premier.repere.geo)
    dit = f"{majuscule(sujet(definition))} {_verb(premier)} {celui} {lieu}{_by(premier)}"
    for c in suite:
        celui = "celle" if is_feminin(c.mesure.definition) else "celui"
        lieu = of_place(c.repere.nom_geo, c.repere.niveau, c.repere.geo)
        dit += f" ; {sujet(c.mesure.definition)} {_verb(c)} {celui} {lieu}{_by(c)}"
    return f"{dit}."


def _verb(c: Comparaison) -> str:
    if not c.ecart:
        return "est égale à" if is_feminin(c.mesure.definition) else "est égal à"
    return "dépasse" if c.ecart > 0 else "reste sous"


def _by(c: Comparaison) -> str:
    return f" de {c.ecart_ecrit.lstrip('+−')}" if c.ecart else ""
