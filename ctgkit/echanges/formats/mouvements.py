"""Insee, événements sur les communes : ceux qui touchent le territoire sont gardés dans son dossier."""

from collections import defaultdict
from datetime import date

import yaml

from ctgkit.echanges.sorties import FichierEntier
from ctgkit.echanges.tableau.apercu import ApercuImport, Skipped
from ctgkit.echanges.tableau.codes import COMMUNE, read_code
from ctgkit.echanges.tableau.entete import Piste
from ctgkit.echanges.tableau.lignes import FormatListe, LigneLue, browse
from ctgkit.echanges.tableau.perimetre import MOUVEMENTS, MouvementCommune, MouvementsCommunes
from ctgkit.errors import CtgError
from ctgkit.formats import read_date

_RENOMMAGES = ("10", "34", "35", "70", "71", "72")
_TETE = "# Mouvements de communes du territoire, d'après le fichier de l'Insee importé ({nom}).\n"


def _read(piste: Piste, apercu: ApercuImport) -> None:
    liens: dict[date, list[tuple[str, str, str, str]]] = defaultdict(list)

    def one(ligne: LigneLue) -> bool:
        if ligne.get("nature") in _RENOMMAGES or {ligne.get("type_avant"), ligne.get("type_apres")} != {"COM"}:
            raise Skipped("événements qui ne changent pas le périmètre d'une commune")
        avant, apres = read_code(COMMUNE, ligne.get("avant")), read_code(COMMUNE, ligne.get("apres"))
        liens[_day(ligne)].append((avant, ligne.get("nom_avant"), apres, ligne.get("nom_apres")))
        return True

    browse(piste, apercu, one)
    if apercu.dossier is None:
        raise CtgError("Ce fichier s'importe dans le dossier d'un territoire.", apercu.fichier)
    gardes = _keep([m for jour, x in liens.items() for m in _group(jour, x)], apercu)
    concernes = {(m.jour, a, b) for m in gardes for a in m.avant for b in m.apres}
    touchees = sum((jour, a, b) in concernes for jour, x in liens.items() for a, _, b, _ in x)
    apercu.hors, apercu.reprises = apercu.reprises - touchees, touchees
    texte = yaml.safe_dump({"mouvements": [_plain(m) for m in gardes]}, allow_unicode=True, sort_keys=False)
    apercu.sorties.append(FichierEntier(MOUVEMENTS, _TETE.format(nom=apercu.fichier) + texte, len(gardes)))


def _keep(tous: list[MouvementCommune], apercu: ApercuImport) -> list[MouvementCommune]:
    """Seulement ce qui a conduit aux communes d'aujourd'hui du territoire."""
    utiles = MouvementsCommunes(tous).related(apercu.perimetre.communes)
    return sorted((m for m in tous if set(m.apres) & utiles), key=lambda m: (m.jour, sorted(m.avant)))


def _day(ligne: LigneLue) -> date:
    try:
        return read_date(ligne.get("date"))
    except ValueError:
        raise ValueError("date d'effet illisible") from None


def _group(jour: date, liens: list[tuple[str, str, str, str]]) -> list[MouvementCommune]:
    """Les lignes d'un même jour qui se touchent font un seul mouvement."""
    groupes: list[tuple[dict[str, str], dict[str, str]]] = []
    for avant, nom_avant, apres, nom_apres in liens:
        touches = [g for g in groupes if avant in g[0] or apres in g[1]]
        fusion = ({avant: nom_avant}, {apres: nom_apres})
        for groupe in touches:
            fusion = ({**groupe[0], **fusion[0]}, {**groupe[1], **fusion[1]})
            groupes.remove(groupe)
        groupes.append(fusion)
    return [MouvementCommune(jour, a, b) for a, b in groupes if len(a) > 1 or len(b) > 1 or set(a) != set(b)]


def _plain(mouvement: MouvementCommune) -> dict[str, object]:
    return {
        "date": mouvement.jour,
        "avant": dict(sorted(mouvement.avant.items())),
        "apres": dict(sorted(mouvement.apres.items())),
    }


FORMAT = FormatListe(
    code="mouvements-communes",
    libelle="Insee, événements sur les communes (fusions et séparations)",
    colonnes={
        "nature": "mod",
        "date": "date_eff",
        "type_avant": "typecom_av",
        "avant": "com_av",
        "nom_avant": "libelle_av",
        "type_apres": "typecom_ap",
        "apres": "com_ap",
        "nom_apres": "libelle_ap",
    },
    read=_read,
)
