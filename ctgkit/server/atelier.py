"""Ce que les pages savent de l'atelier : ses carnets, ses territoires, celui que l'on regarde."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ctgkit.errors import CtgError, did_you_mean
from ctgkit.storage import data_folder, list_territoires, load_territoire
from ctgkit.territoire import Territoire
from ctgkit.texte import typography


@dataclass(frozen=True)
class Carnet:
    """Un carnet se décrit dans ses métadonnées (`title` et `atelier`) : aucune liste ailleurs.

    Celui que l'on dépose sans rien décrire s'ouvre aussi : son premier titre le nomme, et toutes les bibliothèques de
    contrôles du poste lui sont données (`extensions` : None).
    """

    nom: str
    numero: str
    titre: str
    court: str
    question: str
    action: str
    attend: Mapping[str, str]
    extensions: tuple[str, ...] | None
    chemin: Path


def find_carnets(dossier: Path) -> list[Carnet]:
    trouves = filter(None, (_read(chemin) for chemin in sorted(dossier.glob("*.ipynb"))))
    return sorted(trouves, key=lambda carnet: (not carnet.numero, carnet.nom))


def _read(chemin: Path) -> Carnet | None:
    """Un fichier illisible n'est pas dans le parcours ; les autres y restent."""
    try:
        lu = json.loads(chemin.read_text(encoding="utf-8"))
        meta, cellules = dict(lu["metadata"]), list(lu["cells"])
        dit: dict[str, Any] = dict(meta.get("atelier", {}))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    titre = str(meta.get("title") or _first_heading(cellules) or chemin.stem.replace("_", " "))
    return Carnet(
        nom=chemin.stem,
        numero=str(dit.get("numero", "")),
        titre=titre,
        court=str(dit.get("court", titre)),
        question=str(dit.get("question", "" if dit else "Un carnet ajouté à cet atelier.")),
        action=str(dit.get("action", f"Ouvrir {titre}")),
        attend=dict(dit.get("attend", {})),
        extensions=tuple(dit.get("extensions", ())) if dit else None,
        chemin=chemin,
    )


def _first_heading(cellules: list[Any]) -> str:
    textes = ("".join(c.get("source", "")) for c in cellules if c.get("cell_type") == "markdown")
    return next(
        (ligne.lstrip("# ").strip() for texte in textes for ligne in texte.splitlines() if ligne[:1] == "#"), ""
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


@dataclass(frozen=True)
class Choix:
    """Un territoire que l'on peut ouvrir. Une adresse web ne peut nommer que ceux-là : jamais un chemin."""

    code: str
    libelle: str
    chemin: Path


@dataclass(frozen=True)
class Atelier:
    carnets: Path
    territoires: tuple[Choix, ...]
    defaut: str

    @property
    def parcours(self) -> list[Carnet]:
        return find_carnets(self.carnets)

    def carnet(self, nom: str) -> Carnet:
        connus = {c.nom: c for c in self.parcours}
        if nom not in connus:
            raise CtgError(
                f"Cette page n'existe pas. {did_you_mean(nom, connus)}".strip(),
                f"carnet « {nom[:60]} »",
                "Revenir à l'accueil, où toutes les pages sont listées.",
            )
        return connus[nom]

    def choix(self, code: str | None) -> Choix:
        connus = {t.code: t for t in self.territoires}
        code = code or self.defaut
        if code not in connus:
            raise CtgError(
                f"Ce territoire n'est pas dans l'atelier. {did_you_mean(code, connus)}".strip(),
                f"territoire « {code[:60]} »",
                "Choisir un territoire dans la liste de l'en-tête.",
            )
        return connus[code]

    def load(self, code: str | None) -> Territoire:
        return load_territoire(self.choix(code).chemin)

    def page(self, carnet: str, territoire: str) -> dict[str, Any]:
        """Ce que le cadre des pages affiche : intercalaires et choix du territoire."""
        return {
            "carnet": carnet,
            "territoire": territoire,
            "territoires": [{"code": t.code, "libelle": typography(t.libelle)} for t in self.territoires],
            "carnets": [{"nom": c.nom, "numero": c.numero, "court": typography(c.court)} for c in self.parcours],
        }


def notebooks_folder() -> Path:
    """Les carnets sont à côté des données."""
    return data_folder().parent / "notebooks"


def open_atelier(territoire: str | None = None) -> Atelier:
    """L'atelier de ce poste ; `territoire` (code ou dossier) est celui que l'on ouvre d'abord."""
    livres = [_choix(t) for t in list_territoires()]
    if territoire and territoire not in {t.code for t in livres}:
        ouvert = load_territoire(territoire)
        choisi = Choix(ouvert.code, _libelle(ouvert.nom, ouvert.nature, ouvert.annees), Path(territoire).resolve())
        livres = [choisi, *(t for t in livres if t.code != choisi.code)]
        territoire = choisi.code
    if not livres:
        raise CtgError(
            "Aucun territoire à ouvrir.", str(data_folder()), "En créer un : ctg nouveau-territoire --commune 59017."
        )
    return Atelier(notebooks_folder(), tuple(livres), territoire or _premier(livres))


def _premier(livres: list[Choix]) -> str:
    codes = [t.code for t in livres]
    return "valenciennes-metropole" if "valenciennes-metropole" in codes else codes[0]


def _choix(resume: Any) -> Choix:
    return Choix(resume.code, _libelle(resume.nom, resume.nature, resume.annees), Path(resume.chemin))


def _libelle(nom: str, nature: str, annees: tuple[int, ...]) -> str:
    if nature == "fictif":
        return nom if "fictive" in nom else f"{nom} (données fictives)"
    return f"{nom}, {annees[0]}-{annees[-1]}" if annees else nom
