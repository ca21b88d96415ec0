"""Lire le diagnostic depuis un carnet : un objet, ses tables, le secret déjà appliqué à tout ce qu'elles montrent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from ctgkit.diagnostic.coherence import Alerte, check_coherence
from ctgkit.diagnostic.comparaison import (
    Comparaison,
    Tendance,
    compare_theme,
    find_jumelles,
    measure_tendance,
    rank_communes,
    verdict,
)
from ctgkit.diagnostic.domaines import ETAPES, Couverture, Poids, Priorite, count_couverture, rank_themes
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
    commune = f"{commune:05d}" if isinstance(commune, int) else commune  # papermill -p lit 59014 comme un nombre
    if theme:
        publication.catalogue.of_theme(theme)
    communes = publication.territoire.communes["code_insee"].tolist()
    if commune and commune not in communes:
        conseil = did_you_mean(commune, communes)
        raise CtgError(
            f"Commune inconnue dans {publication.territoire.nom} : « {commune} » {conseil}".strip(),
            "réglage commune",
            "Donner le code Insee d'une commune du territoire, entre guillemets, ou rien.",
        )
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
    def comparaisons(self) -> tuple[Comparaison, ...]:
        return compare_theme(self.publication, self.theme, self.commune, self.annee or None, self.repere)

    @cached_property
    def alertes_lues(self) -> tuple[Alerte, ...]:
        """Celles du thème, ou toutes."""
        return tuple(a for a in check_coherence(self.publication) if self.theme in ("", a.theme))

    def mesures(self) -> pd.DataFrame:
        """Une ligne par indicateur renseigné : sa valeur, son repère, leur écart et ce qu'il veut dire."""
        return pd.DataFrame([self._mesure(c) for c in self.comparaisons])

    def ecarts(self) -> pd.DataFrame:
        """Les indicateurs qui ont un repère, dans les colonnes de `figures.diagnostic.gaps`."""
        return ecarts_table([("", [c for c in self.comparaisons if c.ecart is not None])])

    def communes(self, code: str) -> pd.DataFrame:
        """Un indicateur commune par commune, du plus défavorable au plus favorable ; les autres ensuite."""
        classement = rank_communes(self.publication, code, (), self.annee or None)
        lignes = [(rang, m, "") for rang, m in classement.rangs] + [(None, m, x) for m, x in classement.non_classees]
        return pd.DataFrame(
            [
                {
                    "cle": m.geo,
                    "nom": m.nom_geo,
                    "valeur": m.valeur,
                    "texte": m.texte,
                    "unite": m.definition.unite,
                    "annee": m.annee,
                    "statut": STATUTS[m.statut],
                    "rang": rang,
                    "motif": motif,
                    "source": m.source,
                }
                for rang, m, motif in lignes
            ]
        )

    def evolutions(self) -> pd.DataFrame:
        """Ce qui change d'une année à l'autre, dit en une phrase."""
        return pd.DataFrame(
            [
                {
                    "code": t.definition.code,
                    "indicateur": t.definition.libelle,
                    "debut": t.points[0][0] if t.points else None,
                    "fin": t.points[-1][0] if t.points else None,
                    "evolution": t.evolution,
                    "unite": t.unite,
                    "sens": t.definition.sens,
                    "defavorable": t.defavorable,
                    "lecture": t.lecture,
                }
                for t in self.tendances
            ]
        )

    def series(self) -> pd.DataFrame:
        """Une ligne par indicateur et par année, dans les colonnes de `figures.diagnostic.evolutions`."""
        return series_table(self.tendances)

    @cached_property
    def tendances(self) -> tuple[Tendance, ...]:
        """Les évolutions connues : les séries d'abord, puis celles que la source écrit sans sa série."""
        return list_tendances(self.publication, self.theme, self.commune)

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
        return pd.DataFrame([vars(j) for j in find_jumelles(self.publication, commune or self.commune, combien)])

    def _mesure(self, c: Comparaison) -> dict[str, Any]:
        mesure, repere = c.mesure, c.repere
        return {
            "code": mesure.code,
            "indicateur": mesure.definition.libelle,
            "theme": mesure.definition.theme,
            "lieu": mesure.nom_geo,
            "valeur": mesure.valeur,
            "unite": mesure.definition.unite,
            "annee": mesure.annee,
            "statut": STATUTS[mesure.statut],
            "repere": repere.valeur,
            "nom_repere": repere.nom_geo,
            "annee_repere": repere.annee,
            "ecart": c.ecart,
            "unite_ecart": c.unite_ecart,
            "sens": mesure.definition.sens,
            "defavorable": c.defavorable,
            "lecture": c.lecture,
            "source": mesure.source,
            "reference": mesure.calcul or mesure.reference,
            "a_savoir": " ; ".join(filter(None, (*c.avertissements, c.motif))),
        }


