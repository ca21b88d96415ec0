"""Les feuilles « Paramètres », « Références » et « Répartition » : ce que l'on peut changer, et l'argent partagé."""

import math
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np

from ctgkit import droit
from ctgkit.documents.classeur.donnees import FeuillesQuantites, follow, number_of, valid
from ctgkit.documents.classeur.feuilles import Feuille, Figee, Formule, value_of
from ctgkit.documents.classeur.formules import Terme, changed, criterion, unless
from ctgkit.documents.modele import Colonne
from ctgkit.droit import bonus_territoire as regle
from ctgkit.simulation import Resultat

NON_BORNE = "non borné"
_COLONNES = {
    "code": Colonne("Code"),
    "libelle": Colonne("Paramètre"),
    "detail": Colonne("Pour qui"),
    "unite": Colonne("Unité"),
    "depuis": Colonne("Depuis", "date"),
    "seuil": Colonne("Jusqu'à (seuil)", "nombre", 4, saisie=True),
    "bas": Colonne("Au moins", "nombre", 2, saisie=True),
    "haut": Colonne("Au plus (vide : non publié)", "nombre", 2, saisie=True),
    "statut": Colonne("Statut"),
    "source": Colonne("Source"),
    "adresse": Colonne("Adresse"),
    "question": Colonne("À demander à la Caf"),
    **follow("{controle}"),
}
LIGNES_PREVUES = 2000


@dataclass(frozen=True)
class Bornes:
    """Les deux cases d'un paramètre, si la plus haute est vide, et la case qui dit qu'on ne sait plus les lire."""

    bas: Terme
    haut: Terme
    ouverte: bool
    probleme: str = "0"
    case_haute: str = ""

    @property
    def vide(self) -> str:
        """Vrai quand rien n'est écrit dans la case la plus haute."""
        return f"COUNT({self.case_haute})=0"

    def published(self, cote: str) -> Terme:
        """La borne, sans ce qui n'est pas publié : vide, la plus haute vaut la plus basse."""
        return self.bas if cote == "bas" else np.maximum(self.bas, self.haut)


