"""Le diagnostic partagé : ce que disent les chiffres, comparés honnêtement, et ce qui ne tombe pas juste.

publication = publier(territoire)          # le secret statistique, une fois, pour tout ce qui suit
mesurer(publication, "PE03").texte          # « 50,3 places pour 100 enfants »
comparer(publication, "PE03").lecture       # « Le taux de couverture est inférieur de 8,2 points à celui du Nord… »
classer(publication, "AS05")                # les communes, du plus défavorable au plus favorable
mesurer_tendance(publication, "JE07")       # la série et son évolution
jumelles(publication, "59014")              # les communes qui lui ressemblent
prioriser(publication, Poids(nombre=2), {"petite_enfance": 8})
couvrir(publication)                        # domaines × diagnostiqué, objectif, action, évalué
controler(publication)                      # les alertes ; controler_texte(lignes) pour une convention en texte
tableau_mesures(publication)                # un Publiable, à donner à to_csv, to_json ou aux documents
"""

from ctgkit.diagnostic.catalogue import Catalogue, load_catalogue
from ctgkit.diagnostic.coherence import Alerte, controler, controler_texte
from ctgkit.diagnostic.comparaison import Comparaison, classer, comparer, comparer_theme
from ctgkit.diagnostic.couverture import couvrir, tableau_couverture
from ctgkit.diagnostic.mesures import Mesure, annees, ecrire, mesurer, mesurer_ou_replier, mesurer_theme
from ctgkit.diagnostic.noms import lieu_principal, nommer
from ctgkit.diagnostic.priorites import Poids, prioriser
from ctgkit.diagnostic.ressemblance import jumelles
from ctgkit.diagnostic.secret.publication import MASQUE, Croisement, Publiable, Publication, publier, publier_tableau
from ctgkit.diagnostic.tableaux import tableau_alertes, tableau_communes, tableau_mesures, to_csv, to_json
from ctgkit.diagnostic.tendances import mesurer_tendance, serie

__all__ = [
    "MASQUE",
    "Alerte",
    "Catalogue",
    "Comparaison",
    "Croisement",
    "Mesure",
    "Poids",
    "Publiable",
    "Publication",
    "annees",
    "classer",
    "comparer",
    "comparer_theme",
    "controler",
    "controler_texte",
    "couvrir",
    "ecrire",
    "jumelles",
    "lieu_principal",
    "load_catalogue",
    "mesurer",
    "mesurer_ou_replier",
    "mesurer_tendance",
    "mesurer_theme",
    "nommer",
    "prioriser",
    "publier",
    "publier_tableau",
    "serie",
    "tableau_alertes",
    "tableau_communes",
    "tableau_couverture",
    "tableau_mesures",
    "to_csv",
    "to_json",
]
