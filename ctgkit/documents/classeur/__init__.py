"""Le classeur de la simulation, à formules vivantes."""
