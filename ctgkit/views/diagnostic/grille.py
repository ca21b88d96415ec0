"""Saisir ou coller ses propres chiffres : une ligne complète est gardée à l'instant, une ligne entamée aussi."""

from collections.abc import Callable, Mapping

import ipywidgets as widgets

from ctgkit.diagnostic import Publication
from ctgkit.errors import CtgError
from ctgkit.formats import pluriel
from ctgkit.storage.journal import ConflictError
from ctgkit.storage.journal.chiffres import figure_key
from ctgkit.views.composants.grille import Cases, Grille
from ctgkit.views.composants.panneau import guarded, message_html
from ctgkit.views.diagnostic.memoire import MemoireDiagnostic
from ctgkit.views.diagnostic.saisie import CHAMPS, columns, read_row, write_row

VIERGES = 100
Lignes = dict[str, dict[str, str]]


class SaisieChiffres:
    """La grille et ce qu'elle tient : les lignes gardées (clé du chiffre), puis les lignes en cours (`n1`, `n2`…)."""

    def __init__(
        self, publication: Publication, memoire: MemoireDiagnostic, changed: Callable[[], Publication]
    ) -> None:
        self.publication, self.memoire, self._changed = publication, memoire, changed
        self.message = widgets.HTML()
        self.fausses: Lignes = {}
        self.lignes: Lignes = self._saved() | memoire.drafts()
        self.grille = Grille(self.receive, "Chiffres saisis : cinq cases par ligne", columns(publication))
        self.show()

    def _saved(self) -> Lignes:
        gardees = self.memoire.figures(self.publication.territoire)
        return {figure_key(x): write_row(x, self.publication) for x in gardees}

    def show(self) -> int:
        """La grille entière, ses défauts dans leurs cases ; rend le nombre de lignes à corriger."""
        vierges = (f"n{i}" for i in range(1, VIERGES + len(self.lignes) + 1))
        libres = [cle for cle in vierges if cle not in self.lignes][:VIERGES]
        toutes = self.lignes | {cle: {} for cle in libres}
        attendues = {c: t for c, t in self.lignes.items() if (c in self.fausses or c.startswith("n")) and _told(t)}
        defauts = {c: read_row(t, self.publication).erreurs for c, t in attendues.items()}
        erreurs = {(cle, colonne): dit for cle, lues in defauts.items() for colonne, dit in lues.items()}
        self.grille.show({cle: [t.get(c, "") for c in CHAMPS] for cle, t in toutes.items()}, erreurs)
        return sum(bool(lues) for lues in defauts.values())

    def tell(self, erreur: CtgError) -> None:
        """Deux versions d'un chiffre : la mienne reste à l'écran, l'autre est dite ; écrire à nouveau choisit."""
        if isinstance(erreur, ConflictError):
            self.memoire.figures(self.publication.territoire)
        self.message.value = message_html(erreur)

    @guarded
    def receive(self, cases: Cases) -> None:
        """Tout ce qui est complet va au journal d'un coup ; le reste attend, gardé comme brouillon."""
        for cle, colonne, texte in cases:
            self.lignes.setdefault(cle, {})[colonne] = texte
        gardees, oubliees = [], []
        for cle in dict.fromkeys(cle for cle, _, _ in cases):
            self.fausses.pop(cle, None)
            if not any(self.lignes[cle].values()):
                oubliees.append(cle)
            elif ligne := read_row(self.lignes[cle], self.publication).ligne:
                gardees.append((cle, ligne))
            elif not cle.startswith("n"):
                self.fausses[cle] = self.lignes[cle]
        self._keep(gardees, oubliees)
        self._say(len(gardees), self.show())

    def _keep(self, gardees: list, oubliees: list[str]) -> None:
        self.memoire.keep_figures([ligne for _, ligne in gardees])
        for cle in [c for c, ligne in gardees if c != figure_key(ligne)] + oubliees:
            self.lignes.pop(cle, None)
            if not cle.startswith("n"):
                self.memoire.forget_key(cle)
        brouillons = self.memoire.keep_drafts({c: t for c, t in self.lignes.items() if c.startswith("n")})
        if gardees or any(not c.startswith("n") for c in oubliees):
            self.publication = self._changed()
        self.lignes = self._saved() | self.fausses | brouillons

    def _say(self, gardees: int, fausses: int) -> None:
        dits = [pluriel(gardees, "chiffre gardé", "chiffres gardés")] if gardees else []
        dits += [f"{pluriel(fausses, 'ligne')} à compléter ou à corriger"] if fausses else []
        self.message.value = f'<p class="petit" role="status">{" ; ".join(dits)}</p>' if dits else ""


def _told(textes: Mapping[str, str]) -> bool:
    """On ne gronde pas une ligne que l'on commence : il faut une valeur, ou presque toutes les cases."""
    return bool(textes.get("valeur")) or len([t for t in textes.values() if t]) >= len(CHAMPS) - 1
