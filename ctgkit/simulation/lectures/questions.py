"""La liste « À demander à la Caf » : chaque inconnue, sa question, et ce que la réponse peut changer."""

import re
from collections.abc import Iterator
from datetime import date

import numpy as np

from ctgkit import droit
from ctgkit.formats import euros
from ctgkit.simulation.calcul.complements import missing
from ctgkit.simulation.calcul.conditions import Raison
from ctgkit.simulation.calcul.groupes import STATUT
from ctgkit.simulation.calcul.lignes import ENSEMBLE, EXISTANT, NOUVEAU
from ctgkit.simulation.lectures.agregats import totals
from ctgkit.simulation.lectures.noms import name_competence, name_service
from ctgkit.simulation.remarques import Question, names
from ctgkit.simulation.resultat import Resultat, read_once
from ctgkit.territoire import Commune

_COMMUNES_DITES = 5
_ANNEE = re.compile(r"(?<!\d)20\d\d(?!\d)")
_PERIODES = {"convention": " pour la convention", "inconnue": ""}


@read_once
def questions(r: Resultat) -> tuple[Question, ...]:
    """Les plus lourdes d'abord ; une réponse sans borne passe avant les autres."""
    toutes = [
        *_without_structure(r),
        *_references(r),
        *_existing(r),
        *_new(r),
        *_beside(r),
        *_missing(r),
        *_structures(r),
        *_members(r),
        *_unattached(r),
    ]
    return tuple(sorted(toutes, key=lambda q: (q.effet_haut is not None, -(q.effet_haut or 0.0), q.effet_bas)))


def _without_structure(r: Resultat) -> Iterator[Question]:
    if not len(r.territoire.structures):
        texte = "Quelles structures la Caf finance-t-elle sur le territoire, et quel montant chacune recevait-elle ?"
        yield _question("structures", texte, np.inf)


def _question(parametre: str, texte: str, haut: float, bas: float = 0.0) -> Question:
    fini = None if np.isinf(haut) else round(float(haut), 2)
    return Question(parametre, texte, round(float(bas), 2) + 0.0, fini)


def _spread(r: Resultat, masque: np.ndarray) -> float:
    return float((r.lignes["haut"][masque] - r.lignes["bas"][masque]).sum())


def _undecided(r: Resultat, masque: np.ndarray) -> float:
    """Ce que la période inconnue d'une enveloppe laisse entre ses deux bornes, tant que l'offre reste ouverte."""
    qui, y = r.lignes["structure"][masque], np.searchsorted(r.annees, r.lignes["annee"][masque])
    ouverte = r.cadre.fenetres.per_year(r.cadre.quantites.part_haut)[qui, y]
    groupe, largeur = r.cadre.groupes.de_structure[qui], len(r.annees)
    ecart = r.parts.enveloppe[1] - r.parts.enveloppe[0]
    part = np.zeros(len(r.cadre.groupes) * largeur)
    np.maximum.at(part, groupe * largeur + y, ouverte)
    return float((np.nan_to_num(np.repeat(ecart, largeur)) * part).sum())


def _at_stake(r: Resultat, qui: np.ndarray, borne: str = "haut") -> float:
    """Ce qu'une réponse sur ces structures peut ajouter ; leur enveloppe commune ne compte qu'une fois."""
    lignes, g, sure = r.lignes, r.cadre.groupes.de_structure, r.parts.sure
    siennes = np.isin(lignes["structure"], qui)
    partagees = (lignes["part"] == EXISTANT) & np.isin(g[lignes["structure"]], g[qui[~sure[g[qui]]]])
    retenues = lignes.where(siennes | partagees)
    lots, rang = np.unique(g[retenues["structure"]] * 10_000 + retenues["annee"], return_inverse=True)
    sommes = totals(r, retenues, rang, len(lots))
    return max(float((sommes[borne] - sommes["bas"]).sum()) - _undecided(r, partagees), 0.0)


def _text(r: Resultat, code: str) -> str:
    """La question de la valeur en vigueur la dernière année où elle en porte une."""
    for annee in reversed(r.annees):
        valeur = r.cadre.value(code, date(annee, 1, 1))
        if valeur is not None and valeur.question:
            return valeur.question
    return f"Quelle est la valeur de « {r.cadre.etat.bareme[code].libelle} » ?"


