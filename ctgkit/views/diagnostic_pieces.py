"""Les morceaux de la page, chacun rendu par son gabarit à partir d'une lecture ; ce qui vient des fichiers est échappé."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from markupsafe import Markup

from ctgkit.diagnostic import Alerte, Comparaison, Mesure, classer, ecrire
from ctgkit.diagnostic.catalogue import Definition
from ctgkit.diagnostic.mesures import MASQUE
from ctgkit.diagnostic.noms import majuscule, minuscule
from ctgkit.formats import liste, nombre, pluriel
from ctgkit.storage import origines
from ctgkit.views.carte import carte_svg, layout
from ctgkit.views.diagnostic_carte import CarteDiagnostic, read_map
from ctgkit.views.diagnostic_communes import read_communes
from ctgkit.views.diagnostic_ecarts import gaps_svg, in_words, split
from ctgkit.views.diagnostic_etat import PORTEES
from ctgkit.views.diagnostic_lecture import Lecture, of_place, short, the_place, to_place
from ctgkit.views.diagnostic_memoire import MemoireDiagnostic, Retenu, finding_key
from ctgkit.views.diagnostic_repartition import spread_svg
from ctgkit.views.diagnostic_tableaux import TABLEAUX, csv_link, file_name, ordered
from ctgkit.views.diagnostic_tendances import read_trends
from ctgkit.views.html import render

CORPS = 16
NOMBRES = ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix")


@dataclass(frozen=True)
class Pieces:
    """Tout ce qui se lit sur la page pour un état donné, prêt à poser."""

    lecture: Lecture
    retenus: tuple[Retenu, ...] = ()
    empechement: str = ""
    fixe: bool = False

    @classmethod
    def of(cls, lecture: Lecture, memoire: MemoireDiagnostic) -> "Pieces":
        return cls(lecture, memoire.findings(), memoire.empechement)

    def _render(self, gabarit: str, **donnees: Any) -> Markup:
        commun = {
            "lecture": self.lecture, "retenus": {r.cle for r in self.retenus}, "short": short, "source": source_name,
            "number": number, "words": in_words, "several": several, "unit": unit, "share": share, "write": ecrire,
            "portees": PORTEES, "fixe": self.fixe, "lien": self.link, "parts": parts, "mots": NOMBRES,
            "finding": lambda c: finding_key(c.mesure.code, self.lecture.etat.lieu),
        }  # fmt: skip
        return render(f"diagnostic_{gabarit}", **commun | donnees)

    @property
    def rail(self) -> Markup:
        return self._render("rail")

    @property
    def tete(self) -> Markup:
        return self._render("tete")

    @property
    def ecarts(self) -> Markup:
        lecture = self.lecture
        groupes = [(lecture.nom_theme, lecture.comparees)]
        if lecture.etat.portee == "tous":
            groupes.append(("Les autres thèmes, pour situer", lecture.ailleurs))
        groupes = [(nom, g) for nom, g in groupes if g]
        comparees = [c for _, g in groupes for c in g]
        titre = gaps_title(comparees, lecture)
        return self._render(
            "ecarts", groupes=groupes, titre=titre, svg=gaps_svg(groupes, titre),
            sens_presents={c.mesure.definition.sens for _, g in split(groupes) for c in g},
        )  # fmt: skip

    @property
    def seules(self) -> Markup:
        return self._render("seules")

    def link(self, nom: str) -> tuple[str, str]:
        """Le fichier d'un tableau et son nom, pour une page figée."""
        tableau = TABLEAUX[nom](self.lecture)
        return csv_link(tableau), file_name(tableau)

    def cartes(self, carte: CarteDiagnostic | None) -> dict[str, Markup]:
        """Ce qui ne dépend que de l'indicateur de la carte."""
        noms = ("carte", "carte_titre", "carte_cote", "repartition")
        return {nom: getattr(self, nom)(carte) if carte else Markup("") for nom in noms}

    def carte(self, carte: CarteDiagnostic) -> Markup:
        territoire = self.lecture.publication.territoire
        titre = f"{carte.definition.libelle} : carte des communes"
        choisies = set(self.lecture.etat.communes)
        cases = {
            c: case
            if c not in choisies
            else type(case)(case.valeur, f"{case.classe} choisie", f"{case.phrase}, comparée")
            for c, case in carte.cases.items()
        }
        return render("carte_nue", svg=carte_svg(territoire, cases, titre, "commune", CORPS))

    def carte_titre(self, carte: CarteDiagnostic) -> Markup:
        return Markup('<h2 id="tg2" class="titre">{}</h2>').format(map_title(carte))

    def carte_cote(self, carte: CarteDiagnostic) -> Markup:
        absentes = len(carte.mesures) - len(carte.connues) - carte.masquees
        sources = liste(sorted({source_name(m) for m in carte.connues})) or "source non écrite"
        return self._render(
            "carte_cote", carte=carte, absentes=absentes, phrase=map_reading(carte), sources=sources,
            origine=map_origin(self.lecture),
        ) + self._render(
            "carte_table", carte=carte, ordonnees=ordered(carte)
        )  # fmt: skip

    def repartition(self, carte: CarteDiagnostic) -> Markup:
        connues = [m for m in carte.connues if m.niveau in ("commune", "")]
        classement = classer(self.lecture.publication, carte.definition.code, (), self.lecture.etat.annee or None)
        titre = f"{majuscule(carte.definition.libelle)} : {spread_words(connues)}"
        choisies = set(self.lecture.etat.communes)
        dessin = spread_svg(connues, carte.repere, choisies, titre) if len(connues) > 1 else ""
        motifs = Counter(motif.split(" (")[0] for _, motif in classement.non_classees)
        dites = ", ".join(f"{nombre(n)} : {motif}" for motif, n in motifs.items())
        return self._render(
            "repartition", svg=dessin, titre=titre, classement=classement,
            non_classees=f"Communes non classées, {dites}." if dites else "",
        )  # fmt: skip

    @property
    def tendances(self) -> Markup:
        evolutions = read_trends(self.lecture)
        titre = trends_title([x.mot for x in evolutions])
        return self._render("tendances", evolutions=evolutions, titre=titre)

    @property
    def communes(self) -> Markup:
        return self._render("communes", comparees=read_communes(self.lecture))

    @property
    def marge(self) -> Markup:
        ailleurs = [a for a in self.lecture.alertes if a.theme != self.lecture.etat.theme and not a.expliquee]
        expliquees = [a for a in self.lecture.alertes if a.theme != self.lecture.etat.theme and a.expliquee]
        return self._render(
            "marge", certaines=[a for a in ailleurs if a.niveau == "E"],
            autres=[a for a in ailleurs if a.niveau != "E"] + expliquees,
            liste_retenus=self.retenus, empechement=self.empechement,
        )  # fmt: skip


