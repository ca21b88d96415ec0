"""De « ctg servir » à une page qui répond : le temps qu'attend une personne, dans un vrai Chromium au cache vide."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from outils import OPTIONS_CHROMIUM, serve
from systeme import chromium

CARNET = "/carnet/00_territoire?territoire=valenciennes-metropole"


def mesures() -> list[dict]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        navigateur = p.chromium.launch(executable_path=chromium(), args=OPTIONS_CHROMIUM)
        depart = time.perf_counter()
        with serve() as atelier:
            demarrage = time.perf_counter() - depart
            premiere = _open(navigateur, atelier)
            total = time.perf_counter() - depart
            suivantes = min(_open(navigateur, atelier) for _ in range(3))
            accueil = min(_first_paint(navigateur, atelier) for _ in range(3))
        navigateur.close()
    return [
        {"mesure": "ctg servir : adresse imprimée", "valeur": round(demarrage, 2), "unite": "s"},
        {"mesure": "ctg servir puis 00_territoire interactif", "valeur": round(total, 2), "unite": "s", "plafond": 8},
        {"mesure": "00_territoire, première ouverture", "valeur": round(premiere, 2), "unite": "s"},
        {"mesure": "00_territoire, serveur chaud", "valeur": round(suivantes, 2), "unite": "s"},
        {"mesure": "accueil : premier affichage", "valeur": round(accueil), "unite": "ms", "plafond": 300},
    ]


def _open(navigateur, atelier) -> float:
    page = _page(navigateur, atelier)
    depart = time.perf_counter()
    page.goto(atelier.racine + CARNET)
    page.wait_for_selector(".jupyter-widgets", timeout=60_000)
    duree = time.perf_counter() - depart
    page.context.close()
    return duree


def _first_paint(navigateur, atelier) -> float:
    page = _page(navigateur, atelier)
    page.goto(atelier.racine + "/?territoire=valenciennes-metropole")
    lecture = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    page.wait_for_function(lecture)
    affichage = page.evaluate(lecture)
    page.context.close()
    return affichage


def _page(navigateur, atelier):
    page = navigateur.new_context().new_page()
    page.goto(atelier.racine + "/aide?token=" + atelier.token)
    return page
