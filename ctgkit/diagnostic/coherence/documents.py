"""Entre documents : ce qu'ils laissent vide, ce que chacun dit d'une même chose, ce qu'ils annoncent et donnent."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from ctgkit.diagnostic.coherence.alerte import Alerte, Chiffre
from ctgkit.diagnostic.coherence.contexte import Contexte
from ctgkit.diagnostic.noms import majuscule, minuscule
from ctgkit.formats import date_longue, liste, nombre, read_date, read_nombre
from ctgkit.territoire import Fait, Manque, Territoire

_PERIODE = re.compile(r"(\d{4})\s*[-–—/]\s*(\d{4})")
_ACCENTS = {
    "debut": "début",
    "duree": "durée",
    "periode": "période",
    "deliberation": "délibération",
    "precedent": "convention précédente",
    "annees": "années",
    "prefecture": "préfecture",
    "seminaire": "séminaire",
    "comite": "comité",
    "preavis": "préavis",
}
_UNIQUES = ("convention_", "siren", "population", "nombre_")


def alertes(contexte: Contexte) -> Iterator[Alerte]:
    territoire = contexte.territoire
    yield from (_manque(m) for m in territoire.a_completer)
    yield from _indicateurs_a_completer(contexte)
    yield from _faits(territoire.faits)
    yield from _annonces(territoire)


def ou(document: str, ligne: int | None) -> str:
    return ", ".join(filter(None, (document, f"ligne {ligne}" if ligne else "")))


def _manque(manque: Manque) -> Alerte:
    attend = f", attendu de {manque.attend}" if manque.attend else ""
    dit = f" ; le document donne : {manque.proposition}" if manque.proposition else ""
    return Alerte(
        "vide",
        "X",
        manque.quoi,
        f"laissé vide{attend}{dit}",
        (Chiffre("à compléter", ou(manque.document, manque.ligne)),),
        proposition=manque.proposition,
    )


def _indicateurs_a_completer(contexte: Contexte) -> Iterator[Alerte]:
    for x in contexte.territoire.indicateurs:
        if x.statut == "a_completer" and x.code in contexte.catalogue:
            definition = contexte.catalogue[x.code]
            autres = [lu.texte for lu in contexte.lire(x.code, x.geo)]
            dit = f" ; déjà écrit ailleurs : {liste(autres)}" if autres else ""
            yield Alerte(
                "vide",
                "X",
                f"{definition.libelle} ({contexte.nom(x.geo)})",
                f"valeur à compléter{dit}",
                (Chiffre("à compléter", ", ".join(filter(None, (x.source, x.reference))), definition.libelle),),
                theme=definition.theme,
                codes=(x.code,),
                geo=x.geo,
                proposition=autres[0] if autres else "",
            )


def _faits(faits: Sequence[Fait]) -> Iterator[Alerte]:
    """Deux documents qui datent ou comptent différemment la même chose ; les textes libres ne se comparent pas."""
    par_cle: dict[str, list[tuple[Fait, object]]] = defaultdict(list)
    for fait in faits:
        lu = lire(fait.valeur)
        if lu is not None:
            par_cle[fait.cle].append((fait, lu))
    for cle, lus in par_cle.items():
        if _se_contredisent(cle, lus):
            documents = {f.document for f, _ in lus}
            yield _alerte_faits(cle, [f for f, _ in lus], "I" if len(documents) > 1 else "D")


def lire(valeur: str) -> object | None:
    """Une date, une période ou un nombre (unité comprise) ; rien pour un texte libre."""
    texte = str(valeur).strip()
    try:
        return read_date(texte)
    except ValueError:
        pass
    if trouve := _PERIODE.fullmatch(texte):
        return (int(trouve.group(1)), int(trouve.group(2)))
    chiffres = re.match(r"^([\d\s\u00a0\u202f.,]*\d)\s*(\D{0,20})$", texte)
    try:
        return (read_nombre(chiffres.group(1)), chiffres.group(2).strip().lower()) if chiffres else None
    except ValueError:
        return None


def _se_contredisent(cle: str, lus: Sequence[tuple[Fait, object]]) -> bool:
    """Un document qui donne plusieurs valeurs les énumère (des séances), sauf pour ce qui est unique par nature."""
    par_document: dict[str, set[object]] = defaultdict(set)
    for fait, lu in lus:
        par_document[fait.document].add(lu)
    uniques = cle.startswith(_UNIQUES)
    if not uniques and any(len(v) > 1 for v in par_document.values()):
        return False
    return len(set().union(*par_document.values())) > 1


def _alerte_faits(cle: str, faits: Sequence[Fait], niveau: str) -> Alerte:
    nom = nom_du_fait(cle)
    suite = "les documents ne disent pas la même chose" if niveau == "I" else "deux valeurs"
    dits = list(dict.fromkeys(f"{montrer(f.valeur)} ({ou(f.document, f.ligne)})" for f in faits))
    return Alerte(
        "faits",
        niveau,
        f"{majuscule(nom)} : {suite}",
        " ≠ ".join(dits),
        tuple(Chiffre(montrer(f.valeur), ou(f.document, f.ligne), nom) for f in faits),
        (
            "un document plus récent que l’autre, ou un projet et sa version adoptée",
            *(f"{montrer(f.valeur)} : {minuscule(f.note).rstrip('.')}" for f in faits if f.note),
        ),
        codes=(cle,),
    )


def nom_du_fait(cle: str) -> str:
    """`convention_debut` → « convention, début »."""
    objet, _, attribut = cle.partition("_")
    mots = [_ACCENTS.get(m, m) for m in attribut.split("_") if m]
    return ", ".join(filter(None, (_ACCENTS.get(objet, objet), " ".join(mots))))


def montrer(valeur: str) -> str:
    """Une date en toutes lettres ; le reste comme il est écrit."""
    try:
        return date_longue(read_date(str(valeur)))
    except ValueError:
        return str(valeur)


def _annonces(territoire: Territoire) -> Iterator[Alerte]:
    """`nombre_communes: 35` se vérifie contre la liste des communes."""
    for fait in territoire.faits:
        liste_ = fait.cle.removeprefix("nombre_")
        if fait.cle.startswith("nombre_") and liste_ in territoire.TABLES and str(fait.valeur).strip().isdigit():
            trouves = len(getattr(territoire, liste_))
            if trouves and trouves != int(fait.valeur):
                yield compte(f"{nombre(int(fait.valeur))} {liste_}", trouves, ou(fait.document, fait.ligne), "E")


def compte(annonce: str, trouves: int, lieu: str, niveau: str = "E") -> Alerte:
    return Alerte(
        "compte",
        niveau,
        f"« {annonce} » annoncé, {nombre(trouves)} dans la liste",
        f"{annonce} annoncé ; la liste en compte {nombre(trouves)}",
        (Chiffre(annonce, lieu), Chiffre(nombre(trouves), lieu, "liste donnée")),
        ("un élément ajouté ou retiré après la rédaction", "deux éléments sur une même ligne"),
    )
