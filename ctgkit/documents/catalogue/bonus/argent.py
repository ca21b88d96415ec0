"""L'argent d'une simulation : ce qui est simulé, notifié, perçu, les acomptes, et ce qui reste à la collectivité."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from ctgkit.documents.catalogue.bonus.sujet import foot
from ctgkit.documents.modele import Bloc, Colonne, Document, Paragraphe, Section, Tableau
from ctgkit.documents.registre import Offre
from ctgkit.formats import liste
from ctgkit.simulation import AVERTISSEMENT, Resultat, flat_csv, money, reread, tell_left

SANS_CHARGES_MAX = 8
_ACOMPTES = "Un acompte ne dépasse pas la part que le droit permet, appliquée au montant le plus bas."
_RESTE = (
    "Le reste à charge ne retire que les financements calculés ici : sans la prestation de service, c’est un maximum."
)


def money_document(resultat: Resultat, jour: date | None = None) -> Document:
    r, t = resultat, money(resultat)
    annee = r.annees[-1]
    derniere = t[t["annee"] == annee]
    sections = (
        *(Paragraphe(phrase, "note") for phrase in reread(r).phrases),
        Section("Simulé, notifié, perçu", _followed(t)),
        Section(f"Acomptes en {annee}", [*_instalments(derniere), Paragraphe(_ACOMPTES, "note")]),
        Section(f"Reste à charge en {annee}", [*_left(derniere), Paragraphe(_RESTE, "note")]),
        Paragraphe(AVERTISSEMENT, "alerte"),
    )
    return Document(
        f"{r.territoire.nom} : l’argent du bonus territoire",
        sections,
        f"Scénario « {r.scenario.nom} », code {r.scenario.code}",
        sujet="Notifié, perçu, acomptes et reste à charge",
        jour=jour,
        pied=foot(r),
    )


def _followed(table: pd.DataFrame) -> list[Bloc]:
    notifies = table[table["notifie_eur"].notna() | table["percu_eur"].notna()]
    if not len(notifies):
        return [Paragraphe("Aucun montant notifié ni perçu n’est saisi.")]
    colonnes = (
        Colonne("Structure"),
        Colonne("Année"),
        Colonne("Dispositif"),
        Colonne("Simulé", "fourchette"),
        Colonne("Notifié", "euros"),
        Colonne("Perçu", "euros"),
        Colonne("État"),
    )
    return [Tableau(colonnes, tuple(map(_notified, notifies.itertuples())))]


def _notified(x: Any) -> tuple[Any, ...]:
    montants = _range(x.simule_bas, x.simule_haut), _known(x.notifie_eur), _known(x.percu_eur)
    return (x.nom, str(x.annee), x.quoi, *montants, x.etat)


def _instalments(table: pd.DataFrame) -> list[Bloc]:
    lignes = table[table["acompte_max"] > 0]
    if not len(lignes):
        return [Paragraphe("Aucun acompte : aucun montant n’est sûr cette année-là.")]
    colonnes = (
        Colonne("Structure"),
        Colonne("Dispositif"),
        Colonne("Acomptes, au plus", "euros"),
        Colonne("Solde, au moins", "euros"),
    )
    return [Tableau(colonnes, tuple((x.nom, x.quoi, x.acompte_max, x.solde_min) for x in lignes.itertuples()))]


def _left(table: pd.DataFrame) -> list[Bloc]:
    restes = table[table["dispositif"] == ""]
    connus, sans = restes[restes["charges_eur"].notna()], restes[restes["charges_eur"].isna()]["nom"].tolist()
    blocs: list[Bloc] = []
    if len(connus):
        colonnes = (
            Colonne("Structure"),
            Colonne("Charges", "euros"),
            Colonne("Participations", "euros"),
            Colonne("Financements", "fourchette"),
            Colonne("Reste à charge"),
        )
        blocs.append(Tableau(colonnes, tuple(map(_charged, connus.itertuples()))))
    if sans:
        noms = liste(sans, SANS_CHARGES_MAX)
        blocs.append(Paragraphe(f"Charges non renseignées, reste à charge inconnu : {noms}."))
    return blocs or [Paragraphe("Aucune structure connue cette année-là.")]


def _charged(x: Any) -> tuple[Any, ...]:
    montants = x.charges_eur, _known(x.participations_eur), _range(x.financements_bas, x.financements_haut)
    return (x.nom, *montants, tell_left(x.reste_bas, x.reste_haut))


def _known(valeur: Any) -> float | None:
    return None if pd.isna(valeur) else float(valeur)


def _range(bas: float, haut: float) -> Any:
    return "rien" if np.isnan(bas) else (float(bas), _known(haut))


def table_csv(resultat: Resultat) -> bytes:
    return flat_csv([resultat], "\r\n", "argent").encode("utf-8-sig")


OFFRE = Offre(
    cle="argent",
    titre="L’argent : notifié, perçu, acomptes, reste à charge",
    aide="Structure par structure, ce que la Caf a notifié et versé, et ce qui reste à la collectivité.",
    formats=("docx", "odt", "pdf", "html", "csv"),
    document=money_document,
    fichiers={"csv": table_csv},
    rang=4,
)
