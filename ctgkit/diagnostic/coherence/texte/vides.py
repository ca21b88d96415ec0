"""Ce qui reste à écrire : « XX », « à définir », lignes à remplir, cases à cocher, tableaux sans ligne."""

import re
from collections import defaultdict
from collections.abc import Iterator

from ctgkit.diagnostic.coherence.alerte import Alerte, Chiffre
from ctgkit.diagnostic.coherence.texte import Ligne, Texte
from ctgkit.formats import liste
from ctgkit.texte import ascii_only

_XX = re.compile(r"(?<![\w-])[Xx]{2,}(?![\w'])")
_ROI = re.compile(r"\b(?:louis|pie|jean|chapitre|tome)\s*$", re.IGNORECASE)
_FIN = re.compile(r"\s+(?:et|ou)(?:\s+(?:les|des|le|la))?\s*$")
_CASE_COCHEE = re.compile(r"^\W{0,4}(?:[xX]\s|[☒☑✓✔])|^\W{0,4}\[x\]", re.IGNORECASE)
_AVANT, _APRES = 60, 300
_SIECLE = re.compile(r"^\s*(?:e|ème|eme)\b|^\s+siècle")
_A_DEFINIR = re.compile(
    r"(?:^|[:(\t–-])\s*(?:reste(?:nt)?\s+)?à\s+(?:définir|compléter|préciser|déterminer|renseigner|confirmer|venir)\b"
    r"\s*[.)\];]*\s*$|\breste(?:nt)?\s+à\s+(?:définir|compléter|préciser|déterminer|renseigner)\b",
    re.IGNORECASE,
)
_CROCHETS = re.compile(
    r"\[\s*(?:…|\.{3}|à [^\]]{3,40}|nom[^\]]{0,30}|date[^\]]{0,30}|montant[^\]]{0,30})\s*\]", re.IGNORECASE
)
_POINTILLES = re.compile(r"(?:\.{5,}|…{2,}|_{4,})(?!\s*\d{1,3}\s*$)")
_COCHER = re.compile(r"\(\s*cocher la case[^)]{0,40}\)", re.IGNORECASE)
_DATE_VIDE = re.compile(
    r"(?:jj|\.\.)\s?/\s?(?:mm|\.\.)\s?/\s?(?:aaaa|\.{2,4})|\b__/__/____\b|\.\.\s?/\s?\.\.\s?/\s?\d{4}|\d{1,2}/\d{1,2}/(?:XXXX|20XX|20\.\.)",
    re.I,
)
_SEULE = re.compile(r"^(?:fait à|publié le|affiché le|le|signé le|en date du|nom|fonction)\s*:?\s*$", re.IGNORECASE)
_APRES_FAIT_A = re.compile(r"^le\s*:?\s*$", re.IGNORECASE)


def check_vides(texte: Texte) -> Iterator[Alerte]:
    vus: dict[str, list[Ligne]] = defaultdict(list)
    for ligne in texte.pleines():
        yield from _champs_xx(texte, ligne)
        for motif, titre in _autres(texte, ligne):
            vus[f"{titre} : {motif}"].append(ligne)
    for titre, lignes in vus.items():
        yield _alerte(texte, titre, lignes)
    yield from _tableaux_vides(texte)


def _champs_xx(texte: Texte, ligne: Ligne) -> Iterator[Alerte]:
    """Chaque XX, avec ce qu'il compte et ce que le reste du document permet d'écrire."""
    cellules = ligne.net.split("\t")
    entete = _entete(texte, ligne, len(cellules))
    for colonne, cellule in enumerate(cellules):
        for trouve in _XX.finditer(cellule):
            apres = cellule[trouve.end() : trouve.end() + _APRES]
            if _SIECLE.match(apres) or _ROI.search(cellule[: trouve.start()]):
                continue
            libelle = _FIN.sub("", re.split(rf"{_XX.pattern}|[.;]", apres)[0].strip())
            if not libelle[:1].isalnum() and not libelle.startswith("("):
                libelle = ""
            avant = cellule[max(0, trouve.start() - _AVANT) : trouve.start()].rstrip(" :,;.(-–")
            quoi = libelle or (entete[colonne] if entete else "") or avant or "champ"
            debut = f"{cellules[0].strip()} : " if colonne else ""
            yield _champ(texte, ligne, f"{debut}{quoi}", suggest(texte, libelle, ligne.numero) if libelle else "")


