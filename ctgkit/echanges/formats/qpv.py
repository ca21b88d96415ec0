"""Quartiers prioritaires : fichiers DEMO et REVN de l'ANCT et de l'Insee, des dizaines de colonnes vides à droite.

L'année de chaque colonne n'est pas écrite dans le fichier : les chiffres se rangent à celle de la livraison, que porte
son nom, et le disent. Un quartier peut s'étendre sur plusieurs communes, y compris hors du territoire.
"""

from dataclasses import replace

from ctgkit.echanges.formats.caf_iris import cnaf_counts
from ctgkit.echanges.tableau.apercu import ApercuImport, Skipped
from ctgkit.echanges.tableau.codes import QPV, departement_of, simplify
from ctgkit.echanges.tableau.entete import Donnee, Maille
from ctgkit.echanges.tableau.format import FormatMesures
from ctgkit.echanges.tableau.lignes import LigneLue
from ctgkit.formats import liste

_RP, _FILO = "note_rp", "note_filo"
MESURES = (
    Donnee.count("CAD09", "pop_mun", note=_RP),
    *cnaf_counts("note_cnaf"),
    Donnee.rate("AS01", "disp_q2", note=_FILO),
    Donnee.rate("AS02", "disp_d1", note=_FILO),
    Donnee.rate("AS03", "disp_d1d9", note=_FILO),
    Donnee.rate("AS05", "ppsoc", note=_FILO, maximum=100.0),
    Donnee.rate("AS08", "tp60", note=_FILO, maximum=100.0),
)
_SANS_COMMUNE = "quartiers du département dont le fichier n'écrit pas la commune : importer d'abord le fichier DEMO"


def _within(ligne: LigneLue, apercu: ApercuImport) -> bool:
    perimetre = apercu.perimetre
    if _departement(ligne.code) not in {departement_of(c) for c in perimetre.communes}:
        return False
    communes = [c.strip() for c in ligne.get("communes").split(",") if c.strip()]
    dedans = [c for c in communes if simplify(c) in perimetre.codes_par_nom]
    if dedans and len(dedans) < len(communes):
        dehors = liste([c for c in communes if c not in dedans])
        apercu.warn(f"{ligne.code} ({ligne.get('nom')}) déborde du territoire ({dehors}) : ne pas l'additionner.")
    if not communes and ligne.code not in perimetre.qpv:
        raise Skipped(_SANS_COMMUNE)
    return bool(dedans) or ligne.code in perimetre.qpv


def _departement(code: str) -> str:
    return code[3:5] if code[2] == "0" else code[2:5]


def _name(ligne: LigneLue) -> str:
    return ", ".join(filter(None, (ligne.get("nom"), ligne.get("communes"))))


def _tell_delivery(apercu: ApercuImport) -> None:
    """Deux livraisons sont deux millésimes ; aucune ne passe pour l'année où ses chiffres ont été relevés."""
    if any(b.annee is None for b in apercu.lignes):
        apercu.warn(
            "L'année de la livraison n'est pas dans le nom du fichier : elle reste vide, et deux livraisons sans année "
            "se contrediront. La donner avec --annee."
        )
    elif apercu.annee is None and apercu.lignes:
        livraison = apercu.lignes[0].annee
        dit = f"livraison de {livraison}, année des chiffres non écrite"
        apercu.lignes[:] = [replace(b, reference=f"{b.reference} ; {dit}") for b in apercu.lignes]
        apercu.warn(f"Les chiffres sont rangés en {livraison}, année de la livraison : le fichier n'écrit pas la leur.")


FORMAT = FormatMesures(
    code="qpv",
    libelle="Quartiers prioritaires (démographie ou revenus)",
    source="anct-qpv-{annee}",
    mailles=(Maille(QPV, "codgeo|code_qp[v]?|code_quartier", MESURES),),
    exige=("pop_mun|tp60|disp_q2",),
    annee_facultative=True,
    autres={"nom": "libgeo", "communes": "lib_com"},
    situer=_within,
    nommer=_name,
    conclure=_tell_delivery,
)