def list_tendances(publication: Publication, theme: str = "", lieu: str = "") -> tuple[Tendance, ...]:
    definitions = publication.catalogue.of_theme(theme) if theme else tuple(publication.catalogue.values())
    tendances = (measure_tendance(publication, d.code, lieu) for d in definitions if not d.evolution_de)
    return tuple(sorted((t for t in tendances if t.est_connue), key=lambda t: -len(t.points)))


# Les tables que les figures dessinent


def ecarts_table(groupes: Iterable[tuple[str, Sequence[Comparaison]]]) -> pd.DataFrame:
    """Les comparaisons qui ont un écart, par groupe, telles que `figures.diagnostic.gaps` les dessine."""
    return pd.DataFrame(
        [
            {
                "cle": c.mesure.code,
                "nom": c.mesure.definition.libelle,
                "groupe": groupe,
                "valeur": c.mesure.valeur,
                "repere": c.repere.valeur,
                "texte": nombre(c.mesure.valeur, both_digits(c)),
                "texte_repere": nombre(c.repere.valeur, both_digits(c)),
                "ecart": c.ecart_ecrit,
                "sens": tell_sens(c),
                "role": c.mesure.definition.sens,
                "detail": _detail(c),
                "relatif": c.mesure.definition.unite not in MEMES_UNITES,
            }
            for groupe, comparaisons in groupes
            for c in comparaisons
        ]
    )


def both_digits(c: Comparaison) -> int | None:
    """Le nombre de décimales commun aux deux valeurs, 33,8 et 32,0 ; None quand il n'y en a pas deux à écrire."""
    if c.ecart is None:
        return None
    return min(max(decimales(c.mesure.valeur), decimales(c.repere.valeur)), max(c.mesure.definition.decimales, 1))


def tell_sens(c: Comparaison) -> str:
    """« besoin plus fort » ; rien quand il n'y a pas d'écart ou qu'il ne se juge pas."""
    return verdict(c.mesure.definition, c.ecart > 0) if c.ecart else ""


def _detail(c: Comparaison) -> str:
    unite = c.mesure.definition.unite
    annees = c.mesure.quand if c.mesure.annee == c.repere.annee else f"{c.mesure.quand} ; repère : {c.repere.quand}"
    return f"{'en ' if unite in ('%', '‰', '€') else ''}{unite}, {annees}"


def series_table(tendances: Iterable[Tendance]) -> pd.DataFrame:
    """Les séries d'au moins deux années, telles que `figures.diagnostic.evolutions` les dessine."""
    return pd.DataFrame(
        [
            {
                "cle": t.definition.code,
                "nom": t.definition.libelle,
                "annee": annee,
                "valeur": valeur,
                "texte": write_court(t.definition, valeur),
                "unite": t.definition.unite,
                "role": t.definition.sens,
                "mot": tell_tendance(t),
            }
            for t in tendances
            if len(t.points) > 1
            for annee, valeur in t.points
        ]
    )


def tell_tendance(t: Tendance) -> str:
    """« besoin en hausse » ; une baisse des naissances n'est pas une bonne nouvelle."""
    if not t.evolution:
        return "stable"
    if t.defavorable is None:
        return "contexte"
    hausse = t.defavorable if t.definition.sens == "besoin" else not t.defavorable
    return f"{t.definition.sens} en {'hausse' if hausse else 'baisse'}"


def priorites_table(priorites: Iterable[Priorite]) -> pd.DataFrame:
    """Les thèmes et leur score, tels que `figures.diagnostic.priorities` les dessine."""
    return pd.DataFrame(
        [{"cle": p.theme, "nom": p.nom, "score": p.score, "calcul": p.calcul} for p in priorites],
    )


def couverture_table(couvertures: Iterable[Couverture]) -> pd.DataFrame:
    """Les domaines et leurs étapes, tels que `figures.diagnostic.coverage` les dessine."""
    return pd.DataFrame(
        [{"cle": c.domaine, "nom": c.nom, **{e: getattr(c, e) for e in ETAPES}} for c in couvertures],
    )
