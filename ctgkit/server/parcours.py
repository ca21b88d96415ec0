"""Le parcours : les carnets trouvés dans `notebooks/`, ce qu'ils disent d'eux-mêmes et où l'on en est."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ctgkit.territoire import Territoire


@dataclass(frozen=True)
class Carnet:
    """Un carnet se décrit dans ses métadonnées (`title` et `atelier`) : aucune liste ailleurs."""

    nom: str
    numero: str
    titre: str
    court: str
    question: str
    action: str
    attend: Mapping[str, str]
    feuilles: tuple[str, ...]
    extensions: tuple[str, ...]
    chemin: Path


def find_carnets(dossier: Path) -> list[Carnet]:
    trouves = [_read(chemin) for chemin in sorted(dossier.glob("*.ipynb"))]
    return [carnet for carnet in trouves if carnet]


def _read(chemin: Path) -> Carnet | None:
    """Un fichier illisible ou sans présentation n'est pas dans le parcours ; les autres y restent."""
    try:
        meta = json.loads(chemin.read_text(encoding="utf-8"))["metadata"]
        dit: dict[str, Any] = meta["atelier"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    titre = str(meta.get("title", chemin.stem))
    return Carnet(
        nom=chemin.stem,
        numero=str(dit.get("numero", "")),
        titre=titre,
        court=str(dit.get("court", titre)),
        question=str(dit.get("question", "")),
        action=str(dit.get("action", f"Ouvrir {titre}")),
        attend=dict(dit.get("attend", {})),
        feuilles=tuple(dit.get("feuilles", ())),
        extensions=tuple(dit.get("extensions", ())),
        chemin=chemin,
    )


@dataclass(frozen=True)
class Avancement:
    faits: int
    total: int
    texte: str
    suite: str


def progress(carnet: Carnet, territoire: Territoire) -> Avancement:
    """Où en est une étape : combien des fichiers qu'elle attend ont au moins une ligne, et lequel vient ensuite."""
    manquants = [nom for nom in carnet.attend if not filled(territoire, nom)]
    faits, total = len(carnet.attend) - len(manquants), len(carnet.attend)
    texte = "prêt" if not manquants else f"{faits} fichier{'s' * (faits > 1)} sur {total}"
    suite = f"À compléter : {carnet.attend[manquants[0]]}." if manquants else ""
    return Avancement(faits, total, texte if total else "", suite)


def filled(territoire: Territoire, nom: str) -> bool:
    """`communes`, `plan.fiches`… : vrai quand il y a au moins une ligne."""
    table, _, cle = nom.partition(".")
    contenu = getattr(territoire, table, ())
    if cle and isinstance(contenu, Mapping):
        contenu = contenu.get(cle) or ()
    return len(contenu or ()) > 0
