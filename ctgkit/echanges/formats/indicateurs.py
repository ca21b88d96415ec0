"""Le format de l'atelier lui-même : un indicateurs.csv préparé ou exporté ailleurs se réimporte tel quel."""

from ctgkit.diagnostic import load_catalogue
from ctgkit.echanges.lecteurs.feuille import FeuilleLue
from ctgkit.echanges.sorties import COLONNES
from ctgkit.echanges.tableau.codes import NIVEAUX, read_code
from ctgkit.echanges.tableau.contexte import Contexte, Releve
from ctgkit.echanges.tableau.entete import Entete, Resolution
from ctgkit.echanges.tableau.ligne import Ligne
from ctgkit.echanges.tableau.modele import A_COMPLETER, MASQUE, PUBLIE, STATUTS, Brut, Mesure
from ctgkit.echanges.tableau.parcours import browse
from ctgkit.echanges.tableau.valeurs import plain_text, read_cell, read_period

_LIBRE = Mesure.rate("", "", minimum=None)


class OwnFormat:
    code = "indicateurs"
    libelle = "Atelier CTG, lignes d'indicateurs (code, geo, niveau, annee, valeur, statut, source, reference)"

    def match(self, _: str, entete: Entete) -> Resolution | None:
        rangs = {c: entete.find(c) for c in COLONNES}
        if any(rang is None for rang in rangs.values()):
            return None
        return Resolution(entete, (), None, {c: r for c, r in rangs.items() if r is not None})

    def read(self, feuille: FeuilleLue, resolution: Resolution, contexte: Contexte, releve: Releve) -> None:
        def one(ligne: Ligne) -> bool:
            brut = self._value(ligne)
            if not contexte.perimetre.holds(brut.niveau, brut.geo):
                return False
            releve.bruts.append(brut)
            return True

        browse(feuille, resolution, releve, one)

    def _value(self, ligne: Ligne) -> Brut:
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
        mesure = Mesure.count("", "") if load_catalogue()[code].additif else _LIBRE
        return Brut(code, read_code(niveau, ligne.get("geo")), niveau, annee, valeur, statut if lu != MASQUE else lu,
                    ligne.get("source"), ligne.get("reference"), ligne.numero, "valeur", mesure=mesure,
                    texte=plain_text(ligne.get("valeur")) if valeur is not None else "")  # fmt: skip


FORMAT = OwnFormat()
