"""Les titres « Article 3 – … » et « Annexe 2 – … », au sommaire et dans le corps, et les renvois vers eux."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ctgkit.diagnostic.coherence.alerte import Alerte, Chiffre
from ctgkit.diagnostic.coherence.documents import ou
from ctgkit.diagnostic.coherence.texte import Ligne, Texte
from ctgkit.formats import liste
from ctgkit.texte import ascii_only

_VIDES = frozenset(
    """avec dans pour cette sont elle leur leurs plus tout tous toute toutes mais etre avoir fait ainsi chaque entre
    sans sous figurant presente present convention territoriale globale annexe annexes article articles""".split()  # noqa: SIM905
)
_RACINE = 7
_MOTS_DE_TITRE = 2


@dataclass(frozen=True)
class Titre:
    """`Article 3 – …`, dans le corps ou au sommaire."""

    genre: str
    numero: int
    texte: str = ""
    ligne: int | None = None
    sommaire: bool = False

    @property
    def nom(self) -> str:
        return f"{self.genre} {self.numero}"


@dataclass(frozen=True)
class Renvoi:
    """« (annexe 4) », avec la phrase où on le lit."""

    genre: str
    numero: int
    contexte: str = ""
    ligne: int | None = None


def compare_titres(titres: Sequence[Titre], document: str) -> Iterator[Alerte]:
    par_genre: dict[str, list[Titre]] = defaultdict(list)
    for titre in titres:
        par_genre[titre.genre].append(titre)
    for genre, groupe in par_genre.items():
        yield from _trous(genre, groupe, document)
        yield from _doubles(groupe, document)
        yield from _sommaire(groupe, document)


def _trous(genre: str, titres: Sequence[Titre], document: str) -> Iterator[Alerte]:
    numeros = {t.numero for t in titres}
    if len(numeros) < 3:
        return
    for numero in sorted(set(range(min(numeros), max(numeros))) - numeros):
        voisins = [t for t in titres if t.numero in (numero - 1, numero + 1) and not t.sommaire]
        yield Alerte(
            "titres",
            "E",
            f"{genre.capitalize()} {numero} : manque dans la numérotation",
            f"après {genre} {max(n for n in numeros if n < numero)} vient "
            f"{genre} {min(n for n in numeros if n > numero)}",
            tuple(Chiffre(t.nom, ou(document, t.ligne), t.texte) for t in voisins),
            ("un article retiré sans renuméroter", "un article oublié lors de la reprise d’un modèle"),
        )


def _doubles(titres: Sequence[Titre], document: str) -> Iterator[Alerte]:
    """Le même numéro pour deux titres différents ; un titre répété en haut de page n'est pas un doublon."""
    for sommaire in (True, False):
        par_numero: dict[int, dict[frozenset[str], Titre]] = defaultdict(dict)
        for t in titres:
            if t.sommaire == sommaire and t.texte:
                par_numero[t.numero].setdefault(frozenset(mots(t.texte)), t)
        for numero, differents in par_numero.items():
            if len(differents) > 1:
                deux = list(differents.values())
                yield Alerte(
                    "titres",
                    "E",
                    f"{deux[0].genre.capitalize()} {numero} : deux titres différents",
                    liste([f"« {t.texte} » ({ou('', t.ligne)})" for t in deux]),
                    tuple(Chiffre(t.nom, ou(document, t.ligne), t.texte) for t in deux),
                    ("une numérotation décalée",),
                )


def _sommaire(titres: Sequence[Titre], document: str) -> Iterator[Alerte]:
    """Le sommaire et le corps annoncent les mêmes titres."""
    au_sommaire = {t.numero: t for t in titres if t.sommaire}
    dans_le_corps = {t.numero: t for t in titres if not t.sommaire}
    if not au_sommaire or not dans_le_corps:
        return
    for numero in sorted(au_sommaire.keys() ^ dans_le_corps.keys()):
        titre = au_sommaire.get(numero) or dans_le_corps[numero]
        absent = "du corps du document" if titre.sommaire else "du sommaire"
        yield _alerte_sommaire(titre, f"absent {absent}", "E" if titre.sommaire else "D", document)
    for numero in sorted(au_sommaire.keys() & dans_le_corps.keys()):
        a, b = mots(au_sommaire[numero].texte), mots(dans_le_corps[numero].texte)
        if a and b and len(set(a) & set(b)) < 0.5 * min(len(set(a)), len(set(b))):
            dit = f"« {au_sommaire[numero].texte} » au sommaire, « {dans_le_corps[numero].texte} » dans le corps"
            yield _alerte_sommaire(dans_le_corps[numero], dit, "L", document)


