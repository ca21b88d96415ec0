"""Ce que les deux rapports disent de la même façon : le bonus année par année, une mesure face à une autre."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ctgkit import droit
from ctgkit.diagnostic import Mesure, MesureComparee, write_valeur
from ctgkit.diagnostic.doutes import A_VERIFIER
from ctgkit.documents.modele import (
    Bloc,
    Case,
    Champs,
    Colonne,
    DessinDecrit,
    Document,
    Morceau,
    Paragraphe,
    Section,
    Tableau,
    Texte,
)
from ctgkit.documents.renderers.json import as_data, read
from ctgkit.figures import bonus_by_year, draw
from ctgkit.formats import date_longue
from ctgkit.fourchette import Fourchette

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


def read_years(table: pd.DataFrame) -> tuple[Annee, ...]:
    lignes = table[["annee", "bas", "haut", "haut_connu"]].itertuples(index=False)
    return tuple(Annee(int(a), bas, Fourchette(bas, haut).plafond, max(bas, su)) for a, bas, haut, su in lignes)


def year_figures(annees: Sequence[Annee], voulue: int) -> dict[str, float | None]:
    """Les bornes d'une année dans le tableau des résultats d'un lot ; None quand on ne sait pas."""
    annee = next((a for a in annees if a.annee == voulue), None)
    return {"bonus_bas_eur": annee.bas_connu if annee else None, "bonus_haut_eur": annee.haut if annee else None}


def years_figure(annees: Sequence[Annee], titre: str, legende: str) -> Bloc:
    """Le minimum en plein, ce qui reste incertain en hachures, le tableau derrière ; sans rien de connu, une phrase."""
    if all(a.bas_connu is None for a in annees):
        dites = f"de {annees[0].annee} à {annees[-1].annee}" if len(annees) > 1 else f"en {annees[0].annee}"
        return Paragraphe(f"{titre} : montant inconnu {dites}, il n'y a rien à dessiner.", "note")
    lignes = [
        {"annee": str(a.annee), "bas": a.bas, "haut": a.haut, "connu": a.visible, "dite": a.texte} for a in annees
    ]
    svg = draw(bonus_by_year(lignes, phrase=titre, compacte=True), largeur=620, hauteur=240)
    phrase = f"{titre} : " + " ; ".join(f"{a.annee}, {a.texte}" for a in annees)
    colonnes = (Colonne("Année"), *(Colonne(str(a.annee), "euros") for a in annees))
    montants = tuple(amount(a.bas, a.haut) for a in annees)
    tableau = Tableau(colonnes, (("Montant", *montants),), "Bonus simulé, par année")
    return DessinDecrit(svg, phrase, legende, tableau=tableau)


def total_sentence(annees: tuple[Annee, ...]) -> str:
    """De la première à la dernière année, en euros et en toutes lettres."""
    connues = [a for a in annees if a.bas or a.haut]
    if not connues:
        return "Le bonus territoire reste inconnu : aucun montant de référence n'est renseigné."
    dits = [f"{Fourchette(a.bas, a.haut).complement()} en {a.annee}" for a in connues]
    return f"Le bonus territoire serait {' et '.join(dict.fromkeys((dits[0], dits[-1])))}."


def amount(bas: float, haut: float | None) -> Case:
    """Un tableur n'en prend un nombre que s'il est certain : « au moins » n'est pas une valeur."""
    montant = Fourchette(bas, haut)
    return Case(montant.tell(), montant.bas if montant.certain else None)


def service_name(code: str) -> str:
    services = droit.services()
    return services[code].libelle if code in services else code


def report(
    lue: Any, titre: str, surtitre: str, reperes: Sequence[tuple[str, str]], sections: Sequence[Section]
) -> Document:
    """Les deux rapports s'ouvrent de même : ce qui est inventé se dit d'abord, puis le constat et les chiffres clés."""
    bande = [Paragraphe(INVENTE, "fictif")] if lue.territoire.est_fictif else []
    blocs = (*bande, Paragraphe(lue.constat, "chapeau"), Champs(tuple(reperes), reperes=True), *sections)
    lu_le = f"{surtitre}, au {date_longue(lue.jour)}"
    return typeset(Document(titre, blocs, surtitre=lu_le, pied=f"{titre}. {lu_le}", jour=lue.jour))


def unknowns(lignes: Sequence[tuple[str, str]]) -> list[Section]:
    """Ce que le rapport ne sait pas, et à qui le demander ; aucune section quand il n'y a rien à demander."""
    if not lignes:
        return []
    return [Section("Ce qui n'est pas su, et qui le détient", (Tableau(MANQUE, tuple(lignes)),))]


MANQUE = (Colonne("Ce qui n'est pas su"), Colonne("Qui le détient"))


def label(mesure: Mesure) -> str:
    """L'unité se dit une fois, dans le libellé, quand elle est longue."""
    d = mesure.definition
    return ", ".join([d.libelle, mesure.quand] + [d.unite] * (d.unite != "%"))


def facing_value(face: MesureComparee, annee: int | None) -> Case:
    """La valeur d'en face ; l'année quand ce n'est pas celle de la ligne, et la valeur d'ici qu'on y compare."""
    ailleurs = face.repere.est_connue and face.repere.annee != annee
    ici = f" ; ici {short(face.mesure)}" if ailleurs and face.ecart is not None else ""
    return Case(short(face.repere) + (f" ({face.repere.quand}{ici})" if ailleurs else ""), face.repere.valeur)


def gap(face: MesureComparee) -> Texte:
    """L'écart et son sens ; « (à vérifier) » comme dans la page quand une note de cohérence conteste l'un des deux."""
    ecart = face.ecart_ecrit or "ne se compare pas"
    doute = (Morceau(f" ({A_VERIFIER})"),) * face.douteuse
    if face.defavorable is None:
        return Morceau(ecart), *doute
    ton, mot = ("besoin", "défavorable") if face.defavorable else ("offre", "favorable")
    return Morceau(f"{ecart} "), Morceau(mot, ton=ton), *doute


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
