"""Le portrait d'un territoire et de sa convention : la page, l'accueil et la synthèse disent la même chose."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from ctgkit.diagnostic.noms import of_place, to_place
from ctgkit.formats import date_longue, liste, nombre, pluriel, pourcent
from ctgkit.horloge import Adhesions, Echeance, Horloge, count_memberships, effective_date, membership, read_clock
from ctgkit.storage import origines
from ctgkit.territoire import Clause, Commune, Fait, Manque, Territoire
from ctgkit.texte import majuscule

INCONNUE, A_CONFIRMER = "non renseignée", "à confirmer"
DATES = ("convention_debut", "convention_fin")

STATUTS = {"officiel": "Officiel", "fictif": "Fictif", "secondaire": "Secondaire"}


@dataclass(frozen=True)
class LigneCommune:
    commune: Commune
    etat: str
    effet: date | None
    ailleurs: Fait | None = None

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
        return f"{_phrase_adhesions(self)} {_phrase_temps(self.horloge, self.doute_des_dates)}".strip()

    @property
    def doute_des_dates(self) -> str:
        """Ce qui empêche de tenir la fin de la convention pour écrite : deux documents, ou une déduction."""
        if any(faits[0].cle in DATES for faits in self.contradictions):
            return " (deux documents n'en donnent pas les mêmes dates)"
        deduite = any(f.cle == "convention_fin" and f.note.startswith("Déduit") for f in self.territoire.faits)
        return " (date déduite, le jour n'est pas écrit)" if deduite else ""

    @property
    def inconnues(self) -> int:
        """Les communes dont aucun document ne dit l'adhésion, ou pas assez."""
        return sum(x.etat in (INCONNUE, A_CONFIRMER) for x in self.communes)

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
        repere = territoire.comparateur
        compare = f", comparé {to_place(of_place(repere.nom, code=repere.code))}" if repere.nom else ""
        return f"{qui} Avec la {territoire.caf}{compare}." if territoire.caf else qui

    @property
    def annees_population(self) -> str:
        annees = sorted({c.annee_population for c in self.territoire.communes if c.annee_population})
        return " et ".join(str(a) for a in annees) or "non renseignée"

    @cached_property
    def documents(self) -> dict[str, Source]:
        """Les sources du territoire, dans l'ordre où il les cite."""
        return {cle: read_source(cle) for cle in self.territoire.documents}

    def source(self, cite: Echeance | Clause | Fait | Manque) -> str:
        """« Convention CTG 2025-2029, ligne 339 » ; rien quand aucun document n'est cité."""
        if not cite.document:
            return ""
        return (
            f"{self.documents[cite.document].court}, ligne {cite.ligne}"
            if cite.ligne
            else self.documents[cite.document].court
        )

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


def read_source(cle: str) -> Source:
    """Le document de cette clé du registre ; ce qui n'y est pas reste dit tel quel, à confirmer."""
    fiche = origines().get(cle, {})
    titre, statut = str(fiche.get("titre", cle)), fiche.get("statut", "")
    court = str(fiche.get("court") or titre.split(",", maxsplit=1)[0])
    return Source(court, titre, fiche.get("emetteur", ""), statut if statut in STATUTS else "confirmer")


def read_portrait(territoire: Territoire, jour: date) -> Portrait:
    faits = {f.cle: f for f in territoire.faits}
    communes = tuple(_line(c, territoire, faits.get(f"adhesion_{c.code_insee}"), jour) for c in territoire.communes)
    horloge = read_clock(territoire, jour)
    return Portrait(territoire, jour, horloge, count_memberships(territoire, jour), communes)


def _line(commune: Commune, territoire: Territoire, ailleurs: Fait | None, jour: date) -> LigneCommune:
    """Une délibération lue dans un document sans qu'elle vise sûrement cette convention reste à confirmer.

    De même quand la convention n'a pas de dates : rien ne dit qu'elle est signée, ni l'adhésion en vigueur.
    """
    etat = membership(commune, territoire.convention, jour)
    effet = effective_date(commune, territoire.convention)
    sans_dates = effet is not None and not territoire.convention.debut
    return LigneCommune(
        commune,
        A_CONFIRMER if sans_dates or (etat == INCONNUE and ailleurs) else etat,
        effet,
        ailleurs,
    )


def _phrase_adhesions(portrait: Portrait) -> str:
    territoire, adhesions = portrait.territoire, portrait.adhesions
    if territoire.type == "commune":
        return f"{territoire.nom} conduit sa propre convention." if territoire.convention.debut else ""
    if not adhesions.total:
        return "Les communes du territoire restent à inscrire."
    etats = Counter(x.etat for x in portrait.communes)
    connues = adhesions.total - etats[INCONNUE] - etats[A_CONFIRMER]
    total = pluriel(adhesions.total, "commune")
    if not connues:
        seules = f"Adhésion non renseignée pour {_among(etats[INCONNUE], adhesions.total, total)}"
        return f"{seules}{_to_confirm(etats[A_CONFIRMER])}."
    verbe = "ont leur adhésion" if adhesions.en_vigueur > 1 else "a son adhésion"
    if adhesions.en_vigueur == adhesions.total:
        return f"{majuscule(_among(adhesions.total, adhesions.total, total))} {verbe} en vigueur."
    if not adhesions.en_vigueur:
        debut = f"Aucune adhésion n'est en vigueur parmi les {pluriel(connues, 'commune')} dont on sait l'état"
    else:
        au_moins = "au moins " if portrait.inconnues else ""
        part = pourcent(adhesions.part_population)
        debut = f"{nombre(adhesions.en_vigueur)} des {total} {verbe} en vigueur, soit {au_moins}{part} des habitants"
    if not portrait.inconnues:
        return f"{debut}."
    inconnues = pluriel(etats[INCONNUE], "commune")
    return f"{debut} ; adhésion non renseignée pour {inconnues}{_to_confirm(etats[A_CONFIRMER])}."


def _among(combien: int, toutes: int, total: str) -> str:
    if combien == toutes:
        return f"les {total}" if toutes > 1 else "la seule commune"
    return f"{nombre(combien)} des {total}"


def _to_confirm(combien: int) -> str:
    return f", à confirmer pour {nombre(combien)}" if combien else ""


def _phrase_temps(horloge: Horloge, doute: str = "") -> str:
    debut, fin = horloge.convention.debut, horloge.convention.fin
    if not debut or not fin:
        return "Les dates de la convention restent à compléter."
    if horloge.jour < debut:
        return f"La convention commence le {date_longue(debut)}."
    if horloge.jour > fin:
        return f"La convention est terminée depuis le {date_longue(fin)}."
    if horloge.est_derniere_annee:
        demandes = [e.libelle for e in horloge.echeances if not e.passee and e.libelle != "fin"]
        suite = f" Restent, d'après ses clauses : {liste(list(dict.fromkeys(demandes)))}." if demandes else ""
        return f"C'est la dernière année de la convention, jusqu'au {date_longue(fin)}{doute}.{suite}"
    return f"La convention court jusqu'au {date_longue(fin)}{doute}."
