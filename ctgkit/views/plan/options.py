"""Ce que l'on peut choisir dans la page : enjeux, objectifs, communes, constats, structures, scénarios."""

from typing import TYPE_CHECKING, Any

from ctgkit import droit

if TYPE_CHECKING:
    from ctgkit.views.plan.zones import Regard

LONGUEUR = 110


def options(r: "Regard") -> dict[str, dict[str, Any]]:
    """Par cible : la valeur gardée et le libellé montré ; les constats sont rangés par groupe."""
    plan, territoire = r.plan, r.store.territoire
    communes = territoire.communes
    return {
        "domaines": {d.cle: d.titre for d in plan.domaines},
        "enjeux": {e.cle: _named(e.cle, e.titre) for e in plan.enjeux},
        "objectifs": {o.cle: _named(o.cle, o.titre) for o in plan.objectifs},
        "fiches": {f.cle: _named(f.code, f.titre) for f in plan.fiches},
        "communes": dict(zip(communes["code_insee"].tolist(), communes["nom"].tolist(), strict=True)),
        "constats": {
            nom: {c.code: ", ".join(filter(None, (c.phrase, c.source))) for c in lus}
            for nom, lus in r.findings_by_group
        },
        "structures": r.voisins.structures,
        "scenarios": {code: _named(code, nom) for code, nom in r.voisins.scenarios.items()},
        "dispositifs": dict(droit.libelles_dispositifs()),
    }


def _named(code: str, titre: str) -> str:
    return f"{code} {titre}" if len(titre) <= LONGUEUR else f"{code} {titre[:LONGUEUR].rstrip()}…"
