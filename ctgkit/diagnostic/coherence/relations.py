"""Les relations que le territoire déclare dans `relations.yaml` : une liste, chaque élément avec sa `regle`.

- `somme` : `total`, `parties` · `part` : `part`, `numerateur` (un terme ou plusieurs, additionnés), `denominateur`
  (ou `inconnu` : on le cherche), `facteur` (100), `entier: true` quand on compte des unités entières
- `meme_notion` : `valeurs` · `moyenne` : `ensemble` (un terme, ou `numerateur` et `denominateur`), `groupes`,
  `partition: true` quand les groupes couvrent tout · `evolution` : `taux`, `avant`, `apres` · `tendances` : `valeurs`
- `formule` : `formule: "AV09 = AV01 + AV02"` · `compte` : `annonce`, `trouves` (ou `liste`, énumérée ou nom d'un
  tableau) · `dates` : `dates`, dans l'ordre · `inclusion` : `elements` et `dans`, chacun `{libelle, ligne, liste}`
- `titres` et `renvois` : `prefixe`, `titres` (`numero`, `titre`, `ligne`), `renvois` (`vers`, `contexte`, `ligne`)

Un terme est un code (`AV01`), un nombre, ou `{code, geo, annee}`, ou
`{valeur, libelle, unite, texte, annee, ligne, document}` (`texte` : ce qu'on montre à la place du nombre).
Communs à toutes : `titre`, `document`, `geo`, `theme`, `explication`, `niveau` (E, D, L, X, P, I).
Sont aussi compris : `nature` pour `regle`, `rapport` pour `part`, `resultat` pour le total ou le taux, `termes`.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

from ctgkit.diagnostic.coherence.alerte import NIVEAUX, Alerte, Chiffre
from ctgkit.diagnostic.coherence.contexte import ChiffreLu, ChiffresLus
from ctgkit.diagnostic.coherence.documents import compte as alerte_compte
from ctgkit.diagnostic.coherence.documents import ou
from ctgkit.diagnostic.coherence.notions import normalize
from ctgkit.diagnostic.coherence.operation import (
    Expression,
    Operation,
    add,
    closest_wrong,
    counts_units,
    divide,
    every_way,
    evolve,
    supposed_base,
    write_bounds,
    write_units,
)
from ctgkit.diagnostic.coherence.texte.titres import Renvoi, Titre, compare_renvois, compare_titres
from ctgkit.diagnostic.formules import FormuleIndicateur, Intervalle, arrondi, decimales
from ctgkit.errors import CtgError, did_you_mean
from ctgkit.formats import date_longue, liste, nombre, pluriel, pourcent, read_date, read_nombre
from ctgkit.texte import majuscule, minuscule

_ECRIT = re.compile(r"^([+-−]?[\d\s\u00a0\u202f]*\d(?:[.,]\d+)?)\s*(.*)$")


@dataclass(frozen=True)
class ValeurEcrite:
    """Ce qu'un terme vaut, avec sa précision et sa provenance."""

    valeur: float
    intervalle: Intervalle
    unite: str = ""
    annee: int | None = None
    code: str = ""
    ou: str = ""
    libelle: str = ""
    texte_lu: str = ""

    @property
    def nu(self) -> str:
        return nombre(self.valeur, decimales(self.valeur))

    @property
    def texte(self) -> str:
        if self.texte_lu:
            return self.texte_lu
        separateur = "\u202f" if self.unite in ("%", "‰", "€") else "\u00a0"
        return f"{self.nu}{separateur}{self.unite}" if self.unite else self.nu

    def chiffre(self) -> Chiffre:
        return Chiffre(self.texte, self.ou, self.libelle)


Relation = Mapping[str, Any]
TermeLu = Sequence[ValeurEcrite]
"""Les lectures possibles d'un terme ; aucune quand il est masqué ou inconnu."""


def read_terme(contexte: ChiffresLus, brut: Any, relation: Relation) -> TermeLu:
    """`AV01`, `15`, `"10,6 %"`, `{code: AV01, annee: 2024}` ou `{valeur: 15, libelle: …, ligne: 750}`."""
    if isinstance(brut, Mapping):
        if "valeur" in brut:
            return [_ecrite(brut["valeur"], brut, relation)]
        if "code" in brut:
            return _codes(contexte, brut, relation)
    elif isinstance(brut, int | float) and not isinstance(brut, bool):
        return [_ecrite(brut, {}, relation)]
    elif isinstance(brut, str):
        if brut in contexte.catalogue:
            return _codes(contexte, {"code": brut}, relation)
        if _ECRIT.match(brut.strip()):
            return [_ecrite(brut, {}, relation)]
    raise erreur(relation, f"terme illisible : {brut!r}", "un code du catalogue, un nombre, ou {valeur: …, libelle: …}")


