"""Les phrases de la page : titres qui disent le constat, valeurs écrites, noms des sources."""

from collections.abc import Sequence
from functools import cache

from ctgkit.diagnostic import Alerte, Comparaison, Mesure, ecrire
from ctgkit.diagnostic.catalogue import Definition
from ctgkit.diagnostic.noms import minuscule
from ctgkit.formats import liste, nombre, pluriel
from ctgkit.storage import Registre, origines
from ctgkit.views.carte import layout
from ctgkit.views.diagnostic_carte import CarteDiagnostic
from ctgkit.views.diagnostic_lecture import Lecture, of_place, the_place, to_place

NOMBRES = ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix")


def parts(alerte: Alerte) -> tuple[str, str]:
    """« 15 + 4 = 19 » et « le document dit 16 » : l'opération d'un côté, ce qui est écrit de l'autre."""
    calcul, virgule, dit = alerte.calcul.rpartition(", le document dit ")
    return (calcul, f"le document dit {dit}") if virgule else (alerte.calcul, "")


@cache
def _registre() -> Registre:
    return origines()


def source_name(mesure: Mesure) -> str:
    """Le nom court du document ou du fichier ; plusieurs pour une valeur calculée."""
    cles = mesure.source.replace(" et ", ", ").split(", ") if mesure.calcul else [mesure.source]
    return liste([_registre().court(c) for c in cles if c]) or "source non écrite"


def number(mesure: Mesure) -> str:
    """La valeur avec les unités qui se collent (%, €) ; les autres se disent à côté."""
    if not mesure.est_connue:
        return mesure.texte
    ecrit = ecrire(mesure.definition, mesure.valeur, unite=False)
    unite = mesure.definition.unite.split(" ")[0]
    return f"{ecrit}\u202f{unite}" if unite in ("%", "‰", "€") else ecrit


def unit(definition: Definition) -> str:
    return "" if definition.unite in ("%", "‰", "€") else definition.unite


def several(c: Comparaison) -> str:
    """« Trois valeurs » quand les documents en écrivent d'autres pour la même notion."""
    autre = next((a for a in c.avertissements if a.startswith("autre valeur")), "")
    if not autre:
        return ""
    combien = 2 + autre.count(" et ") + autre.count(", ")
    return f"{NOMBRES[combien] if combien < len(NOMBRES) else combien} valeurs".capitalize()


def share(c: Comparaison) -> str:
    """Un effectif et celui d'un lieu plus grand : une part, jamais un écart."""
    return f"représente{c.lecture.split(' représente')[1]}" if " représente" in c.lecture else "sans comparaison"


def gaps_title(comparees: Sequence[Comparaison], lecture: Lecture) -> str:
    jugees = [c for c in comparees if c.defavorable is not None and c.classable]
    mauvaises = [c for c in jugees if c.defavorable]
    if not jugees:
        return f"Aucun des écarts {lecture.du_repere} ne se juge : ce sont des éléments de contexte."
    if not mauvaises:
        return "Aucun écart défavorable parmi les indicateurs comparables."
    part = _part(len(mauvaises), len(jugees))
    pire = max(mauvaises, key=lambda c: (c.unite_ecart == "points", abs(c.ecart)))
    quoi = minuscule(pire.mesure.definition.libelle)
    return f"{part} face {to_place(lecture.du_repere)} ; le plus grand écart : {quoi}."


def _part(mauvaises: int, jugees: int) -> str:
    if jugees == 1:
        return "Le seul indicateur comparable est défavorable"
    qui = f"Les {nombre(jugees)} indicateurs comparables" if mauvaises == jugees else (
        f"{_count(mauvaises)} des {nombre(jugees)} indicateurs comparables")  # fmt: skip
    return f"{qui} {'sont défavorables' if mauvaises > 1 else 'est défavorable'}"


def _count(n: int) -> str:
    return "Un" if n == 1 else nombre(n)


def map_title(carte: CarteDiagnostic) -> str:
    connues = len(carte.connues)
    masquees = f" ; {_hidden(carte.masquees)}" if carte.masquees else ""
    if not connues:
        return f"Aucune valeur publiée par commune{masquees}."
    if carte.repere:
        dessus = sum(m.valeur > carte.repere.valeur for m in carte.connues)
        verbe = "dépasse" if dessus < 2 else "dépassent"
        combien = {0: "Aucune", 1: "Une"}.get(dessus, nombre(dessus))
        face = the_place(of_place(carte.repere.nom_geo, carte.repere.niveau, carte.repere.geo))
        return f"{combien} des {pluriel(connues, 'commune publiée', 'communes publiées')} {verbe} {face}{masquees}."
    bas, haut = carte.connues[0], carte.connues[-1]
    return f"De {bas.texte} à {bas.nom_geo} jusqu'à {haut.texte} à {haut.nom_geo}{masquees}."


def _hidden(n: int) -> str:
    return "une est masquée, pas à zéro" if n == 1 else f"{nombre(n)} sont masquées, pas à zéro"


def map_reading(carte: CarteDiagnostic) -> str:
    if not carte.connues:
        return "Le secret statistique couvre toutes les communes de cet indicateur."
    bas, haut = carte.connues[0], carte.connues[-1]
    dit = f"De {same_digits(bas, carte)} à {bas.nom_geo} à {same_digits(haut, carte)} à {haut.nom_geo}."
    if carte.masquees:
        dit += " Une valeur masquée n'est ni nulle ni calculée par différence."
    return dit


def same_digits(mesure: Mesure, carte: CarteDiagnostic) -> str:
    """Toutes les valeurs d'une carte s'écrivent avec autant de décimales."""
    nu = ecrire(mesure.definition, mesure.valeur, unite=False)
    return nombre(mesure.valeur, carte.chiffres) + mesure.texte.removeprefix(nu)


def map_origin(lecture: Lecture) -> str:
    territoire = lecture.publication.territoire
    if layout(territoire).reel:
        return "Contours du fichier GeoJSON du dossier."
    ou = " à des positions inventées" if territoire.est_fictif else ""
    return f"Carte schématique : une case par commune{ou}, surfaces sans signification."


def spread_words(connues: Sequence[Mesure]) -> str:
    if len(connues) < 2:
        return "trop peu de communes publiées pour une distribution"
    milieu = sorted(m.valeur for m in connues)[len(connues) // 2]
    return f"la moitié des communes publiées est sous {ecrire(connues[0].definition, milieu)}"


def trends_title(verdicts: Sequence[bool | None]) -> str:
    """`verdicts` : défavorable, favorable, ou None quand l'évolution ne se juge pas."""
    if not verdicts:
        return "L'évolution de ce thème n'est pas connue."
    jugees, pires = [v for v in verdicts if v is not None], sum(v is True for v in verdicts)
    if not jugees:
        return f"{pluriel(len(verdicts), 'évolution connue', 'évolutions connues')}, sans jugement possible."
    if len(jugees) == 1:
        return f"La seule évolution que l'on peut juger est {'défavorable' if pires else 'favorable'}."
    combien = {0: "Aucune", 1: "Une"}.get(pires, nombre(pires))
    verbe = "sont défavorables" if pires > 1 else "est défavorable"
    return f"{combien} des {nombre(len(jugees))} évolutions connues {verbe}."
