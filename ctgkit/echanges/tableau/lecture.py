"""Lire les lignes d'un tableau reconnu : trier d'abord, ne lire les nombres que du territoire."""

import difflib
from typing import TYPE_CHECKING

from ctgkit.echanges.lecteurs.feuille import FaultyCell, FeuilleLue
from ctgkit.echanges.tableau.codes import (
    AUTO,
    COMMUNE,
    clean_code,
    guess_level,
    is_nowhere,
    level_in_name,
    read_code,
    simplify,
)
from ctgkit.echanges.tableau.contexte import Contexte, Releve
from ctgkit.echanges.tableau.entete import Lue, MailleLue, Resolution
from ctgkit.echanges.tableau.ligne import Ligne
from ctgkit.echanges.tableau.modele import A_COMPLETER, ESTIME, MASQUE, PUBLIE, Brut, Mesure, Rejet, Skipped
from ctgkit.echanges.tableau.parcours import check_width, is_blank
from ctgkit.echanges.tableau.valeurs import check_bounds, plain_text, read_cell, read_period, year_in_name
from ctgkit.errors import CtgError

if TYPE_CHECKING:
    from ctgkit.echanges.tableau.format import Format

_Lieu = tuple[str, str]
_SANS_MAXIMUM = Mesure.count("", "")
NON_LOCALISE = "non localisées (code vide, XX ou 99999)"


