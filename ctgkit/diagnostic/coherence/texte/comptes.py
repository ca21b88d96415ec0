"""« Deux dates », puis trois : ce qui est annoncé contre la liste qui suit ; les présents et excusés d'une séance."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ctgkit.diagnostic.coherence.alerte import Alerte, Chiffre
from ctgkit.diagnostic.coherence.documents import compte
from ctgkit.diagnostic.coherence.texte import NOMBRES, Ligne, Texte
from ctgkit.diagnostic.coherence.texte.decoupage import phrases
from ctgkit.formats import MOIS, pluriel

_ENUMERABLES = (
    "axe|objectif|enjeu|mission|phase|date|séance|séminaire|thématique|thème|domaine|sujet|action|priorité|étape|principe"
    "|volet|orientation|engagement|comité|critère|niveau|levier|instance|groupe|rencontre|atelier|fiche|signataire|commission"
    "|partenaire|champ|pilier|finalité|chantier|condition|motif|raison|point|élément|partie|service|structure|commune"
    "|équipement|annexe|document|dispositif|projet|temps|réunion|pièce|indicateur|recommandation|proposition|mesure|ville"
    "|village|quartier|école|collège|crèche|site|lieu|association|financeur|question|besoin|difficulté|constat|frein"
    "|défi|ambition|valeur|outil|livrable|élu|représentant|titulaire|gestionnaire|institution|organisme|collectivité|poste"
    "|secteur|canton|accueil|centre|avenant|public|source|modalité|membre|intervenant|professionnel"
)
_LETTRES = "|".join(n for n in NOMBRES if n not in ("un", "une"))
_ANNONCE = re.compile(
    rf"(?<![\w,./-])(?P<nombre>{_LETTRES}|\d{{1,2}})\s+(?:\w+\s+)?(?P<nom>{_ENUMERABLES})s?(?:x)?\b",
    re.IGNORECASE,
)
_PERSONNES = re.compile(
    r"\b(?:parties|partenaires|signataires|communes)\b[^:]*\b(?:s'engagent|conviennent|décident)", re.I
)
# « Les deux structures proposent : » annonce ce qu'elles font ; « Quatre indicateurs seront suivis. » les annonce.
_ACTEURS = re.compile(
    rf"^\W*(?:les|ces|nos|chacun\w*) (?:{_LETTRES}|\d{{1,2}}) [\w'-]+ "
    r"(?!suiv|ci-|sont|seront|retenu|choisi|prioritaire|d[eu'])[^:]*\w+(?:ent|ons)\b",
    re.IGNORECASE,
)
_SUJET = re.compile(rf"^\W*(?:{_LETTRES}|\d{{1,2}}) [^:;]{{5,70}}\.$", re.IGNORECASE)
_ADVERBES = re.compile(
    r"\b(?:au moins|au minimum|environ|plus de|moins de|notamment|dont|parmi|près de|tous les|toutes les)\b", re.I
)
_TEMPS = re.compile(rf"\b(?:{_LETTRES}|\d{{1,2}}) (?:ans|années|mois)\b|\b(?:19|20)\d{{2}}\b", re.IGNORECASE)
_FIN_DE_PHRASE = re.compile(r"(?<=[.;])(?<! M\.)(?<! MM\.)\s+(?=[A-ZÉ])")
_CIVILITES = re.compile(r"\b(?:MM?\.|Mmes?|Mlles?|Me|Dr) ")
_SONT = re.compile(
    r"^(?:les|ces|ses|nos) [^,;:.()]{0,60}? (?:sont|seront) (?=(?:le|la|l'|les|un|une) ?)", re.IGNORECASE
)
_EN_LIGNE_MAX = 6
_PORTEE = 60


def check_comptes(texte: Texte) -> Iterator[Alerte]:
    for ligne in texte.pleines():
        for phrase in _FIN_DE_PHRASE.split(ligne.net):
            if annonce := _annonce(phrase):
                yield from _check_annonce(texte, ligne, *annonce)


def _annonce(phrase: str) -> tuple[int, str, str] | None:
    """Le nombre et ce qu'il compte, quand la phrase n'annonce qu'une seule liste et s'y arrête."""
    phrase = re.sub(r",? à savoir ", " : ", phrase, count=1)
    tete, deux_points, fin = _SONT.sub(lambda m: f"{m.group()}: ", re.sub(r"\([^)]*\)", "", phrase), 1).partition(":")
    if (
        _ACTEURS.match(tete)
        or _PERSONNES.search(phrase)
        or _ADVERBES.search(tete)
        or (phrase.endswith((".", ";")) and not deux_points and not _SUJET.match(phrase))
    ):
        return None
    tete = _TEMPS.sub("", tete)
    trouvees = list(_ANNONCE.finditer(tete))
    if len(trouvees) != 1 or len(re.findall(rf"\b(?:{_LETTRES})\b|\b\d+\b", tete, re.IGNORECASE)) > 1:
        return None
    mot = trouvees[0].group("nombre").lower()
    return int(mot) if mot.isdigit() else NOMBRES[mot], trouvees[0].group(), fin.strip()


def _check_annonce(texte: Texte, ligne: Ligne, annonces: int, dit: str, en_ligne: str) -> Iterator[Alerte]:
    trouves = _count_en_ligne(en_ligne) if en_ligne else _count_liste(texte, ligne)
    proche = trouves is not None and abs(trouves - annonces) <= max(2, annonces / 3)
    if proche and trouves != annonces and trouves > 1:
        yield compte(dit, trouves, texte.ou(ligne.numero), "E")


def _count_liste(texte: Texte, ligne: Ligne) -> int | None:
    """Les éléments de premier rang de la liste qui suit, numérotée ou à puces ; rien s'il n'y en a pas."""
    puces: list[Ligne] = []
    for x in texte.lignes[ligne.numero : ligne.numero + _PORTEE]:
        if not x.net:
            continue
        if x.est_puce:
            puces.append(x)
        elif not puces or not _extends(x, puces[-1]):
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


def _extends(ligne: Ligne, puce: Ligne) -> bool:
    """Une ligne sans puce, en retrait ou en minuscules, prolonge la puce d'avant."""
    return ligne.retrait > puce.retrait or (ligne.net[:1].islower() and not puce.net.endswith("."))