def _alerte_sommaire(titre: Titre, dit: str, niveau: str, document: str) -> Alerte:
    return Alerte(
        "titres",
        niveau,
        f"{titre.nom.capitalize()} : {dit}",
        f"{titre.nom} « {titre.texte} » : {dit}",
        (Chiffre(titre.nom, ou(document, titre.ligne), titre.texte),),
        ("un sommaire qui n’a pas été mis à jour",),
    )


def compare_renvois(renvois: Sequence[Renvoi], titres: Sequence[Titre], document: str) -> Iterator[Alerte]:
    for genre in sorted({r.genre for r in renvois}):
        cibles = {t.numero: t for t in titres if t.genre == genre}
        if cibles:
            for renvoi in (r for r in renvois if r.genre == genre):
                yield from _compare_renvoi(renvoi, cibles, document)


def _compare_renvoi(renvoi: Renvoi, cibles: dict[int, Titre], document: str) -> Iterator[Alerte]:
    lieu = ou(document, renvoi.ligne)
    if renvoi.numero not in cibles:
        connus = f"{renvoi.genre}s {min(cibles)} à {max(cibles)}"
        yield Alerte(
            "renvoi",
            "E",
            f"Renvoi à l’{renvoi.genre} {renvoi.numero}, qui n’existe pas",
            f"le document renvoie à l’{renvoi.genre} {renvoi.numero} ; il contient : {connus}",
            (Chiffre(f"{renvoi.genre} {renvoi.numero}", lieu, _extrait(renvoi.contexte)),),
            ("un renvoi hérité d’un modèle",),
        )
    elif mieux := _meilleure_cible(renvoi, cibles):
        vise = cibles[renvoi.numero]
        yield Alerte(
            "renvoi",
            "D",
            f"Renvoi à l’{renvoi.genre} {renvoi.numero} : plutôt l’{mieux.nom} ?",
            f"« {_extrait(renvoi.contexte)} » renvoie à l’{vise.nom} (« {vise.texte} ») ; "
            f"l’{mieux.nom} s’intitule « {mieux.texte} »",
            (Chiffre(vise.nom, lieu, vise.texte), Chiffre(mieux.nom, ou(document, mieux.ligne), mieux.texte)),
            ("une annexe ajoutée sans renuméroter les renvois",),
            proposition=mieux.nom,
        )


def _meilleure_cible(renvoi: Renvoi, cibles: dict[int, Titre]) -> Titre | None:
    """Une autre cible dont le titre reprend nettement mieux les mots de la phrase."""
    phrase = set(mots(renvoi.contexte))
    communs = {n: [m for m in dict.fromkeys(mots(t.texte)) if m in phrase] for n, t in cibles.items()}
    frequences = Counter(m for t in cibles.values() for m in set(mots(t.texte)))
    ici = len(communs[renvoi.numero])
    numero = max(communs, key=lambda n: (len(communs[n]), -n))
    propres = [m for m in communs[numero] if frequences[m] == 1]
    en_tete = mots(cibles[numero].texte)[:_MOTS_DE_TITRE]
    nettement = len(communs[numero]) - ici >= 2 and propres
    seul = ici == 0 and any(m in en_tete for m in propres)
    return cibles[numero] if numero != renvoi.numero and (nettement or seul) else None


def mots(texte: str) -> list[str]:
    """Les racines des mots qui portent le sens, sans accents ni pluriels."""
    sans = ascii_only(texte.lower())
    return [m.rstrip("sx")[:_RACINE] for m in re.findall(r"[a-z]{4,}", sans) if m not in _VIDES]


def _extrait(texte: str, longueur: int = 120) -> str:
    propre = " ".join(texte.split())
    return propre if len(propre) <= longueur else f"{propre[:longueur].rsplit(' ', 1)[0]}…"


