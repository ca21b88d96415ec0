"""Le bonus année par année dans un rapport : un dessin sans navigateur, une phrase, un tableau derrière."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ctgkit.diagnostic.comparaison import Comparaison
from ctgkit.diagnostic.mesures import Mesure, write_valeur
from ctgkit.documents.modele import Bloc, Case, Colonne, Document, Figure, Morceau, Paragraphe, Tableau, Texte
from ctgkit.documents.renderers.json import as_data, read
from ctgkit.figures import bonus_by_year, draw
from ctgkit.formats import euros
from ctgkit.fourchette import Fourchette
from ctgkit.territoire import Territoire

_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
INVENTE = "Ce territoire, ses communes et ses chiffres sont inventés pour l'essai."
LECTURE = (
    "Un écart de parts se dit en points, un écart de quantités en pourcentage. « Défavorable » veut dire plus de "
    "besoin, ou moins d'offre, qu'au repère."
)


@dataclass(frozen=True)
class Annee:
    """Les bornes d'une année ; `haut` vaut None quand rien ne le borne, `visible` est la borne que l'on sait."""

    annee: int
    bas: float
    haut: float | None
    visible: float

    @property
    def texte(self) -> str:
        return Fourchette(self.bas, self.haut).tell()

    @property
    def bas_connu(self) -> float | None:
        return self.bas if self.bas or self.haut is not None else None


def read_years(lignes: Iterable[tuple[int, float, float, float]]) -> tuple[Annee, ...]:
    return tuple(Annee(int(a), bas, Fourchette(bas, haut).plafond, max(bas, su)) for a, bas, haut, su in lignes)


def years_figure(annees: Sequence[Annee], titre: str, legende: str) -> Figure:
    """Le minimum en plein, ce qui reste incertain en hachures ; le tableau est derrière."""
    lignes = [
        {"annee": str(a.annee), "bas": a.bas, "haut": a.haut, "connu": a.visible, "dite": a.texte} for a in annees
    ]
    svg = draw(bonus_by_year(lignes, phrase=titre, compacte=True), largeur=620, hauteur=290)
    phrase = f"{titre} : " + " ; ".join(f"{a.annee}, {a.texte}" for a in annees)
    colonnes = (Colonne("Année"), *(Colonne(str(a.annee), "euros") for a in annees))
    montants = tuple(amount(a.bas, a.haut) for a in annees)
    tableau = Tableau(colonnes, (("Montant", *montants),), "Bonus simulé, par année")
    return Figure(svg, phrase, legende, tableau=tableau)


def total_sentence(annees: tuple[Annee, ...]) -> str:
    """De la première à la dernière année, en euros et en toutes lettres."""
    connues = [a for a in annees if a.bas or a.haut]
    if not connues:
        return "Le bonus territoire reste inconnu : aucun montant de référence n'est renseigné."
    premier, dernier = connues[0], connues[-1]
    if premier == dernier:
        return f"Le bonus territoire serait de {premier.texte} en {premier.annee}."
    sens = "passerait" if premier.bas != dernier.bas else "resterait"
    au_moins = "au moins " if premier.haut is None or dernier.haut is None else ""
    return (
        f"Le bonus territoire {sens} de {au_moins}{euros(premier.bas)} en {premier.annee} "
        f"à {au_moins}{euros(dernier.bas)} en {dernier.annee}."
    )


def amount(bas: float, haut: float | None) -> Case:
    """Un tableur n'en prend un nombre que s'il est certain : « au moins » n'est pas une valeur."""
    montant = Fourchette(bas, haut)
    return Case(montant.tell(), montant.bas if montant.certain else None)


def convention(territoire: Territoire) -> str:
    annees = territoire.annees
    return "Convention territoriale globale" + (f" {annees[0]}-{annees[-1]}" if annees else "")


def fiction(territoire: Territoire) -> list[Bloc]:
    """Dit d'abord, quand tout est inventé."""
    return [Paragraphe(INVENTE, "fictif")] if territoire.est_fictif else []


def facing_value(face: Comparaison, annee: int | None) -> Case:
    """La valeur d'en face ; son année quand ce n'est pas la même."""
    autre = face.repere.est_connue and face.repere.annee != annee
    return Case(short(face.repere) + (f" ({face.repere.quand})" if autre else ""), face.repere.valeur)


def gap(face: Comparaison) -> Texte:
    ecart = face.ecart_ecrit or "ne se compare pas"
    if face.defavorable is None:
        return (Morceau(ecart),)
    ton, mot = ("besoin", "défavorable") if face.defavorable else ("offre", "favorable")
    return Morceau(f"{ecart} "), Morceau(mot, ton=ton)


def own_value(mesure: Mesure) -> Case:
    return Case((Morceau(short(mesure), gras=True),), mesure.valeur)


def short(mesure: Mesure) -> str:
    """La valeur sans son unité, sauf le signe % ; « masqué » et « non renseigné » en toutes lettres."""
    d = mesure.definition
    return write_valeur(d, mesure.valeur, unite=d.unite == "%") if mesure.est_connue else mesure.texte


def typeset(document: Document) -> Document:
    """Les apostrophes d'une page, dans tout ce que dit le rapport : on l'écrit au clavier ordinaire."""
    return read(_typeset(as_data(document)))


def _typeset(donnees: Any) -> Any:
    if isinstance(donnees, str):
        return _APOSTROPHE.sub("\u2019", donnees)
    if isinstance(donnees, list):
        return [_typeset(d) for d in donnees]
    if isinstance(donnees, dict):
        return {cle: valeur if cle == "svg" else _typeset(valeur) for cle, valeur in donnees.items()}
    return donnees