def _champ(texte: Texte, ligne: Ligne, quoi: str, proposition: str) -> Alerte:
    dit = f" ; le document donne : {proposition}" if proposition else ""
    chiffre = Chiffre("XX", texte.ou(ligne.numero), quoi)
    return Alerte("vide", "X", f"{quoi} (XX)", f"« XX » n’est pas rempli{dit}", (chiffre,), proposition=proposition)


def _entete(texte: Texte, ligne: Ligne, largeur: int) -> list[str]:
    """Les titres de colonnes du tableau où se trouve la ligne."""
    for avant in reversed(texte.lignes[max(0, ligne.numero - 20) : ligne.numero - 1]):
        cellules = [c.strip() for c in avant.net.split("\t")]
        if len(cellules) == largeur > 1 and not _XX.search(avant.net):
            return cellules
        if "\t" not in avant.net and avant.net:
            break
    return []


def _autres(texte: Texte, ligne: Ligne) -> Iterator[tuple[str, str]]:
    net = ligne.net
    if _A_DEFINIR.search(net):
        yield net[:120], "à définir"
    if trouve := _CROCHETS.search(net):
        yield trouve.group(), "à remplacer"
    if _POINTILLES.search(ligne.brut) and not re.search(r"\d{1,3}\s*$", net):
        yield net[:120], "ligne à remplir"
    if _COCHER.search(net) and not _cochee(texte, ligne):
        yield _precedente(texte, ligne), "case à cocher"
    if trouve := _DATE_VIDE.search(net):
        yield trouve.group(), "date à remplir"
    if _SEULE.match(net) and _reste_vide(texte, ligne):
        yield net.rstrip(" :"), "laissé vide"


def _cochee(texte: Texte, ligne: Ligne) -> bool:
    suivantes = [x.net for x in texte.lignes[ligne.numero : ligne.numero + 8] if x.net]
    return any(_CASE_COCHEE.match(x) for x in suivantes)


def _reste_vide(texte: Texte, ligne: Ligne) -> bool:
    """« Publié le » seul sur sa ligne, et rien de daté juste après ; « Le » ne compte qu'après « Fait à »."""
    suivantes = [x.net for x in texte.lignes[ligne.numero : ligne.numero + 2] if x.net]
    if suivantes and re.match(r"^\d{1,2}[/ ]", suivantes[0]):
        return False
    if _APRES_FAIT_A.match(ligne.net):
        avant = [x.net for x in texte.lignes[max(0, ligne.numero - 4) : ligne.numero - 1] if x.net]
        return any(x.lower().startswith("fait à") for x in avant)
    return True


def _precedente(texte: Texte, ligne: Ligne) -> str:
    """Le titre sous lequel la case est à cocher, si aucune case cochée ne suit."""
    avant = next((x.net for x in reversed(texte.lignes[: ligne.numero - 1]) if x.net), "")
    return avant[:100]


def _alerte(texte: Texte, titre: str, lignes: list[Ligne]) -> Alerte:
    fois = f" ({len(lignes)} fois)" if len(lignes) > 1 else ""
    chiffres = tuple(Chiffre("vide", texte.ou(x.numero), x.net[:80]) for x in lignes[:10])
    donne = find_deja_ecrit(texte, lignes[0].net.rstrip(" :"), lignes[0].numero)
    dit = f" ; le document donne : {donne}" if donne else ""
    return Alerte("vide", "X", titre, f"à compléter{fois}{dit}", chiffres, proposition=donne)


