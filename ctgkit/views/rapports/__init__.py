"""Les rapports d’une commune et d’un territoire."""
