"""Un écrivain tué au hasard, encore et encore. Usage : tueur.py DOSSIER NOMBRE ; dit en JSON ce qui a été trouvé.

La mère importe tout une fois ; chaque enfant est un `fork` qui écrit des lots de trois champs, annonce chaque lot
une fois enregistré, et reçoit un kill -9 à un instant tiré au hasard, parfois après quelques lots : ainsi une machine
lente écrit aussi.
"""

import json
import os
import random
import signal
import sys
import time

from ctgkit.storage.journal import Changement, open_journal

CHAMPS = ("titre", "pilote", "statut")


def ecrire_sans_fin(dossier, cle, sortie):
    with open_journal(dossier) as journal:
        os.write(sortie, b"0\n")
        for n in range(1, 10_000):
            journal.record_all([Changement("fiche", cle, champ, n, None) for champ in CHAMPS], "animatrice")
            os.write(sortie, f"{n}\n".encode())


def tuer_un_ecrivain(dossier, cle, hasard):
    lecture, ecriture = os.pipe()
    enfant = os.fork()
    if not enfant:
        os.close(lecture)
        try:
            ecrire_sans_fin(dossier, cle, ecriture)
        finally:
            os._exit(1)
    os.close(ecriture)
    annonce = os.read(lecture, 2)
    for _ in range(hasard.randint(0, 2)):
        annonce += os.read(lecture, 64)
    time.sleep(hasard.uniform(0.0, 0.012))
    os.kill(enfant, signal.SIGKILL)
    assert os.WIFSIGNALED(os.waitpid(enfant, 0)[1]), "l'écrivain s'est arrêté de lui-même"
    with os.fdopen(lecture, "rb") as annonces:
        return int((annonce + annonces.read()).split(b"\n")[-2])


def verifier(dossier, cle, annonce):
    """Le lot annoncé est là, entier ; au plus un de plus a pu être écrit avant d'être annoncé."""
    with open_journal(dossier) as journal:
        valeurs = {journal.state("fiche", cle).valeurs.get(champ, 0) for champ in CHAMPS}
        return {"perdus": annonce > min(valeurs), "a_moitie": len(valeurs) != 1, "en_trop": max(valeurs) > annonce + 1}


def main(dossier, nombre):
    hasard, bilan = random.Random(2026), {"tues": 0, "annonces": 0, "perdus": 0, "a_moitie": 0, "en_trop": 0}
    for n in range(nombre):
        annonce = tuer_un_ecrivain(dossier, f"F{n}", hasard)
        trouve = verifier(dossier, f"F{n}", annonce)
        bilan = {cle: total + {"tues": 1, "annonces": annonce, **trouve}[cle] for cle, total in bilan.items()}
    print(json.dumps(bilan))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
