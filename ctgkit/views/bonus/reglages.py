"""La colonne des réglages : chaque changement du scénario est un groupe de champs, avec ses aides et ses erreurs."""

import json
from collections.abc import Mapping
from datetime import date

from ctgkit import droit
from ctgkit.formats import INSECABLE, euros, nombre
from ctgkit.fourchette import Fourchette
from ctgkit.simulation import Resultat
from ctgkit.simulation.lectures.unites import name
from ctgkit.views.bonus.calcul import Calcul
from ctgkit.views.bonus.etat import EtatBonus
from ctgkit.views.bonus.panneaux import competence_names, memberships
from ctgkit.views.bonus.saisies import GENRES, LIBRE, Case, Saisie, number, read, sentence
from ctgkit.views.bonus.tableaux import municipalities
from ctgkit.views.composants.formulaire import Bloc, Champ, Options
from ctgkit.views.composants.html import render

REPARTITIONS = (
    ("lisse", "Lissée : même montant par place"),
    ("historique", "Historique, par structure"),
    ("personnalisee", "Personnalisée : des poids, dans la grille"),
)


def blocks(calcul: Calcul, etat: EtatBonus) -> list[Bloc]:
    b = etat.brouillon
    nom = Champ("nom", "Nom", b.nom)
    refus = calcul.refus.get("repartition", "")
    repartition = Champ("repartition", "Répartition", b.repartition, "radio", REPARTITIONS, erreur=refus)
    adhesions = render("bonus/adhesions", adhesions=memberships(calcul.resultat, etat.annee))
    return [
        Bloc("nom", champs=(nom,)),
        *(_block(s, calcul, etat.annee) for s in b.saisies),
        Bloc("ajouts", html=render("bonus/ajouts", genres=GENRES)),
        Bloc("adhesions", "Adhésion des communes", html=adhesions),
        Bloc("repartition", "Répartition de l’existant", (repartition,)),
        Bloc("retour", bas=render("bonus/retour", vide=b.est_vide)),
    ]


def choices(r: Resultat) -> dict[str, Options]:
    """Ce que proposent les listes, tel que le scénario change le territoire."""
    communes = municipalities(r.territoire)
    s, noms = r.territoire.structures, competence_names(r.territoire)
    lus = zip(s["id"].tolist(), s["nom"].tolist(), s["code_insee"].tolist(), strict=True)
    competences = sorted({c for c in r.cadre.groupes.competences.tolist() if c})
    return {
        "structures": tuple((i, f"{n}, {communes[c]}" if c in communes else n) for i, n, c in lus),
        "services": tuple((x.code, x.libelle) for x in droit.services().values()),
        "communes": tuple(communes.items()),
        "competences": tuple((c, noms.get(c, c)) for c in competences),
        "annees": tuple((str(a), str(a)) for a in r.annees),
        "parametres": _parameters(r),
    }


def _parameters(r: Resultat) -> Options:
    """Les montants que la Caf peut préciser, pour les services présents."""
    presents = {r.cadre.services[i].code for i in r.cadre.service.tolist() if i >= 0}
    suivis = (f"{s}.{nom}" for s in droit.services() if s in presents for nom in
              ("existant", "plancher", "revalorisation", "nouveau"))  # fmt: skip
    bareme = r.cadre.etat.bareme
    return tuple((code, bareme[code].libelle) for code in suivis if code in bareme)


def _block(saisie: Saisie, calcul: Calcul, annee: int) -> Bloc:
    if saisie.genre == LIBRE:
        dit = sentence(json.loads(saisie.champs["contenu"]))
        return Bloc(saisie.cle, "Autre changement", html=render("bonus/libre", phrase=dit),
                    retirer="Retirer ce changement")  # fmt: skip
    genre, lecture = GENRES[saisie.genre], read(saisie)
    champs = tuple(_field(c, saisie, lecture.erreurs, calcul) for c in genre.cases)
    note = render(
        "bonus/note",
        refus=calcul.refus.get(saisie.cle, ""),
        manques=lecture.manques if not lecture.erreurs else (),
        seuil=_threshold(saisie, calcul, annee),
    )
    retirer = f"Retirer ce changement{INSECABLE}: {genre.legende.lower()}"
    return Bloc(saisie.cle, genre.legende, champs, bas=note, retirer=retirer)


def _field(case: Case, saisie: Saisie, erreurs: Mapping[str, str], calcul: Calcul) -> Champ:
    return Champ(
        case.nom, case.libelle, saisie.champs.get(case.nom, ""), case.genre, liste=case.choix,
        aide=_help(case, saisie, calcul), erreur=erreurs.get(case.nom, ""), facultatif=case.facultatif, cote=case.cote,
    )  # fmt: skip


def _help(case: Case, saisie: Saisie, calcul: Calcul) -> str:
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


def _today(saisie: Saisie, calcul: Calcul) -> str:
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


def _unit(saisie: Saisie, _: Calcul) -> str:
    service = droit.services().get(saisie.champs.get("type", ""))
    return f"En {'ETP' if service.unite == 'etp' else service.unite}." if service else ""


def _credits(saisie: Saisie, calcul: Calcul) -> str:
    t = calcul.reference.territoire.engagements
    ici = (t["competence"] == saisie.champs.get("competence", "")) & (
        t["annee"] == float(saisie.champs.get("annee") or 0)
    )
    return f"Prévu dans le territoire : {euros(float(t['credits_eur'][ici][0]))}." if ici.any() else "Non renseigné."


def _parameter(saisie: Saisie, calcul: Calcul) -> str:
    bareme, code = calcul.reference.cadre.etat.bareme, saisie.champs.get("code", "")
    if code not in bareme:
        return ""
    valeur = bareme[code].en_vigueur(date(calcul.reference.annees[-1], 1, 1))
    connu = Fourchette(valeur.bas, valeur.haut).tell() if valeur else "inconnu"
    return f"{droit.UNITES[bareme[code].unite].capitalize()}. Connu : {connu}."


def _counts_growth(r: Resultat, rang: int) -> bool:
    """Un dispositif paie-t-il la croissance de ce service ?"""
    service = r.cadre.services[r.cadre.service[rang]].code
    return any(d.palier and service in d.services for d in droit.dispositifs().values())


def _threshold(saisie: Saisie, calcul: Calcul, annee: int) -> str:
    """À quelques places du palier suivant : dit là où l'on règle les places."""
    r, rang = calcul.resultat, calcul.resultat.cadre.rangs.get(saisie.champs.get("structure", ""))
    dernier = [s.cle for s in calcul.brouillon.saisies if s.genre in ("quantite", "ouvrir")][-1:]
    if saisie.cle not in dernier or (rang is not None and not _counts_growth(r, rang)):
        return ""
    return next((c.phrase for c in calcul.nearest(annee) if c.nature == "places" and c.quantite <= 5), "")
