"""Caf à l'Iris (diffusion Insee), formes de 2016 (30 colonnes) et de 2020 (23) : une partie du territoire seulement.

L'année n'est écrite que dans le nom du fichier. NOTE différente de 0 : l'Iris n'est pas diffusé.
"""

from collections import Counter

from ctgkit.echanges.tableau.apercu import ApercuImport
from ctgkit.echanges.tableau.codes import COMMUNE, IRIS, read_code
from ctgkit.echanges.tableau.entete import Donnee, Maille
from ctgkit.echanges.tableau.format import FormatMesures
from ctgkit.echanges.tableau.lignes import LigneLue
from ctgkit.formats import liste, pluriel


def cnaf_counts(note: str) -> tuple[Donnee, ...]:
    """Les effectifs que la Cnaf diffuse sous les mêmes noms à l'Iris et au quartier ; `note` dit ceux qu'elle tait."""
    return (
        Donnee.count("CAD02", "a", note=note),
        Donnee.count("CAD03", "percou", note=note),
        Donnee.count("PA02", "am", note=note),
        Donnee.count("PE01", "enf_2", note=note),
        Donnee.count("JE11", "a_netud_24", note=note),
        Donnee.count("HA03", "aaah", note=note),
        Donnee.count("AD02", "appa", note=note),
        Donnee.count("AD01", "arsas", note=note, precision="RSA socle"),
    )


MESURES = (*cnaf_counts("note"), Donnee.share("LO01", "aal", "a", note="note"))


def _within(ligne: LigneLue, apercu: ApercuImport) -> bool:
    """La commune écrite à côté de l'Iris quand elle l'est : un Iris garde parfois le code d'une commune disparue."""
    commune = ligne.get("commune")
    return apercu.perimetre.holds(COMMUNE, read_code(COMMUNE, commune) if commune else ligne.code[:5])


def _name(ligne: LigneLue) -> str:
    return ", ".join(filter(None, (ligne.get("nom_commune"), ligne.get("nom"))))


def _warn_partial(apercu: ApercuImport) -> None:
    """Des Iris manquent toujours : rien n'est additionné jusqu'à la commune."""
    par_commune = Counter(geo[:5] for geo in {b.geo for b in apercu.lignes})
    if not par_commune:
        return
    noms = apercu.perimetre.communes
    dits = liste([f"{noms.get(c, c)} ({n})" for c, n in sorted(par_commune.items())])
    absentes = len(set(noms) - set(par_commune))
    apercu.warn(
        "Couverture partielle, aucun total communal n'est calculé : "
        f"{pluriel(par_commune.total(), 'Iris', 'Iris')} dans {dits} ; {pluriel(absentes, 'commune')} sans Iris."
    )


FORMAT = FormatMesures(
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