@dataclass
class Parametres:
    """Chaque valeur utile du barème, écrite une fois et citée par toutes les formules qui en dépendent."""

    r: Resultat
    feuille: Feuille
    places: dict[tuple, int] = field(default_factory=dict)

    @classmethod
    def of(cls, resultat: Resultat, nom: str) -> "Parametres":
        note = "Les cases à fond clair se changent : les montants suivent. Vider « Au plus » rend le montant non borné."
        return cls(resultat, Feuille(nom, _COLONNES, titre=nom, notes=(note,), prevues=LIGNES_PREVUES))

    def bounds(self, code: str, valeur: droit.Valeur, bas: float, haut: float, detail: str = "") -> Bornes:
        ligne = self.row(code, valeur, (bas, haut), detail or _who(valeur, bas, haut))
        cases = {cle: self.feuille.case(cle, ligne) for cle in ("bas", "haut", "probleme")}
        plus = Terme(f"N({cases['haut']})")
        return Bornes(Terme(cases["bas"]), plus, math.isinf(haut), cases["probleme"], cases["haut"])

    def row(
        self, code: str, valeur: droit.Valeur, bornes: tuple[float, float], detail: str, seuil: float | None = None
    ) -> int:
        """La ligne de ces bornes, écrite à la première demande ; certaines ne se changent pas."""
        cle = (code, valeur.depuis, bornes, detail, seuil)
        if cle not in self.places:
            p, (bas, haut) = self.r.cadre.etat.bareme[code], bornes
            ligne, fige = self.feuille.suivante, detail in _FIGES
            self.places[cle] = self.feuille.add(
                self._watch(code, ligne, (seuil, bas, haut), fige),
                code=code,
                libelle=p.libelle,
                detail=detail,
                unite=droit.UNITES[p.unite],
                depuis=valeur.depuis,
                seuil=Figee(None) if seuil is None else seuil,
                **self._cells(ligne, bas, haut, fige),
                probleme=0,
                modifie=0,
                statut=valeur.statut,
                source=valeur.reference.titre,
                adresse=valeur.reference.url,
                question=valeur.question,
            )
        return self.places[cle]

    def touched(self, service: str) -> str:
        """Combien de cases d'un service ont été changées."""
        return f'SUMIFS({self.feuille.column("modifie")},{self.feuille.column("code")},"={service}.*")'

    def _cells(self, ligne: int, bas: float, haut: float, fige: bool) -> dict[str, Any]:
        """Un montant exact n'est écrit qu'une fois : sa borne haute suit la basse tant qu'on n'y écrit rien."""
        plus = None if math.isinf(haut) else haut
        if fige:
            return {"bas": Figee(bas), "haut": Figee(plus)}
        if bas == haut:
            case = self.feuille.here("bas", ligne)
            return {"bas": bas, "haut": Formule(f'IF({case}="","",{case})', haut, libre=True)}
        return {"bas": bas, "haut": plus}

    def _watch(self, code: str, ligne: int, valeurs: tuple[float | None, float, float], fige: bool) -> dict[str, str]:
        """Ce qui a changé, et ce qui ne se lit pas ; une tranche inconnue ne suit pas les tranches que l'on change."""
        seuil, bas, haut = (self.feuille.here(cle, ligne) for cle in ("seuil", "bas", "haut"))
        if fige:
            autres = f"SUMIFS({self.feuille.column('modifie')},{self.feuille.column('code')},{criterion(code)})"
            return {"controle": f"IF({autres}>0,1,0)", "change": "0"}
        plus = None if math.isinf(valeurs[2]) else valeurs[2]
        change = f"{changed(bas, valeurs[1])}+{changed(haut, plus)}"
        conditions = [f'OR({bas}="",ISNUMBER({bas}))', f'OR({haut}="",AND(ISNUMBER({haut}),N({haut})>=N({bas})))']
        if valeurs[0] is not None:
            change += f"+{changed(seuil, valeurs[0])}"
            conditions.append(f"ISNUMBER({seuil})")
        return {"controle": valid(*conditions), "change": change}


TRANCHE_INCONNUE, FIXE = "figé : tranche inconnue", "figé : fixé par le droit"
_FIGES = (TRANCHE_INCONNUE, FIXE)


def _who(valeur: droit.Valeur, bas: float, haut: float) -> str:
    if valeur.zone_prioritaire is not None and bas == haut == valeur.zone_prioritaire:
        return "commune en zone prioritaire"
    propres = [nom for d in (valeur.structures, valeur.competences) for nom, v in d.items() if bas == haut == v]
    if propres:
        return ", ".join(propres)
    return TRANCHE_INCONNUE if len(valeur.tranches) > 1 and bas < haut else ""


_REFERENCES = {
    "competence": Colonne("Territoire de compétence"),
    "type": Colonne("Type"),
    "annee": Colonne("Année", "annee"),
    "montant": Colonne("Montant de référence", "euros", 2, saisie=True),
    "periode": Colonne("Période du montant (vide : par an)"),
    "an_bas": Colonne("Par an, au moins", "euros", 2, formule='IF({montant}="","",{par_an_bas})'),
    "an_haut": Colonne("Par an, au plus", "euros", 2, formule='IF({montant}="","",{par_an_haut})'),
    "conservee": Colonne("Part conservée", "nombre", 4, formule="{maintien}"),
    "enveloppe_bas": Colonne(
        "Enveloppe à répartir, au moins", "euros", 2, formule='IF({montant}="","",{an_bas}*{conservee})'
    ),
    "enveloppe_haut": Colonne(
        "Enveloppe à répartir, au plus", "euros", 2, formule='IF({montant}="","",{an_haut}*{conservee})'
    ),
    "statut": Colonne("Statut"),
    "source": Colonne("Source"),
    "attendue": Colonne("Dans les références", "nombre"),
    "connue": Colonne("Montant connu", "nombre", formule="IF(ISNUMBER({montant}),1,0)"),
    "presente": Colonne("Compte dans l'engagement", "nombre", formule="IF({attendue}+{connue}+{membres}>0,1,0)"),
    "muette": Colonne("Montant inconnu", "nombre", formule="{presente}*(1-{connue})"),
    "seule": Colonne("Sans structure connue", "nombre"),
    "ailleurs": Colonne("Dont sans structure connue", "euros", 2, formule="{seule}*N({an_haut})"),
    "perdue": Colonne("Inconnu, sans structure connue", "nombre", formule="{seule}*{muette}"),
    **follow("{controle}"),
}


