"""Lire le diagnostic depuis un carnet : un objet, ses tables, le secret déjà appliqué à tout ce qu'elles montrent."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import Any

import pandas as pd

from ctgkit.diagnostic.coherence import Alerte, check_coherence
from ctgkit.diagnostic.comparaison import (
    Jumelle,
    MesureComparee,
    Tendance,
    compare_theme,
    find_jumelles,
    measure_tendance,
    rank_communes,
    verdict,
)
from ctgkit.diagnostic.domaines import ETAPES, Couverture, Poids, Priorite, count_couverture, rank_themes
from ctgkit.diagnostic.doutes import A_VERIFIER, with_doubts
from ctgkit.diagnostic.formules import decimales
from ctgkit.diagnostic.mesures import STATUTS, write_court
from ctgkit.diagnostic.secret.publication import Publication, publish
from ctgkit.diagnostic.tableaux import tableau_alertes
from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import nombre
from ctgkit.territoire import Territoire

MEMES_UNITES = ("%", "places pour 100 enfants")


def read_diagnostic(
    territoire: Territoire, theme: str = "", commune: str | int = "", annee: int = 0, repere: str = ""
) -> "Diagnostic":
    """Les chiffres d'un territoire, ou d'une de ses communes, comparés à leur repère ; vide : tous les thèmes.

    Un réglage qui ne désigne rien lève une `CtgError` qui dit lequel.
    """
    publication = publish(territoire)
    commune = check_choix(publication, theme, commune, annee)
    if repere:
        check_lieux(publication, repere)
    return Diagnostic(publication, theme, commune, annee, repere)


def check_choix(publication: Publication, theme: str, commune: str | int, annee: int) -> str:
    """La commune voulue, son code en toutes lettres ; une erreur qui dit le réglage qui ne désigne rien."""
    if theme:
        publication.catalogue.of_theme(theme)
    commune = publication.territoire.find_commune(commune).code_insee if commune else ""
    if isinstance(annee, bool) or not isinstance(annee, int):
        raise CtgError(f"Année illisible : « {annee} ».", "réglage annee", "Une année à quatre chiffres, ou 0.")
    ecrites = written_years(publication)
    if annee and annee not in ecrites:
        dites = ", ".join(map(str, ecrites))
        raise CtgError(f"Aucun chiffre de {annee} pour ce territoire.", "réglage annee", f"Années : {dites}, ou 0.")
    return commune


def check_lieux(publication: Publication, *lieux: str) -> None:
    """Chaque lieu est une commune du territoire, ou un lieu qui a des indicateurs."""
    connus = {x.geo for x in publication.lignes} | set(publication.territoire.communes["code_insee"].tolist())
    for lieu in filter(None, lieux):
        if lieu not in connus:
            raise CtgError(
                f"Lieu inconnu dans ce territoire : « {lieu} » {did_you_mean(lieu, connus)}".strip(),
                "indicateurs.csv et communes.csv",
                "Donner le code Insee d'une commune du territoire, ou le code d'un lieu qui a des indicateurs.",
            )


def written_years(publication: Publication) -> list[int]:
    return sorted({x.annee for x in publication.lignes if x.annee}, reverse=True)


@dataclass(frozen=True)
class Diagnostic:
    """Les chiffres pour un choix de thème, de commune, d'année et de repère ; un nombre masqué est vide."""

    publication: Publication
    theme: str = ""
    commune: str = ""
    annee: int = 0
    repere: str = ""

    @cached_property
    def comparaisons(self) -> tuple[MesureComparee, ...]:
        lues = compare_theme(self.publication, self.theme, self.commune, self.annee or None, self.repere)
        return with_doubts(lues, self.alertes_lues)

    @cached_property
    def alertes_lues(self) -> tuple[Alerte, ...]:
        """Celles du thème, ou toutes."""
        return tuple(a for a in check_coherence(self.publication) if self.theme in ("", a.theme))

    def mesures(self) -> pd.DataFrame:
        """Une ligne par indicateur renseigné : sa valeur, son repère, leur écart et ce qu'il veut dire."""
        return _frame(_MESURES, self.comparaisons)

    def ecarts(self) -> pd.DataFrame:
        """Les indicateurs qui ont un repère, dans les colonnes de `figures.gaps`."""
        return ecarts_table([("", [c for c in self.comparaisons if c.ecart is not None])])

    def communes(self, code: str) -> pd.DataFrame:
        """Un indicateur commune par commune, du plus défavorable au plus favorable ; les autres ensuite."""
        classement = rank_communes(self.publication, code, (), self.annee or None)
        lignes = [(m, rang, "") for rang, m in classement.rangs] + [(m, None, x) for m, x in classement.non_classees]
        return _frame(_COMMUNES, lignes)

    def evolutions(self) -> pd.DataFrame:
        """Ce qui change d'une année à l'autre, dit en une phrase."""
        return _frame(_EVOLUTIONS, self.tendances)

    def series(self) -> pd.DataFrame:
        """Une ligne par indicateur et par année, dans les colonnes de `figures.evolutions`."""
        return series_table(self.tendances)

    @cached_property
    def tendances(self) -> tuple[Tendance, ...]:
        """Les évolutions connues : les séries d'abord, puis celles que la source écrit sans sa série."""
        return with_doubts(list_tendances(self.publication, self.theme, self.commune), self.alertes_lues)

    def alertes(self) -> pd.DataFrame:
        """Ce qui ne tombe pas juste : le calcul entier, où les chiffres sont lus, ce qui l'expliquerait."""
        tableau = tableau_alertes(self.publication, self.alertes_lues)
        return pd.DataFrame(map(dict, tableau.lignes), columns=list(tableau.colonnes))

    def priorites(self, poids: Poids | None = None, gravites: Mapping[str, float] | None = None) -> pd.DataFrame:
        """Les thèmes classés avec ces poids et ces notes de gravité, le calcul de chaque score en toutes lettres."""
        return priorites_table(rank_themes(self.publication, poids, gravites))

    def couverture(self) -> pd.DataFrame:
        """Les domaines et ce que l'on y compte : chiffres, objectifs, actions, actions évaluées."""
        return couverture_table(count_couverture(self.publication))

    def jumelles(self, commune: str = "", combien: int = 5) -> pd.DataFrame:
        """Les communes du territoire qui ressemblent à celle-ci, par la taille et le niveau de vie."""
        proches = find_jumelles(self.publication, commune or self.commune, combien)
        return pd.DataFrame(map(vars, proches), columns=[c.name for c in fields(Jumelle)])


