"""Tout ce qui peut être faux dans un catalogue, dit d'un coup : bloc, constat, ce qui est attendu."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ctgkit.diagnostic.formules import Formule
from ctgkit.errors import did_you_mean

SENS = ("besoin", "offre", "contexte")
NATURES = ("taux", "effectif", "montant", "mesure")
GEOGRAPHIES = ("ecole", "equipement", "iris", "qpv", "commune", "epci", "departement", "region", "france")
_OBLIGATOIRES = ("theme", "libelle", "definition", "unite", "sens", "source", "geographies", "arrondi")
_NOMBRES = ("arrondi", "seuil_secret", "sur_ans")
_TITRE_BLOC = re.compile(r"^  (\w+):\s*$", re.MULTILINE)

Constat = tuple[str, str, str]  # bloc, constat, attendu


def constats(brut: Mapping[str, Any], texte: str, connues: Collection[str]) -> Iterator[Constat]:
    for code, fois in Counter(_TITRE_BLOC.findall(texte)).items():
        if fois > 1:
            yield code, "bloc écrit deux fois", "un code par indicateur"
    for unite, nature in brut["unites"].items():
        if nature not in NATURES:
            yield f"unites, {unite}", f"nature inconnue : {nature}", ", ".join(NATURES)
    for code, bloc in brut["indicateurs"].items():
        if not isinstance(bloc, dict):
            yield str(code), "bloc vide ou mal aligné", "des lignes « cle: valeur »"
        else:
            yield from ((code, constat, attendu) for constat, attendu in _dans_un_bloc(bloc, brut, connues))
    yield from _cercles(brut["indicateurs"])


def _dans_un_bloc(
    bloc: Mapping[str, Any], brut: Mapping[str, Any], connues: Collection[str]
) -> Iterator[tuple[str, str]]:
    for cle in sorted(bloc.keys() - connues):
        yield f"clé inconnue : {cle} {did_you_mean(cle, connues)}".strip(), "une clé annoncée en tête du fichier"
    for cle in _OBLIGATOIRES:
        if bloc.get(cle) in (None, "", []):
            yield f"{cle} manque", "une valeur"
    for cle, possibles in (("theme", brut["themes"]), ("unite", brut["unites"]), ("sens", SENS)):
        if bloc.get(cle) and str(bloc[cle]) not in possibles:
            yield f"{cle} inconnu : {bloc[cle]}", ", ".join(possibles)
    for cle in _NOMBRES:
        if cle in bloc and not (isinstance(bloc[cle], int | float) and bloc[cle] > 0):
            yield f"{cle} n'est pas un nombre positif : {bloc[cle]}", "un nombre"
    geographies = bloc.get("geographies") or ()
    if not isinstance(geographies, list | tuple) or set(map(str, geographies)) - set(GEOGRAPHIES):
        yield f"géographie inconnue : {geographies}", ", ".join(GEOGRAPHIES)
    yield from _renvois(bloc, brut["indicateurs"])


def _renvois(bloc: Mapping[str, Any], codes: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    cites = [bloc[c] for c in ("base", "effectif", "evolution_de", "inclus_dans", "partie_de") if c in bloc]
    if (encadre := bloc.get("encadre_par")) is not None:
        listes = [encadre.get(c) for c in ("sur", "groupes")] if isinstance(encadre, dict) else [None]
        if all(isinstance(x, list) and x for x in listes):
            cites += [code for x in listes for code in x]
        else:
            yield f"encadre_par mal écrit : {encadre}", "{sur: [CODES], groupes: [CODES]}"
    if (bornes := bloc.get("vraisemblable")) is not None:
        if not _sont_bornes(bornes):
            yield f"vraisemblable mal écrit : {bornes}", "{par: CODE, entre: [bas, haut]}"
        else:
            cites.append(bornes["par"])
    if "formule" in bloc:
        try:
            cites += Formule(str(bloc["formule"])).codes
        except ValueError as erreur:
            yield str(erreur), "par exemple 100 * PA02 / PA01"
    for cite in cites:
        if cite not in codes:
            yield f"renvoie à un indicateur inconnu : {cite}", "un code du catalogue"
    tranche = bloc.get("tranche")
    if tranche is not None and not _est_tranche(tranche):
        yield f"tranche mal écrite : {tranche}", "[premier âge, dernier âge]"


def _sont_bornes(bornes: Any) -> bool:
    entre = bornes.get("entre") if isinstance(bornes, dict) and "par" in bornes else None
    nombres = isinstance(entre, list) and len(entre) == 2 and all(isinstance(b, int | float) for b in entre)
    return nombres and entre[0] < entre[1]


def _est_tranche(tranche: Any) -> bool:
    entiers = isinstance(tranche, list) and len(tranche) == 2 and all(isinstance(a, int) for a in tranche)
    return entiers and tranche[0] <= tranche[1]


def _cercles(blocs: Mapping[str, Any]) -> Iterator[Constat]:
    """Une formule qui finit par dépendre d'elle-même ne se calcule jamais."""
    directs = {code: set(_codes_cites(bloc)) for code, bloc in blocs.items()}
    for code in directs:
        if code in _atteints(code, directs):
            yield code, "la formule dépend d'elle-même", "une formule sur d'autres indicateurs"


def _codes_cites(bloc: Any) -> Iterable[str]:
    try:
        return Formule(str(bloc["formule"])).codes if isinstance(bloc, dict) and "formule" in bloc else ()
    except ValueError:
        return ()


def _atteints(code: str, directs: Mapping[str, set[str]]) -> set[str]:
    vus: set[str] = set()
    a_voir = list(directs[code])
    while a_voir:
        suivant = a_voir.pop()
        if suivant not in vus:
            vus.add(suivant)
            a_voir += directs.get(suivant, ())
    return vus
