"""La même règle en OpenFisca-Core ; lancé dans son propre environnement : `python temoin_openfisca.py entrees.npz`.

Adhésion de la commune, ouverture mois par mois, existant lissé sur le groupe, nouveau selon la zone, bonus trajectoire.
"""

import json
import sys
import time

import numpy as np
from openfisca_core.entities import Entity, GroupEntity
from openfisca_core.periods import ETERNITY, MONTH, YEAR
from openfisca_core.populations import ADD
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

Structure = Entity("structure", "structures", "Structure", "")
Structure.is_person = True
ROLE = [{"key": "membre", "plural": "membres", "label": "Structure"}]
Commune = GroupEntity("commune", "communes", "Commune et territoire de compétence", "", ROLE)
Groupe = GroupEntity("groupe", "groupes", "Territoire de compétence et type de service", "", ROLE)
ENTREES = {
    Structure: ("ouverture", "fermeture", "quantite", "reference", "cofinancee", "prix_bas", "prix_haut", "creche"),
    Commune: ("effet",),
    Groupe: ("montant",),
}
MOIS = ("ouverture", "fermeture", "effet")


def variable(nom, entite, periode, formule=None):
    contenu = {
        "value_type": int if nom in MOIS else float,
        "entity": entite,
        "definition_period": periode,
        "label": nom,
    }
    return type(nom, (Variable,), contenu | ({"formula": formule} if formule else {}))


def rank(periode):
    return (periode.start.year - 1970) * 12 + periode.start.month - 1


def adherente(communes, periode):
    return communes("effet", periode) <= rank(periode)


def ouverte(structures, periode):
    mois = rank(periode)
    return (structures("ouverture", periode) <= mois) * (structures("fermeture", periode) > mois)


def eligible(structures, periode):
    presente = structures("ouverte", periode) * structures("cofinancee", periode)
    return presente * structures.commune("adherente", periode)


def existant(structures, periode):
    gardee = np.minimum(structures("quantite", periode), structures("reference", periode))
    return structures("eligible", periode) * gardee / 12


def nouveau(structures, periode):
    ajoutee = np.maximum(structures("quantite", periode) - structures("reference", periode), 0)
    return structures("eligible", periode) * ajoutee / 12


def unitaire(groupes, periode):
    offre = groupes.sum(groupes.members("reference", periode) * groupes.members("cofinancee", periode))
    return np.divide(groupes("montant", periode), offre, out=np.zeros(len(offre)), where=offre > 0)


def bonus_bas(structures, periode):
    garde = structures("existant", periode, options=[ADD]) * structures.groupe("unitaire", periode)
    return garde + structures("nouveau", periode, options=[ADD]) * structures("prix_bas", periode)


def bonus_haut(structures, periode):
    garde = structures("existant", periode, options=[ADD]) * structures.groupe("unitaire", periode)
    return garde + structures("nouveau", periode, options=[ADD]) * structures("prix_haut", periode)


def places(structures, periode):
    cofinancees = structures("quantite", periode) * structures("cofinancee", periode) * structures("creche", periode)
    return structures("ouverte", periode) * cofinancees / 12


def places_commune(communes, periode):
    return communes.sum(communes.members("places", periode, options=[ADD]))


def croissance(communes, periode):
    base, fin = communes("places_commune", 2023), communes("places_commune", periode)
    return np.divide(fin - base, base, out=np.full(len(base), np.nan), where=base > 0)


def palier(taux):
    return np.select([taux >= 0.12, taux >= 0.08, taux >= 0.04], [300, 200, 100], 0)


def trajectoire(structures, periode):
    ici = structures.commune("croissance", periode)
    base, fin = (np.sum(structures("places", p, options=[ADD])) for p in (2023, periode))
    partout = palier(np.array([(fin - base) / base]))
    eligibles = structures("existant", periode, options=[ADD]) + structures("nouveau", periode, options=[ADD])
    sur = 2025 <= periode.start.year < 2028
    return (
        sur * np.minimum(np.where(np.isnan(ici), 0, palier(ici)), partout) * eligibles * structures("creche", periode)
    )


FORMULES = {
    (Commune, MONTH): (adherente,),
    (Structure, MONTH): (ouverte, eligible, existant, nouveau, places),
    (Groupe, YEAR): (unitaire,),
    (Structure, YEAR): (bonus_bas, bonus_haut, trajectoire),
    (Commune, YEAR): (places_commune, croissance),
}


def main(chemin):
    entrees = np.load(chemin)
    systeme = TaxBenefitSystem([Structure, Commune, Groupe])
    for entite, noms in ENTREES.items():
        systeme.add_variables(*(variable(n, entite, ETERNITY) for n in noms))
    for (entite, periode), formules in FORMULES.items():
        systeme.add_variables(*(variable(f.__name__, entite, periode, f) for f in formules))
    durees = []
    for _ in range(2):
        simulation = _simulation(systeme, entrees)
        debut = time.perf_counter()
        totaux = {
            nom: sum(float(simulation.calculate(nom, str(a)).astype(float).sum()) for a in entrees["annees"])
            for nom in ("bonus_bas", "bonus_haut", "trajectoire")
        }
        durees.append(time.perf_counter() - debut)
    print(json.dumps({"secondes": min(durees), **totaux}))


def _simulation(systeme, entrees):
    usine = SimulationBuilder()
    usine.create_entities(systeme)
    usine.declare_person_entity("structure", np.arange(len(entrees["quantite"])))
    for nom, nombre in (("commune", len(entrees["effet"])), ("groupe", len(entrees["montant"]))):
        ensemble = usine.declare_entity(nom, np.arange(nombre))
        usine.join_with_persons(ensemble, entrees[f"dans_{nom}"], ["membre"] * len(entrees["quantite"]))
    simulation = usine.build(systeme)
    for noms in ENTREES.values():
        for nom in noms:
            simulation.set_input(nom, "ETERNITY", entrees[nom].astype(int if nom in MOIS else float))
    return simulation


if __name__ == "__main__":
    main(sys.argv[1])
