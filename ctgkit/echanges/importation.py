"""Importer : lire sans rien écrire, montrer, puis écrire ce qui a été montré et rien d'autre."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ctgkit.diagnostic import load_catalogue, publish
from ctgkit.echanges.lecteurs.feuille import FichierLu, unreadable
from ctgkit.echanges.lecteurs.fichier import load_file, open_file, short_name
from ctgkit.echanges.retour import write_all
from ctgkit.echanges.sorties import BilanFichier, FichierEntier, LignesIndicateurs, merge_all
from ctgkit.echanges.tableau.apercu import ApercuImport
from ctgkit.echanges.tableau.conclusion import conclude
from ctgkit.echanges.tableau.correspondances import FICHIER as CORRESPONDANCES
from ctgkit.echanges.tableau.correspondances import Correspondance, load_correspondances, remember
from ctgkit.echanges.tableau.criteres import settle_criteres
from ctgkit.echanges.tableau.entete import Piste
from ctgkit.echanges.tableau.perimetre import Perimetre, load_mouvements
from ctgkit.echanges.tableau.reconnaissance import TABLEUR, find_format, known_formats, propose, recognise
from ctgkit.errors import CtgError
from ctgkit.storage import find_folder, load_territoire, locked, national_communes
from ctgkit.territoire import Indicateur, Table, Territoire


@dataclass(frozen=True)
class ChoixImport:
    """Ce que la personne précise quand le fichier ne le dit pas."""

    format: str = ""
    annee: int | None = None
    feuille: str = ""
    correspondance: Correspondance | None = None
    remplacer: bool = False


def preview(
    fichier: str | os.PathLike[str] | bytes,
    territoire: str | os.PathLike[str] | Territoire,
    format: str | None = None,
    *,
    nom: str = "",
    choix: ChoixImport | None = None,
) -> ApercuImport:
    """Lit le fichier et dit tout ce que l'import écrirait ; n'écrit rien."""
    choix = choix or ChoixImport()
    choix = replace(choix, format=format or choix.format)
    octets = fichier if isinstance(fichier, bytes) else load_file(fichier)
    nom = nom or ("fichier" if isinstance(fichier, bytes) else short_name(fichier))
    connu = isinstance(territoire, Territoire)
    lieu, dossier = (territoire, None) if connu else (load_territoire(territoire), find_folder(territoire))
    perimetre = Perimetre.of(lieu, load_mouvements(dossier), _epci(lieu))
    apercu = ApercuImport(nom, lieu, perimetre, choix.annee, dossier, remplacer=choix.remplacer)
    try:
        _read(open_file(nom, octets), apercu, choix)
    except (MemoryError, RecursionError) as erreur:
        raise unreadable(nom, "fichier trop lourd ou trop imbriqué pour être lu", "un tableau ordinaire") from erreur
    return apercu


def apply(apercu: ApercuImport, dossier: str | os.PathLike[str]) -> tuple[BilanFichier, ...]:
    """Écrit ce que l'aperçu montre ; rejoué, il ne change plus un octet."""
    dossier = find_folder(dossier)
    with locked(dossier):
        prets = merge_all(apercu.sorties, dossier)
        ecrits = {chemin.name: octets for chemin, octets, bilan in prets if bilan.change}
        write_all(dossier, apercu.fichier, ecrits)
    return tuple(bilan for _, _, bilan in prets)


def _epci(territoire: Territoire) -> str:
    """L'intercommunalité d'une commune seule, d'après la liste nationale : son premier point de comparaison."""
    if territoire.type != "commune" or not len(territoire.communes):
        return ""
    try:
        trouvees = national_communes(code=str(territoire.communes["code_insee"][0]))
    except CtgError:
        return ""
    return trouvees[0].epci_siren if trouvees else ""


