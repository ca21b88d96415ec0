"""Les relations déclarées qui se calculent : sommes, même notion, moyennes, évolutions, tendances, formules."""

from collections.abc import Iterator, Mapping

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.contexte import Contexte
from ctgkit.diagnostic.coherence.relations_parts import part
from ctgkit.diagnostic.coherence.termes import (
    Constat,
    Relation,
    Valeur,
    addition,
    additionner,
    choix,
    cle,
    ecrire,
    erreur,
    lire_terme,
    lire_termes,
    milieu,
)
from ctgkit.diagnostic.formules import Formule
from ctgkit.diagnostic.intervalle import Intervalle
from ctgkit.diagnostic.noms import minuscule
from ctgkit.formats import liste, pourcent

_ECART_TENDANCES = 10.0


def somme(contexte: Contexte, relation: Relation) -> Iterator[Alerte]:
    ecrits = lire_terme(contexte, cle(relation, "total", "resultat"), relation)
    parties = lire_termes(contexte, cle(relation, "parties", "termes"), relation)
    essais = [(c[0], c[1:], additionner(c[1:])) for c in choix([ecrits, *parties])]
    if essais and not any(s.touche(t.intervalle) for t, _, s in essais):
        ecrit, termes, resultat = min(essais, key=lambda e: abs(milieu(e[2]) - e[0].valeur))
        calcul = f"{' + '.join(v.nu for v in termes)} = {ecrire(milieu(resultat), (ecrit, *termes))}"
        titre = f"la somme ne fait pas {ecrit.texte}"
        yield Constat("R2", titre, f"{calcul}, le document dit {ecrit.nu}", (ecrit, *termes)).alerte(contexte)


def meme_notion(contexte: Contexte, relation: Relation) -> Iterator[Alerte]:
    termes = lire_termes(contexte, cle(relation, "valeurs", "termes"), relation)
    valeurs = [v for t in termes for v in t]
    if any(not a.intervalle.touche(b.intervalle) for a in valeurs for b in valeurs):
        niveau = "E" if len({v.annee for v in valeurs}) == 1 and valeurs[0].annee else "D"
        calcul = " ≠ ".join(dict.fromkeys(v.texte for v in valeurs))
        yield Constat("R3", "plusieurs valeurs pour une même notion", calcul, valeurs, niveau).alerte(contexte)


def moyenne(contexte: Contexte, relation: Relation) -> Iterator[Alerte]:
    groupes = [t for t in lire_termes(contexte, cle(relation, "groupes", "termes"), relation) if t]
    ensembles = list(_ensembles(contexte, relation))
    if not groupes or not ensembles:
        return
    bas = min((v for t in groupes for v in t), key=lambda v: v.valeur)
    haut = max((v for t in groupes for v in t), key=lambda v: v.valeur)
    enveloppe = Intervalle(bas.intervalle.bas, haut.intervalle.haut)
    if not any(enveloppe.touche(intervalle) for _, intervalle, _ in ensembles):
        calcul, _, valeurs = min(ensembles, key=lambda e: _distance(e[1], enveloppe))
        dit = f"{calcul}, hors des groupes : de {bas.texte} à {haut.texte}"
        niveau = "E" if relation.get("partition") else "D"
        yield Constat("R6", "l’ensemble n’est pas entre ses groupes", dit, (*valeurs, bas, haut), niveau).alerte(
            contexte
        )


def _ensembles(contexte: Contexte, relation: Relation) -> Iterator[tuple[str, Intervalle, tuple[Valeur, ...]]]:
    brut = cle(relation, "ensemble", "resultat")
    if not (isinstance(brut, Mapping) and "numerateur" in brut):
        yield from ((v.texte, v.intervalle, (v,)) for v in lire_terme(contexte, brut, relation))
        return
    hauts = lire_termes(contexte, brut["numerateur"], relation)
    bas = lire_termes(contexte, brut.get("denominateur"), relation)
    for valeurs in choix([*hauts, *bas]):
        haut, dessous = valeurs[: len(hauts)], valeurs[len(hauts) :]
        if additionner(dessous).bas > 0:
            resultat = additionner(haut) * 100 / additionner(dessous)
            yield f"{addition(haut)} / {addition(dessous)} = {pourcent(milieu(resultat))}", resultat, valeurs


