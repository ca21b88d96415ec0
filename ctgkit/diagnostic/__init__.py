"""Le diagnostic partagé : ce que disent les chiffres, comparés honnêtement, et ce qui ne tombe pas juste.

read_diagnostic(territoire, "petite_enfance").mesures()    # les tables d'un carnet, des DataFrame

publication = publish(territoire)          # le secret statistique, une fois, pour tout ce qui suit
measure(publication, "PE03").texte          # « 50,3 places pour 100 enfants »
compare_lieux(publication, "PE03").lecture  # « Le taux de couverture est inférieur de 8,2 points à celui du Nord… »
rank_communes(publication, "AS05")          # les communes, du plus défavorable au plus favorable
measure_tendance(publication, "JE07")       # la série et son évolution
find_jumelles(publication, "59014")         # les communes qui lui ressemblent
rank_themes(publication, Poids(nombre=2), {"petite_enfance": 8})
count_couverture(publication)               # domaines × diagnostiqué, objectif, action, évalué
check_coherence(publication)                # les alertes ; check_texte(lignes) pour une convention en texte
tableau_mesures(publication)                # un Publiable, à donner à to_csv ou aux documents
"""

from ctgkit.diagnostic.catalogue import load_catalogue
from ctgkit.diagnostic.coherence import Alerte, check_coherence, check_texte
from ctgkit.diagnostic.comparaison import (
    MesureComparee,
    compare_lieux,
    compare_theme,
    find_jumelles,
    measure_tendance,
    rank_communes,
)
from ctgkit.diagnostic.domaines import Poids, count_couverture, rank_themes, tableau_couverture
from ctgkit.diagnostic.lecture import Diagnostic, read_diagnostic
from ctgkit.diagnostic.mesures import Mesure, measure, measure_or_replace, measure_theme, write_valeur
from ctgkit.diagnostic.noms import lieu_principal, name_lieu
from ctgkit.diagnostic.secret.publication import MASQUE, Publiable, Publication, publish
from ctgkit.diagnostic.tableaux import tableau_alertes, tableau_mesures, to_csv

__all__ = [
    "MASQUE",
    "Alerte",
    "Diagnostic",
    "Mesure",
    "MesureComparee",
    "Poids",
    "Publiable",
    "Publication",
    "check_coherence",
    "check_texte",
    "compare_lieux",
    "compare_theme",
    "count_couverture",
    "find_jumelles",
    "lieu_principal",
    "load_catalogue",
    "measure",
    "measure_or_replace",
    "measure_tendance",
    "measure_theme",
    "name_lieu",
    "publish",
    "rank_communes",
    "rank_themes",
    "read_diagnostic",
    "tableau_alertes",
    "tableau_couverture",
    "tableau_mesures",
    "to_csv",
    "write_valeur",
]
