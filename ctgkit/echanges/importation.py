"""Importer : lire sans rien écrire, montrer, puis écrire ce qui a été montré et rien d'autre."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ctgkit.diagnostic import load_catalogue, publish
from ctgkit.echanges.conclusion import conclude
from ctgkit.echanges.lecteurs.feuille import FichierLu, unreadable
from ctgkit.echanges.lecteurs.fichier import open_file, read_bytes, short_name
from ctgkit.echanges.mouvements import load_mouvements
from ctgkit.echanges.sorties import Bilan, Values, WholeFile, merge_all
from ctgkit.echanges.tableau.apercu import Apercu
from ctgkit.echanges.tableau.contexte import Contexte, Releve
from ctgkit.echanges.tableau.correspondances import FICHIER as CORRESPONDANCES
from ctgkit.echanges.tableau.correspondances import (  # fmt: skip
    Correspondance,
    load_correspondances,
    remember,
    same_columns,
)
from ctgkit.echanges.tableau.modele import Brut
from ctgkit.echanges.tableau.perimetre import Perimetre
from ctgkit.echanges.tableau.propositions import propose
from ctgkit.echanges.tableau.reconnaissance import TABLEUR, Piste, find_format, known_formats, recognise
from ctgkit.errors import CtgError
from ctgkit.storage import find_folder, load_territoire, locked, national_communes, write_text
from ctgkit.territoire import Indicateur, Table, Territoire


@dataclass(frozen=True)
class Choix:
    """Ce que la personne précise quand le fichier ne le dit pas."""

    format: str = ""
    annee: int | None = None
    feuille: str = ""
    correspondance: Correspondance | None = None


def preview(
    fichier: str | os.PathLike[str] | bytes,
    territoire: str | os.PathLike[str] | Territoire,
    format: str | None = None,
    *,
    nom: str = "",
    choix: Choix | None = None,
) -> Apercu:
    """Lit le fichier et dit tout ce que l'import écrirait ; n'écrit rien."""
    choix = choix or Choix()
    octets = fichier if isinstance(fichier, bytes) else read_bytes(fichier)
    nom = nom or ("fichier" if isinstance(fichier, bytes) else short_name(fichier))
    lu, dossier = (territoire, None) if isinstance(territoire, Territoire) else _load(territoire)
    perimetre = Perimetre.of(lu, load_mouvements(dossier), _epci(lu))
    contexte = Contexte(nom, lu, perimetre, choix.annee, dossier)
    try:
        return _read(open_file(nom, octets), contexte, replace(choix, format=format or choix.format))
    except (MemoryError, RecursionError) as erreur:
        raise unreadable(nom, "fichier trop lourd ou trop imbriqué pour être lu", "un tableau ordinaire") from erreur


def apply(apercu: Apercu, dossier: str | os.PathLike[str]) -> tuple[Bilan, ...]:
    """Écrit ce que l'aperçu montre ; rejoué, il ne change plus un octet."""
    dossier = find_folder(dossier)
    with locked(dossier):
        prets = merge_all(apercu.sorties, dossier)
        for chemin, octets, bilan in prets:
            if bilan.change:
                write_text(chemin, octets.decode())
    return tuple(bilan for _, _, bilan in prets)


def _load(territoire: str | os.PathLike[str]) -> tuple[Territoire, Path]:
    return load_territoire(territoire), find_folder(territoire)


def _epci(territoire: Territoire) -> str:
    """L'intercommunalité d'une commune seule, d'après la liste nationale : son premier point de comparaison."""
    if territoire.type != "commune" or not len(territoire.communes):
        return ""
    try:
        trouvees = national_communes(code=str(territoire.communes["code_insee"][0]))
    except CtgError:
        return ""
    return trouvees[0].epci_siren if trouvees else ""


def _read(document: FichierLu, contexte: Contexte, choix: Choix) -> Apercu:
    pistes = recognise(_only(document, choix.feuille), _candidates(contexte, choix))
    base = Apercu(contexte.nom, contexte.territoire.code, contexte.territoire.nom, avis=document.avis)
    if not pistes:
        return _unknown(base, document, contexte, choix)
    releve = Releve()
    for piste in pistes:
        _follow(piste, document, contexte, releve)
    bruts = conclude(releve, contexte)
    if bruts:
        releve.sorties.insert(0, _values(bruts))
    _remember(contexte, choix, releve)
    autres = _other_sheets(document, releve)
    return _describe(replace(base, feuilles_ignorees=autres), pistes[0].format, contexte, releve)


def _only(document: FichierLu, feuille: str) -> FichierLu:
    if not feuille:
        return document
    gardees = tuple(tuple(f for f in feuilles if f.nom == feuille) for feuilles in document.lectures)
    if not any(gardees):
        noms = ", ".join(f.nom for feuilles in document.lectures for f in feuilles if f.nom)
        raise CtgError(f"Feuille inconnue : « {feuille} ».", document.nom, f"Feuilles : {noms or 'aucune'}.")
    return replace(document, lectures=gardees)