_JOUR_ET_MOIS = re.compile(rf"\b\d{{1,2}}(?:er)? (?:{'|'.join(MOIS)})(?: \d{{4}})?\b", re.IGNORECASE)


def _count_en_ligne(suite: str) -> int | None:
    """« petite enfance, enfance et jeunesse » : trois ; rien dès que le découpage laisse un doute."""
    phrase = _CIVILITES.sub("", _JOUR_ET_MOIS.sub("jour", suite.rstrip(" .")))
    if re.search(r"[.:()«»]|\d|\bou\b|\betc\b|…", phrase):
        return None
    if re.search(rf"\b(?:{_LETTRES})\b", phrase, re.IGNORECASE):
        return None
    morceaux = [m.strip() for m in phrase.split(";" if ";" in phrase else ",")]
    derniers = re.split(r"\s+et\s+|^et\s+", morceaux[-1])
    if len(derniers) > 2 or any(re.search(r"\bet\b", m) for m in morceaux[:-1]):
        return None
    elements = [*morceaux[:-1], *filter(None, derniers)]
    if len(elements) < 2 or any(not e or len(e.split()) > _EN_LIGNE_MAX for e in elements):
        return None
    return len(elements)


_ENTRE_PARENTHESES = re.compile(
    rf"(?<![\w,./-])(?P<dit>(?P<nombre>{_LETTRES}|\d{{1,2}}) "
    r"(?P<nom>[^\W\d][\w'-]+[sx](?: (?!et\b|ou\b)[^\W\d][\w'-]*){0,5}?))"
    r" (?:\((?P<liste>[^()]+)\)|[–—-] (?P<incise>[^–—()]+) [–—-])",
    re.IGNORECASE,
)
_EXEMPLES = re.compile(r"\b(?:dont|notamment|par exemple|comme|soit|voir|cf)\b", re.IGNORECASE)


def check_parentheses(texte: Texte) -> Iterator[Alerte]:
    """« trois communes (a, b, c et d) »."""
    for phrase in phrases(texte):
        for trouve in _ENTRE_PARENTHESES.finditer(phrase.texte):
            mot, liste = trouve["nombre"].lower(), trouve["liste"] or trouve["incise"]
            if (
                "," in liste
                and not _EXEMPLES.search(liste)
                and not _ADVERBES.search(phrase.texte[: trouve.start()][-20:])
            ):
                trouves = _count_en_ligne(liste)
                annonces = int(mot) if mot.isdigit() else NOMBRES[mot]
                if trouves is not None and trouves != annonces:
                    yield compte(trouve["dit"], trouves, phrase.ou(trouve.start()), "E")


