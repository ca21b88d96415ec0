"""Le format de l'atelier lui-même : un indicateurs.csv préparé ou exporté ailleurs se réimporte tel quel."""

from ctgkit.diagnostic import load_catalogue
from ctgkit.echanges.sorties import COLONNES
from ctgkit.echanges.tableau.apercu import ApercuImport
from ctgkit.echanges.tableau.codes import NIVEAUX, read_code
from ctgkit.echanges.tableau.entete import Donnee, Piste
from ctgkit.echanges.tableau.lignes import FormatListe, LigneLue, browse
from ctgkit.echanges.tableau.valeurs import (
    A_COMPLETER,
    MASQUE,
    PUBLIE,
    STATUTS,
    ValeurLue,
    plain_text,
    read_cell,
    read_period,
)

_LIBRE = Donnee.rate("", minimum=None)


def _read(piste: Piste, apercu: ApercuImport) -> None:
    def one(ligne: LigneLue) -> bool:
        lue = _value(ligne)
        if not apercu.perimetre.holds(lue.niveau, lue.geo):
            return False
        apercu.lignes.append(lue)
        return True

    browse(piste, apercu, one)


def _value(ligne: LigneLue) -> ValeurLue:
    niveau, code, statut = ligne.get("niveau"), ligne.get("code"), ligne.get("statut") or PUBLIE
    if niveau not in NIVEAUX:
        raise ValueError(f"niveau inconnu : « {niveau[:30]} »")
    if code not in load_catalogue():
        raise ValueError(f"indicateur absent du catalogue : « {code[:30]} »")
    if statut not in STATUTS:
        raise ValueError(f"statut inconnu : « {statut[:30]} »")
    valeur, lu = read_cell(ligne.get("valeur"), _LIBRE, A_COMPLETER)
    if (valeur is None) != (statut in (MASQUE, A_COMPLETER)):
        raise ValueError(f"valeur et statut se contredisent : « {ligne.get('valeur')[:30]} », {statut}")
    annee = read_period(ligne.get("annee"))[0] if ligne.get("annee") else None
    donnee = Donnee.count("") if load_catalogue()[code].additif else _LIBRE
    texte = plain_text(ligne.get("valeur")) if valeur is not None else ""
    return ValeurLue(
        code,
        read_code(niveau, ligne.get("geo")),
        niveau,
        annee,
        valeur,
        statut if lu != MASQUE else lu,
        ligne.get("source"),
        ligne.get("reference"),
        ligne.numero,
        "valeur",
        donnee=donnee,
        texte=texte,
    )


FORMAT = FormatListe(
    code="indicateurs",
    libelle="Atelier CTG, lignes d'indicateurs (code, geo, niveau, annee, valeur, statut, source, reference)",
    colonnes={c: c for c in COLONNES},
    read=_read,
)
