"""Ce que la page dit d'un thème : les mesures comparées, la phrase de constat, les chiffres clés."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ctgkit.diagnostic import (
    MASQUE,
    Alerte,
    Mesure,
    MesureComparee,
    Publiable,
    Publication,
    compare_theme,
    count_couverture,
    find_jumelles,
    lieu_principal,
    measure,
    rank_themes,
)
from ctgkit.diagnostic.carte import CarteIndicateur, chosen, mapped, read_map
from ctgkit.diagnostic.comparaison import Tendance
from ctgkit.diagnostic.domaines import Couverture, Priorite
from ctgkit.diagnostic.doutes import with_doubts
from ctgkit.diagnostic.lecture import list_tendances
from ctgkit.diagnostic.noms import short
from ctgkit.diagnostic.tableaux import valeur_ou_mot
from ctgkit.diagnostic.theme import ThemeLu, ranked
from ctgkit.formats import liste, nombre, pluriel
from ctgkit.views.diagnostic.etat import EtatDiagnostic
from ctgkit.views.diagnostic.memoire import Retenu

JUMELLES = 4


@dataclass(frozen=True)
class Comparees:
    """Une ligne par indicateur, une colonne par lieu ; `textes` : ce que l'on lit, le tableau : ce que l'on exporte."""

    lieux: tuple[tuple[str, str], ...]
    lignes: tuple[tuple[str, tuple[Mesure, ...]], ...]
    tableau: Publiable
    proches: tuple[tuple[str, tuple], ...]


def read_communes(
    publication: Publication, communes: Sequence[str], larges: Sequence[tuple[str, str]], theme: str, annee: int | None
) -> Comparees:
    """Les communes choisies, puis les lieux plus larges (code, nom), sur les indicateurs du thème."""
    territoire = publication.territoire
    noms = dict(zip(territoire.communes["code_insee"].tolist(), territoire.communes["nom"].tolist(), strict=True))
    lieux = {c: noms[c] for c in communes}
    lieux |= {geo: nom for geo, nom in larges if geo and geo not in lieux}
    lignes = tuple(
        (publication.catalogue[code].libelle, tuple(measure(publication, code, g, annee) for g in lieux))
        for code in _codes(publication, theme)
    )
    proches = tuple((noms[c], find_jumelles(publication, c, JUMELLES)) for c in communes[-1:])
    return Comparees(tuple(lieux.items()), lignes, _table(publication, lieux, lignes), proches)


def _codes(publication: Publication, theme: str) -> list[str]:
    """Ceux du thème qui existent par commune ; à défaut tous : le cadrage et le contexte situent une commune."""
    possibles = list(mapped(publication))
    return [c for c in possibles if publication.catalogue[c].theme == theme] or possibles


def _years(mesures: Sequence[Mesure], lieux: Mapping[str, str]) -> str:
    """Une année pour tous, sinon celle de chaque lieu : on ne lit pas d'écart entre deux années."""
    connues = [m for m in mesures if m.est_connue]
    if len({m.quand for m in connues}) == 1:
        return connues[0].quand
    return liste([f"{lieux[m.geo]} : {m.quand}" for m in connues])


def _table(publication: Publication, lieux: Mapping[str, str], lignes: tuple) -> Publiable:
    colonnes = {"indicateur": "Indicateur", **lieux, "annees": "Années"}
    contenu = [
        {
            "indicateur": libelle,
            **{m.geo: valeur_ou_mot(m) for m in mesures},
            "annees": _years(mesures, lieux),
        }
        for libelle, mesures in lignes
    ]
    notes = (f"« {MASQUE} » : secret statistique, ce n’est pas un zéro",)
    return publication.tableau("Communes comparées", colonnes, contenu, notes)


@dataclass(frozen=True)
class LectureDiagnostic(ThemeLu):
    """La publication lue à travers l'état : tout ce que montrent les zones en vient."""

    etat: EtatDiagnostic
    alertes: tuple[Alerte, ...]
    toutes: tuple[MesureComparee, ...]
    couverture: tuple[Couverture, ...]
    priorites: tuple[Priorite, ...]
    retenus: tuple[Retenu, ...] = ()

    @property
    def annee(self) -> int | None:
        return self.etat.annee or None

    @cached_property
    def groupes(self) -> list[tuple[str, tuple[MesureComparee, ...]]]:
        """Les écarts à montrer : ceux du thème, puis ceux des autres quand on les veut tous."""
        groupes = [(self.nom_theme, self.comparees)]
        if self.etat.portee == "tous":
            autres = tuple(c for c in self.toutes if c.mesure.definition.theme != self.etat.theme)
            groupes.append(("Les autres thèmes, pour situer", ranked(autres)))
        return [(nom, g) for nom, g in groupes if g]

    @cached_property
    def notes(self) -> tuple[Alerte, ...]:
        """Les alertes de ce thème, celles qui attendent une explication d'abord."""
        return tuple(a for a in self.alertes if a.theme == self.etat.theme)

    def notes_of(self, code: str) -> tuple[int, ...]:
        """Les numéros des notes de marge qui parlent de cet indicateur."""
        return tuple(i for i, a in enumerate(self.notes, 1) if code in a.codes and not a.expliquee)

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
        return with_doubts(list_tendances(self.publication, self.etat.theme, self.etat.lieu), self.alertes)


def read_lecture(
    publication: Publication,
    etat: EtatDiagnostic,
    alertes: Sequence[Alerte] = (),
    avant: LectureDiagnostic | None = None,
    **plus: object,
) -> LectureDiagnostic:
    """Changer de thème ne recompare rien : ce que la lecture d'avant a calculé pour ces réglages sert encore."""
    garde = avant if avant is not None and avant.publication is publication else None
    toutes = (
        garde.toutes
        if garde and garde.etat.zone == etat.zone
        else compare_theme(publication, "", etat.lieu, etat.annee or None, etat.repere)
    )
    priorites = (
        garde.priorites
        if garde and garde.etat.reglages == etat.reglages
        else rank_themes(publication, etat.poids, dict(etat.gravites))
    )
    return LectureDiagnostic(
        publication,
        etat.theme,
        etat.lieu or lieu_principal(publication.territoire),
        etat.repere or publication.territoire.comparateur.code,
        with_doubts((c for c in toutes if c.mesure.definition.theme == etat.theme), alertes),
        etat,
        tuple(alertes),
        toutes,
        garde.couverture if garde else count_couverture(publication),
        priorites,
        **plus,
    )
