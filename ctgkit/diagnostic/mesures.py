"""Une mesure : une valeur, où, quand, d'où elle vient ; publiée, calculée par formule, masquée ou non renseignée."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ctgkit.diagnostic.catalogue import Definition
from ctgkit.diagnostic.formules import decimales
from ctgkit.diagnostic.noms import lieu_de_repli, lieu_principal, name_lieu, of_place
from ctgkit.diagnostic.secret.publication import Publication
from ctgkit.formats import INSECABLE, liste, nombre
from ctgkit.territoire import Indicateur

NON_RENSEIGNE, CALCULE, MASQUE = "non_renseigne", "calcule", "masque"
STATUTS = {
    "publie": "publié",
    "estime": "estimé",
    CALCULE: "calculé",
    MASQUE: "masqué",
    "a_completer": "à compléter",
    NON_RENSEIGNE: "non renseigné",
}


@dataclass(frozen=True)
class Mesure:
    """`valeur` est None quand elle est masquée ou inconnue, jamais 0 ; `repli_de` nomme la commune remplacée.

    `annees` : celles que mêle un calcul, quand ses termes n'en ont pas une en commun ; `annee` est alors vide.
    """

    definition: Definition
    geo: str
    nom_geo: str
    valeur: float | None = None
    annee: int | None = None
    statut: str = NON_RENSEIGNE
    niveau: str = ""
    source: str = ""
    reference: str = ""
    calcul: str = ""
    motif: str = ""
    repli_de: str = ""
    avertissements: tuple[str, ...] = ()
    annees: tuple[int, ...] = ()
    depuis: int | None = None

    @property
    def code(self) -> str:
        return self.definition.code

    @property
    def est_connue(self) -> bool:
        return self.valeur is not None

    @property
    def texte(self) -> str:
        """La valeur comme on l'écrit : `45,2 %`, `6 164 enfants`, « masqué », « non renseigné »."""
        return write_valeur(self.definition, self.valeur) if self.est_connue else STATUTS[self.statut]

    @property
    def du_lieu(self) -> str:
        """« du Nord », « d'Anzin »."""
        return of_place(self.nom_geo, self.niveau, self.geo)

    @property
    def quand(self) -> str:
        if self.annees:
            return f"années mêlées : {liste(list(map(str, self.annees)))}"
        if self.depuis and self.annee:
            return f"entre {self.depuis} et {self.annee}"
        return str(self.annee) if self.annee else "année non écrite"


def write_valeur(definition: Definition, valeur: float, unite: bool = True) -> str:
    """Avec les décimales que la source a écrites, jamais plus : 57 ne devient pas 57,0."""
    ecrit = nombre(valeur, min(decimales(valeur), max(definition.decimales, int(definition.additif))))
    if not unite:
        return ecrit
    if definition.unite in ("%", "‰", "€"):
        return f"{ecrit}\u202f{definition.unite}"
    if definition.unite in ("ratio", "indice", "indice 0-1"):
        return ecrit
    compte, pour, reste = definition.unite.partition(" pour ")
    singulier = (definition.additif or pour) and abs(valeur) < 2 and compte[-1] in "sx"
    return f"{ecrit}{INSECABLE}{compte[:-1] if singulier else compte}{pour}{reste}"


def write_court(definition: Definition, valeur: float, chiffres: int | None = None) -> str:
    """Avec l'unité quand elle se colle au nombre (%, €) ; une autre se dit à côté."""
    nu = write_valeur(definition, valeur, unite=False) if chiffres is None else nombre(valeur, chiffres)
    unite = definition.unite.split(" ")[0]
    return f"{nu}\u202f{unite}" if unite in ("%", "‰", "€") else nu


def measure(publication: Publication, code: str, geo: str = "", annee: int | None = None) -> Mesure:
    """La valeur publiée, sinon celle que donne la formule du catalogue ; la plus récente si l'année n'est pas dite."""
    geo = geo or lieu_principal(publication.territoire)
    definition = publication.catalogue[code]
    vide = Mesure(definition, geo, name_lieu(publication.territoire, geo), annee=annee)
    lignes = [x for x in publication.of_code(code, geo) if annee in (None, x.annee)]
    if lignes:
        return _lue(vide, _preferee(lignes), lignes, publication)
    return _calculee(vide, publication, annee) if definition.formule and not definition.approchee else vide


def known_years(publication: Publication, code: str, geo: str) -> set[int]:
    """Les années où ce lieu a une valeur, publiée ou que la formule donne sur une seule année."""
    definition = publication.catalogue[code]
    annees = {x.annee for x in publication.of_code(code, geo) if x.annee and x.valeur is not None}
    if definition.formule and not definition.approchee:
        termes = [known_years(publication, c, geo) for c in definition.formule.codes]
        annees |= {a for a in set.intersection(*termes) if measure(publication, code, geo, a).est_connue}
    return annees


