"""Insee, Filosofi : revenus disponibles et pauvreté, par commune, EPCI, département, région ou Iris.

Les noms de colonnes portent l'année (`Q219`, `MED21`), sauf certains (`RD`). Vide, « s » ou « nd » : un secret.
"""

from ctgkit.echanges.tableau.codes import AUTO, IRIS
from ctgkit.echanges.tableau.entete import Donnee, Entete, Maille
from ctgkit.echanges.tableau.format import FormatMesures

_NOTE = "disp_note{aa}"


def _part(code: str, colonne: str) -> Donnee:
    return Donnee.rate(code, f"(disp_)?{colonne}{{aa}}", maximum=100.0, note=_NOTE)


MESURES = (
    Donnee.rate("AS01", "(disp_)?(q2|med){aa}", note=_NOTE),
    Donnee.rate("AS02", "(disp_)?d1{aa}", note=_NOTE),
    Donnee.rate("AS03", "(disp_)?rd({aa})?", note=_NOTE),
    Donnee.rate("AS04", "(disp_)?gi({aa})?", maximum=1.0, note=_NOTE),
    _part("AS05", "ppsoc"),
    _part("AS06", "ppmini"),
    _part("AS07", "pplogt"),
    _part("AS08", "tp60"),
    Donnee.count("CAD10", "nbmen(fisc)?{aa}"),
    Donnee.count("CAD11", "nbpers(menfisc)?{aa}"),
)


def _refuse_declared(nom: str, entete: Entete) -> str:
    """Les revenus déclarés portent les mêmes noms de colonnes que le niveau de vie, et disent autre chose."""
    declares = "_dec_" in f"_{nom.lower()}".replace(".", "_") or (
        entete.find("pmimp{aa}") is not None and entete.find("ppsoc{aa}") is None
    )
    raison = (
        "fichier de revenus déclarés (DEC), avant impôts et prestations : prendre celui des revenus disponibles (DISP)"
    )
    return raison if declares else ""


FORMAT = FormatMesures(
    code="filosofi",
    libelle="Insee, Filosofi (niveau de vie et pauvreté)",
    source="insee-filosofi-{annee}",
    mailles=(
        Maille(AUTO, "codgeo", MESURES, libelle="libgeo"),
        Maille(IRIS, "iris|code_iris", MESURES),
    ),
    exige=("(disp_)?(q2|med|tp60|ppsoc){aa}",),
    une_maille=True,
    refuser=_refuse_declared,
)
