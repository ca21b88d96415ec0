"""Un tableur quelconque : la correspondance colonnes → indicateurs, choisie une fois et retenue dans le territoire."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from ctgkit.diagnostic import load_catalogue
from ctgkit.echanges.lecteurs.feuille import LIMITE
from ctgkit.echanges.tableau.codes import AUTO, NIVEAUX, simplify
from ctgkit.echanges.tableau.entete import Donnee, Maille
from ctgkit.echanges.tableau.format import FormatMesures
from ctgkit.echanges.tableau.valeurs import A_COMPLETER, CRITERES, MASQUE
from ctgkit.errors import CtgError
from ctgkit.storage import read_bytes

FICHIER = "correspondances.yaml"
_TETE = "# Correspondances retenues pour les tableurs importés ; modifiable à la main.\n"


@dataclass(frozen=True)
class Correspondance:
    """`annee` est écrite ici, ou lue dans la colonne `annee_colonne` ; `vide` dit ce que vaut une cellule vide."""

    geo: str
    colonnes: Mapping[str, str]
    source: str
    niveau: str = AUTO
    annee: int | None = None
    annee_colonne: str = ""
    vide: str = A_COMPLETER

    def check(self) -> "Correspondance":
        """Tout ce qui manque ou n'existe pas, dit avant de lire le fichier."""
        for colonne, code in self.colonnes.items():
            if code not in load_catalogue() and code not in CRITERES:
                conseil = f"Prendre un code du catalogue (AD01 : foyers au RSA) ou un critère : {', '.join(CRITERES)}."
                raise _invalid(f"l'indicateur « {code} » n'est pas au catalogue", f"colonne « {colonne} »", conseil)
        if not self.colonnes or not self.geo:
            raise _invalid("il faut la colonne du lieu et au moins une colonne d'indicateur")
        if not self.source.strip():
            raise _invalid("la source est obligatoire", que_faire="Par exemple --source observatoire-local-2024.")
        if self.annee is None and not self.annee_colonne:
            raise _invalid("l'année est obligatoire", que_faire="--annee 2024, ou --annee-colonne « Année ».")
        if self.niveau not in (AUTO, *NIVEAUX) or self.vide not in (MASQUE, A_COMPLETER):
            raise _invalid(f"niveau ou sens du vide inconnu : « {self.niveau} », « {self.vide} »")
        return self

    def as_format(self) -> FormatMesures:
        catalogue = load_catalogue()
        donnees = tuple(
            Donnee(code, (simplify(colonne),), additive=False)
            if code in CRITERES
            else Donnee(code, (simplify(colonne),), additive=catalogue[code].additif, minimum=None)
            for colonne, code in self.colonnes.items()
        )
        return FormatMesures(
            code="tableur",
            libelle="Tableur, correspondance retenue pour ce territoire",
            source=self.source.replace("{", "(").replace("}", ")"),
            mailles=(Maille(self.niveau, simplify(self.geo), donnees),),
            exige=tuple(simplify(c) for c in self.colonnes),
            periode=simplify(self.annee_colonne) if self.annee_colonne else "",
            annee_du_nom=False,
            annee_fixe=self.annee,
            vide=self.vide,
            par_nom=True,
        )

    @property
    def signature(self) -> tuple[str, ...]:
        return tuple(sorted({simplify(self.geo), simplify(self.annee_colonne), *map(simplify, self.colonnes)} - {""}))


def _invalid(quoi: str, ou: str = "", que_faire: str = "") -> CtgError:
    return CtgError(f"Correspondance incomplète : {quoi.strip()}.", ou, que_faire or "Revoir les choix de colonnes.")


def remember(nouvelle: Correspondance, anciennes: Iterable[Correspondance]) -> str:
    """correspondances.yaml : une correspondance de mêmes colonnes est remplacée, les autres restent."""
    gardees = [c for c in anciennes if c.signature != nouvelle.signature]
    blocs = [_plain(c) for c in (*gardees, nouvelle)]
    return _TETE + yaml.safe_dump({"correspondances": blocs}, allow_unicode=True, sort_keys=False)


def _plain(correspondance: Correspondance) -> dict[str, object]:
    return {
        cle: dict(v) if isinstance(v, Mapping) else v
        for cle, v in asdict(correspondance).items()
        if v not in (None, "")
    }


def load_correspondances(dossier: Path | None) -> tuple[Correspondance, ...]:
    chemin = dossier / FICHIER if dossier else None
    if chemin is None or not chemin.is_file():
        return ()
    try:
        contenu = yaml.safe_load(read_bytes(chemin, LIMITE).decode("utf-8-sig"))
        return tuple(_correspondance(c) for c in contenu["correspondances"])
    except (CtgError, yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as erreur:
        quoi = "Les correspondances retenues du territoire sont illisibles."
        raise CtgError(quoi, str(chemin), "Corriger ce fichier, ou l'effacer pour recommencer.") from erreur


def _correspondance(bloc: Mapping[str, object]) -> Correspondance:
    colonnes = {str(k): str(v) for k, v in dict(bloc["colonnes"]).items()}
    annee = bloc.get("annee")
    return Correspondance(
        geo=str(bloc["geo"]),
        colonnes=colonnes,
        source=str(bloc["source"]),
        niveau=str(bloc.get("niveau", AUTO)),
        annee=int(str(annee)) if annee else None,
        annee_colonne=str(bloc.get("annee_colonne", "")),
        vide=str(bloc.get("vide", A_COMPLETER)),
    ).check()


def read_target(texte: str) -> str:
    """Ce qu'une colonne remplit, tel que choisi : « ad01 Foyers… » est AD01, « frr » est un critère."""
    mot = texte.strip().split(" ", 1)[0]
    return mot.lower() if mot.lower() in CRITERES else mot.upper()


def read_pairs(choix: Iterable[str], exemple: str) -> dict[str, str]:
    """Les `Titre=code` d'une ligne de commande, où le titre peut contenir un signe égal."""
    paires = {c: c.rpartition("=") for c in choix}
    if fautive := next((c for c, (titre, _, _) in paires.items() if not titre.strip()), ""):
        raise CtgError(f"Choix de colonne illisible : « {fautive} ».", que_faire=f'L\'écrire --colonne "{exemple}".')
    return {titre.strip(): code.strip() for titre, _, code in paires.values()}
