"""Noyaux instantanés : chaque noyau est une copie (fork) d'un processus mère qui a déjà tout importé.

`JUPYTER_DEFAULT_PROVISIONER_NAME=ctg-fourche` suffit à la main ; `preheat()` lance la mère avant le premier visiteur.
"""

from ctgkit.noyaux.provisioner import NOM, FourcheProvisioner, preheat, use_instant_kernels

__all__ = ["NOM", "FourcheProvisioner", "preheat", "use_instant_kernels"]
