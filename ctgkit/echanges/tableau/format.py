"""Un format tabulaire : une déclaration, et la lecture qui vaut pour tous ; seul le territoire est lu en nombres."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from ctgkit.echanges.lecteurs.feuille import FaultyCell
from ctgkit.echanges.tableau.apercu import ApercuImport, Rejet, Skipped
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
from ctgkit.echanges.tableau.conclusion import drop_homonyms
from ctgkit.echanges.tableau.entete import Donnee, DonneeTrouvee, Entete, Maille, MailleTrouvee, Piste, find_level
from ctgkit.echanges.tableau.lignes import CellError, LigneLue, browse, rejection
from ctgkit.echanges.tableau.valeurs import (
    A_COMPLETER,
    CRITERES,
    ESTIME,
    MASQUE,
    PUBLIE,
    CritereLu,
    ValeurLue,
    check_bounds,
    plain_text,
    read_cell,
    read_period,
    read_yes_no,
    year_in_name,
)
from ctgkit.errors import CtgError
from ctgkit.territoire import Commune, column_kinds

_Lieu = tuple[str, str]
_Periode = tuple[int | None, int | None]
_SANS_MAXIMUM = Donnee.count("")
SANS_ANNEE = "annee_absente"
NON_LOCALISE = "non localisées (code vide, XX ou 99999)"


@dataclass(frozen=True)
class FormatMesures:
    """Ce qui change d'un fichier public à l'autre, déclaré ; la façon de lire est la même pour tous.

    `exige` : des motifs de colonnes sans lesquels ce n'est pas ce format. `periode` : la colonne de l'année ou
    de la date. `vide` : ce que veut dire une cellule vide. `trier` écarte une ligne (Skipped) ou la refuse
    (ValueError). `situer` dit si une ligne concerne le territoire quand le code seul n'y suffit pas.
    """

    code: str
    libelle: str
    source: str
    mailles: tuple[Maille, ...]
    exige: tuple[str, ...] = ()
    periode: str = ""
    annee_du_nom: bool = True
    annee_facultative: bool = False
    annee_fixe: int | None = None
    par_nom: bool = False
    une_maille: bool = False
    vide: str = MASQUE
    autres: Mapping[str, str] = field(default_factory=dict)
    situer: Callable[[LigneLue, ApercuImport], bool] | None = None
    nommer: Callable[[LigneLue], str] | None = None
    conclure: Callable[[ApercuImport], None] | None = None
    refuser: Callable[[str, Entete], str] | None = None

    def match(self, nom: str, entete: Entete) -> Piste | None:  # noqa: ARG002
        if any(entete.find(motif) is None for motif in self.exige):
            return None
        mailles = tuple(m for m in (find_level(m, entete) for m in self.mailles) if m)
        annee = entete.find(self.periode) if self.periode else None
        if not mailles or mailles[0].maille != self._first(entete) or (self.periode and annee is None):
            return None
        if self.une_maille:
            mailles = mailles[:1]
        return Piste(entete, mailles, annee, entete.find_all(self.autres))

    def _first(self, entete: Entete) -> Maille | None:
        return next((m for m in self.mailles if entete.find(m.colonne) is not None), None)

    def read(self, piste: Piste, apercu: ApercuImport) -> None:
        raison = self.refuser(apercu.fichier, piste.entete) if self.refuser else ""
        if raison:
            apercu.reject(Rejet(raison, piste.entete.ligne))
            return
        releve = _Releve(self, piste, apercu)
        browse(piste, apercu, releve.row)
        if self.par_nom:
            drop_homonyms(apercu, releve.ailleurs)
        if self.conclure:
            self.conclure(apercu)


class _Releve:
    """La lecture d'un tableau par un format : où, quand, combien, d'où cela vient."""

    def __init__(self, format_: FormatMesures, piste: Piste, apercu: ApercuImport) -> None:
        self.format, self.piste, self.apercu = format_, piste, apercu
        self.indice, self.millesime = level_in_name(apercu.fichier), year_in_name(apercu.fichier)
        self.ailleurs: set[str] = set()
        self._lieux: dict[tuple[int, str, str], _Lieu | Exception] = {}
        self._references: dict[DonneeTrouvee, tuple[str, str]] = {}
        self.annee = self._default_year()

    def row(self, ligne: LigneLue) -> bool:
        """Vrai quand la ligne concerne le territoire ; ses valeurs sont alors relevées."""
        niveau, ligne.code = self._place(self.piste.mailles[0], ligne)
        if not self._concerns(niveau, ligne):
            return False
        periode = self._period(ligne)
        for maille in self.piste.mailles:
            self._level(maille, ligne, periode)
        return True

    def _concerns(self, niveau: str, ligne: LigneLue) -> bool:
        if self.format.situer:
            return self.format.situer(ligne, self.apercu)
        return self.apercu.perimetre.holds(niveau, ligne.code)

    def _level(self, maille: MailleTrouvee, ligne: LigneLue, periode: _Periode) -> None:
        try:
            niveau, code = self._place(maille, ligne)
        except Skipped:
            return
        except ValueError as refus:
            self._reject(refus, ligne)
            return
        if maille is not self.piste.mailles[0] and not self.apercu.perimetre.holds(niveau, code):
            return
        annee, mois = periode
        detail = self.format.nommer(ligne) if self.format.nommer else ""
        for trouvee in maille.donnees:
            lieu = ValeurLue("", code, niveau, annee, ligne=ligne.numero, mois=mois, detail=detail)
            self._measure(trouvee, lieu, ligne)

    def _reject(self, refus: ValueError, ligne: LigneLue) -> None:
        self.apercu.reject(rejection(self.piste, refus, ligne.numero))

    def _place(self, maille: MailleTrouvee, ligne: LigneLue) -> _Lieu:
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

    def _read_place(self, maille: MailleTrouvee, texte: str, libelle: str) -> _Lieu:
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
            titre = self.piste.entete.titres[maille.code]
            raise CellError("code géographique illisible", titre, texte, maille.code) from None

    def _named(self, texte: str) -> _Lieu | None:
        """Une commune désignée par son nom ; un nom presque juste est refusé plutôt que pris pour une autre commune."""
        noms = self.apercu.perimetre.par_nom
        nom = simplify(texte)
        if nom in noms:
            self.apercu.nommees.add(noms[nom])
            return COMMUNE, noms[nom]
        if codes := self.apercu.perimetre.codes_par_nom.get(nom, ()):
            combien = f"{len(codes)} communes du territoire s'appellent « {texte.strip()[:40]} »"
            raise ValueError(f"{combien} : écrire leur code à la place ({', '.join(codes)})")
        if any(c.isdigit() for c in texte):
            return None
        if proche := difflib.get_close_matches(nom, noms, n=1, cutoff=0.85):
            commune = self.apercu.perimetre.communes[noms[proche[0]]]
            raise ValueError(f"commune mal écrite : « {texte.strip()[:40]} », vouliez-vous dire « {commune} » ?")
        if simplify(texte) in ("france", "france_entiere"):
            return None
        self.ailleurs.add(nom)
        raise Skipped("lieux qui ne sont pas des communes du territoire")

    def _period(self, ligne: LigneLue) -> tuple[int | None, int | None]:
        if self.piste.annee is None:
            return self.annee, None
        texte = ligne.at(self.piste.annee)
        try:
            return read_period(texte)
        except ValueError as refus:
            rang = self.piste.annee
            raise CellError(str(refus), self.piste.entete.titres[rang], texte, rang) from None

    def _measure(self, trouvee: DonneeTrouvee, lieu: ValeurLue, ligne: LigneLue) -> None:
        donnee, annee = trouvee.donnee, trouvee.annee or lieu.annee
        if donnee.code in CRITERES:
            self._criterion(trouvee, replace(lieu, annee=annee), ligne)
            return
        if donnee.mois_seul and lieu.mois not in (None, donnee.mois):
            return
        try:
            valeur, statut = self._value(trouvee, ligne)
        except ValueError as refus:
            self._reject(refus, ligne)
            return
        colonne, reference = self._labels(trouvee)
        seule = valeur is not None and len(trouvee.rangs) == 1 and trouvee.diviseur is None
        relevee = replace(
            lieu,
            code=donnee.code,
            annee=annee,
            valeur=valeur,
            statut=statut,
            source=self._source(annee),
            reference=" ; ".join(filter(None, (reference, lieu.detail))),
            colonne=colonne,
            donnee=donnee,
            texte=plain_text(ligne.at(trouvee.rangs[0])) if seule else "",
        )
        self.apercu.lignes.append(relevee)

    def _criterion(self, trouvee: DonneeTrouvee, lieu: ValeurLue, ligne: LigneLue) -> None:
        """Une colonne désignée comme un critère du bonus : oui ou non, ou un nombre ; seulement pour une commune."""
        code, rang = trouvee.donnee.code, trouvee.rangs[0]
        texte, titre = ligne.at(rang), self.piste.entete.titres[rang]
        try:
            nature = column_kinds(Commune)[code]
            valeur = read_yes_no(texte) if nature == "bool" else self._cell(trouvee, rang, ligne)[0]
            if nature == "bool" and valeur is None and texte.strip():
                raise CellError("oui ou non attendu", titre, texte, rang)
            if nature == "int" and valeur is not None and valeur != int(valeur):
                raise CellError("nombre entier attendu", titre, texte, rang)
        except ValueError as refus:
            self._reject(refus, ligne)
            return
        if valeur is not None and lieu.niveau == COMMUNE and lieu.annee:
            source = self._source(lieu.annee).replace("|", "/")
            datee = source if year_in_name(source) == lieu.annee else f"{source} ({lieu.annee})"
            self.apercu.criteres_lus.append(CritereLu(lieu.geo, code, valeur, lieu.annee, datee))

    def _source(self, annee: int | None) -> str:
        return self.format.source.format(annee=annee or self.millesime or "").rstrip("-")

    def _value(self, trouvee: DonneeTrouvee, ligne: LigneLue) -> tuple[float | None, str]:
        if trouvee.note is not None and ligne.at(trouvee.note).strip() not in ("", "0"):
            return None, MASQUE
        termes = [self._cell(trouvee, rang, ligne) for rang in trouvee.rangs]
        total = _add(termes)
        if trouvee.diviseur is None or total[0] is None:
            return total
        diviseur = self._cell(trouvee, trouvee.diviseur, ligne, borne=False)
        if diviseur[0] is None or diviseur[0] == 0:
            return None, diviseur[1] if diviseur[0] is None else A_COMPLETER
        part = round(100 * total[0] / diviseur[0], 4)
        check_bounds(part, trouvee.donnee)
        return part, ESTIME

    def _cell(self, trouvee: DonneeTrouvee, rang: int, ligne: LigneLue, borne: bool = True) -> tuple[float | None, str]:
        texte = ligne.at(rang)
        donnee = trouvee.donnee if borne and trouvee.diviseur is None else _SANS_MAXIMUM
        try:
            return read_cell(texte, donnee, self.format.vide)
        except ValueError as refus:
            raise CellError(str(refus), self.piste.entete.titres[rang], texte, rang) from None

    def _labels(self, trouvee: DonneeTrouvee) -> tuple[str, str]:
        if trouvee not in self._references:
            titres = self.piste.entete.titres
            colonne = " + ".join(titres[r] for r in trouvee.rangs)
            if trouvee.diviseur is not None:
                colonne = f"{colonne} / {titres[trouvee.diviseur]} × 100"
            precisions = filter(None, (f"{self.apercu.titre}, colonne {colonne}", trouvee.donnee.precision))
            self._references[trouvee] = (colonne, " ; ".join(precisions))
        return self._references[trouvee]

    def _default_year(self) -> int | None:
        """L'année des colonnes qui n'en portent pas : celle des autres, du choix fait, ou du nom du fichier."""
        portees = {trouvee.annee for m in self.piste.mailles for trouvee in m.donnees if trouvee.annee}
        self._warn_year(portees)
        if self.piste.annee is not None or len(portees) == 1:
            return portees.pop() if portees else None
        du_nom = self.millesime if self.format.annee_du_nom else None
        if du_nom and self.apercu.annee not in (None, du_nom):
            self.apercu.warn(
                f"Le nom du fichier dit {du_nom} ; l'année demandée, {self.apercu.annee}, est retenue : à vérifier."
            )
        annee = self.format.annee_fixe or self.apercu.annee or du_nom
        if annee is None and not self.format.annee_facultative and not portees:
            raise missing_year(self.apercu.fichier)
        return annee

    def _warn_year(self, portees: set[int]) -> None:
        ecrite = portees or self.piste.annee is not None
        if self.apercu.annee and ecrite and self.apercu.annee not in portees:
            self.apercu.warn(f"L'année demandée ({self.apercu.annee}) n'a pas servi : le fichier écrit la sienne.")


def missing_year(fichier: str) -> CtgError:
    quoi = "L'année de ces données n'est écrite ni dans le fichier ni dans son nom."
    return CtgError(quoi, fichier, "L'indiquer, par exemple --annee 2024.", code=SANS_ANNEE)


def _add(termes: list[tuple[float | None, str]]) -> tuple[float | None, str]:
    """Une somme dont un terme est masqué ou inconnu l'est aussi."""
    inconnus = [statut for valeur, statut in termes if valeur is None]
    if inconnus:
        return None, MASQUE if MASQUE in inconnus else inconnus[0]
    return sum(valeur for valeur, _ in termes), PUBLIE
