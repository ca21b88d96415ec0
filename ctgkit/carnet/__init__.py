"""Ce qu'un carnet tient en main : un lieu, une simulation, un diagnostic, un plan, chacun en quelques lignes."""
