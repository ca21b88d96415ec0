"""Ce que l'on peut changer : dates, communes, structures, périodes ; et de quoi compter les mois et les quantités."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from ctgkit.documents.classeur.feuilles import Feuille, Formule
from ctgkit.documents.classeur.formules import Terme, changed
from ctgkit.documents.modele import Colonne
from ctgkit.droit import bonus_territoire as regle
from ctgkit.simulation import Resultat
from ctgkit.simulation.calcul.conditions import effect_days
from ctgkit.simulation.calcul.quantites import JAMAIS, TOUJOURS, first_month, overlap


def month_of(case: str) -> str:
    """Le premier mois dont le premier jour n'est pas avant cette date ; les mois se comptent depuis janvier 1970."""
    return f"(YEAR({case})-1970)*12+MONTH({case})-1+IF(DAY({case})>1,1,0)"


def month_or(case: str, inconnu: int) -> str:
    return f'IF({case}="",{inconnu},{month_of(case)})'


def month_label(mois: int) -> str:
    return f"01/{mois % 12 + 1:02d}/{mois // 12 + 1970}"


def valid(*conditions: str) -> str:
    """Vaut 1 quand une case de la ligne ne se lit pas."""
    return f"IF(AND({','.join(conditions)}),0,1)"


def date_or_empty(case: str) -> str:
    return f'OR({case}="",ISNUMBER({case}))'


def follow(probleme: str) -> dict[str, Colonne]:
    """Ce qui se surveille sur chaque ligne : une case illisible, une case changée."""
    return {
        "probleme": Colonne("Case à corriger", "nombre", formule=probleme),
        "modifie": Colonne("Case modifiée", "nombre", formule="{change}"),
    }


_CONSEIL = "Une case « à refaire » ne suit pas ce que vous avez changé : refaire la simulation dans l'atelier."
_CONTROLE = {"libelle": Colonne("Contrôle"), "valeur": Colonne("Cases", "nombre")}
_CADRE = {
    "libelle": Colonne("Date"),
    "valeur": Colonne("Valeur", "date", saisie=True),
    **follow("{controle}"),
}
_COMMUNES = {
    "code": Colonne("Code Insee"),
    "nom": Colonne("Commune"),
    "effet": Colonne("Effet de l'adhésion", "date", saisie=True),
    "mois": Colonne("Premier mois qui compte", "nombre", formule=month_or("{effet}", JAMAIS)),
    **follow("{controle}"),
}
INCONNUE = "inconnue"
_MOTS = {1.0: "oui", 0.0: "non"}
_STRUCTURES = {
    "id": Colonne("Identifiant"),
    "nom": Colonne("Structure"),
    "type": Colonne("Type"),
    "commune": Colonne("Commune"),
    "competence": Colonne("Territoire de compétence"),
    "gestionnaire": Colonne("Gestionnaire"),
    "cofinancee": Colonne("Cofinancée (oui, non, vide)", saisie=True),
    "charges": Colonne("Charges", "euros", 2, saisie=True),
    "participations": Colonne("Participations", "euros", 2, saisie=True),
    "public_bas": Colonne("Gestionnaire public, au moins", "nombre"),
    "public_haut": Colonne("Gestionnaire public, au plus", "nombre"),
    "q0": Colonne("Quantité de référence", "nombre", 4, formule=f'IF({{probleme}}>0,"{INCONNUE}",{{veilles}})'),
    "sur": Colonne("Compte à coup sûr", "nombre", formule='IF({cofinancee}="oui",1,0)'),
    "possible": Colonne("Compte peut-être", "nombre", formule='IF({cofinancee}="non",0,1)'),
    "probleme": Colonne("Case à corriger", "nombre", formule="{problemes}"),
    "modifie": Colonne("Case modifiée", "nombre", formule="{change}"),
    "touchee": Colonne("Case modifiée, ici ou dans ce qui compte", "nombre", formule="{modifie}+{modifiees}"),
}