def read_termes(contexte: ChiffresLus, brut: Any, relation: Relation) -> list[TermeLu]:
    elements = brut if isinstance(brut, list | tuple) else [brut]
    if not elements or brut is None:
        raise erreur(relation, "des termes manquent", "une liste de codes ou de valeurs")
    return [read_terme(contexte, e, relation) for e in elements]


def _codes(contexte: ChiffresLus, brut: Mapping[str, Any], relation: Relation) -> TermeLu:
    code = str(brut["code"])
    contexte.catalogue[code]
    geo = str(brut.get("geo") or relation.get("geo") or contexte.lieu)
    annee = brut.get("annee") or relation.get("annee")
    return [to_valeur(x) for x in contexte.read(code, geo) if annee in (None, "", x.annee)]


def to_valeur(lu: ChiffreLu) -> ValeurEcrite:
    dit = lu.libelle or lu.definition.libelle
    return ValeurEcrite(lu.valeur, lu.intervalle, lu.definition.unite, lu.annee, lu.code, lu.ou, dit, lu.texte)


def _ecrite(ecrit: Any, brut: Mapping[str, Any], relation: Relation) -> ValeurEcrite:
    """Une chaîne garde ses décimales : « 10,0 % » n'est pas « 10 % »."""
    trouve = _ECRIT.match(str(ecrit).strip())
    try:
        valeur = read_nombre(trouve.group(1)) if trouve else float("nan")
    except ValueError:
        raise erreur(relation, f"nombre illisible : {ecrit!r}", "un nombre, par exemple 10,6") from None
    if math.isnan(valeur):
        raise erreur(relation, f"nombre illisible : {ecrit!r}", "un nombre, par exemple 10,6")
    apres = trouve.group(1).replace(",", ".").partition(".")[2] if isinstance(ecrit, str) else ""
    unite = str(brut.get("unite") or trouve.group(2))
    chiffres = len(apres) if isinstance(ecrit, str) else decimales(valeur)
    exact = unite not in ("%", "‰") and chiffres == 0
    lieu = ou(str(brut.get("document") or relation.get("document") or ""), brut.get("ligne"))
    annee = brut.get("annee") if isinstance(brut.get("annee"), int) else None
    intervalle = Intervalle(valeur, valeur) if exact else arrondi(valeur, chiffres)
    return ValeurEcrite(
        valeur,
        intervalle,
        unite,
        annee,
        ou=lieu,
        libelle=str(brut.get("libelle") or ""),
        texte_lu=str(brut.get("texte") or ""),
    )


def cle(relation: Relation, *noms: str) -> Any:
    trouve = next((relation[n] for n in noms if relation.get(n) is not None), None)
    if trouve is None:
        raise erreur(relation, f"« {noms[0]} » manque", f"{noms[0]}: un terme ou une liste de termes")
    return trouve


@dataclass(frozen=True)
class Faute:
    """Ce qu'une relation déclarée a trouvé de faux."""

    regle: str
    titre: str
    calcul: str
    valeurs: Sequence[ValeurEcrite]
    niveau: str = ""

    def alerte(self, contexte: ChiffresLus) -> Alerte:
        """Certaine quand tout est de la même année ; à qualifier sinon."""
        annees = {v.annee for v in self.valeurs}
        codes = tuple(dict.fromkeys(v.code for v in self.valeurs if v.code))
        definition = contexte.catalogue[codes[0]] if codes else None
        nom = definition.libelle if definition else next((v.libelle for v in self.valeurs if v.libelle), "")
        return Alerte(
            self.regle,
            self.niveau or ("E" if len(annees) <= 1 else "D"),
            f"{nom} : {self.titre}" if nom else self.titre,
            self.calcul,
            tuple(v.chiffre() for v in self.valeurs),
            ("des années différentes, ou une année qui n’est pas écrite",) if len(annees) > 1 else (),
            definition.theme if definition else "",
            codes,
            contexte.lieu,
        )