_QUI = r"(?:conseillers|membres|élus)\s+"
_EXERCICE = re.compile(rf"(?i)^\W*{_QUI}en\s+exercice\s*:\s*(\d{{1,3}})\b")
_LISTE = re.compile(rf"(?i)^\W*(?:{_QUI})?(pr[ée]sents|absents|excus[ée]s)\b([^:]{{0,40}}):(?!\s*\d)\s*(.*)$")
_AUTRE_TITRE = re.compile(r"^\W*[A-ZÉÈ][A-ZÉÈ' ]{5,}(?::|$)|(?i:^\W*(?:secr[ée]taire|mesdames|messieurs|objet)\b)")
_POUVOIR = re.compile(
    r"(?i)\b(?:qui\s+a|ont|ayant|a)\s+(?:donn[ée]|d[ée]l[ée]gu[ée]).*$|\b(?:procuration|pouvoir)\b.*$"
)
_FONCTION = re.compile(r"(?i)\b(?:maires?|adjoint|pr[ée]sident|conseill).*$|^(?:mm?|mmes?|mlle|madame|monsieur)\.?\s+")
_VIDES_MAX = 2


@dataclass(frozen=True)
class ListeDeNoms:
    ligne: Ligne
    noms: tuple[str, ...]


def check_presences(texte: Texte) -> Iterator[Alerte]:
    listes = dict(_listes(texte))
    presents, absents = listes.get("presents"), listes.get("absents")
    if not presents or not absents:
        return
    doubles = set(presents.noms) & set(absents.noms)
    if doubles:
        yield _alerte_double(texte, presents, absents, len(doubles))
    for ligne in texte.pleines():
        exercice = _EXERCICE.match(ligne.net)
        if exercice and not doubles:
            yield from _compte(texte, ligne, int(exercice.group(1)), presents, absents)


def _listes(texte: Texte) -> Iterator[tuple[str, ListeDeNoms]]:
    for rang, ligne in enumerate(texte.lignes):
        if trouve := _LISTE.match(ligne.net):
            genre = "presents" if trouve.group(1).lower().startswith("pr") else "absents"
            noms = _noms([trouve.group(3), *_suite(texte, rang + 1)])
            if noms:
                yield genre, ListeDeNoms(ligne, noms)


def _suite(texte: Texte, rang: int) -> Iterator[str]:
    """Les lignes de la liste, jusqu'au titre suivant ou à un blanc après des noms."""
    lus = vides = 0
    for ligne in texte.lignes[rang:]:
        vides = 0 if ligne.net else vides + 1
        if _LISTE.match(ligne.net) or _AUTRE_TITRE.match(ligne.net) or vides > _VIDES_MAX or (vides and lus):
            return
        lus += bool(ligne.net)
        yield ligne.net


def _noms(lignes: list[str]) -> tuple[str, ...]:
    """Un nom par virgule, point-virgule ou ligne, sans civilité, fonction ni pouvoir donné."""
    morceaux = [m for ligne in lignes for m in re.split(r"[,;]", _POUVOIR.sub("", ligne))]
    propres = (" ".join(_FONCTION.sub("", m.strip(" .*")).split()).strip(" .").lower() for m in morceaux)
    return tuple(nom for nom in propres if len(nom) > 1 and not re.search(r"\d", nom))


def _alerte_double(texte: Texte, presents: ListeDeNoms, absents: ListeDeNoms, combien: int) -> Alerte:
    lieux = texte.ou(presents.ligne.numero), texte.ou(absents.ligne.numero)
    cites = f"{len(presents.noms)} présents", f"{len(absents.noms)} excusés"
    return Alerte(
        "presences",
        "D",
        "Séance : un même nom parmi les présents et parmi les excusés",
        f"{pluriel(combien, 'nom')} dans les deux listes : {cites[0]} et {cites[1]} cités",
        tuple(Chiffre(dit, lieu) for dit, lieu in zip(cites, lieux, strict=True)),
        ("une personne arrivée en cours de séance", "un nom pour un autre dans une des deux listes"),
    )


def _compte(texte: Texte, ligne: Ligne, exercice: int, presents: ListeDeNoms, absents: ListeDeNoms) -> Iterator[Alerte]:
    """Le président de séance n'est pas toujours dans la liste des présents : à un près, rien à dire."""
    p, a = len(presents.noms), len(absents.noms)
    if p + a not in (exercice, exercice - 1):
        yield Alerte(
            "presences",
            "D",
            f"Séance : présents et excusés ne font pas {exercice}",
            f"{p} + {a} = {p + a}, le document dit {exercice} en exercice",
            (
                Chiffre(f"{exercice} en exercice", texte.ou(ligne.numero)),
                Chiffre(f"{p} présents", texte.ou(presents.ligne.numero)),
                Chiffre(f"{a} excusés", texte.ou(absents.ligne.numero)),
            ),
            ("un nom oublié, ou un siège vacant",),
        )
