"""La colonne des réglages : chaque changement du scénario est un groupe de champs, avec ses aides et ses erreurs."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from ctgkit import droit
from ctgkit.formats import INSECABLE, euros, nombre, pourcent
from ctgkit.fourchette import Fourchette
from ctgkit.simulation import Hypotheses, Resultat
from ctgkit.simulation.lectures.noms import name_competence, name_service
from ctgkit.simulation.lectures.unites import name
from ctgkit.territoire import Territoire
from ctgkit.texte import majuscule, minuscule
from ctgkit.views.bonus.etat import EtatBonus
from ctgkit.views.bonus.lecture import CalculBonus, municipalities
from ctgkit.views.bonus.phrases import memberships
from ctgkit.views.bonus.saisies import GENRES, LIBRE, ChampMouvement, Saisie, number, sentence
from ctgkit.views.composants.curseur import Echelle, typed
from ctgkit.views.composants.formulaire import Bloc, ChampSaisi, Options
from ctgkit.views.composants.html import render

REPARTITIONS = (
    ("lisse", "Lissée : même montant par place"),
    ("historique", "Historique, par structure"),
    ("personnalisee", "Personnalisée : des poids"),
)
POIDS, POIDS_MONTRES = "poids", 12
PERIODE = "periode-"
PERIODES_DITES = (
    ("an", "Chaque année"),
    ("convention", "Toute la convention"),
    ("inconnue", "On ne le sait pas"),
)
NOMS_UNITES = {"places": "Places", "heures": "Heures", "etp": "ETP"}


def blocks(calcul: CalculBonus, etat: EtatBonus) -> list[Bloc]:
    b = etat.brouillon
    nom = ChampSaisi("nom", "Nom", b.nom)
    refus = calcul.refus.get("repartition", "")
    repartition = ChampSaisi("repartition", "Répartition", b.repartition, "radio", REPARTITIONS, erreur=refus)
    adhesions = render("bonus/adhesions", adhesions=memberships(calcul.resultat, etat.annee))
    return [
        Bloc("nom", champs=(nom,)),
        *(_block(s, calcul, etat.annee) for s in b.saisies),
        Bloc("ajouts", html=render("bonus/ajouts", genres=GENRES)),
        Bloc("adhesions", "Adhésion des communes", html=adhesions),
        Bloc("repartition", "Répartition de l’existant", (repartition,)),
        *_weights(calcul, etat),
        *_periods(calcul, etat),
        Bloc("retour", bas=render("bonus/retour", vide=b.est_vide)),
    ]


def _weights(calcul: CalculBonus, etat: EtatBonus) -> list[Bloc]:
    """Les poids de la structure regardée et de celles qui partagent son enveloppe ; les autres sont dans la grille."""
    brouillon, r = etat.brouillon, calcul.resultat
    rang = r.cadre.rangs.get(etat.structure)
    if brouillon.repartition != "personnalisee" or rang is None:
        return []
    groupe, s = r.cadre.groupes.de_structure, r.territoire.structures
    partagent = np.flatnonzero((groupe == groupe[rang]) & r.parts.membre).tolist()
    montrees = sorted([rang, *(i for i in partagent if i != rang)][:POIDS_MONTRES])
    lus, erreurs = brouillon.weights()
    somme = sum(lus.get(s["id"][i], 0.0) for i in partagent)
    avant = {i: float(s["quantite"][i]) for i in montrees if not math.isnan(s["quantite"][i])}
    haut = _above(2 * max(avant.values(), default=5), 1)
    champs = []
    for i in montrees:
        cle, paliers = s["id"][i], (avant[i],) if i in avant else ()
        champs.append(
            ChampSaisi(
                cle,
                s["nom"][i],
                brouillon.poids.get(cle, ""),
                aide=f"{pourcent(100 * lus[cle] / somme, 0)} de l’enveloppe." if somme and cle in lus else "",
                erreur=erreurs.get(cle, ""),
                echelle=Echelle(0, haut, paliers=paliers, ouverte=True, vide="sans poids"),
            )
        )
    html = render("bonus/poids", nom=s["nom"][rang], seule=len(partagent) < 2, reste=len(partagent) > len(montrees))
    return [Bloc(POIDS, "Les poids", tuple(champs), html=html)]


def _periods(calcul: CalculBonus, etat: EtatBonus) -> list[Bloc]:
    """Ce que couvre un montant de référence dont le territoire ne dit pas s'il est par an : la réponse y est écrite."""
    r = calcul.reference
    g, t = r.cadre.groupes, r.territoire.references
    demandees = etat.repondues | set(np.flatnonzero(t["periode"] == "inconnue").tolist())
    dites = [i for i in range(len(g)) if int(g.ligne[i]) in demandees]
    blocs = []
    for i in dites:
        ligne = int(g.ligne[i])
        lieu, service = name_competence(r, str(g.competences[g.competence[i]])), name_service(str(g.types[g.type[i]]))
        titre = f"{euros(t['montant_eur'][ligne])}, {lieu}, {service} ({t['annee'][ligne]:.0f})"
        aide = "Écrit dans les références du territoire, pour tous ceux qui l'ouvrent."
        champ = ChampSaisi(
            "periode", "Ce que couvre ce montant", str(t["periode"][ligne]), "radio", PERIODES_DITES, aide=aide
        )
        blocs.append(Bloc(f"{PERIODE}{ligne}", f"Que couvrent les {titre} ?", (champ,)))
    return blocs


