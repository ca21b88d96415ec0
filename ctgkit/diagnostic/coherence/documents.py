"""Entre documents : ce qu'ils laissent vide, ce que chacun dit d'une même chose, ce qu'ils annoncent et donnent."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from ctgkit.diagnostic.coherence.alerte import Alerte, Chiffre
from ctgkit.diagnostic.coherence.contexte import ChiffresLus
from ctgkit.formats import date_longue, liste, nombre, read_date, read_nombre
from ctgkit.territoire import Fait, Manque, Territoire
from ctgkit.texte import majuscule, minuscule

_PERIODE = re.compile(r"(\d{4})\s*[-–—/]\s*(\d{4})")
_UNIQUES = ("convention_", "siren", "population", "nombre_")


def check_documents(contexte: ChiffresLus) -> Iterator[Alerte]:
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


def _indicateurs_a_completer(contexte: ChiffresLus) -> Iterator[Alerte]:
    for x in contexte.territoire.indicateurs:
        if x.statut == "a_completer" and x.code in contexte.catalogue:
            definition = contexte.catalogue[x.code]
            autres = [lu.texte for lu in contexte.read(x.code, x.geo)]
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
        lu = read_fait(fait.valeur)
        if lu is not None:
            par_cle[fait.cle].append((fait, lu))
    for cle, lus in par_cle.items():
        if _se_contredisent(cle, lus):
            documents = {f.document for f, _ in lus}
            yield _alerte_faits(cle, [f for f, _ in lus], "I" if len(documents) > 1 else "D")


def read_fait(valeur: str) -> object | None:
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
    nom = faits[0].nom
    suite = "les documents ne disent pas la même chose" if niveau == "I" else "deux valeurs"
    dits = list(dict.fromkeys(f"{write_fait(f.valeur)} ({ou(f.document, f.ligne)})" for f in faits))
    return Alerte(
        "faits",
        niveau,
        f"{majuscule(nom)} : {suite}",
        " ≠ ".join(dits),
        tuple(Chiffre(write_fait(f.valeur), ou(f.document, f.ligne), nom) for f in faits),
        (
            "un document plus récent que l’autre, ou un projet et sa version adoptée",
            *(f"{write_fait(f.valeur)} : {minuscule(f.note).rstrip('.')}" for f in faits if f.note),
        ),
        codes=(cle,),
    )


def write_fait(valeur: str) -> str:
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
        f"annoncé : {annonce} ; dans la liste : {nombre(trouves)}",
        (Chiffre(annonce, lieu), Chiffre(nombre(trouves), lieu, "liste donnée")),
        ("un élément ajouté ou retiré après la rédaction", "deux éléments sur une même ligne"),
    )


_JOURS = 365.25


def check_dates(contexte: ChiffresLus) -> Iterator[Alerte]:
    yield from _dates_de_la_convention(contexte.territoire)
    faits = [*contexte.territoire.faits, *_dates_de_la_fiche(contexte.territoire)]
    for prefixe in sorted({f.cle.removesuffix("_periode") for f in faits if f.cle.endswith("_periode")}):
        yield from _periodes(prefixe, [f for f in faits if f.cle.startswith(f"{prefixe}_")])
    for prefixe in sorted({f.cle.removesuffix("_duree_annees") for f in faits if f.cle.endswith("_duree_annees")}):
        yield from _durees(prefixe, [f for f in faits if f.cle.startswith(f"{prefixe}_")])


def _dates_de_la_fiche(territoire: Territoire) -> Iterator[Fait]:
    """Les dates retenues dans territoire.yaml se comparent aux périodes écrites, quand aucun fait ne les donne."""
    connues, convention = {f.cle for f in territoire.faits}, territoire.convention
    for cle, nom, retenue in (("debut", "Début", convention.debut), ("fin", "Fin", convention.fin)):
        if retenue and f"convention_{cle}" not in connues:
            libelle = f"{nom} de la convention"
            yield Fait(f"convention_{cle}", retenue.isoformat(), "territoire.yaml", libelle=libelle)


def _periodes(prefixe: str, faits: Sequence[Fait]) -> Iterator[Alerte]:
    """« 2025-2029 » en couverture, « du 1er janvier 2025 au 31 décembre 2028 » à l'article de la durée."""
    par_cle = [(f.cle.removeprefix(f"{prefixe}_"), f, read_fait(f.valeur)) for f in faits]
    for periode, (debut, fin) in [(f, v) for c, f, v in par_cle if c == "periode" and _est_periode(v)]:
        for cle, fait, lu in par_cle:
            attendu = {"debut": debut, "fin": fin}.get(cle)
            if attendu and isinstance(lu, date) and lu.year != attendu:
                yield _alerte_periode(periode, fait)
            if cle == "duree_annees" and isinstance(lu, tuple) and not is_duree_possible(debut, fin, lu[0]):
                yield _alerte_periode(periode, fait)


