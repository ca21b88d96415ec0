"""Les phrases du diagnostic : lieux, titres qui disent le constat, valeurs écrites."""

from collections.abc import Sequence

from ctgkit.diagnostic.catalogue import Definition
from ctgkit.diagnostic.coherence import Alerte
from ctgkit.diagnostic.comparaison import MesureComparee, Tendance
from ctgkit.diagnostic.domaines import ETAPES, NOTE_MAX, Couverture, Priorite
from ctgkit.diagnostic.doutes import A_VERIFIER
from ctgkit.diagnostic.lecture import tell_sens
from ctgkit.diagnostic.mesures import Mesure, write_court
from ctgkit.diagnostic.noms import is_feminin, sujet, to_place
from ctgkit.formats import liste, nombre
from ctgkit.texte import majuscule, minuscule

PLUS_OU_MOINS = "un besoin plus fort ou une offre moindre"
NOMBRES = ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix")


# Une valeur


def parts(alerte: Alerte) -> tuple[str, str]:
    """« 15 + 4 = 19 » et « le document dit 16 » : l'opération d'un côté, ce qui est écrit de l'autre."""
    calcul, virgule, dit = alerte.calcul.rpartition(", le document dit ")
    return (calcul, f"le document dit {dit}") if virgule else (alerte.calcul, "")


def number(mesure: Mesure, chiffres: int | None = None) -> str:
    """La valeur avec les unités qui se collent (%, €) ; les autres se disent à côté."""
    return write_court(mesure.definition, mesure.valeur, chiffres) if mesure.est_connue else mesure.texte


def unit(definition: Definition) -> str:
    return "" if definition.unite in ("%", "‰", "€") else definition.unite


def several(comparee: MesureComparee) -> str:
    """« Trois valeurs » quand les documents en écrivent d'autres pour la même notion."""
    autre = next((a for a in comparee.avertissements if a.startswith("autre valeur")), "")
    if not autre:
        return ""
    combien = 2 + autre.count(" et ") + autre.count(", ")
    return f"{NOMBRES[combien] if combien < len(NOMBRES) else combien} valeurs".capitalize()


def share(comparee: MesureComparee) -> str:
    """Un effectif et celui d'un lieu plus grand : une part, jamais un écart."""
    if " représente" in comparee.lecture:
        return f"représente{comparee.lecture.split(' représente')[1]}"
    return next((a for a in comparee.avertissements if a.startswith("pas d’écart")), "sans comparaison")


# Les titres


def finding(comparaisons: Sequence[MesureComparee]) -> str:
    """Le plus fort écart, puis le premier de l'autre côté : un besoin et l'offre en face."""
    premier = comparaisons[0]
    autre = next((c for c in comparaisons if c.mesure.definition.sens != premier.mesure.definition.sens), None)
    dits = [_gap_said(c) for c in (premier, autre) if c]
    return f"{majuscule(' ; '.join(dits))}."


def _gap_said(comparee: MesureComparee) -> str:
    feminin = is_feminin(comparee.mesure.definition)
    verbe = (
        "dépasse" if comparee.ecart > 0 else "reste sous" if comparee.ecart else f"est égal{'e' if feminin else ''} à"
    )
    de_combien = f" de {comparee.ecart_ecrit.lstrip('+−')}" if comparee.ecart else ""
    celui = "celle" if feminin else "celui"
    suite = f"{de_combien} en {comparee.mesure.quand}" + (f" ({A_VERIFIER})" if comparee.douteuse else "")
    return f"{sujet(comparee.mesure.definition)} {verbe} {celui} {comparee.repere.du_lieu}{suite}"


def gaps_title(comparees: Sequence[MesureComparee], du_repere: str) -> str:
    """Combien d'indicateurs montrent plus de besoin ou moins d'offre, et lequel s'écarte le plus."""
    face = f"Face {to_place(du_repere)}"
    jugees = [c for c in comparees if c.defavorable is not None and c.classable]
    pires = [c for c in jugees if c.defavorable]
    if not jugees:
        return f"{face}, ces écarts ne disent ni plus de besoin ni moins d'offre : ils situent le territoire."
    if len(jugees) == 1:
        return f"{face}, un seul indicateur de besoin ou d'offre : {tell_sens(jugees[0]) or 'aucun écart'}."
    if not pires:
        return f"{face}, aucun des {nombre(len(jugees))} indicateurs de besoin ou d'offre ne montre {PLUS_OU_MOINS}."
    combien = "un" if len(pires) == 1 else nombre(len(pires))
    part = f"les {nombre(len(jugees))}" if len(pires) == len(jugees) else f"{combien} des {nombre(len(jugees))}"
    verbe = "montre" if len(pires) == 1 else "montrent"
    pire = max(pires, key=lambda c: (c.unite_ecart == "points", abs(c.ecart)))
    quoi = minuscule(pire.mesure.definition.libelle)
    return f"{face}, {part} indicateurs de besoin ou d'offre {verbe} {PLUS_OU_MOINS} ; le plus grand écart : {quoi}."


