"""Un plan de soixante fiches dans un vrai Chromium : ouvrir, changer un champ, changer de fiche, voir l'autre."""

import shutil
import statistics
import sys
import tempfile
import time
from copy import deepcopy
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from outils import OPTIONS_CHROMIUM, RACINE, serve
from systeme import chromium

FICHES = 60
CARNET = "/carnet/30_plan_actions?territoire=soixante"
# Du changement à la page mise à jour : enregistré sur le disque, complétude et arbre redessinés.
_CHANGER = """(valeur) => new Promise((fini) => {
  const menu = document.querySelector('#pl-statut'), zone = document.querySelector('[data-zone=tete]');
  const depart = performance.now();
  const dire = (_, guet) => { guet.disconnect(); requestAnimationFrame(() => fini(performance.now() - depart)); };
  new MutationObserver(dire)
    .observe(zone, { childList: true });
  menu.value = valeur;
  menu.dispatchEvent(new Event('input', { bubbles: true }));
})"""
_CHOISIR = """(rang) => new Promise((fini) => {
  const zone = document.querySelector('[data-zone=tete]'), depart = performance.now();
  const dire = (_, guet) => { guet.disconnect(); requestAnimationFrame(() => fini(performance.now() - depart)); };
  new MutationObserver(dire)
    .observe(zone, { childList: true });
  document.querySelectorAll('.arbre [data-geste=fiche]')[rang].click();
})"""


def mesures() -> list[dict]:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as dossier, sync_playwright() as p:
        lieu = sixty(Path(dossier) / "soixante")
        navigateur = p.chromium.launch(executable_path=chromium(), args=OPTIONS_CHROMIUM)
        with serve("--territoire", str(lieu)) as atelier:
            ouvertures = [_open(navigateur, atelier) for _ in range(4)]
            page = ouvertures[-1][1]
            edits = [page.evaluate(_CHANGER, v) for v in ["En pause", "En cours"] * 6]
            choix = [page.evaluate(_CHOISIR, r) for r in range(10)]
            autre = _seen(page, _open(navigateur, atelier)[1])
        navigateur.close()
    chaud = min(duree for duree, _ in ouvertures[1:])
    return [
        {
            "mesure": f"plan de {FICHES} fiches : ouverture, serveur chaud",
            "valeur": round(chaud, 2),
            "unite": "s",
            "plafond": 2.5,
        },
        {
            "mesure": "changer un champ : enregistré et page à jour (médiane de 12)",
            "valeur": round(statistics.median(edits)),
            "unite": "ms",
            "plafond": 150,
        },
        {
            "mesure": "ouvrir une autre fiche (médiane de 10)",
            "valeur": round(statistics.median(choix)),
            "unite": "ms",
            "plafond": 300,
        },
        {
            "mesure": "un changement vu dans l'autre session, frappe comprise",
            "valeur": round(autre, 2),
            "unite": "s",
            "plafond": 3,
            "note": "dont 0,45 s d'attente après la dernière frappe",
        },
    ]


def sixty(lieu: Path) -> Path:
    """Le territoire d'exemple, ses vingt fiches écrites trois fois."""
    shutil.copytree(RACINE / "data" / "territoires" / "exemple", lieu, ignore=shutil.ignore_patterns("journal*"))
    plan = yaml.safe_load((lieu / "plan.yaml").read_text(encoding="utf-8"))
    modeles = plan["fiches"]
    plan["fiches"] = [
        deepcopy({**f, "code": f"{f['code']}-{n}"}) for n in range(FICHES // len(modeles)) for f in modeles
    ]
    (lieu / "plan.yaml").write_text(yaml.safe_dump(plan, allow_unicode=True), encoding="utf-8")
    identite = (lieu / "territoire.yaml").read_text(encoding="utf-8")
    (lieu / "territoire.yaml").write_text(identite.replace("code: exemple", "code: soixante", 1), encoding="utf-8")
    return lieu


def _open(navigateur, atelier) -> tuple[float, object]:
    page = navigateur.new_context().new_page()
    page.goto(atelier.racine + "/aide?token=" + atelier.token)
    depart = time.perf_counter()
    page.goto(atelier.racine + CARNET)
    page.wait_for_selector(".deux-plan .arbre [data-geste=fiche]", timeout=60_000)
    duree = time.perf_counter() - depart
    page.wait_for_timeout(800)
    return duree, page


def _seen(ici, autre) -> float:
    autre.evaluate("document.querySelector('.arbre [data-geste=fiche]').click()")
    ici.evaluate("document.querySelector('.arbre [data-geste=fiche]').click()")
    ici.wait_for_timeout(1500)
    depart = time.perf_counter()
    ici.locator("#pl-moyens").fill("vu de l'autre poste")
    autre.wait_for_function("document.querySelector('#pl-moyens').value === \"vu de l'autre poste\"", polling=20)
    return time.perf_counter() - depart