def _services(r: Resultat, part: int) -> Iterator[tuple[droit.Service, np.ndarray]]:
    service = r.cadre.service[r.lignes["structure"]]
    for code, s in enumerate(r.cadre.services):
        masque = (service == code) & (r.lignes["part"] == part)
        if masque.any():
            yield s, masque


def _existing(r: Resultat) -> Iterator[Question]:
    for service, masque in _services(r, EXISTANT):
        if not (compte := masque & (r.lignes["haut"] > 0)).any():
            continue
        for nom in ("plancher", "revalorisation"):
            code = f"{service.code}.{nom}"
            valeurs = [r.cadre.value(code, date(a, 1, 1)) for a in r.annees]
            if any(v is not None and np.isinf(v.haut) for v in valeurs) and _open_top(r, compte):
                yield _question(code, _text(r, code), np.inf)
        code = f"{service.code}.existant"
        valeur = r.cadre.value(code, date(r.annees[-1], 1, 1))
        if valeur is not None and not valeur.est_donnee:
            perdu = float(r.lignes["bas"][masque].sum()) if service.existant_question else 0.0
            yield _question(code, service.existant_question or _text(r, code), np.inf, -perdu)


def _open_top(r: Resultat, masque: np.ndarray) -> bool:
    return bool((r.lignes["raisons"][masque] & Raison.AU_MOINS).any())


def _new(r: Resultat) -> Iterator[Question]:
    for service, masque in _services(r, NOUVEAU):
        incertain = masque & (r.lignes["unitaire_bas"] < r.lignes["unitaire_haut"]) & (r.lignes["haut"] > 0)
        if incertain.any():
            code = f"{service.code}.nouveau"
            valeur = r.cadre.value(code, date(r.annees[-1], 1, 1))
            sait = _criteria(r, incertain) if valeur is not None and valeur.zone_prioritaire is not None else ""
            yield _question(code, _text(r, code) + sait, _spread(r, incertain))


def _criteria(r: Resultat, masque: np.ndarray) -> str:
    """Ce que des fichiers publics disent déjà des communes concernées : la Caf répond plus vite, rien n'est déduit."""
    communes = list(r.territoire.communes)
    rangs = np.unique(r.cadre.commune[r.lignes["structure"][masque]])
    dites = [(communes[i].nom, _known(communes[i])) for i in rangs[rangs >= 0].tolist()]
    sues = [f"{nom}, {', '.join(criteres)}" for nom, criteres in dites if criteres][:_COMMUNES_DITES]
    return f" Ce que l'on sait : {' ; '.join(sues)}." if sues else ""


def _known(commune: Commune) -> list[str]:
    quartier = {True: "un quartier prioritaire au moins", False: "aucun quartier prioritaire"}
    frr = {True: "en France ruralités revitalisation", False: "hors France ruralités revitalisation"}
    potentiel = commune.potentiel_financier_hab
    dits = (
        ("potentiel_financier_hab", f"potentiel financier de {euros(potentiel)} par habitant" if potentiel else ""),
        ("qpv", quartier.get(commune.qpv, "")),
        ("frr", frr.get(commune.frr, "")),
    )
    importes = ((dit, commune.origines.get(c, "")) for c, dit in dits if dit)
    return [f"{dit} ({' '.join(_ANNEE.findall(origine)[-1:]) or origine})" for dit, origine in importes if origine]


def _beside(r: Resultat) -> Iterator[Question]:
    """Les bonus calculés entre deux bornes : le paramètre qui ouvre la fourchette."""
    for code in droit.dispositifs():
        masque = (r.lignes["dispositif"] == r.dispositifs.index(code)) & (r.lignes["part"] == ENSEMBLE)
        incertain = masque & (r.lignes["bas"] < r.lignes["haut"])
        if not incertain.any():
            continue
        ouverts = {
            a.parametre
            for (nom, _), c in r.contextes.items()
            if nom == code
            for a in (c.arguments or {}).values()
            if a.parametre and a.parametre not in a.saisies and (a.bornes[0] < a.bornes[1])[a.connu].any()
        }
        for parametre in sorted(ouverts):
            yield _question(parametre, _text(r, parametre), _spread(r, incertain))


