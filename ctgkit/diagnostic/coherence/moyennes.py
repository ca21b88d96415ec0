"""R6 : un taux d'ensemble se tient entre le plus bas et le plus haut de ses groupes."""

from collections.abc import Iterator, Sequence

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.contexte import Contexte, Lu
from ctgkit.diagnostic.coherence.relations_calculs import moyenne

_MEDIANES = ("€ par an",)


def alertes(contexte: Contexte) -> Iterator[Alerte]:
    yield from _entre_ses_communes(contexte)
    for definition in contexte.catalogue.values():
        if (encadre := definition.encadre_par) and contexte.lire(definition.code, contexte.lieu):
            ensemble = {"numerateur": {"code": definition.code}, "denominateur": _codes(encadre["sur"])}
            yield from moyenne(contexte, {"ensemble": ensemble, "groupes": _codes(encadre["groupes"])})


def _codes(codes: Sequence[str]) -> list[dict[str, str]]:
    return [{"code": c} for c in codes]


def _entre_ses_communes(contexte: Contexte) -> Iterator[Alerte]:
    """Le taux du territoire et ceux de toutes ses communes, même source et même année."""
    communes = contexte.territoire.communes["code_insee"].tolist()
    if contexte.territoire.type != "epci" or len(communes) < 2:
        return
    for code, geo, lus in contexte.groupes():
        definition = contexte.catalogue[code]
        if geo == contexte.lieu and (definition.est_taux or definition.unite in _MEDIANES):
            for ensemble in lus:
                groupes = [_de_la_commune(contexte, ensemble, c) for c in communes]
                if all(groupes) and not encadre(ensemble, groupes):
                    yield _alerte(ensemble, groupes)


def _de_la_commune(contexte: Contexte, ensemble: Lu, commune: str) -> Lu | None:
    lus = contexte.lire(ensemble.code, commune)
    return next((x for x in lus if x.annee == ensemble.annee and x.source == ensemble.source), None)


def encadre(ensemble: Lu, groupes: Sequence[Lu]) -> bool:
    bas = min(x.intervalle.bas for x in groupes)
    haut = max(x.intervalle.haut for x in groupes)
    return bas <= ensemble.intervalle.haut and ensemble.intervalle.bas <= haut


def _alerte(ensemble: Lu, groupes: Sequence[Lu]) -> Alerte:
    bas, haut = min(groupes, key=lambda x: x.valeur), max(groupes, key=lambda x: x.valeur)
    return Alerte(
        "R6",
        "E",
        f"{ensemble.definition.libelle} : l’ensemble n’est pas entre ses communes",
        f"de {bas.texte} à {haut.texte} dans les communes, {ensemble.texte} pour l’ensemble",
        (ensemble.chiffre(), bas.chiffre(), haut.chiffre()),
        ("un autre champ ou une autre année pour l’ensemble", "une commune qui manque dans la liste"),
        ensemble.definition.theme,
        (ensemble.code,),
        ensemble.geo,
    )
