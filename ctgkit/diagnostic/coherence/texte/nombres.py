"""Les nombres d'une phrase, en chiffres ou en lettres : ce qu'ils valent, ce qu'ils comptent, à quoi ils servent."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from ctgkit.diagnostic.formules import Intervalle, arrondi, decimales, to_intervalle
from ctgkit.formats import FINE, INSECABLE, MOIS, nombre, read_nombre
from ctgkit.texte import ascii_only

COMPTE, MONTANT, PART, POINTS, DUREE, FOIS, ANNEE = "compte", "montant", "part", "points", "duree", "fois", "annee"
ADDITIFS = (COMPTE, MONTANT)

_JUSQU_A_SEIZE = "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize"
_DE_DIX_EN_DIX = "vingt trente quarante cinquante soixante septante huitante nonante"
_UNITES_EN_LETTRES = (
    {mot: n for n, mot in enumerate(_JUSQU_A_SEIZE.split(), 1)}
    | {mot: 10 * n for n, mot in enumerate(_DE_DIX_EN_DIX.split(), 2)}
    | {"une": 1, "octante": 80, "quatrevingt": 80}
)
_UNITE = "deux|trois|quatre|cinq|six|sept|huit|neuf|une?"
_DIX = "dix[- ](?:sept|huit|neuf)|dix|onze|douze|treize|quatorze|quinze|seize"
_DIZAINES = "quatre[- ]vingts?|vingt|trente|quarante|cinquante|soixante|septante|huitante|octante|nonante"
_CENT = rf"(?:(?:{_DIZAINES})(?:[- ](?:et[- ])?(?:{_DIX}|{_UNITE}))?|{_DIX}|{_UNITE})"
_MILLE = rf"(?:(?:(?:{_UNITE})[- ])?cents?(?:[- ]{_CENT})?|{_CENT})"
_LETTRES = (
    rf"(?:{_MILLE}[- ]millions?(?:[- ](?:{_MILLE}[- ])?mille(?:[- ]{_MILLE})?)?"
    rf"|(?:{_MILLE}[- ])?mille(?:[- ]{_MILLE})?|{_MILLE})"
)
_ENVIRONS = {
    "dizaine": 10,
    "douzaine": 12,
    "quinzaine": 15,
    "vingtaine": 20,
    "trentaine": 30,
    "quarantaine": 40,
    "cinquantaine": 50,
    "soixantaine": 60,
    "centaine": 100,
    "millier": 1000,
}
_FRACTIONS = {"moitie": 2, "tiers": 3, "quart": 4, "cinquieme": 5, "sixieme": 6, "huitieme": 8, "dixieme": 10}
_FRACTIONS |= {"douzieme": 12, "vingtieme": 20}
_JEU_FRACTION = 1.5

_MOIS = "|".join([*MOIS, "fevrier", "aout", "decembre"])
_JOUR = r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)"
_HORS = re.compile(
    rf"(?P<date>(?:\b{_JOUR} )?(?<![\d,.])\d{{1,2}}(?:er)?(?:(?:, ?\d{{1,2}})* et \d{{1,2}}| au \d{{1,2}})?"
    rf" (?:{_MOIS})\b(?: \d{{4}}\b)?|\b\d{{1,2}}/\d{{1,2}}/\d{{2,4}}\b|\b\d{{4}}-\d{{2}}-\d{{2}}\b)"
    rf"|(?P<periode>(?<![\d/-])(?:19|20)\d{{2}} ?[-–—/] ?(?:(?:19|20)\d{{2}}|\d{{2}})(?![\d/-]))"
    r"|(?P<heure>\b\d{1,2} ?h(?:eures?)?(?: ?\d{2})?\b(?! ?(?:par|hebdo))"
    r"|\b\d{1,2}:\d{2}\b)"
    rf"|(?P<age>\b(?:de |entre |des |les |aux )?(?:\d{{1,2}}|{_CENT}) ?(?:à|a|et|-|–|/) ?(?:\d{{1,2}}|{_CENT}) ?ans\b"
    rf"|\b(?:moins|plus|âgée?s?|partir|au-dessus|au-dessous|avant|dès|jusqu'à|après) (?:de |d'|l'âge de )?"
    rf"(?:\d{{1,3}}|{_CENT}) ?ans\b|\b(?:\d{{1,2}}|{_CENT}) ans (?:et|ou) (?:plus|moins)\b|\bà \d{{1,2}} ans\b"
    r"|\b\d{1,2} ?[-/] ?\d{1,2} ans\b)"
    r"|(?P<rang>\b(?:articles?|annexes?|axes?|objectifs?|phases?|pages?|chapitres?|titres?|lots?|tableaux?|figures?"
    r"|lignes?|étapes?|alinéas?|fiches?|zone|niveau|version|tranche|numéro|scénario|jour|nos?|p\.|art\.)"
    r" (?:n ?° ?|n° ?)?\d{1,3}(?:er|e)?\b(?: à \d{1,3}\b|(?:, ?| et )\d{1,3}\b(?! ?[%€a-zà-ÿ]))*"
    r"|\bn ?° ?[\w./-]+|\b[LRDA]\. ?\d[\w.-]*|\b\d{1,3}(?:er|ère|e|ème|nde?|°)(?!\w)|\b(?:0\d)(?:[ .]\d{2}){4}\b"
    r"|\b\d{5} [A-Z]|\b\d+(?:[-_./]\d+)+\b(?! ?%))",
    re.IGNORECASE,
)
_CHIFFRES = (
    r"(?P<signe>(?<![\w)%])[+−–-](?=\d)|(?<=\()[+−–-] |(?<=soit )[+−–-] |^[+−–-] )?(?<![\w.,/_])"
    r"(?P<entier>\d{1,3}(?: \d{3})+(?!\d)|\d{1,3}(?:\.\d{3})+(?![\d,]|\.\d)|\d+)(?:[.,](?P<decimales>\d+))?"
    r"(?!\d|[-/]\d|(?!(?:k|md?)?€|ans\b|h\b)[^\W\d])"
)
_FRACTION = (
    rf"\b(?P<fraction>(?P<haut>(?:(?:les|aux|des) )?(?:{_DIX}|{_UNITE})|la|le|du|au|d'un) "
    r"(?P<bas>moitié|tiers|quarts?|(?:cinqui|sixi|huiti|dixi|douzi|vingti)èmes?)\b(?! d'heure))"
    rf"|\b(?P<sur>(?P<parmi>{_UNITE}) (?:[^\W\d][\w'-]+ )?sur "
    rf"(?P<combien>\d{{1,2}}|{_DIX}|{_UNITE}|vingt|cent)\b)(?! [^\W\d]|\d)"
)
_VAGUE = rf"\b(?P<collectif>(?:une?|{_UNITE}) (?:{'|'.join(_ENVIRONS)})s?)\b"
_NOMBRE = re.compile(
    rf"{_FRACTION}|{_VAGUE}|{_CHIFFRES}"
    rf"|(?!(?<=pour )cent)(?<![\w'-])(?P<lettres>{_LETTRES})(?![\w-])",
    re.IGNORECASE,
)
_UNITE_APRES = re.compile(
    r" ?(?:(?P<part>%|pour cent\b)|(?P<echelle>[kKmM]d?(?=€| ?euros?\b)|millions?|milliards?|milliers?)? ?(?:d'|de )?"
    r"(?P<montant>€|euros?\b|eur\b)|(?P<points>points?\b(?: de pourcentage)?)|(?P<fois>fois\b)"
    r"|(?P<duree>ans?\b|années?\b|mois\b|semaines?\b|jours?\b|heures?\b|h\b|minutes?\b|semestres?\b|trimestres?\b)"
    r"|(?P<milliers>millions?|milliards?|milliers?)\b(?: de| d')?)",
    re.IGNORECASE,
)
_ECHELLES = {"k": 1e3, "m": 1e6, "md": 1e9, "millier": 1e3, "million": 1e6, "milliard": 1e9}
_APRES_ANNEE = re.compile(
    r"(?! [^\W\d])| (?:sur|et|ou|à|par|pour|du|de|des|dans|avec|ont|a|est|sont|qui|que|la|le|les|selon|comme)\b",
    re.IGNORECASE,
)
_GENRES = {
    "part": (PART, "%"),
    "montant": (MONTANT, "€"),
    "milliers": (COMPTE, ""),
    "points": (POINTS, "points"),
    "fois": (FOIS, "fois"),
}
_AVANT_ANNEE = re.compile(
    rf"(?:\b(?:en|depuis|fin|début|années?|exercices?|courant|dès|entre|et|à|de|du|au|l'an|horizon|rentrée|contre|pour"
    rf"|avant|après|cog|ctg|jusqu'en|{_MOIS})|[(,/–-])\s?$",
    re.IGNORECASE,
)
_A_PEU_PRES = re.compile(
    r"\b(environ|près|presque|autour|quelque|à peu près|de l'ordre|quasi(?:ment)?|approximativement|estimée?s?)"
    r"(?: à| de| d')?(?: une?| la| le)? ?$|[≈~] ?$",
    re.IGNORECASE,
)
_AU_MOINS = re.compile(
    r"\b(?:(?:un peu )?plus|au-delà|au moins|minimum|supérieure?s?)(?: de| d'| à)? ?$", re.IGNORECASE
)
_AU_PLUS = re.compile(
    r"\b(?:(?:un peu )?moins|au plus|maximum|jusqu'à|inférieure?s?|à peine)(?: de| d'| à)? ?$", re.IGNORECASE
)
_APRES_VAGUE = re.compile(r"^[^,;.(]{0,25}\b(?:environ|au moins|au plus|maximum|minimum)\b", re.IGNORECASE)
_NOM = re.compile(
    r" ?((?:(?:de|d'|du|des|la|le|l') ?)*[^\W\d][\w'’-]*"
    r"(?: (?:de la |de l'|des |du |de |d'|à la |à l'|à |en )[^\W\d_][\w'’-]*)*)"
)
_AVANT_NEUF = re.compile(r"(?:\bsoit|\bet|,|\(|\bdont) $", re.IGNORECASE)
_POUR_CENT = re.compile(r" [^\d,;.:()]{1,30}? pour (?:cent|100)\b", re.IGNORECASE)
_ETP = re.compile(r" ?(?:etp\b|équivalents?[- ]temps[- ]plein)", re.IGNORECASE)
_MOTS_VIDES = re.compile(r"et|ou|dont|soit|en|sur|par|pour|contre|qui|que|sont|est|ont|a")


@dataclass(frozen=True)
class NombreEcrit:
    """Un nombre lu dans une phrase ; `genre` : ce qu'il mesure, `nom` : ce qu'il compte, `article` : « un »."""

    valeur: float
    intervalle: Intervalle
    genre: str
    unite: str
    nom: str
    debut: int
    fin: int
    ligne: int
    article: bool = False
    exact: bool = True
    chiffres: int = 0
    echelle: float = 1.0

    @property
    def nu(self) -> str:
        return nombre(self.valeur, max(self.chiffres, decimales(self.valeur)))

    @property
    def texte(self) -> str:
        if not self.unite:
            return self.nu
        return f"{self.nu}{FINE if self.unite in ('%', '€') else INSECABLE}{self.unite}"

    @property
    def tete(self) -> str:
        """Le premier mot de ce qu'il compte, sans accent ni pluriel."""
        mots = ascii_only(self.nom.lower()).split()
        return mots[0].rstrip("sx") if mots else ""


