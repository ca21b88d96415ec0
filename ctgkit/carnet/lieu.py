"""Un territoire dans un carnet : ses tables en DataFrames, et de quoi en faire un autre à simuler."""

import os
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from ctgkit import storage
from ctgkit.carnet.apercu import Apercu
from ctgkit.carnet.tables import frame_of, to_csv, to_frame
from ctgkit.errors import Defaut
from ctgkit.formats import liste, pluriel
from ctgkit.territoire import Fait, Manque, Territoire


@dataclass(frozen=True, eq=False, repr=False)
class Lieu(Apercu):
    """Un territoire lu tout entier. Ses tables sont des copies ; `with_structures` et les autres rendent un autre lieu.

    >>> lieu = load_territoire("exemple")
    >>> bool(lieu.structures["quantite"].sum() > 0)
    True
    """

    territoire: Territoire
    dossier: str = ""

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
    def _tables(self) -> dict[str, pd.DataFrame]:
        return {nom: to_frame(getattr(self.territoire, nom)) for nom in Territoire.TABLES}

    @property
    def communes(self) -> pd.DataFrame:
        return self._tables["communes"].copy()

    @property
    def structures(self) -> pd.DataFrame:
        return self._tables["structures"].copy()

    @property
    def references(self) -> pd.DataFrame:
        """Ce que la Caf versait avant, par territoire de compétence et type de service."""
        return self._tables["references"].copy()

    @property
    def engagements(self) -> pd.DataFrame:
        """L'argent que les collectivités maintiennent."""
        return self._tables["engagements"].copy()

    @property
    def notifications(self) -> pd.DataFrame:
        """Ce que la Caf a notifié et versé."""
        return self._tables["notifications"].copy()

    @property
    def faits(self) -> pd.DataFrame:
        """Ce qui a été lu dans les documents, à une ligne précise."""
        return frame_of(Fait, self.territoire.faits)

    @property
    def manques(self) -> pd.DataFrame:
        """Ce que les documents laissent vide."""
        return frame_of(Manque, self.territoire.a_completer)

    @property
    def defauts(self) -> pd.DataFrame:
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
        return Lieu(replace(self.territoire, **{nom: lues[nom] for nom in changees}), self.dossier)

    def _resume(self) -> list[str]:
        fictif = ", territoire fictif" if self.territoire.est_fictif else ""
        periode = f"Convention de {self.annees[0]} à {self.annees[-1]}." if self.annees else "Dates à renseigner."
        comptes = (
            pluriel(len(self.territoire.communes), "commune"),
            pluriel(len(self.territoire.structures), "structure"),
            pluriel(len(self.territoire.indicateurs), "chiffre"),
        )
        return [f"{self.nom} ({self.code}){fictif}", periode, f"{liste(list(comptes))}.".capitalize()]


def load_territoire(code: str | os.PathLike[str]) -> Lieu:
    """Le territoire de ce code (ou de ce dossier), lu entier, ou refusé avec tous ses défauts.

    >>> load_territoire("exemple").code
    'exemple'
    """
    return Lieu(storage.load_territoire(code), str(code))


def list_territoires() -> pd.DataFrame:
    """Les territoires de l'atelier, une ligne chacun.

    >>> "exemple" in set(list_territoires()["code"])
    True
    """
    resumes = storage.list_territoires()
    return pd.DataFrame(
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


def find_territoires(texte: str) -> pd.DataFrame:
    """Les communes et intercommunalités de France dont le nom, le code ou le Siren commence par ce texte.

    >>> find_territoires("mende")["nom"].iloc[0]
    'Mende'
    """
    return pd.DataFrame(storage.search_communes(texte), columns=list(storage.NationalCommune._fields))


def read_lieu(lieu: Lieu | Territoire) -> Territoire:
    """Le territoire que porte le lieu d'un carnet : une vue reçoit l'un ou l'autre."""
    return lieu.territoire if isinstance(lieu, Lieu) else lieu


def open_lieu(lieu: "Lieu | str | os.PathLike[str]") -> Lieu:
    """Un lieu déjà lu, ou son code : partout où un carnet peut donner l'un ou l'autre."""
    return lieu if isinstance(lieu, Lieu) else load_territoire(lieu)
