"""Le diagnostic dans un vrai Chromium : du clic à la page changée, et du chargement au premier graphique."""

import sys
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from outils import OPTIONS_CHROMIUM, serve
from systeme import chromium

CARNET = "/carnet/10_diagnostic?territoire=valenciennes-metropole"
# Le temps vu par la page : du clic à l'image qui suit le changement du texte attendu.
CLIC = """([choix, zone]) => new Promise((ok) => {
  const cible = document.querySelector(zone), avant = cible.textContent, depart = performance.now();
  const guet = new MutationObserver(() => {
    if (cible.isConnected && cible.textContent === avant) return;
    guet.disconnect(); requestAnimationFrame(() => ok(performance.now() - depart));
  });
  guet.observe(document.querySelector("#contenu"), { childList: true, subtree: true, characterData: true });
  document.querySelector(choix).dispatchEvent(new MouseEvent("click", { bubbles: true }));
})"""
THEMES = ("jeunesse", "enfance", "parentalite", "petite_enfance", "avs")
COMMUNES = ("59014", "59606", "59153")


def mesures() -> list[dict]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        navigateur = p.chromium.launch(executable_path=chromium(), args=OPTIONS_CHROMIUM)
        with serve() as atelier:
            page = navigateur.new_context(viewport={"width": 1440, "height": 900}).new_page()
            page.goto(atelier.adresse)
            ouvertures = [_open(page, atelier) for _ in range(4)]
            themes = [page.evaluate(CLIC, [f"[data-cle=theme-{t}]", "h1"]) for t in THEMES]
            communes = [page.evaluate(CLIC, [f"[data-cle=carte-{c}]", ".section-communes"]) for c in COMMUNES]
        navigateur.close()
    return [
        _line("10_diagnostic : premier graphique, serveur chaud", min(ouvertures[1:]), "s", 2.5),
        _line("10_diagnostic : changement de thème, médiane", round(median(themes)), "ms", 200),
        _line("10_diagnostic : changement de commune, médiane", round(median(communes)), "ms", 200),
    ]


def _open(page, atelier) -> float:
    depart = time.perf_counter()
    page.goto(atelier.racine + CARNET)
    page.wait_for_selector(".graphe .ample svg", timeout=60_000)
    return round(time.perf_counter() - depart, 2)


def _line(nom: str, valeur: float, unite: str, plafond: float) -> dict:
    return {"mesure": nom, "valeur": valeur, "unite": unite, "plafond": plafond}