def list_tendances(publication: Publication, theme: str = "", lieu: str = "") -> tuple[Tendance, ...]:
    definitions = publication.catalogue.of_theme(theme) if theme else tuple(publication.catalogue.values())
    tendances = (measure_tendance(publication, d.code, lieu) for d in definitions if not d.evolution_de)
    return tuple(sorted((t for t in tendances if t.est_connue), key=lambda t: -len(t.points)))


# Les tables que les figures dessinent


def ecarts_table(groupes: Iterable[tuple[str, Sequence[MesureComparee]]]) -> pd.DataFrame:
    """Les comparaisons qui ont un écart, par groupe, telles que `figures.gaps` les dessine."""
    return _frame(_ECARTS, [(c, groupe) for groupe, comparaisons in groupes for c in comparaisons])


def both_digits(comparee: MesureComparee) -> int | None:
    """Le nombre de décimales commun aux deux valeurs, 33,8 et 32,0 ; None quand il n'y en a pas deux à écrire."""
    if comparee.ecart is None:
        return None
    return min(
        max(decimales(comparee.mesure.valeur), decimales(comparee.repere.valeur)),
        max(comparee.mesure.definition.decimales, 1),
    )


def tell_sens(comparee: MesureComparee) -> str:
    """« besoin plus fort » ; rien quand il n'y a pas d'écart ou qu'il ne se juge pas."""
    return verdict(comparee.mesure.definition, comparee.ecart > 0) if comparee.ecart else ""


def _detail(comparee: MesureComparee) -> str:
    unite = comparee.mesure.definition.unite
    return f"{'en ' if unite in ('%', '‰', '€') else ''}{unite}, {comparee.mesure.quand}"


def series_table(tendances: Iterable[Tendance]) -> pd.DataFrame:
    """Les séries d'au moins deux années, telles que `figures.evolutions` les dessine."""
    return _frame(_SERIES, [(t, *point) for t in tendances if len(t.points) > 1 for point in t.points])


def tell_tendance(tendance: Tendance) -> str:
    """« besoin en hausse » ; une baisse des naissances n'est pas une bonne nouvelle."""
    if not tendance.evolution:
        return "stable"
    if tendance.defavorable is None:
        return "contexte"
    hausse = tendance.defavorable if tendance.definition.sens == "besoin" else not tendance.defavorable
    return f"{tendance.definition.sens} en {'hausse' if hausse else 'baisse'}"


def priorites_table(priorites: Iterable[Priorite]) -> pd.DataFrame:
    """Les thèmes et leur score, tels que `figures.priorities` les dessine."""
    return _frame(_PRIORITES, priorites)


