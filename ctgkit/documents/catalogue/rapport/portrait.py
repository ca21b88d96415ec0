"""Le portrait d'un territoire et de sa convention : la page, l'accueil et la synthèse disent la même chose."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from ctgkit.formats import date_longue, nombre, pluriel, pourcent
from ctgkit.horloge import Adhesions, Horloge, count_memberships, effective_date, membership, read_clock
from ctgkit.storage import origines
from ctgkit.territoire import Commune, Fait, Territoire

STATUTS = {"officiel": "Officiel", "fictif": "Fictif", "secondaire": "Secondaire"}


@dataclass(frozen=True)
class LigneCommune:
    commune: Commune
    etat: str
    effet: date | None

    @property
    def effet_deduit(self) -> bool:
        return self.effet is not None and self.commune.effet is None


@dataclass(frozen=True)
class Source:
    """Un document cité ; `ton` : la pastille de son statut, « confirmer » quand personne ne l'a établi."""

    court: str
    titre: str
    emetteur: str
    ton: str

    @property
    def statut(self) -> str:
        return STATUTS.get(self.ton, "À confirmer")


@dataclass(frozen=True)
class Portrait:
    territoire: Territoire
    jour: date
    horloge: Horloge
    adhesions: Adhesions
    communes: tuple[LigneCommune, ...]

    @property
    def constat(self) -> str:
        """La phrase qui ouvre la page : ce que l'on sait d'abord des adhésions, puis du temps."""
        return f"{_phrase_adhesions(self.territoire, self.adhesions)} {_phrase_temps(self.horloge)}".strip()

    @property
    def surtitre(self) -> str:
        annees = self.territoire.annees
        return "Convention territoriale globale" + (f", {annees[0]}-{annees[-1]}" if annees else "")

    @property
    def chapeau(self) -> str:
        """Qui adhère, combien d'habitants, avec quelle Caf, comparé à quoi."""
        adhesions, territoire = self.adhesions, self.territoire
        qui = "Aucune commune n'est encore inscrite."
        if adhesions.total:
            habitants = pluriel(adhesions.population, "habitant")
            communes = pluriel(adhesions.total, "commune")
            qui = f"{communes}, {habitants} (population municipale, {self.annees_population})."
        compare = f", comparé au {territoire.comparateur.nom}" if territoire.comparateur.nom else ""
        return f"{qui} Avec la {territoire.caf}{compare}." if territoire.caf else qui

    @property
    def annees_population(self) -> str:
        annees = sorted({c.annee_population for c in self.territoire.communes if c.annee_population})
        return " et ".join(str(a) for a in annees) or "non renseignée"

    @cached_property
    def documents(self) -> dict[str, Source]:
        """Les sources citées par les faits et les manques, dans l'ordre où ils les citent."""
        registre, lus = origines(), (*self.territoire.faits, *self.territoire.a_completer)
        return {
            cle: _source(cle, registre.get(cle, {})) for cle in dict.fromkeys(x.document for x in lus if x.document)
        }

    @property
    def contradictions(self) -> list[tuple[Fait, ...]]:
        """Les faits que deux documents donnent avec des valeurs différentes : montrés, jamais tranchés.

        Dans un même document, une clé répétée est une liste (des séminaires, des rythmes), pas une contradiction.
        """
        par_cle: dict[str, list[Fait]] = defaultdict(list)
        for fait in self.territoire.faits:
            par_cle[fait.cle].append(fait)
        return [
            tuple(faits)
            for faits in par_cle.values()
            if len({f.valeur for f in faits}) > 1 and len({f.document for f in faits}) > 1
        ]


def _source(cle: str, fiche: Mapping[str, Any]) -> Source:
    titre, statut = str(fiche.get("titre", cle)), fiche.get("statut", "")
    court = str(fiche.get("court") or titre.split(",", maxsplit=1)[0])
    return Source(court, titre, fiche.get("emetteur", ""), statut if statut in STATUTS else "confirmer")


def read_portrait(territoire: Territoire, jour: date) -> Portrait:
    convention = territoire.convention
    communes = tuple(
        LigneCommune(c, membership(c, convention, jour), effective_date(c, convention)) for c in territoire.communes
    )
    horloge = read_clock(convention, jour)
    return Portrait(territoire, jour, horloge, count_memberships(territoire, jour), communes)


def _phrase_adhesions(territoire: Territoire, adhesions: Adhesions) -> str:
    if territoire.type == "commune":
        return f"{territoire.nom} conduit sa propre convention." if territoire.convention.debut else ""
    total = pluriel(adhesions.total, "commune")
    if not adhesions.en_vigueur:
        return f"Aucune des {total} n'a encore d'adhésion datée et en vigueur."
    forme = "ont leur adhésion en vigueur" if adhesions.en_vigueur > 1 else "a son adhésion en vigueur"
    return (
        f"{nombre(adhesions.en_vigueur)} des {total} {forme}, soit {pourcent(adhesions.part_population)} des habitants."
    )


def _phrase_temps(horloge: Horloge) -> str:
    debut, fin = horloge.convention.debut, horloge.convention.fin
    if not debut or not fin:
        return "Les dates de la convention restent à compléter."
    if horloge.jour < debut:
        return f"La convention commence le {date_longue(debut)}."
    if horloge.jour > fin:
        return f"La convention est terminée depuis le {date_longue(fin)}."
    if horloge.est_derniere_annee:
        return "C'est la dernière année : le nouveau diagnostic commence."
    return f"La convention court jusqu'au {date_longue(fin)}."