def _est_periode(lu: object) -> bool:
    return isinstance(lu, tuple) and all(isinstance(a, int) for a in lu)


def is_duree_possible(debut: int, fin: int, annees: float) -> bool:
    """« 2023-2026 » dure quatre années civiles ; de date à date, trois : les deux se disent."""
    return annees in (fin - debut + 1, fin - debut)


def is_duree_exacte(debut: date, fin: date, annees: float) -> bool:
    """Du 1er janvier 2024 au 31 décembre 2028 : cinq ans, à un mois près."""
    return abs(((fin - debut).days + 1) / _JOURS - annees) <= 1 / 12


def _durees(prefixe: str, faits: Sequence[Fait]) -> Iterator[Alerte]:
    """« pour quatre ans, du 1er janvier 2024 au 31 décembre 2028 »."""
    par_cle = {f.cle.removeprefix(f"{prefixe}_"): f for f in faits}
    duree = par_cle.get("duree_annees")
    bornes = [read_fait(par_cle[c].valeur) for c in ("debut", "fin") if c in par_cle]
    annees = read_fait(duree.valeur) if duree else None
    datees = isinstance(annees, tuple) and len(bornes) == 2 and all(isinstance(b, date) for b in bornes)
    if datees and not is_duree_exacte(*bornes, annees[0]):
        ecrite = " au ".join(write_fait(par_cle[c].valeur) for c in ("debut", "fin"))
        yield _alerte_periode(replace(par_cle["fin"], cle=f"{prefixe}_periode", valeur=ecrite), duree)


def _alerte_periode(periode: Fait, fait: Fait) -> Alerte:
    dit, nom = write_fait(fait.valeur), fait.nom
    lieux = ou(periode.document, periode.ligne), ou(fait.document, fait.ligne)
    return Alerte(
        "dates",
        "D" if periode.document == fait.document else "I",
        f"{majuscule(nom)} : {dit} ne va pas avec la période {periode.valeur}",
        f"période {periode.valeur} ({lieux[0]}), {minuscule(nom)} : {dit} ({lieux[1]})",
        (Chiffre(periode.valeur, lieux[0]), Chiffre(dit, lieux[1])),
        ("une prolongation, ou une version antérieure de la convention",),
        codes=(periode.cle, fait.cle),
    )


def _dates_de_la_convention(territoire: Territoire) -> Iterator[Alerte]:
    convention, precedent = territoire.convention, territoire.precedent
    yield from _ordre(("début de la convention", convention.debut), ("fin de la convention", convention.fin))
    if precedent.fin and convention.debut and precedent.fin >= convention.debut:
        yield _alerte_dates(
            "D", ("fin de la convention précédente", precedent.fin), ("début de la convention", convention.debut)
        )


def _ordre(avant: tuple[str, date | None], apres: tuple[str, date | None]) -> Iterator[Alerte]:
    if avant[1] and apres[1] and avant[1] > apres[1]:
        yield _alerte_dates("E", avant, apres)


def _alerte_dates(niveau: str, avant: tuple[str, date], apres: tuple[str, date]) -> Alerte:
    return Alerte(
        "dates",
        niveau,
        f"{majuscule(avant[0])} après {minuscule(apres[0])}",
        f"{avant[0]} : {date_longue(avant[1])} ; {apres[0]} : {date_longue(apres[1])}",
        (
            Chiffre(date_longue(avant[1]), "territoire.yaml", avant[0]),
            Chiffre(date_longue(apres[1]), "territoire.yaml", apres[0]),
        ),
        ("une année pour une autre", "deux dates échangées"),
    )
