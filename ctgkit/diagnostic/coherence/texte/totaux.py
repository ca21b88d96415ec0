"""Un tableau de montants ou d'effectifs et son total, écrit en dernière ligne ou juste dessous."""

import re
from collections.abc import Iterator, Sequence

from ctgkit.diagnostic.coherence.alerte import Alerte, Chiffre
from ctgkit.diagnostic.coherence.texte.lecture import Ligne, Texte
from ctgkit.formats import nombre, read_nombre

_MONTANT = re.compile(r"(?<![\d.,/-])(\d{1,3}(?: \d{3})+|\d+)(?:,(\d{1,2}))?(?= ?(?:€|euros)|\s*$)")
_TOTAL = re.compile(
    r"^\W*(?:sous-)?total\b|\bensemble\b|\benveloppe\b.*\b(?:représente|de|:)|\b(?:soit un|au) total\b", re.IGNORECASE
)
_SOUS = re.compile(r"(?i)^\W*sous[- ]total")


def alertes(texte: Texte) -> Iterator[Alerte]:
    rangs = list(texte.pleines())
    debut = 0
    while debut < len(rangs):
        fin = debut
        while fin < len(rangs) and _valeur(rangs[fin]) is not None and not _TOTAL.search(rangs[fin].net):
            fin += 1
        if fin - debut >= 2 and fin < len(rangs):
            yield from _verifier(texte, rangs[debut:fin], rangs[fin])
        debut = max(fin, debut) + 1


def _valeur(ligne: Ligne) -> float | None:
    """Le seul montant d'une ligne de tableau, dans sa dernière colonne ; rien pour une phrase."""
    cellules = [c.strip() for c in ligne.brut.replace("\u00a0", " ").replace("\u202f", " ").split("\t") if c.strip()]
    if len(cellules) != 2 or re.search(r"\d", cellules[0]):
        return None
    trouve = _MONTANT.match(cellules[1].replace("*", ""))
    return read_nombre(trouve.group().strip()) if trouve else None


def _verifier(texte: Texte, lignes: Sequence[Ligne], total: Ligne) -> Iterator[Alerte]:
    """Le total dit, s'il y en a un : une somme qui ne tombe pas juste est certaine."""
    trouves = list(_MONTANT.finditer(total.net))
    if not _TOTAL.search(total.net) or len(trouves) != 1 or any(_SOUS.match(x.net) for x in lignes):
        return
    valeurs = [_valeur(x) for x in lignes]
    dit, somme = read_nombre(trouves[0].group().strip()), sum(valeurs)
    if abs(dit - somme) > 0.005:
        calcul = f"{' + '.join(nombre(v) for v in valeurs)} = {nombre(somme)}, le document dit {nombre(dit)}"
        chiffres = (Chiffre(nombre(dit), texte.ou(total.numero), total.net[:80]),)
        chiffres += tuple(
            Chiffre(nombre(v), texte.ou(x.numero), x.net[:80]) for v, x in zip(valeurs, lignes, strict=True)
        )
        explication = f"écart de {nombre(dit - somme, signe=True)} : une ligne oubliée, ou un total ancien"
        yield Alerte(
            "R2", "E", f"Tableau : le total n’est pas la somme, {nombre(dit)}", calcul, chiffres, (explication,)
        )
