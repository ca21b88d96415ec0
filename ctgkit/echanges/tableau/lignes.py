"""Parcourir un tableau reconnu en comptant chaque ligne une fois ; le socle des formats qui ne sont pas des mesures."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ctgkit.echanges.lecteurs.feuille import FaultyCell
from ctgkit.echanges.tableau.apercu import ApercuImport, Rejet, Skipped
from ctgkit.echanges.tableau.entete import Entete, Piste


@dataclass(slots=True)
class LigneLue:
    """Une ligne du fichier, vue par les noms que le format lui donne."""

    numero: int
    cellules: Sequence[str]
    autres: Mapping[str, int]
    code: str = ""

    def at(self, rang: int | None) -> str:
        """La cellule d'une colonne ; vide au-delà de la dernière cellule d'une ligne de tableur."""
        return "" if rang is None or rang >= len(self.cellules) else self.cellules[rang]

    def get(self, cle: str) -> str:
        """La cellule d'une des colonnes que le format a nommées dans `autres`."""
        return self.at(self.autres.get(cle)).strip()


class CellError(ValueError):
    """Le refus d'une seule cellule : sa colonne et ce qu'on y a lu sont dits."""

    def __init__(self, raison: str, colonne: str, valeur: str, rang: int) -> None:
        super().__init__(raison)
        self.colonne, self.valeur, self.rang = colonne, valeur, rang


def browse(piste: Piste, apercu: ApercuImport, lire: Callable[[LigneLue], bool]) -> None:
    """`lire` rend vrai quand la ligne concerne le territoire ; Skipped l'écarte, ValueError la refuse."""
    for ligne in _below(piste):
        apercu.lues += 1
        if is_blank(ligne.cellules):
            apercu.vides += 1
            continue
        try:
            _check_width(piste, ligne)
            if lire(ligne):
                apercu.reprises += 1
            else:
                apercu.hors += 1
        except Skipped as ecart:
            apercu.ecartees[str(ecart)] += 1
        except ValueError as refus:
            apercu.refusees += 1
            apercu.reject(rejection(piste, refus, ligne.numero))


def _below(piste: Piste) -> Iterator[LigneLue]:
    for numero, cellules in piste.feuille.lignes():
        if numero > piste.entete.ligne:
            yield LigneLue(numero, cellules, piste.autres)


def rejection(piste: Piste, refus: ValueError, numero: int) -> Rejet:
    if not isinstance(refus, CellError):
        return Rejet(str(refus), numero)
    adresse = piste.feuille.adresse(numero, refus.rang)
    return Rejet(str(refus), numero, refus.colonne, refus.valeur[:60], adresse)


def _check_width(piste: Piste, ligne: LigneLue) -> None:
    """Une ligne coupée ou décalée d'un fichier texte est refusée ; un tableur omet les cellules vides de droite."""
    if piste.feuille.souple:
        return
    largeur = piste.entete.largeur
    if isinstance(ligne.cellules[0], FaultyCell):
        raise ValueError(ligne.cellules[0].raison)
    if len(ligne.cellules) < largeur:
        raise ValueError(f"ligne coupée : {len(ligne.cellules)} cellules au lieu de {largeur}")
    if any(map(str.strip, ligne.cellules[largeur:])):
        raise ValueError("ligne décalée : une cellule remplie n'a pas de titre de colonne")


def is_blank(cellules: Sequence[str]) -> bool:
    return not any(map(str.strip, cellules))


@dataclass(frozen=True)
class FormatListe:
    """Un fichier qui n'est pas un tableau de mesures : ses colonnes, et la façon d'en lire les lignes.

    `toutes` : les colonnes qu'il ne nomme pas sont lues aussi, sous leur propre nom.
    """

    code: str
    libelle: str
    colonnes: Mapping[str, str]
    read: Callable[[Piste, ApercuImport], None]
    facultatives: Mapping[str, str] = field(default_factory=dict)
    exige: tuple[str, ...] = ()
    toutes: bool = False

    def match(self, _: str, entete: Entete) -> Piste | None:
        rangs = entete.find_all({**self.colonnes, **self.facultatives})
        complet = self.colonnes.keys() <= rangs.keys() and all(entete.find(m) is not None for m in self.exige)
        if self.toutes:
            rangs |= {nom: i for i, nom in enumerate(entete.noms) if nom and i not in rangs.values()}
        return Piste(entete, autres=rangs) if complet else None
