"""Un fichier par document."""
