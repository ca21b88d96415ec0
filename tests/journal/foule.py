"""Vingt écrivains à la fois. Usage : foule.py DOSSIER ECRIVAINS SECONDES ; dit en JSON leur bilan.

Chacun ajoute un, tour à tour, à un compteur commun et au sien. Il recommence quand quelqu'un est passé avant lui : à
la fin, chaque compteur doit valoir exactement le nombre d'ajouts annoncés.
"""

import json
import os
import sys
import time

from ctgkit.errors import CtgError
from ctgkit.storage.journal import ConflictError, open_journal


def compter(dossier, nom, secondes):
    bilan = {"commun": 0, nom: 0, "conflits": 0, "erreurs": [], "plus_longue": 0.0}
    with open_journal(dossier) as journal:
        fin = time.monotonic() + secondes
        while time.monotonic() < fin:
            for compteur in ("commun", nom):
                ajouter(journal, compteur, bilan)
    return bilan


def ajouter(journal, compteur, bilan):
    debut, etat = time.monotonic(), journal.state("seance", "S1")
    try:
        journal.record_all([etat.change(compteur, etat.valeurs.get(compteur, 0) + 1)], "participant")
        bilan[compteur] += 1
    except ConflictError:
        bilan["conflits"] += 1
    except CtgError as erreur:
        bilan["erreurs"].append(str(erreur))
    bilan["plus_longue"] = max(bilan["plus_longue"], time.monotonic() - debut)


def lancer(dossier, nom, secondes):
    lecture, ecriture = os.pipe()
    if not os.fork():
        try:
            os.write(ecriture, json.dumps(compter(dossier, nom, secondes)).encode())
        finally:
            os._exit(0)
    os.close(ecriture)
    return os.fdopen(lecture)


def main(dossier, ecrivains, secondes):
    tubes = [lancer(dossier, f"E{n}", secondes) for n in range(ecrivains)]
    bilans = [json.loads(tube.read()) for tube in tubes]
    with open_journal(dossier) as journal:
        compteurs, entrees = dict(journal.state("seance", "S1").valeurs), journal.last_id()
    annonces = {f"E{n}": bilan[f"E{n}"] for n, bilan in enumerate(bilans)} | {
        "commun": sum(b["commun"] for b in bilans)
    }
    erreurs, longues = [e for b in bilans for e in b["erreurs"]], [b["plus_longue"] for b in bilans]
    print(json.dumps({"annonces": annonces, "compteurs": compteurs, "entrees": entrees, "erreurs": erreurs,
                      "conflits": sum(b["conflits"] for b in bilans), "plus_longue": max(longues)}))  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
