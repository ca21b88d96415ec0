"""Les règles qui lisent le texte d'une convention, ligne à ligne : un module par famille, trouvé tout seul."""