def erreur(relation: Relation, quoi: str, attendu: str) -> CtgError:
    nom = (
        relation.get("titre") or relation.get("libelle") or relation.get("code") or relation.get("regle") or "sans nom"
    )
    return CtgError(f"Relation « {nom} » : {quoi}.", "relations.yaml", f"Attendu : {attendu}.")


RegleDeclarable = Callable[[ChiffresLus, Relation], Iterator[Alerte]]
REGLES: dict[str, RegleDeclarable] = {}


def _declarable(regle: RegleDeclarable) -> RegleDeclarable:
    """Une règle que l'on peut déclarer : son nom est celui que l'on écrit."""
    REGLES[regle.__name__] = regle
    return regle


@_declarable
def part(contexte: ChiffresLus, relation: Relation) -> Iterator[Alerte]:
    taux = read_terme(contexte, cle(relation, "part", "resultat", "taux"), relation)
    facteur = float(relation.get("facteur") or 100)
    inconnu = relation.get("denominateur") in (None, "inconnu")
    if relation.get("numerateur") in (None, "inconnu"):
        if not inconnu:
            yield from _entiers(contexte, taux, read_terme(contexte, relation["denominateur"], relation), facteur)
        return
    hauts = read_termes(contexte, relation["numerateur"], relation)
    if inconnu:
        yield from _denominateur_introuvable(contexte, taux, hauts, facteur)
        return
    bas = read_termes(contexte, relation["denominateur"], relation)
    unite = "%" if taux and taux[0].unite in ("%", "") else taux[0].unite if taux else ""
    lectures = every_way([taux, *hauts, *bas])
    n = 1 + len(hauts)
    if faux := closest_wrong(Operation(v[0], divide(v[1:n], v[n:], facteur), unite) for v in lectures):
        yield _fausse(contexte, "R1", "le calcul ne redonne pas", faux)
    yield from _unites(contexte, hauts, bas)


def _fausse(contexte: ChiffresLus, regle: str, quoi: str, faux: Operation[ValeurEcrite]) -> Alerte:
    return Faute(regle, f"{quoi} {faux.annonce.texte}", faux.contredit, faux.lus).alerte(contexte)


def _entiers(contexte: ChiffresLus, taux: TermeLu, bas: TermeLu, facteur: float) -> Iterator[Alerte]:
    """Aucun nombre entier d'unités ne donne ce taux : la base est autre que celle que l'on croit."""
    for t, b in every_way([taux, bas]):
        if not counts_units(t, b, facteur):
            titre = f"{t.texte} de {b.texte} ne fait pas un nombre entier"
            yield Faute("R1", titre, write_units(t, b, facteur), (t, b), "D").alerte(contexte)


def _denominateur_introuvable(
    contexte: ChiffresLus, taux: TermeLu, hauts: Sequence[TermeLu], facteur: float
) -> Iterator[Alerte]:
    lues = [(v, add(v[1:])) for v in every_way([taux, *hauts])]
    essais = [(v, haut, base) for v, haut in lues if (base := supposed_base(haut.resultat * facteur, v[0]))]
    connus = [x for x in contexte.lus if x.definition.nature == "effectif" and x.geo == contexte.lieu]
    if not essais or any(base.touches(x.intervalle) for _, _, base in essais for x in connus):
        return
    calculs = [f"{_haut(haut)} / {v[0].texte} : dénominateur {write_bounds(base)}" for v, haut, base in essais]
    titre = f"{essais[0][0][0].texte} : aucun total connu ne redonne cette part"
    yield Faute("R5", titre, " ; ".join(dict.fromkeys(calculs)), essais[0][0], "D").alerte(contexte)


def _haut(somme: Expression[ValeurEcrite]) -> str:
    return f"({somme.ecrite})" if len(somme.termes) > 1 else somme.ecrite


def _unites(contexte: ChiffresLus, hauts: Sequence[TermeLu], bas: Sequence[TermeLu]) -> Iterator[Alerte]:
    """« 2 243 enfants sur 5 853 familles » : le calcul peut tomber juste et ne rien vouloir dire."""
    termes = [t[0] for t in (*hauts, *bas) if t]
    ecrits = [v for v in termes if v.unite and not v.code]
    if len(ecrits) == len(termes) and len({v.unite.rstrip("s") for v in ecrits}) > 1:
        dit = " sur ".join(v.texte for v in ecrits)
        calcul = f"{dit} : les deux nombres ne comptent pas la même chose"
        yield Faute("R4", f"« {dit} »", calcul, ecrits, "L").alerte(contexte)