def evolution(contexte: Contexte, relation: Relation) -> Iterator[Alerte]:
    termes = [
        lire_terme(contexte, cle(relation, "taux", "resultat", "evolution"), relation),
        lire_terme(contexte, cle(relation, "avant"), relation),
        lire_terme(contexte, cle(relation, "apres"), relation),
    ]
    essais = [
        (c, (c[2].intervalle - c[1].intervalle) * 100 / c[1].intervalle) for c in choix(termes) if c[1].valeur > 0
    ]
    if essais and not any(r.touche(c[0].intervalle) for c, r in essais):
        (taux, avant, apres), resultat = min(essais, key=lambda e: abs(milieu(e[1]) - e[0][0].valeur))
        calcul = f"({apres.nu} − {avant.nu}) / {avant.nu} = {pourcent(milieu(resultat), signe=True)}"
        dit = f"{calcul}, le document dit {taux.texte}"
        yield Constat("R1", f"le calcul ne redonne pas {taux.texte}", dit, (taux, avant, apres)).alerte(contexte)


def tendances(contexte: Contexte, relation: Relation) -> Iterator[Alerte]:
    """Deux évolutions du même phénomène qui s'écartent trop : une stabilité et une forte baisse."""
    valeurs = [v for t in lire_termes(contexte, cle(relation, "valeurs", "termes"), relation) for v in t]
    if len(valeurs) < 2:
        return
    bas, haut = min(valeurs, key=lambda v: v.valeur), max(valeurs, key=lambda v: v.valeur)
    seuil = float(relation.get("seuil") or _ECART_TENDANCES)
    if bas.valeur * haut.valeur <= 0 and haut.valeur - bas.valeur >= seuil:
        dits = liste([f"{_nom(contexte, v)} ({v.texte})" for v in (haut, bas)])
        yield Constat("tendances", "deux évolutions qui s’opposent", dits, (haut, bas), "D").alerte(contexte)


def _nom(contexte: Contexte, valeur: Valeur) -> str:
    return minuscule(contexte.catalogue[valeur.code].libelle) if valeur.code else valeur.libelle or "valeur"


def formule(contexte: Contexte, relation: Relation) -> Iterator[Alerte]:
    code, _, expression = str(cle(relation, "formule")).partition("=")
    code = code.strip()
    try:
        lue = Formule(expression)
        termes = [lire_terme(contexte, c, relation) for c in (code, *lue.codes)]
    except ValueError as faute:
        raise erreur(relation, str(faute), "CODE = CODE + CODE") from None
    essais = []
    for valeurs in choix(termes):
        par_code = dict(zip(lue.codes, valeurs[1:], strict=True))
        try:
            essais.append((valeurs, lue.evaluer({c: v.intervalle for c, v in par_code.items()})))
        except ZeroDivisionError:
            continue
    if essais and not any(r.touche(v[0].intervalle) for v, r in essais):
        valeurs, resultat = min(essais, key=lambda e: abs(milieu(e[1]) - e[0][0].valeur))
        par_code = dict(zip(lue.codes, valeurs[1:], strict=True))
        calcul = f"{lue.ecrire(lambda c: par_code[c].nu)} = {ecrire(milieu(resultat), valeurs)}"
        dit = f"{calcul}, le document dit {valeurs[0].nu}"
        regle = "R2" if lue.est_somme else "R1"
        yield Constat(regle, f"la formule ne redonne pas {valeurs[0].texte}", dit, valeurs).alerte(contexte)


REGLES = {
    "somme": somme,
    "part": part,
    "meme_notion": meme_notion,
    "moyenne": moyenne,
    "evolution": evolution,
    "tendances": tendances,
    "formule": formule,
}


def _distance(intervalle: Intervalle, enveloppe: Intervalle) -> float:
    return max(enveloppe.bas - intervalle.haut, intervalle.bas - enveloppe.haut)