class Lecture:
    def __init__(
        self, format_: "Format", feuille: FeuilleLue, resolution: Resolution, contexte: Contexte, releve: Releve
    ) -> None:
        self.format, self.feuille, self.resolution = format_, feuille, resolution
        self.contexte, self.releve, self.indice = contexte, releve, level_in_name(contexte.nom)
        self._lieux: dict[tuple[int, str, str], _Lieu | Exception] = {}
        self._references: dict[Lue, tuple[str, str]] = {}
        self.millesime = year_in_name(contexte.nom)
        self.annee = self._default_year()

    def run(self) -> None:
        entete, releve = self.resolution.entete, self.releve
        for numero, cellules in self.feuille.lignes():
            if numero <= entete.ligne:
                continue
            releve.lues += 1
            try:
                self._row(Ligne(numero, cellules, self.resolution.autres))
            except Skipped as ecart:
                releve.ecartees[str(ecart)] += 1
            except ValueError as refus:
                releve.refusees += 1
                releve.reject(self._rejection(refus, numero))

    def _row(self, ligne: Ligne) -> None:
        if is_blank(ligne.cellules):
            self.releve.vides += 1
            return
        check_width(ligne, self.feuille, self.resolution.entete.largeur)
        niveau, ligne.code = self._place(self.resolution.mailles[0], ligne)
        if not self._concerns(niveau, ligne):
            self.releve.hors += 1
            return
        periode = self._period(ligne)
        self.releve.reprises += 1
        for maille in self.resolution.mailles:
            self._level(maille, ligne, periode)

    def _concerns(self, niveau: str, ligne: Ligne) -> bool:
        if self.format.situer:
            return self.format.situer(ligne, self.contexte, self.releve)
        return self.contexte.perimetre.holds(niveau, ligne.code)

    def _level(self, maille: MailleLue, ligne: Ligne, periode: tuple[int | None, int | None]) -> None:
        try:
            niveau, code = self._place(maille, ligne)
        except Skipped:
            return
        except ValueError as refus:
            self.releve.reject(self._rejection(refus, ligne.numero))
            return
        if maille is not self.resolution.mailles[0] and not self.contexte.perimetre.holds(niveau, code):
            return
        annee, mois = periode
        detail = self.format.nommer(ligne) if self.format.nommer else ""
        for lue in maille.mesures:
            modele = Brut(lue.mesure.code, code, niveau, lue.annee or annee, None, "", "", "", ligne.numero, "", mois,
                          lue.mesure, detail=detail)  # fmt: skip
            self._measure(lue, modele, ligne)

    def _place(self, maille: MailleLue, ligne: Ligne) -> _Lieu:
        """Le niveau et le code, lus une seule fois par texte rencontré."""
        texte, libelle = ligne.at(maille.code), ligne.at(maille.libelle)
        cle = (id(maille), texte, libelle)
        if cle not in self._lieux:
            try:
                self._lieux[cle] = self._read_place(maille, texte, libelle)
            except (Skipped, ValueError) as raison:
                self._lieux[cle] = raison
        lieu = self._lieux[cle]
        if isinstance(lieu, Exception):
            raise lieu
        return lieu

    def _read_place(self, maille: MailleLue, texte: str, libelle: str) -> _Lieu:
        if isinstance(texte, FaultyCell):
            raise ValueError(texte.raison)
        if is_nowhere(clean_code(texte)):
            raise Skipped(NON_LOCALISE)
        declaree = maille.maille
        if declaree.code:
            return declaree.niveau, declaree.code(texte)
        if self.format.par_nom and (nomme := self._named(texte)):
            return nomme
        niveau = guess_level(texte, libelle, self.indice) if declaree.niveau == AUTO else declaree.niveau
        try:
            return niveau, read_code(niveau, texte)
        except ValueError:
            titre = self.resolution.entete.titres[maille.code]
            raise _CellError("code géographique illisible", titre, texte, maille.code) from None

    def _named(self, texte: str) -> _Lieu | None:
        """Une commune désignée par son nom ; un nom presque juste est refusé plutôt que pris pour une autre commune."""
        noms = self.contexte.perimetre.par_nom
        nom = simplify(texte)
        if nom in noms:
            return COMMUNE, noms[nom]
        if any(c.isdigit() for c in texte):
            return None
        if proche := difflib.get_close_matches(nom, noms, n=1, cutoff=0.85):
            commune = self.contexte.perimetre.communes[noms[proche[0]]]
            raise ValueError(f"commune mal écrite : « {texte.strip()[:40]} », vouliez-vous dire « {commune} » ?")
        if simplify(texte) in ("france", "france_entiere"):
            return None
        raise Skipped("lieux qui ne sont pas des communes du territoire")

    def _period(self, ligne: Ligne) -> tuple[int | None, int | None]:
        if self.resolution.annee is None:
            return self.annee, None
        texte = ligne.at(self.resolution.annee)
        try:
            return read_period(texte)
        except ValueError as refus:
            rang = self.resolution.annee
            raise _CellError(str(refus), self.resolution.entete.titres[rang], texte, rang) from None

    def _measure(self, lue: Lue, modele: Brut, ligne: Ligne) -> None:
        if lue.mesure.mois_seul and modele.mois not in (None, lue.mesure.mois):
            return
        try:
            valeur, statut = self._value(lue, ligne)
        except ValueError as refus:
            self.releve.reject(self._rejection(refus, ligne.numero))
            return
        colonne, reference = self._labels(lue)
        brut = valeur is not None and len(lue.rangs) == 1 and lue.diviseur is None
        self.releve.bruts.append(
            modele.but(
                valeur=valeur, statut=statut, colonne=colonne, source=self._source(modele.annee),
                reference=" ; ".join(filter(None, (reference, modele.detail))),
                texte=plain_text(ligne.at(lue.rangs[0])) if brut else "",
            )
        )  # fmt: skip

    def _source(self, annee: int | None) -> str:
        return self.format.source.format(annee=annee or self.millesime or "").rstrip("-")

    def _value(self, lue: Lue, ligne: Ligne) -> tuple[float | None, str]:
        if lue.note is not None and ligne.at(lue.note).strip() not in ("", "0"):
            return None, MASQUE
        termes = [self._cell(lue, rang, ligne) for rang in lue.rangs]
        total = _add(termes)
        if lue.diviseur is None or total[0] is None:
            return total
        diviseur = self._cell(lue, lue.diviseur, ligne, borne=False)
        if diviseur[0] is None or diviseur[0] == 0:
            return None, diviseur[1] if diviseur[0] is None else A_COMPLETER
        part = round(100 * total[0] / diviseur[0], 4)
        check_bounds(part, lue.mesure)
        return part, ESTIME

    def _cell(self, lue: Lue, rang: int, ligne: Ligne, borne: bool = True) -> tuple[float | None, str]:
        texte = ligne.at(rang)
        mesure = lue.mesure if borne and lue.diviseur is None else _SANS_MAXIMUM
        try:
            return read_cell(texte, mesure, self.format.vide)
        except ValueError as refus:
            raise _CellError(str(refus), self.resolution.entete.titres[rang], texte, rang) from None

    def _labels(self, lue: Lue) -> tuple[str, str]:
        if lue not in self._references:
            titres = self.resolution.entete.titres
            colonne = " + ".join(titres[r] for r in lue.rangs)
            if lue.diviseur is not None:
                colonne = f"{colonne} / {titres[lue.diviseur]} × 100"
            precisions = filter(None, (f"{self.contexte.titre}, colonne {colonne}", lue.mesure.precision))
            self._references[lue] = (colonne, " ; ".join(precisions))
        return self._references[lue]

    def _rejection(self, refus: ValueError, numero: int) -> Rejet:
        if not isinstance(refus, _CellError):
            return Rejet(str(refus), numero)
        adresse = self.feuille.adresse(numero, refus.rang)
        return Rejet(str(refus), numero, refus.colonne, refus.valeur[:60], adresse)

    def _default_year(self) -> int | None:
        """L'année des colonnes qui n'en portent pas : celle des autres, du choix fait, ou du nom du fichier."""
        portees = {lue.annee for m in self.resolution.mailles for lue in m.mesures if lue.annee}
        self._warn_year(portees)
        if self.resolution.annee is not None or len(portees) == 1:
            return portees.pop() if portees else None
        du_nom = self.millesime if self.format.annee_du_nom else None
        if du_nom and self.contexte.annee not in (None, du_nom):
            self.releve.warn(
                f"Le nom du fichier dit {du_nom} ; l'année demandée, {self.contexte.annee}, est retenue : à vérifier."
            )
        annee = self.format.annee_fixe or self.contexte.annee or du_nom
        if annee is None and not self.format.annee_facultative and not portees:
            raise CtgError("L'année de ces données n'est écrite ni dans le fichier ni dans son nom.", self.contexte.nom,
                           "L'indiquer, par exemple --annee 2020.")  # fmt: skip
        return annee

    def _warn_year(self, portees: set[int]) -> None:
        ecrite = portees or self.resolution.annee is not None
        if self.contexte.annee and ecrite and self.contexte.annee not in portees:
            self.releve.warn(f"L'année demandée ({self.contexte.annee}) n'a pas servi : le fichier écrit la sienne.")


class _CellError(ValueError):
    def __init__(self, raison: str, colonne: str, valeur: str, rang: int) -> None:
        super().__init__(raison)
        self.colonne, self.valeur, self.rang = colonne, valeur, rang


def _add(termes: list[tuple[float | None, str]]) -> tuple[float | None, str]:
    """Une somme dont un terme est masqué ou inconnu l'est aussi."""
    inconnus = [statut for valeur, statut in termes if valeur is None]
    if inconnus:
        return None, MASQUE if MASQUE in inconnus else inconnus[0]
    return sum(valeur for valeur, _ in termes), PUBLIE
