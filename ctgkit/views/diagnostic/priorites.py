"""Classer les thèmes avec les poids de ceux qui décident : les cases à remplir, ce qui est gardé."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace

from ctgkit.diagnostic import Poids
from ctgkit.diagnostic.domaines import NOTE_MAX
from ctgkit.errors import CtgError
from ctgkit.formats import INSECABLE, nombre, read_nombre
from ctgkit.views.composants.curseur import Echelle, typed
from ctgkit.views.composants.formulaire import Bloc, ChampSaisi, Formulaire
from ctgkit.views.composants.panneau import guarded
from ctgkit.views.diagnostic.etat import EtatDiagnostic
from ctgkit.views.diagnostic.memoire import MemoireDiagnostic

CRITERES = {"gravite": "Gravité", "ecart": "Écart au repère", "tendance": "Évolution", "nombre": "Personnes concernées"}
POIDS, GRAVITE = "poids ", "gravite "
# On écrit un poids jusqu'à cent ; la glissière s'arrête là où l'on règle d'ordinaire.
POIDS_MAX = 100.0
ECHELLE_POIDS = Echelle(0, 10, 0.5, paliers=(1,), ouverte=True)
ECHELLE_GRAVITE = Echelle(0, NOTE_MAX, 0.5, vide="pas de note")


def weighted(etat: EtatDiagnostic, valeurs: Mapping[str, float]) -> EtatDiagnostic:
    """L'état avec les poids et les notes que l'on a gardés ; ce qui manque vaut 1, ou n'est pas noté."""
    poids = {f.name: valeurs.get(POIDS + f.name, f.default) for f in fields(Poids)}
    notes = {c.removeprefix(GRAVITE): v for c, v in valeurs.items() if c.startswith(GRAVITE)}
    return replace(etat, poids=Poids(**poids), gravites=tuple(sorted(notes.items())))


def read(champ: str, texte: str) -> float | None:
    """Le nombre saisi ; rien quand la case est vidée : le poids revient à 1, le thème n'est plus noté."""
    if not texte.strip():
        return None
    plafond = POIDS_MAX if champ.startswith(POIDS) else NOTE_MAX
    try:
        valeur = read_nombre(texte)
    except ValueError:
        valeur = -1.0
    if not 0 <= valeur <= plafond:
        raise CtgError(f"Un nombre de 0 à {nombre(plafond)}, par exemple 1,5 ; rien n'a changé.", "", "")
    return valeur


class SaisiePriorites:
    """Les cases à remplir ; un nombre qui se lit est gardé à l'instant, l'autre attend dans sa case avec son défaut."""

    def __init__(self, memoire: MemoireDiagnostic, themes: Mapping[str, str], changed: Callable[[], object]) -> None:
        self.memoire, self.themes, self._changed = memoire, themes, changed
        self.valeurs = memoire.weights()
        self.refus: dict[str, tuple[str, str]] = {}
        self._champ = ""
        self.formulaire = Formulaire(lambda _, champ, texte: self.fill(champ, texte), nom="Vos poids, vos notes")
        self.show()

    @guarded
    def fill(self, champ: str, texte: str) -> None:
        self._champ, ecrit = champ, texte.strip()
        self.refus[champ] = (ecrit, "")
        valeur = read(champ, ecrit)
        if valeur != self.valeurs.get(champ):
            self.valeurs = self.memoire.weigh(champ, valeur, self.valeurs)
        del self.refus[champ]
        self.show()
        self._changed()

    def tell(self, erreur: CtgError) -> None:
        """Sous la case : ce que l'on a tapé y reste, avec ce qui l'empêche."""
        self.valeurs = self.memoire.weights()
        ecrit, _ = self.refus.get(self._champ, ("", ""))
        self.refus[self._champ] = (ecrit, f"{erreur.quoi} {erreur.que_faire}".strip())
        self.show()

    def show(self) -> None:
        poids = tuple(self._field(POIDS + c, nom, "1", ECHELLE_POIDS) for c, nom in CRITERES.items())
        notes = tuple(self._field(GRAVITE + t, nom, "", ECHELLE_GRAVITE) for t, nom in self.themes.items())
        comptent = "Ce qui compte pour vous : le poids de chaque critère, 0 pour l’ignorer"
        gravite = f"La gravité de chaque thème selon vous{INSECABLE}; vide{INSECABLE}: pas de note"
        self.formulaire.show((Bloc("poids", comptent, poids), Bloc("gravites", gravite, notes)))

    def _field(self, champ: str, libelle: str, defaut: str, echelle: Echelle) -> ChampSaisi:
        garde = self.valeurs.get(champ)
        texte, erreur = self.refus.get(champ, (defaut if garde is None else typed(garde), ""))
        return ChampSaisi(champ, libelle, texte, erreur=erreur, echelle=echelle)
