"""Une partie ne dépasse pas son tout : un sous-ensemble, des parts disjointes, un territoire dans son département."""

from collections import defaultdict
from collections.abc import Iterator

from ctgkit.diagnostic.catalogue import Catalogue
from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.contexte import Contexte, Lu
from ctgkit.diagnostic.coherence.vraisemblance import peu_vraisemblable
from ctgkit.diagnostic.noms import minuscule
from ctgkit.formats import nombre, pluriel

_ENGLOBANTS = ("departement", "region", "france")


def alertes(contexte: Contexte) -> Iterator[Alerte]:
    for partie, tout in _paires(contexte.catalogue):
        for geo in contexte.lieux(partie):
            yield from _trop_grande(contexte, partie, tout, geo)
    yield from _parts_disjointes(contexte)
    yield from _lieu_dans_son_comparateur(contexte)
    yield from _plus_de_communes(contexte)


def _paires(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Ce que le catalogue dit inclus, et le numérateur de chaque part."""
    for code, definition in catalogue.items():
        if definition.inclus_dans:
            yield code, definition.inclus_dans
        quotient = definition.formule.quotient if definition.formule else None
        if definition.unite == "%" and quotient and len(quotient[1].codes) == 1:
            yield from ((numerateur, quotient[1].codes[0]) for numerateur in quotient[0].codes)


def _trop_grande(contexte: Contexte, code: str, tout: str, geo: str) -> Iterator[Alerte]:
    for partie in contexte.lire(code, geo):
        touts = [x for x in contexte.lire(tout, geo) if _ensemble(x, partie)]
        if touts and all(partie.intervalle.bas > x.intervalle.haut for x in touts):
            titre = f"{partie.definition.libelle} : plus que « {minuscule(touts[0].definition.libelle)} »"
            calcul = f"{partie.texte}, pour {touts[0].texte} en tout"
            yield peu_vraisemblable(partie, titre, calcul, "deux lignes échangées", touts[0])


def _ensemble(a: Lu, b: Lu) -> bool:
    return a.annee == b.annee and a.source == b.source


def _parts_disjointes(contexte: Contexte) -> Iterator[Alerte]:
    """Les taux par mode d'accueil ne dépassent pas le taux global."""
    parts: dict[str, list[str]] = defaultdict(list)
    for code, definition in contexte.catalogue.items():
        if definition.partie_de:
            parts[definition.partie_de].append(code)
    for tout, codes in parts.items():
        for geo in contexte.lieux(tout):
            for cible in contexte.lire(tout, geo):
                lues = [x for c in codes for x in contexte.lire(c, geo) if _ensemble(x, cible)]
                if len(lues) > 1 and sum(x.intervalle.bas for x in lues) > cible.intervalle.haut:
                    calcul = f"{' + '.join(x.nu for x in lues)} = {_somme(lues)}, pour {cible.texte} en tout"
                    titre = f"{cible.definition.libelle} : moins que la somme de ses parts"
                    yield peu_vraisemblable(
                        cible, titre, calcul, "des parts d’une autre année ou d’un autre champ", *lues
                    )


def _somme(lues: list[Lu]) -> str:
    return nombre(sum(x.valeur for x in lues), max(x.definition.decimales for x in lues))


def _lieu_dans_son_comparateur(contexte: Contexte) -> Iterator[Alerte]:
    """Un dénombrement local ne dépasse pas celui du département."""
    comparateur = contexte.territoire.comparateur.code
    for code, geo, lus in contexte.groupes():
        if geo == contexte.lieu and contexte.catalogue[code].additif:
            englobants = [x for x in contexte.lire(code, comparateur) if x.niveau in _ENGLOBANTS]
            for ici in lus:
                plus_petits = [x for x in englobants if _ensemble(x, ici) and ici.intervalle.bas > x.intervalle.haut]
                for x in plus_petits[:1]:
                    titre = f"{ici.definition.libelle} : plus que tout {contexte.nom(x.geo)}"
                    calcul = f"{ici.texte} ici, {x.texte} pour {contexte.nom(x.geo)}"
                    yield peu_vraisemblable(ici, titre, calcul, "les deux lieux échangés", x)


def _plus_de_communes(contexte: Contexte) -> Iterator[Alerte]:
    combien = len(contexte.territoire.communes)
    for x in contexte.lus if combien and contexte.territoire.type == "epci" else ():
        if x.geo == contexte.lieu and x.definition.unite == "communes" and x.valeur > combien:
            titre = f"{x.definition.libelle} : plus que le territoire n’a de communes"
            calcul = f"{x.texte}, le territoire en compte {pluriel(combien, 'commune')}"
            yield peu_vraisemblable(
                x, titre, calcul, "un autre périmètre, ou des structures comptées pour des communes"
            )
