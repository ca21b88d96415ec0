"""Le secret statistique, dernier pas avant de montrer ou d’écrire."""