def references(resultat: Resultat, parametres: Parametres, cadre: Feuille, repartition: Feuille, nom: str) -> Feuille:
    """Une ligne par groupe (territoire de compétence, type), dans l'ordre du moteur."""
    feuille = Feuille(nom, _REFERENCES, titre=nom)
    valeur = resultat.cadre.value("bonus_territoire.maintien", resultat.cadre.fenetres.jours[0])
    maintien = str(parametres.bounds("bonus_territoire.maintien", valeur, valeur.bas, valeur.haut, FIXE).bas)
    g, t = resultat.cadre.groupes, resultat.territoire.references
    seules = np.bincount(g.de_structure, minlength=len(g)) == 0
    membres = np.bincount(g.de_structure, resultat.parts.membre & (resultat.cadre.service >= 0), len(g))
    for rang, fiche in enumerate(g.ligne.tolist()):
        attendue, case = fiche >= 0, feuille.here("montant", feuille.suivante)
        montant = number_of(t["montant_eur"][fiche]) if attendue else None
        periode = str(t["periode"][fiche]) if attendue else ""
        bas, haut = (number_of(borne[rang]) for borne in (g.reference_bas, g.reference_haut))
        competence, genre = g.competences[g.competence[rang]], g.types[g.type[rang]]
        partages = f"{repartition.column('competence')},{criterion(competence)}"
        partages += f",{repartition.column('type')},{criterion(genre)}"
        par_an = _yearly(case, periode, len(resultat.territoire.annees))
        presente = int(attendue or membres[rang] > 0)
        feuille.add(
            {
                "maintien": maintien,
                "change": changed(case, montant),
                "par_an_bas": par_an[0],
                "par_an_haut": par_an[1],
                "membres": f"SUMIFS({repartition.column('membre')},{partages})",
                "controle": _readable(case, cadre, periode in _PAR_AN, _several_years(resultat, rang)),
            },
            competence=competence,
            type=genre,
            annee=number_of(t["annee"][fiche]) if attendue else None,
            montant=montant,
            periode=_PERIODES.get(periode, periode),
            an_bas="" if bas is None else bas,
            an_haut="" if haut is None else haut,
            conservee=valeur.bas,
            enveloppe_bas="" if bas is None else bas * valeur.bas,
            enveloppe_haut="" if haut is None else haut * valeur.bas,
            statut=t["statut"][fiche] if attendue else "",
            source=t["source"][fiche] if attendue else "non renseignée",
            attendue=int(attendue),
            connue=int(montant is not None),
            presente=presente,
            muette=presente * int(montant is None),
            seule=int(attendue and seules[rang]),
            ailleurs=(haut or 0.0) * bool(attendue and seules[rang]),
            perdue=int(attendue and seules[rang] and montant is None),
            probleme=0,
            modifie=0,
        )
    return feuille


_PAR_AN = ("", "an")
_PERIODES = {"an": "par an", "convention": "pour la convention", "inconnue": "inconnue"}


