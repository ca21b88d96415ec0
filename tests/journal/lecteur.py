"""Quelqu'un qui n'a pas le droit d'écrire. Usage : lecteur.py DOSSIER ; dit en JSON ce qu'il lit et la réponse.

Lancé par l'administrateur, pour qui aucun droit ne compte, le programme devient d'abord « nobody ».
"""

import json
import os
import sys
import tempfile

from ctgkit.errors import CtgError
from ctgkit.storage.journal import Changement, open_journal


def main(dossier):
    with tempfile.TemporaryDirectory() as ailleurs:
        open_journal(ailleurs).close()
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    with open_journal(dossier) as journal:
        lu, refus = journal.state("fiche", "F1").valeurs, ""
        try:
            journal.record_all([Changement("fiche", "F1", "titre", "perdu", None)], "élue")
        except CtgError as erreur:
            refus = str(erreur)
    print(json.dumps({"lu": dict(lu), "refus": refus, "raison": journal.lecture_seule}))


if __name__ == "__main__":
    main(sys.argv[1])
