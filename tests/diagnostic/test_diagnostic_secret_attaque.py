"""Un attaquant qui voit tout le tableau montré, connaît toutes les sommes, et cherche à retrouver une case masquée."""

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctgkit.diagnostic import MASQUE, publish
from ctgkit.diagnostic.secret.suppression import Lien, Probleme, suppress
from ctgkit.territoire import Commune, Indicateur, Table, Territoire

SEUIL = 5


@dataclass(frozen=True)
class Tableau:
    """Des effectifs par (rang de la ligne, colonne), et ce que ses cases disent les unes des autres."""

    lignes: list
    totaux: list = field(default_factory=list)
    deduites: dict = field(default_factory=dict)

    def montre(self):
        valeurs = {(i, c): v for i, ligne in enumerate(self.lignes) for c, v in ligne.items()}
        secretes = {k: SEUIL - 1 for k, v in valeurs.items() if k not in self.deduites and v and v < SEUIL}
        liens = [Lien.total(total, parties) for total, parties in self.totaux]
        publics = dict.fromkeys(secretes, (1, SEUIL - 1))
        deduites = {c: set(t) for c, t in self.deduites.items()}
        masquees = suppress(Probleme(valeurs, secretes, liens, deduites, publics))
        return [
            {c: MASQUE if (i, c) in masquees and v is not None else v for c, v in ligne.items()}
            for i, ligne in enumerate(self.lignes)
        ]


effectifs = st.one_of(st.integers(0, 4), st.integers(0, 30))


@st.composite
def tableaux(draw):
    """Un tableau croisé avec totaux de lignes, de colonnes, général, et des regroupements qui se chevauchent."""
    hauteur, largeur = draw(st.integers(2, 5)), draw(st.integers(2, 4))
    valeurs = [[draw(effectifs) for _ in range(largeur)] for _ in range(hauteur)]
    groupes = draw(st.lists(st.sets(st.integers(0, hauteur - 1), min_size=1), max_size=3))
    colonnes = [f"c{j}" for j in range(largeur)] + ["total"]
    lignes = [{f"c{j}": v for j, v in enumerate(ligne)} | {"total": sum(ligne)} for ligne in valeurs]
    ensembles = [list(range(hauteur)), *map(sorted, groupes)]
    for membres in ensembles:
        lignes.append({c: sum(lignes[i][c] for i in membres) for c in colonnes})
    totaux = [((i, "total"), [(i, c) for c in colonnes[:-1]]) for i in range(len(lignes))]
    for rang, membres in enumerate(ensembles, start=hauteur):
        totaux += [((rang, c), [(i, c) for i in membres]) for c in colonnes]
    return Tableau(lignes, totaux)


def equations(tableau, montre):
    """Les sommes connues, écrites sur les seules cases masquées."""
    inconnues = [(i, c) for i, x in enumerate(montre) for c in x if x[c] == MASQUE]
    rang = {case: k for k, case in enumerate(inconnues)}
    matrice = []
    for total, parties in tableau.totaux:
        ligne = [0] * (len(inconnues) + 1)
        for case, signe in [(total, -1), *((p, 1) for p in parties)]:
            if case in rang:
                ligne[rang[case]] += signe
            else:
                ligne[-1] -= signe * montre[case[0]][case[1]]
        if any(ligne[:-1]):
            matrice.append(ligne)
    return inconnues, matrice


def devinees(inconnues, matrice):
    """Les cases que l'algèbre détermine : ajouter leur équation n'apprend rien (rang inchangé)."""
    if not matrice:
        return set()
    a = np.array(matrice, float)[:, :-1]
    rang = np.linalg.matrix_rank(a)
    return {
        case
        for k, case in enumerate(inconnues)
        if np.linalg.matrix_rank(np.vstack([a, np.eye(len(inconnues))[k]])) == rang
    }


@settings(max_examples=120)
@given(tableaux())
def test_aucune_case_secrete_ne_se_retrouve_par_l_algebre(tableau):
    montre = tableau.montre()
    inconnues, matrice = equations(tableau, montre)
    trouvees = devinees(inconnues, matrice)
    secretes = {(i, c) for i, x in enumerate(tableau.lignes) for c, v in x.items() if 0 < v < SEUIL}
    assert all(montre[i][c] == MASQUE for i, c in secretes)
    assert not trouvees & secretes


@settings(max_examples=60)
@given(tableaux())
def test_ni_en_encadrant_par_des_effectifs_positifs(tableau):
    """Deux cases masquées de somme nulle seraient nulles : aucune somme cachée n'est plus petite que le secret."""
    montre = tableau.montre()
    for total, parties in tableau.totaux:
        caches = [p for p in parties if montre[p[0]][p[1]] == MASQUE]
        secretes = [p for p in caches if 0 < tableau.lignes[p[0]][p[1]] < SEUIL]
        if secretes and montre[total[0]][total[1]] != MASQUE:
            assert sum(tableau.lignes[i][c] for i, c in caches) >= SEUIL - 1


