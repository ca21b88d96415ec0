"""Ce que l’on lit d’un résultat : raisons, écarts, questions, alertes."""