@dataclass(frozen=True)
class Hypothese:
    """Ce que suppose la vue prudente, tel qu'on le règle ; `facteur` : de l'unité du moteur à celle de la page."""

    champ: str
    nom: str
    aide: str
    echelle: Echelle
    facteur: float = 1

    def write(self, supposees: Hypotheses) -> str:
        return typed(getattr(supposees, self.champ) * self.facteur)

    def put(self, supposees: Hypotheses, valeur: float) -> Hypotheses:
        genre = type(getattr(supposees, self.champ))
        return replace(supposees, **{self.champ: genre(valeur / self.facteur)})


def hypotheses(territoire: Territoire) -> dict[str, Hypothese]:
    """Une ouverture ne peut pas glisser de plus que la convention ; une part d'heures va de rien à tout."""
    mois = 12 * len(territoire.annees)
    voulues = (
        Hypothese(
            "glissement_mois",
            "Retard possible des ouvertures",
            "Chaque ouverture à venir est tirée entre sa date et ce retard.",
            Echelle(0, mois, unite="mois", paliers=tuple(range(12, mois, 12))),
        ),
        Hypothese(
            "occupation_min",
            "Heures réalisées au minimum",
            "Chaque offre comptée en heures est tirée entre cette part et 100 %.",
            Echelle(0, 100, unite="%", paliers=(50,)),
            facteur=100,
        ),
    )
    return {h.champ: h for h in voulues}


def choices(resultat: Resultat) -> dict[str, Options]:
    """Ce que proposent les listes, tel que le scénario change le territoire."""
    communes = municipalities(resultat.territoire)
    s = resultat.territoire.structures
    lus = zip(s["id"].tolist(), s["nom"].tolist(), s["code_insee"].tolist(), strict=True)
    competences = sorted({c for c in resultat.cadre.groupes.competences.tolist() if c})
    return {
        "structures": tuple((i, f"{n}, {communes[c]}" if c in communes else n) for i, n, c in lus),
        "services": tuple((x.code, x.libelle) for x in droit.services().values()),
        "communes": tuple(communes.items()),
        "competences": tuple((c, name_competence(resultat, c)) for c in competences),
        "annees": tuple((str(a), str(a)) for a in resultat.annees),
        "parametres": _parameters(resultat),
    }


