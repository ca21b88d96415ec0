"""Une part déclarée : elle se recalcule, ou son dénominateur se cherche, et ses deux termes comptent la même chose."""

import math
from collections.abc import Iterator, Sequence

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.contexte import Contexte
from ctgkit.diagnostic.coherence.entiers import entier_possible, voisins
from ctgkit.diagnostic.coherence.termes import (
    Constat,
    Relation,
    Terme,
    Valeur,
    addition,
    additionner,
    choix,
    cle,
    lire_terme,
    lire_termes,
    milieu,
)
from ctgkit.diagnostic.intervalle import Intervalle, decimales
from ctgkit.formats import nombre


def part(contexte: Contexte, relation: Relation) -> Iterator[Alerte]:
    taux = lire_terme(contexte, cle(relation, "part", "resultat", "taux"), relation)
    facteur = float(relation.get("facteur") or 100)
    inconnu = relation.get("denominateur") in (None, "inconnu")
    if relation.get("numerateur") in (None, "inconnu"):
        if not inconnu:
            yield from _entiers(contexte, taux, lire_terme(contexte, relation["denominateur"], relation), facteur)
        return
    hauts = lire_termes(contexte, relation["numerateur"], relation)
    if inconnu:
        yield from _denominateur_introuvable(contexte, taux, hauts, facteur)
        return
    bas = lire_termes(contexte, relation["denominateur"], relation)
    essais = [_essai_part(c, len(hauts), facteur) for c in choix([taux, *hauts, *bas])]
    essais = [e for e in essais if e]
    if essais and not any(r.touche(c[0].intervalle) for c, r in essais):
        valeurs, resultat = min(essais, key=lambda e: abs(milieu(e[1]) - e[0][0].valeur))
        yield _alerte_part(contexte, valeurs, len(hauts), milieu(resultat))
    yield from _unites(contexte, hauts, bas)


def _essai_part(
    valeurs: tuple[Valeur, ...], hauts: int, facteur: float
) -> tuple[tuple[Valeur, ...], Intervalle] | None:
    try:
        return valeurs, additionner(valeurs[1 : 1 + hauts]) * facteur / additionner(valeurs[1 + hauts :])
    except ZeroDivisionError:
        return None


def _alerte_part(contexte: Contexte, valeurs: tuple[Valeur, ...], hauts: int, resultat: float) -> Alerte:
    taux, haut, bas = valeurs[0], valeurs[1 : 1 + hauts], valeurs[1 + hauts :]
    chiffres = max(decimales(taux.valeur), 1)
    ecrit = nombre(resultat, chiffres + (nombre(resultat, chiffres) == nombre(taux.valeur, chiffres)))
    unite = "\u202f%" if taux.unite in ("%", "") else ""
    calcul = f"{addition(haut)} / {addition(bas)} = {ecrit}{unite}, le document dit {taux.texte}"
    return Constat("R1", f"le calcul ne redonne pas {taux.texte}", calcul, valeurs).alerte(contexte)


def _entiers(contexte: Contexte, taux: Terme, bas: Terme, facteur: float) -> Iterator[Alerte]:
    """Aucun nombre entier d'unités ne donne ce taux : la base est autre que celle que l'on croit."""
    for t, b in choix([taux, bas]):
        if not entier_possible(t.intervalle, b.valeur, facteur):
            titre = f"{t.texte} de {b.texte} ne fait pas un nombre entier"
            dits = voisins(t.valeur, b.valeur, facteur)
            calcul = f"{t.texte} × {b.nu} = {nombre(t.valeur * b.valeur / facteur, 2)} ; {dits}"
            yield Constat("R1", titre, calcul, (t, b), "D").alerte(contexte)


def _denominateur_introuvable(
    contexte: Contexte, taux: Terme, hauts: Sequence[Terme], facteur: float
) -> Iterator[Alerte]:
    essais = []
    for valeurs in choix([taux, *hauts]):
        if valeurs[0].intervalle.bas > 0:
            essais.append((valeurs, additionner(valeurs[1:]) * facteur / valeurs[0].intervalle))
    connus = [x for x in contexte.lus if x.definition.nature == "effectif" and x.geo == contexte.lieu]
    if not essais or any(i.touche(x.intervalle) for _, i in essais for x in connus):
        return
    calculs = [
        f"{addition(v[1:])} / {v[0].texte} : dénominateur {entre(math.ceil(i.bas), math.floor(i.haut))}"
        for v, i in essais
    ]
    titre = f"{essais[0][0][0].texte} : aucun total connu ne redonne cette part"
    yield Constat("R5", titre, " ; ".join(dict.fromkeys(calculs)), essais[0][0], "D").alerte(contexte)


def entre(bas: float, haut: float) -> str:
    return f"entre {nombre(bas)} et {nombre(haut)}"


def _unites(contexte: Contexte, hauts: Sequence[Terme], bas: Sequence[Terme]) -> Iterator[Alerte]:
    """« 2 243 enfants sur 5 853 familles » : le calcul peut tomber juste et ne rien vouloir dire."""
    termes = [t[0] for t in (*hauts, *bas) if t]
    ecrits = [v for v in termes if v.unite and not v.code]
    if len(ecrits) == len(termes) and len({v.unite.rstrip("s") for v in ecrits}) > 1:
        dit = " sur ".join(v.texte for v in ecrits)
        calcul = f"{dit} : les deux nombres ne comptent pas la même chose"
        yield Constat("R4", f"« {dit} »", calcul, ecrits, "L").alerte(contexte)
