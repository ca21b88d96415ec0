"""Ce que la lecture d'un texte trouve d'erreurs écrites par une personne qui n'a pas vu les règles.

`python -m tests.bench.coherence DOSSIER [A B…] [-v]` : chaque `X.txt` à côté de sa clé `X.yaml` (`extrait` : le passage
faux ; `contre` : l'autre endroit, pour deux valeurs ; `effets` : les suites de la même erreur ; `certain` : faux, hors
cible).
"""

import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import process_time

import yaml

from ctgkit.diagnostic import Alerte, check_texte
from ctgkit.diagnostic.coherence.alerte import Chiffre

TEXTES = Path(__file__).parents[1] / "diagnostic" / "textes"
# Ceux qui n'ont servi à écrire aucune règle : leur part est la seule qui dise ce qu'un texte neuf donnerait.
NON_LUS = ("F", "G", "H")
LUS = "EDLI"
PAGE = 3000
_CITATION = 12


@dataclass(frozen=True)
class Lecture:
    """Un texte, sa clé et les alertes que la lecture en donne."""

    nom: str
    texte: str
    erreurs: Sequence[dict]
    alertes: Sequence[Alerte]

    @cached_property
    def vues(self) -> list[tuple[Alerte, list[str]]]:
        """Chaque alerte, avec les erreurs qu'elle touche."""
        return [(a, [e["id"] for e in self.erreurs if self._touche(a, e)]) for a in self.alertes]

    def trouve(self, erreur: dict, niveaux: str = LUS) -> bool:
        return any(erreur["id"] in ids and a.niveau in niveaux for a, ids in self.vues)

    def sans_erreur(self, niveau: str) -> list[Alerte]:
        return [a for a, ids in self.vues if a.niveau == niveau and not ids]

    def _touche(self, alerte: Alerte, erreur: dict) -> bool:
        passages = [erreur["extrait"], erreur.get("contre", ""), *erreur.get("effets", ())]
        return any(self._est_dans(c, p) for c in alerte.chiffres for p in passages if p)

    def _est_dans(self, chiffre: Chiffre, passage: str) -> bool:
        """La phrase citée est celle du passage ; sans phrase citée, la même ligne et le même nombre écrit."""
        debut = self.texte.find(passage.strip())
        fin = debut + len(passage.strip())
        ligne = int(re.search(r"ligne (\d+)", chiffre.ou).group(1))
        depuis, jusque = self._bornes[ligne - 1], self._bornes[ligne]
        cite = re.escape(_nu(chiffre.libelle).rstrip("…. "))
        trouve = re.search(cite, _nu(self.texte[depuis:])) if len(cite) > _CITATION else None
        if trouve and depuis + trouve.start() < jusque:
            return _overlaps((depuis + trouve.start(), depuis + trouve.end()), (debut, fin))
        return _overlaps((depuis, jusque), (debut, fin)) and _nu(chiffre.valeur) in _nu(passage)

    @cached_property
    def _bornes(self) -> list[int]:
        bornes = [0]
        for ligne in self.texte.splitlines(keepends=True):
            bornes.append(bornes[-1] + len(ligne))
        return bornes


def _overlaps(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def _nu(texte: str) -> str:
    """Le même texte, de même longueur, sans ce que la lecture réécrit."""
    return re.sub(r"\s", " ", texte.replace("’", "'"))


def read(dossier: Path, noms: Sequence[str] = ()) -> list[Lecture]:
    lues = []
    for cle in sorted(dossier.glob("*.yaml")):
        if noms and cle.stem not in noms:
            continue
        donnees = yaml.safe_load(cle.read_text(encoding="utf-8"))
        texte = cle.with_suffix(".txt").read_text(encoding="utf-8")
        alertes = check_texte(texte.splitlines(), cle.stem)
        lues.append(Lecture(cle.stem, texte, donnees["erreurs"], alertes))
    return lues


def par_genre(lues: Sequence[Lecture]) -> dict[str, tuple[int, int]]:
    """Par genre d'erreur certaine : trouvées, écrites."""
    comptes: dict[str, list[bool]] = defaultdict(list)
    for lue in lues:
        for e in lue.erreurs:
            if e["certain"]:
                comptes[e["genre"]].append(lue.trouve(e))
    return {genre: (sum(vues), len(vues)) for genre, vues in sorted(comptes.items())}


def mesures() -> list[dict]:
    lues = read(TEXTES)
    doutes = max(len(x.sans_erreur("D")) for x in lues)
    long = ("\n".join(x.texte for x in lues) * 60)[: 60 * PAGE].splitlines()
    debut = process_time()
    check_texte(long, "soixante pages")
    duree = process_time() - debut
    return [
        _trouvees("erreurs trouvées, textes jamais ouverts", [x for x in lues if x.nom in NON_LUS]),
        _trouvees("erreurs trouvées, textes qui ont servi", [x for x in lues if x.nom not in NON_LUS]),
        {
            "mesure": "contradictions « certaines » à tort",
            "valeur": sum(len(x.sans_erreur("E")) for x in lues),
            "unite": "",
            "plafond": 0,
        },
        {"mesure": "« à qualifier » à tort, au plus par document", "valeur": doutes, "unite": "", "plafond": 3},
        {"mesure": "lecture d'un texte de 60 pages", "valeur": round(duree, 2), "unite": "s", "plafond": 2},
    ]


def _trouvees(mesure: str, lues: Sequence[Lecture]) -> dict:
    trouvees, ecrites = (sum(n) for n in zip(*par_genre(lues).values(), strict=True))
    part = round(100 * trouvees / ecrites)
    return {"mesure": mesure, "valeur": part, "unite": "%", "note": f"{trouvees} sur {ecrites}"}


def main(dossier: str, *demandes: str) -> None:
    lues = read(Path(dossier), [n for n in demandes if n != "-v"])
    for lue in lues:
        certaines = [e for e in lue.erreurs if e["certain"]]
        vues, sures = (sum(lue.trouve(e, niveaux) for e in certaines) for niveaux in (LUS, "E"))
        faux, doutes = (len(lue.sans_erreur(niveau)) for niveau in "ED")
        tous = sum(a.niveau == "D" for a in lue.alertes)
        print(f"{lue.nom} : {vues}/{len(certaines)}, dont {sures} E ; à tort : {faux} E, {doutes} D ; {tous} D en tout")
        if "-v" in demandes:
            _detail(lue, certaines)
    genres = par_genre(lues)
    print(" ; ".join(f"{g} {vu}/{tout}" for g, (vu, tout) in genres.items()))
    print(f"en tout : {sum(v for v, _ in genres.values())}/{sum(t for _, t in genres.values())}")


def _detail(lue: Lecture, certaines: Sequence[dict]) -> None:
    for e in certaines:
        if not lue.trouve(e):
            print(f"    manque {e['id']} {e['genre']} : {e['extrait']}")
    for a, ids in lue.vues:
        if a.niveau != "X":
            print(f"    {a.niveau} {', '.join(ids) or 'À TORT'} : {a.titre} | {a.calcul}")


if __name__ == "__main__":
    main(*sys.argv[1:])
