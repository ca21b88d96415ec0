"""Les tableaux d'un rapport relus dans son HTML : un titre, des lignes de cases en texte."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Tableau:
    titre: str = ""
    lignes: list[list[str]] = field(default_factory=list)


def read_tables(html: str) -> list[Tableau]:
    lecteur = _Reader()
    lecteur.feed(html)
    return [t for t in lecteur.tableaux if t.lignes]


class _Reader(HTMLParser):
    """Seulement ce qu'il faut : titre, lignes, cases ; un dessin dans une case n'est pas du texte."""

    def __init__(self) -> None:
        super().__init__()
        self.tableaux: list[Tableau] = []
        self._dans: list[str] = []
        self._case: list[str] = []

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tableaux.append(Tableau())
        elif tag == "tr" and self.tableaux:
            self.tableaux[-1].lignes.append([])
        elif tag in ("td", "th", "caption"):
            self._case = []
        elif tag == "br":
            self._case.append(" ")
        if tag in ("td", "th", "caption", "svg", "style"):
            self._dans.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._dans or tag != self._dans[-1]:
            return
        self._dans.pop()
        texte = " ".join("".join(self._case).replace("\u00a0", " ").split(" ")).strip()
        if tag == "caption" and self.tableaux:
            self.tableaux[-1].titre = texte
        elif tag in ("td", "th") and self.tableaux:
            if not self.tableaux[-1].lignes:
                self.tableaux[-1].lignes.append([])
            self.tableaux[-1].lignes[-1].append(texte)

    def handle_data(self, data: str) -> None:
        if self._dans and self._dans[-1] not in ("svg", "style"):
            self._case.append(data)
