"""La page du bonus avec 500 structures, dans un vrai Chromium : un champ changé, la page redessinée."""

import csv
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from outils import OPTIONS_CHROMIUM, RACINE, serve
from systeme import chromium

STRUCTURES = 500
CARNET = "/carnet/20_bonus_territoire?territoire=cinq-cents"
# Du champ quitté à l'image suivante, une fois la zone réécrite.
_CHANGER = """([texte, zone]) => new Promise((fini) => {
  const champ = document.querySelector('.bloc-c1 input'), cible = document.querySelector(zone);
  const dire = (_, guet) => { guet.disconnect(); requestAnimationFrame(() => fini(performance.now() - depart)); };
  new MutationObserver(dire).observe(cible, { childList: true, subtree: true });
  champ.value = texte;
  const depart = performance.now();
  setTimeout(() => fini(Infinity), 5000);
  champ.dispatchEvent(new Event('change', { bubbles: true }));
})"""
ZONES = {
    ".resultat": ("constat et graphique", 150),
    ".detail": ("tableau des structures", 150),
    ".comparer": ("comparaison, plus bas", None),
}


def mesures() -> list[dict]:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as dossier, sync_playwright() as p:
        lieu = _folder(Path(dossier) / "cinq-cents")
        navigateur = p.chromium.launch(executable_path=chromium(), args=OPTIONS_CHROMIUM)
        with serve("--territoire", str(lieu), env={"CTG_JOURNAL": f"{dossier}/journal.sqlite"}) as atelier:
            page = navigateur.new_context(viewport={"width": 1440, "height": 900}).new_page()
            page.goto(atelier.adresse)
            depart = time.perf_counter()
            page.goto(atelier.racine + CARNET)
            page.wait_for_selector(".bloc-ajouts")
            ouverture = time.perf_counter() - depart
            page.get_by_role("button", name="Agrandir ou réduire").click()
            page.get_by_label("Structure", exact=True).select_option(index=1)
            durees = {zone: _median(page, zone) for zone in ZONES}
        navigateur.close()
    noms = {zone: nom for zone, (nom, _) in ZONES.items()}
    lignes = [
        {
            "mesure": f"500 structures, une quantité changée : {noms[zone]}",
            "valeur": round(duree),
            "unite": "ms",
            **({"plafond": ZONES[zone][1]} if ZONES[zone][1] else {}),
        }
        for zone, duree in durees.items()
    ]
    return [*lignes, {"mesure": "500 structures : page interactive", "valeur": round(ouverture, 2), "unite": "s"}]


def _median(page, zone: str, fois: int = 15) -> float:
    durees = []
    for i in range(fois):
        durees.append(page.evaluate(_CHANGER, [str(60 + i + 20 * list(ZONES).index(zone)), zone]))
        page.wait_for_timeout(350)  # la suite du dessin précédent est finie
    return statistics.median(durees[3:])


def _folder(lieu: Path) -> Path:
    """Le territoire d'exemple, ses structures répétées jusqu'à 500."""
    shutil.copytree(RACINE / "data" / "territoires" / "exemple", lieu, ignore=shutil.ignore_patterns("journal*"))
    fiche = lieu / "territoire.yaml"
    fiche.write_text(
        fiche.read_text(encoding="utf-8").replace("code: exemple", "code: cinq-cents", 1), encoding="utf-8"
    )
    fichier = lieu / "structures.csv"
    with fichier.open(encoding="utf-8-sig", newline="") as lu:
        tete, *lignes = csv.reader(lu, delimiter=";")
    repetees = [[f"{x[0]}-{i}", f"{x[1]} {i}", *x[2:]] for i in range(STRUCTURES) for x in [lignes[i % len(lignes)]]]
    with fichier.open("w", encoding="utf-8-sig", newline="") as ecrit:
        csv.writer(ecrit, delimiter=";").writerows([tete, *repetees])
    (lieu / "notifications.csv").unlink()
    return lieu
