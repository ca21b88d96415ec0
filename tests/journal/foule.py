"""Vingt écrivains à la fois. Usage : foule.py DOSSIER ECRIVAINS TOURS ; dit en JSON leur bilan.

Chacun ajoute un, tour à tour, à un compteur commun et au sien, et recommence quand quelqu'un est passé avant lui.
Il s'arrête quand le sien a compté tous ses tours ; chaque compteur vaut alors exactement les ajouts annoncés.
"""

import json
import os
import sys

from ctgkit.errors import CtgError
from ctgkit.storage.journal import ConflictError, open_journal


def compter(dossier, nom, tours):
    bilan = {"commun": 0, nom: 0, "conflits": 0, "erreurs": []}
    with open_journal(dossier) as journal:
        while bilan[nom] < tours and not bilan["erreurs"]:
            for compteur in ("commun", nom):
                ajouter(journal, compteur, bilan)
    return bilan


def ajouter(journal, compteur, bilan):
    etat = journal.state("seance", "S1")
    try:
        journal.record_all([etat.change(compteur, etat.valeurs.get(compteur, 0) + 1)], "participant")
        bilan[compteur] += 1
    except ConflictError:
        bilan["conflits"] += 1
    except CtgError as erreur:
        bilan["erreurs"].append(str(erreur))


def lancer(dossier, nom, tours):
    lecture, ecriture = os.pipe()
    if not os.fork():
        try:
            os.write(ecriture, json.dumps(compter(dossier, nom, tours)).encode())
        finally:
            os._exit(0)
    os.close(ecriture)
    return os.fdopen(lecture)


def main(dossier, ecrivains, tours):
    tubes = [lancer(dossier, f"E{n}", tours) for n in range(ecrivains)]
    bilans = [json.loads(tube.read()) for tube in tubes]
    with open_journal(dossier) as journal:
        compteurs, entrees = dict(journal.state("seance", "S1").valeurs), journal.last_id()
    annonces = {f"E{n}": bilan[f"E{n}"] for n, bilan in enumerate(bilans)} | {
        "commun": sum(b["commun"] for b in bilans)
    }
    erreurs = [e for b in bilans for e in b["erreurs"]]
    conflits = sum(b["conflits"] for b in bilans)
    bilan = {"annonces": annonces, "compteurs": compteurs, "entrees": entrees, "erreurs": erreurs, "conflits": conflits}
    print(json.dumps(bilan))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
