"""Les constats que le plan peut citer : ceux que l'on a retenus au diagnostic, puis les lectures de chaque thème."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from ctgkit.diagnostic import Comparaison, Publication, comparer, comparer_theme, publier
from ctgkit.plan import Constat
from ctgkit.storage.journal import Journal
from ctgkit.storage.journal.chiffres import saved_figures, with_figures
from ctgkit.territoire import Territoire
from ctgkit.views.diagnostic.memoire import MemoireDiagnostic

Groupe = tuple[str, tuple[Constat, ...]]


class Constats:
    """Un instant du diagnostic : le dossier, les chiffres saisis et les constats retenus, lus une fois."""

    def __init__(self, territoire: Territoire, journal: Journal) -> None:
        self.territoire, self.journal = territoire, journal

    @cached_property
    def publication(self) -> Publication:
        return publier(with_figures(self.territoire, saved_figures(self.journal, self.territoire)))

    @cached_property
    def lectures(self) -> tuple[Constat, ...]:
        """Les mesures publiables, les écarts défavorables d'abord, et ce que l'on a retenu."""
        themes = self.publication.catalogue.themes
        lues = [_constat(c) for theme in themes for c in comparer_theme(self.publication, theme) if c.mesure.est_connue]
        par_code = {c.code: c for c in lues}
        retenus = [self._retained(cle, phrase, par_code.get(cle)) for cle, phrase in self._retenus.items()]
        reste = [c for c in lues if c.code not in self._retenus]
        return tuple(sorted([*retenus, *reste], key=lambda c: (not c.retenu, not c.defavorable)))

    @cached_property
    def _retenus(self) -> dict[str, str]:
        return {r.cle: r.phrase for r in MemoireDiagnostic(self.journal, "").findings()}

    def _retained(self, cle: str, phrase: str, lu: Constat | None) -> Constat:
        """La phrase reste celle que l'on a retenue : ni l'écart ni l'année d'une autre lecture ne s'y mêlent."""
        dite = phrase.rstrip(".")
        return replace(lu or self._elsewhere(cle), phrase=dite, ecart="", source="retenu au diagnostic", retenu=True)

    @cached_property
    def _par_code(self) -> dict[str, Constat]:
        return {c.code: c for c in self.lectures}

    def find(self, cle: str) -> Constat:
        """Le constat d'un code, ou d'un code et d'une commune ; sans mesure ici, l'indicateur, dit sans chiffre."""
        return self._par_code.get(cle) or self._elsewhere(cle)

    def _elsewhere(self, cle: str) -> Constat:
        code, _, lieu = cle.partition("@")
        definition = self.publication.catalogue.get(code)
        if definition is None:
            return Constat(cle, f"Constat {cle}, absent du catalogue", sens="contexte")
        if lieu in set(self.territoire.communes["code_insee"].tolist()):
            comparaison = comparer(self.publication, code, lieu)
            if comparaison.mesure.est_connue:
                return replace(_constat(comparaison), code=cle, phrase=comparaison.lecture)
        return Constat(cle, f"{definition.libelle} : sans chiffre ici", definition.theme, definition.sens)

    def groups(self, cites: Iterable[str] = ()) -> tuple[Groupe, ...]:
        """Ceux que l'on a retenus, ceux que des fiches citent sans mesure, puis thème par thème."""
        manques = tuple(self.find(c) for c in sorted(set(cites) - set(self._par_code)))
        themes = self.publication.catalogue.themes
        par_theme = [(nom, tuple(c for c in self.lectures if c.domaine == t and not c.retenu))
                     for t, nom in themes.items()]  # fmt: skip
        retenus = ("Retenus au diagnostic", tuple(c for c in self.lectures if c.retenu))
        return tuple(g for g in (retenus, ("Cités par une fiche", manques), *par_theme) if g[1])


def _constat(comparaison: Comparaison) -> Constat:
    mesure, definition = comparaison.mesure, comparaison.mesure.definition
    repere = comparaison.repere
    contre = f", contre {repere.texte} {_chez(repere.nom_geo)}" if comparaison.ecart is not None else ""
    return Constat(
        code=mesure.code,
        phrase=f"{definition.libelle} : {mesure.texte}{contre}",
        domaine=definition.theme,
        sens=definition.sens,
        source=mesure.quand,
        ecart=comparaison.ecart_ecrit,
        defavorable=bool(comparaison.defavorable and comparaison.classable),
    )


def _chez(nom: str) -> str:
    return f"({nom})" if nom else "au repère"
