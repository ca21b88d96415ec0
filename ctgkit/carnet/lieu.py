"""Un territoire dans un carnet : ses tables en DataFrames, et de quoi en faire un autre à simuler."""

import os
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import pandas as pd
import plotly.graph_objects as go

from ctgkit import figures, storage
from ctgkit.carnet.apercu import Apercu, Donnees, Enonce, choose, frame_of, to_csv, to_frame
from ctgkit.carnet.cartes import CARTES, draw_map
from ctgkit.carnet.rapports import RapportLieu
from ctgkit.documents.catalogue.rapport.commune import commune_document, read_fiche_commune
from ctgkit.documents.catalogue.rapport.portrait import Portrait, read_portrait
from ctgkit.documents.catalogue.rapport.territoire import read_synthese, territoire_document
from ctgkit.errors import CtgError, Defaut
from ctgkit.formats import liste, pluriel
from ctgkit.horloge import reading_day
from ctgkit.territoire import Fait, Manque, Territoire
from ctgkit.texte import majuscule


@dataclass(frozen=True, eq=False, repr=False)
class Lieu(Apercu):
    """Un territoire lu tout entier, un jour. Ses tables sont des copies ; `with_…` en fait un autre.

    >>> lieu = load_territoire("exemple")
    >>> bool(lieu.structures["quantite"].sum() > 0)
    True
    """

    territoire: Territoire
    dossier: str = ""
    jour: date = field(default_factory=date.today)

    @property
    def code(self) -> str:
        return self.territoire.code

    @property
    def nom(self) -> str:
        return self.territoire.nom

    @property
    def annees(self) -> tuple[int, ...]:
        """Les années de la convention."""
        return self.territoire.annees

    @cached_property
    def _tables(self) -> dict[str, Donnees]:
        return {nom: to_frame(getattr(self.territoire, nom)) for nom in Territoire.TABLES}

    @property
    def communes(self) -> Donnees:
        return self._tables["communes"].copy()

    @property
    def structures(self) -> Donnees:
        return self._tables["structures"].copy()

    @property
    def references(self) -> Donnees:
        """Ce que la Caf versait avant, par territoire de compétence et type de service."""
        return self._tables["references"].copy()

    @property
    def engagements(self) -> Donnees:
        """L'argent que les collectivités maintiennent."""
        return self._tables["engagements"].copy()

    @property
    def notifications(self) -> Donnees:
        """Ce que la Caf a notifié et versé."""
        return self._tables["notifications"].copy()

    @cached_property
    def _portrait(self) -> Portrait:
        return read_portrait(self.territoire, self.jour)

    @property
    def constat(self) -> Enonce:
        """Où en sont les adhésions et la convention, en deux phrases."""
        lu = self._portrait
        return Enonce(lu.constat, f"{self.nom}, {lu.surtitre}", (lu.chapeau, f"{lu.horloge.lecture}."))

    @property
    def adhesions(self) -> Donnees:
        """Chaque commune, l'état de son adhésion au jour de lecture, et la date de son effet."""
        lignes = [
            (x.commune.code_insee, x.commune.nom, x.commune.population, x.etat, x.commune.adhesion, x.effet)
            for x in self._portrait.communes
        ]
        return Donnees(lignes, columns=["code_insee", "nom", "population", "etat", "deliberation", "effet"])

    @property
    def echeances(self) -> Donnees:
        """Les dates de la convention et de ses clauses, où elles sont écrites, et si elles sont passées."""
        lues = self._portrait.horloge.echeances
        return Donnees(
            [(e.jour, e.libelle, e.precision, self._portrait.source(e), e.passee) for e in lues],
            columns=["jour", "echeance", "demande", "source", "passee"],
        )

    @property
    def contradictions(self) -> Donnees:
        """Ce que deux documents disent différemment : les deux sont gardés, aucun n'est tranché."""
        return frame_of(Fait, (fait for faits in self._portrait.contradictions for fait in faits))

    @property
    def sources(self) -> Donnees:
        """Les documents sur lesquels reposent les faits, et leur statut."""
        lignes = [(d.court, d.titre, d.emetteur, d.statut) for d in self._portrait.documents.values()]
        return Donnees(lignes, columns=["document", "titre", "emetteur", "statut"])

    def figure(self, laquelle: str = "adhesion") -> go.Figure:
        """La carte des adhésions, des populations ou de la zone prioritaire ; ou le temps de la convention."""
        cartes = {nom: lambda nom=nom: draw_map(self._portrait, nom) for nom in CARTES}
        return choose(laquelle, cartes | {"convention": self._draw_convention})

    def _draw_convention(self) -> go.Figure:
        convention = self.territoire.convention
        if not convention.debut or not convention.fin:
            que_faire = "Renseigner le début et la fin de la convention dans la fiche du territoire (territoire.yaml)."
            raise CtgError("Les dates de la convention restent à compléter.", "figure", que_faire)
        dates = [{"jour": e.jour, "nom": e.libelle} for e in self._portrait.horloge.echeances]
        return figures.convention(convention.debut, convention.fin, self.jour, dates)

    def fiche_commune(self, commune: str, annee: int = 0) -> RapportLieu:
        """La fiche d'une commune (son nom ou son code), lue au 31 décembre de l'année."""
        lue = read_fiche_commune(self.territoire, commune, annee or self.jour.year)
        return RapportLieu(commune_document(lue), lue.chiffres)

    def synthese(self, annee: int = 0) -> RapportLieu:
        """La synthèse du territoire, lue au 31 décembre de l'année."""
        lue = read_synthese(self.territoire, annee or self.jour.year)
        return RapportLieu(territoire_document(lue), lue.chiffres)

    @property
    def faits(self) -> Donnees:
        """Ce qui a été lu dans les documents, à une ligne précise."""
        return frame_of(Fait, self.territoire.faits)

    @property
    def manques(self) -> Donnees:
        """Ce que les documents laissent vide."""
        return frame_of(Manque, self.territoire.a_completer)

    @property
    def defauts(self) -> Donnees:
        """Les défauts de ses fichiers, erreurs et avis."""
        return frame_of(Defaut, storage.verify(self.dossier) if self.dossier else ())

    def with_communes(self, communes: pd.DataFrame) -> "Lieu":
        return self._with(communes=communes)

    def with_structures(self, structures: pd.DataFrame) -> "Lieu":
        """Le même lieu avec ces structures : contrôlées comme un fichier, tous les défauts d'un coup."""
        return self._with(structures=structures)

    def with_references(self, references: pd.DataFrame) -> "Lieu":
        return self._with(references=references)

    def with_engagements(self, engagements: pd.DataFrame) -> "Lieu":
        return self._with(engagements=engagements)

    def with_notifications(self, notifications: pd.DataFrame) -> "Lieu":
        return self._with(notifications=notifications)

    def _with(self, **changees: pd.DataFrame) -> "Lieu":
        textes = {nom: to_csv(changees.get(nom, table), Territoire.TABLES[nom]) for nom, table in self._tables.items()}
        lues = storage.read_tables(textes, f"{self.nom}, {liste(list(changees))} du carnet")
        return Lieu(replace(self.territoire, **{nom: lues[nom] for nom in changees}), self.dossier, self.jour)

    def _resume(self) -> list[str]:
        fictif = ", territoire fictif" if self.territoire.est_fictif else ""
        periode = f"Convention de {self.annees[0]} à {self.annees[-1]}." if self.annees else "Dates à renseigner."
        comptes = (
            pluriel(len(self.territoire.communes), "commune"),
            pluriel(len(self.territoire.structures), "structure"),
            pluriel(len(self.territoire.indicateurs), "chiffre"),
        )
        return [f"{self.nom} ({self.code}){fictif}", periode, majuscule(f"{liste(list(comptes))}.")]


