"""Le moteur papermill « ctg » (`papermill --engine ctg …`) : chaque rapport part d'un noyau instantané.

Seul papermill importe ce module, par son point d'entrée : l'importer avant lui ferait un cercle.
"""

from typing import Any

from papermill.engines import NBClientEngine

from ctgkit.noyaux import use_instant_kernels
from ctgkit.noyaux.managers import FastKernelManager


class FastEngine(NBClientEngine):
    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> Any:
        use_instant_kernels()
        kwargs.setdefault("kernel_manager_class", FastKernelManager)
        return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)