def _read(fichier: FichierLu, apercu: ApercuImport, choix: ChoixImport) -> None:
    apercu.avis += fichier.avis
    retenues = load_correspondances(apercu.dossier)
    pistes = recognise(_only(fichier, choix.feuille), _candidates(retenues, choix))
    if not pistes:
        _explain(fichier, apercu, choix)
        return
    apercu.format, apercu.libelle = pistes[0].format.code, pistes[0].format.libelle
    for piste in pistes:
        _follow(piste, fichier, apercu)
    lues = {piste.feuille.nom for piste in pistes if piste.feuille}
    apercu.feuilles_ignorees = tuple(n for n in fichier.noms if n not in lues)
    if choix.correspondance and (apercu.lignes or apercu.criteres_lus):
        apercu.sorties.append(FichierEntier(CORRESPONDANCES, remember(choix.correspondance, retenues)))
    apercu.lignes = conclude(apercu)
    if apercu.lignes:
        apercu.sorties.insert(0, LignesIndicateurs(tuple(apercu.lignes)))
    settle_criteres(apercu)
    _describe(apercu)


def _only(fichier: FichierLu, feuille: str) -> FichierLu:
    if not feuille:
        return fichier
    gardees = tuple(tuple(f for f in feuilles if f.nom == feuille) for feuilles in fichier.lectures)
    if not any(gardees):
        noms = ", ".join(fichier.noms) or "aucune"
        raise CtgError(f"Feuille inconnue : « {feuille} ».", fichier.nom, f"Feuilles : {noms}.")
    return replace(fichier, lectures=gardees)


def _candidates(retenues: Sequence[Correspondance], choix: ChoixImport) -> list[Any]:
    """La correspondance donnée l'emporte, puis le format demandé, sinon tout ce qui est connu ou retenu."""
    if choix.correspondance:
        return [choix.correspondance.check().as_format()]
    if choix.format and choix.format != TABLEUR:
        return [find_format(choix.format)]
    connus = () if choix.format else known_formats()
    return [*connus, *(c.as_format() for c in retenues)]


def _explain(fichier: FichierLu, apercu: ApercuImport, choix: ChoixImport) -> None:
    """Rien n'a été reconnu : ce que chaque colonne semble être, ou pourquoi le choix fait ne convient pas."""
    if choix.format and choix.format != TABLEUR:
        quoi = f"Ce fichier n'a pas les colonnes du format « {choix.format} » ({find_format(choix.format).libelle})."
        raise CtgError(quoi, apercu.fichier, "Retirer --format pour le laisser reconnaître.")
    if choix.correspondance:
        quoi = "Aucune ligne de titres ne contient toutes les colonnes choisies."
        raise CtgError(quoi, apercu.fichier, "Recopier les titres tels qu'ils sont écrits dans le fichier.")
    apercu.propositions = propose(fichier, apercu.perimetre)
    if not apercu.propositions:
        constat = "ce n'est pas un tableau : aucune ligne de titres"
        attendu = "des colonnes avec leurs titres, une liste d'enregistrements JSON, ou un GeoJSON de communes"
        raise unreadable(apercu.fichier, constat, attendu, (1, "caractère 1"))


def _follow(piste: Piste, fichier: FichierLu, apercu: ApercuImport) -> None:
    if piste.feuille is None:
        piste.format.read_object(fichier.objet, apercu)
        return
    utiles = piste.used()
    for titre in piste.entete.doubles(utiles):
        apercu.warn(f"La colonne « {titre} » existe plusieurs fois : seule la première est lue.")
    autres = (t for i, t in enumerate(piste.entete.titres) if t and i not in utiles)
    apercu.colonnes_ignorees += [t for t in dict.fromkeys(autres) if t not in apercu.colonnes_ignorees]
    piste.format.read(piste, apercu)


def _describe(apercu: ApercuImport) -> None:
    """Ce que l'écriture changerait, et une valeur à montrer par indicateur et année, le secret appliqué."""
    catalogue = load_catalogue()
    apercu.libelles = {i.code: catalogue[i.code].libelle for i in apercu.lignes if i.code in catalogue}
    publiees = publish(replace(apercu.territoire, indicateurs=Table.of(Indicateur, apercu.lignes))).lignes
    for ligne in publiees:
        if ligne.valeur is not None:
            apercu.exemples.setdefault((ligne.code, ligne.annee or 0), ligne)
    if apercu.dossier:
        apercu.bilans = tuple(bilan for _, _, bilan in merge_all(apercu.sorties, apercu.dossier))
