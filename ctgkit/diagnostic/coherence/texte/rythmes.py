"""Ce qui se répète : « chaque trimestre, soit n fois par an », « n € par an pendant k ans, soit… »."""

import re
from collections.abc import Iterator

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.operation import Expression, Operation
from ctgkit.diagnostic.coherence.texte import Texte
from ctgkit.diagnostic.coherence.texte.decoupage import Phrase, phrases
from ctgkit.diagnostic.coherence.texte.nombres import ADDITIFS, COMPTE, DUREE, FOIS, MONTANT, NombreEcrit
from ctgkit.diagnostic.formules import FormuleIndicateur
from ctgkit.formats import nombre
from ctgkit.texte import fold

_PERIODES = {"semaine": 52, "mois": 12, "trimestre": 4, "quadrimestre": 3, "semestre": 2, "an": 1, "annee": 1}
_ADJECTIFS = {
    "hebdomadaire": 52,
    "mensuel": 12,
    "bimestriel": 6,
    "trimestriel": 4,
    "quadrimestriel": 3,
    "semestriel": 2,
    "annuel": 1,
    "biennal": 0.5,
}
_FOIS = {"une": 1, "deux": 2, "trois": 3, "quatre": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_COMBIEN = {"deux": 2, "trois": 3, "quatre": 4, "six": 6}
_RYTHME = re.compile(
    r"\b(?:chaque|(?P<fois>\w+) fois (?:par|chaque)|tous les(?: (?P<tous>deux|trois|quatre|six|\d))?|toutes les) "
    r"(?P<periode>semaines?|mois|quadrimestres?|trimestres?|semestres?|ans?|annees?)\b"
    r"|\b(?P<adjectif>hebdomadaire|mensuel|bimestriel|trimestriel|quadrimestriel|semestriel|annuel|biennal)(?:le)?s?\b"
)
_PAR_AN = re.compile(r"^ ?(?:\w+ ){0,2}?(?:par an\b|par année|l'an\b|chaque année|dans l'année|annuel)", re.IGNORECASE)
_LIE = re.compile(r"\bsoit\b|\(|\bc'est-à-dire\b|\bréuni(?!on)|\bà raison de\b|:", re.IGNORECASE)
_SEPARE = re.compile(r"[;.]|\bet\b|\bpuis\b|\btandis\b|\balors\b|\bou\b|, l[ae] ")
_EVENEMENT = re.compile(
    r"(?:réunion|séance|rencontre|comité|bilan|temps|point|session|atelier|conférence)s?\b", re.IGNORECASE
)
_AU_MOINS = re.compile(r"\b(?:au moins|minimum|au plus|maximum|environ|jusqu'à)\b", re.IGNORECASE)
_PENDANT = re.compile(
    r"\b(?:pendant|sur|durant|en|au cours des?|sur la durée de)(?: les| ces| la période de)? ?$", re.IGNORECASE
)
_MENSUEL_SANS_ETE = (9, 10, 11)
_SEMAINES_OUVREES = range(30, 53)


def check_rythmes(texte: Texte) -> Iterator[Alerte]:
    for phrase in phrases(texte):
        yield from _fois_par_an(phrase)
        yield from _pendant(phrase)
        yield from _produits(phrase)


def _rythmes(phrase: Phrase) -> Iterator[tuple[re.Match[str], float]]:
    """Chaque rythme, et combien de fois par an."""
    for trouve in _RYTHME.finditer(fold(phrase.texte)):
        if trouve["adjectif"]:
            yield trouve, _ADJECTIFS[trouve["adjectif"]]
        elif trouve["fois"]:
            combien, periode = _FOIS.get(trouve["fois"], 0), trouve["periode"].rstrip("s")
            if combien and periode not in ("an", "annee"):
                yield trouve, combien * _PERIODES.get(periode, 12)
        else:
            tous = trouve["tous"]
            pas = _COMBIEN.get(tous, int(tous) if tous and tous.isdigit() else 1) if tous else 1
            periode = trouve["periode"] if trouve["periode"] == "mois" else trouve["periode"].rstrip("s")
            yield trouve, _PERIODES[periode] / pas


def _fois_par_an(phrase: Phrase) -> Iterator[Alerte]:
    """Un rythme et un nombre de fois par an que la phrase lie l'un à l'autre."""
    for dit in (x for x in phrase.nombres if _est_par_an(phrase, x)):
        lies = [(t, n) for t, n in _rythmes(phrase) if _est_lie(phrase, t, dit)]
        if len(lies) != 1 or _AU_MOINS.search(phrase.texte[max(0, dit.debut - 20) : dit.fin]):
            continue
        trouve, attendu = lies[0]
        if dit.valeur != attendu and not (attendu == 52 and dit.valeur in _SEMAINES_OUVREES):
            niveau = "D" if attendu == 12 and dit.valeur in _MENSUEL_SANS_ETE else "E"
            cite = phrase.texte[trouve.start() : trouve.end()]
            calcul = f"« {cite} » : {nombre(attendu)} fois par an, le document dit {dit.nu}"
            yield phrase.alerte("rythme", niveau, f"{dit.nu} fois par an, ou {nombre(attendu)} ?", calcul, dit)


def _est_lie(phrase: Phrase, rythme: re.Match[str], dit: NombreEcrit) -> bool:
    (_, debut), (fin, _) = sorted([(rythme.start(), rythme.end()), (dit.debut, dit.fin)])
    entre = phrase.texte[debut:fin]
    return debut <= fin and not _SEPARE.search(entre) and bool(_LIE.search(entre))


def _est_par_an(phrase: Phrase, x: NombreEcrit) -> bool:
    """« trois fois par an », « trois réunions par an »."""
    evenement = x.genre == COMPTE and not x.article and _EVENEMENT.match(x.nom)
    return bool((x.genre == FOIS or evenement) and _PAR_AN.match(phrase.texte[x.fin :]))


def _pendant(phrase: Phrase) -> Iterator[Alerte]:
    """« un bilan chaque année, soit six bilans pendant les cinq années »."""
    rythmes = [r for _, r in _rythmes(phrase)]
    annees = [x for x in phrase.nombres if x.genre == DUREE and x.unite == "an" and not x.article and _dure(phrase, x)]
    dits = [
        x for x in phrase.nombres if _apres_soit(phrase, x) and (x.genre == FOIS or _est_ce_qui_se_repete(phrase, x))
    ]
    if len(rythmes) != 1 or len(annees) != 1 or len(dits) != 1 or dits[0].debut > annees[0].debut:
        return
    attendu = rythmes[0] * annees[0].valeur
    if dits[0].valeur not in (attendu, int(attendu)):
        dit = dits[0]
        calcul = f"{annees[0].nu} ans × {nombre(rythmes[0])} = {nombre(attendu)}, le document dit {dit.nu}"
        yield phrase.alerte("rythme", "E", f"{dit.texte} {dit.nom}, ou {nombre(attendu)} ?", calcul, dit, annees[0])


def _est_ce_qui_se_repete(phrase: Phrase, x: NombreEcrit) -> bool:
    """« un bilan chaque année, soit cinq bilans », et non « une croissance annuelle, soit 35 600 places »."""
    repete = _EVENEMENT.match(x.nom) or (x.tete and x.tete in fold(phrase.texte[: x.debut]))
    return x.genre == COMPTE and not x.article and bool(repete)


def _apres_soit(phrase: Phrase, x: NombreEcrit) -> bool:
    return bool(
        re.search(
            r"\b(?:soit|pour) (?:un (?:total|montant|coût) (?:total )?de |environ )?$",
            phrase.texte[: x.debut],
            re.IGNORECASE,
        )
    )


def _dure(phrase: Phrase, x: NombreEcrit) -> bool:
    return bool(_PENDANT.search(phrase.texte[: x.debut]))


_FOIS_FORMULE = FormuleIndicateur("un * deux")


def _produits(phrase: Phrase) -> Iterator[Alerte]:
    """« 12 000 € par an pendant quatre ans, soit 48 000 € », « 8 ateliers à 250 €, soit 2 000 € »."""
    for dit in (x for x in phrase.comptes if not x.article and _apres_soit(phrase, x)):
        facteurs = _par_chacun(phrase, dit) or _facteurs(phrase, dit)
        if not facteurs:
            continue
        produit = Operation(dit, Expression(_FOIS_FORMULE, dict(zip(("un", "deux"), facteurs, strict=True))))
        if not produit.juste and all(x.exact for x in (dit, *facteurs)):
            yield phrase.alerte(
                "R2", "E", f"Le produit n’est pas {dit.texte} {dit.nom}".rstrip(), produit.contredit, *produit.lus
            )


def _par_chacun(phrase: Phrase, dit: NombreEcrit) -> tuple[NombreEcrit, NombreEcrit] | None:
    """« 2 500 € à chacune des 22 communes, pour un montant de 55 000 € »."""
    avant = [x for x in phrase.comptes if x.fin <= dit.debut and not x.article]
    if len(avant) == 2 and re.search(r"\bchacune? des $", phrase.entre(*avant)):
        return (avant[0], avant[1]) if (avant[0].genre, avant[0].unite) == (dit.genre, dit.unite) else None
    return None


def _facteurs(phrase: Phrase, dit: NombreEcrit) -> tuple[NombreEcrit, NombreEcrit] | None:
    avant = [
        x for x in phrase.nombres if x.fin <= dit.debut and (x in phrase.comptes or x.genre == DUREE) and not x.article
    ]
    if len(avant) != 2 or re.match(r" ?(?:par|pour) ", phrase.texte[dit.fin :]):
        return None
    un, deux = avant
    entre, ensuite = phrase.entre(un, deux), phrase.texte[deux.fin : dit.debut]
    meme = un.genre == dit.genre and un.unite == dit.unite
    if meme and deux.genre == DUREE and deux.unite == "an" and re.match(r" ?(?:par an|chaque année|annuels?)\b", entre):
        return un, deux
    if meme and deux.genre == DUREE and deux.unite == "mois" and re.match(r" ?(?:par mois|mensuels?)\b", entre):
        return un, deux
    a_chacun = re.search(r"\bchacune?\b|\bl'une?\b|\bpar (?!an\b|mois\b)", ensuite)
    if un.genre in ADDITIFS and deux.genre == dit.genre == MONTANT != un.genre and re.search(r"\bà $|\bde $", entre):
        return (un, deux) if a_chacun or re.search(r"\bà $", entre) else None
    return (un, deux) if a_chacun and deux.genre == dit.genre and re.search(r"\bde $", entre) else None
