"""« Deux dates », puis trois : ce qu'une phrase annonce, contre la liste qui la suit."""

import re
from collections.abc import Iterator

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.documents import compte
from ctgkit.diagnostic.coherence.texte.lecture import NOMBRES, Ligne, Texte

_ENUMERABLES = (
    "axe|objectif|enjeu|mission|phase|date|séance|séminaire|thématique|thème|domaine|sujet|action|priorité|étape|principe"
    "|volet|orientation|engagement|comité|critère|niveau|levier|instance|groupe|rencontre|atelier|fiche|signataire"
    "|partenaire|champ|pilier|finalité|chantier|condition|motif|raison|point|élément|partie|service|structure|commune"
    "|équipement|annexe|document|dispositif|projet|temps|réunion|pièce|indicateur"
)
_LETTRES = "|".join(n for n in NOMBRES if n not in ("un", "une"))
_ANNONCE = re.compile(
    rf"(?<![\w,./-])(?P<nombre>{_LETTRES}|\d{{1,2}})\s+(?:\w+\s+)?(?P<nom>{_ENUMERABLES})s?(?:x)?\b",
    re.IGNORECASE,
)
_PERSONNES = re.compile(
    r"\b(?:parties|partenaires|signataires|communes)\b[^:]*\b(?:s'engagent|conviennent|décident)", re.I
)
_ADVERBES = re.compile(
    r"\b(?:au moins|au minimum|environ|plus de|moins de|notamment|dont|parmi|près de|tous les|toutes les)\b", re.I
)
_EN_LIGNE_MAX = 6
_PORTEE = 60


def alertes(texte: Texte) -> Iterator[Alerte]:
    for ligne in texte.pleines():
        annonce = _annonce(ligne)
        if annonce:
            yield from _verifier(texte, ligne, *annonce)


def _annonce(ligne: Ligne) -> tuple[int, str, str] | None:
    """Le nombre et ce qu'il compte, quand la phrase n'annonce qu'une seule liste et s'y arrête."""
    phrase = re.split(r"(?<=[.;])\s+(?=[A-ZÉ])", ligne.net)[-1]
    tete, deux_points, fin = re.sub(r"\([^)]*\)", "", phrase).partition(":")
    if _PERSONNES.search(phrase) or _ADVERBES.search(tete) or (phrase.endswith((".", ";")) and not deux_points):
        return None
    trouvees = list(_ANNONCE.finditer(tete))
    if len(trouvees) != 1 or len(re.findall(rf"\b(?:{_LETTRES})\b|\b\d+\b", tete, re.IGNORECASE)) > 1:
        return None
    mot = trouvees[0].group("nombre").lower()
    return int(mot) if mot.isdigit() else NOMBRES[mot], trouvees[0].group(), fin.strip()


def _verifier(texte: Texte, ligne: Ligne, annonces: int, dit: str, en_ligne: str) -> Iterator[Alerte]:
    trouves = _compter_en_ligne(en_ligne) if en_ligne else _compter_liste(texte, ligne)
    if trouves is not None and trouves != annonces and trouves > 1:
        yield compte(dit, trouves, texte.ou(ligne.numero), "E")


def _compter_liste(texte: Texte, ligne: Ligne) -> int | None:
    """Les éléments de premier rang de la liste qui suit, numérotée ou à puces ; rien s'il n'y en a pas."""
    puces: list[Ligne] = []
    for x in texte.lignes[ligne.numero : ligne.numero + _PORTEE]:
        if not x.net:
            continue
        if x.est_puce:
            puces.append(x)
        elif not puces or not _continue(x, puces[-1]):
            break
    if not puces:
        return None
    numerotees = [x for x in puces if re.match(r"^\s*\d{1,2}[.)]", x.brut)]
    if numerotees and numerotees[0] is puces[0]:
        return len(numerotees)
    retrait = puces[0].retrait
    if ligne.est_puce and retrait <= ligne.retrait:
        return None
    return sum(1 for x in puces if x.retrait <= retrait)


def _continue(ligne: Ligne, puce: Ligne) -> bool:
    """Une ligne sans puce, en retrait ou en minuscules, prolonge la puce d'avant."""
    return ligne.retrait > puce.retrait or (ligne.net[:1].islower() and not puce.net.endswith("."))


def _compter_en_ligne(suite: str) -> int | None:
    """« petite enfance, enfance et jeunesse » : trois ; rien dès que le découpage laisse un doute."""
    phrase = suite.rstrip(" .")
    if re.search(r"[.;:()«»]|\d", phrase):
        return None
    morceaux = [m.strip() for m in phrase.split(",")]
    derniers = re.split(r"\s+et\s+", morceaux[-1])
    if len(derniers) > 2 or any(re.search(r"\bet\b|\bou\b", m) for m in morceaux[:-1]):
        return None
    elements = [*morceaux[:-1], *derniers]
    if len(elements) < 2 or any(not e or len(e.split()) > _EN_LIGNE_MAX for e in elements):
        return None
    return len(elements)