def _yearly(case: str, periode: str, annees: int) -> tuple[str, str]:
    """Le montant d'une année, entre deux bornes : la part d'une convention est au centime inférieur."""
    part = f"INT({case}/{annees}*100+0.000001)/100" if annees else "0"
    return {"convention": (part, part if annees else case), "inconnue": (part, case)}.get(periode, (case, case))


def _several_years(resultat: Resultat, rang: int) -> bool:
    """La date de référence choisit entre plusieurs années : le classeur n'en a qu'une."""
    g, t = resultat.cadre.groupes, resultat.territoire.references
    memes = (t["competence"] == g.competences[g.competence[rang]]) & (t["type"] == g.types[g.type[rang]])
    return int(memes.sum()) > 1 and not resultat.territoire.annee_reference


def _readable(case: str, cadre: Feuille, par_an: bool, plusieurs: bool) -> str:
    """Un montant se lit ; une part d'année tient tant que la convention ne change pas de fin."""
    conditions = [f'OR({case}="",ISNUMBER({case}))', f"N({case})>=0"]
    change = [cadre.case("modifie", cadre.premiere + rang) for rang, oui in ((0, plusieurs), (1, not par_an)) if oui]
    return valid(*conditions, *(f"{modifie}=0" for modifie in change))


def _part(enveloppe: str) -> str:
    """La part exacte : les centimes se prennent dans « Calcul », après les mois comptés."""
    part = regle.part_de_l_enveloppe(*(Terme(f"{{{cle}}}") for cle in (enveloppe, "retenu", "total")))
    return f"IF({{total}}>0,{part},0)"


_REPARTITION = {
    "competence": Colonne("Territoire de compétence"),
    "type": Colonne("Type de la référence"),
    "id": Colonne("Structure"),
    "nom": Colonne("Nom"),
    "enveloppe_bas": Colonne("Enveloppe, au moins", "euros", 2, formule="{moindre_du_groupe}"),
    "enveloppe": Colonne("Enveloppe, au plus", "euros", 2, formule="{enveloppe_du_groupe}"),
    "poids": Colonne("Poids", "nombre", 4, saisie=True),
    "membre": Colonne("Prend part au partage", "nombre", formule="IF(AND(N({q0})>0,{possible}=1),1,0)"),
    "retenu": Colonne("Poids retenu", "nombre", 4, formule="IF({membre}=1,N({poids}),0)"),
    "total": Colonne("Total des poids", "nombre", 4, formule="SUM({poids_du_groupe})"),
    "bas": Colonne(
        "Part de la structure, au moins",
        "euros",
        2,
        formule=unless("{bloque}", f'IF({{enveloppe}}="",0,{_part("enveloppe_bas")})'),
    ),
    "haut": Colonne(
        "Part de la structure, au plus",
        "euros",
        2,
        formule=unless("{bloque}", f'IF({{enveloppe}}="",IF({{membre}}=1,"{NON_BORNE}",0),{_part("enveloppe")})'),
    ),
    "probleme": Colonne("Case à corriger", "nombre", formule="{problemes}"),
    "modifie": Colonne("Case modifiée", "nombre", formule="{change}"),
    "touchee": Colonne("Modifiée, ici ou dans ce qui compte", "nombre", formule="{modifie}+{modifiees}"),
    "bloque": Colonne("Ne se partage plus ici", "nombre", formule="{blocages}"),
    "note": Colonne("Note"),
}
_FIGEE = "Figé : une quantité, un cofinancement ou un montant manque dans le groupe ; l'atelier donne les deux bornes."


@dataclass
class Repartition:
    """`vivants` : les groupes dont le partage se refait ici ; les parts des autres sont figées."""

    feuille: Feuille
    vivants: set[int]
    ligne: dict[int, int] = field(default_factory=dict)
    lignes: dict[int, tuple[int, int]] = field(default_factory=dict)

    def part(self, cle: str, s: int) -> str:
        return self.feuille.case(cle, self.ligne[s])

    def touched(self, s: int) -> str:
        """Combien de cases ont été changées dans le groupe d'une structure."""
        premiere, derniere = self.lignes[s]
        return f"SUM({self.feuille.case('touchee', premiere)}:{self.feuille.case('touchee', derniere)})"


