"""Ce qui se répète : « chaque trimestre, soit n fois par an », « n € par an pendant k ans, soit… »."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.operation import Expression, Operation
from ctgkit.diagnostic.coherence.texte import Texte
from ctgkit.diagnostic.coherence.texte.decoupage import Phrase, phrases
from ctgkit.diagnostic.coherence.texte.nombres import ADDITIFS, COMPTE, DUREE, FOIS, MONTANT, NombreEcrit
from ctgkit.diagnostic.formules import FormuleIndicateur, to_intervalle
from ctgkit.formats import MOIS, nombre
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
_EN_ANNEES = {"an": 1, "semaine": 1 / 52}
_COMBIEN = {"une": 1, "un": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "huit": 8, "dix": 10}
_RYTHME = re.compile(
    rf"\b(?:(?P<tous>tou(?:te)?s les(?: (?:{'|'.join(_COMBIEN)}|\d))?|chaque)"
    rf"|(?P<fois>{'|'.join(_COMBIEN)}|\d{{1,2}}) (?:[^\W\d]+ )?(?:par|chaque)) "
    r"(?P<periode>semaines?|mois|quadrimestres?|trimestres?|semestres?|ans?|annees?)\b"
    r"|\b(?P<adjectif>hebdomadaire|mensuel|bimestriel|trimestriel|quadrimestriel|semestriel|annuel|biennal)(?:le)?s?\b"
)
# Sans « an » ni « semaine » : un montant par mois, par trimestre ou par semestre se multiplie sans hésiter.
_PAR_PERIODE = re.compile(
    r"\b(?:(?P<tous>par|chaque)|(?P<fois>une) fois par) (?P<periode>mois|trimestres?|semestres?)\b"
    r"|\b(?P<adjectif>mensuel|trimestriel|semestriel)(?:le)?s?\b"
)
_MOIS = {fold(mot): rang for rang, mot in enumerate(MOIS, 1)}
_DE_MOIS_A_MOIS = re.compile(rf"\b(?:de |d'|entre )({'|'.join(_MOIS)}) (?:a|et) ({'|'.join(_MOIS)})\b")
_SAUF = re.compile(r"\b(?:sauf|hors|hormis|excepte|a l'exception)\b((?:(?!\bsoit\b)[^;.:])*)")
_PAR_AN = re.compile(
    r"^ ?(?:[\w'-]+ ){0,3}?(?:par an\b|par année|l'an\b|chaque année|dans l'année|annuel|en (?:19|20)\d\d\b)",
    re.IGNORECASE,
)
_LIE = re.compile(
    r"\bsoit\b|\(|\bc'est-à-dire\b|\bréuni(?!on)|\bà raison de\b|:|\bcompte\b"
    r"|\btien\w+|\bà savoir\b|\bdonc\b|\best prévue?\b",
    re.IGNORECASE,
)
_SEPARE = re.compile(r"[;.]|\bet\b|\bpuis\b|\btandis\b|\balors\b|\bou\b|, l[ae] ")
_EVENEMENT = re.compile(
    r"(?:réunion|séance|rencontre|comité|bilan|temps|point|session|atelier|conférence|numéro|visite|permanence|parution"
    r"|édition|assemblée|séjour|sortie|fête|conseil|passage|entretien|journée|matinée|soirée|café|lettre)s?\b",
    re.IGNORECASE,
)
_AU_MOINS = re.compile(r"\b(?:au moins|minimum|au plus|maximum|environ|jusqu'à)\b", re.IGNORECASE)
_MENSUEL_SANS_ETE = (9, 10, 11)
_SEMAINES_OUVREES = range(30, 53)


@dataclass(frozen=True)
class Rythme:
    """Un rythme écrit, et combien de fois il revient en un an."""

    debut: int
    fin: int
    par_an: float


def check_rythmes(texte: Texte) -> Iterator[Alerte]:
    for phrase in phrases(texte):
        yield from list(_fois(phrase)) or _produits(phrase)


def _rythmes(phrase: Phrase, motif: re.Pattern[str] = _RYTHME) -> Iterator[Rythme]:
    for trouve in motif.finditer(fold(phrase.texte)):
        if trouve["adjectif"]:
            yield Rythme(trouve.start(), trouve.end(), _ADJECTIFS[trouve["adjectif"]])
            continue
        periode = trouve["periode"] if trouve["periode"] == "mois" else trouve["periode"].rstrip("s")
        mot = (trouve["fois"] or trouve["tous"]).split()[-1]
        combien = _COMBIEN.get(mot, int(mot) if mot.isdigit() else 0)
        if trouve["tous"]:
            yield Rythme(trouve.start(), trouve.end(), _PERIODES[periode] / (combien or 1))
        elif combien:
            yield Rythme(trouve.start(), trouve.end(), _PERIODES[periode] * combien)


def _fois(phrase: Phrase) -> Iterator[Alerte]:
    """Un rythme, la durée où il a cours, et le nombre de fois que la phrase en tire."""
    dits = [n for n in phrase.nombres if _se_repete(phrase, n)]
    rythmes = list(_rythmes(phrase)) if dits else []
    for dit in dits if rythmes else ():
        lies = [r for r in rythmes if _est_lie(phrase, r, dit)]
        annees, duree = _annees(phrase, dit)
        mois = _mois_actifs(phrase)
        if not lies or not annees or not mois or _AU_MOINS.search(phrase.texte[max(0, dit.debut - 20) : dit.fin]):
            continue
        rythme = lies[-1]
        par_an = rythme.par_an * _chaque_fois(phrase, rythme, dit) * mois / 12
        attendus = [x * annees for x in (par_an, sum(r.par_an for r in lies) * mois / 12)]
        ouvrees = rythme.par_an == 52 and annees == 1 and dit.valeur in _SEMAINES_OUVREES
        # Quatre ou cinq semaines dans un mois : l'un et l'autre se disent.
        jeu = 0.2 * par_an * annees if annees < 1 and not duree else 1e-6
        proche = any(dit.intervalle.bas - jeu <= attendu <= dit.intervalle.haut + jeu for attendu in attendus)
        if not proche and dit.valeur != int(attendus[0] + 1e-6) and not ouvrees:
            yield _alerte(phrase, rythme, dit, par_an, annees, duree, mois)


def _alerte(  # noqa: PLR0913, PLR0917 - le rythme, ce qu'on en dit, et ce qui les sépare
    phrase: Phrase, rythme: Rythme, dit: NombreEcrit, par_an: float, annees: float, duree: NombreEcrit | None, mois: int
) -> Alerte:
    cite = phrase.texte[rythme.debut : rythme.fin]
    sur = f" sur {mois} mois" if mois < 12 else ""
    attendu = par_an * annees
    par = "par an" if annees == 1 else f"en {nombre(12 * annees)} mois"
    ecrit = nombre(attendu, int(annees < 1 and not duree))
    calcul = f"« {cite} »{sur} : {ecrit} fois {par}, le document dit {dit.nu}"
    if duree:
        ans = duree.unite == "an"
        calcul = f"{duree.nu} ans × {nombre(par_an)} = " if ans else f"« {cite} », {duree.nu} {duree.unite}s : "
        calcul += f"{nombre(attendu)}, le document dit {dit.nu}"
    tacite = rythme.par_an == mois == 12 and dit.valeur in _MENSUEL_SANS_ETE
    titre = f"{dit.nu} fois{'' if duree else f' {par}'}, ou {ecrit} ?"
    return phrase.alerte("rythme", "D" if tacite else "E", titre, calcul, dit, *([duree] if duree else ()))


def _est_lie(phrase: Phrase, rythme: Rythme, dit: NombreEcrit) -> bool:
    (_, debut), (fin, _) = sorted([(rythme.debut, rythme.fin), (dit.debut, dit.fin)])
    entre = _SAUF.sub(",", phrase.texte[debut:fin]) if debut <= fin else ";"
    if rythme.fin <= dit.debut and re.search(r"\bsoit (?:donc |environ )?$", entre):
        return not re.search(r"[;:]|\bsoit\b.*\bsoit\b", entre)
    return not _SEPARE.search(entre) and bool(_LIE.search(entre))


def _se_repete(phrase: Phrase, ecrit: NombreEcrit) -> bool:
    """« trois fois », « trois réunions », « cinq bilans » après « un bilan chaque année »."""
    rythme = re.match(r"[^,;.]{0,20}\b(?:par (?!an\b|année)|chaque (?!année))", phrase.texte[ecrit.fin :])
    if ecrit.article or (rythme and not _apres_soit(phrase, ecrit)) or ecrit.genre not in (COMPTE, FOIS):
        return False
    seul = _apres_soit(phrase, ecrit) and re.match(r" (?:dans l'année|par an)\b", phrase.texte[ecrit.fin :])
    if seul or ecrit.genre == FOIS or _EVENEMENT.match(ecrit.nom):
        return True
    return bool(ecrit.tete) and f" {ecrit.tete}" in fold(phrase.texte[: ecrit.debut])


def _chaque_fois(phrase: Phrase, rythme: Rythme, dit: NombreEcrit) -> float:
    """« chaque année, deux rencontres, soit huit rencontres » : deux à chaque fois."""
    entre = [n for n in phrase.comptes if rythme.fin <= n.debut < dit.debut and n.tete and n.tete == dit.tete]
    return entre[0].valeur if entre else 1


def _annees(phrase: Phrase, dit: NombreEcrit) -> tuple[float, NombreEcrit | None]:
    """Sur combien d'années la phrase compte ; 0 quand elle ne le dit pas."""
    suite = phrase.texte[dit.fin :]
    durees = [x for x in phrase.nombres if x.genre == DUREE and x.unite in _EN_ANNEES and not x.article]
    dites = [x for x in durees if _PENDANT.search(phrase.texte[: x.debut])]
    if _PAR_AN.match(suite):
        return 1, None
    if par := re.match(r" ?(?:[\w'-]+ ){0,3}?par (mois|trimestre|semestre)\b", suite):
        return 1 / _PERIODES[par.group(1)], None
    if not dites and _DE_MOIS_A_MOIS.search(fold(phrase.texte)):
        return 1, None
    return (dites[0].valeur * _EN_ANNEES[dites[0].unite], dites[0]) if len(dites) == 1 else (0, None)


