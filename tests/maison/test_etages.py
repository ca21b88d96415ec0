"""Les étages de la maison : qui importe qui, sans cercle, et chaque ressource lue dans sa pièce."""

import ast
import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

RACINE = Path(__file__).resolve().parents[2]
PAQUET = RACINE / "ctgkit"

# L'étage de chaque pièce : une importation descend, ou reste dans sa pièce. Au quatrième, dans cet ordre.
ETAGES = {
    **dict.fromkeys(("errors", "formats", "fourchette", "texte", "mouvements", "territoire", "horloge"), 0),
    "droit": 1,
    **dict.fromkeys(("simulation", "diagnostic", "plan"), 2),
    **dict.fromkeys(("storage", "echanges", "figures", "noyaux"), 3),
    "documents": 4.0,
    "carnet": 4.1,
    "views": 4.2,
    "batch": 4.3,
    "server": 4.4,
    "commandes": 4.5,
    "__main__": 4.6,
}
LOURDES = {"ipywidgets", "anywidget", "papermill", "voila", "nbclient", "nbconvert", "tornado", "typst", "pypandoc"}

# Ce qui reste à redresser : ces listes ne peuvent que raccourcir.
MONTEES_CONNUES: set[tuple[str, str]] = set()
# Le nombre de cercles d'une pièce, en attendant qu'elle n'en ait plus.
CERCLES_CONNUS: dict[str, int] = {}
RESSOURCES_CONNUES: set[tuple[str, str]] = set()
FACADE_CONNUE: set[str] = set()
CERCLES_DE_PIECES: list[list[str]] = []
PIECES_ABSENTES: set[str] = set()


@cache
def modules() -> dict[str, Path]:
    noms = {}
    for chemin in PAQUET.rglob("*.py"):
        nom = ".".join(chemin.relative_to(RACINE).with_suffix("").parts).removesuffix(".__init__")
        noms[nom] = chemin
    return noms


@cache
def importations() -> dict[str, set[str]]:
    """Tout import, tardif ou pour les types compris."""
    trouvees = defaultdict(set)
    for nom, chemin in modules().items():
        for noeud in ast.walk(ast.parse(chemin.read_text(encoding="utf-8"))):
            if isinstance(noeud, ast.Import):
                trouvees[nom] |= {a.name for a in noeud.names if a.name in modules()}
            elif isinstance(noeud, ast.ImportFrom) and noeud.module and not noeud.level:
                for alias in noeud.names:
                    cible = f"{noeud.module}.{alias.name}"
                    cible = cible if cible in modules() else noeud.module
                    trouvees[nom] |= {cible} & set(modules())
    return trouvees


def piece(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def test_chaque_piece_a_un_etage_et_chaque_etage_sa_piece():
    presentes = {piece(m) for m in modules()} - {""}
    assert presentes <= set(ETAGES), presentes - set(ETAGES)
    assert set(ETAGES) - presentes <= PIECES_ABSENTES


def test_les_importations_ne_font_que_descendre():
    montees = {
        (ici, la)
        for ici, cibles in importations().items()
        for la in cibles
        if piece(ici) and piece(la) and piece(ici) != piece(la) and ETAGES[piece(la)] > ETAGES[piece(ici)]
    }
    assert montees <= MONTEES_CONNUES


def test_aucune_piece_n_importe_la_facade():
    fautes = {ici for ici, cibles in importations().items() if "ctgkit" in cibles and ici != "ctgkit"}
    assert fautes <= FACADE_CONNUE


def test_une_classe_publique_a_un_nom_a_elle():
    lieux = defaultdict(set)
    for nom, chemin in modules().items():
        for noeud in ast.parse(chemin.read_text(encoding="utf-8")).body:
            if isinstance(noeud, ast.ClassDef) and not noeud.name.startswith("_"):
                lieux[noeud.name].add(nom)
    assert {nom: ou for nom, ou in lieux.items() if len(ou) > 1} == {}


def test_aucun_cercle():
    cercles = cycles(importations())
    par_piece = Counter(piece(cercle[0]) for cercle in cercles)
    assert all(nombre <= CERCLES_CONNUS.get(nom, 0) for nom, nombre in par_piece.items()), cercles


def test_aucun_cercle_entre_les_pieces():
    entre = defaultdict(set)
    for ici, cibles in importations().items():
        entre[piece(ici)] |= {piece(la) for la in cibles} - {piece(ici), ""}
    assert all(c in CERCLES_DE_PIECES for c in cycles(entre))


def cycles(graphe: dict[str, set[str]]) -> list[list[str]]:
    """Les composantes fortement connexes de plus d'un élément (Tarjan, sans récursion)."""
    numeros, bas, pile, sur_pile, trouves = {}, {}, [], set(), []
    for depart in sorted(graphe):
        travail = [(depart, iter(sorted(graphe.get(depart, ()))))] if depart not in numeros else []
        if travail:
            numeros[depart] = bas[depart] = len(numeros)
            pile.append(depart)
            sur_pile.add(depart)
        while travail:
            noeud, voisins = travail[-1]
            for voisin in voisins:
                if voisin not in numeros:
                    numeros[voisin] = bas[voisin] = len(numeros)
                    pile.append(voisin)
                    sur_pile.add(voisin)
                    travail.append((voisin, iter(sorted(graphe.get(voisin, ())))))
                    break
                if voisin in sur_pile:
                    bas[noeud] = min(bas[noeud], numeros[voisin])
            else:
                travail.pop()
                if travail:
                    bas[travail[-1][0]] = min(bas[travail[-1][0]], bas[noeud])
                if bas[noeud] == numeros[noeud]:
                    composante = []
                    while True:
                        sorti = pile.pop()
                        sur_pile.discard(sorti)
                        composante.append(sorti)
                        if sorti == noeud:
                            break
                    if len(composante) > 1:
                        trouves.append(sorted(composante))
    return trouves


def test_les_etages_bas_ne_connaissent_ni_widget_ni_serveur():
    fautes = [
        f"{chemin.relative_to(RACINE)} : {nom}"
        for module, chemin in modules().items()
        if piece(module) and ETAGES[piece(module)] < 4 and piece(module) != "noyaux"
        for noeud in ast.walk(ast.parse(chemin.read_text(encoding="utf-8")))
        for nom in _externes(noeud)
        if nom in LOURDES or (nom == "plotly" and ETAGES[piece(module)] < 3)
    ]
    assert not fautes, fautes


def _externes(noeud: ast.AST) -> list[str]:
    if isinstance(noeud, ast.Import):
        return [a.name.split(".")[0] for a in noeud.names]
    if isinstance(noeud, ast.ImportFrom) and noeud.module and not noeud.level:
        return [noeud.module.split(".")[0]]
    return []


def test_une_ressource_est_lue_dans_sa_piece():
    """`files("ctgkit.autre")`, ou un chemin qui remonte hors de la pièce, est un import déguisé."""
    fautes = set()
    for module, chemin in modules().items():
        texte = chemin.read_text(encoding="utf-8")
        for visee in re.findall(r'files\("(ctgkit[\w.]*)"\)|PackageLoader\("(ctgkit[\w.]*)"', texte):
            cible = visee[0] or visee[1]
            if piece(cible) != piece(module):
                fautes.add((module, cible))
        profondeur = len(chemin.relative_to(PAQUET).parts) - 1
        for rang in re.findall(r"__file__\)[^\n]*parents\[(\d)\]", texte):
            if int(rang) >= profondeur and piece(module):
                fautes.add((module, f"parents[{rang}]"))
    assert fautes <= RESSOURCES_CONNUES