def read_nombres(texte: str, ligne_of: Callable[[int], int]) -> Iterator[NombreEcrit]:
    """Les nombres d'une phrase, dans l'ordre ; `ligne_of` : la ligne du document où tombe une position."""
    # Sans chiffre ni « ans », la phrase n'a ni date, ni âge, ni numéro à masquer.
    masque = _masked(texte, list(_HORS.finditer(texte))) if re.search(r"\d|\bans\b", texte) else texte
    lus = [x for trouve in _NOMBRE.finditer(masque) if (x := _lu(masque, trouve, ligne_of(trouve.start())))]
    lus = [*_au_choix(masque, lus)]
    for x, suivant in zip_longest(lus, lus[1:]):
        # « de 80 à 100 € » : le premier est aussi en euros.
        partage = suivant and x.genre == COMPTE and not x.unite and masque[x.fin : suivant.debut] == " à "
        if partage and suivant.genre in (MONTANT, PART):
            yield _like(x, suivant)
        else:
            yield x


def _au_choix(masque: str, lus: Sequence[NombreEcrit]) -> Iterator[NombreEcrit]:
    """« 13 ou 14 » est un seul nombre, qui vaut l'un ou l'autre."""
    dernier: NombreEcrit | None = None
    for lu in lus:
        choix = dernier and dernier.genre == lu.genre and masque[dernier.fin : lu.debut] == " ou "
        if choix:
            un, autre = dernier.intervalle, lu.intervalle
            bornes = Intervalle(min(un.bas, autre.bas), max(un.haut, autre.haut))
            dernier = replace(lu, intervalle=bornes, debut=dernier.debut, exact=False)
            continue
        if dernier:
            yield dernier
        dernier = lu
    if dernier:
        yield dernier


