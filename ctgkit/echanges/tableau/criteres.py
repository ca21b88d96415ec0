"""Les critères du bonus, commune par commune : ce qu'un fichier public en dit, avec son année et sa source.

Une valeur tapée à la main n'est jamais remplacée en silence : le fichier la complète, et l'écart se montre.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from ctgkit.echanges.lecteurs.feuille import number_text
from ctgkit.echanges.sorties import CaseCommune, CasesCommunes
from ctgkit.echanges.tableau.apercu import ApercuImport, CritereMontre
from ctgkit.echanges.tableau.entete import Donnee
from ctgkit.echanges.tableau.format import missing_year
from ctgkit.echanges.tableau.lignes import CellError, LigneLue
from ctgkit.echanges.tableau.valeurs import A_COMPLETER, CRITERES, CritereLu, read_cell, year_in_name
from ctgkit.formats import liste, nombre, pluriel
from ctgkit.territoire import Commune

PAS_D_ECHANTILLON = (
    "Colonnes reconnues d'après des descriptions publiques, aucun fichier n'ayant pu être lu : "
    "vérifier sur deux communes connues avant d'écrire."
)
ZONE_A_CONFIRMER = (
    "Quartier prioritaire et FRR sont gardés à part : la zone prioritaire du bonus reste à confirmer avec la Caf, "
    "et la tranche, dont les bornes ne sont pas publiées, reste une fourchette."
)
_POSITIF = Donnee.rate("")
_DITES = 8
Valeur = float | bool


def the_year(apercu: ApercuImport) -> int:
    """L'année demandée, sinon celle du nom du fichier ; sans elle, rien ne se range."""
    du_nom = year_in_name(apercu.fichier)
    if du_nom and apercu.annee not in (None, du_nom):
        apercu.warn(f"Le nom du fichier dit {du_nom} ; l'année demandée, {apercu.annee}, est retenue : à vérifier.")
    if (annee := apercu.annee or du_nom) is None:
        raise missing_year(apercu.fichier)
    return annee


def read_amount(ligne: LigneLue, cle: str, titres: tuple[str, ...]) -> float | None:
    """Le nombre d'une case ; vide ou masqué, on ne sait pas."""
    texte = ligne.at(ligne.autres.get(cle))
    try:
        return read_cell(texte, _POSITIF, A_COMPLETER)[0]
    except ValueError as refus:
        rang = ligne.autres[cle]
        raise CellError(str(refus), titres[rang], texte, rang) from None


def read_count(ligne: LigneLue, cle: str, titres: tuple[str, ...]) -> int | None:
    lu = read_amount(ligne, cle, titres)
    if lu is not None and lu != int(lu):
        rang = ligne.autres[cle]
        raise CellError("nombre entier attendu", titres[rang], ligne.at(rang), rang)
    return None if lu is None else int(lu)


def settle_criteres(apercu: ApercuImport) -> None:
    """Range ce qui a été lu : à écrire, déjà là, ou gardé tel que tapé ; l'aperçu montre les trois."""
    communes = {c.code_insee: c for c in apercu.territoire.communes}
    uniques = [x for x in _once(apercu) if x.code_insee in communes]
    origines = {code: dict(c.origines) for code, c in communes.items()}
    cases: list[CaseCommune] = []
    for colonne in CRITERES:
        decisions = [_decide(x, communes[x.code_insee], apercu.remplacer) for x in uniques if x.colonne == colonne]
        cases += [case for decision in decisions for case in _cases(decision, origines)]
        if decisions:
            _tell(colonne, decisions, apercu)
    for code, dites in origines.items():
        ecrit = " | ".join(f"{critere} : {source}" for critere, source in dites.items())
        if dites != communes[code].origines:
            cases.append(CaseCommune(code, "source_criteres", communes[code].source_criteres, ecrit))
    if any(x.colonne in ("qpv", "frr") for x in uniques):
        apercu.warn(ZONE_A_CONFIRMER)
    if cases:
        apercu.sorties.append(CasesCommunes(tuple(cases)))


