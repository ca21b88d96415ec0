"""« Pourquoi ce montant ? » : des étapes en français qui mènent, nombre après nombre, au montant affiché."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np

from ctgkit import droit
from ctgkit.droit import Parametre
from ctgkit.droit import Valeur as ValeurDatee
from ctgkit.droit.bareme import ReferenceDroit
from ctgkit.formats import date_longue, euros, nombre, pourcent
from ctgkit.fourchette import Fourchette
from ctgkit.simulation.calcul.complements import ANNEE_BASE, Contexte
from ctgkit.simulation.calcul.conditions import sentences
from ctgkit.simulation.calcul.lignes import EXISTANT, NOUVEAU
from ctgkit.simulation.lectures.noms import name_competence, name_service
from ctgkit.simulation.lectures.unites import name, per_unit, quantity
from ctgkit.simulation.resultat import Resultat
from ctgkit.texte import majuscule

Valeur = float | list[float | None] | None


@dataclass(frozen=True)
class Etape:
    """Une phrase, sa valeur (un nombre, ou deux bornes), et le paramètre daté et sourcé qui la fonde."""

    libelle: str
    valeur: Valeur = None
    parametre: str = ""
    depuis: str = ""
    reference: ReferenceDroit | None = None
    statut: str = ""

    def as_dict(self) -> dict[str, Any]:
        bornes = self.valeur if isinstance(self.valeur, list) else [self.valeur]
        sues = [None if b is None or not np.isfinite(b) else b for b in bornes]
        valeur = sues if isinstance(self.valeur, list) else sues[0]
        return {**asdict(self), "valeur": valeur, "reference": asdict(self.reference) if self.reference else None}


def bounds_or_value(bas: float, haut: float) -> Valeur:
    """Un nombre quand les bornes se rejoignent ; `haut` vide quand rien ne le borne."""
    if np.isnan(bas) or np.isnan(haut):
        return None
    return float(bas) if bas == haut else [float(bas), None if np.isinf(haut) else float(haut)]


def explain(resultat: Resultat, structure: str, annee: int) -> list[Etape]:
    """Toutes les étapes d'une structure une année, puis le total : chaque « Montant » s'y additionne."""
    lignes = resultat.lignes
    rang = resultat.cadre.rangs.get(structure, -1)
    ici = np.flatnonzero((lignes["structure"] == rang) & (lignes["annee"] == annee)).tolist()
    if not ici:
        return [Etape(f"« {structure} » n'a aucun montant en {annee} : ni offre existante, ni offre nouvelle.", 0.0)]
    etapes = [e for i in ici for e in steps(resultat, i)]
    bas, haut = round(float(lignes["bas"][ici].sum()), 2), float(np.round(lignes["haut"][ici].sum(), 2))
    etapes.append(
        Etape(f"Total {annee} : {Fourchette(bas, haut).tell(2)}.", bounds_or_value(round(bas, 2), np.round(haut, 2)))
    )
    return etapes


def steps(resultat: Resultat, i: int) -> list[Etape]:
    """Les étapes d'une ligne de la table ; la dernière est son montant."""
    part = resultat.lignes["part"][i]
    lire = _existing if part == EXISTANT else _new if part == NOUVEAU else _beside
    lignes = resultat.lignes
    raisons = [Etape(phrase) for phrase in sentences(int(lignes["raisons"][i]))]
    bas, haut = float(lignes["bas"][i]), float(lignes["haut"][i])
    libelle = droit.libelles_dispositifs()[resultat.dispositifs[lignes["dispositif"][i]]]
    quoi = {EXISTANT: ", offre existante", NOUVEAU: ", offre nouvelle"}.get(int(part), "")
    statut = droit.STATUTS[lignes["statut"][i]]
    montant = Etape(
        f"Montant, {libelle}{quoi} : {Fourchette(bas, haut).tell(2)}.", bounds_or_value(bas, haut), statut=statut
    )
    return [*lire(resultat, i), *raisons, montant]


def _sourced(resultat: Resultat, code: str, jour: date, libelle: str, valeur: Valeur) -> Etape:
    v = resultat.cadre.value(code, jour)
    return Etape(libelle, valeur, code, v.depuis.isoformat(), v.reference, v.statut)


def _months(resultat: Resultat, s: int, y: int) -> str:
    q, par_an = resultat.cadre.quantites, resultat.cadre.fenetres.per_year
    return f"{par_an(q.mois_comptes)[s, y]:.0f} mois sur 12"


