"""Les relations déclarées sur un document : comptes annoncés, ordre des dates, titres numérotés et renvois."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from ctgkit.diagnostic.coherence.alerte import Alerte, Chiffre
from ctgkit.diagnostic.coherence.contexte import Contexte
from ctgkit.diagnostic.coherence.documents import compte as alerte_compte
from ctgkit.diagnostic.coherence.documents import ou
from ctgkit.diagnostic.coherence.notions import normaliser
from ctgkit.diagnostic.coherence.numerotation import Renvoi, Titre, verifier_renvois, verifier_titres
from ctgkit.diagnostic.coherence.termes import Relation, cle, erreur, lire_terme
from ctgkit.diagnostic.noms import majuscule
from ctgkit.formats import date_longue, liste, pluriel, read_date


def compte(contexte: Contexte, relation: Relation) -> Iterator[Alerte]:
    """`annonce: {valeur: 2, libelle: dates, ligne: 197}` contre `liste` (éléments ou tableau) ou `trouves`."""
    annonces = lire_terme(contexte, cle(relation, "annonce", "total"), relation)
    trouves = _trouves(contexte, relation)
    if annonces and trouves is not None and all(a.valeur != trouves for a in annonces):
        annonce = annonces[0]
        texte = f"{annonce.nu} {annonce.libelle}".strip()
        yield alerte_compte(texte, trouves, annonce.ou, "E")


def _trouves(contexte: Contexte, relation: Relation) -> int | None:
    liste_ = relation.get("liste")
    if isinstance(liste_, list | tuple):
        return len(liste_)
    if isinstance(liste_, str) and liste_ in contexte.territoire.TABLES:
        return len(getattr(contexte.territoire, liste_))
    if isinstance(relation.get("trouves"), int):
        return relation["trouves"]
    raise erreur(relation, "« liste » ou « trouves » manque", "la liste énumérée, ou le nombre de ses éléments")


def dates(contexte: Contexte, relation: Relation) -> Iterator[Alerte]:  # noqa: ARG001
    """Des dates qui doivent se suivre : `dates: [{date: 2025-01-01, libelle: début}, …]`."""
    lues = [_date(x, relation) for x in cle(relation, "dates", "termes")]
    for (avant, nom_avant, ou_avant), (apres, nom_apres, ou_apres) in pairwise(lues):
        if avant > apres:
            yield Alerte(
                "dates",
                "D",
                f"{nom_apres} avant {nom_avant}",
                f"{nom_avant} : {date_longue(avant)} ; {nom_apres} : {date_longue(apres)}",
                (Chiffre(date_longue(avant), ou_avant, nom_avant), Chiffre(date_longue(apres), ou_apres, nom_apres)),
                ("une année pour une autre", "deux dates échangées"),
            )


def _date(brut: Any, relation: Relation) -> tuple[date, str, str]:
    donnees = brut if isinstance(brut, Mapping) else {"date": brut}
    ecrite = donnees.get("date")
    try:
        lue = ecrite if isinstance(ecrite, date) else read_date(str(ecrite))
    except ValueError:
        raise erreur(relation, f"date illisible : {ecrite!r}", "AAAA-MM-JJ") from None
    document = str(donnees.get("document") or relation.get("document") or "")
    return lue, str(donnees.get("libelle") or "date"), ou(document, donnees.get("ligne"))


def inclusion(contexte: Contexte, relation: Relation) -> Iterator[Alerte]:  # noqa: ARG001
    """`elements: {libelle, ligne, liste}` se retrouvent tous dans `dans: {libelle, ligne, liste}`."""
    elements, ensemble = (_liste_nommee(relation, nom) for nom in ("elements", "dans"))
    connus = {normaliser(e) for e in ensemble[1]}
    absents = [e for e in elements[1] if normaliser(e) not in connus]
    if absents:
        yield Alerte(
            "inclusion",
            "D",
            f"{majuscule(elements[0])} : {pluriel(len(absents), 'absent')} de « {ensemble[0]} »",
            f"pas dans « {ensemble[0]} » : {liste(absents)}",
            (
                Chiffre(liste(elements[1]), elements[2], elements[0]),
                Chiffre(liste(ensemble[1]), ensemble[2], ensemble[0]),
            ),
            ("un oubli", "un nom pour un autre"),
        )


def _liste_nommee(relation: Relation, nom: str) -> tuple[str, list[str], str]:
    donnees = cle(relation, nom)
    elements = donnees.get("liste") if isinstance(donnees, Mapping) else None
    if not isinstance(elements, list) or not elements:
        raise erreur(relation, f"« {nom} » n'a pas de liste", f"{nom}: {{libelle: …, ligne: …, liste: […]}}")
    document = str(donnees.get("document") or relation.get("document") or "")
    return str(donnees.get("libelle") or nom), [str(e) for e in elements], ou(document, donnees.get("ligne"))


def titres(contexte: Contexte, relation: Relation) -> Iterator[Alerte]:  # noqa: ARG001
    """`prefixe: Article`, `titres: [{numero: 1, titre: …, ligne: 114}, …]` : rien ne manque, rien n'est double."""
    document = str(relation.get("document") or "")
    yield from verifier_titres(_titres(relation, "titres"), document)


def renvois(contexte: Contexte, relation: Relation) -> Iterator[Alerte]:  # noqa: ARG001
    """`titres` (les annexes ou articles) et `renvois: [{vers: 4, ligne: 97, contexte: adhésion des communes}, …]`."""
    document, genre = str(relation.get("document") or ""), str(relation.get("prefixe") or "Annexe")
    cites = [
        Renvoi(genre.lower(), _entier(r, "vers", relation), str(r.get("contexte") or ""), r.get("ligne"))
        for r in cle(relation, "renvois")
        if isinstance(r, Mapping)
    ]
    yield from verifier_renvois(cites, _titres(relation, "titres"), document)


def _titres(relation: Relation, nom: str) -> list[Titre]:
    genre = str(relation.get("prefixe") or "Annexe").lower()
    return [
        Titre(genre, _entier(t, "numero", relation), str(t.get("titre") or ""), t.get("ligne"), bool(t.get("sommaire")))
        for t in cle(relation, nom)
        if isinstance(t, Mapping)
    ]


def _entier(brut: Mapping[str, Any], nom: str, relation: Relation) -> int:
    valeur = brut.get(nom)
    if not isinstance(valeur, int):
        raise erreur(relation, f"« {nom} » n'est pas un numéro : {valeur!r}", f"{nom}: un entier")
    return valeur


REGLES = {"compte": compte, "dates": dates, "inclusion": inclusion, "titres": titres, "renvois": renvois}
