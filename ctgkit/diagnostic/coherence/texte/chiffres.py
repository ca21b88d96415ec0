"""Les chiffres d'un texte, rangés sous les indicateurs du catalogue, puis vérifiés comme ceux d'un territoire."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import zip_longest

from ctgkit.diagnostic.catalogue import load_catalogue
from ctgkit.diagnostic.coherence.alerte import Alerte, Chiffre
from ctgkit.diagnostic.coherence.contexte import open_contexte
from ctgkit.diagnostic.coherence.notions import check_notions, check_recopies
from ctgkit.diagnostic.coherence.parts import check_parts
from ctgkit.diagnostic.coherence.sommes import check_sommes
from ctgkit.diagnostic.coherence.texte import Ligne, Texte
from ctgkit.diagnostic.secret.publication import publish
from ctgkit.formats import liste, read_nombre
from ctgkit.territoire import Indicateur, Table, Territoire
from ctgkit.texte import ascii_only

_N = r"(?<![\d.,/-])(\d{1,3}(?: \d{3})+|\d+)(?![.,]?\d)"
_P = r"(?<![\d.,/-])(\d{1,3}(?:[.,]\d+)?) ?%"
_UN_CHIFFRE = re.compile(r"\d")
_SEUL = re.compile(r"^\d{1,3}(?: \d{3})*$")
_LOCAL = re.compile(r"territoire|agglomeration|communaute|intercommunal|ensemble|cavm")
_EN_TETE = re.compile(r"^\W*(?:(?:sur )?(?:les|l'ensemble des)|soit|au total)?\W*$")
_AILLEURS = re.compile(r"\b(?:departement|region|france|national)")
_AUTREFOIS = re.compile(r"\b(?:compt|et|denombr|s'elev|avoisin)ai(?:t|ent)\b[^.;:]*$")
_SUITE = re.compile(r" ?(?:agrees?|agreees)?(?:,| et| ainsi que|, et) ")
_VAGUE = re.compile(r"\bdont $|(?:moins|plus|environ|pres|autour|au dela|maximum|minimum) ?(?:de|d')? ?$")
_ANNEE = re.compile(r"(?<![\d.,])(20[0-4]\d)(?![\d.,]\d)")
_AGES = re.compile(
    r"(?<![\d.,/-])(\d{1,3}(?: \d{3})+|\d{3,}) (enfants|jeunes) (?:sont )?(?:ages )?de (\d{1,2}) a (\d{1,2}) ?ans"
)
_RAPPORT = re.compile(
    r"(?<![\d.,/-])(\d{1,3}(?: \d{3})+|\d+) (enfants|jeunes|familles|foyers|allocataires|habitants|personnes|communes)"
    r" sur (?:les )?(\d{1,3}(?: \d{3})+|\d+) (enfants|jeunes|familles|foyers|allocataires|habitants|personnes|communes)"
)
_COMPTE = re.compile(r"^(\d{1,3}(?: \d{3})*) ([a-z' -]+)$")
_POPULATION = re.compile(rf"\bsoit {_P} de la population")


def check_chiffres(texte: Texte) -> Iterator[Alerte]:
    lignes = [*lus(texte), *_parts_de_la_population(texte)]
    territoire = Territoire(
        texte.document or "document",
        texte.document or "ce document",
        siren=texte.lieu,
        indicateurs=Table.of(Indicateur, lignes),
    )
    contexte = open_contexte(publish(territoire))
    for check in (check_parts, check_sommes, check_notions, check_recopies):
        yield from check(contexte)
    yield from _tranches(texte)
    yield from _rapports(texte)
    yield from _homonymes(texte)


def lus(texte: Texte) -> list[Indicateur]:
    """Chaque chiffre qu'un motif du catalogue reconnaît, au début d'une ligne ou dans une phrase sur le territoire."""
    trouves = []
    for ligne, phrase in _phrases(texte):
        for morceau in re.split(r"\t|[.;]\s", phrase) if _UN_CHIFFRE.search(phrase) else ():
            nue, annees = _nu(morceau), set(_ANNEE.findall(morceau))
            if len(annees) < 2:
                trouves += [_indicateur(texte, ligne, code, ecrit, annees) for code, ecrit in _du_territoire(nue)]
    return _sans_doublon(trouves)


def _du_territoire(nue: str) -> Iterator[tuple[str, str]]:
    """Les chiffres d'un morceau de phrase, de gauche à droite ; une énumération continue le sujet du premier."""
    fin = 0
    for trouve, code, en_pourcent in sorted(_reperes(nue), key=lambda r: r[0].start()):
        enumere = fin and _SUITE.fullmatch(nue[fin : trouve.start()])
        if enumere or _parle_du_territoire(nue, trouve.start(), en_pourcent):
            yield code, trouve.group(1)
            fin = trouve.end()


def _reperes(nue: str) -> Iterator[tuple[re.Match[str], str, bool]]:
    return ((trouve, code, taux) for code, motif, taux in _motifs() for trouve in motif.finditer(nue))


def _phrases(texte: Texte) -> Iterator[tuple[Ligne, str]]:
    """Chaque ligne ; un nombre seul sur la sienne se lit avec ce qu'il compte, à la ligne suivante."""
    pleines = list(texte.pleines())
    for ligne, suivante in zip_longest(pleines, pleines[1:]):
        seul = suivante is not None and _SEUL.match(ligne.net) and suivante.net[:1].isalpha()
        yield ligne, f"{ligne.net} {suivante.net}" if seul else ligne.net