_ECART_TENDANCES = 10.0


@_declarable
def somme(contexte: ChiffresLus, relation: Relation) -> Iterator[Alerte]:
    ecrits = read_terme(contexte, cle(relation, "total", "resultat"), relation)
    parties = read_termes(contexte, cle(relation, "parties", "termes"), relation)
    if faux := closest_wrong(Operation(v[0], add(v[1:])) for v in every_way([ecrits, *parties])):
        yield _fausse(contexte, "R2", "la somme ne fait pas", faux)


@_declarable
def meme_notion(contexte: ChiffresLus, relation: Relation) -> Iterator[Alerte]:
    termes = read_termes(contexte, cle(relation, "valeurs", "termes"), relation)
    valeurs = [v for t in termes for v in t]
    if any(not a.intervalle.touches(b.intervalle) for a in valeurs for b in valeurs):
        niveau = "E" if len({v.annee for v in valeurs}) == 1 and valeurs[0].annee else "D"
        calcul = " ≠ ".join(dict.fromkeys(v.texte for v in valeurs))
        yield Faute("R3", "plusieurs valeurs pour une même notion", calcul, valeurs, niveau).alerte(contexte)


@_declarable
def moyenne(contexte: ChiffresLus, relation: Relation) -> Iterator[Alerte]:
    groupes = [t for t in read_termes(contexte, cle(relation, "groupes", "termes"), relation) if t]
    ensembles = list(_ensembles(contexte, relation))
    if not groupes or not ensembles:
        return
    bas = min((v for t in groupes for v in t), key=lambda v: v.valeur)
    haut = max((v for t in groupes for v in t), key=lambda v: v.valeur)
    enveloppe = Intervalle(bas.intervalle.bas, haut.intervalle.haut)
    if not any(enveloppe.touches(intervalle) for _, intervalle, _ in ensembles):
        calcul, _, valeurs = min(ensembles, key=lambda e: _distance(e[1], enveloppe))
        dit = f"{calcul}, hors des groupes : de {bas.texte} à {haut.texte}"
        niveau = "E" if relation.get("partition") else "D"
        yield Faute("R6", "l’ensemble n’est pas entre ses groupes", dit, (*valeurs, bas, haut), niveau).alerte(contexte)


def _ensembles(contexte: ChiffresLus, relation: Relation) -> Iterator[tuple[str, Intervalle, tuple[ValeurEcrite, ...]]]:
    brut = cle(relation, "ensemble", "resultat")
    if not (isinstance(brut, Mapping) and "numerateur" in brut):
        yield from ((v.texte, v.intervalle, (v,)) for v in read_terme(contexte, brut, relation))
        return
    hauts = read_termes(contexte, brut["numerateur"], relation)
    bas = read_termes(contexte, brut.get("denominateur"), relation)
    for valeurs in every_way([*hauts, *bas]):
        rapport = divide(valeurs[: len(hauts)], valeurs[len(hauts) :])
        if rapport.est_calculable:
            yield f"{rapport.ecrite} = {pourcent(rapport.milieu)}", rapport.resultat, valeurs


@_declarable
def evolution(contexte: ChiffresLus, relation: Relation) -> Iterator[Alerte]:
    noms = (("taux", "resultat", "evolution"), ("avant",), ("apres",))
    termes = [read_terme(contexte, cle(relation, *n), relation) for n in noms]
    lectures = (v for v in every_way(termes) if v[1].valeur > 0)
    if faux := closest_wrong(Operation(v[0], evolve(v[1], v[2]), "%", signe=True) for v in lectures):
        yield _fausse(contexte, "R1", "le calcul ne redonne pas", faux)


@_declarable
def tendances(contexte: ChiffresLus, relation: Relation) -> Iterator[Alerte]:
    """Deux évolutions du même phénomène qui s'écartent trop : une stabilité et une forte baisse."""
    valeurs = [v for t in read_termes(contexte, cle(relation, "valeurs", "termes"), relation) for v in t]
    if len(valeurs) < 2:
        return
    bas, haut = min(valeurs, key=lambda v: v.valeur), max(valeurs, key=lambda v: v.valeur)
    seuil = float(relation.get("seuil") or _ECART_TENDANCES)
    if bas.valeur * haut.valeur <= 0 and haut.valeur - bas.valeur >= seuil:
        dits = liste([f"{_nom(contexte, v)} ({v.texte})" for v in (haut, bas)])
        yield Faute("tendances", "deux évolutions qui s’opposent", dits, (haut, bas), "D").alerte(contexte)