def _mois_actifs(phrase: Phrase) -> int:
    """Combien de mois dans l'année ; 0 quand une exception n'est pas dite en mois."""
    nue = fold(phrase.texte)
    if sauf := _SAUF.search(nue):
        exclus = [m for m in _MOIS if re.search(rf"\b{m}\b", sauf.group(1))]
        return 12 - len(exclus) if exclus else 0
    if plage := _DE_MOIS_A_MOIS.search(nue):
        debut, fin = (_MOIS[m] for m in plage.groups())
        return (fin - debut) % 12 + 1
    return 12


def _apres_soit(phrase: Phrase, ecrit: NombreEcrit) -> bool:
    return bool(
        re.search(
            r"\b(?:soit|pour) (?:un (?:total|montant|coût) (?:total )?de |environ )?$",
            phrase.texte[: ecrit.debut],
            re.IGNORECASE,
        )
    )


_PENDANT = re.compile(
    r"\b(?:pendant|sur|durant|en|au cours des?|pour|(?:sur|pendant) (?:la|toute la) durée [^\d;.]{1,40}?)"
    r"(?: les| ces| la période de)? ?\(?$",
    re.IGNORECASE,
)


_PAR_UNITE = {
    "an": "(?:par an|chaque année|annuel(?:le)?s?)",
    "mois": "(?:par mois|chaque mois|mensuel(?:le)?s?)",
    "semaine": "(?:par semaine|chaque semaine|hebdomadaires?)",
    "jour": "(?:par jour|chaque jour|quotidien(?:ne)?s?)",
}
_FOIS_FORMULE = FormuleIndicateur("un * deux")


