"""Caf à l'Iris (diffusion Insee), formes de 2016 (30 colonnes) et de 2020 (23) : une partie du territoire seulement.

L'année n'est écrite que dans le nom du fichier. NOTE différente de 0 : l'Iris n'est pas diffusé.
"""

from collections import Counter

from ctgkit.echanges.tableau.codes import COMMUNE, IRIS, read_code
from ctgkit.echanges.tableau.contexte import Contexte, Releve
from ctgkit.echanges.tableau.format import Format
from ctgkit.echanges.tableau.ligne import Ligne
from ctgkit.echanges.tableau.modele import Maille, Mesure
from ctgkit.formats import liste, pluriel

_NOTE = "note"
MESURES = (
    Mesure.count("CAD02", "a", note=_NOTE),
    Mesure.count("CAD03", "percou", note=_NOTE),
    Mesure.count("PA02", "am", note=_NOTE),
    Mesure.count("PE01", "enf_2", note=_NOTE),
    Mesure.count("JE11", "a_netud_24", note=_NOTE),
    Mesure.count("HA03", "aaah", note=_NOTE),
    Mesure.count("AD02", "appa", note=_NOTE),
    Mesure.count("AD01", "arsas", note=_NOTE, precision="RSA socle"),
    Mesure.share("LO01", "aal", "a", note=_NOTE),
)


def _within(ligne: Ligne, contexte: Contexte, _: Releve) -> bool:
    """La commune écrite à côté de l'Iris quand elle l'est : un Iris garde parfois le code d'une commune disparue."""
    commune = ligne.get("commune")
    return contexte.perimetre.holds(COMMUNE, read_code(COMMUNE, commune) if commune else ligne.code[:5])


def _name(ligne: Ligne) -> str:
    return ", ".join(filter(None, (ligne.get("nom_commune"), ligne.get("nom"))))


def _warn_partial(releve: Releve, contexte: Contexte) -> None:
    """Des Iris manquent toujours : rien n'est additionné jusqu'à la commune."""
    par_commune = Counter(geo[:5] for geo in {b.geo for b in releve.bruts})
    if not par_commune:
        return
    noms = contexte.perimetre.communes
    dits = liste([f"{noms.get(c, c)} ({n})" for c, n in sorted(par_commune.items())])
    absentes = len(set(noms) - set(par_commune))
    releve.warn(
        "Couverture partielle, aucun total communal n'est calculé : "
        f"{pluriel(par_commune.total(), 'Iris', 'Iris')} dans {dits} ; {pluriel(absentes, 'commune')} sans Iris."
    )


FORMAT = Format(
    code="caf-iris",
    libelle="Caf, allocataires à l'Iris (diffusion Insee)",
    source="caf-iris-{annee}",
    mailles=(Maille(IRIS, "codgeo|iris|code_iris", MESURES),),
    exige=("a", "percou", "ai", "note"),
    autres={"commune": "depcom|com", "nom": "libgeo|libiris|lib_iris", "nom_commune": "libcom"},
    situer=_within,
    nommer=_name,
    conclure=_warn_partial,
)
