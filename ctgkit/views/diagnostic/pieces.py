"""Les morceaux de la page, chacun rendu par son gabarit à partir d'une lecture."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from ctgkit.diagnostic import rank_communes, write_valeur
from ctgkit.diagnostic.domaines import ETAPES
from ctgkit.diagnostic.noms import majuscule
from ctgkit.formats import liste, nombre
from ctgkit.views.composants.carte import carte_svg
from ctgkit.views.composants.html import render
from ctgkit.views.diagnostic import couverture, phrases, priorites
from ctgkit.views.diagnostic.carte import CarteDiagnostic
from ctgkit.views.diagnostic.communes import read_communes
from ctgkit.views.diagnostic.ecarts import digits, gaps_svg, in_words, split
from ctgkit.views.diagnostic.etat import PORTEES
from ctgkit.views.diagnostic.lecture import Lecture
from ctgkit.views.diagnostic.lieux import of_place, short, to_place
from ctgkit.views.diagnostic.memoire import MemoireDiagnostic, Retenu, finding_key
from ctgkit.views.diagnostic.repartition import spread_svg
from ctgkit.views.diagnostic.tableaux import TABLEAUX, csv_link, file_name, ordered
from ctgkit.views.diagnostic.tendances import read_trends

CORPS = 16


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
            "lecture": self.lecture, "retenus": {r.cle for r in self.retenus}, "short": short,
            "source": phrases.source_name, "number": phrases.number, "digits": digits, "words": in_words,
            "several": phrases.several, "unit": phrases.unit, "share": phrases.share, "write": write_valeur,
            "portees": PORTEES, "of": of_place, "majuscule": majuscule,
            "fixe": self.fixe, "lien": self.link, "parts": phrases.parts, "mots": phrases.NOMBRES,
            "finding": lambda c: finding_key(c.mesure.code, self.lecture.etat.lieu),
        }  # fmt: skip
        return render(f"diagnostic/{gabarit}", **commun | donnees)

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
        titre = phrases.gaps_title(comparees, lecture)
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
        if carte is None:
            return dict.fromkeys(noms, Markup("")) | {"carte_titre": self._render("carte_vide")}
        return {nom: getattr(self, nom)(carte) for nom in noms}

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
        return render("composants/carte_nue", svg=carte_svg(territoire, cases, titre, "commune", CORPS))

    def carte_titre(self, carte: CarteDiagnostic) -> Markup:
        return Markup('<h2 id="tg2" class="titre">{}</h2>').format(phrases.map_title(carte))

    def carte_cote(self, carte: CarteDiagnostic) -> Markup:
        absentes = len(carte.mesures) - len(carte.connues) - carte.masquees
        sources = liste(sorted({phrases.source_name(m) for m in carte.connues})) or "source non écrite"
        return self._render(
            "carte_cote", carte=carte, absentes=absentes, phrase=phrases.map_reading(carte), sources=sources,
            origine=phrases.map_origin(self.lecture),
        ) + self._render(
            "carte_table", carte=carte, ordonnees=ordered(carte)
        )  # fmt: skip

    def repartition(self, carte: CarteDiagnostic) -> Markup:
        connues = [m for m in carte.connues if m.niveau in ("commune", "")]
        classement = rank_communes(self.lecture.publication, carte.definition.code, (), self.lecture.etat.annee or None)
        titre = f"{majuscule(carte.definition.libelle)} : {phrases.spread_words(connues)}"
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
        titre = phrases.trends_title([x.tendance for x in evolutions])
        return self._render("tendances", evolutions=evolutions, titre=titre)

    @property
    def communes(self) -> Markup:
        return self._render("communes", comparees=read_communes(self.lecture))

    @property
    def priorites(self) -> Markup:
        lues = self.lecture.priorites
        classees = priorites.scored(lues)
        return self._render(
            "priorites", titre=priorites.title(lues), classees=classees, criteres=priorites.CRITERES.values(),
            sans_score=[p for p in lues if p not in classees], face=to_place(self.lecture.du_repere),
        )  # fmt: skip

    @property
    def couverture(self) -> Markup:
        lues = self.lecture.couverture
        return self._render(
            "couverture", titre=couverture.title(lues), manques=couverture.gaps(lues), etapes=ETAPES,
            unites=couverture.UNITES,
        )  # fmt: skip

    @property
    def definitions(self) -> Markup:
        """Ce que la bulle dit à l'écran, pour une page qui n'en a pas."""
        return self._render("definitions") if self.lecture.comparaisons else Markup("")

    @property
    def marge(self) -> Markup:
        ailleurs = [a for a in self.lecture.alertes if a.theme != self.lecture.etat.theme and not a.expliquee]
        expliquees = [a for a in self.lecture.alertes if a.theme != self.lecture.etat.theme and a.expliquee]
        return self._render(
            "marge", certaines=[a for a in ailleurs if a.niveau == "E"],
            autres=[a for a in ailleurs if a.niveau != "E"] + expliquees,
            liste_retenus=self.retenus, empechement=self.empechement,
        )  # fmt: skip
