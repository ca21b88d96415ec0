"""Les commandes de `ctg` : un fichier par commande, trouvé tout seul."""