def _once(apercu: ApercuImport) -> Iterator[CritereLu]:
    """Une commune donnée deux fois autrement : aucune des deux valeurs n'est prise."""
    par_cle: dict[tuple[str, str], list[CritereLu]] = {}
    for x in apercu.criteres_lus:
        par_cle.setdefault((x.code_insee, x.colonne), []).append(x)
    for (code, colonne), memes in par_cle.items():
        if len({x.valeur for x in memes}) > 1:
            nom = apercu.noms.get(code, code)
            apercu.warn(f"{CRITERES[colonne]} de {nom} ({code}), donnée plusieurs fois autrement : non reprise.")
        else:
            yield memes[0]


class Sort(Enum):
    """Ce que l'import fait d'une valeur : le mot de l'avis, au singulier et au pluriel."""

    ECRITE = ("remplacée", "remplacées")
    MEME = ("", "")
    GARDEE = ("déjà là et autre dans le fichier, gardée", "déjà là et autres dans le fichier, gardées")
    ANCIENNE = ("plus récente que le fichier, gardée", "plus récentes que le fichier, gardées")


@dataclass(frozen=True)
class Decision:
    lu: CritereLu
    commune: Commune
    sort: Sort

    @property
    def ancien(self) -> Valeur | None:
        return getattr(self.commune, self.lu.colonne)


def _decide(lu: CritereLu, commune: Commune, remplacer: bool) -> Decision:
    ancien, origine = getattr(commune, lu.colonne), commune.origines.get(lu.colonne, "")
    datee = commune.annee_population if lu.colonne == "population" else year_in_name(origine)
    importee = bool(datee) and (lu.annee > datee or origine == lu.source)
    if ancien == lu.valeur:
        sort = Sort.MEME
    elif ancien is not None and datee and lu.annee < datee:
        sort = Sort.ANCIENNE
    elif ancien is None or importee or remplacer:
        sort = Sort.ECRITE
    else:
        sort = Sort.GARDEE
    return Decision(lu, commune, sort)


def _cases(decision: Decision, origines: dict[str, dict[str, str]]) -> Iterator[CaseCommune]:
    code, colonne = decision.lu.code_insee, decision.lu.colonne
    connue = (
        decision.commune.annee_population if colonne == "population" else year_in_name(origines[code].get(colonne, ""))
    )
    if decision.sort == Sort.ECRITE or (decision.sort == Sort.MEME and decision.lu.annee >= (connue or 0)):
        origines[code][colonne] = decision.lu.source
        if colonne == "population":
            yield CaseCommune(
                code, "annee_population", _text(decision.commune.annee_population), str(decision.lu.annee)
            )
    if decision.sort in (Sort.ECRITE, Sort.MEME):
        yield CaseCommune(code, colonne, _text(decision.ancien), _text(decision.lu.valeur))


def _text(valeur: Valeur | None) -> str:
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    return "" if valeur is None else number_text(valeur).replace(".", ",")


def _shown(valeur: Valeur | None) -> str:
    if isinstance(valeur, bool) or valeur is None:
        return _text(valeur)
    return nombre(valeur, 0 if valeur == int(valeur) else 2)


def _tell(colonne: str, decisions: list[Decision], apercu: ApercuImport) -> None:
    comptes = Counter(d.sort for d in decisions)
    lu, commune = decisions[0].lu, decisions[0].commune
    exemple = f"{commune.nom} : {_shown(lu.valeur)}"
    apercu.criteres.append(CritereMontre(CRITERES[colonne], lu.annee, len(decisions), exemple))
    apercu.gardees += comptes[Sort.GARDEE]
    for sort in (Sort.ECRITE, Sort.GARDEE, Sort.ANCIENNE):
        touchees = [d for d in decisions if d.sort == sort and d.ancien is not None]
        if touchees:
            entre = " → " if sort == Sort.ECRITE else ", fichier : "
            dites = [f"{d.commune.nom} {_shown(d.ancien)}{entre}{_shown(d.lu.valeur)}" for d in touchees[:_DITES]]
            dites += [f"{nombre(len(touchees) - _DITES)} autres"] if len(touchees) > _DITES else []
            mot = sort.value[len(touchees) > 1]
            apercu.warn(f"{CRITERES[colonne]} : {pluriel(len(touchees), 'valeur')} {mot} ({liste(dites)}).")
