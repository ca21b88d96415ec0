"""Les changements d'un scénario tels qu'on les tape : des textes, gardés même incomplets, lus en mouvements."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ctgkit.formats import MOINS, date_longue, read_date, read_nombre
from ctgkit.mouvements import normalise
from ctgkit.views.composants.curseur import typed

LIBRE = "libre"
TEXTE, NOMBRE, DATE, CHOIX = "texte", "nombre", "date", "choix"


@dataclass(frozen=True)
class ChampMouvement:
    """Un champ d'un changement ; `choix` nomme la liste où l'on choisit."""

    nom: str
    libelle: str
    genre: str = TEXTE
    choix: str = ""
    facultatif: bool = False
    cote: bool = False


@dataclass(frozen=True)
class Genre:
    legende: str
    bouton: str
    cases: tuple[ChampMouvement, ...]


_STRUCTURE = ChampMouvement("structure", "Structure", CHOIX, "structures")
_COMMUNE = ChampMouvement("code_insee", "Commune", CHOIX, "communes")
GENRES: Mapping[str, Genre] = {
    "quantite": Genre(
        "Places, heures, postes",
        "Agrandir ou réduire",
        (
            _STRUCTURE,
            ChampMouvement("quantite", "Quantité", NOMBRE, cote=True),
            ChampMouvement("date", "À partir du", DATE, cote=True),
        ),
    ),
    "ouvrir": Genre(
        "Ouverture",
        "Ouvrir une structure",
        (
            ChampMouvement("nom", "Nom de la structure"),
            ChampMouvement("type", "Service", CHOIX, "services"),
            _COMMUNE,
            ChampMouvement("quantite", "Quantité", NOMBRE, cote=True),
            ChampMouvement("date", "Ouverture", DATE, cote=True),
            ChampMouvement("gestionnaire", "Gestionnaire", facultatif=True),
            ChampMouvement("charges_eur", "Charges par an (€)", NOMBRE, facultatif=True, cote=True),
            ChampMouvement("participations_eur", "Participations par an (€)", NOMBRE, facultatif=True, cote=True),
        ),
    ),
    "fermer": Genre("Fermeture", "Fermer une structure", (_STRUCTURE, ChampMouvement("date", "Fermeture le", DATE))),
    "adherer": Genre(
        "Adhésion d'une commune",
        "Déplacer une adhésion",
        (
            _COMMUNE,
            ChampMouvement("date", "Délibération", DATE, cote=True),
            ChampMouvement("effet", "Effet", DATE, facultatif=True, cote=True),
        ),
    ),
    "credits": Genre(
        "Crédits d'une collectivité",
        "Changer des crédits",
        (
            ChampMouvement("competence", "Territoire de compétence", CHOIX, "competences"),
            ChampMouvement("annee", "Année", CHOIX, "annees", cote=True),
            ChampMouvement("credits_eur", "Crédits par an (€)", NOMBRE, cote=True),
        ),
    ),
    "parametre": Genre(
        "Montant donné par la Caf",
        "Donner un montant",
        (
            ChampMouvement("code", "Montant", CHOIX, "parametres"),
            ChampMouvement("valeur", "Valeur", NOMBRE, cote=True),
            ChampMouvement("depuis", "Depuis le", DATE, cote=True),
        ),
    ),
}
_STRUCTURELS = ("quantite", "charges_eur", "participations_eur", "reference_eur")


@dataclass(frozen=True)
class SaisieLue:
    """Le mouvement d'une saisie ; sans mouvement, ce qui est faux (`erreurs`) ou ce qui manque (`manques`)."""

    mouvement: Mapping[str, Any] | None
    erreurs: Mapping[str, str] = field(default_factory=dict)
    manques: tuple[str, ...] = ()


