"""Insee, événements sur les communes : ceux qui touchent le territoire sont gardés dans son dossier."""

from collections import defaultdict
from datetime import date

import yaml

from ctgkit.echanges.lecteurs.feuille import FeuilleLue
from ctgkit.echanges.mouvements import FICHIER, Mouvement, Mouvements
from ctgkit.echanges.sorties import WholeFile
from ctgkit.echanges.tableau.codes import COMMUNE, read_code
from ctgkit.echanges.tableau.contexte import Contexte, Releve
from ctgkit.echanges.tableau.entete import Entete, Resolution
from ctgkit.echanges.tableau.ligne import Ligne
from ctgkit.echanges.tableau.modele import Skipped
from ctgkit.echanges.tableau.parcours import browse
from ctgkit.errors import CtgError
from ctgkit.formats import read_date

_COLONNES = {
    "nature": "mod", "date": "date_eff", "type_avant": "typecom_av", "avant": "com_av", "nom_avant": "libelle_av",
    "type_apres": "typecom_ap", "apres": "com_ap", "nom_apres": "libelle_ap",
}  # fmt: skip
_RENOMMAGES = ("10", "34", "35", "70", "71", "72")
_TETE = "# Mouvements de communes du territoire, d'après le fichier de l'Insee importé ({nom}).\n"


class MouvementsFormat:
    code = "mouvements-communes"
    libelle = "Insee, événements sur les communes (fusions et séparations)"

    def match(self, _: str, entete: Entete) -> Resolution | None:
        rangs = {cle: entete.find(motif) for cle, motif in _COLONNES.items()}
        if any(rang is None for rang in rangs.values()):
            return None
        return Resolution(entete, (), None, {c: r for c, r in rangs.items() if r is not None})

    def read(self, feuille: FeuilleLue, resolution: Resolution, contexte: Contexte, releve: Releve) -> None:
        liens: dict[date, list[tuple[str, str, str, str]]] = defaultdict(list)
        lignes: dict[str, int] = {}

        def one(ligne: Ligne) -> bool:
            if ligne.get("nature") in _RENOMMAGES or {ligne.get("type_avant"), ligne.get("type_apres")} != {"COM"}:
                raise Skipped("événements qui ne changent pas le périmètre d'une commune")
            avant, apres = read_code(COMMUNE, ligne.get("avant")), read_code(COMMUNE, ligne.get("apres"))
            liens[_day(ligne)].append((avant, ligne.get("nom_avant"), apres, ligne.get("nom_apres")))
            lignes[f"{avant}{apres}{ligne.get('date')}"] = ligne.numero
            return True

        browse(feuille, resolution, releve, one)
        if contexte.dossier is None:
            raise CtgError("Ce fichier s'importe dans le dossier d'un territoire.", contexte.nom)
        gardes = self._keep([m for jour, x in liens.items() for m in _group(jour, x)], contexte)
        retenus = sum(len(m.codes) > 0 for m in gardes)
        releve.hors, releve.reprises = releve.reprises, 0
        concernes = {(m.jour.isoformat(), a, b) for m in gardes for a in m.avant for b in m.apres}
        touchees = sum((jour.isoformat(), a, b) in concernes for jour, x in liens.items() for a, _, b, _ in x)
        releve.hors, releve.reprises = releve.hors - touchees, touchees
        texte = yaml.safe_dump({"mouvements": [_plain(m) for m in gardes]}, allow_unicode=True, sort_keys=False)
        releve.sorties.append(WholeFile(FICHIER, _TETE.format(nom=contexte.nom) + texte, retenus))

    def _keep(self, tous: list[Mouvement], contexte: Contexte) -> list[Mouvement]:
        """Seulement ce qui a conduit aux communes d'aujourd'hui du territoire."""
        utiles = Mouvements(tous).related(contexte.perimetre.communes)
        return sorted((m for m in tous if set(m.apres) & utiles), key=lambda m: (m.jour, sorted(m.avant)))


def _day(ligne: Ligne) -> date:
    try:
        return read_date(ligne.get("date"))
    except ValueError:
        raise ValueError("date d'effet illisible") from None


def _group(jour: date, liens: list[tuple[str, str, str, str]]) -> list[Mouvement]:
    """Les lignes d'un même jour qui se touchent font un seul mouvement."""
    groupes: list[tuple[dict[str, str], dict[str, str]]] = []
    for avant, nom_avant, apres, nom_apres in liens:
        touches = [g for g in groupes if avant in g[0] or apres in g[1]]
        fusion = ({avant: nom_avant}, {apres: nom_apres})
        for groupe in touches:
            fusion = ({**groupe[0], **fusion[0]}, {**groupe[1], **fusion[1]})
            groupes.remove(groupe)
        groupes.append(fusion)
    return [Mouvement(jour, a, b) for a, b in groupes if len(a) > 1 or len(b) > 1 or set(a) != set(b)]


def _plain(m: Mouvement) -> dict[str, object]:
    return {"date": m.jour, "avant": dict(sorted(m.avant.items())), "apres": dict(sorted(m.apres.items()))}


FORMAT = MouvementsFormat()
