"""Ce que le plan emprunte aux pièces voisines : les constats du diagnostic, les montants de la simulation."""

import math
from collections.abc import Mapping
from functools import cached_property

from ctgkit.diagnostic.comparaison import Comparaison, comparer_theme
from ctgkit.diagnostic.secret import Publication, publier
from ctgkit.errors import CtgError
from ctgkit.plan import Constat, Fiche, Financement, bind, read_financing
from ctgkit.plan.argent import Bornes, Ligne
from ctgkit.simulation import Resultat, simulate
from ctgkit.storage.journal import Journal, SavedScenario, list_scenarios, load_scenario
from ctgkit.territoire import Scenario, Territoire


class Voisins:
    """Lus à la première demande, puis gardés : une page vit le temps d'un noyau."""

    def __init__(self, territoire: Territoire, journal: Journal, annee: int) -> None:
        self.territoire, self.journal, self.annee = territoire, journal, annee
        self._resultats: dict[str, Resultat | None] = {}

    @cached_property
    def constats(self) -> tuple[Constat, ...]:
        """Les mesures publiables du diagnostic, les écarts défavorables d'abord."""
        publication = self._publication
        lues = [c for theme in publication.catalogue.themes for c in comparer_theme(publication, theme)]
        return tuple(sorted((_constat(c) for c in lues if c.mesure.est_connue), key=lambda c: not c.defavorable))

    @cached_property
    def _publication(self) -> Publication:
        return publier(self.territoire)

    @cached_property
    def _par_code(self) -> dict[str, Constat]:
        return {c.code: c for c in self.constats}

    def finding(self, code: str) -> Constat:
        """Le constat d'un code ; sans mesure ici, l'indicateur du catalogue, dit sans chiffre."""
        if code in self._par_code:
            return self._par_code[code]
        definition = self._publication.catalogue.get(code)
        if definition is None:
            return Constat(code, f"Indicateur {code}, absent du catalogue", sens="contexte")
        return Constat(code, f"{definition.libelle} : sans chiffre ici", definition.theme, definition.sens)

    @cached_property
    def structures(self) -> dict[str, str]:
        """Celles du territoire, et celles qu'un scénario enregistré ouvrirait."""
        s = self.territoire.structures
        presentes = dict(zip(s["id"].tolist(), s["nom"].tolist(), strict=True))
        return {i: f"{nom} (scénario)" for i, nom in self._opened()} | presentes

    def _opened(self) -> list[tuple[str, str]]:
        ouvertes = [m.get("ouvrir") for enregistre in self._enregistres for m in enregistre.scenario.mouvements]
        lues = [o.get("structure") for o in ouvertes if isinstance(o, Mapping)]
        return [(str(x["id"]), str(x.get("nom") or x["id"])) for x in lues if isinstance(x, Mapping) and x.get("id")]

    @cached_property
    def _enregistres(self) -> list[SavedScenario]:
        return list_scenarios(self.journal)

    @property
    def scenarios(self) -> dict[str, str]:
        """Les scénarios enregistrés : code court et nom."""
        return {s.code: s.nom for s in self._enregistres}

    def financing(self, fiche: Fiche) -> Financement:
        lu = read_financing(fiche)
        simules = {x.rang: trouve for x in lu.liees if (trouve := self._simulated(x))}
        return bind(lu, simules, self.territoire.notifications)

    def _simulated(self, ligne: Ligne) -> tuple[int, Bornes] | None:
        """L'année demandée, sinon la première année, à partir de celle que l'on lit, où le moteur compte un montant."""
        resultat = self._result(ligne.scenario)
        if resultat is None:
            return None
        dispositifs = (ligne.dispositif,) if ligne.dispositif in resultat.dispositifs else ()
        table = resultat.aggregate("structure", "annee", **({"dispositifs": dispositifs} if dispositifs else {}))
        lignes = {int(a): (b, h) for s, a, b, h in table[["structure", "annee", "bas", "haut"]].itertuples(index=False)
                  if s == ligne.structure}  # fmt: skip
        voulues = [ligne.annee] if ligne.annee else sorted(lignes, key=lambda a: (a < self.annee, a))
        for annee in voulues:
            bas, haut = lignes.get(annee, (0.0, 0.0))
            if bas or haut:
                return annee, (float(bas), None if math.isinf(haut) else float(haut))
        return None

    def _result(self, scenario: str) -> Resultat | None:
        if scenario not in self._resultats:
            try:
                voulu = load_scenario(self.journal, scenario) if scenario else Scenario()
                self._resultats[scenario] = simulate(self.territoire, voulu)
            except CtgError:
                self._resultats[scenario] = None
        return self._resultats[scenario]


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