def _parameters(resultat: Resultat) -> Options:
    """Les montants que la Caf peut préciser, pour les services présents."""
    presents = {resultat.cadre.services[i].code for i in resultat.cadre.service.tolist() if i >= 0}
    montants = ("existant", "plancher", "revalorisation", "nouveau")
    suivis = (f"{service}.{nom}" for service in droit.services() if service in presents for nom in montants)
    bareme = resultat.cadre.etat.bareme
    return tuple((code, bareme[code].libelle) for code in suivis if code in bareme)


def _block(saisie: Saisie, calcul: CalculBonus, annee: int) -> Bloc:
    if saisie.genre == LIBRE:
        dit = sentence(json.loads(saisie.champs["contenu"]))
        html = render("bonus/libre", phrase=dit)
        return Bloc(saisie.cle, "Autre changement", html=html, retirer="Retirer ce changement")
    genre, lecture = GENRES[saisie.genre], saisie.lue
    champs = tuple(_field(c, saisie, lecture.erreurs, calcul) for c in genre.cases)
    note = render(
        "bonus/note",
        refus=calcul.refus.get(saisie.cle, ""),
        manques=[_label(saisie, calcul, libelle) for libelle in lecture.manques if not lecture.erreurs],
        seuil=_threshold(saisie, calcul, annee),
    )
    retirer = f"Retirer ce changement{INSECABLE}: {minuscule(genre.legende)}"
    return Bloc(saisie.cle, genre.legende, champs, bas=note, retirer=retirer)


def _field(case: ChampMouvement, saisie: Saisie, erreurs: Mapping[str, str], calcul: CalculBonus) -> ChampSaisi:
    echelle = _scale(case, saisie, calcul)
    return ChampSaisi(
        case.nom,
        _label(saisie, calcul, case.libelle),
        saisie.champs.get(case.nom, ""),
        case.genre,
        liste=case.choix,
        aide=_help(case, saisie, calcul),
        erreur=erreurs.get(case.nom, ""),
        facultatif=case.facultatif,
        cote=case.cote and not echelle,
        echelle=echelle,
    )


def _label(saisie: Saisie, calcul: CalculBonus, libelle: str) -> str:
    """Une quantité porte le nom de ce qu'elle compte, dès qu'on le sait."""
    unite = _unit_of(saisie, calcul)[0] if libelle == "Quantité" else ""
    return NOMS_UNITES.get(unite, libelle)


def _help(case: ChampMouvement, saisie: Saisie, calcul: CalculBonus) -> str:
    """Sous le champ : ce que l'on a aujourd'hui, pour situer ce que l'on tape."""
    aides = {
        ("quantite", "quantite"): _today,
        ("ouvrir", "quantite"): _unit,
        ("credits", "credits_eur"): _credits,
        ("parametre", "valeur"): _parameter,
        ("adherer", "effet"): lambda *_: "Sinon, le 1er janvier de la même année.",
    }
    aide = aides.get((saisie.genre, case.nom))
    return aide(saisie, calcul) if aide else ""


# Le pas d'un curseur et, quand on ne sait rien encore, sa borne haute, par unité.
_PAS = {"places": (1, 60), "etp": (0.1, 5), "heures": (100, 20_000)}


def _scale(case: ChampMouvement, saisie: Saisie, calcul: CalculBonus) -> Echelle | None:
    """Ce que l'on fait varier se règle au curseur : les quantités et les crédits, avec ce que l'on a aujourd'hui."""
    if case.nom == "credits_eur":
        prevus = _planned(saisie, calcul)
        haut = _above(2 * prevus if prevus else 100_000, 1000)
        return Echelle(0, haut, 1000, "€", (prevus,) if prevus else (), ouverte=True)
    if case.nom != "quantite":
        return None
    unite, avant = _unit_of(saisie, calcul)
    pas, haut = _PAS.get(unite, _PAS["places"])
    haut = _above(max(2 * avant, haut), pas)
    palier = _next_step(saisie, calcul) if unite == "places" else 0.0
    paliers = tuple(x for x in (avant, palier) if x)
    return Echelle(0, haut, pas, "ETP" if unite == "etp" else unite, paliers, ouverte=True)