def _missing(r: Resultat) -> Iterator[Question]:
    for code, effet in missing(r.contextes.values()).items():
        yield _question(code, _text(r, code), effet)


def _references(r: Resultat) -> Iterator[Question]:
    g, t = r.cadre.groupes, r.territoire.references
    for i in np.flatnonzero(
        (g.ligne >= 0) & (g.statut == STATUT["a_confirmer"]) & ~np.isnan(g.reference_haut)
    ).tolist():
        lieu, service = str(g.competences[g.competence[i]]), str(g.types[g.type[i]])
        qui, cle = f"{name_competence(r, lieu)}, {name_service(service)}", f"references.{lieu}.{service}"
        annee, montant, periode = (t[c][g.ligne[i]] for c in ("annee", "montant_eur", "periode"))
        ecrit = f"{euros(montant, 2 * bool(montant % 1))}{_PERIODES.get(periode, ' par an')}"
        source = f"La source lue : {t['source'][g.ligne[i]] or 'non renseignée'}."
        ou = ", et sont-ils versés chaque année, ou une fois pour toute la convention" * (periode == "inconnue")
        texte = f"La Caf confirme-t-elle {ecrit} pour « {qui} » ({annee:.0f}){ou} ? {source}"
        concernees = (r.lignes["part"] == EXISTANT) & (g.de_structure[r.lignes["structure"]] == i)
        annees = len(np.unique(r.lignes["annee"][concernees]))
        yield _question(cle, texte, _undecided(r, concernees), -g.reference_bas[i] * annees)
    sans = np.isnan(g.reference_haut) & (np.bincount(g.de_structure, r.parts.membre, len(g)) > 0)
    lus = [(str(g.competences[g.competence[i]]), str(g.types[g.type[i]])) for i in np.flatnonzero(sans)]
    noms = [f"{name_competence(r, lieu)}, {name_service(service)}" for lieu, service in lus]
    if noms:
        texte = f"Quel montant la Caf versait-elle l'année de référence pour {names(noms)} ?"
        yield _question("references.montant_eur", texte, np.inf)


def _structures(r: Resultat) -> Iterator[Question]:
    """Ce que structures.csv ne dit pas : cofinancement et quantités."""
    cas = (
        (
            "structures.cofinancee",
            Raison.COFINANCEMENT_INCONNU,
            "Quelles structures sont cofinancées par une collectivité signataire, parmi {} ?",
        ),
        ("structures.quantite", Raison.QUANTITE_INCONNUE, "Quelle quantité (places, heures, postes) pour {} ?"),
    )
    for code, raison, modele in cas:
        masque = (r.lignes["raisons"] & raison) > 0
        qui = np.unique(r.lignes["structure"][masque])
        if raison == Raison.QUANTITE_INCONNUE:
            qui = qui[np.isnan(r.territoire.structures["quantite"][qui])]
        if len(qui):
            noms = r.territoire.structures["nom"][qui].tolist()
            yield _question(code, modele.format(names(noms)), _at_stake(r, qui))


def _unattached(r: Resultat) -> Iterator[Question]:
    """Les structures dont le territoire de compétence manque, quand d'autres en ont un."""
    noms = r.territoire.structures["nom"][r.cadre.flottante].tolist()
    if noms:
        texte = f"De quel territoire de compétence {'relèvent' if len(noms) > 1 else 'relève'} {names(noms)} ?"
        yield _question("structures.competence", texte, np.inf)


def _members(r: Resultat) -> Iterator[Question]:
    """Ce que change au plus l'adhésion des communes dont on ne sait pas si elles ont délibéré."""
    masque = (r.lignes["raisons"] & Raison.ADHESION_INCONNUE) > 0
    qui = np.unique(r.lignes["structure"][masque])
    communes = np.unique(r.cadre.commune[qui])
    noms = r.territoire.communes["nom"][communes[communes >= 0]].tolist()
    if noms:
        ont = "ont-elles" if len(noms) > 1 else "a-t-elle"
        texte = f"{names(noms)} {ont} délibéré pour adhérer à la Ctg, quand, et quand cela prend-il effet ?"
        yield _question("communes.adhesion", texte, _at_stake(r, qui, "haut_connu"))
