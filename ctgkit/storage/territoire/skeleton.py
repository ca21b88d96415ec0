"""Un nouveau territoire : son dossier complet, prêt à remplir, avec ce que la liste nationale sait déjà."""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import fields
from importlib import resources
from pathlib import Path
from string import Template

from ctgkit.errors import CtgError
from ctgkit.storage.fichiers import explain, write_text
from ctgkit.storage.territoire.commun import NationalCommune, national_communes
from ctgkit.storage.territoire.folders import territories_folder
from ctgkit.territoire import Territoire
from ctgkit.texte import slug

BOM = "\ufeff"
_FORME = re.compile(r"^(ca|cc|cu|communaute d agglomeration|communaute de communes|communaute urbaine)\s+")
_ARTICLE = re.compile(r"^(de la|de l|du|des|de|d)\s+(?=\w)")


def new_territoire(*, siren: str = "", commune: str = "", destination: str | os.PathLike[str] | None = None) -> Path:
    """Crée le dossier d'un EPCI (par son Siren) ou d'une commune (par son code Insee) et rend son chemin."""
    communes = _find(siren, commune)
    nom = communes[0].nom if commune else communes[0].epci_nom
    parent = Path(destination).expanduser() if destination is not None else territories_folder()
    code = new_code(nom, epci=not commune)
    dossier = parent / code
    if os.path.lexists(dossier):
        raise CtgError(
            f"Le dossier « {code} » existe déjà : rien n'a été écrit.",
            str(dossier),
            "Le compléter, le renommer, ou choisir un autre endroit avec --dans DOSSIER.",
        )
    _write_folder(dossier, {**_templates(code, nom, siren, communes), **_tables(communes)})
    return dossier


def new_code(nom: str, epci: bool = False) -> str:
    """`CA de Cambrai` → `cambrai`, `L'Orée de Mormal` → `l-oree-de-mormal`."""
    mots = slug(nom, " ")
    court = _ARTICLE.sub("", _FORME.sub("", mots)) if epci and _FORME.match(mots) else mots
    return court.replace(" ", "-")[:80].strip("-")


def _find(siren: str, commune: str) -> Sequence[NationalCommune]:
    siren, commune = "".join(siren.split()), commune.strip().upper()
    if bool(siren) == bool(commune):
        raise CtgError(
            "Un territoire se crée par son Siren ou par son code de commune.",
            "",
            "Donner l'un des deux : --siren 200068500 ou --commune 59017.",
        )
    trouvees = national_communes(siren=siren) if siren else national_communes(code=commune)
    if not trouvees:
        quoi = f"Aucun EPCI à fiscalité propre au Siren {siren}" if siren else f"Aucune commune au code {commune}"
        raise CtgError(
            f"{quoi} dans la liste nationale.",
            "data/france/communes.csv.gz",
            "Vérifier le numéro : 9 chiffres pour un EPCI, 5 signes pour une commune (01004).",
        )
    return trouvees


def _templates(code: str, nom: str, siren: str, communes: Sequence[NationalCommune]) -> dict[str, str]:
    departements = {c.departement for c in communes}
    connu = {
        "code": code,
        "nom": json.dumps(nom, ensure_ascii=False),
        "type": "epci" if siren else "commune",
        "siren": "".join(siren.split()),
        "departement": f'"{departements.pop()}"' if len(departements) == 1 else "",
    }
    modeles = resources.files(__package__) / "squelette"
    return {m.name: Template(m.read_text(encoding="utf-8")).substitute(connu) for m in modeles.iterdir()}


def _tables(communes: Sequence[NationalCommune]) -> dict[str, str]:
    titres = {f"{nom}.csv": [c.name for c in fields(record)] for nom, record in Territoire.TABLES.items()}
    lignes = {nom: [";".join(colonnes)] for nom, colonnes in titres.items()}
    for commune in communes:
        connu = {c: v for c, v in commune._asdict().items() if v is not None}
        lignes["communes.csv"].append(";".join(str(connu.get(c, "")) for c in titres["communes.csv"]))
    return {nom: BOM + "\n".join(contenu) + "\n" for nom, contenu in lignes.items()}


def _write_folder(dossier: Path, fichiers: dict[str, str]) -> None:
    """Tout est écrit à côté, puis renommé d'un coup : jamais un dossier à moitié rempli."""
    try:
        dossier.parent.mkdir(parents=True, exist_ok=True)
        provisoire = Path(tempfile.mkdtemp(dir=dossier.parent, prefix=".nouveau-"))
    except OSError as erreur:
        raise CtgError(f"Dossier impossible à créer : {explain(erreur)}.", str(dossier.parent)) from erreur
    try:
        for nom, contenu in fichiers.items():
            write_text(provisoire / nom, contenu)
        provisoire.chmod(0o755)
        provisoire.rename(dossier)
    except OSError as erreur:
        raise CtgError(f"Dossier impossible à créer : {explain(erreur)}.", str(dossier)) from erreur
    finally:
        shutil.rmtree(provisoire, ignore_errors=True)
