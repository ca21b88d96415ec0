"""Les outils des tests : un vrai serveur, un vrai Chromium, et le droit de sauter seulement hors intégration."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

RACINE = Path(__file__).resolve().parent.parent
# Chromium en racine demande --no-sandbox ; le reste lui interdit de chercher le réseau de son côté.
OPTIONS_CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

PATIENCE_S = 60  # un essai qui réussit n'attend jamais jusque-là

ENTIER = bool(os.environ.get("CTG_LONG"))


def sample(echantillon: int, entier: int) -> int:
    """Un échantillon fixe dans « make test », le balayage entier dans « make bench » (CTG_LONG=1)."""
    return entier if ENTIER else echantillon


def require(present: object, quoi: str) -> None:
    """Saute le test sur le poste d'une personne, l'échoue en intégration."""
    if present:
        return
    if os.environ.get("CI"):
        pytest.fail(f"{quoi} introuvable : en intégration ce test doit tourner.")
    pytest.skip(f"{quoi} introuvable sur ce poste.")


@dataclass
class Atelier:
    """Un `ctg servir` qui tourne."""

    processus: subprocess.Popen
    lignes: list[str] = field(default_factory=list)

    @property
    def adresse(self) -> str:
        """L'adresse imprimée, clé comprise."""
        return next(m.group(1) for ligne in self.lignes if (m := re.match(r"Adresse : (\S+)", ligne)))

    @property
    def racine(self) -> str:
        return self.adresse.split("?")[0].rstrip("/")

    @property
    def port(self) -> int:
        return int(self.racine.rsplit(":", 1)[1])

    @property
    def token(self) -> str:
        return self.adresse.split("token=")[1]

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.processus.pid).children(recursive=True)

    def noyaux(self) -> set[int]:
        """Les processus des noyaux ouverts : ceux qui écoutent sur des ports de noyau."""
        return {p.pid for p in self.descendants() if _is_kernel(p)}


def _is_kernel(processus: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return any(c.status == psutil.CONN_LISTEN for c in processus.net_connections())
    return False


@contextlib.contextmanager
def serve(*options: str, env: dict[str, str] | None = None) -> Iterator[Atelier]:
    commande = [
        sys.executable,
        "-m",
        "ctgkit",
        "servir",
        "--sans-navigateur",
        "--port",
        str(18000 + os.getpid() % 20000),
    ]
    journal = tempfile.mkdtemp(prefix="journal-")  # les essais n'écrivent rien dans data/
    processus = subprocess.Popen(
        [*commande, *options],
        cwd=RACINE,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "CTG_JOURNAL": journal, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    atelier = Atelier(processus)
    threading.Thread(target=lambda: atelier.lignes.extend(iter(processus.stdout.readline, "")), daemon=True).start()
    try:
        wait_until(lambda: any(x.startswith("Adresse :") for x in atelier.lignes) or processus.poll() is not None)
        assert processus.poll() is None, "".join(atelier.lignes)
        yield atelier
    finally:
        if processus.poll() is None:
            processus.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                processus.wait(15)
        if processus.poll() is None:
            os.killpg(processus.pid, signal.SIGKILL)
        shutil.rmtree(journal, ignore_errors=True)


def wait_until(vrai, delai: float = PATIENCE_S, pas: float = 0.1) -> bool:
    """Attend que ce soit vrai ; une machine occupée ne fait échouer personne, une attente qui dure le dit."""
    fin = time.monotonic() + delai
    while time.monotonic() < fin:
        if vrai():
            return True
        time.sleep(pas)
    return bool(vrai())


def answers(adresse: str) -> bool:
    """Un serveur répond là, fût-ce pour refuser."""
    try:
        urllib.request.urlopen(adresse, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@contextlib.contextmanager
def running(commande: list[str], env: Mapping[str, str] | None = None) -> Iterator[None]:
    """Un serveur d'un outil ordinaire, arrêté à la fin."""
    processus = subprocess.Popen(
        commande, env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        processus.terminate()
        processus.wait(20)


def lu(texte: str) -> str:
    """Un texte tel qu'on le dit : espaces insécables et apostrophes ramenés au clavier ordinaire."""
    return re.sub(r"[\u00a0\u202f]", " ", texte).replace("\u2019", "'")


def check_living(figure) -> None:
    """Cette figure plotly répond au survol, en français, sans logo ni bouton de partage."""
    figure.locator(".bars path").first.wait_for(timeout=40_000)
    figure.hover()
    figure.locator(".hoverlayer text").first.wait_for()
    assert re.search(r"\d \d{3} €", lu(figure.locator(".hoverlayer").text_content()))
    boutons = figure.locator(".modebar-btn").evaluate_all("(tous) => tous.map((x) => x.dataset.title)")
    assert list(map(lu, boutons)) == ["Enregistrer l'image (PNG)"]
    assert not re.search(r"Share|cloud|Produced with", figure.inner_html(), re.IGNORECASE)


def axe(page, couleurs: bool = True) -> list[str]:
    """Les violations relevées par axe-core, une ligne chacune.

    `couleurs` : les contrastes aussi, trois quarts du temps de calcul ; la même page à une autre largeur a les mêmes.
    """
    from axe_playwright_python.sync_playwright import Axe

    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    reglages = {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": couleurs or ENTIER}}}
    trouvees = page.evaluate("async (reglages) => (await axe.run(reglages)).violations", reglages)
    return [f"{v['id']} ({v['impact']}) : {v['nodes'][0]['target']} {v['nodes'][0]['html'][:120]}" for v in trouvees]


def handles(page) -> set[tuple[float, float]]:
    """Largeur et hauteur des poignées de curseur que l'on voit."""
    boites = [poignee.bounding_box() for poignee in page.locator("[role=slider]:visible").all()]
    return {(boite["width"], boite["height"]) for boite in boites}


def overflow(page) -> int:
    """De combien de points la page déborde en largeur."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@dataclass
class Visite:
    """Une page ouverte par un visiteur, et tout ce qu'elle a demandé au réseau."""

    page: object
    atelier: Atelier
    demandes: list[str] = field(default_factory=list)

    def ouvrir(self, chemin: str) -> object:
        """Ouvre une page ; un carnet est attendu jusqu'à ce que ses contrôles répondent."""
        reponse = self.page.goto(self.atelier.racine + chemin)
        if chemin.startswith("/carnet/") and reponse.ok:
            self.page.wait_for_selector(".jupyter-widgets", timeout=40_000)
        return reponse

    def sorties(self) -> list[str]:
        """Les demandes parties ailleurs que sur ce poste."""
        ici = (self.atelier.racine, self.atelier.racine.replace("http", "ws"), "data:", "blob:")
        return [d for d in self.demandes if not d.startswith(ici)]


@contextlib.contextmanager
def visit(navigateur, atelier: Atelier, largeur: int = 1440, hauteur: int = 900) -> Iterator[Visite]:
    contexte = navigateur.new_context(viewport={"width": largeur, "height": hauteur}, locale="fr-FR")
    page = contexte.new_page()
    ouverte = Visite(page, atelier)
    page.on("request", lambda r: ouverte.demandes.append(r.url))
    page.on("websocket", lambda w: ouverte.demandes.append(w.url))
    contexte.request.get(atelier.adresse)  # la clé, sans dessiner l'accueil ; puis une page légère de la même origine
    page.goto(f"{atelier.racine}/voila/static/atelier.css")
    try:
        yield ouverte
    finally:
        contexte.close()
