"""Le dossier d'un territoire : le trouver, le lire et le vérifier en entier, en créer un."""