def _above(haut: float, pas: float) -> float:
    """La borne ronde au-dessus : la règle ne fixe pas de maximum, la glissière en a un."""
    rond = 10 ** max(math.floor(math.log10(haut / pas)) - 1, 0) * pas
    return round(math.ceil(haut / rond) * rond, 9)


def _unit_of(saisie: Saisie, calcul: CalculBonus) -> tuple[str, float]:
    """L'unité de la structure dont on parle, et ce qu'elle offre aujourd'hui."""
    r = calcul.resultat
    rang = r.cadre.rangs.get(saisie.champs.get("structure", ""))
    if rang is None or r.cadre.service[rang] < 0:
        service = droit.services().get(saisie.champs.get("type", ""))
        return (service.unite if service else ""), 0.0
    avant = float(r.territoire.structures["quantite"][rang])
    return r.cadre.services[r.cadre.service[rang]].unite, 0.0 if math.isnan(avant) else avant


def _next_step(saisie: Saisie, calcul: CalculBonus) -> float:
    """Le palier suivant du bonus trajectoire, depuis ce que le scénario demande."""
    proche = next((c.quantite for c in calcul.nearest(calcul.resultat.annees[-1]) if c.nature == "places"), 0.0)
    try:
        return number(saisie.champs.get("quantite", "")) + proche if proche else 0.0
    except ValueError:
        return 0.0


def _today(saisie: Saisie, calcul: CalculBonus) -> str:
    r = calcul.resultat
    rang = r.cadre.rangs.get(saisie.champs.get("structure", ""))
    if rang is None or r.cadre.service[rang] < 0:
        return ""
    unite = r.cadre.services[r.cadre.service[rang]].unite
    avant = float(r.territoire.structures["quantite"][rang])
    try:
        ecart = number(saisie.champs.get("quantite", "")) - avant
    except ValueError:
        return f"Aujourd'hui : {name(avant, unite)}."
    if not saisie.champs.get("date"):
        return f"Aujourd'hui : {name(avant, unite)}. Sans date, c'est l'offre existante qui est corrigée."
    return f"Aujourd'hui : {name(avant, unite)}, soit {nombre(ecart, 2 * bool(ecart % 1), signe=True)}."


def _unit(saisie: Saisie, _: CalculBonus) -> str:
    service = droit.services().get(saisie.champs.get("type", ""))
    return f"En {'ETP' if service.unite == 'etp' else service.unite}." if service else ""


def _credits(saisie: Saisie, calcul: CalculBonus) -> str:
    prevus = _planned(saisie, calcul)
    return "Non renseigné." if prevus is None else f"Prévu dans le territoire : {euros(prevus)}."


def _planned(saisie: Saisie, calcul: CalculBonus) -> float | None:
    t = calcul.reference.territoire.engagements
    annee = float(saisie.champs.get("annee") or 0)
    ici = (t["competence"] == saisie.champs.get("competence", "")) & (t["annee"] == annee)
    return float(t["credits_eur"][ici][0]) if ici.any() else None


def _parameter(saisie: Saisie, calcul: CalculBonus) -> str:
    bareme, code = calcul.reference.cadre.etat.bareme, saisie.champs.get("code", "")
    if code not in bareme:
        return ""
    valeur = bareme[code].en_vigueur(date(calcul.reference.annees[-1], 1, 1))
    unite = bareme[code].unite
    connu = droit.write_value(Fourchette(valeur.bas, valeur.haut), unite) if valeur else "inconnu"
    return f"{majuscule(droit.UNITES[unite])}. Connu : {connu}."


def _threshold(saisie: Saisie, calcul: CalculBonus, annee: int) -> str:
    """À quelques places du palier suivant : dit là où l'on règle les places."""
    cle, levier = calcul.next_step(annee) or ("", None)
    return levier.phrase if levier and cle == saisie.cle else ""
