"""Les pièces que les pages partagent."""