def solutions(tableau, montre, secretes):
    """Ce que chaque case secrète peut valoir pour qui connaît les totaux, et que 1 ≤ secret ≤ 4 : tout est essayé."""
    inconnues, matrice = equations(tableau, montre)
    trouvees = {case: set() for case in inconnues}
    plus_grand = max((v for x in montre for v in x.values() if v != MASQUE), default=0)

    def bornes(case):
        return (1, SEUIL - 1) if case in secretes else (0, plus_grand)

    def explore(rang, valeurs, restes):
        if rang == len(inconnues):
            if not any(restes):
                for case, valeur in zip(inconnues, valeurs, strict=True):
                    trouvees[case].add(valeur)
            return
        seule = next((k for k, e in enumerate(matrice) if e[rang] and not any(e[rang + 1 : -1])), None)
        bas, haut = bornes(inconnues[rang])
        essais = range(bas, haut + 1)
        if seule is not None:  # la dernière inconnue d'une équation s'en déduit
            valeur = Fraction(restes[seule], matrice[seule][rang])
            essais = [int(valeur)] if valeur.denominator == 1 and bas <= valeur <= haut else []
        for valeur in essais:
            explore(rang + 1, [*valeurs, valeur], [r - e[rang] * valeur for r, e in zip(restes, matrice, strict=True)])

    explore(0, [], [e[-1] for e in matrice])
    return trouvees


@settings(max_examples=60)
@given(st.lists(effectifs, min_size=2, max_size=4))
def test_un_seuil_public_ne_rend_pas_une_case_masquee(valeurs):
    """Revue d'analyste D12 : tous les nombres possibles sont énumérés, aucune case secrète n'en a qu'un."""
    lignes = [{"n": v} for v in [*valeurs, sum(valeurs)]]
    dernier = len(valeurs)
    tableau = Tableau(lignes, [((dernier, "n"), [(i, "n") for i in range(dernier)])])
    montre = tableau.montre()
    secretes = {(i, "n") for i, v in enumerate([*valeurs, sum(valeurs)]) if 0 < v < SEUIL}
    if sum(x["n"] == MASQUE for x in montre) == len(montre):
        return  # le total aussi est masqué : rien ne relie plus les cases
    possibles = solutions(tableau, montre, secretes)
    assert all(len(possibles[case]) > 1 for case in secretes)


petits = st.one_of(st.integers(0, 5), st.integers(0, 12))


@settings(max_examples=40)
@given(st.lists(st.lists(petits, min_size=2, max_size=2), min_size=2, max_size=3))
def test_ni_dans_un_tableau_croise(valeurs):
    """Lignes, colonnes et total général publiés, seuil connu : les tableaux possibles sont énumérés un à un."""
    lignes = [{"a": a, "b": b, "total": a + b} for a, b in valeurs]
    lignes.append({c: sum(x[c] for x in lignes) for c in ("a", "b", "total")})
    fin = len(valeurs)
    totaux = [((i, "total"), [(i, "a"), (i, "b")]) for i in range(fin + 1)]
    totaux += [((fin, c), [(i, c) for i in range(fin)]) for c in ("a", "b", "total")]
    tableau = Tableau(lignes, totaux)
    montre = tableau.montre()
    secretes = {(i, c) for i, x in enumerate(lignes) for c, v in x.items() if 0 < v < SEUIL}
    libres = sum(x[c] == MASQUE for x in montre for c in x) - len(equations(tableau, montre)[1])
    if libres > 2:
        return  # trop de tableaux possibles pour les compter tous : les autres essais les couvrent
    possibles = solutions(tableau, montre, secretes)
    assert all(len(possibles[case]) > 1 for case in secretes)


def test_deux_communes_a_quatre_et_un_reste_publie_de_huit():
    """4 + 4 = 8 : sous le seuil de 5, seul 4 et 4 font 8. Une case de plus est masquée."""
    montre = Tableau([{"n": v} for v in (4, 4, 40, 48)], [((3, "n"), [(0, "n"), (1, "n"), (2, "n")])]).montre()
    assert [x["n"] for x in montre] == [MASQUE, MASQUE, MASQUE, 48]
    lignes = [case("PE01", COMMUNES[i], v) for i, v in enumerate((4.0, 4.0, 40.0, 50.0, 60.0, 70.0))]
    publiees = publish(territoire([*lignes, case("PE01", "200000000", 228.0)])).lignes
    assert [x.valeur for x in publiees] == [None, None, None, 50.0, 60.0, 70.0, 228.0]
    masquees = [case("PE01", c, None, "masque") for c in COMMUNES[:2]]
    publiees = publish(territoire([*masquees, *lignes[2:], case("PE01", "200000000", 228.0)])).lignes
    assert [x.valeur for x in publiees][:4] == [None, None, None, 50.0]


