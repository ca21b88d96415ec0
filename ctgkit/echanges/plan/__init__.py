"""Le plan d’actions qui vient d’un autre outil."""