def trends_title(tendances: Sequence[Tendance]) -> str:
    """Combien d'évolutions vont vers plus de besoin ou moins d'offre ; une seule se dit en toutes lettres."""
    if not tendances:
        return "L'évolution de ce thème n'est pas connue."
    if len(tendances) == 1:
        return f"{tendances[0].lecture}."
    douteuses = sum(t.douteuse for t in tendances)
    combien = "une est" if douteuses == 1 else f"{nombre(douteuses)} sont"
    verifier = f" ; {combien} à vérifier" if douteuses else ""
    jugees = [t for t in tendances if t.defavorable is not None and not t.douteuse]
    pires = [t for t in jugees if t.defavorable]
    if not jugees:
        dites = f"{nombre(len(tendances))} évolutions connues"
        return f"{dites}, dont aucune n'établit plus de besoin ou moins d'offre{verifier}."
    if not pires:
        return f"Aucune évolution connue n'établit un besoin en hausse ou une offre en baisse{verifier}."
    combien = "Une" if len(pires) == 1 else nombre(len(pires))
    verbe = "montre" if len(pires) == 1 else "montrent"
    suite = f"{verbe} un besoin en hausse ou une offre en baisse{verifier}."
    return f"{combien} des {nombre(len(tendances))} évolutions connues {suite}"


def priorities_title(priorites: Sequence[Priorite]) -> str:
    """Le thème qui vient en tête, ou ce qui manque pour qu'il y en ait un."""
    classees = [p for p in priorites if p.score is not None]
    if not classees:
        return "Aucun thème n'a de score : il manque des chiffres à comparer, ou vos notes de gravité."
    sans = len(priorites) - len(classees)
    manque = (
        f" ; {nombre(sans)} thèmes n'ont pas de score" if sans > 1 else " ; un thème n'a pas de score" if sans else ""
    )
    if not any(p.criteres[0].note is not None for p in priorites):
        return f"Personne n'a encore noté la gravité des thèmes : aucun ne vient en tête{manque}."
    haut = nombre(classees[0].score, 1)
    premiers = [p.nom for p in classees if nombre(p.score, 1) == haut]
    verbe = "viennent en tête, à" if len(premiers) > 1 else "vient en tête, à"
    suivants = [p.bornes[1] for p in classees if p.nom not in premiers]
    sur = not sans and not classees[0].manquants and max(suivants, default=0.0) <= classees[0].score
    reserve = "" if sur else " d'après ce qui est connu, et ce qui manque peut changer l'ordre"
    return f"Avec ces poids, {liste(premiers)} {verbe} {haut} sur {nombre(NOTE_MAX)}{reserve}{manque}."


def coverage_title(couvertures: Sequence[Couverture]) -> str:
    """Ce qui manque le plus : les domaines où rien n'existe, sinon les besoins sans action."""
    rien = [c for c in couvertures if len(c.vides) == len(ETAPES)]
    sans_action = [c for c in couvertures if c.diagnostic and not c.action]
    sans_chiffre = [c for c in couvertures if c.action and not c.diagnostic]
    if rien:
        return f"{_some(rien)} : ni chiffre, ni objectif, ni action."
    if sans_action:
        return f"{_some(sans_action)} : des chiffres, mais aucune action."
    if sans_chiffre:
        return f"{_some(sans_chiffre)} : des actions qu'aucun chiffre ne fonde."
    return "Chaque domaine a ses chiffres et ses actions."


def _some(couvertures: Sequence[Couverture]) -> str:
    noms = [c.nom for c in couvertures]
    return liste(noms) if len(noms) <= 3 else f"{nombre(len(noms))} domaines sur dix"


def coverage_gaps(couvertures: Sequence[Couverture]) -> str:
    """« 5 domaines sans objectif, 9 sans action, 10 sans évaluation »."""
    manques = {e: sum(1 for c in couvertures if not getattr(c, e)) for e in ETAPES}
    mots = {"diagnostic": "chiffre", "objectif": "objectif", "action": "action", "evaluation": "évaluation"}
    dits = [f"{nombre(n)} sans {mots[e]}" for e, n in manques.items() if n]
    return f"Sur {nombre(len(couvertures))} domaines : {liste(dits)}." if dits else ""
