"""`ctg diagnostic` : les indicateurs d'un territoire comparés à leur repère, ou ce qui ne tombe pas juste."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

AIDE = "lire les indicateurs d'un territoire, ou contrôler la cohérence de ses chiffres et documents"
FORMATS = ("tableau", "csv", "json", "xlsx")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("territoire", metavar="CODE", help="code d'un territoire, ou chemin de son dossier")
    parser.add_argument("--theme", default="", help="un seul thème, par exemple petite_enfance")
    parser.add_argument("--annee", type=int, help="les valeurs de cette année seulement")
    parser.add_argument("--lieu", default="", metavar="GEO", help="une commune du territoire (code Insee) à la place")
    parser.add_argument("--repere", default="", metavar="GEO", help="comparer à ce lieu plutôt qu'au comparateur")
    parser.add_argument("--coherence", action="store_true", help="les alertes : ce qui se contredit, ce qui est vide")
    aussi = "contrôler aussi ce document, .txt, .docx, .odt ou .pdf (avec --coherence ; peut se répéter)"
    parser.add_argument("--document", action="append", default=[], metavar="FICHIER", help=aussi)
    parser.add_argument("--format", choices=FORMATS, default="tableau", help="tableau (par défaut), csv, json ou xlsx")
    parser.add_argument("--sortie", metavar="FICHIER", help="écrire dans ce fichier (obligatoire pour xlsx)")


def executer(args: argparse.Namespace) -> int:
    from ctgkit.diagnostic.lecture import check_lieux

    check_sortie(args)
    publication = open_publication(args.territoire)
    if args.theme:
        publication.catalogue.of_theme(args.theme)
    check_lieux(publication, args.lieu, args.repere)
    if args.coherence or args.document:
        write(args, *alertes(publication, args.document, args.territoire, args.theme))
    else:
        write(args, *_mesures(publication, args))
    return 0


def check_sortie(args: argparse.Namespace) -> None:
    from ctgkit.errors import CtgError

    if args.format == "xlsx" and not args.sortie:
        raise CtgError(
            "Un classeur ne s'affiche pas dans un terminal.", "--format xlsx", "Ajouter --sortie FICHIER.xlsx."
        )


def open_publication(code: str) -> Any:
    """Ce qui se publie d'un territoire, avec les chiffres que quelqu'un y a corrigés."""
    from ctgkit.diagnostic import publish
    from ctgkit.storage import load_territoire
    from ctgkit.storage.journal.chiffres import with_saved_figures

    return publish(with_saved_figures(load_territoire(code), code))


Rendu = tuple[Any, str, dict[str, Any]]
"""Un tableau publiable, ce qu'on lit au terminal, et ce qu'on rend en JSON."""


def _mesures(publication: Any, args: argparse.Namespace) -> Rendu:
    from ctgkit.diagnostic import tableau_mesures

    tableau = tableau_mesures(publication, args.theme, args.lieu, args.annee, args.repere)
    donnees = {"territoire": publication.territoire.code, "lignes": [dict(x) for x in tableau.lignes]}
    return tableau, _texte_mesures(tableau), donnees


def alertes(publication: Any, fichiers: Sequence[str], code: str = "", theme: str = "", citees: bool = False) -> Rendu:
    """Les alertes d'un territoire et de ces documents ; celles qu'on y a expliquées restent, à la fin."""
    from ctgkit.diagnostic import check_coherence, tableau_alertes
    from ctgkit.diagnostic.coherence import name_sources
    from ctgkit.documents.lecture import read_lignes
    from ctgkit.storage import origines

    documents = {Path(chemin).name: read_lignes(chemin) for chemin in fichiers}
    toutes = check_coherence(publication, documents, _expliquees(code) if code else ())
    retenues = [a for a in toutes if theme in ("", a.theme)]
    lisibles = [name_sources(a, origines().nommer) for a in retenues]
    territoire = publication.territoire
    donnees = {"territoire": territoire.code, "comptes": _comptes(retenues), "alertes": [a.as_dict() for a in retenues]}
    return tableau_alertes(publication, lisibles), _texte_alertes(territoire.nom, lisibles, citees), donnees


def _expliquees(code: str) -> dict[str, str]:
    """Les alertes que quelqu'un a expliquées, avec sa raison : le journal du territoire les garde, s'il en a un."""
    from ctgkit.storage.journal import has_journal, open_journal

    if not has_journal(code):
        return {}
    with open_journal(code) as journal:
        etats = journal.states("alerte")
    return {cle: str(e.valeurs["explication"]) for cle, e in etats.items() if e.valeurs.get("explication")}


def _comptes(alertes: Sequence[Any]) -> dict[str, int]:
    from ctgkit.diagnostic.coherence import NIVEAUX

    return {niveau: sum(a.niveau == niveau for a in alertes) for niveau in NIVEAUX}


def _texte_mesures(tableau: Any) -> str:
    lignes, theme = [tableau.titre, ""], None
    for x in tableau.lignes:
        if x["theme"] != theme:
            theme = x["theme"]
            lignes.append(theme.upper())
        quand = x["annee"] or "année non écrite"
        lignes.append(f"  {x['code']:<6} {x['indicateur']} : {x['ecrite']} ({quand}, {x['statut']})")
        lignes += [f"         {x['lecture']}"] * bool(x["ecart"])
        lignes += [f"         Attention : {x['avertissements']}"] * bool(x["avertissements"])
    if not tableau.lignes:
        lignes.append("Aucun indicateur renseigné pour ce choix.")
    return "\n".join([*lignes, "", *tableau.notes])


LIMITE = "Il ne voit pas tout (38 erreurs sur 45 dans trois textes d'essai) : un document sans alerte reste à relire."


def _texte_alertes(nom: str, alertes: Sequence[Any], citees: bool) -> str:
    from ctgkit.diagnostic.coherence import NIVEAUX
    from ctgkit.formats import dates_longues

    lignes = [f"Cohérence, {nom} : {_bilan(alertes)}", "L'outil signale, il ne corrige jamais."]
    lignes += [LIMITE, ""] if citees else [""]
    for niveau, titre in NIVEAUX.items():
        groupe = [a for a in alertes if a.niveau == niveau]
        lignes += [f"{titre.upper()} ({niveau})"] * bool(groupe)
        for a in groupe:
            lignes += [f"  [{a.id}]{' (expliquée)' * a.expliquee} {a.titre}", f"      {dates_longues(a.calcul)}"]
            lignes += [f"      lu : {c.valeur} — {c.ou}" for c in a.chiffres if c.ou]
            # Dans un .docx ou un .pdf, un numéro de ligne ne se voit pas : la phrase, si.
            lignes += [f"      dans : « {x} »" for x in dict.fromkeys(c.libelle for c in a.chiffres) if citees and x]
            lignes += [f"      peut-être : {e}" for e in a.explications]
            lignes += [f"      expliquée : {a.raison}"] * bool(a.raison)
    return "\n".join(lignes)


def _bilan(alertes: Sequence[Any]) -> str:
    from ctgkit.formats import liste, pluriel

    comptes = [f"{n} {niveau}" for niveau, n in _comptes(alertes).items() if n]
    return f"{pluriel(len(alertes), 'alerte')} ({liste(comptes)})" if alertes else "aucune alerte"


def write(args: argparse.Namespace, tableau: Any, texte: str, donnees: dict[str, Any]) -> None:
    import json

    from ctgkit.diagnostic import to_csv
    from ctgkit.documents.formats import write_whole

    textes = {
        "tableau": lambda: texte,
        "csv": lambda: to_csv(tableau).rstrip("\r\n"),
        "json": lambda: json.dumps(donnees, ensure_ascii=False, indent=2, default=str),
    }
    if args.format != "xlsx" and not args.sortie:
        print(textes[args.format]())
        return
    codage = "utf-8-sig" if args.format == "csv" else "utf-8"
    octets = _classeur(tableau) if args.format == "xlsx" else f"{textes[args.format]()}\n".encode(codage)
    print(f"Écrit : {write_whole(Path(args.sortie), octets)}")


def _classeur(tableau: Any) -> bytes:
    from ctgkit.documents import Colonne, Document, Tableau, render

    chiffrees = {c for c in tableau.colonnes if any(isinstance(x[c], int | float) for x in tableau.lignes)}
    colonnes = tuple(
        Colonne(nom, "nombre" if c in chiffrees - {"annee"} else "texte", 2) for c, nom in tableau.colonnes.items()
    )
    lignes = tuple(tuple(x[c] for c in tableau.colonnes) for x in tableau.lignes)
    return render(Document(tableau.titre, (Tableau(colonnes, lignes, tableau.titre),)), "xlsx")
