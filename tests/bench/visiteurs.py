"""Vingt visiteurs en deux secondes, puis quarante pages ouvertes : l'attente, la mémoire, et ce qui revient à la fin.

Les navigateurs tournent sur le même poste : leur travail, surtout, fait l'attente de la dernière page.
`CTG_BENCH_MINUTES=10` pour la durée entière.
"""

import asyncio
import os
import statistics
import sys
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from outils import OPTIONS_CHROMIUM, Atelier, serve
from systeme import chromium

from tests.bench.noyaux import pss

CARNET = "/carnet/20_bonus_territoire?territoire=exemple"
PRET = ".jupyter-widgets #t-rep"
MINUTES = float(os.environ.get("CTG_BENCH_MINUTES", "1"))
# Un geste et l'image qui le suit : passer d'une année à l'autre.
GESTE = """() => new Promise((ok) => {
  const cible = document.querySelector(".jupyter-widgets"), depart = performance.now();
  const guet = new MutationObserver(() => {
    guet.disconnect(); requestAnimationFrame(() => ok(performance.now() - depart));
  });
  guet.observe(cible, { childList: true, subtree: true, characterData: true });
  const boutons = [...document.querySelectorAll("[data-cle^=annee-]:not([aria-pressed=true])")];
  boutons[0].click();
})"""


def mesures() -> list[dict]:
    return asyncio.run(_measure())


async def _measure() -> list[dict]:
    from playwright.async_api import async_playwright

    async with async_playwright() as p:
        navigateur = await p.chromium.launch(executable_path=chromium(), args=OPTIONS_CHROMIUM)
        with serve() as atelier:
            await _close(await _enter(navigateur, atelier, 1, 0))
            au_repos = await _rest(atelier)
            seul = max(await asyncio.gather(*(_fetch(atelier, 2 * rang / 20) for rang in range(20))))
            await _rest(atelier)
            vingt = await _enter(navigateur, atelier, 20, 2)
            par_visiteur = (_memory(atelier) - au_repos) / 20
            vingt_autres = await _enter(navigateur, atelier, 20, 20)
            gestes = await _work([page for page, _ in (*vingt, *vingt_autres)])
            plein = _memory(atelier)
            await _close([*vingt, *vingt_autres])
            rendu = await _rest(atelier)
        await navigateur.close()
    lents = statistics.quantiles(gestes, n=20)
    longtemps = f"quarante pages pendant {MINUTES:g} min"
    return [
        _line("vingt visiteurs en deux secondes : le serveur a tout calculé et tout rendu", seul, "s", 12),
        _line("vingt visiteurs en deux secondes : la dernière page répond", max(d for _, d in vingt), "s", 12),
        _line("mémoire par visiteur de plus (PSS)", par_visiteur, "Mo", 60),
        _line(f"{longtemps} : un geste, médiane", statistics.median(gestes), "ms", 300),
        _line(f"{longtemps} : un geste, dix-neuf sur vingt sous", lents[-1], "ms", 1000),
        _line("quarante pages : mémoire du serveur et des noyaux", plein, "Mo"),
        _line("toutes fermées : mémoire restée en plus", rendu - au_repos, "Mo", 60),
    ]


def _line(nom: str, valeur: float, unite: str, plafond: float | None = None) -> dict:
    limite = {} if plafond is None else {"plafond": plafond}
    return {"mesure": nom, "valeur": round(valeur, 1 if unite == "s" else None), "unite": unite, **limite}


async def _enter(navigateur, atelier: Atelier, combien: int, etalement: float) -> list[tuple]:
    """Chacun a son navigateur ouvert, à lui, au cache vide ; les clics sont répartis sur `etalement` secondes."""
    pages = [await _blank(navigateur, atelier) for _ in range(combien)]

    async def click(rang: int) -> tuple:
        await asyncio.sleep(etalement * rang / combien)
        depart = time.perf_counter()
        await pages[rang].goto(atelier.racine + CARNET, wait_until="commit", timeout=120_000)
        await pages[rang].wait_for_selector(PRET, timeout=120_000)
        return pages[rang], time.perf_counter() - depart

    return await asyncio.gather(*(click(rang) for rang in range(combien)))


async def _fetch(atelier: Atelier, delai: float) -> float:
    """Le même clic, le navigateur sur un autre poste : noyau ouvert, carnet calculé, page entière reçue."""
    await asyncio.sleep(delai)
    depart = time.perf_counter()
    await asyncio.to_thread(_read, f"{atelier.racine}{CARNET}", atelier.token)
    return time.perf_counter() - depart


def _read(adresse: str, token: str) -> None:
    demande = urllib.request.Request(adresse, headers={"Authorization": f"token {token}"})
    with urllib.request.urlopen(demande, timeout=60) as reponse:
        assert b"voila_finish" in reponse.read()


async def _blank(navigateur, atelier: Atelier):
    contexte = await navigateur.new_context(viewport={"width": 1280, "height": 800})
    await contexte.request.get(f"{atelier.racine}/aide?token={atelier.token}")
    return await contexte.new_page()


async def _work(pages: list) -> list[float]:
    """Chacun fait un geste toutes les cinq secondes environ, tour à tour, jusqu'à la fin."""
    durees, fin = [], time.monotonic() + 60 * MINUTES
    while time.monotonic() < fin:
        for page in pages:
            durees.append(await page.evaluate(GESTE))
            await asyncio.sleep(5 / len(pages))
    return durees


async def _close(visites: list[tuple]) -> None:
    for page, _ in visites:
        await page.context.close()


async def _rest(atelier: Atelier) -> float:
    """La mémoire une fois les noyaux rendus."""
    fin = time.monotonic() + 90
    while atelier.noyaux() and time.monotonic() < fin:
        await asyncio.sleep(0.5)
    return _memory(atelier)


def _memory(atelier: Atelier) -> float:
    """Mémoire propre du serveur, de la mère et des noyaux : une page partagée compte une fois."""
    return sum(pss(pid) for pid in (atelier.processus.pid, *(p.pid for p in atelier.descendants())))