def _produit(dit: NombreEcrit, un: NombreEcrit, deux: NombreEcrit) -> Operation[NombreEcrit]:
    return Operation(dit, Expression(_FOIS_FORMULE, {"un": un, "deux": deux}))


def _produits(phrase: Phrase) -> Iterator[Alerte]:
    """« 12 000 € par an pendant quatre ans, soit 48 000 € », « 8 ateliers à 250 €, soit 2 000 € »."""
    for dit in (
        x for x in phrase.nombres if x.genre in (*ADDITIFS, DUREE) and not x.article and _apres_soit(phrase, x)
    ):
        facteurs = _par_chacun(phrase, dit) or _facteurs(phrase, dit)
        produit = _produit(dit, *facteurs) if facteurs else _en_un_an(phrase, dit)
        if produit and not produit.juste and all(x.exact for x in produit.lus):
            yield phrase.alerte(
                "R2", "E", f"Le produit n’est pas {dit.texte} {dit.nom}".rstrip(), produit.contredit, *produit.lus
            )


def _en_un_an(phrase: Phrase, dit: NombreEcrit) -> Operation[NombreEcrit] | None:
    """« 450 € par mois, soit 5 400 € par an »."""
    avant = [x for x in phrase.comptes if x.fin <= dit.debut and (x.genre, x.unite) == (dit.genre, dit.unite)]
    if len(avant) == 1 and (par := re.match(r" ?par (mois|trimestre|semestre)\b", phrase.texte[dit.fin :])):
        # « 120 € par an, soit 10 € par mois » : le même produit, lu de l'autre côté.
        douze = replace(dit, valeur=_PERIODES[par.group(1)], intervalle=to_intervalle(_PERIODES[par.group(1)]))
        annuel = re.search(r"\b(?:par an|annuel(?:le)?s?)\b", phrase.texte[: dit.debut])
        return _produit(avant[0], dit, douze) if annuel else None
    rythmes = [r.par_an for r in _rythmes(phrase, _PAR_PERIODE) if r.fin <= dit.debut] if len(avant) == 1 else []
    if len(rythmes) != 1 or not _PAR_AN.match(phrase.texte[dit.fin :]):
        return None
    return _produit(dit, avant[0], replace(dit, valeur=rythmes[0], intervalle=to_intervalle(rythmes[0])))


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
    if meme and deux.genre == DUREE and re.match(rf"[^,;.()]{{0,30}}\b{_PAR_UNITE.get(deux.unite, '$')}\b", entre):
        return un, deux
    par_unite = re.fullmatch(r" ?par ([\w'-]+) (?:pour|sur|à) (?:les )?", entre)
    if meme and par_unite and deux.tete == fold(par_unite.group(1)).rstrip("sx"):
        return un, deux
    a_chacun = re.search(r"\bchacune?\b|\bl'une?\b|\bpar (?!an\b|mois\b)", ensuite)
    if un.genre in ADDITIFS and deux.genre == dit.genre == MONTANT != un.genre and re.search(r"\bà $|\bde $", entre):
        return (un, deux) if a_chacun or re.search(r"\bà $", entre) else None
    return (un, deux) if a_chacun and deux.genre == dit.genre and re.search(r"\bde $", entre) else None