def _periods(resultat: Resultat, mois_de_base: list[int]) -> dict[str, Colonne]:
    """`q0`, `structure_sur`, `structure_possible`, `adhesion` : les cases de la structure et de sa commune."""
    existante, nouvelle = (f(Terme("{quantite}"), Terme("{q0}")) for f in (regle.offre_existante, regle.offre_nouvelle))
    fin_de_convention = f'IF({{convention}}="",{JAMAIS},{month_of("({convention}+1)")})'
    ouverte = 'OR({debut}="",{debut}<{jour}),OR({fin}="",{fin}>={jour})'
    colonnes = {
        "id": Colonne("Structure"),
        "nom": Colonne("Nom"),
        "quantite": Colonne("Quantité", "nombre", 4, saisie=True),
        "debut": Colonne("Ouverte du", "date", saisie=True),
        "fin": Colonne("Fermée à partir du", "date", saisie=True),
        "debut_mois": Colonne("Premier mois", "nombre", formule=month_or("{debut}", TOUJOURS)),
        "fin_mois": Colonne("Mois de fermeture", "nombre", formule=month_or("{fin}", JAMAIS)),
        "veille": Colonne(
            "Ouverte la veille de la référence", "nombre", 4, formule=f"IF(AND({ouverte}),{{quantite}},0)"
        ),
        "part": Colonne("Part existante", "nombre", 6, formule=f"IF(N({{q0}})>0,{existante}/{{q0}},0)"),
        "nouveau": Colonne("Quantité nouvelle", "nombre", 4, formule=f"IF(ISNUMBER({{q0}}),{nouvelle},0)"),
        "premier": Colonne("Compte depuis le mois", "nombre", formule="{adhesion}"),
        "dernier": Colonne("Ne compte plus au mois", "nombre", formule=fin_de_convention),
    }
    fenetres = resultat.cadre.fenetres
    for w, (jour, debut, fin) in enumerate(zip(fenetres.jours, fenetres.debut, fenetres.fin, strict=True)):
        ouverts = f"MAX(MIN({{fin_mois}},{fin})-MAX({{debut_mois}},{debut}),0)"
        comptes = f"MAX(MIN({{fin_mois}},{{dernier}},{fin})-MAX({{debut_mois}},{{premier}},{debut}),0)"
        for cle, mot, formule in (("ouverts", "ouverts", ouverts), ("comptes", "comptés", comptes)):
            libelle = f"Mois {mot}, à partir du {jour:%d/%m/%Y}"
            colonnes[f"{cle}{w}"] = Colonne(libelle, "nombre", formule=formule)
    for m in mois_de_base:
        formule = f"IF(AND({{debut_mois}}<={m},{{fin_mois}}>{m}),{{quantite}},0)"
        colonnes[f"base{m}"] = Colonne(f"Ouverte le {month_label(m)}", "nombre", 2, formule=formule)
    return colonnes | {
        "competence": Colonne("Territoire de compétence"),
        "type": Colonne("Type"),
        "sur": Colonne("Compte à coup sûr", "nombre", formule="{structure_sur}"),
        "possible": Colonne("Compte peut-être", "nombre", formule="{structure_possible}"),
        **follow(valid("ISNUMBER({quantite})", "N({quantite})>=0", *map(date_or_empty, ("{debut}", "{fin}")))),
    }


@dataclass
class FeuillesQuantites:
    """Les feuilles des données, et les lignes des périodes de chaque structure."""

    r: Resultat
    cadre: Feuille
    communes: Feuille
    structures: Feuille
    periodes: Feuille
    controle: Feuille
    de_structure: dict[int, list[int]] = field(default_factory=dict)

    @property
    def touched(self) -> str:
        """La case qui compte tout ce qui a été changé dans ce scénario depuis que l'atelier l'a écrit."""
        return self.controle.case("valeur", self.controle.premiere)

    def watched(self, cle: str, s: int) -> list[str]:
        """Les cases « à corriger » ou « modifiée » dont dépend une structure, la sienne exceptée."""
        dates = [self.cadre.case(cle, self.cadre.premiere + n) for n in range(len(self.cadre.lignes))]
        commune = [self.communes.case(cle, ligne)] if (ligne := self.commune_row(s)) else []
        return [*(self.periodes.case(cle, n) for n in self.de_structure[s]), *commune, *dates]

    def commune_row(self, s: int) -> int:
        """La ligne de sa commune ; la dernière est celle des structures intercommunales ; 0 sans commune connue."""
        commune = int(self.r.cadre.commune[s])
        if commune == -2:
            return 0
        return self.communes.premiere + (len(self.communes.lignes) - 1 if commune == -1 else commune)

    @cached_property
    def known(self) -> np.ndarray:
        """Les structures dont les quantités sont connues : leurs cases sont des formules."""
        p, inconnues = self.r.cadre.etat.periodes, np.zeros(self.r.cadre.nombre, bool)
        inconnues[p.structure[np.isnan(p.quantite)]] = True
        return ~inconnues

    @cached_property
    def certain(self) -> np.ndarray:
        """Celles dont l'adhésion l'est aussi : leurs montants sont des formules."""
        return self.known & (self.r.cadre.eligible.sur == self.r.cadre.eligible.possible)

    def unknown_periods(self, s: int) -> int:
        p = self.r.cadre.etat.periodes
        return int(np.isnan(p.quantite[p.structure == s]).sum())

    def of(self, cle: str, s: int) -> str:
        """La case d'une structure, citée d'une autre feuille."""
        return self.structures.case(cle, self.structures.premiere + s)

    def counts(self, s: int) -> dict[str, int]:
        """Si la structure compte à coup sûr, et si elle compte peut-être."""
        cofinancee = self.r.cadre.cofinancee[s]
        return {"sur": int(cofinancee == 1), "possible": int(cofinancee != 0)}


