"""Voilà lancé depuis Python : nos pages, nos portes, et rien d'autre de ce que Voilà ouvre d'ordinaire."""

import os
from collections.abc import Callable
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import tornado.ioloop
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from jupyter_server.utils import url_path_join
from traitlets.config import Config
from voila import notebook_renderer
from voila.app import Voila
from voila.execute import VoilaExecutor
from voila.exporter import VoilaExporter
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from ctgkit.documents.images import POLICES
from ctgkit.server import pages
from ctgkit.server.atelier import Atelier
from ctgkit.server.fichiers import HABILLAGE, Compose, Fichiers, edition, script
from ctgkit.server.trames import Prise
from ctgkit.views.composants.html import FILTRES

ERREUR_IMPREVUE = (
    "Une erreur imprévue a arrêté le calcul. Rechargez la page ; si elle revient, le détail est dans la fenêtre "
    "où tourne « ctg servir »."
)


class AtelierExecutor(VoilaExecutor):
    """Un message en français quand une cellule échoue : le nôtre s'il vient de ctgkit, sinon un mot général."""

    def strip_code_cell_errors(self, cell: Any) -> Any:
        for output in cell.get("outputs", []):
            if output["output_type"] == "error" and output["traceback"] != [output["evalue"]]:
                self.log.error("\n".join(output["traceback"]))
                output.update(ename="Erreur", evalue=ERREUR_IMPREVUE, traceback=[ERREUR_IMPREVUE])
        return cell


class _CompiledOnce(BytecodeCache):
    """Voilà refait un moteur de gabarits à chaque page : sans mémoire, la moitié de l'ouverture va à les recompiler."""

    def __init__(self) -> None:
        self.compiles: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if octets := self.compiles.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(octets)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.compiles[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_GABARITS = _CompiledOnce()


class AtelierExporter(VoilaExporter):
    def _create_environment(self) -> Environment:
        environnement = super()._create_environment()
        environnement.bytecode_cache = _GABARITS
        return environnement


def install_rendering() -> None:
    """Le moteur de rendu de Voilà nomme ses deux classes en dur : c'est la seule façon de lui donner les nôtres."""
    notebook_renderer.VoilaExecutor = AtelierExecutor
    notebook_renderer.VoilaExporter = AtelierExporter


GABARIT = Path(__file__).with_name("gabarit")
NOS_EXTENSIONS = GABARIT / "labextensions"
PLOTLY = str(files("plotly") / "package_data")
# Chaque extension chargée coûte à l'ouverture : un carnet nomme celles dont il a besoin en plus des contrôles.
EXTENSIONS = ("@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8", "anywidget")
# Une page fermée sans prévenir (poste éteint) : son noyau n'a plus de visiteur et part au plus tard à ce délai.
SANS_VISITEUR_S = int(os.environ.get("CTG_SANS_VISITEUR_S", "45"))
LOCAL = "127.0.0.1"

# Voilà a besoin de scripts dans la page (sa configuration, la mise en route) et d'évaluer du code (requirejs, widgets).
POLITIQUE = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' ws: wss:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
ENTETES = {
    "Content-Security-Policy": POLITIQUE,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
# Les portes de Voilà que l'on garde : parler à un noyau déjà ouvert, et le fermer.
PORTES_GARDEES = (
    "/api/kernels/",
    "/voila/api/shutdown/",
)


class AtelierVoila(Voila):
    """Voilà, réduit à ce qu'il faut à un visiteur : il lit et règle, il n'exécute ni ne feuillette rien."""

    name = "voila"
    atelier: Atelier
    ready: Callable[["AtelierVoila"], None]

    def init_settings(self) -> dict[str, Any]:
        reglages = super().init_settings()
        reglages["voila_jinja2_env"].filters.update(FILTRES)
        reglages["compress_response"] = self.ip != LOCAL
        return {**reglages, "atelier": self.atelier, "allow_remote_access": self.ip != LOCAL}

    def init_handlers(self) -> list[Any]:
        gardees = [_checked(h) for h in super().init_handlers() if any(porte in h[0] for porte in PORTES_GARDEES)]
        carnet = {
            "template_paths": self.template_paths,
            "config": self.config,
            "voila_configuration": self.voila_configuration,
        }
        racine = self.server_url
        nos_pages = [
            (racine, pages.Accueil),
            (url_path_join(racine, r"/aide"), pages.Aide),
            (url_path_join(racine, r"/carnet/([^/]+)"), pages.PageCarnet, carnet),
            (url_path_join(racine, r"/login"), pages.Connexion),
            (url_path_join(racine, r"/session/([\w-]+)"), pages.Session),
        ]
        compresser = self.ip != LOCAL  # sur le poste même, compresser coûte plus que transporter
        dossiers = {"static": self.static_paths, "labextensions": [*self.labextensions_path, str(NOS_EXTENSIONS)]}
        interface = [
            (rf"/voila/{edition()}\.js", Compose, {"compose": script(dossiers)}),
            (rf"/voila/{edition()}\.css", Compose, {"compose": HABILLAGE}),
            (r"/voila/polices/(.*)", Fichiers, {"racines": [str(POLICES / "web")]}),
            (r"/voila/plotly/(.*)", Fichiers, {"racines": [PLOTLY]}),
            (r"/voila/(?:static|templates/\w+/static)/(.*)", Fichiers, {"racines": dossiers["static"]}),
            (r"/voila/labextensions/(.*)", Fichiers, {"racines": dossiers["labextensions"]}),
        ]
        nos_pages += [
            (url_path_join(racine, chemin), porte, {**reglages, "compresser": compresser})
            for chemin, porte, reglages in interface
        ]
        return [*nos_pages, *gardees, (r".*", pages.Introuvable)]

    def listen(self) -> None:
        """Sans les essais de ports de Voilà, qui annoncerait une autre adresse que celle que l'on imprime."""
        self.app.listen(self.port, self.ip)
        self.ioloop = tornado.ioloop.IOLoop.current()
        self.ioloop.add_callback(self.ready, self)
        try:
            self.ioloop.start()
        except KeyboardInterrupt:
            self.log.info("Arrêt demandé.")
        finally:
            self.stop()


def _checked(porte: tuple[Any, ...]) -> tuple[Any, ...]:
    """La prise des noyaux est la nôtre : elle vérifie les trames avant qu'elles soient lues."""
    adresse, classe, *reglages = porte
    return (adresse, Prise if classe is VoilaKernelWebsocketHandler else classe, *reglages)


def _page_config(atelier: Atelier, page_config: dict[str, Any], *, notebook_path: str, **_: Any) -> dict[str, Any]:
    demandees = atelier.carnet(Path(notebook_path).stem).extensions
    presentes = page_config["federated_extensions"]
    gardees = presentes if demandees is None else [x for x in presentes if x["name"] in (*EXTENSIONS, *demandees)]
    adresses = {cle: f"{page_config[cle]}/{edition()}" for cle in ("fullStaticUrl", "fullLabextensionsUrl")}
    adresse = f"{page_config['baseUrl']}voila/{edition()}"
    plotly = f"{page_config['baseUrl']}voila/plotly/{edition()}/plotly.min.js"
    attente = {"name": "atelier", "load": "attendre.js", "extension": "./extension"}
    return {
        **page_config,
        **adresses,
        "federated_extensions": [*gardees, attente],
        "interface": f"{adresse}.js",
        "habillage": f"{adresse}.css",
        "plotly": plotly,
    }


def configure(atelier: Atelier, ip: str, port: int, token: str) -> AtelierVoila:
    """L'application prête à démarrer. `JUPYTER_PATH` fait trouver notre gabarit à Voilà."""
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(GABARIT), os.environ.get("JUPYTER_PATH", "")]))
    install_rendering()
    AtelierVoila.clear_instance()
    application = AtelierVoila.instance(config=_config(atelier, ip, port, token))
    application.atelier = atelier
    application.initialize([])
    return application


