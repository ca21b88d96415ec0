"""Les phrases de la page : titres qui disent le constat, valeurs écrites, noms des sources."""

from collections.abc import Sequence
from statistics import median

from ctgkit.diagnostic import Alerte, Comparaison, Mesure, write_valeur
from ctgkit.diagnostic.catalogue import Definition
from ctgkit.diagnostic.comparaison import Tendance
from ctgkit.diagnostic.noms import minuscule
from ctgkit.figures.cartographie import layout
from ctgkit.formats import liste, nombre, pluriel
from ctgkit.views.diagnostic.carte import CarteDiagnostic
from ctgkit.views.diagnostic.ecarts import in_words
from ctgkit.views.diagnostic.lecture import Lecture, registre
from ctgkit.views.diagnostic.lieux import of_place, the_place, to_place

PLUS_OU_MOINS = "un besoin plus fort ou une offre moindre"
NOMBRES = ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix")


def parts(alerte: Alerte) -> tuple[str, str]:
    """« 15 + 4 = 19 » et « le document dit 16 » : l'opération d'un côté, ce qui est écrit de l'autre."""
    calcul, virgule, dit = alerte.calcul.rpartition(", le document dit ")
    return (calcul, f"le document dit {dit}") if virgule else (alerte.calcul, "")


def source_name(mesure: Mesure) -> str:
    """Le nom court du document ou du fichier ; plusieurs pour une valeur calculée."""
    cles = mesure.source.replace(" et ", ", ").split(", ") if mesure.calcul else [mesure.source]
    return liste([registre().court(c) for c in cles if c]) or "source non écrite"


def number(mesure: Mesure, chiffres: int | None = None) -> str:
    """La valeur avec les unités qui se collent (%, €) ; les autres se disent à côté."""
    if not mesure.est_connue:
        return mesure.texte
    nu = write_valeur(mesure.definition, mesure.valeur, unite=False)
    ecrit = nu if chiffres is None else nombre(mesure.valeur, chiffres)
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
    """Combien d'indicateurs montrent plus de besoin ou moins d'offre, et lequel s'écarte le plus."""
    if lecture.repere == lecture.geo:
        return "Le repère est le lieu regardé : aucun écart à lire."
    face = f"Face {to_place(lecture.du_repere)}"
    jugees = [c for c in comparees if c.defavorable is not None and c.classable]
    pires = [c for c in jugees if c.defavorable]
    if not jugees:
        return f"{face}, ces écarts ne disent ni plus de besoin ni moins d'offre : ils situent le territoire."
    if len(jugees) == 1:
        return f"{face}, un seul indicateur se juge : {in_words(jugees[0])}."
    if not pires:
        return f"{face}, aucun des {nombre(len(jugees))} indicateurs qui se jugent ne montre {PLUS_OU_MOINS}."
    part = f"les {nombre(len(jugees))}" if len(pires) == len(jugees) else f"{_count(pires)} des {nombre(len(jugees))}"
    verbe = "montre" if len(pires) == 1 else "montrent"
    pire = max(pires, key=lambda c: (c.unite_ecart == "points", abs(c.ecart)))
    quoi = minuscule(pire.mesure.definition.libelle)
    return f"{face}, {part} indicateurs qui se jugent {verbe} {PLUS_OU_MOINS} ; le plus grand écart : {quoi}."


def _count(lues: Sequence[object]) -> str:
    return "un" if len(lues) == 1 else nombre(len(lues))


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
    if connues == 1:
        return f"{bas.nom_geo} : {bas.texte}{masquees}."
    return f"De {bas.texte} à {bas.nom_geo} jusqu'à {haut.texte} à {haut.nom_geo}{masquees}."


def _hidden(n: int) -> str:
    return "une est masquée, pas à zéro" if n == 1 else f"{nombre(n)} sont masquées, pas à zéro"


def map_reading(carte: CarteDiagnostic) -> str:
    if not carte.connues:
        return "Le secret statistique couvre toutes les communes de cet indicateur."
    bas, haut = carte.connues[0], carte.connues[-1]
    dit = (
        ""
        if len(carte.connues) == 1
        else f"De {same_digits(bas, carte)} à {bas.nom_geo} à {same_digits(haut, carte)} à {haut.nom_geo}."
    )
    if carte.masquees:
        dit += f"{' ' if dit else ''}Une valeur masquée n'est ni nulle ni calculée par différence."
    return dit


def same_digits(mesure: Mesure, carte: CarteDiagnostic) -> str:
    """Toutes les valeurs d'une carte s'écrivent avec autant de décimales."""
    nu = write_valeur(mesure.definition, mesure.valeur, unite=False)
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
    milieu = median(m.valeur for m in connues)
    return f"la médiane des communes publiées est de {write_valeur(connues[0].definition, milieu)}"


def trends_title(tendances: Sequence[Tendance]) -> str:
    """Combien d'évolutions vont vers plus de besoin ou moins d'offre ; une seule se dit en toutes lettres."""
    if not tendances:
        return "L'évolution de ce thème n'est pas connue."
    if len(tendances) == 1:
        return f"{tendances[0].lecture}."
    jugees = [t for t in tendances if t.defavorable is not None]
    pires = [t for t in jugees if t.defavorable]
    if not jugees:
        return f"{nombre(len(tendances))} évolutions connues, qui ne disent ni plus de besoin ni moins d'offre."
    if not pires:
        return "Aucune évolution connue ne montre un besoin en hausse ou une offre en baisse."
    combien = "Une" if len(pires) == 1 else nombre(len(pires))
    verbe = "montre" if len(pires) == 1 else "montrent"
    return (
        f"{combien} des {nombre(len(tendances))} évolutions connues {verbe} un besoin en hausse ou une offre en baisse."
    )