_TITRE = re.compile(
    r"^\W{0,4}(article|annexe)\s+(?:n\s?°\s*)?(1er|premier|\d{1,2})\s*(?:[-–—:.]+\s*(.*)|$)", re.IGNORECASE
)
_PAGE = re.compile(r"[\s.…_]*(?:\t|\s{2,}|\.{2,}|…)\s*\d{1,3}\s*$")
_RENVOI = re.compile(
    r"\b(annexe|article)s?\s+(?:n\s?°\s*)?(\d{1,2}(?:er)?)(?![\d])(?:\s*(?:,|et|à)\s*(\d{1,2})\b(?! \w*\d))?",
    re.IGNORECASE,
)
_LOI = re.compile(
    r"^\W{0,3}(?:et suivants\s+)?(?:du|de la|de l'|des|de)\s+(?:\w+\s+){0,2}?"
    r"(?:code|loi|règlement|reglement|rgpd|décret|decret|arrêté|arrete|traité|directive|constitution|ordonnance|cgct"
    r"|casf|circulaire|charte|convention d'objectifs|cog)",
    re.IGNORECASE,
)
_PHRASE_LONGUE = 140


def check_titres(texte: Texte) -> Iterator[Alerte]:
    trouves = titres(texte)
    yield from compare_titres(trouves, texte.document)
    yield from compare_renvois(list(renvois(texte)), list(_cibles(trouves)), texte.document)


def _cibles(trouves: list[Titre]) -> Iterator[Titre]:
    """Les titres du corps ; ceux du sommaire pour un genre dont le corps n'a aucun titre (des annexes à part)."""
    du_corps = {t.genre for t in trouves if not t.sommaire}
    return (t for t in trouves if not t.sommaire or t.genre not in du_corps)


def titres(texte: Texte) -> list[Titre]:
    """Les titres, dans l'ordre ; une ligne qui finit par un numéro de page est au sommaire."""
    return [t for t in map(_titre, texte.pleines()) if t]


def _titre(ligne: Ligne) -> Titre | None:
    trouve = _TITRE.match(ligne.net)
    if not trouve or len(ligne.net) > _PHRASE_LONGUE:
        return None
    intitule = trouve.group(3) or ""
    page = _PAGE.search(ligne.brut.rstrip())
    propre = _PAGE.sub("", intitule) if page else intitule
    propre = re.sub(r"[\s.]*\d{1,3}$", "", propre) if page else propre
    numero = trouve.group(2).lower()
    rang = 1 if numero in ("1er", "premier") else int(numero)
    return Titre(trouve.group(1).lower(), rang, propre.strip(" ."), ligne.numero, bool(page))


def renvois(texte: Texte) -> Iterator[Renvoi]:
    """« (annexe 4) », « à l'article 3 » ; un article d'un code ou d'une loi n'est pas un renvoi interne."""
    for ligne in texte.pleines():
        if _titre(ligne):
            continue
        trouves = list(_RENVOI.finditer(ligne.net))
        for rang, trouve in enumerate(trouves):
            avant, apres = ligne.net[: trouve.start()], ligne.net[trouve.end() :]
            if not _externe(avant, apres):
                contexte = _autour(texte, ligne, avant, trouve.group() + apres)
                if len(trouves) > 1:
                    # Plusieurs renvois : les mots qui mènent à l'un ne sont pas ceux de l'autre.
                    contexte = ligne.net[trouves[rang - 1].end() if rang else 0 : trouve.end()]
                for numero in filter(None, (trouve.group(2), trouve.group(3))):
                    yield Renvoi(trouve.group(1).lower(), int(numero.removesuffix("er")), contexte, ligne.numero)


def _externe(avant: str, apres: str) -> bool:
    loi_avant = re.search(r"\b(?:code|loi|décret|règlement|rgpd|cgct)\b[^.;]{0,40}$", avant, re.IGNORECASE)
    return bool(_LOI.match(apres) or loi_avant or re.match(r"^[.-]\d", apres))


def _autour(texte: Texte, ligne: Ligne, avant: str, apres: str) -> str:
    """La phrase qui contient le renvoi, sans ce qui précède un point."""
    phrase = texte.phrase(ligne)
    debut = phrase[: len(phrase) - len(ligne.net)] + avant
    return re.split(r"(?<=[a-zé)])\.\s+(?=[A-ZÉ])", debut)[-1] + re.split(r"\.\s", apres, maxsplit=1)[0]
