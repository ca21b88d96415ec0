"""Le plan en données : un tableau dont aucune colonne ne se perd, en classeur, en CSV ou en JSON."""

import json
from datetime import date

from ctgkit.documents.modele import Colonne, Document, Section, Tableau
from ctgkit.documents.registre import Offre
from ctgkit.plan import Plan
from ctgkit.plan.tableur import fit, headers, write_line
from ctgkit.territoire import Territoire


def data_document(plan: Plan, territoire: Territoire, jour: date, extension: str = "") -> Document:
    """En CSV, qui n'a qu'un tableau, les fiches sans les enjeux ni les objectifs."""
    seules = extension == "csv"
    tenir = str if seules else fit
    lignes = tuple(tuple(map(tenir, write_line(f).values())) for f in plan.fiches)
    fiches = Tableau(tuple(Colonne(t) for t in headers().values()), lignes, "Fiches")
    autres = () if seules else (_elements(plan, "enjeux"), _elements(plan, "objectifs"))
    blocs = tuple(Section(t.titre, (t,)) for t in (fiches, *autres))
    return Document(f"Plan d'actions, {territoire.nom}", blocs, jour=jour)


ENTETES = {
    "enjeux": ("Code de l'enjeu", "Intitulé de l'enjeu", "Domaine de l'enjeu", "Plan"),
    "objectifs": ("Code de l'objectif", "Intitulé de l'objectif", "Enjeux de l'objectif", "Plan", "Niveau"),
}


def _elements(plan: Plan, sorte: str) -> Tableau:
    parent = "domaine" if sorte == "enjeux" else "enjeux"
    niveau = [] if sorte == "enjeux" else ["niveau"]
    lignes = tuple(
        (e.cle, e.titre, ", ".join(e.codes(parent)), e.plan, *(_level(e.valeurs.get(c)) for c in niveau))
        for e in getattr(plan, sorte)
    )
    return Tableau(tuple(Colonne(c) for c in ENTETES[sorte]), lignes, sorte.capitalize())


def _level(niveau: object) -> str:
    return {"strategique": "stratégique", "operationnel": "opérationnel"}.get(str(niveau), str(niveau or ""))


def data_json(plan: Plan, territoire: Territoire, jour: date) -> bytes:
    """Les valeurs telles qu'elles sont gardées."""
    contenu = {
        "territoire": territoire.code,
        "date": jour.isoformat(),
        "domaines": [{"code": d.cle, **d.valeurs} for d in plan.domaines],
        "enjeux": [{**e.valeurs, "code": e.cle} for e in plan.enjeux],
        "objectifs": [{**o.valeurs, "code": o.cle} for o in plan.objectifs],
        "fiches": [{**f.valeurs, "cle": f.cle} for f in plan.fiches],
    }
    return json.dumps(contenu, ensure_ascii=False, indent=2, default=str).encode()


OFFRE = Offre(
    cle="donnees",
    titre="Les données",
    aide="Tous les champs, à remplir dans un tableur puis à importer ici.",
    formats=("xlsx", "csv", "json"),
    document=data_document,
    fichiers={"json": data_json},
    rang=5,
    defaut_pour=("xlsx", "csv", "json"),
)