@settings(max_examples=60)
@given(st.lists(effectifs, min_size=2, max_size=6), st.data())
def test_une_part_affichee_ne_trahit_pas_son_numerateur(valeurs, data):
    total = sum(valeurs)
    lignes = [{"n": v, "part": round(100 * v / total, 1) if total else None} for v in [*valeurs, total]]
    dernier = len(valeurs)
    montre = Tableau(
        lignes,
        [((dernier, "n"), [(i, "n") for i in range(dernier)])],
        {(i, "part"): [(i, "n"), (dernier, "n")] for i in range(dernier)},
    ).montre()
    for ligne in montre[:-1]:
        if ligne["n"] == MASQUE:
            assert ligne["part"] in (MASQUE, None)


@pytest.mark.parametrize(
    ("valeurs", "masquees"), [([3, 12, 40], 2), ([3, 4, 40], 2), ([8, 12, 40], 0), ([0, 12, 40], 0), ([1, 1, 40], 3)]
)
def test_une_case_masquee_en_entraine_assez_d_autres(valeurs, masquees):
    lignes = [{"n": v} for v in [*valeurs, sum(valeurs)]]
    total = ((3, "n"), [(i, "n") for i in range(3)])
    montre = Tableau(lignes, [total]).montre()
    assert sum(x["n"] == MASQUE for x in montre) == masquees
    assert montre[3]["n"] == sum(valeurs)


def test_une_case_vide_n_est_pas_un_secret():
    montre = Tableau([{"n": None}, {"n": 9}]).montre()
    assert [x["n"] for x in montre] == [None, 9]


COMMUNES = [f"5900{i}" for i in range(6)]


def territoire(lignes):
    communes = Table.of(Commune, [Commune(c, f"Commune {c}") for c in COMMUNES])
    return Territoire("essai", "Essai", siren="200000000", communes=communes, indicateurs=Table.of(Indicateur, lignes))


def case(code, geo, valeur, statut="publie"):
    niveau = "epci" if geo == "200000000" else "commune"
    return Indicateur(code, geo, niveau, 2023, valeur, statut, "caf-locale", "")


@settings(max_examples=80)
@given(st.data())
def test_un_territoire_entier_ne_se_devine_pas(data):
    """Tranches d'âge × communes, totaux des deux côtés, des communes déjà masquées par le producteur."""
    codes = ["PE01", "EN01", "JE01", "JE02"]
    tout = {(c, g): data.draw(st.integers(0, 25)) for c, g in product(codes, COMMUNES)}
    masque_source = data.draw(st.sets(st.sampled_from(sorted(tout)), max_size=3))
    lignes = [
        case(c, g, None if (c, g) in masque_source else v, "masque" if (c, g) in masque_source else "publie")
        for (c, g), v in tout.items()
    ]
    lignes += [case("CAD15", g, sum(tout[c, g] for c in codes)) for g in COMMUNES]
    lignes += [case(c, "200000000", sum(tout[c, g] for g in COMMUNES)) for c in codes]
    lignes += [case("CAD15", "200000000", sum(tout.values()))]
    montre = {(x.code, x.geo): x.valeur for x in publish(territoire(lignes)).lignes}
    liens = [[("CAD15", g), *((c, g) for c in codes)] for g in [*COMMUNES, "200000000"]]
    liens += [[(c, "200000000"), *((c, g) for g in COMMUNES)] for c in [*codes, "CAD15"]]
    inconnues = [k for k, v in montre.items() if v is None]
    matrice = [
        [(-1 if k == lien[0] else 1) if k in lien else 0 for k in inconnues] + [0]
        for lien in liens
        if any(k in lien for k in inconnues)
    ]
    secretes = {k for k, v in tout.items() if 0 < v < SEUIL} | set(masque_source)
    assert not devinees(inconnues, matrice) & secretes
    assert all(montre[k] is None for k in secretes)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(20, 300), st.integers(0, 100)), min_size=6, max_size=6), st.integers(0, 5))
def test_un_taux_masque_ne_se_retrouve_pas_par_la_moyenne(couples, masquee):
    """L'EPCI publie son taux, cinq communes le leur, toutes leur base : le sixième taux se calculerait."""
    bases, taux = zip(*couples, strict=True)
    ensemble = Fraction(sum(b * t for b, t in couples), sum(bases))
    lignes = [case("PE01", g, b) for g, b in zip(COMMUNES, bases, strict=True)]
    lignes += [
        case("PE11", g, None if i == masquee else float(t), "masque" if i == masquee else "publie")
        for i, (g, t) in enumerate(zip(COMMUNES, taux, strict=True))
    ]
    lignes += [case("PE01", "200000000", sum(bases)), case("PE11", "200000000", float(ensemble))]
    montre = {(x.code, x.geo): x.valeur for x in publish(territoire(lignes)).lignes}
    taux_caches = [g for g in COMMUNES if montre["PE11", g] is None]
    bases_vues = all(montre["PE01", g] is not None for g in [*COMMUNES, "200000000"])
    assert len(taux_caches) > 1 or montre["PE11", "200000000"] is None or not bases_vues