def measure_or_replace(publication: Publication, code: str, geo: str = "", annee: int | None = None) -> Mesure:
    """Le taux d'une commune, ou celui de son intercommunalité quand il est masqué : le repli se dit.

    Un effectif ne se replie pas : celui de l'intercommunalité compte d'autres habitants.
    """
    mesure = measure(publication, code, geo, annee)
    epci = lieu_de_repli(publication.territoire)
    if mesure.statut != MASQUE or mesure.definition.additif or not epci or mesure.geo == epci:
        return mesure
    repli = measure(publication, code, epci, annee)
    dit = f"{mesure.nom_geo} : masqué (secret statistique) ; valeur de l’intercommunalité à la place"
    return replace(repli, repli_de=mesure.nom_geo, avertissements=(dit, *repli.avertissements))


def measure_theme(
    publication: Publication, theme: str = "", geo: str = "", annee: int | None = None
) -> tuple[Mesure, ...]:
    """Les mesures renseignées d'un thème, ou de tous."""
    catalogue = publication.catalogue
    definitions: Iterable[Definition] = catalogue.of_theme(theme) if theme else catalogue.values()
    mesures = (measure(publication, d.code, geo, annee) for d in definitions)
    return tuple(m for m in mesures if m.statut != NON_RENSEIGNE)


_ORDRE_STATUT = {"publie": 3, "estime": 2, MASQUE: 1}


def _preferee(lignes: Sequence[Indicateur]) -> Indicateur:
    """Une valeur connue avant une masquée, la plus récente, publiée avant estimée ; à égalité la première écrite."""
    return max(lignes, key=lambda x: (x.valeur is not None, x.annee or 0, _ORDRE_STATUT.get(x.statut, 0)))


def _lue(vide: Mesure, ligne: Indicateur, lignes: Sequence[Indicateur], publication: Publication) -> Mesure:
    autres = sorted({write_valeur(vide.definition, x.valeur) for x in lignes if _concurrente(x, ligne)})
    dit = (f"autre valeur écrite pour la même notion : {liste(autres)}",) if autres else ()
    return replace(
        vide,
        valeur=ligne.valeur,
        annee=ligne.annee,
        statut=ligne.statut,
        niveau=ligne.niveau,
        source=ligne.source,
        reference=ligne.reference,
        depuis=ligne.depuis,
        motif=publication.motif(ligne),
        avertissements=dit,
    )


def _concurrente(autre: Indicateur, retenue: Indicateur) -> bool:
    """Même année, ou année non écrite d'un côté : deux valeurs que rien ne distingue."""
    meme_annee = autre.annee == retenue.annee or autre.annee is None or retenue.annee is None
    return autre.valeur is not None and autre.valeur != retenue.valeur and meme_annee


def _calculee(vide: Mesure, publication: Publication, annee: int | None) -> Mesure:
    """À la dernière année que tous les termes ont en commun ; sinon le calcul mêle des années, et le dit."""
    formule = vide.definition.formule
    communes = [known_years(publication, code, vide.geo) for code in formule.codes] if annee is None else []
    annee = annee or max(set.intersection(*communes) if communes else (), default=None)
    termes = {code: measure(publication, code, vide.geo, annee) for code in formule.codes}
    if any(m.statut == MASQUE for m in termes.values()):
        return replace(vide, statut=MASQUE, motif="un terme du calcul est masqué")
    if not all(m.est_connue for m in termes.values()):
        return vide
    try:
        valeur = formule.evaluate({code: m.valeur for code, m in termes.items()})
    except ZeroDivisionError:
        return vide
    calcul = f"{formule.write(lambda c: write_valeur(termes[c].definition, termes[c].valeur, unite=False))}"
    sources = liste(sorted({m.source for m in termes.values() if m.source}))
    niveau = next((m.niveau for m in termes.values() if m.niveau), "")
    return replace(
        vide,
        valeur=valeur,
        statut=CALCULE,
        niveau=niveau,
        source=sources,
        calcul=f"{calcul} = {write_valeur(vide.definition, valeur)}",
        **_when(termes.values()),
    )


def _when(termes: Iterable[Mesure]) -> dict[str, Any]:
    """L'année d'un calcul : celle de tous ses termes, ou celles qu'il mêle ; une seule non écrite le rend incertain."""
    ecrites = {a for m in termes for a in (m.annees or (m.annee,))}
    if len(ecrites) == 1:
        return {"annee": ecrites.pop()}
    annees = tuple(sorted(a for a in ecrites if a))
    dites = [*map(str, annees), *(["une année non écrite"] if None in ecrites else [])]
    avis = f"calculé sur des années différentes : {liste(dites)}"
    return {"annee": None, "annees": annees if len(annees) > 1 else (), "avertissements": (avis,)}