def _existing(resultat: Resultat, i: int) -> Iterator[Etape]:
    s, annee = int(resultat.lignes["structure"][i]), int(resultat.lignes["annee"][i])
    y, jour = resultat.annees.index(annee), date(annee, 1, 1)
    service = resultat.cadre.services[resultat.cadre.service[s]]
    q0, parts, g = resultat.cadre.quantites.reference[s], resultat.parts, resultat.cadre.groupes.de_structure[s]
    notifie = resultat.cadre.bounds(f"{service.code}.existant", jour, np.array([s]))
    if notifie is not None and np.isfinite(notifie[1][0]):
        unitaire = Fourchette(notifie[0][0], notifie[1][0]).write(2)
        libelle = f"{quantity(resultat, i)} × {unitaire}, montant notifié par la Caf."
        yield _sourced(
            resultat, f"{service.code}.existant", jour, libelle, bounds_or_value(notifie[0][0], notifie[1][0])
        )
        return
    yield from _envelope(resultat, g)
    if not parts.membre[s]:
        return
    yield _share(resultat, s, service)
    part = float(resultat.cadre.fenetres.per_year(resultat.cadre.quantites.part_haut)[s, y])
    reste = pourcent(100 * part, 0 if abs(part * 100 - round(part * 100)) < 0.005 else 2)
    mois = _months(resultat, s, y)
    libelle = f"Offre existante comptée en {annee} : {quantity(resultat, i)} ({mois}), {reste} de l'offre de départ."
    yield Etape(libelle, None if np.isnan(q0) else float(resultat.lignes["quantite"][i]))
    montant = [float(np.round(p * part, 2)) if part else 0.0 for p in (parts.bas[s], parts.haut[s])]
    ecrit = majuscule(Fourchette(parts.bas[s], parts.haut[s]).tell(2))
    yield Etape(f"{ecrit} × {reste}.", bounds_or_value(*montant))
    for nom, verbe in (("plancher", "Plancher"), ("revalorisation", "Revalorisation")):
        code = f"{service.code}.{nom}"
        if (u := resultat.cadre.bounds(code, jour, np.array([s]))) is not None:
            connu = f"{Fourchette(u[0][0], u[1][0]).write(2)} {per_unit(service.unite)}"
            inconnue = f"non publié{'e' * (nom == 'revalorisation')} : le montant est un minimum"
            libelle = f"{verbe} : {inconnue if np.isinf(u[1][0]) else connu}."
            yield _sourced(resultat, code, jour, libelle, bounds_or_value(u[0][0], u[1][0]))


def _envelope(resultat: Resultat, g: int) -> Iterator[Etape]:
    groupes, t = resultat.cadre.groupes, resultat.territoire.references
    lieu, service = str(groupes.competences[groupes.competence[g]]), str(groupes.types[groupes.type[g]])
    qui = f"« {name_competence(resultat, lieu)}, {name_service(service)} »"
    ligne, par_an = groupes.ligne[g], Fourchette(groupes.reference_bas[g], groupes.reference_haut[g])
    if ligne < 0 or np.isnan(par_an.bas):
        yield Etape(f"Montant de référence de {qui} : non renseigné.", None, "references")
        return
    annee, statut = f"{t['annee'][ligne]:.0f}", str(t["statut"][ligne] or "a_confirmer")
    ecrit, nombre_annees = euros(t["montant_eur"][ligne], 2), len(resultat.territoire.annees)
    dit = {
        "convention": f"{ecrit} pour la convention, soit {par_an.tell(2)} par an ({nombre_annees} ans)",
        "inconnue": f"{ecrit}, sans savoir si c'est par an ou pour la convention : {par_an.tell(2)} par an",
    }
    libelle = f"Montant de référence {annee} de {qui} : "
    libelle += f"{dit.get(t['periode'][ligne], ecrit)}."
    valeur = bounds_or_value(par_an.bas, par_an.haut)
    yield Etape(libelle, valeur, "references", annee, ReferenceDroit(str(t["source"][ligne])), statut)
    jour = date(resultat.annees[0], 1, 1)
    taux = resultat.cadre.value("bonus_territoire.maintien", jour).bas
    libelle = f"La Caf en conserve {pourcent(100 * taux, 0)} sur le territoire de compétence."
    yield _sourced(resultat, "bonus_territoire.maintien", jour, libelle, taux)


def _share(resultat: Resultat, s: int, service: droit.Service) -> Etape:
    parts, g, q0 = resultat.parts, resultat.cadre.groupes.de_structure[s], resultat.cadre.quantites.reference[s]
    bornes, part = bounds_or_value(parts.bas[s], parts.haut[s]), Fourchette(parts.bas[s], parts.haut[s]).tell(2)
    regle = {"reference": service.existant_reference, "statut": service.existant_statut}
    if not parts.sure[g]:
        texte = f"Part de la structure : {part}, faute de tout connaître."
        texte += "" if parts.rattachable[g] else " La somme des parts reste le montant de référence."
        return Etape(texte, bornes, "repartition", **regle)
    ensemble = resultat.cadre.groupes.de_structure == g
    total = parts.poids[ensemble].sum()
    choix = resultat.scenario.repartition
    if choix == "lisse" and not np.isnan(q0):
        jour = date_longue(resultat.cadre.etat.date_reference)
        texte = (
            f"Réparti sur {name(total, service.unite)}, l'offre cofinancée ouverte la veille du {jour} : "
            f"{Fourchette(*(u[s] for u in parts.unitaire)).write(2)} {per_unit(service.unite)}, soit {part} ici "
            f"({name(q0, service.unite)})."
        )
    elif np.isnan(q0):
        texte = f"Seule structure à le recevoir : {part}, quelle que soit sa quantité."
    elif choix == "historique":
        texte = f"La structure garde son montant historique : {part}."
    else:
        texte = f"Poids {nombre(parts.poids[s], 2)} sur {nombre(total, 2)} : {part}."
    return Etape(texte, bornes, "repartition", **regle)