def _like(ecrit: NombreEcrit, suivant: NombreEcrit) -> NombreEcrit:
    """Le même nombre, dans l'unité et à l'échelle du suivant."""
    rond = ecrit.exact and (suivant.genre == PART or suivant.echelle != 1)
    lu = arrondi(ecrit.valeur, ecrit.chiffres) if rond else ecrit.intervalle
    return replace(
        ecrit,
        genre=suivant.genre,
        unite=suivant.unite,
        nom="",
        valeur=ecrit.valeur * suivant.echelle,
        intervalle=Intervalle(lu.bas * suivant.echelle, lu.haut * suivant.echelle),
    )


def _masked(texte: str, hors: list[re.Match[str]]) -> str:
    """La phrase, où dates, âges, heures et numéros ne se lisent plus comme des nombres."""
    for m in hors:
        texte = f"{texte[: m.start()]}{'§' * (m.end() - m.start())}{texte[m.end() :]}"
    return texte


def _lu(masque: str, trouve: re.Match[str], ligne: int) -> NombreEcrit | None:
    avant, apres = masque[: trouve.start()], masque[trouve.end() :]
    if trouve["fraction"] or trouve["sur"]:
        return _fraction(trouve, avant, ligne)
    valeur, chiffres = _valeur(trouve)
    if (trouve["lettres"] or "").lower() == "neuf" and not (re.match(r" [^\W\d]", apres) or _AVANT_NEUF.search(avant)):
        return None
    unite = _UNITE_APRES.match(apres)
    genre, nom_unite, echelle, fin = _unite(unite)
    if genre == COMPTE and _is_annee(trouve, valeur, avant, apres):
        return NombreEcrit(valeur, to_intervalle(valeur), ANNEE, "", "", trouve.start(), trouve.end(), ligne)
    suite = apres[fin:]
    if genre == COMPTE and not unite and (pour_cent := _POUR_CENT.match(suite)):
        genre, nom_unite, fin = PART, "pour cent", pour_cent.end()
    if genre == COMPTE and (etp := _ETP.match(suite)):
        nom_unite, fin = "ETP", fin + etp.end()
    intervalle, exact = _precision(valeur, chiffres, genre, nom_unite, echelle, avant, suite, bool(trouve["collectif"]))
    return NombreEcrit(
        valeur * echelle,
        intervalle,
        genre,
        nom_unite,
        _nom(suite) if genre == COMPTE else "",
        trouve.start(),
        trouve.end() + fin,
        ligne,
        (trouve["lettres"] or "").lower() in ("un", "une"),
        exact,
        chiffres if echelle == 1 else 0,
        echelle,
    )


