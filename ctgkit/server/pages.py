"""Les pages que sert l'atelier. Celles sans calcul n'ouvrent aucun noyau."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

import nbformat
from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from tornado import web
from voila.static_file_handler import TemplateStaticFileHandler
from voila.tornado.handler import TornadoVoilaHandler

from ctgkit.carnet.reference import read_reference
from ctgkit.documents.catalogue.rapport.portrait import read_portrait
from ctgkit.errors import CtgError, InvalidFilesError
from ctgkit.figures.svg.accueil import frise_svg, silhouette_svg
from ctgkit.formats import pluriel
from ctgkit.noyaux.parametres import check_parametres, read_parametres
from ctgkit.server.atelier import Atelier, Avancement, Carnet, progress
from ctgkit.server.fichiers import edition
from ctgkit.storage import origines
from ctgkit.territoire import Territoire
from ctgkit.views.composants.html import typography

MANQUES_MONTRES = 6


@dataclass(frozen=True)
class EtapeOuverture:
    carnet: Carnet
    avancement: Avancement


def describe_territoire(territoire: Territoire, carnets: list[Carnet], jour: date | None = None) -> dict[str, Any]:
    portrait = read_portrait(territoire, jour or date.today())
    etapes = [EtapeOuverture(carnet, progress(carnet, territoire)) for carnet in carnets]
    # Ce que deux documents contredisent passe devant ce qu'ils laissent vide.
    place = max(MANQUES_MONTRES - len(portrait.contradictions), 0)
    return {
        "territoire": territoire,
        "portrait": portrait,
        "silhouette": silhouette_svg(territoire) if len(territoire.communes) > 1 else "",
        "frise": frise_svg(portrait.horloge),
        "etapes": etapes,
        "a_reprendre": next((e for e in etapes if e.avancement.suite), etapes[0] if etapes else None),
        "manques": territoire.a_completer[:place],
        "autres_manques": _others(len(territoire.a_completer) - place),
        "documents": _cited(territoire),
    }


def _others(reste: int) -> str:
    return f"et {pluriel(reste, 'autre point', 'autres points')}" if reste > 0 else ""


def _cited(territoire: Territoire) -> list[dict[str, Any]]:
    registre = origines()
    return [{"titre": cle, "statut": "", "note": "", **registre.get(cle, {})} for cle in territoire.documents]


def describe_aide() -> dict[str, Any]:
    return {"documents": list(origines().values()), "reference": read_reference()}


PHRASES = {403: "Cette porte est fermée", 404: "Cette page n'existe pas", 405: "Cette porte est fermée"}


class Page(JupyterHandler):
    """Une page du cahier : cadre commun, erreurs en français, lien à jeton ramené à une adresse propre."""

    @property
    def atelier(self) -> Atelier:
        return self.settings["atelier"]

    def prepare_page(self) -> bool:
        """Pose le témoin anti-falsification, et retire le jeton de l'adresse une fois la personne reconnue."""
        _ = self.xsrf_token
        arguments = {k: v[-1].decode("utf-8", "replace") for k, v in self.request.query_arguments.items()}
        if "token" not in arguments:
            return False
        arguments.pop("token")
        self.redirect(self.request.path + (f"?{urlencode(arguments)}" if arguments else ""))
        return True

    def show(self, gabarit: str, **contenu: Any) -> None:
        template = self.settings["voila_jinja2_env"].get_template(gabarit)
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        page = template.render(base_url=self.base_url, statique=self.statique, habillage=self.habillage, **contenu)
        self.finish(str(typography(page)))

    def statique(self, nom: str) -> str:
        reglages = {"static_url_prefix": f"{self.base_url}voila/templates/", "static_path": None}
        return TemplateStaticFileHandler.make_static_url(reglages, f"atelier/static/{nom}")

    @property
    def habillage(self) -> str:
        return f"{self.base_url}voila/{edition()}.css"

    def show_error(self, erreur: CtgError, statut: int = 400) -> None:
        self.set_status(statut)
        defauts = [str(d) for d in erreur.defauts] if isinstance(erreur, InvalidFilesError) else []
        quoi = f"Ce territoire a {pluriel(len(defauts), 'défaut')} à corriger" if defauts else erreur.quoi
        page = self.atelier.page("-", self.atelier.defaut) if statut != 403 and self.current_user else None
        self.show("message.html.j2", atelier=page, quoi=quoi, ou=erreur.ou, que_faire=erreur.que_faire, defauts=defauts)

    def write_error(self, status_code: int, **_: Any) -> None:
        phrase = PHRASES.get(status_code, "La page n'a pas pu être préparée")
        self.show_error(CtgError(phrase, "", "Revenir à l'accueil de l'atelier."), status_code)