def _candidates(contexte: Contexte, choix: Choix) -> Sequence[Any]:
    """La correspondance donnée l'emporte, puis le format demandé, sinon tout ce qui est connu ou retenu."""
    if choix.correspondance:
        return [choix.correspondance.check().as_format()]
    retenues = same_columns(load_correspondances(contexte.dossier))
    if choix.format == TABLEUR:
        return retenues
    return [find_format(choix.format)] if choix.format else [*known_formats(), *retenues]


def _unknown(base: Apercu, document: FichierLu, contexte: Contexte, choix: Choix) -> Apercu:
    if choix.format and choix.format != TABLEUR:
        attendu = find_format(choix.format).libelle
        raise CtgError(f"Ce fichier n'a pas les colonnes du format « {choix.format} » ({attendu}).", contexte.nom,
                       "Retirer --format pour le laisser reconnaître.")  # fmt: skip
    if choix.correspondance:
        raise CtgError("Aucune ligne de titres ne contient toutes les colonnes choisies.", contexte.nom,
                       "Recopier les titres tels qu'ils sont écrits dans le fichier.")  # fmt: skip
    propositions = propose(document, contexte.perimetre)
    if not propositions:
        attendu = "des colonnes avec leurs titres, une liste d'enregistrements JSON, ou un GeoJSON de communes"
        raise unreadable(contexte.nom, "ce n'est pas un tableau : aucune ligne de titres", attendu, (1, "caractère 1"))
    return replace(base, propositions=propositions)


def _follow(piste: Piste, document: FichierLu, contexte: Contexte, releve: Releve) -> None:
    if piste.feuille is None or piste.resolution is None:
        piste.format.read_object(document.objet, contexte, releve)
        return
    releve.feuilles.append(piste.feuille.nom)
    entete, utiles = piste.resolution.entete, piste.resolution.used()
    titres = entete.titres
    for titre in entete.doubles(utiles):
        releve.warn(f"La colonne « {titre} » existe plusieurs fois : seule la première est lue.")
    releve.ignorees += [t for i, t in enumerate(titres) if t and i not in utiles and t not in releve.ignorees]
    piste.format.read(piste.feuille, piste.resolution, contexte, releve)


def _values(bruts: Sequence[Brut]) -> Values:
    lignes = tuple(
        Indicateur(b.code, b.geo, b.niveau, b.annee, b.valeur, b.statut, b.source, b.reference) for b in bruts
    )
    return Values(lignes, tuple(b.texte for b in bruts))


def _remember(contexte: Contexte, choix: Choix, releve: Releve) -> None:
    if choix.correspondance and releve.bruts:
        texte = remember(choix.correspondance, load_correspondances(contexte.dossier))
        releve.sorties.append(WholeFile(CORRESPONDANCES, texte))


def _describe(base: Apercu, format_: Any, contexte: Contexte, releve: Releve) -> Apercu:
    sorties = tuple(releve.sorties)
    lignes = next((s.lignes for s in sorties if isinstance(s, Values)), ())
    catalogue = load_catalogue()
    return replace(
        base,
        format=format_.code, libelle=format_.libelle,
        lues=releve.lues, reprises=releve.reprises, hors=releve.hors, vides=releve.vides, refusees=releve.refusees,
        ecartees=dict(releve.ecartees), lignes=lignes, rejets=tuple(releve.rejets), nombre_rejets=releve.nombre_rejets,
        avis=(*base.avis, *releve.avis), colonnes_ignorees=tuple(releve.ignorees),
        sorties=sorties, bilans=_balances(sorties, contexte.dossier), noms=dict(contexte.perimetre.communes),
        exemples=_examples(lignes, contexte.territoire),
        libelles={i.code: catalogue[i.code].libelle for i in lignes if i.code in catalogue},
    )  # fmt: skip


def _examples(lignes: Sequence[Indicateur], territoire: Territoire) -> dict[tuple[str, int], Indicateur]:
    """Une valeur à montrer par indicateur et par année, une fois le secret statistique appliqué."""
    publiees = publish(replace(territoire, indicateurs=Table.of(Indicateur, lignes))).lignes
    exemples: dict[tuple[str, int], Indicateur] = {}
    for ligne in publiees:
        if ligne.valeur is not None:
            exemples.setdefault((ligne.code, ligne.annee or 0), ligne)
    return exemples


def _other_sheets(document: FichierLu, releve: Releve) -> tuple[str, ...]:
    noms = dict.fromkeys(f.nom for feuilles in document.lectures for f in feuilles if f.nom)
    return tuple(n for n in noms if n not in releve.feuilles)


def _balances(sorties: Sequence[Any], dossier: Path | None) -> tuple[Bilan, ...]:
    return tuple(bilan for _, _, bilan in merge_all(tuple(sorties), dossier)) if dossier else ()