def _valeur(trouve: re.Match[str]) -> tuple[float, int]:
    if trouve["collectif"]:
        combien, mot = ascii_only(trouve["collectif"].lower()).split()
        return _UNITES_EN_LETTRES[combien] * _ENVIRONS[mot.rstrip("s")], 0
    if trouve["lettres"]:
        return read_lettres(trouve["lettres"]), 0
    entier = (
        trouve["entier"].replace(".", "")
        if re.fullmatch(r"\d{1,3}(?:\.\d{3})+", trouve["entier"])
        else trouve["entier"]
    )
    apres = trouve["decimales"] or ""
    valeur = read_nombre(entier.replace(" ", "") + (f",{apres}" if apres else ""))
    return (-valeur if trouve["signe"] and trouve["signe"].strip() != "+" else valeur), len(apres)


def read_lettres(ecrit: str) -> int:
    """`deux cent quarante-trois` → 243."""
    mots = re.sub(r"quatre[- ]vingts?", "quatrevingt", ascii_only(ecrit.lower())).replace("-", " ").split()
    total = courant = 0
    for mot in mots:
        if mot.startswith("cent"):
            courant = (courant or 1) * 100
        elif mot == "mille":
            total, courant = total + (courant or 1) * 1000, 0
        elif mot.startswith("million"):
            total, courant = total + (courant or 1) * 1_000_000, 0
        elif mot != "et":
            courant += _UNITES_EN_LETTRES[mot]
    return total + courant


def _unite(unite: re.Match[str] | None) -> tuple[str, str, float, int]:
    """Le genre, l'unité, l'échelle (milliers, millions) et la longueur de ce qui suit le nombre."""
    if not unite:
        return COMPTE, "", 1.0, 0
    echelle = (unite["echelle"] if unite["montant"] else unite["milliers"]) or ""
    dit = _ECHELLES[echelle.lower().rstrip("s")] if echelle else 1.0
    if unite["duree"]:
        return DUREE, _singulier(unite["duree"].lower()), 1.0, unite.end()
    genre = next(g for nom, g in _GENRES.items() if unite[nom])
    return *genre, dit, unite.end()


