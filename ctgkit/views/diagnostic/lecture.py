"""Ce que la page dit d'un thème : les mesures comparées, la phrase de constat, les chiffres clés."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ctgkit.diagnostic import (
    Alerte,
    MesureComparee,
    Publication,
    compare_theme,
    count_couverture,
    lieu_principal,
    name_lieu,
    rank_themes,
)
from ctgkit.diagnostic.carte import CarteIndicateur, read_map
from ctgkit.diagnostic.coherence import name_sources
from ctgkit.diagnostic.comparaison import Tendance
from ctgkit.diagnostic.domaines import Couverture, Priorite
from ctgkit.diagnostic.lecture import list_tendances
from ctgkit.diagnostic.noms import of_place, short, to_place
from ctgkit.formats import nombre, pluriel
from ctgkit.views.diagnostic.communes import Comparees, chosen, read_communes
from ctgkit.views.diagnostic.etat import EtatDiagnostic
from ctgkit.views.diagnostic.memoire import Retenu
from ctgkit.views.diagnostic.phrases import finding, registre

CLES = 4


@dataclass(frozen=True)
class LectureDiagnostic:
    """La publication lue à travers l'état : tout ce que montrent les zones en vient. `fixe` : sans contrôle."""

    publication: Publication
    etat: EtatDiagnostic
    alertes: tuple[Alerte, ...]
    toutes: tuple[MesureComparee, ...]
    couverture: tuple[Couverture, ...]
    priorites: tuple[Priorite, ...]
    retenus: tuple[Retenu, ...] = ()
    fixe: bool = False

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
    def annee(self) -> int | None:
        return self.etat.annee or None

    @property
    def surtitre(self) -> str:
        face = f" face {to_place(self.du_repere)}" if self.nom_repere and self.repere != self.geo else ""
        return f"{self.nom_theme}, {short(self.nom_lieu)}{face}"

    @cached_property
    def du_repere(self) -> str:
        niveau = next((x.niveau for x in self.publication.lignes if x.geo == self.repere), "")
        return of_place(self.nom_repere, niveau, self.repere)

    @cached_property
    def comparaisons(self) -> tuple[MesureComparee, ...]:
        return tuple(c for c in self.toutes if c.mesure.definition.theme == self.etat.theme)

    @cached_property
    def comparees(self) -> tuple[MesureComparee, ...]:
        """Celles qui ont un écart, la plus forte d'abord."""
        return ranked(self.comparaisons)

    @cached_property
    def seules(self) -> tuple[MesureComparee, ...]:
        """Celles que rien ne permet de comparer."""
        return tuple(c for c in self.comparaisons if c.ecart is None)

    @cached_property
    def groupes(self) -> list[tuple[str, tuple[MesureComparee, ...]]]:
        """Les écarts à montrer : ceux du thème, puis ceux des autres quand on les veut tous."""
        groupes = [(self.nom_theme, self.comparees)]
        if self.etat.portee == "tous":
            autres = tuple(c for c in self.toutes if c.mesure.definition.theme != self.etat.theme)
            groupes.append(("Les autres thèmes, pour situer", ranked(autres)))
        return [(nom, g) for nom, g in groupes if g]

    @cached_property
    def cles(self) -> tuple[MesureComparee, ...]:
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
        if pires := [c for c in jugees if c.defavorable] or jugees or list(self.comparees):
            return finding(pires)
        if connus := sum(c.mesure.est_connue for c in self.comparaisons):
            repere = f" {self.du_repere}" if self.nom_repere else ""
            sans = "n’a pas de valeur" if connus == 1 else "n’ont pas de valeur"
            quoi = "Le chiffre" if connus == 1 else f"Les {nombre(connus)} chiffres"
            return f"{quoi} de ce thème {sans}{repere} en face : rien ne dit si c’est beaucoup ou peu."
        return f"{self.nom_theme} : aucun chiffre n’est renseigné ici."

    @cached_property
    def code_carte(self) -> str:
        return chosen(self.publication, self.etat.carte, self.etat.theme)

    @cached_property
    def carte(self) -> CarteIndicateur | None:
        """Rien quand aucun indicateur n'est connu par commune, ou quand il n'y a qu'une commune."""
        if not self.code_carte or len(self.publication.territoire.communes) < 2:
            return None
        return read_map(self.publication, self.code_carte, self.repere, self.annee)

    @cached_property
    def communes(self) -> Comparees:
        principal = lieu_principal(self.publication.territoire)
        larges = ((principal, short(self.publication.territoire.nom)), (self.repere, short(self.nom_repere)))
        return read_communes(self.publication, self.etat.communes, larges, self.etat.theme, self.annee)

    @cached_property
    def tendances(self) -> tuple[Tendance, ...]:
        return list_tendances(self.publication, self.etat.theme, self.etat.lieu)


def read_lecture(
    publication: Publication,
    etat: EtatDiagnostic,
    alertes: Sequence[Alerte] = (),
    avant: LectureDiagnostic | None = None,
    **plus: object,
) -> LectureDiagnostic:
    """Changer de thème ne recompare rien : ce que la lecture d'avant a calculé pour ces réglages sert encore."""
    garde = avant if avant is not None and avant.publication is publication else None
    return LectureDiagnostic(
        publication,
        etat,
        tuple(alertes),
        garde.toutes
        if garde and garde.etat.zone == etat.zone
        else compare_theme(publication, "", etat.lieu, etat.annee or None, etat.repere),
        garde.couverture if garde else count_couverture(publication),
        garde.priorites
        if garde and garde.etat.reglages == etat.reglages
        else rank_themes(publication, etat.poids, dict(etat.gravites)),
        **plus,
    )


def mark(alertes: Sequence[Alerte], raisons: Mapping[str, str]) -> tuple[Alerte, ...]:
    """Celles que quelqu'un a expliquées, avec sa raison, après les autres ; les documents y sont dits par leur nom."""
    lisibles = (name_sources(a, registre().nommer) for a in alertes)
    marquees = (replace(a, expliquee=True, raison=raisons[a.id]) if a.id in raisons else a for a in lisibles)
    return tuple(sorted(marquees, key=lambda a: a.expliquee))


def ranked(comparaisons: Sequence[MesureComparee]) -> tuple[MesureComparee, ...]:
    """Par écart, le plus grand d'abord ; ceux dont la base est trop petite à la fin."""
    comparees = [c for c in comparaisons if c.ecart is not None]
    return tuple(sorted(comparees, key=lambda c: (not c.classable, c.unite_ecart != "points", -abs(c.ecart))))


def _counts_people(c: MesureComparee) -> bool:
    return c.mesure.definition.nature == "effectif" and c.mesure.definition.sens == "besoin"