def couverture_table(couvertures: Iterable[Couverture]) -> pd.DataFrame:
    """Les domaines et leurs étapes, tels que `figures.coverage` les dessine."""
    return _frame(_COUVERTURE, couvertures)


# Chaque colonne et d'où elle se lit : une table sans ligne garde ses colonnes.
_MESURES = {
    "code": attrgetter("mesure.code"),
    "indicateur": attrgetter("mesure.definition.libelle"),
    "theme": attrgetter("mesure.definition.theme"),
    "lieu": attrgetter("mesure.nom_geo"),
    "valeur": attrgetter("mesure.valeur"),
    "unite": attrgetter("mesure.definition.unite"),
    "annee": attrgetter("mesure.annee"),
    "statut": lambda c: STATUTS[c.mesure.statut],
    "repere": attrgetter("repere.valeur"),
    "nom_repere": attrgetter("repere.nom_geo"),
    "annee_repere": attrgetter("repere.annee"),
    "ecart": attrgetter("ecart"),
    "unite_ecart": attrgetter("unite_ecart"),
    "valeur_recente": lambda c: (c.recente or c.mesure).valeur,
    "annee_recente": lambda c: (c.recente or c.mesure).annee,
    "sens": attrgetter("mesure.definition.sens"),
    "defavorable": attrgetter("defavorable"),
    "lecture": attrgetter("lecture"),
    "source": attrgetter("mesure.source"),
    "reference": lambda c: c.mesure.calcul or c.mesure.reference,
    "a_savoir": lambda c: " ; ".join(filter(None, (*c.avertissements, c.motif, A_VERIFIER if c.douteuse else ""))),
}
_COMMUNES = {
    "cle": lambda x: x[0].geo,
    "nom": lambda x: x[0].nom_geo,
    "valeur": lambda x: x[0].valeur,
    "texte": lambda x: x[0].texte,
    "unite": lambda x: x[0].definition.unite,
    "annee": lambda x: x[0].annee,
    "statut": lambda x: STATUTS[x[0].statut],
    "rang": itemgetter(1),
    "motif": itemgetter(2),
    "source": lambda x: x[0].source,
}
_EVOLUTIONS = {
    "code": attrgetter("definition.code"),
    "indicateur": attrgetter("definition.libelle"),
    "debut": attrgetter("debut"),
    "fin": attrgetter("fin"),
    "evolution": attrgetter("evolution"),
    "unite": attrgetter("unite"),
    "sens": attrgetter("definition.sens"),
    "defavorable": attrgetter("defavorable"),
    "lecture": attrgetter("lecture"),
    "a_savoir": lambda t: A_VERIFIER if t.douteuse else "",
}
_ECARTS = {
    "cle": lambda x: x[0].mesure.code,
    "nom": lambda x: x[0].mesure.definition.libelle,
    "groupe": itemgetter(1),
    "valeur": lambda x: x[0].mesure.valeur,
    "repere": lambda x: x[0].repere.valeur,
    "texte": lambda x: nombre(x[0].mesure.valeur, both_digits(x[0])),
    "texte_repere": lambda x: nombre(x[0].repere.valeur, both_digits(x[0])),
    "ecart": lambda x: x[0].ecart_ecrit,
    "sens": lambda x: tell_sens(x[0]),
    "role": lambda x: x[0].mesure.definition.sens,
    "detail": lambda x: _detail(x[0]),
    "relatif": lambda x: x[0].mesure.definition.unite not in MEMES_UNITES,
}
_SERIES = {
    "cle": lambda x: x[0].definition.code,
    "nom": lambda x: x[0].definition.libelle,
    "annee": itemgetter(1),
    "valeur": itemgetter(2),
    "texte": lambda x: write_court(x[0].definition, x[2]),
    "unite": lambda x: x[0].definition.unite,
    "role": lambda x: x[0].definition.sens,
    "mot": lambda x: tell_tendance(x[0]),
}
_PRIORITES = {
    "cle": attrgetter("theme"),
    "nom": attrgetter("nom"),
    "score": attrgetter("score"),
    "bas": lambda p: p.bornes and p.bornes[0],
    "haut": lambda p: p.bornes and p.bornes[1],
    "calcul": attrgetter("calcul"),
}
_COUVERTURE = {"cle": attrgetter("domaine"), "nom": attrgetter("nom"), **{e: attrgetter(e) for e in ETAPES}}


def _frame(colonnes: Mapping[str, Callable[[Any], Any]], lignes: Iterable[Any]) -> pd.DataFrame:
    return pd.DataFrame([[lire(x) for lire in colonnes.values()] for x in lignes], columns=list(colonnes))
