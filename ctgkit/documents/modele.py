"""Un document, déclaré une fois : des sections, des paragraphes, des tableaux aux colonnes nommées, des figures."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Morceau:
    """Un bout de texte, toujours écrit tel quel ; `lien` n'est suivi que s'il commence par http.

    `ton` en fait une pastille là où l'on sait en dessiner : besoin, offre, officiel, secondaire, confirmer, fictif.
    """

    texte: str
    gras: bool = False
    italique: bool = False
    lien: str = ""
    ton: str = ""


Texte = str | tuple[Morceau, ...]


@dataclass(frozen=True)
class Paragraphe:
    """`ton` : rien, « chapeau » (sous le titre), « note » (petit), « alerte » (encadré), « fictif » (le territoire)."""

    texte: Texte
    ton: str = ""


@dataclass(frozen=True)
class Liste:
    items: tuple[Texte, ...]
    numerotee: bool = False


@dataclass(frozen=True)
class Champs:
    """Des couples libellé et valeur, comme l'en-tête d'une fiche.

    `solidaire` : à ne pas couper entre deux pages ; `reperes` : des chiffres clés, montrés en grand.
    """

    couples: tuple[tuple[str, Texte], ...]
    solidaire: bool = False
    reperes: bool = False


@dataclass(frozen=True)
class Case:
    """Une case écrite à sa façon ; un tableur y prend `valeur` quand il y en a une."""

    texte: Texte
    valeur: Any = None


@dataclass(frozen=True)
class Colonne:
    """`nature` (texte, nombre, euros, pourcent, date, fourchette) dit comment lire et écrire ses cases.

    Un nombre reste un nombre dans le classeur. Une case vaut None quand on ne sait pas, un texte quand on le dit
    autrement (« masqué »), un couple `(bas, haut)` dans une colonne de nature « fourchette », une `Case` quand elle
    s'écrit autrement.
    Dans un classeur, `saisie` dit qu'on peut la changer, et `formule` d'où elle vient : `MAX({quantite}-{depart},0)`.
    """

    libelle: str
    nature: str = "texte"
    decimales: int = 0
    largeur: float = 0.0
    saisie: bool = False
    formule: str = ""


@dataclass(frozen=True)
class Tableau:
    colonnes: tuple[Colonne, ...]
    lignes: tuple[tuple[Any, ...], ...]
    titre: str = ""
    total: tuple[Any, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class DessinDecrit:
    """Un dessin SVG, la phrase qui le remplace pour qui ne le voit pas, et le tableau qui est derrière."""

    svg: str
    description: str
    titre: str = ""
    source: str = ""
    tableau: Tableau | None = None


@dataclass(frozen=True)
class Image:
    """Une image fournie (un logo) : PNG, JPEG ou SVG."""

    octets: bytes
    description: str
    largeur_cm: float = 4.0


@dataclass(frozen=True)
class SautDePage:
    pass


@dataclass(frozen=True)
class Section:
    """`cote_a_cote` : sur une diapositive, le dernier bloc se met à droite des autres."""

    titre: str
    blocs: "Sequence[Bloc]" = ()
    saut_avant: bool = False
    cote_a_cote: bool = False


Bloc = Paragraphe | Liste | Champs | Tableau | DessinDecrit | Image | SautDePage | Section


@dataclass(frozen=True)
class Document:
    """`pied` est répété en bas de chaque page ; `logos` sont ceux des deux parties.

    `surtitre` : au-dessus du titre dans une page, et sous lui là où l'on ne sait pas faire.
    """

    titre: str
    blocs: Sequence[Bloc] = ()
    sous_titre: str = ""
    auteur: str = ""
    sujet: str = ""
    jour: date | None = None
    pied: str = ""
    paysage: bool = False
    logos: tuple[Image, ...] = field(default=())
    surtitre: str = ""

    @property
    def suite(self) -> str:
        return self.sous_titre or self.surtitre


def walk(blocs: Sequence[Bloc]) -> "list[Bloc]":
    """Tous les blocs, sections ouvertes, dans l'ordre de lecture."""
    rendus: list[Bloc] = []
    for bloc in blocs:
        rendus.append(bloc)
        if isinstance(bloc, Section):
            rendus += walk(bloc.blocs)
    return rendus


def pictures(document: Document) -> list[DessinDecrit | Image]:
    """Les figures et les images du document, dans l'ordre de lecture."""
    return [bloc for bloc in walk(document.blocs) if isinstance(bloc, DessinDecrit | Image)]


def tables(document: Document) -> list[tuple[str, Tableau]]:
    """Les tableaux du document, chacun avec le titre de la section où il se trouve."""
    rendus, section = [], document.titre
    for bloc in walk(document.blocs):
        if isinstance(bloc, Section):
            section = bloc.titre
        tableau = bloc.tableau if isinstance(bloc, DessinDecrit) else bloc
        if isinstance(tableau, Tableau):
            rendus.append((tableau.titre or section, tableau))
    return rendus
