"""De quoi écrire un petit territoire en quelques clés, et compter un montant comme à la main."""

import ast
import operator
import sys
from datetime import date
from pathlib import Path

import pytest

from ctgkit.simulation import read_scenario
from ctgkit.territoire import Commune, Convention, Engagement, Notification, Reference, Structure, Table, Territoire

sys.path.insert(0, str(Path(__file__).parent))

CONVENTION = {"debut": date(2025, 1, 1), "fin": date(2029, 12, 31)}
COMMUNES = [{"code_insee": "59001", "adhesion": date(2025, 1, 15), "effet": date(2025, 1, 1)}]
_OUI_NON = {"oui": True, "non": False}
_OPERATIONS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def build(**cas) -> Territoire:
    """Un territoire complet à partir de ce que le cas écrit ; le reste a des valeurs ordinaires."""
    communes = [{"nom": f"Commune {c['code_insee']}", **c} for c in cas.get("communes", COMMUNES)]
    structures = [
        {
            "nom": s["id"],
            "code_insee": communes[0]["code_insee"],
            "competence": "k",
            "cofinancee": True,
            "ouverture": date(2010, 1, 1),
            **s,
        }
        for s in cas.get("structures", [])
    ]
    references = [{"competence": "k", "annee": 2024, "statut": "officiel", **r} for r in cas.get("references", [])]
    engagements = [{"competence": "k", **e} for e in cas.get("engagements", [])]
    return Territoire(
        code="cas",
        nom="Territoire d'essai",
        type=cas.get("type", "epci"),
        nature=cas.get("nature", "reel"),
        convention=Convention(**(CONVENTION | cas.get("convention", {}))),
        date_reference=cas.get("date_reference"),
        annee_reference=cas.get("annee_reference"),
        communes=_table(Commune, communes),
        structures=_table(Structure, structures),
        references=_table(Reference, references),
        engagements=_table(Engagement, engagements),
        notifications=_table(Notification, cas.get("notifications", [])),
        parametres_locaux=cas.get("parametres_locaux", {}),
    )


def _table(record, lignes):
    propres = [{c: _OUI_NON.get(v, v) if isinstance(v, str) else v for c, v in ligne.items()} for ligne in lignes]
    return Table.of(record, [record(**ligne) for ligne in propres])


def compute(expression) -> float | None:
    """`20 * 4/12 * 2600` ; « inconnu » : rien ne borne le montant."""
    if expression == "inconnu":
        return None
    return round(_evaluate(ast.parse(str(expression), mode="eval").body), 2)


def _evaluate(noeud) -> float:
    if isinstance(noeud, ast.Constant):
        return float(noeud.value)
    if isinstance(noeud, ast.UnaryOp):
        return -_evaluate(noeud.operand)
    return _OPERATIONS[type(noeud.op)](_evaluate(noeud.left), _evaluate(noeud.right))


@pytest.fixture
def construire():
    return build


@pytest.fixture
def calculer():
    return compute


@pytest.fixture
def scenario():
    """Un scénario à partir de ses mouvements et de ses options."""

    def lire(*mouvements, **options):
        return read_scenario({"nom": "Essai", "mouvements": list(mouvements), **options})

    return lire
