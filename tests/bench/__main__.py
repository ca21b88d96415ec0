"""`python -m tests.bench [MODULE…]` : mesure, écrit resultats.json et RESULTATS.md ; échoue si une limite est dépassée.

Un module de mesure a une fonction `mesures()` qui rend des `{mesure, valeur, unite, plafond | plancher, note}` ;
`valeur` vide : « non mesuré », et `note` dit pourquoi.
"""

import importlib
import json
import os
import platform
import sys
from datetime import date
from pathlib import Path

ICI = Path(__file__).parent
TITRES = ["Mesure", "Valeur", "Limite", "État"]


def modules() -> list[str]:
    return sorted(
        f.stem for f in ICI.glob("*.py") if "def mesures(" in f.read_text(encoding="utf-8") and f.stem != "__main__"
    )


def main(demandes: list[str]) -> int:
    connus = modules()
    inconnus = [d for d in demandes if d not in connus]
    if inconnus:
        print(f"Mesures inconnues : {', '.join(inconnus)}. Possibles : {', '.join(connus)}.", file=sys.stderr)
        return 2
    resultats = _previous()
    for nom in demandes or connus:
        print(f"… {nom}", flush=True)
        resultats[nom] = {"le": date.today().isoformat(), "machine": _machine(), "mesures": _measure(nom)}
        for mesure in resultats[nom]["mesures"]:
            print("  " + " · ".join(cell for cell in _row(mesure) if cell), flush=True)
    gardes = {nom: resultats[nom] for nom in connus if nom in resultats}
    (ICI / "resultats.json").write_text(json.dumps(gardes, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (ICI / "RESULTATS.md").write_text(_page(gardes), encoding="utf-8")
    return int(any(state(m) == "dépassé" for r in gardes.values() for m in r["mesures"]))


def _measure(nom: str) -> list[dict]:
    return importlib.import_module(f"tests.bench.{nom}").mesures()


def state(mesure: dict) -> str:
    if mesure["valeur"] is None:
        return "non mesuré"
    trop = mesure["valeur"] > mesure.get("plafond", float("inf"))
    peu = mesure["valeur"] < mesure.get("plancher", float("-inf"))
    return "dépassé" if trop or peu else "tenu" if {"plafond", "plancher"} & set(mesure) else ""


def _previous() -> dict:
    fichier = ICI / "resultats.json"
    return json.loads(fichier.read_text(encoding="utf-8")) if fichier.exists() else {}


def _machine() -> str:
    return f"{len(os.sched_getaffinity(0))} cœurs, Python {platform.python_version()}, {platform.system()}"


def _number(valeur: float, unite: str) -> str:
    ecrit = f"{valeur:,.3f}".rstrip("0").rstrip(".") if abs(valeur) < 100 else f"{valeur:,.0f}"
    return f"{ecrit.replace(',', ' ').replace('.', ',')} {unite}".strip()


def _row(mesure: dict) -> list[str]:
    limites = [(c, s) for c, s in (("plafond", "≤"), ("plancher", "≥")) if c in mesure]
    limite = " ".join(f"{s} {_number(mesure[c], mesure['unite'])}" for c, s in limites)
    valeur = mesure.get("note", "") if mesure["valeur"] is None else _number(mesure["valeur"], mesure["unite"])
    return [mesure["mesure"], valeur, limite, state(mesure)]


def _page(resultats: dict) -> str:
    lignes = ["# Mesures", "", "Écrit par `python -m tests.bench` (« make bench »)."]
    for nom, lot in resultats.items():
        lignes += ["", f"## {nom}", "", f"Le {lot['le']}, {lot['machine']}.", ""]
        corps = [TITRES, ["---"] * len(TITRES), *(_row(m) for m in lot["mesures"])]
        lignes += [f"| {' | '.join(ligne)} |" for ligne in corps]
        lignes += [
            f"\n{m['mesure']} : {m['note']}" for m in lot["mesures"] if m.get("note") and m["valeur"] is not None
        ]
    return "\n".join(lignes) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
