"""Une feuille devient des lignes nommées : en-têtes, correspondances, aperçu."""
