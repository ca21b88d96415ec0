"""Le dossier d’un territoire : lu entier ou refusé avec tous ses défauts."""