def _nom(contexte: ChiffresLus, valeur: ValeurEcrite) -> str:
    return minuscule(contexte.catalogue[valeur.code].libelle) if valeur.code else valeur.libelle or "valeur"


@_declarable
def formule(contexte: ChiffresLus, relation: Relation) -> Iterator[Alerte]:
    code, _, expression = str(cle(relation, "formule")).partition("=")
    code = code.strip()
    try:
        lue = FormuleIndicateur(expression)
        termes = [read_terme(contexte, c, relation) for c in (code, *lue.codes)]
    except ValueError as faute:
        raise erreur(relation, str(faute), "CODE = CODE + CODE") from None

    lectures = ((v[0], dict(zip(lue.codes, v[1:], strict=True))) for v in every_way(termes))
    if faux := closest_wrong(Operation(v, Expression(lue, lus), v.unite) for v, lus in lectures):
        yield _fausse(contexte, "R2" if lue.est_somme else "R1", "la formule ne redonne pas", faux)


def _distance(intervalle: Intervalle, enveloppe: Intervalle) -> float:
    return max(enveloppe.bas - intervalle.haut, intervalle.bas - enveloppe.haut)


@_declarable
def compte(contexte: ChiffresLus, relation: Relation) -> Iterator[Alerte]:
    """`annonce: {valeur: 2, libelle: dates, ligne: 197}` contre `liste` (éléments ou tableau) ou `trouves`."""
    annonces = read_terme(contexte, cle(relation, "annonce", "total"), relation)
    trouves = _trouves(contexte, relation)
    if annonces and trouves is not None and all(a.valeur != trouves for a in annonces):
        annonce = annonces[0]
        texte = f"{annonce.nu} {annonce.libelle}".strip()
        yield alerte_compte(texte, trouves, annonce.ou, "E")


def _trouves(contexte: ChiffresLus, relation: Relation) -> int | None:
    liste_ = relation.get("liste")
    if isinstance(liste_, list | tuple):
        return len(liste_)
    if isinstance(liste_, str) and liste_ in contexte.territoire.TABLES:
        return len(getattr(contexte.territoire, liste_))
    if isinstance(relation.get("trouves"), int):
        return relation["trouves"]
    raise erreur(relation, "« liste » ou « trouves » manque", "la liste énumérée, ou le nombre de ses éléments")


@_declarable
def dates(contexte: ChiffresLus, relation: Relation) -> Iterator[Alerte]:  # noqa: ARG001
    """Des dates qui doivent se suivre : `dates: [{date: 2025-01-01, libelle: début}, …]`."""
    lues = [_date(x, relation) for x in cle(relation, "dates", "termes")]
    for (avant, nom_avant, ou_avant), (apres, nom_apres, ou_apres) in pairwise(lues):
        if avant > apres:
            yield Alerte(
                "dates",
                "D",
                f"{nom_apres} avant {nom_avant}",
                f"{nom_avant} : {date_longue(avant)} ; {nom_apres} : {date_longue(apres)}",
                (Chiffre(date_longue(avant), ou_avant, nom_avant), Chiffre(date_longue(apres), ou_apres, nom_apres)),
                ("une année pour une autre", "deux dates échangées"),
            )


def _date(brut: Any, relation: Relation) -> tuple[date, str, str]:
    donnees = brut if isinstance(brut, Mapping) else {"date": brut}
    ecrite = donnees.get("date")
    try:
        lue = ecrite if isinstance(ecrite, date) else read_date(str(ecrite))
    except ValueError:
        raise erreur(relation, f"date illisible : {ecrite!r}", "AAAA-MM-JJ") from None
    document = str(donnees.get("document") or relation.get("document") or "")
    return lue, str(donnees.get("libelle") or "date"), ou(document, donnees.get("ligne"))


@_declarable
def inclusion(contexte: ChiffresLus, relation: Relation) -> Iterator[Alerte]:  # noqa: ARG001
    """`elements: {libelle, ligne, liste}` se retrouvent tous dans `dans: {libelle, ligne, liste}`."""
    elements, ensemble = (_liste_nommee(relation, nom) for nom in ("elements", "dans"))
    connus = {normalize(e) for e in ensemble[1]}
    absents = [e for e in elements[1] if normalize(e) not in connus]
    if absents:
        yield Alerte(
            "inclusion",
            "D",
            f"{majuscule(elements[0])} : {pluriel(len(absents), 'absent')} de « {ensemble[0]} »",
            f"pas dans « {ensemble[0]} » : {liste(absents)}",
            (
                Chiffre(liste(elements[1]), elements[2], elements[0]),
                Chiffre(liste(ensemble[1]), ensemble[2], ensemble[0]),
            ),
            ("un oubli", "un nom pour un autre"),
        )


