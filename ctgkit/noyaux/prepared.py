"""Le noyau IPython préparé dans la mère (configuration, interpréteur, premiers usages) et fini dans chaque enfant."""

import atexit
import contextlib
import functools
import importlib
import inspect
import io
import logging
import os
import pkgutil
import sys
from collections.abc import Callable

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.application import BaseIPythonApplication
from IPython.core.profiledir import ProfileDir, ProfileDirError
from IPython.paths import get_ipython_dir
from traitlets.config import Config

from ctgkit.noyaux.imports import import_without

# Les pièces qui ne lisent que leurs propres fichiers.
_PIECES = tuple(
    f"ctgkit.{piece}" for piece in ("droit", "diagnostic", "plan", "simulation", "figures", "carnet", "views")
)


class PreparedKernel(IPythonKernel):
    """Le noyau qui reçoit l'interpréteur déjà construit au lieu d'en fabriquer un."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.shell.kernel = self.shell.parent = self
        self.user_ns = self.shell.user_ns


class PreparedApp(IPKernelApp):
    """L'application dont la configuration a été lue une fois pour toutes dans la mère."""

    def prepare(self) -> None:
        BaseIPythonApplication.initialize(self, [])

    def initialize(self, argv: list[str] | None = None) -> None:
        lecture = BaseIPythonApplication.initialize
        BaseIPythonApplication.initialize = lambda *_: None
        try:
            super().initialize(argv)
        finally:
            BaseIPythonApplication.initialize = lecture


def build_shell() -> None:
    _without_debugger()
    config = Config()
    config.HistoryManager.enabled = False  # ni base d'historique ni son fil : la mère doit rester à un seul fil
    config.HistoryManager.hist_file = ":memory:"
    ZMQInteractiveShell.instance(config=config, profile_dir=_profile(), user_ns={}, kernel=None)


def _without_debugger() -> None:
    """Le débogueur, lourd et bavard, reste au noyau ordinaire : ipykernel s'en passe quand debugpy ne s'importe pas."""
    import_without("debugpy", "ipykernel.debugger")


def _profile() -> ProfileDir:
    dossier = os.path.join(get_ipython_dir(), "profile_default")
    try:
        return ProfileDir.find_profile_dir(dossier)
    except ProfileDirError:
        return ProfileDir.create_profile_dir(dossier)


def build_application() -> None:
    application = PreparedApp.instance(kernel_class=PreparedKernel)
    application.prepare()


def run(connexion: str, ready: Callable[[], object]) -> None:
    """Ouvre les prises du noyau, prévient, sert jusqu'à l'ordre d'arrêt."""
    application = PreparedApp.instance()
    niveau, application.log_level = application.log_level, logging.CRITICAL  # les conseils de démarrage d'ipykernel
    application.connection_file = connexion
    application.initialize([])
    application.log_level = niveau
    ready()
    application.start()
    _leave(application)


def _leave(application: IPKernelApp) -> None:
    """Vide ce qui reste à envoyer, exécute les adieux du carnet, sans démonter l'interpréteur."""
    atexit.unregister(application.close)
    atexit.unregister(application.iopub_thread.stop)
    application.iopub_thread.stop()
    application.reset_io()
    atexit._run_exitfuncs()
    logging.shutdown()


def load_pieces() -> None:
    """Tout ce qu'une page ou un rapport peut demander, chargé d'avance ; une pièce cassée se dira dans sa page."""
    for piece in _PIECES:
        with contextlib.suppress(Exception):
            chemin = importlib.import_module(piece).__path__
            for module in pkgutil.walk_packages(chemin, f"{piece}.", onerror=lambda _: None):
                with contextlib.suppress(Exception):
                    importlib.import_module(module.name)


def read_package_files() -> None:
    """Barèmes, catalogues et gabarits livrés avec le code, lus une fois : ce sont les fonctions retenues sans argument.

    Jamais les données d'un territoire : elles peuvent changer pendant que la mère vit.
    """
    modules = [m for nom, m in sorted(sys.modules.items()) if nom.startswith(_PIECES) and m is not None]
    retenues = {f for m in modules for f in vars(m).values() if isinstance(f, functools._lru_cache_wrapper)}
    for lire in retenues:
        if not inspect.signature(lire).parameters:
            with contextlib.suppress(Exception):  # un fichier abîmé se dira dans la page qui le lit
                lu = lire()
                for gabarit in getattr(lu, "list_templates", list)():
                    lu.get_template(gabarit)


def warm() -> None:
    """Paie ici ce que le premier tableau et la première figure coûtent (une seconde), sans rien laisser derrière."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(ImportError):
        import pandas as pd
        import plotly.graph_objects as go

        from ctgkit import figures

        tableau = pd.DataFrame({"a": list("xyzx"), "b": [1, 2, 3, 4], "c": [1.5, None, 3, 4]})
        tableau._repr_html_()
        tableau.groupby("a").agg(n=("b", "sum")).sort_values("n").round(1).to_html()
        tableau.pivot_table(index="a", columns="b", values="c", aggfunc="sum").fillna(0)
        for trace in (go.Bar(x=["a"], y=[2]), go.Scatter(x=["a"], y=[2], mode="lines+markers", fill="toself")):
            figure = go.Figure(trace)
            figure.update_layout(title={"text": "t"}, xaxis={"title": {"text": "x"}}, yaxis={"title": {"text": "y"}})
            figure.to_json()
            figure._repr_mimebundle_()
        figures.draw(figures.bonus_by_year([{"annee": 2026, "bas": 1.0, "haut": 2.0}], 2026))