@cache
def _motifs() -> tuple[tuple[str, re.Pattern[str], bool], ...]:
    return tuple(
        (code, re.compile(motif.replace("{n}", _N).replace("{p}", _P)), "{p}" in motif)
        for code, definition in load_catalogue().items()
        for motif in definition.motifs
    )


def _parle_du_territoire(nue: str, debut: int, en_pourcent: bool) -> bool:
    """« Anzin : 3 centres sociaux » ne compte pas ceux du territoire ; « moins de 3 000 habitants » ne compte rien."""
    avant = nue[:debut]
    if _VAGUE.search(avant) or _AILLEURS.search(avant) or _AUTREFOIS.search(avant):
        return False
    return en_pourcent or bool(_EN_TETE.match(avant) or _LOCAL.search(nue))


def _indicateur(texte: Texte, ligne: Ligne, code: str, ecrit: str, annees: set[str]) -> Indicateur:
    dit = f"ligne {ligne.numero}, « {_morceau(ligne.contenu, ecrit)[:80]} »"
    return Indicateur(
        code,
        texte.lieu,
        "epci",
        int(min(annees)) if annees else None,
        read_nombre(ecrit),
        "publie",
        texte.document or "document",
        dit,
    )


def _morceau(contenu: str, ecrit: str) -> str:
    """L'élément de l'énumération qui porte ce nombre ; la ligne entière quand il n'y en a qu'un."""
    morceaux = re.split(r",\s|\set\s", contenu)
    portent = [m for m in morceaux if ecrit in _nu(m)]
    return portent[0].strip() if len(portent) == 1 and len(re.findall(r"\d", contenu)) > len(ecrit) else contenu


def _sans_doublon(lignes: list[Indicateur]) -> list[Indicateur]:
    return list({(x.code, x.annee, x.valeur, x.reference): x for x in lignes}.values())


_ENFANTS, _JEUNES = "EN02", "JE04"


def _parts_de_la_population(texte: Texte) -> Iterator[Indicateur]:
    """« soit 10,6 % de la population » sous la liste des enfants, ou sous celle des jeunes."""
    for ligne in texte.pleines():
        trouve = _POPULATION.search(_nu(ligne.net))
        if trouve:
            bloc = " ".join(_nu(x.net) for x in texte.lignes[max(0, ligne.numero - 5) : ligne.numero - 1])
            for code, mots in ((_ENFANTS, "enfants de 3 a 11"), (_JEUNES, "jeunes de 20 a 24")):
                if mots in bloc:
                    yield _indicateur(texte, ligne, code, trouve.group(1), set())


def _tranches(texte: Texte) -> Iterator[Alerte]:
    """Le même effectif sous deux tranches d'âge."""
    par_valeur: dict[str, dict[tuple[str, str], Ligne]] = defaultdict(dict)
    for ligne in texte.pleines():
        for trouve in _AGES.finditer(_nu(ligne.net)):
            par_valeur[trouve.group(1)].setdefault((trouve.group(3), trouve.group(4)), ligne)
    for valeur, tranches in par_valeur.items():
        if len(tranches) > 1:
            dits = liste([f"« de {a} à {b} ans » ({texte.ou(x.numero)})" for (a, b), x in tranches.items()])
            yield Alerte(
                "R4",
                "L",
                f"{valeur} : deux tranches d’âge pour une même valeur",
                f"{valeur} est écrit {dits}",
                tuple(Chiffre(valeur, texte.ou(x.numero), x.net[:80]) for x in tranches.values()),
                ("une des deux tranches est une faute de frappe",),
            )


def _rapports(texte: Texte) -> Iterator[Alerte]:
    """« 2 243 enfants sur 5 853 familles » : deux unités dans une même part."""
    for ligne in texte.pleines():
        for trouve in _RAPPORT.finditer(_nu(ligne.net)):
            haut, unite_haut, bas, unite_bas = trouve.groups()
            if unite_haut != unite_bas:
                yield Alerte(
                    "R4",
                    "L",
                    f"« {haut} {unite_haut} sur {bas} {unite_bas} »",
                    f"{haut} {unite_haut} sur {bas} {unite_bas} : les deux nombres ne comptent pas la même chose",
                    (
                        Chiffre(haut, texte.ou(ligne.numero), unite_haut),
                        Chiffre(bas, texte.ou(ligne.numero), unite_bas),
                    ),
                    ("un mot pour un autre",),
                )


def _homonymes(texte: Texte) -> Iterator[Alerte]:
    """Deux puces « 24 accueils périscolaires municipaux » et « 25 accueils périscolaires municipaux »."""
    par_libelle: dict[str, list[tuple[str, Ligne]]] = defaultdict(list)
    for ligne in texte.pleines():
        trouve = _COMPTE.match(_nu(ligne.contenu))
        if trouve and 3 <= len(trouve.group(2).split()) <= 8:
            par_libelle[trouve.group(2)].append((trouve.group(1), ligne))
    for deux in par_libelle.values():
        if len(deux) == 2 and deux[0][0] != deux[1][0]:
            nombres = liste([f"{n} ({texte.ou(x.numero)})" for n, x in deux])
            libelle = re.sub(r"^[\d ]+", "", deux[0][1].contenu)
            yield Alerte(
                "R4",
                "L",
                f"« {libelle} » désigne deux nombres",
                f"« {libelle} » est écrit pour {nombres}",
                tuple(Chiffre(n, texte.ou(x.numero), x.contenu) for n, x in deux),
                ("un libellé recopié d’une ligne à l’autre", "deux dates différentes"),
            )


def _nu(texte: str) -> str:
    return re.sub(r"\s+", " ", ascii_only(texte.lower()))
