"""Les phrases d'un texte, et les nombres de chacune."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from ctgkit.diagnostic.coherence.alerte import Alerte, Chiffre
from ctgkit.diagnostic.coherence.texte import Ligne, Texte
from ctgkit.diagnostic.coherence.texte.nombres import ADDITIFS, NombreEcrit, read_nombres
from ctgkit.texte import shorten

_ENUMERE = re.compile(r"(?:,|\bet|:|;|\bdont|\bainsi qu'|\bplus) $", re.IGNORECASE)
_FIN = re.compile(r"(?<=[.!?])(?<!\bM\.)(?<!\bMM\.)(?<!\bart\.)(?<!\bcf\.)(?<! [A-Z]\.)\s+(?=[A-ZÀ-Ý«\d])")
_POSTE = re.compile(r"^[^.;:]{2,60} ?: ?[+−-]? ?\d[\d ,]*(?:%|€|[kM]€|[^\W\d]{1,12})?$")
_LIGNE_PLEINE = 60
_PHRASE_MAX = 2000


@dataclass(frozen=True)
class Phrase:
    """Une phrase, même coupée sur plusieurs lignes, et celles d'avant dans le même paragraphe."""

    source: Texte
    texte: str
    lignes: tuple[tuple[int, Ligne], ...]
    avant: "Phrase | None" = None

    def ligne(self, position: int = 0) -> int:
        return next((x.numero for debut, x in reversed(self.lignes) if debut <= position), self.lignes[0][1].numero)

    def ou(self, position: int = 0) -> str:
        return self.source.ou(self.ligne(position))

    @cached_property
    def nombres(self) -> tuple[NombreEcrit, ...]:
        return tuple(read_nombres(self.texte, self.ligne)) if len(self.texte) <= _PHRASE_MAX else ()

    @cached_property
    def comptes(self) -> tuple[NombreEcrit, ...]:
        """Les effectifs et les montants ; « un » et « une » ne comptent que dans une énumération."""
        lus = (x for x in self.nombres if x.genre in ADDITIFS)
        return tuple(x for x in lus if not x.article or _ENUMERE.search(self.texte[: x.debut]))

    def entre(self, a: "NombreEcrit | int", b: "NombreEcrit | int") -> str:
        """Le texte de l'un à l'autre."""
        return self.texte[a if isinstance(a, int) else a.fin : b if isinstance(b, int) else b.debut]

    def chiffre(self, ecrit: NombreEcrit) -> Chiffre:
        return Chiffre(ecrit.texte, self.source.ou(ecrit.ligne), shorten(self.texte, 90))

    def alerte(self, regle: str, niveau: str, titre: str, calcul: str, *lus: NombreEcrit, dit: str = "") -> Alerte:
        explications = (dit,) if dit else ()
        return Alerte(regle, niveau, titre, calcul, tuple(map(self.chiffre, lus)), explications)


@lru_cache(maxsize=2)
def phrases(texte: Texte) -> tuple[Phrase, ...]:
    """Les phrases hors des tableaux ; une ligne coupée à la marge continue celle d'avant."""
    trouvees: list[Phrase] = []
    for bloc in _blocs(texte):
        joint, debuts = "", []
        for ligne in bloc:
            joint = f"{joint} " if joint and not joint.endswith("-") else joint
            debuts.append((len(joint), ligne))
            joint += ligne.contenu
        avant, debut = None, 0
        coupes = [m.end() for m in _FIN.finditer(joint)]
        # Des lignes sans point ne font pas une seule phrase : chacune se lit alors à part.
        coupes = coupes if len(joint) <= _PHRASE_MAX * (len(coupes) + 1) else [d for d, _ in debuts[1:]]
        for fin in [*coupes, len(joint)]:
            avant = Phrase(texte, joint[debut:fin].rstrip(), _decales(debuts, debut), avant)
            trouvees.append(avant)
            debut = fin
    return tuple(trouvees)


def _decales(debuts: list[tuple[int, Ligne]], debut: int) -> tuple[tuple[int, Ligne], ...]:
    rang = max(i for i, (d, _) in enumerate(debuts) if d <= debut)
    return tuple((max(0, d - debut), x) for d, x in debuts[rang:])


def _blocs(texte: Texte) -> Iterator[list[Ligne]]:
    bloc: list[Ligne] = []
    for ligne in texte.lignes:
        if bloc and not _extends(bloc[-1], ligne):
            yield bloc
            bloc = []
        if ligne.net and not ligne.cellules:
            bloc.append(ligne)
    if bloc:
        yield bloc


def _extends(avant: Ligne, ligne: Ligne) -> bool:
    if not ligne.net or ligne.est_puce or ligne.cellules or avant.net.endswith((":", ";")):
        return False
    if _POSTE.match(ligne.net) or _POSTE.match(avant.net):
        return False
    pleine = len(avant.net) >= _LIGNE_PLEINE
    if avant.net.endswith((".", "!", "?")):
        return True
    return ligne.net[:1].islower() or (pleine and not ligne.net.isupper())
