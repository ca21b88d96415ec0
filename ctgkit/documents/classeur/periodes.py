"""La feuille « Périodes » : les mois ouverts et comptés de chaque quantité constante, et le mois d'une date."""

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from ctgkit.documents.classeur.feuilles import Formule
from ctgkit.documents.classeur.formules import Terme
from ctgkit.documents.modele import Colonne
from ctgkit.droit import bonus_territoire as regle
from ctgkit.simulation import Resultat
from ctgkit.simulation.calcul.quantites import JAMAIS, TOUJOURS, first_month, overlap

if TYPE_CHECKING:
    from ctgkit.documents.classeur.quantites import Quantites


def period_columns(r: Resultat, mois_de_base: list[int]) -> dict[str, Colonne]:
    jours = r.cadre.fenetres.jours
    fenetres = {
        f"{cle}{w}": Colonne(f"Mois {mot}, à partir du {jour:%d/%m/%Y}", "nombre")
        for w, jour in enumerate(jours)
        for cle, mot in (("ouverts", "ouverts"), ("comptes", "comptés"))
    }
    base = {f"base{m}": Colonne(f"Ouverte le 01/{m % 12 + 1:02d}/{m // 12 + 1970}", "nombre", 2) for m in mois_de_base}
    return {
        "id": Colonne("Structure"), "nom": Colonne("Nom"), "quantite": Colonne("Quantité", "nombre", 4),
        "debut": Colonne("Ouverte du", "date"), "fin": Colonne("Fermée à partir du", "date"),
        "debut_mois": Colonne("Premier mois", "nombre"), "fin_mois": Colonne("Mois de fermeture", "nombre"),
        "veille": Colonne("Ouverte la veille de la référence", "nombre", 4),
        "part": Colonne("Part existante", "nombre", 6),
        "nouveau": Colonne("Quantité nouvelle", "nombre", 4), "premier": Colonne("Compte depuis le mois", "nombre"),
        "dernier": Colonne("Ne compte plus au mois", "nombre"), **fenetres, **base,
        "competence": Colonne("Territoire de compétence"), "type": Colonne("Type"),
        "sur": Colonne("Compte à coup sûr", "nombre"), "possible": Colonne("Compte peut-être", "nombre"),
    }  # fmt: skip


def period(f: "Quantites", rang: int, mois_de_base: list[int]) -> dict[str, Any]:
    p, t, g = f.r.cadre.etat.periodes, f.r.territoire.structures, f.periodes
    s, ligne = int(p.structure[rang]), g.suivante
    q, debut, fin = float(p.quantite[rang]), p.debut[rang], p.fin[rang]
    ici = {cle: g.here(cle, ligne) for cle in g.colonnes}
    fiche = {"id": t["id"][s], "nom": t["nom"][s], "quantite": number_of(q), "debut": day_of(debut), "fin": day_of(fin),
             "competence": t["competence"][s], "type": t["type"][s]}  # fmt: skip
    jours = np.array([day_of(debut), day_of(fin)], "datetime64[D]")
    mois = [int(first_month(jours[:1], TOUJOURS)[0]), int(first_month(jours[1:], JAMAIS)[0])]
    bornes = [int(e[s]) for e in f.r.cadre.eligible]
    q0 = float(f.r.cadre.quantites.reference[s])
    reference = f.structures.case("q0", f.ligne[s])
    jour, convention = (f.cadre.case("valeur", f.cadre.premiere + n) for n in (0, 1))
    fiche |= {
        "debut_mois": Formule(f"={month_of(ici['debut'], TOUJOURS)}", mois[0]),
        "fin_mois": Formule(f"={month_of(ici['fin'], JAMAIS)}", mois[1]),
        "premier": Formule(f"={_first(f, s)}", bornes[0]),
        "dernier": Formule(f'=IF({convention}="",{JAMAIS},{raw_month_of(f"({convention}+1)")})', bornes[1]),
        **{cle: Formule(f"={f.structures.case(cle, f.ligne[s])}", v)
           for cle, v in (("sur", int(f.r.cadre.cofinancee[s] == 1)), ("possible", int(f.r.cadre.cofinancee[s] != 0)))},
    }  # fmt: skip
    for w in range(len(f.r.cadre.fenetres.jours)):
        fiche |= _window(f, ici, mois, bornes, w)
    if not f.known[s]:
        return fiche
    jour_reference = np.datetime64(f.r.cadre.etat.date_reference)
    veille = 0.0 if debut >= jour_reference or fin < jour_reference else q
    existante = regle.offre_existante(Terme(ici["quantite"]), Terme(reference))
    nouvelle = regle.offre_nouvelle(Terme(ici["quantite"]), Terme(reference))
    ouverte = f'OR({ici["debut"]}="",{ici["debut"]}<{jour}),OR({ici["fin"]}="",{ici["fin"]}>={jour})'
    fiche |= {
        "veille": Formule(f"=IF(AND({ouverte}),{ici['quantite']},0)", veille),
        "part": Formule(f"=IF({reference}>0,{existante}/{reference},0)", min(q, q0) / q0 if q0 > 0 else 0.0),
        "nouveau": Formule(f"={nouvelle}", max(q - q0, 0.0)),
    }
    for m in mois_de_base:
        test = f"AND({ici['debut_mois']}<={m},{ici['fin_mois']}>{m})"
        fiche[f"base{m}"] = Formule(f"=IF({test},{ici['quantite']},0)", q if mois[0] <= m < mois[1] else 0.0)
    return fiche


def _first(f: "Quantites", s: int) -> str:
    commune = int(f.r.cadre.commune[s])
    if commune == -2:
        return str(JAMAIS)
    rang = len(f.communes.lignes) - 1 if commune == -1 else commune
    return f.communes.case("mois", f.communes.premiere + rang)


def _window(f: "Quantites", ici: dict[str, str], mois: list[int], bornes: list[int], w: int) -> dict[str, Formule]:
    debut, fin = int(f.r.cadre.fenetres.debut[w]), int(f.r.cadre.fenetres.fin[w])
    a, b = ici["debut_mois"], ici["fin_mois"]
    fenetre = np.array([debut]), np.array([fin])
    ouverts = int(overlap(np.array([mois[0]]), np.array([mois[1]]), *fenetre)[0, 0])
    compte = np.array([max(mois[0], bornes[0])]), np.array([min(mois[1], bornes[1])])
    comptes = int(overlap(*compte, *fenetre)[0, 0])
    return {
        f"ouverts{w}": Formule(f"=MAX(MIN({b},{fin})-MAX({a},{debut}),0)", ouverts),
        f"comptes{w}": Formule(f"=MAX(MIN({b},{ici['dernier']},{fin})-MAX({a},{ici['premier']},{debut}),0)", comptes),
    }


def month_of(case: str, inconnu: int) -> str:
    """Le premier mois dont le premier jour n'est pas avant cette date."""
    return f'IF({case}="",{inconnu},{raw_month_of(case)})'


def raw_month_of(jour: str) -> str:
    return f"(YEAR({jour})-1970)*12+MONTH({jour})-1+IF(DAY({jour})>1,1,0)"


def day_of(jour: np.datetime64) -> date | None:
    """Une date de tableur ; avant 1900, elle ne change rien au compte et reste vide."""
    lue = None if np.isnat(jour) else jour.astype("datetime64[D]").item()
    return lue if lue and lue.year >= 1901 else None


def number_of(valeur: float) -> float | None:
    return None if np.isnan(valeur) else float(valeur)