def quantities(resultat: Resultat, nommer: Callable[[str], str], mois_de_base: list[int]) -> FeuillesQuantites:
    structures, periodes = nommer("Structures"), nommer("Périodes")
    note = "Un mois compte quand la structure est ouverte son premier jour."
    q = FeuillesQuantites(
        resultat,
        _frame(resultat, nommer("Cadre")),
        _communes(resultat, nommer("Communes")),
        Feuille(structures, _STRUCTURES, titre=structures),
        Feuille(periodes, _periods(resultat, mois_de_base), titre=periodes, notes=(note,)),
        Feuille(nommer("Contrôle"), _CONTROLE, titre=nommer("Contrôle"), notes=(_CONSEIL,)),
    )
    rangs = resultat.cadre.etat.periodes.structure.tolist()
    for rang, s in enumerate(rangs):
        q.de_structure.setdefault(s, []).append(q.periodes.premiere + rang)
    for s in range(resultat.cadre.nombre):
        _add_structure(q, s)
    for rang, s in enumerate(rangs):
        _add_period(q, rang, s, mois_de_base)
    return q


def _frame(resultat: Resultat, nom: str) -> Feuille:
    feuille = Feuille(nom, _CADRE, titre=nom)
    reference = "Date de référence : l'offre ouverte la veille est l'offre existante"
    fin = "Dernier jour de la convention"
    lire = (
        ("ISNUMBER({0})", reference, resultat.cadre.etat.date_reference),
        (date_or_empty("{0}"), fin, resultat.territoire.convention.fin),
    )
    for condition, libelle, jour in lire:
        case = feuille.here("valeur", feuille.suivante)
        cites = {"controle": valid(condition.format(case)), "change": changed(case, jour)}
        feuille.add(cites, libelle=libelle, valeur=jour, probleme=0, modifie=0)
    return feuille


def _communes(resultat: Resultat, nom: str) -> Feuille:
    feuille = Feuille(nom, _COMMUNES, titre=nom, notes=("Les mois sont numérotés depuis janvier 1970.",))
    c, jours = resultat.territoire.communes, effect_days(resultat.territoire)
    noms = [*c["nom"].tolist(), "Structures intercommunales"]
    for code, commune, jour in zip([*c["code_insee"].tolist(), ""], noms, jours, strict=True):
        effet, case = day_of(jour), feuille.here("effet", feuille.suivante)
        # Vidée, une adhésion connue devient inconnue : entre rien et tout, ce que le classeur ne calcule pas.
        lisible = date_or_empty(case) if effet is None else f"ISNUMBER({case})"
        feuille.add(
            {"controle": valid(lisible), "change": changed(case, effet)},
            code=code,
            nom=commune,
            effet=effet,
            mois=_month(jour, JAMAIS),
            probleme=0,
            modifie=0,
        )
    return feuille


def _month(jour: np.datetime64 | date | None, inconnu: int) -> int:
    return int(first_month(np.array([jour], "datetime64[D]"), inconnu)[0])


def _add_structure(quantites: FeuillesQuantites, s: int) -> None:
    t, cadre = quantites.r.territoire.structures, quantites.r.cadre
    service = cadre.services[cadre.service[s]].libelle if cadre.service[s] >= 0 else t["type"][s]
    contexte = next((c for c in quantites.r.contextes.values() if s in c.qui), None)
    bornes = contexte.commun.public if contexte else ()
    public = [float(b[contexte.qui == s][0]) for b in bornes] or [None] * 2
    saisies = {
        "cofinancee": _MOTS.get(float(cadre.cofinancee[s]), ""),
        "charges": number_of(t["charges_eur"][s]),
        "participations": number_of(t["participations_eur"][s]),
    }
    ligne = quantites.structures.suivante
    cites = {
        "veilles": "+".join(quantites.periodes.case("veille", n) for n in quantites.de_structure[s]),
        "problemes": "+".join(quantites.watched("probleme", s)),
        "modifiees": "+".join(quantites.watched("modifie", s)),
        "change": "+".join(changed(quantites.structures.here(cle, ligne), valeur) for cle, valeur in saisies.items()),
    }
    quantites.structures.add(
        cites,
        id=t["id"][s],
        nom=t["nom"][s],
        type=service,
        commune=t["code_insee"][s],
        competence=t["competence"][s],
        gestionnaire=t["gestionnaire"][s],
        public_bas=public[0],
        public_haut=public[1],
        q0=float(cadre.quantites.reference[s]) if quantites.known[s] else INCONNUE,
        probleme=quantites.unknown_periods(s),
        modifie=0,
        touchee=0,
        **saisies,
        **quantites.counts(s),
    )


