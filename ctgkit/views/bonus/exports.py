"""Les fichiers que l'on emporte : le classeur aux formules vivantes, le résumé, la table et le JSON."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ctgkit.errors import CtgError
from ctgkit.simulation import Resultat, as_json, flat_table

Faire = Callable[[Resultat, Resultat], bytes]


@dataclass(frozen=True)
class Export:
    libelle: str
    extension: str
    genre: str
    faire: Faire


def _workbook(reference: Resultat, scenario: Resultat) -> bytes:
    from ctgkit.documents.classeur.bonus import simulation_workbook

    return simulation_workbook([reference] if scenario is reference else [reference, scenario])


def _csv(_: Resultat, scenario: Resultat) -> bytes:
    texte = flat_table(scenario).to_csv(sep=";", decimal=",", index=False, lineterminator="\r\n")
    return texte.encode("utf-8-sig")


def _json(_: Resultat, scenario: Resultat) -> bytes:
    return json.dumps(as_json(scenario), ensure_ascii=False, indent=1, allow_nan=False).encode()


def _summary(extension: str) -> Faire:
    def faire(reference: Resultat, scenario: Resultat) -> bytes:
        from ctgkit.documents import render
        from ctgkit.documents.catalogue.synthese_simulation import summary

        return render(summary(scenario, None if scenario is reference else reference), extension)

    return faire


_OFFICE = "application/vnd.openxmlformats-officedocument"
EXPORTS: Mapping[str, Export] = {
    "xlsx": Export("Excel avec formules", "xlsx", f"{_OFFICE}.spreadsheetml.sheet", _workbook),
    "docx": Export("Word", "docx", f"{_OFFICE}.wordprocessingml.document", _summary("docx")),
    "pdf": Export("PDF", "pdf", "application/pdf", _summary("pdf")),
    "html": Export("Page web", "html", "text/html", _summary("html")),
    "csv": Export("CSV", "csv", "text/csv", _csv),
    "json": Export("JSON", "json", "application/json", _json),
}


def export(cle: str, reference: Resultat, scenario: Resultat) -> tuple[str, bytes, str]:
    """Le nom du fichier, son contenu et son type ; le nom porte le code : on sait toujours d'où il vient."""
    if cle not in EXPORTS:
        raise CtgError("Cet export n'existe pas.", cle[:40], "Choisir un des boutons d'export.")
    e = EXPORTS[cle]
    nom = f"bonus-{scenario.territoire.code}-{scenario.scenario.code}.{e.extension}"
    return nom, e.faire(reference, scenario), e.genre
