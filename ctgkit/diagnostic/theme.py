"""Ce qu'un thème dit d'un lieu, face à son repère : les écarts rangés, les chiffres clés, la phrase de constat."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ctgkit.diagnostic.comparaison import MesureComparee
from ctgkit.diagnostic.noms import name_lieu, of_place, short, to_place
from ctgkit.diagnostic.phrases import finding, gaps_title
from ctgkit.diagnostic.secret.publication import Publication
from ctgkit.formats import nombre
from ctgkit.territoire import Territoire

CLES = 4


@dataclass(frozen=True)
class ThemeLu:
    """`theme` vide : tous ; `geo` et `repere` : les codes du lieu regardé et de celui qui lui fait face."""

    publication: Publication
    theme: str
    geo: str
    repere: str
    comparaisons: tuple[MesureComparee, ...]

    @property
    def territoire(self) -> Territoire:
        return self.publication.territoire

    @property
    def nom_theme(self) -> str:
        return self.publication.catalogue.themes.get(self.theme, "Tous les thèmes")

    @property
    def nom_lieu(self) -> str:
        return name_lieu(self.territoire, self.geo)

    @property
    def nom_repere(self) -> str:
        return name_lieu(self.territoire, self.repere) if self.repere else ""

    @property
    def surtitre(self) -> str:
        face = f" face {to_place(self.du_repere)}" if self.nom_repere and self.repere != self.geo else ""
        return f"{self.nom_theme}, {short(self.nom_lieu)}{face}"

    @cached_property
    def du_repere(self) -> str:
        niveau = next((x.niveau for x in self.publication.lignes if x.geo == self.repere), "")
        return of_place(self.nom_repere, niveau, self.repere)

    @cached_property
    def comparees(self) -> tuple[MesureComparee, ...]:
        """Celles qui ont un écart, la plus forte d'abord."""
        return ranked(self.comparaisons)

    @cached_property
    def seules(self) -> tuple[MesureComparee, ...]:
        """Celles que rien ne permet de comparer."""
        return tuple(c for c in self.comparaisons if c.ecart is None)

    @cached_property
    def effectifs_en_face(self) -> tuple[MesureComparee, ...]:
        """Même année des deux côtés, et une part pour toute comparaison : la taille du lieu ferait seule l'écart."""
        face = [c for c in self.seules if c.mesure.est_connue and c.repere.est_connue and c.repere.geo != c.mesure.geo]
        return tuple(
            c for c in face if c.mesure.definition.additif and c.mesure.annee and c.mesure.annee == c.repere.annee
        )

    @cached_property
    def cles(self) -> tuple[MesureComparee, ...]:
        """Quatre chiffres : les plus forts écarts, et l'effectif qui dit combien de personnes sont concernées."""
        connues = [c for c in self.seules if c.mesure.est_connue]
        effectifs = sorted(connues, key=lambda c: (not _counts_people(c), -(c.mesure.valeur or 0)))
        devant = self.comparees[: CLES - 1] if effectifs else self.comparees[:CLES]
        return (*devant, *effectifs, *self.comparees[len(devant) :])[:CLES]

    @cached_property
    def constat(self) -> str:
        """La phrase qui ouvre la page : ce qui va le moins bien, chiffré ; sinon ce que l'on ne sait pas."""
        if self.repere == self.geo and self.comparees:
            return f"{short(self.nom_lieu)} ne se compare pas à son propre chiffre : choisissez un autre repère."
        jugees = [c for c in self.comparees if c.classable and c.defavorable is not None]
        if pires := [c for c in jugees if c.defavorable] or jugees or list(self.comparees):
            return finding(pires)
        connues = [c for c in self.comparaisons if c.mesure.est_connue]
        face = to_place(self.du_repere)
        if combien := len(self.effectifs_en_face):
            quels = "Le seul chiffre" if combien == 1 else f"Les {nombre(combien)} chiffres"
            part = "est un effectif : il en dit" if combien == 1 else "sont des effectifs : ils en disent"
            return f"{quels} que l’on peut mettre face {face} {part} une part, pas un écart."
        if any(c.repere.est_connue for c in connues):
            return f"Aucun chiffre de ce thème ne se compare {face} : il faudrait la même année des deux côtés."
        if connus := len(connues):
            repere = f" {self.du_repere}" if self.nom_repere else ""
            sans = "n’a pas de valeur" if connus == 1 else "n’ont pas de valeur"
            quoi = "Le chiffre" if connus == 1 else f"Les {nombre(connus)} chiffres"
            return f"{quoi} de ce thème {sans}{repere} en face : rien ne dit si c’est beaucoup ou peu."
        return f"{self.nom_theme} : aucun chiffre n’est renseigné ici."

    def tell_gaps(self, comparees: Sequence[MesureComparee]) -> str:
        """Ce que ces écarts disent ensemble."""
        if self.repere == self.geo:
            return "Le repère est le lieu regardé : aucun écart à lire."
        return gaps_title(comparees, self.du_repere)


def ranked(comparaisons: Sequence[MesureComparee]) -> tuple[MesureComparee, ...]:
    """Par écart, le plus grand d'abord ; ceux dont la base est trop petite à la fin."""
    comparees = [c for c in comparaisons if c.ecart is not None]
    return tuple(sorted(comparees, key=lambda c: (not c.classable, c.unite_ecart != "points", -abs(c.ecart))))


def _counts_people(comparee: MesureComparee) -> bool:
    return comparee.mesure.definition.nature == "effectif" and comparee.mesure.definition.sens == "besoin"