def _new(resultat: Resultat, i: int) -> Iterator[Etape]:
    s, annee = int(resultat.lignes["structure"][i]), int(resultat.lignes["annee"][i])
    y = resultat.annees.index(annee)
    service = resultat.cadre.services[resultat.cadre.service[s]]
    quantite = float(resultat.lignes["quantite"][i])
    yield Etape(
        f"Offre nouvelle comptée en {annee} : {quantity(resultat, i)} ({_months(resultat, s, y)}).",
        None if np.isnan(quantite) else quantite,
    )
    for w in np.flatnonzero(resultat.cadre.fenetres.annee == y).tolist():
        jour, code = resultat.cadre.fenetres.jours[w], f"{service.code}.nouveau"
        bas, haut = (float(b[0]) for b in resultat.cadre.bounds(code, jour, np.array([s])))
        texte = (
            "montant non publié" if np.isinf(haut) else f"{Fourchette(bas, haut).write(2)} {per_unit(service.unite)}"
        )
        prioritaire = resultat.cadre.critere("zone_prioritaire", np.array([s]))[0] == 1
        zone = prioritaire and resultat.cadre.value(code, jour).zone_prioritaire is not None
        pourquoi = " : commune en zone prioritaire" if zone else " : tranche inconnue" if bas < haut < np.inf else ""
        yield _sourced(resultat, code, jour, f"{majuscule(texte)}{pourquoi}.", bounds_or_value(bas, haut))
    unitaire = Fourchette(resultat.lignes["unitaire_bas"][i], resultat.lignes["unitaire_haut"][i]).write(2)
    yield Etape(f"{quantity(resultat, i)} × {unitaire}.")


def _beside(resultat: Resultat, i: int) -> Iterator[Etape]:
    s, annee = int(resultat.lignes["structure"][i]), int(resultat.lignes["annee"][i])
    code = resultat.dispositifs[resultat.lignes["dispositif"][i]]
    contexte = resultat.contextes[code, annee]
    place = int(np.flatnonzero(contexte.qui == s)[0])
    if contexte.dispositif.palier:
        yield from _growth(contexte, place)
    for argument in contexte.arguments.values():
        if not argument.parametre:
            continue
        bas, haut = (float(b[place]) for b in argument.bornes)
        parametre = resultat.cadre.etat.bareme[argument.parametre]
        libelle = f"{parametre.libelle} : {droit.write_value(Fourchette(bas, haut), parametre.unite)}."
        yield _sourced(resultat, argument.parametre, date(annee, 1, 1), libelle, bounds_or_value(bas, haut))
    assiette = float(resultat.lignes["quantite"][i])
    yield Etape(f"Assiette : {quantity(resultat, i)}.", None if np.isnan(assiette) else assiette)
    mois = float(contexte.ouverte[place]) * 12
    if mois < 12:
        yield Etape(f"Ouverte {mois:.0f} mois sur 12 : heures, charges et participations comptées à proportion.")


def _growth(contexte: Contexte, place: int) -> Iterator[Etape]:
    """De combien de places à combien, pour chaque façon de compter qui donne un autre résultat."""
    base = contexte.cadre.value(ANNEE_BASE, contexte.jour)
    vus = set()
    for compte in contexte.comptes:
        perimetre = compte.perimetre[place]
        avant, apres = float(compte.base[perimetre]), float(compte.annee[perimetre])
        if not (np.isfinite(avant) and np.isfinite(apres)):
            inconnue = Etape(
                f"Places cofinancées inconnues en {base.bas:.0f} ou en {contexte.annee} : croissance inconnue."
            )
            if not vus:
                yield inconnue
            vus.add(())
            continue
        if (avant, apres) in vus or avant <= 0:
            continue
        vus.add((avant, apres))
        taux = 100 * (apres - avant) / avant
        texte = f"De {nombre(avant)} places cofinancées en {base.bas:.0f} à {nombre(apres, 2 * bool(apres % 1))} : "
        yield Etape(
            f"{texte}{pourcent(taux, 2, signe=True)}.",
            round(taux / 100, 6),
            ANNEE_BASE,
            base.depuis.isoformat(),
            base.reference,
            base.statut,
        )


_COMMUNS = {"bonus_territoire", "bonus_trajectoire"}


def parameters(resultat: Resultat) -> list[tuple[Parametre, ValeurDatee]]:
    """Les paramètres du droit sur lesquels reposent ces montants, en vigueur la dernière année."""
    services = {resultat.cadre.services[i].code for i in resultat.cadre.service.tolist() if i >= 0} | _COMMUNS
    presents = [p for p in resultat.cadre.etat.bareme.parametres.values() if p.code.split(".")[0] in services]
    jour = date(resultat.annees[-1], 1, 1)
    return [(p, v) for p in presents if p.usage != "information" and (v := p.en_vigueur(jour))]