class Accueil(Page):
    @web.authenticated
    def get(self) -> None:
        if self.prepare_page():
            return
        try:
            choix = self.atelier.choix(self.get_query_argument("territoire", None))
            territoire = self.atelier.load(choix.code)
        except CtgError as erreur:
            self.show_error(erreur)
            return
        page = self.atelier.page("", choix.code)
        self.show("accueil.html.j2", atelier=page, **describe_territoire(territoire, self.atelier.parcours))


class Aide(Page):
    @web.authenticated
    def get(self) -> None:
        page = self.atelier.page("-", self.atelier.defaut)
        self.show("aide.html.j2", atelier=page, **describe_aide())


class Introuvable(Page):
    @web.authenticated
    def get(self) -> None:
        raise web.HTTPError(404)

    post = put = delete = patch = get


class Connexion(Page):
    """Sans jeton, on ne voit rien : la page dit comment obtenir le lien complet."""

    @allow_unauthenticated
    def get(self) -> None:
        if self.current_user:
            self.redirect(self.base_url)
            return
        self.set_status(403)
        self.show("connexion.html.j2", atelier=None)


class Session(Page):
    """« Ma session de calcul répond-elle encore ? » Un noyau mort est retiré : 404."""

    @web.authenticated
    async def get(self, noyau: str) -> None:
        if noyau not in self.kernel_manager:
            raise web.HTTPError(404)
        if not await ensure_async(self.kernel_manager.is_alive(noyau)):
            await ensure_async(self.kernel_manager.shutdown_kernel(noyau, now=True))
            raise web.HTTPError(404)
        self.set_status(204)


class PageCarnet(TornadoVoilaHandler, Page):
    """Un carnet dans Voilà ; ce que dit l'adresse passe d'abord la porte des paramètres déclarés."""

    valeurs: dict[str, Any]

    @web.authenticated
    async def get(self, nom: str) -> None:
        if self.prepare_page():
            return
        try:
            carnet = self.atelier.carnet(nom)
            self.valeurs = self._valeurs(carnet.chemin)
        except CtgError as erreur:
            self.show_error(erreur)
            return
        await super().get(carnet.chemin.name)

    def _valeurs(self, chemin: Any) -> dict[str, Any]:
        donnees = {k: v[-1].decode("utf-8", "replace") for k, v in self.request.query_arguments.items()}
        declares = read_parametres(chemin, facultatifs=True)
        if not any(d.nom == "territoire" for d in declares):
            # Le cadre de la page garde le territoire choisi, que le carnet s'en serve ou non.
            self.choix = self.atelier.choix(donnees.pop("territoire", None))
            return check_parametres(declares, donnees, "adresse de la page")
        lues = check_parametres(declares, donnees, "adresse de la page")
        self.choix = self.atelier.choix(lues.get("territoire"))
        return {**lues, "territoire": str(self.choix.chemin)}


def prepare_carnet(page: PageCarnet, notebook: Any, cwd: str) -> Any:  # noqa: ARG001 (signature de Voilà)
    """Avant l'ouverture du noyau : les valeurs vérifiées suivent la cellule des paramètres, comme avec papermill."""
    affectations = "\n".join(f"{nom} = {valeur!r}" for nom, valeur in page.valeurs.items())
    if affectations:
        rang = next(i for i, c in enumerate(notebook.cells) if "parameters" in c.metadata.get("tags", []))
        notebook.cells.insert(rang + 1, nbformat.v4.new_code_cell(affectations, id="parametres-recus"))
    nom = page.request.path.rsplit("/", 1)[-1]
    notebook.metadata["atelier_page"] = page.atelier.page(nom, page.choix.code)
    return notebook