def shares_sheet(quantites: FeuillesQuantites, nom: str) -> Feuille:
    """Les colonnes du partage ; la feuille « Références » les cite avant qu'elles soient remplies."""
    return Feuille(nom, _REPARTITION, titre=nom, prevues=int((quantites.r.cadre.service >= 0).sum()))


def shares(quantites: FeuillesQuantites, references: Feuille, feuille: Feuille) -> Repartition:
    groupes = quantites.r.cadre.groupes
    rangees = [s for s in np.argsort(groupes.de_structure, kind="stable").tolist() if quantites.r.cadre.service[s] >= 0]
    par_groupe = {g: list(lot) for g, lot in groupby(rangees, lambda s: int(groupes.de_structure[s]))}
    vivants = {g for g, membres in par_groupe.items() if _alive(quantites, membres)}
    rendue = Repartition(feuille, vivants)
    for groupe, membres in par_groupe.items():
        for s in membres:
            rendue.ligne[s] = _add_share(rendue, quantites, references, (groupe, membres, s))
    return rendue


def _alive(quantites: FeuillesQuantites, membres: list[int]) -> bool:
    """Tout est connu de ceux qui peuvent prendre part au partage."""
    cadre = quantites.r.cadre
    if quantites.r.parts.rattachable[cadre.groupes.de_structure[membres[0]]]:
        return False
    possibles = [s for s in membres if cadre.cofinancee[s] != 0]
    if not all(cadre.cofinancee[s] == 1 and quantites.known[s] for s in possibles):
        return False
    poids = [value_of(_weight(quantites, s, membres)) for s in possibles if cadre.quantites.reference[s] > 0]
    return None not in poids and (not poids or sum(poids) > 0)


def _given(quantites: FeuillesQuantites, membres: list[int]) -> dict[int, float]:
    """Les poids que le scénario donne dans ce groupe ; aucun : il se partage de façon lissée."""
    ids = quantites.r.territoire.structures["id"]
    return {s: float(quantites.r.scenario.poids[ids[s]]) for s in membres if ids[s] in quantites.r.scenario.poids}


