"""L'écart d'un montant entre deux scénarios, quand les mêmes inconnues pèsent sur les deux."""

import numpy as np
import pandas as pd

from ctgkit.simulation.resultat import Resultat

_TRAJECTOIRE = "bonus_trajectoire"


def line_gaps(croise: pd.DataFrame) -> dict[str, np.ndarray]:
    """Les bornes de l'écart de chaque ligne, et celles du seul montant publié (`…_connu`).

    À unité égale, on compare borne basse à borne basse, haute à haute : la même inconnue joue des deux côtés.
    """
    v = {c: croise[c].to_numpy(float) for c in croise.columns if c.endswith(("_a", "_b"))}
    absent_a, absent_b = np.isnan(v["bas_a"]), np.isnan(v["bas_b"])
    for c in ("bas", "haut", "haut_connu"):
        v[f"{c}_a"], v[f"{c}_b"] = np.where(absent_a, 0.0, v[f"{c}_a"]), np.where(absent_b, 0.0, v[f"{c}_b"])
    memes = [_same(v[f"{c}_a"], v[f"{c}_b"]) for c in ("unitaire_bas", "unitaire_haut")]
    accordes = memes[0] & memes[1] | absent_a | absent_b
    bouts = v["bas_b"] - v["bas_a"], v["haut_connu_b"] - v["haut_connu_a"]
    bas = np.where(accordes, np.minimum(*bouts), v["bas_b"] - v["haut_connu_a"])
    haut = np.where(accordes, np.maximum(*bouts), v["haut_connu_b"] - v["bas_a"])
    connus = {"bas_connu": bas, "haut_connu": haut}
    return {**_opened(v, bas, haut), **connus}


def _opened(v: dict[str, np.ndarray], bas: np.ndarray, haut: np.ndarray) -> dict[str, np.ndarray]:
    """Ce qui n'est pas publié : nul à quantité égale, sinon sans borne du côté où la quantité va."""
    ouvert_a, ouvert_b = np.isinf(v["haut_a"]), np.isinf(v["haut_b"])
    q_a, q_b = np.nan_to_num(v["quantite_a"]), np.nan_to_num(v["quantite_b"])
    meme = ouvert_a & ouvert_b & _same(v["quantite_a"], v["quantite_b"])
    bas, haut = np.where(meme, np.minimum(bas, 0.0), bas), np.where(meme, np.maximum(haut, 0.0), haut)
    return {
        "bas": np.where(ouvert_a & ~meme & (q_a >= q_b), -np.inf, bas),
        "haut": np.where(ouvert_b & ~meme & (q_b >= q_a), np.inf, haut),
    }


def same_counting(a: Resultat, b: Resultat) -> pd.DataFrame:
    """L'écart du bonus trajectoire, façon de compter par façon de compter : la Caf n'en aura qu'une."""
    colonnes = ["structure", "annee", "dispositif", "part", "bas_variante", "haut_variante"]
    lots = []
    for annee in a.annees:
        contextes = [r.contextes.get((_TRAJECTOIRE, annee)) for r in (a, b)]
        if any(c is None or c.arguments is None for c in contextes):
            continue
        variantes = [c.variants() for c in contextes]
        if len(variantes[0]) != len(variantes[1]):
            continue
        ids = [r.territoire.structures["id"][c.qui] for r, c in zip((a, b), contextes, strict=True)]
        tous = pd.Index(ids[0]).union(pd.Index(ids[1]), sort=False)
        rangs = [tous.get_indexer(i) for i in ids]
        bouts = [_spread(va, vb, rangs, len(tous)) for va, vb in zip(*variantes, strict=True)]
        bas, haut = np.min([x for x, _ in bouts], axis=0), np.max([y for _, y in bouts], axis=0)
        lots.append(pd.DataFrame({"structure": tous, "annee": annee, "bas_variante": bas, "haut_variante": haut}))
    tableau = pd.concat(lots) if lots else pd.DataFrame(columns=colonnes).astype({"annee": int})
    return tableau.assign(dispositif=_TRAJECTOIRE, part="ensemble")


def _spread(va: tuple, vb: tuple, rangs: list[np.ndarray], nombre: int) -> tuple[np.ndarray, np.ndarray]:
    """L'écart aux deux bornes ; NaN quand une quantité inconnue ne permet pas de le dire."""
    bornes = []
    for i in (0, 1):
        cotes = [np.zeros(nombre), np.zeros(nombre)]
        for cote, rang, montant in zip(cotes, rangs, (va[i], vb[i]), strict=True):
            cote[rang] = montant
        connu = np.isfinite(cotes[0]) & np.isfinite(cotes[1])
        bornes.append(np.subtract(cotes[1], cotes[0], out=np.full(nombre, np.nan), where=connu))
    return np.minimum(*bornes), np.maximum(*bornes)


def _same(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a == b) | (np.isnan(a) & np.isnan(b))
