"""Le résultat en texte, pour un terminal : les totaux, les engagements, les écarts, ce qu'il faut demander."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ctgkit.formats import euros
from ctgkit.fourchette import Fourchette
from ctgkit.simulation.lectures.comparaison import compare
from ctgkit.simulation.lectures.engagement import engagements
from ctgkit.simulation.resultat import AVERTISSEMENT, Resultat

_LIGNES_MAX = 60


def report(resultats: Sequence[Resultat]) -> str:
    reference, *autres = resultats
    blocs = ["\n".join(_one(r)) for r in resultats]
    if autres:
        blocs.append("\n".join(["Comparaison", *(f"- {p}" for p in compare(reference, *autres).phrases)]))
    return "\n\n".join([*blocs, AVERTISSEMENT])


def _one(r: Resultat) -> Iterator[str]:
    yield f"{r.territoire.nom} : {r.scenario.nom} ({r.scenario.code})"
    yield ""
    par_an = ([str(t.annee), Fourchette(t.bas, t.haut).write()] for t in r.aggregate("annee").itertuples())
    yield from grid(["Année", "Bonus du territoire"], par_an)
    yield ""
    titres = ["Compétence", "Année", "Bonus", "Référence", "Maintien", "Crédits", "Engagement"]
    yield from grid(titres, (_engagement(e) for e in engagements(r).itertuples()))
    for titre, phrases in (
        ("Alertes", [a.message for a in r.alertes]),
        ("À demander à la Caf", [q.question for q in r.questions]),
    ):
        if phrases:
            yield from ["", titre, *(f"- {p}" for p in phrases)]


def _engagement(e: Any) -> list[str]:
    bonus = Fourchette(e.bas, e.haut).write()
    return [e.competence, str(e.annee), bonus, euros(e.reference_eur), e.maintien, euros(e.credits_eur), e.engagement]


def grid(titres: list[str], lignes: Iterable[list[str]]) -> Iterator[str]:
    """Des colonnes alignées ; au-delà de quelques dizaines de lignes, la suite est pour les autres formats."""
    corps = [list(map(str, ligne)) for ligne in lignes]
    montrees = corps[:_LIGNES_MAX]
    largeurs = [max(len(ligne[i]) for ligne in [titres, *montrees]) for i in range(len(titres))]
    for ligne in [titres, ["-" * n for n in largeurs], *montrees]:
        yield "  ".join(mot.ljust(n) for mot, n in zip(ligne, largeurs, strict=True)).rstrip()
    if len(corps) > _LIGNES_MAX:
        yield f"… et {len(corps) - _LIGNES_MAX} autres lignes : --format csv ou json les donne toutes."