def _liste_nommee(relation: Relation, nom: str) -> tuple[str, list[str], str]:
    donnees = cle(relation, nom)
    elements = donnees.get("liste") if isinstance(donnees, Mapping) else None
    if not isinstance(elements, list) or not elements:
        raise erreur(relation, f"« {nom} » n'a pas de liste", f"{nom}: {{libelle: …, ligne: …, liste: […]}}")
    document = str(donnees.get("document") or relation.get("document") or "")
    return str(donnees.get("libelle") or nom), [str(e) for e in elements], ou(document, donnees.get("ligne"))


@_declarable
def titres(contexte: ChiffresLus, relation: Relation) -> Iterator[Alerte]:  # noqa: ARG001
    """`prefixe: Article`, `titres: [{numero: 1, titre: …, ligne: 114}, …]` : rien ne manque, rien n'est double."""
    document = str(relation.get("document") or "")
    yield from compare_titres(_titres(relation, "titres"), document)


@_declarable
def renvois(contexte: ChiffresLus, relation: Relation) -> Iterator[Alerte]:  # noqa: ARG001
    """`titres` (les annexes ou articles) et `renvois: [{vers: 4, ligne: 97, contexte: adhésion des communes}, …]`."""
    document, genre = str(relation.get("document") or ""), str(relation.get("prefixe") or "Annexe")
    cites = [
        Renvoi(genre.lower(), _entier(r, "vers", relation), str(r.get("contexte") or ""), r.get("ligne"))
        for r in cle(relation, "renvois")
        if isinstance(r, Mapping)
    ]
    yield from compare_renvois(cites, _titres(relation, "titres"), document)


def _titres(relation: Relation, nom: str) -> list[Titre]:
    genre = str(relation.get("prefixe") or "Annexe").lower()
    return [
        Titre(genre, _entier(t, "numero", relation), str(t.get("titre") or ""), t.get("ligne"), bool(t.get("sommaire")))
        for t in cle(relation, nom)
        if isinstance(t, Mapping)
    ]


def _entier(brut: Mapping[str, Any], nom: str, relation: Relation) -> int:
    valeur = brut.get(nom)
    if not isinstance(valeur, int):
        raise erreur(relation, f"« {nom} » n'est pas un numéro : {valeur!r}", f"{nom}: un entier")
    return valeur


_SYNONYMES = {"rapport": "part", "ratio": "part", "egalite": "meme_notion", "renvoi": "renvois", "titre": "titres"}


def alert_relations(contexte: ChiffresLus) -> Iterator[Alerte]:
    for relation in contexte.territoire.relations:
        for alerte in _check(contexte, relation):
            yield _dress(alerte, relation)


def _check(contexte: ChiffresLus, relation: Mapping[str, Any]) -> list[Alerte]:
    try:
        return list(_regle(relation)(contexte, relation))
    except (TypeError, ValueError, KeyError, AttributeError) as faute:
        raise erreur(relation, f"mal écrite ({faute})", "les clés décrites en tête de relations.yaml") from None


def _regle(relation: Mapping[str, Any]) -> RegleDeclarable:
    nom = str(relation.get("regle") or relation.get("nature") or "")
    nom = _SYNONYMES.get(nom, nom)
    if nom not in REGLES:
        raise erreur(
            relation, f"règle inconnue : « {nom} » {did_you_mean(nom, REGLES)}".rstrip(), ", ".join(sorted(REGLES))
        )
    return REGLES[nom]


def _dress(alerte: Alerte, relation: Mapping[str, Any]) -> Alerte:
    """Le titre, le thème et l'explication de celui qui a écrit la relation."""
    titre = relation.get("titre") or relation.get("libelle")
    explication = relation.get("explication")
    return replace(
        alerte,
        titre=str(titre) if titre else alerte.titre,
        theme=str(relation.get("theme") or alerte.theme),
        niveau=relation["niveau"] if relation.get("niveau") in NIVEAUX else alerte.niveau,
        explications=((str(explication),) if explication else ()) + alerte.explications,
    )
