"""Les dates et les périodes : dans l'ordre, et de la durée annoncée."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from ctgkit.diagnostic.coherence.alerte import Alerte, Chiffre
from ctgkit.diagnostic.coherence.contexte import Contexte
from ctgkit.diagnostic.coherence.documents import lire, montrer, nom_du_fait, ou
from ctgkit.diagnostic.noms import majuscule, minuscule
from ctgkit.formats import date_longue
from ctgkit.territoire import Fait, Territoire

_JOURS = 365.25


def alertes(contexte: Contexte) -> Iterator[Alerte]:
    yield from _dates(contexte.territoire)
    faits = [*contexte.territoire.faits, *_dates_de_la_fiche(contexte.territoire)]
    for prefixe in sorted({f.cle.removesuffix("_periode") for f in faits if f.cle.endswith("_periode")}):
        yield from _periodes(prefixe, [f for f in faits if f.cle.startswith(f"{prefixe}_")])
    for prefixe in sorted({f.cle.removesuffix("_duree_annees") for f in faits if f.cle.endswith("_duree_annees")}):
        yield from _durees(prefixe, [f for f in faits if f.cle.startswith(f"{prefixe}_")])


def _dates_de_la_fiche(territoire: Territoire) -> Iterator[Fait]:
    """Les dates retenues dans territoire.yaml se comparent aux périodes écrites, quand aucun fait ne les donne."""
    connues = {f.cle for f in territoire.faits}
    for cle in ("debut", "fin"):
        retenue = getattr(territoire.convention, cle)
        if retenue and f"convention_{cle}" not in connues:
            yield Fait(f"convention_{cle}", retenue.isoformat(), "territoire.yaml")


def _periodes(prefixe: str, faits: Sequence[Fait]) -> Iterator[Alerte]:
    """« 2025-2029 » en couverture, « du 1er janvier 2025 au 31 décembre 2028 » à l'article de la durée."""
    par_cle = [(f.cle.removeprefix(f"{prefixe}_"), f, lire(f.valeur)) for f in faits]
    for periode, (debut, fin) in [(f, v) for c, f, v in par_cle if c == "periode" and _est_periode(v)]:
        for cle, fait, lu in par_cle:
            attendu = {"debut": debut, "fin": fin}.get(cle)
            if attendu and isinstance(lu, date) and lu.year != attendu:
                yield _alerte_faits(periode, fait)
            if cle == "duree_annees" and isinstance(lu, tuple) and not duree_possible(debut, fin, lu[0]):
                yield _alerte_faits(periode, fait)


def _est_periode(lu: object) -> bool:
    return isinstance(lu, tuple) and all(isinstance(a, int) for a in lu)


def duree_possible(debut: int, fin: int, annees: float) -> bool:
    """« 2023-2026 » dure quatre années civiles ; de date à date, trois : les deux se disent."""
    return annees in (fin - debut + 1, fin - debut)


def duree_exacte(debut: date, fin: date, annees: float) -> bool:
    """Du 1er janvier 2024 au 31 décembre 2028 : cinq ans, à un mois près."""
    return abs(((fin - debut).days + 1) / _JOURS - annees) <= 1 / 12


def _durees(prefixe: str, faits: Sequence[Fait]) -> Iterator[Alerte]:
    """« pour quatre ans, du 1er janvier 2024 au 31 décembre 2028 »."""
    par_cle = {f.cle.removeprefix(f"{prefixe}_"): f for f in faits}
    duree, bornes = par_cle.get("duree_annees"), [lire(par_cle[c].valeur) for c in ("debut", "fin") if c in par_cle]
    annees = lire(duree.valeur) if duree else None
    datees = isinstance(annees, tuple) and len(bornes) == 2 and all(isinstance(b, date) for b in bornes)
    if datees and not duree_exacte(*bornes, annees[0]):
        ecrite = " au ".join(montrer(par_cle[c].valeur) for c in ("debut", "fin"))
        yield _alerte_faits(replace(par_cle["fin"], cle=f"{prefixe}_periode", valeur=ecrite), duree)


def _alerte_faits(periode: Fait, fait: Fait) -> Alerte:
    dit, nom = montrer(fait.valeur), nom_du_fait(fait.cle)
    lieux = ou(periode.document, periode.ligne), ou(fait.document, fait.ligne)
    return Alerte(
        "dates",
        "D" if periode.document == fait.document else "I",
        f"{majuscule(nom)} : {dit} ne va pas avec la période {periode.valeur}",
        f"période {periode.valeur} ({lieux[0]}), {nom} {dit} ({lieux[1]})",
        (Chiffre(periode.valeur, lieux[0]), Chiffre(dit, lieux[1])),
        ("une prolongation, ou une version antérieure de la convention",),
        codes=(periode.cle, fait.cle),
    )


def _dates(territoire: Territoire) -> Iterator[Alerte]:
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