def parts(alerte: Alerte) -> tuple[str, str]:
    """« 15 + 4 = 19 » et « le document dit 16 » : l'opération d'un côté, ce qui est écrit de l'autre."""
    calcul, virgule, dit = alerte.calcul.rpartition(", le document dit ")
    return (calcul, f"le document dit {dit}") if virgule else (alerte.calcul, "")


@cache
def _courts() -> dict[str, str]:
    return {cle: str(o.get("court") or str(o.get("titre", cle)).split(",", 1)[0]) for cle, o in origines().items()}


def source_name(mesure: Mesure) -> str:
    """Le nom court du document ou du fichier ; plusieurs pour une valeur calculée."""
    cles = mesure.source.replace(" et ", ", ").split(", ") if mesure.calcul else [mesure.source]
    return liste([_courts().get(c, c) for c in cles if c]) or "source non écrite"


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
    return f"{part} face {to_place(lecture.du_repere)} ; le plus grand écart : {minuscule(pire.mesure.definition.libelle)}."


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
    dit = f"De {bas.texte} à {bas.nom_geo} à {haut.texte} à {haut.nom_geo}."
    if carte.masquees:
        dit += " Une valeur masquée n'est ni nulle ni calculée par différence."
    return dit


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


def trends_title(mots: Sequence[str]) -> str:
    if not mots:
        return "L'évolution de ce thème n'est pas connue."
    jugees = [m for m in mots if m in ("défavorable", "favorable")]
    pires = jugees.count("défavorable")
    if not jugees:
        return f"{pluriel(len(mots), 'évolution connue', 'évolutions connues')}, qui ne se jugent pas seules."
    if not pires:
        return f"Aucune des {nombre(len(jugees))} évolutions connues n'est défavorable." if len(jugees) > 1 else (
            "La seule évolution connue est favorable.")  # fmt: skip
    return (
        f"{_count(pires).replace('Un', 'Une')} des {pluriel(len(jugees), 'évolution connue', 'évolutions connues')} "
        f"{'est défavorable' if pires == 1 else 'sont défavorables'}."
        if len(jugees) > 1
        else "La seule évolution connue est défavorable."
    )


__all__ = ["MASQUE", "Pieces", "read_map", "source_name"]