def _singulier(mot: str) -> str:
    mot = {"h": "heure", "années": "an", "année": "an"}.get(mot, mot)
    return mot if mot == "mois" else mot.rstrip("s")


def _is_annee(trouve: re.Match[str], valeur: float, avant: str, apres: str) -> bool:
    nu = trouve["entier"] and len(trouve["entier"]) == 4 and not trouve["decimales"]
    if not nu or not 1900 <= valeur <= 2100:
        return False
    return bool(_AVANT_ANNEE.search(avant) or _APRES_ANNEE.match(apres))


def _precision(  # noqa: PLR0913, PLR0917 - tout ce qui entoure le nombre
    valeur: float, chiffres: int, genre: str, unite: str, echelle: float, avant: str, apres: str, collectif: bool
) -> tuple[Intervalle, bool]:
    """Un compte est exact ; un taux, un nombre à virgule ou en milliers l'est à la moitié de son dernier chiffre."""
    rond = chiffres or genre in (PART, POINTS) or echelle != 1 or (unite == "ETP" and chiffres)
    lu = arrondi(valeur, chiffres) if rond and not (genre == MONTANT and echelle == 1) else to_intervalle(valeur)
    lu = lu if not (unite == "ETP" or (genre == COMPTE and chiffres and echelle == 1)) else to_intervalle(valeur)
    lu = Intervalle(lu.bas * echelle, lu.haut * echelle)
    taille = abs(valeur * echelle)
    if _AU_MOINS.search(avant):
        return Intervalle(lu.bas, lu.haut + taille), False
    if _AU_PLUS.search(avant):
        return Intervalle(lu.bas - taille / 2, lu.haut), False
    if collectif or _A_PEU_PRES.search(avant) or _APRES_VAGUE.match(apres):
        jeu = max(taille * (0.25 if collectif else 0.06), 2.0 if genre == PART else _last_digit(taille) / 2)
        return Intervalle(lu.bas - jeu, lu.haut + jeu), False
    return lu, True


def _last_digit(valeur: float) -> float:
    """Le rang du dernier chiffre qui n'est pas nul : 100 pour 1 200."""
    if not valeur or not float(valeur).is_integer():
        return 0.0
    rang = 1
    while valeur % (rang * 10) == 0:
        rang *= 10
    return float(rang)


def _fraction(trouve: re.Match[str], avant: str, ligne: int) -> NombreEcrit:
    if trouve["sur"]:
        combien, bas = _entier(trouve["parmi"]), _entier(trouve["combien"])
    else:
        combien = _UNITES_EN_LETTRES.get(ascii_only(trouve["haut"].lower()).split()[-1], 1)
        mot = ascii_only(trouve["bas"].lower())
        bas = _FRACTIONS.get(mot) or _FRACTIONS[mot.rstrip("s")]
    valeur = 100 * combien / bas
    jeu = _JEU_FRACTION * (3 if _A_PEU_PRES.search(avant) else 1)
    intervalle = Intervalle(valeur - jeu, valeur + jeu)
    if _AU_MOINS.search(avant):
        intervalle = Intervalle(valeur - 0.5, 100)
    elif _AU_PLUS.search(avant):
        intervalle = Intervalle(0, valeur + 0.5)
    debut, fin = trouve.span()
    return NombreEcrit(round(valeur, 1), intervalle, PART, "%", "", debut, fin, ligne, exact=False)


def _entier(ecrit: str) -> int:
    return int(ecrit) if ecrit.isdigit() else read_lettres(ecrit)


def _nom(suite: str) -> str:
    """Ce que compte le nombre : les mots qui le suivent, jusqu'au premier qui n'en fait plus partie."""
    trouve = _NOM.match(suite)
    if not trouve:
        return ""
    retenus: list[str] = []
    for mot in trouve.group(1).split():
        if _MOTS_VIDES.fullmatch(mot.lower()):
            break
        retenus.append(mot)
    return " ".join(retenus)


def is_close(a: float, b: float) -> bool:
    """Du même ordre : l'un ne fait pas le double de l'autre."""
    return bool(a and b) and 0.55 <= math.fabs(a / b) <= 1.8