def _add_period(quantites: FeuillesQuantites, rang: int, s: int, mois_de_base: list[int]) -> None:
    cadre, p, t = quantites.r.cadre, quantites.r.cadre.etat.periodes, quantites.r.territoire.structures
    debut, fin = day_of(p.debut[rang]), day_of(p.fin[rang])
    mois, comptes = (
        [_month(debut, TOUJOURS), _month(fin, JAMAIS)],
        [int(e[s]) for e in (cadre.eligible.sur, cadre.eligible.dernier)],
    )
    jour, convention = (quantites.cadre.case("valeur", quantites.cadre.premiere + n) for n in (0, 1))
    cites = {
        "q0": quantites.of("q0", s),
        "structure_sur": quantites.of("sur", s),
        "structure_possible": quantites.of("possible", s),
        "adhesion": _membership(quantites, s),
        "jour": jour,
        "convention": convention,
    }
    saisies, ligne = {"quantite": number_of(p.quantite[rang]), "debut": debut, "fin": fin}, quantites.periodes.suivante
    cites["change"] = "+".join(changed(quantites.periodes.here(cle, ligne), valeur) for cle, valeur in saisies.items())
    valeurs = {"id": t["id"][s], "nom": t["nom"][s], "competence": t["competence"][s], "type": t["type"][s]}
    valeurs |= saisies | {"probleme": int(np.isnan(p.quantite[rang])), "modifie": 0}
    valeurs |= {"debut_mois": mois[0], "fin_mois": mois[1], "premier": comptes[0], "dernier": comptes[1]}
    comptes = [max(mois[0], comptes[0]), min(mois[1], comptes[1])]
    for nom, (premier, dernier) in (("ouverts", mois), ("comptes", comptes)):
        jusqu_a = overlap(np.array([premier]), np.array([dernier]), cadre.fenetres.debut, cadre.fenetres.fin)[0]
        valeurs |= {f"{nom}{w}": int(n) for w, n in enumerate(jusqu_a)}
    if quantites.known[s]:
        valeurs |= _amounts(quantites, rang, s, mois, mois_de_base)
    quantites.periodes.add(cites, **valeurs, **quantites.counts(s))


def _amounts(
    quantites: FeuillesQuantites, rang: int, s: int, mois: list[int], mois_de_base: list[int]
) -> dict[str, Any]:
    p, jour = quantites.r.cadre.etat.periodes, np.datetime64(quantites.r.cadre.etat.date_reference)
    quantite, reference = float(p.quantite[rang]), float(quantites.r.cadre.quantites.reference[s])
    return {
        "veille": 0.0 if p.debut[rang] >= jour or p.fin[rang] < jour else quantite,
        "part": min(quantite, reference) / reference if reference > 0 else 0.0,
        "nouveau": max(quantite - reference, 0.0),
        **{f"base{m}": quantite if mois[0] <= m < mois[1] else 0.0 for m in mois_de_base},
    }


def _membership(quantites: FeuillesQuantites, s: int) -> str:
    """Le mois de l'adhésion : la case de la commune, ou celle des structures intercommunales, qui est la dernière."""
    ligne = quantites.commune_row(s)
    return quantites.communes.case("mois", ligne) if ligne else str(JAMAIS)


def day_of(jour: np.datetime64) -> date | None:
    """Une date de tableur ; avant 1900, elle ne change rien au compte et reste vide."""
    lue = None if np.isnat(jour) else jour.astype("datetime64[D]").item()
    return lue if lue and lue.year >= 1901 else None


def number_of(valeur: float) -> float | None:
    return None if np.isnan(valeur) else float(valeur)


def check_sheet(quantites: FeuillesQuantites, parametres: Feuille, *autres: Feuille) -> Feuille:
    """Ce qui a été changé : les cases figées s'y réfèrent, et le disent."""
    suivies = [quantites.cadre, quantites.communes, quantites.structures, quantites.periodes, parametres, *autres]
    comptes = {
        "Cases modifiées": [f.column("modifie") for f in suivies],
        "Cases à corriger": [f.column("probleme") for f in suivies],
    }
    valeurs = [0, sum(f.value("probleme", rang) or 0 for f in suivies for rang in range(len(f.lignes)))]
    for (libelle, colonnes), valeur in zip(comptes.items(), valeurs, strict=True):
        somme = Formule(f"SUM({','.join(colonnes)})", valeur)
        quantites.controle.add(libelle=libelle, valeur=somme)
    return quantites.controle