@dataclass(frozen=True)
class Saisie:
    cle: str
    genre: str
    champs: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def lue(self) -> SaisieLue:
        """Lue une fois : la page, la grille et le scénario en tirent ce qu'il leur faut."""
        if self.genre == LIBRE:
            return SaisieLue(json.loads(self.champs["contenu"]))
        cases = {c.nom: c for c in GENRES[self.genre].cases}
        lus: dict[str, Any] = {}
        erreurs: dict[str, str] = {}
        for nom, texte in self.champs.items():
            if texte.strip():
                try:
                    lus[nom] = _read_one(cases.get(nom, ChampMouvement(nom, nom)), nom, texte)
                except ValueError as erreur:
                    erreurs[nom] = str(erreur)
        vides = (c for c in cases.values() if c.nom not in lus and c.nom not in erreurs)
        manques = tuple(c.libelle for c in vides if not c.facultatif)
        manques = () if self.genre == "quantite" and manques == ("À partir du",) else manques
        if erreurs or manques:
            return SaisieLue(None, erreurs, manques)
        return SaisieLue(normalise(_movement(self.genre, lus), "scénario"))


def write(mouvement: Mapping[str, Any], cle: str) -> Saisie:
    """La saisie qui redonne ce mouvement ; celui qu'un formulaire ne sait pas dire est gardé tel quel."""
    propre = normalise(mouvement, "scénario")
    ((genre, corps),) = propre.items()
    plat = {**corps, **corps["structure"]} if genre == "ouvrir" else dict(corps)
    if genre == "ouvrir":
        del plat["structure"]
    saisie = Saisie(cle, genre, {nom: _written(nom, valeur) for nom, valeur in plat.items() if valeur is not None})
    contenu = json.dumps(propre, ensure_ascii=False, sort_keys=True)
    memes = json.dumps(saisie.lue.mouvement, ensure_ascii=False, sort_keys=True) == contenu
    return saisie if memes else Saisie(cle, LIBRE, {"contenu": contenu})


def number(texte: str) -> float:
    """Un nombre tapé, ou `ValueError` dont le texte se montre à côté du champ."""
    try:
        lu = read_nombre(texte.replace("€", "").strip())
    except ValueError:
        raise ValueError(f"« {texte} » n'est pas un nombre. Écrire par exemple 12 ou 1 234,50.") from None
    if lu < 0:
        raise ValueError(f"« {texte.replace('-', MOINS)} » est négatif. Écrire un nombre positif ou nul.")
    if not math.isfinite(lu) or lu > 1e12:
        raise ValueError(f"« {texte} » est trop grand. Vérifier le nombre de chiffres.")
    return lu


def day(texte: str) -> str:
    try:
        return read_date(texte).isoformat()
    except ValueError:
        raise ValueError(f"« {texte} » n'est pas une date. Écrire JJ/MM/AAAA, par exemple 01/09/2026.") from None


def french_day(iso: str) -> str:
    jour = read_date(iso)
    return f"{jour:%d/%m/%Y}"


def _read_one(case: ChampMouvement, nom: str, texte: str) -> Any:
    if case.genre == NOMBRE or nom in _STRUCTURELS:
        return number(texte)
    if case.genre == DATE:
        return day(texte)
    if nom == "cofinancee" and texte in ("oui", "non"):
        return texte == "oui"
    return int(texte) if nom == "annee" else texte.strip()


def _written(nom: str, valeur: Any) -> str:
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, int | float) and nom != "annee":
        return typed(valeur)
    return french_day(valeur) if nom in ("date", "effet", "depuis") else str(valeur)


def _movement(genre: str, lus: Mapping[str, Any]) -> dict[str, Any]:
    if genre != "ouvrir":
        return {genre: dict(lus)}
    structure = {c: int(v) if isinstance(v, float) and v.is_integer() else v for c, v in lus.items() if c != "date"}
    return {genre: {"structure": structure, "date": lus["date"]}}


def sentence(mouvement: Mapping[str, Any]) -> str:
    """Un mouvement qu'aucun formulaire ne montre, dit en une ligne."""
    ((verbe, corps),) = mouvement.items()
    morceaux = [f"{cle.removesuffix('_eur')} : {_said(valeur)}" for cle, valeur in corps.items()]
    return f"{verbe.capitalize()} ({', '.join(morceaux)})."


def _said(valeur: Any) -> str:
    if isinstance(valeur, Mapping):
        return ", ".join(f"{c} {_said(v)}" for c, v in valeur.items())
    try:
        return date_longue(read_date(str(valeur)))
    except ValueError:
        return typed(valeur) if isinstance(valeur, float) else str(valeur)
