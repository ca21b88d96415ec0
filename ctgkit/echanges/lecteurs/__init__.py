"""Un fichier, quel que soit son format, devient des feuilles."""
