"""Ce que l'on peut changer : dates, communes, structures, périodes ; et de quoi compter les mois et les quantités."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from ctgkit.documents.classeur.feuilles import Formule, Grille
from ctgkit.documents.classeur.formules import Terme
from ctgkit.documents.modele import Colonne
from ctgkit.droit import bonus_territoire as regle
from ctgkit.simulation import Resultat
from ctgkit.simulation.calcul.conditions import effect_days
from ctgkit.simulation.calcul.quantites import JAMAIS, TOUJOURS, first_month, overlap


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


_MOTS = {1.0: "oui", 0.0: "non"}
_STRUCTURES = {
    "id": Colonne("Identifiant"),
    "nom": Colonne("Structure"),
    "type": Colonne("Type"),
    "commune": Colonne("Commune"),
    "competence": Colonne("Territoire de compétence"),
    "gestionnaire": Colonne("Gestionnaire"),
    "cofinancee": Colonne("Cofinancée (oui, non, vide)"),
    "charges": Colonne("Charges", "euros", 2),
    "participations": Colonne("Participations", "euros", 2),
    "public_bas": Colonne("Gestionnaire public, au moins", "nombre"),
    "public_haut": Colonne("Gestionnaire public, au plus", "nombre"),
    "q0": Colonne("Quantité de référence", "nombre", 4),
    "sur": Colonne("Compte à coup sûr", "nombre"),
    "possible": Colonne("Compte peut-être", "nombre"),
}


@dataclass
class Quantites:
    """Les feuilles, et la ligne de chaque structure, commune et période."""

    r: Resultat
    cadre: Grille
    communes: Grille
    structures: Grille
    periodes: Grille
    ligne: dict[int, int] = field(default_factory=dict)
    de_structure: dict[int, list[int]] = field(default_factory=dict)

    @property
    def known(self) -> np.ndarray:
        """Les structures dont toutes les quantités sont connues : leurs cases sont des formules."""
        p, inconnues = self.r.cadre.etat.periodes, np.zeros(self.r.cadre.nombre, bool)
        inconnues[p.structure[np.isnan(p.quantite)]] = True
        return ~inconnues


def quantities(r: Resultat, nommer: Any, mois_de_base: list[int]) -> Quantites:
    cadre, communes = _cadre(r, nommer("Cadre")), _communes(r, nommer("Communes"))
    structures = Grille(nommer("Structures"), _STRUCTURES, saisies=("cofinancee", "charges", "participations"))
    periodes = Grille(nommer("Périodes"), period_columns(r, mois_de_base), saisies=("quantite", "debut", "fin"),
                      notes=("Un mois compte quand la structure est ouverte son premier jour.",))  # fmt: skip
    feuilles = Quantites(r, cadre, communes, structures, periodes)
    p = r.cadre.etat.periodes
    for rang, s in enumerate(p.structure.tolist()):
        feuilles.de_structure.setdefault(s, []).append(periodes.premiere + rang)
    feuilles.ligne = {s: structures.premiere + s for s in range(r.cadre.nombre)}
    for s in range(r.cadre.nombre):
        structures.add(**_structure(feuilles, s))
    for rang in range(len(p.structure)):
        periodes.add(**period(feuilles, rang, mois_de_base))
    return feuilles


def _cadre(r: Resultat, nom: str) -> Grille:
    grille = Grille(nom, {"libelle": Colonne("Date"), "valeur": Colonne("Valeur", "date")}, saisies=("valeur",))
    grille.add(
        libelle="Date de référence : l'offre ouverte la veille est l'offre existante",
        valeur=r.cadre.etat.date_reference,
    )
    fin = r.territoire.convention.fin
    grille.add(libelle="Dernier jour de la convention", valeur=fin)
    return grille


def _communes(r: Resultat, nom: str) -> Grille:
    colonnes = {
        "code": Colonne("Code Insee"), "nom": Colonne("Commune"), "effet": Colonne("Effet de l'adhésion", "date"),
        "mois": Colonne("Premier mois qui compte", "nombre"),
    }  # fmt: skip
    grille = Grille(nom, colonnes, saisies=("effet",), notes=("Les mois sont numérotés depuis janvier 1970.",))
    c, jours = r.territoire.communes, effect_days(r.territoire)
    noms = [*c["nom"].tolist(), "Structures intercommunales"]
    for code, commune, jour in zip([*c["code_insee"].tolist(), ""], noms, jours, strict=True):
        ligne, mois = grille.suivante, int(first_month(np.array([jour]), JAMAIS)[0])
        formule = Formule(f"={month_of(grille.here('effet', ligne), JAMAIS)}", mois)
        grille.add(code=code, nom=commune, effet=day_of(jour), mois=formule)
    return grille


def _structure(f: Quantites, s: int) -> dict[str, Any]:
    t, cadre, ligne = f.r.territoire.structures, f.r.cadre, f.structures.suivante
    service = cadre.services[cadre.service[s]].libelle if cadre.service[s] >= 0 else t["type"][s]
    veilles = "+".join(f.periodes.case("veille", n) for n in f.de_structure[s])
    public = next((c.public for c in f.r.contextes.values() if s in c.qui), None)
    place = next((int(np.flatnonzero(c.qui == s)[0]) for c in f.r.contextes.values() if s in c.qui), 0)
    cofinancee = f.structures.here("cofinancee", ligne)
    return {
        "id": t["id"][s], "nom": t["nom"][s], "type": service, "commune": t["code_insee"][s],
        "competence": t["competence"][s], "gestionnaire": t["gestionnaire"][s],
        "cofinancee": _MOTS.get(float(cadre.cofinancee[s]), ""),
        "charges": number_of(t["charges_eur"][s]), "participations": number_of(t["participations_eur"][s]),
        "public_bas": float(public[0][place]) if public else None,
        "public_haut": float(public[1][place]) if public else None,
        "q0": Formule(f"={veilles}", float(cadre.quantites.reference[s])) if f.known[s] else None,
        "sur": Formule(f'=IF({cofinancee}="oui",1,0)', int(cadre.cofinancee[s] == 1)),
        "possible": Formule(f'=IF({cofinancee}="non",0,1)', int(cadre.cofinancee[s] != 0)),
    }  # fmt: skip