def _config(atelier: Atelier, ip: str, port: int, token: str) -> Config:
    config = Config()
    config.Voila.ip, config.Voila.port, config.Voila.token = ip, port, token
    config.Voila.root_dir = str(atelier.carnets)
    config.Voila.open_browser = False
    config.Voila.log_level = "WARN"
    config.Voila.config_file_paths = []
    config.Voila.tornado_settings = {
        "headers": ENTETES,
        "cookie_options": {"samesite": "Strict", "httponly": True},
        "websocket_ping_interval": 20,
    }
    # « Lax » : un lien reçu par courriel ouvre l'atelier ; un autre site, lui, ne fait rien en son nom.
    config.IdentityProvider.cookie_options = {"samesite": "Lax", "httponly": True}
    config.VoilaConfiguration.template = "atelier"
    config.VoilaConfiguration.allow_template_override = "NO"
    config.VoilaConfiguration.allow_theme_override = "NO"
    config.VoilaConfiguration.file_allowlist = []
    config.VoilaConfiguration.page_config_hook = partial(_page_config, atelier)
    config.VoilaConfiguration.prelaunch_hook = pages.prepare_carnet
    config.VoilaExporter.language_code = "fr"
    config.TagRemovePreprocessor.enabled = True
    config.TagRemovePreprocessor.remove_cell_tags = {"statique", "lot"}
    config.MultiKernelManager.kernel_manager_class = "ctgkit.noyaux.managers.FastServerKernelManager"
    # Relancé sous le même nom, un noyau aurait tout oublié sans le dire : la page préfère l'annoncer.
    config.KernelManager.autorestart = False
    config.MappingKernelManager.cull_idle_timeout = SANS_VISITEUR_S
    config.MappingKernelManager.cull_interval = min(10, SANS_VISITEUR_S)
    config.MappingKernelManager.cull_connected = False
    return config
