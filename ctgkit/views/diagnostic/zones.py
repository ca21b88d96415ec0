"""Les zones de la page : un gabarit pour les mots, une figure pour les graphiques, une lecture pour les deux."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go
from markupsafe import Markup

from ctgkit import figures
from ctgkit.carnet.cartes import draw_indicator, draw_spread
from ctgkit.carnet.diagnostic import source_name
from ctgkit.diagnostic import phrases, rank_communes
from ctgkit.diagnostic.carte import map_reading, map_title, spread_title
from ctgkit.diagnostic.domaines import ETAPES
from ctgkit.diagnostic.lecture import (
    both_digits,
    couverture_table,
    ecarts_table,
    priorites_table,
    series_table,
    tell_sens,
    tell_tendance,
)
from ctgkit.diagnostic.noms import of_place, short, to_place
from ctgkit.figures.cartographie import layout
from ctgkit.formats import liste, nombre
from ctgkit.territoire import Territoire
from ctgkit.texte import majuscule
from ctgkit.views.composants.graphique import ZoneGraphique
from ctgkit.views.composants.html import render
from ctgkit.views.composants.panneau import Zone
from ctgkit.views.diagnostic.etat import PORTEES
from ctgkit.views.diagnostic.lecture import LectureDiagnostic
from ctgkit.views.diagnostic.memoire import finding_key
from ctgkit.views.diagnostic.priorites import CRITERES

Formes = tuple[go.Figure, go.Figure] | None


def part(nom: str, lecture: LectureDiagnostic, **donnees: Any) -> Markup:
    """Un gabarit, avec ce que tous demandent."""

    commun = {
        "lecture": lecture,
        "retenus": {r.cle for r in lecture.retenus},
        "finding": lambda c: finding_key(c.mesure.code, lecture.etat.lieu),
        "digits": both_digits,
        "words": tell_sens,
        "portees": PORTEES,
        "majuscule": majuscule,
        "phrases": phrases,
        "short": short,
        "of_place": of_place,
        "source": source_name,
        "number": phrases.number,
    }
    return render(f"diagnostic/{nom}", **commun | donnees)


def _both(dessiner: Callable[..., go.Figure], *donnees: Any, **reglages: Any) -> Formes:
    """La figure ample et la même, compacte."""
    return tuple(dessiner(*donnees, compacte=etroite, **reglages) for etroite in (False, True))


# Les écarts au repère


def gaps_title(lecture: LectureDiagnostic) -> str:
    return lecture.tell_gaps([c for _, g in lecture.groupes for c in g])


def gaps_head(lecture: LectureDiagnostic) -> Markup:
    sens = {c.mesure.definition.sens for _, g in lecture.groupes for c in g}
    return part("ecarts", lecture, titre=gaps_title(lecture), sens_presents=sens)


def gaps_figure(lecture: LectureDiagnostic) -> Formes:
    if not lecture.groupes:
        return None
    phrase = gaps_title(lecture).rstrip(".")
    return _both(figures.gaps, ecarts_table(lecture.groupes), short(lecture.nom_repere), phrase=phrase)


# Les communes


def map_figure(lecture: LectureDiagnostic) -> Formes:
    if lecture.carte is None:
        return None
    reglages = {"legende": False, "largeur": 470}
    return _both(draw_indicator, lecture.territoire, lecture.carte, lecture.etat.communes, **reglages)


def map_head(lecture: LectureDiagnostic) -> Markup:
    if lecture.carte is None:
        return part("carte_vide", lecture)
    return Markup('<h2 id="tg2" class="titre">{}</h2>').format(map_title(lecture.carte))


def map_side(lecture: LectureDiagnostic) -> Markup:
    carte = lecture.carte
    if carte is None:
        return Markup("")
    return part(
        "carte_cote",
        lecture,
        carte=carte,
        phrase=map_reading(carte),
        sources=liste(sorted({source_name(m) for m in carte.connues})) or "source non écrite",
        origine=_origin(lecture.publication.territoire),
    )


def _origin(territoire: Territoire) -> str:
    if layout(territoire).reel:
        return "Contours du fichier GeoJSON du dossier."
    ou = " à des positions inventées" if territoire.est_fictif else ""
    return f"Carte schématique : une case par commune{ou}, surfaces sans signification."


def _spread_title(lecture: LectureDiagnostic) -> str:
    return spread_title(lecture.carte) if lecture.carte else ""


def spread_head(lecture: LectureDiagnostic) -> Markup:
    titre = _spread_title(lecture)
    return part("repartition", lecture, titre=titre, non_classees=_unranked(lecture)) if titre else Markup("")


def _unranked(lecture: LectureDiagnostic) -> str:
    motifs = Counter(motif.split(" (")[0] for _, motif in _ranking(lecture).non_classees)
    dites = ", ".join(f"{nombre(n)} : {motif}" for motif, n in motifs.items())
    return f"Communes non classées, {dites}." if dites else ""


def _ranking(lecture: LectureDiagnostic) -> Any:
    return rank_communes(lecture.publication, lecture.code_carte, (), lecture.carte.annee)


def spread_figure(lecture: LectureDiagnostic) -> Formes:
    return _both(draw_spread, lecture.carte, lecture.etat.communes) if _spread_title(lecture) else None


def ranking_table(lecture: LectureDiagnostic) -> Markup:
    if not _spread_title(lecture):
        return Markup("")
    return part("classement", lecture, classement=_ranking(lecture))


# Les évolutions, les priorités, la couverture


def trends_head(lecture: LectureDiagnostic) -> Markup:
    return part("tendances", lecture, titre=phrases.trends_title(lecture.tendances))


def trends_figure(lecture: LectureDiagnostic) -> Formes:
    table = series_table(lecture.tendances)
    phrase = phrases.trends_title(lecture.tendances).rstrip(".")
    return _both(figures.evolutions, table, phrase=phrase) if len(table) else None


def trends_words(lecture: LectureDiagnostic) -> Markup:
    return part("evolutions", lecture, mot=tell_tendance, en_serie=any(len(t.points) > 1 for t in lecture.tendances))


def priorities_figure(lecture: LectureDiagnostic) -> Formes:
    table = priorites_table(p for p in lecture.priorites if p.score is not None)
    phrase = phrases.priorities_title(lecture.priorites).rstrip(".")
    return _both(figures.priorities, table, phrase=phrase) if len(table) else None


def priorities_head(lecture: LectureDiagnostic) -> Markup:
    face = to_place(lecture.du_repere)
    return part("priorites", lecture, titre=phrases.priorities_title(lecture.priorites), face=face)


def priorities_table(lecture: LectureDiagnostic) -> Markup:
    return part("scores", lecture, criteres=CRITERES.values())


def coverage_head(lecture: LectureDiagnostic) -> Markup:
    lues = lecture.couverture
    return part("couverture", lecture, titre=phrases.coverage_title(lues), manques=phrases.coverage_gaps(lues))


def coverage_figure(lecture: LectureDiagnostic) -> Formes:
    phrase = phrases.coverage_title(lecture.couverture).rstrip(".")
    return _both(figures.coverage, couverture_table(lecture.couverture), ETAPES, phrase=phrase)


def margin(lecture: LectureDiagnostic) -> Markup:
    ailleurs = [a for a in lecture.alertes if a.theme != lecture.etat.theme]
    certaines = [a for a in ailleurs if a.niveau == "E" and not a.expliquee]
    autres = [a for a in ailleurs if a.niveau != "E" and not a.expliquee] + [a for a in ailleurs if a.expliquee]
    return part("marge", lecture, certaines=certaines, autres=autres, parts=phrases.parts)


# Ce dont une zone dépend, quand elle ne dépend pas de tout


def _of_map(lecture: LectureDiagnostic) -> tuple:
    e = lecture.etat
    return id(lecture.publication), lecture.code_carte, e.repere, e.annee, e.communes


def _of_priorities(lecture: LectureDiagnostic) -> tuple:
    return id(lecture.publication), lecture.etat.repere, lecture.etat.reglages


def _of_figures(lecture: LectureDiagnostic) -> int:
    return id(lecture.publication)


def _zone(gabarit: str, **reglages: Any) -> Zone:
    return Zone(lambda lecture: part(gabarit, lecture), **reglages)


def _graph(dessiner: Callable[[LectureDiagnostic], Formes], geste: str = "", **reglages: Any) -> ZoneGraphique:
    return ZoneGraphique(dessiner, geste=geste, titre=False, **reglages)


# Dans l'ordre de la page.
ZONES: dict[str, Zone] = {
    "rail": _zone("rail"),
    "tete": _zone("tete"),
    "ecarts": Zone(gaps_head),
    "ecarts_figure": _graph(gaps_figure, "carte", tableau=False),
    "ecarts_tableau": _zone("ecarts_tableau"),
    "carte_titre": Zone(map_head, _of_map),
    "carte": _graph(map_figure, "commune", selon=_of_map),
    "carte_cote": Zone(map_side, _of_map),
    "repartition": Zone(spread_head, _of_map, ensuite=True),
    "repartition_figure": _graph(spread_figure, "commune", selon=_of_map, tableau=False, ensuite=True),
    "classement": Zone(ranking_table, _of_map, ensuite=True),
    "communes": _zone("communes"),
    "tendances": Zone(trends_head, ensuite=True),
    "tendances_figure": _graph(trends_figure, "carte", ensuite=True),
    "evolutions": Zone(trends_words, ensuite=True),
    "seules": _zone("seules", ensuite=True),
    "marge": Zone(margin),
    "priorites": Zone(priorities_head, _of_priorities, ensuite=True),
    "priorites_figure": _graph(priorities_figure, "theme", selon=_of_priorities, tableau=False, ensuite=True),
    "scores": Zone(priorities_table, _of_priorities, ensuite=True),
    "couverture": Zone(coverage_head, _of_figures, ensuite=True),
    "couverture_figure": _graph(coverage_figure, "theme", selon=_of_figures, ensuite=True),
}