def _tableaux_vides(texte: Texte) -> Iterator[Alerte]:
    """Un en-tête de tableau (au moins trois colonnes) sans aucune ligne dessous."""
    for ligne in texte.pleines():
        colonnes = [c.strip() for c in ligne.brut.split("\t") if c.strip()]
        suivantes = [x for x in texte.lignes[ligne.numero : ligne.numero + 3] if x.net]
        precedente = texte.lignes[ligne.numero - 2].brut if ligne.numero > 1 else ""
        if len(colonnes) >= 3 and "\t" not in precedente and not any("\t" in x.brut for x in suivantes):
            titre = ", ".join(colonnes)[:120]
            if re.match(r"(?i)liste|nom|date|commune|collectivité", colonnes[0]) and not re.search(r"\d", titre):
                chiffre = Chiffre("tableau vide", texte.ou(ligne.numero), titre)
                yield Alerte("vide", "X", f"Tableau sans ligne : {titre}", "un en-tête, aucune ligne", (chiffre,))


_NOMBRE = re.compile(r"(?<![\w.,/-])(\d{1,3}(?:[ \u00a0\u202f]\d{3})*)(?![\d,./%])")
_RANG = re.compile(r"(?:objectif|phase|article|annexe|axe|fiche|enjeu|page|ligne|n)\s*\W?\s*$")
_PROCHE = 70
_SOMMAIRE = re.compile(r"^\W{0,4}(annexe)s?\s+(\d{1,2})\b", re.IGNORECASE)


def suggest(texte: Texte, libelle: str, ligne: int) -> str:
    """« 23 (ligne 481) » quand le document compte ailleurs la même chose ; rien s'il n'en dit rien."""
    if re.match(r"(?i)annexes?\b", libelle):
        return _annexes(texte)
    mot = _mot_cle(libelle)
    if not mot:
        return ""
    trouves: dict[str, int] = {}
    for autre in texte.pleines():
        if autre.numero != ligne and not re.search(r"(?<!\w)[Xx]{2,}(?!\w)", autre.net):
            for nombre in _nombres_devant(autre.net, mot)[:1]:
                trouves.setdefault(nombre, autre.numero)
    if not trouves or len(trouves) > 3:
        return ""
    return liste([f"{n} (ligne {numero})" for n, numero in trouves.items()])


def find_deja_ecrit(texte: Texte, etiquette: str, ligne: int) -> str:
    """« Publié le » laissé vide ici, rempli ailleurs."""
    for autre in texte.pleines():
        reste = re.match(rf"(?i)^{re.escape(etiquette)}\s*:?\s*(\d.{{3,60}})$", autre.net)
        if reste and autre.numero != ligne:
            return f"{reste.group(1)} (ligne {autre.numero})"
    return ""


def _mot_cle(libelle: str) -> str:
    """Le sigle du libellé (entre parenthèses de préférence), sinon son mot le plus long."""
    entre = re.search(r"\((\w{3,})\)", libelle)
    if entre:
        return ascii_only(entre.group(1).lower())
    sigles = re.findall(r"\b[A-Z]{3,}\b", libelle)
    return ascii_only(sigles[0].lower()) if sigles else ""


def _nombres_devant(phrase: str, mot: str) -> list[str]:
    """Les nombres que suit le mot, sans autre nombre entre eux."""
    nue = ascii_only(phrase.lower())
    if not re.search(rf"\b{re.escape(mot)}s?\b", nue):
        return []
    trouves = []
    for nombre in _NOMBRE.finditer(nue):
        if _RANG.search(nue[: nombre.start()]):
            continue
        suite = nue[nombre.end() : nombre.end() + _PROCHE]
        suite = re.split(r"\d", suite)[0]
        if re.search(rf"\b{re.escape(mot)}s?\b", suite):
            trouves.append(nombre.group(1))
    return trouves


def _annexes(texte: Texte) -> str:
    trouvees = {int(t.group(2)) for x in texte.pleines() if (t := _SOMMAIRE.match(x.net))}
    return f"{len(trouvees)} annexes dans le document" if len(trouvees) > 1 else ""