def _add_share(
    repartition: Repartition, quantites: FeuillesQuantites, references: Feuille, qui: tuple[int, list[int], int]
) -> int:
    (groupe, membres, s), feuille, r = qui, repartition.feuille, quantites.r
    ligne, rang = feuille.suivante, membres.index(s)
    premiere, derniere = ligne - rang, ligne - rang + len(membres) - 1

    repartition.lignes[s] = premiere, derniere

    def du_groupe(cle: str) -> str:
        return f"{feuille.here(cle, premiere)}:{feuille.here(cle, derniere)}"

    total = feuille.here("total", ligne)
    cases = [references.case(f"enveloppe_{cote}", references.premiere + groupe) for cote in ("bas", "haut")]
    if r.scenario.repartition == "historique":
        cases = [f'IF(AND({case}="",{total}>0),{total},{case})' for case in cases]
    poids, vivant = _weight(quantites, s, membres), groupe in repartition.vivants
    saisi = vivant and not isinstance(poids, Formule | Figee)
    membre, case_poids = feuille.here("membre", ligne), feuille.here("poids", ligne)
    illisible = f"IF(AND({membre}=1,NOT(ISNUMBER({case_poids}))),1,0)" if saisi else "0"
    incertain = f"({quantites.of('possible', s)}-{quantites.of('sur', s)})"
    surveillees = (references.case(cle, references.premiere + groupe) for cle in ("probleme", "modifie"))
    probleme, modifie = surveillees
    # Une adhésion inconnue que l'on écrit change l'ordre des cumuls, donc les centimes du groupe.
    douteuses = {quantites.commune_row(m) for m in membres if not quantites.certain[m]} - {0}
    adhesions = "".join(f"+{quantites.communes.case('modifie', n)}" for n in sorted(douteuses))
    sans_poids = f"IF(AND(SUM({du_groupe('membre')})>0,{total}=0),1,0)"
    cites = {
        "moindre_du_groupe": cases[0],
        "enveloppe_du_groupe": cases[1],
        "q0": quantites.of("q0", s),
        "possible": quantites.of("possible", s),
        "poids_du_groupe": du_groupe("retenu"),
        "problemes": f"{quantites.of('possible', s)}*{quantites.of('probleme', s)}+{incertain}+{illisible}+{probleme}",
        "change": changed(case_poids, poids) if saisi else "0",
        "modifiees": f"{quantites.of('touchee', s)}+{modifie}",
        "blocages": f"SUM({du_groupe('probleme')})+{sans_poids}{adhesions}"
        if vivant
        else f"SUM({du_groupe('touchee')})",
    }
    return feuille.add(
        cites,
        competence=r.territoire.structures["competence"][s],
        type=r.cadre.groupes.types[r.cadre.groupes.type[groupe]],
        id=r.territoire.structures["id"][s],
        nom=r.territoire.structures["nom"][s],
        probleme=quantites.counts(s)["possible"] * quantites.unknown_periods(s)
        + quantites.counts(s)["possible"]
        - quantites.counts(s)["sur"],
        modifie=0,
        touchee=0,
        bloque=0,
        **(_share(quantites, (groupe, membres, s), poids) if vivant else _frozen_share(feuille, quantites, s, ligne)),
    )


def _frozen_share(feuille: Feuille, quantites: FeuillesQuantites, s: int, ligne: int) -> dict[str, Any]:
    bornes, bloque = {}, feuille.here("bloque", ligne)
    for cle in ("bas", "haut"):
        montant = float(getattr(quantites.r.parts, cle)[s])
        ecrit = NON_BORNE if math.isinf(montant) else montant
        bornes[cle] = Formule(unless(bloque, f'"{ecrit}"' if isinstance(ecrit, str) else repr(ecrit)), ecrit)
    return {"poids": Figee(None), "membre": Figee(int(quantites.r.parts.membre[s])), "note": _FIGEE, **bornes}


def _share(quantites: FeuillesQuantites, qui: tuple[int, list[int], int], poids: Any) -> dict[str, Any]:
    groupe, membres, s = qui
    parts, membre = quantites.r.parts, int(quantites.r.parts.membre[s])
    retenus = {m: (value_of(_weight(quantites, m, membres)) or 0.0) * bool(parts.membre[m]) for m in membres}
    total = sum(retenus.values())
    moindre, enveloppe = ("" if np.isnan(borne[groupe]) else float(borne[groupe]) for borne in parts.enveloppe)
    haut = NON_BORNE if enveloppe == "" and membre else float(parts.haut[s])
    return {
        "enveloppe_bas": moindre,
        "enveloppe": enveloppe,
        "poids": poids,
        "membre": membre,
        "retenu": retenus[s],
        "total": total,
        "bas": float(parts.bas[s]),
        "haut": haut,
    }


def _weight(quantites: FeuillesQuantites, s: int, membres: list[int]) -> Any:
    """Le poids suit la quantité de référence quand la répartition est lissée ; sinon il se change ici."""
    if quantites.r.scenario.repartition == "historique":
        return number_of(quantites.r.territoire.structures["reference_eur"][s])
    if quantites.r.scenario.repartition == "personnalisee" and (donnes := _given(quantites, membres)):
        return donnes.get(s, 0.0)
    reference = float(quantites.r.cadre.quantites.reference[s])
    return Formule(f"N({quantites.of('q0', s)})", 0.0 if np.isnan(reference) else reference)