def load_territoire(code: str | os.PathLike[str], jour: str | date = "", annee: int = 0) -> Lieu:
    """Le territoire de ce code (ou de ce dossier), lu entier, ou refusé avec tous ses défauts.

    `jour` : celui où on le lit, aujourd'hui sinon ; `annee` : la fin d'une année passée.

    >>> load_territoire("exemple").code
    'exemple'
    """
    return Lieu(storage.load_territoire(code), str(code), reading_day(jour, annee))


def list_territoires() -> Donnees:
    """Les territoires de l'atelier, une ligne chacun.

    >>> "exemple" in set(list_territoires()["code"])
    True
    """
    resumes = storage.list_territoires()
    return Donnees(
        {
            "code": [resume.code for resume in resumes],
            "nom": [resume.nom for resume in resumes],
            "type": [resume.type for resume in resumes],
            "nature": [resume.nature for resume in resumes],
            "debut": [resume.convention.debut for resume in resumes],
            "fin": [resume.convention.fin for resume in resumes],
            "defauts": [len(resume.defauts) for resume in resumes],
        }
    )


def find_territoires(texte: str) -> Donnees:
    """Les communes et intercommunalités de France dont le nom, le code ou le Siren commence par ce texte.

    >>> find_territoires("mende")["nom"].iloc[0]
    'Mende'
    """
    return Donnees(storage.search_communes(texte), columns=list(storage.NationalCommune._fields))


def read_lieu(lieu: Lieu | Territoire) -> Territoire:
    """Le territoire que porte le lieu d'un carnet : une vue reçoit l'un ou l'autre."""
    return lieu.territoire if isinstance(lieu, Lieu) else lieu


def read_day(lieu: Lieu | Territoire) -> date:
    return lieu.jour if isinstance(lieu, Lieu) else date.today()


def open_lieu(lieu: "Lieu | str | os.PathLike[str]") -> Lieu:
    """Un lieu déjà lu, ou son code : partout où un carnet peut donner l'un ou l'autre."""
    return lieu if isinstance(lieu, Lieu) else load_territoire(lieu)
