"""Ce que le plan emprunte aux pièces voisines : les constats du diagnostic, les montants de la simulation."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property

import pandas as pd

from ctgkit import droit
from ctgkit.diagnostic import (
    Alerte,
    MesureComparee,
    Publication,
    check_coherence,
    compare_lieux,
    compare_theme,
    publish,
)
from ctgkit.diagnostic.doutes import A_VERIFIER, with_doubts
from ctgkit.diagnostic.noms import short, the_place
from ctgkit.errors import CtgError
from ctgkit.fourchette import Fourchette
from ctgkit.plan import Constat, Fiche, Financement, Matrice, Plan, bind, cover, read_financing
from ctgkit.plan.argent import Bornes, LigneFinancement
from ctgkit.simulation import Resultat, aggregate, compare_scenarios, simulate
from ctgkit.storage.journal import Entree, Journal, SavedScenario, list_scenarios, load_scenario
from ctgkit.storage.journal.chiffres import saved_explanations, saved_figures, saved_findings, with_figures
from ctgkit.territoire import Scenario, Territoire

DU_DIAGNOSTIC, DE_LA_SIMULATION = {"constat", "chiffre"}, {"scenario"}
ECART = "ecart"
Groupe = tuple[str, tuple[Constat, ...]]


class Constats:
    """Un instant du diagnostic : le dossier, les chiffres saisis et les constats retenus, lus une fois."""

    def __init__(self, territoire: Territoire, journal: Journal) -> None:
        self.territoire, self.journal = territoire, journal

    @cached_property
    def publication(self) -> Publication:
        return publish(with_figures(self.territoire, saved_figures(self.journal, self.territoire)))

    @cached_property
    def lectures(self) -> tuple[Constat, ...]:
        """Les mesures publiables, les écarts défavorables d'abord, et ce que l'on a retenu."""
        themes = self.publication.catalogue.themes
        comparees = (c for theme in themes for c in compare_theme(self.publication, theme) if c.mesure.est_connue)
        lues = [_constat(c) for c in with_doubts(comparees, self._alertes)]
        par_code = {c.code: c for c in lues}
        retenus = [self._retained(cle, phrase, par_code.get(cle)) for cle, phrase in self._retenus.items()]
        reste = [c for c in lues if c.code not in self._retenus]
        return tuple(sorted([*retenus, *reste], key=lambda c: (not c.retenu, not c.defavorable)))

    @cached_property
    def _alertes(self) -> tuple[Alerte, ...]:
        return check_coherence(self.publication, saved_explanations(self.journal))

    @cached_property
    def _retenus(self) -> dict[str, str]:
        return saved_findings(self.journal)

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
            (comparaison,) = with_doubts([compare_lieux(self.publication, code, lieu)], self._alertes)
            if comparaison.mesure.est_connue:
                return replace(_constat(comparaison), code=cle, phrase=comparaison.lecture)
        return Constat(cle, f"{definition.libelle} : sans chiffre ici", definition.theme, definition.sens)

    def groups(self, cites: Iterable[str] = ()) -> tuple[Groupe, ...]:
        """Ceux que l'on a retenus, ceux que des fiches citent sans mesure, puis thème par thème."""
        manques = tuple(self.find(c) for c in sorted(set(cites) - set(self._par_code)))
        themes = self.publication.catalogue.themes
        autres = [c for c in self.lectures if not c.retenu]
        par_theme = [(nom, tuple(c for c in autres if c.domaine == theme)) for theme, nom in themes.items()]
        retenus = ("Retenus au diagnostic", tuple(c for c in self.lectures if c.retenu))
        return tuple(g for g in (retenus, ("Cités par une fiche", manques), *par_theme) if g[1])


def _constat(comparaison: MesureComparee) -> Constat:
    mesure, definition = comparaison.mesure, comparaison.mesure.definition
    repere = comparaison.repere
    contre = f", contre {repere.texte} pour {the_place(repere.du_lieu)}" if comparaison.ecart is not None else ""
    if comparaison.sans_annee_commune:
        contre = f" ({mesure.quand}) ; {short(repere.nom_geo)} : {repere.texte} ({repere.quand})"
    doute = f" ({A_VERIFIER})" if comparaison.douteuse else ""
    return Constat(
        code=mesure.code,
        phrase=f"{definition.libelle} : {mesure.texte}{contre}{doute}",
        domaine=definition.theme,
        sens=definition.sens,
        source=mesure.quand,
        ecart=comparaison.ecart_ecrit,
        defavorable=bool(comparaison.defavorable and comparaison.classable),
    )


def cited(plan: Plan) -> set[str]:
    """Les constats que des fiches citent."""
    return {code for fiche in plan.fiches for code in fiche["constats"]}


class Voisins:
    """Lus à la première demande, puis gardés jusqu'à ce que le journal dise qu'ils ont changé."""

    def __init__(self, territoire: Territoire, journal: Journal, annee: int) -> None:
        self.territoire, self.journal, self.annee = territoire, journal, annee
        self.constats = Constats(territoire, journal)
        self.dernier = journal.last_id()
        self._saved: list[SavedScenario] | None = None
        self._resultats: dict[str, Resultat | None] = {}

    def take(self, entrees: Iterable[Entree]) -> bool:
        """Vrai quand un constat, un chiffre ou un scénario a changé dans une autre page."""
        neuves = [e for e in entrees if e.id > self.dernier]
        self.dernier = max((e.id for e in neuves), default=self.dernier)
        objets = {e.objet for e in neuves}
        if objets & DU_DIAGNOSTIC:
            self.constats = Constats(self.territoire, self.journal)
        if objets & DE_LA_SIMULATION:
            self._saved = None
            self._resultats = {code: connu for code, connu in self._resultats.items() if connu}
        return bool(objets & (DU_DIAGNOSTIC | DE_LA_SIMULATION))

    def cover(self, plan: Plan) -> Matrice:
        """Ce que le plan fait des constats mesurés ici ou retenus, et de ceux que des fiches citent sans mesure."""
        mesures = self.constats.lectures
        sans_mesure = sorted(cited(plan) - {c.code for c in mesures})
        return cover(plan, (*mesures, *map(self.finding, sans_mesure)))

    def finding(self, code: str) -> Constat:
        return self.constats.find(code)

    @property
    def structures(self) -> dict[str, str]:
        """Celles du territoire, et celles qu'un scénario enregistré ouvrirait."""
        s = self.territoire.structures
        presentes = dict(zip(s["id"].tolist(), s["nom"].tolist(), strict=True))
        return {i: f"{nom} (scénario)" for i, nom in self._opened()} | presentes

    def _opened(self) -> list[tuple[str, str]]:
        ouvertes = [m.get("ouvrir") for enregistre in self.saved for m in enregistre.scenario.mouvements]
        lues = [o.get("structure") for o in ouvertes if isinstance(o, Mapping)]
        return [(str(x["id"]), str(x.get("nom") or x["id"])) for x in lues if isinstance(x, Mapping) and x.get("id")]

    @property
    def saved(self) -> list[SavedScenario]:
        if self._saved is None:
            self._saved = list_scenarios(self.journal)
        return self._saved

    @property
    def scenarios(self) -> dict[str, str]:
        """Les scénarios enregistrés : code court et nom."""
        return {s.code: s.nom for s in self.saved}

    def financing(self, fiche: Fiche) -> Financement:
        lu = read_financing(fiche)
        simules = {x.rang: trouve for x in lu.liees if (trouve := self._simulated(x))}
        return bind(lu, simules, self.territoire.notifications, droit.dans_le_bonus())

    def _simulated(self, ligne: LigneFinancement) -> tuple[int, Bornes] | None:
        """L'année demandée, sinon la première année, à partir de celle que l'on lit, où le moteur compte un montant."""
        montants = self.amounts(ligne.scenario, ligne.structure, ligne.dispositif, ligne.suit)
        voulues = [ligne.annee] if ligne.annee else sorted(montants, key=lambda a: (a < self.annee, a))
        return next(((a, montants[a]) for a in voulues if montants.get(a, (0.0, 0.0)) != (0.0, 0.0)), None)

    def amounts(self, scenario: str, structure: str, dispositif: str = "", suit: str = "") -> dict[int, Bornes]:
        """Par année, les bornes du montant de la structure, ou de ce que le scénario y change."""
        resultat = self.result(scenario)
        if resultat is None:
            return {}
        if suit == ECART:
            table = self.gap(resultat, dispositif)
        else:
            choisis = {"dispositifs": (dispositif,)} if dispositif in resultat.dispositifs else {}
            table = aggregate(resultat, "structure", "annee", **choisis)
        siennes = table[table["structure"] == structure][["annee", "bas", "haut"]].itertuples(index=False)
        return {int(a): (float(b), Fourchette(b, h).plafond) for a, b, h in siennes if not math.isinf(b)}

    def gap(self, resultat: Resultat, dispositif: str = "") -> pd.DataFrame:
        """Ce que le scénario change, structure par structure : la même inconnue joue des deux côtés."""
        (ecart,) = compare_scenarios(self.result(""), resultat).ecarts
        if not dispositif:
            return ecart.par("structure", "annee")
        table = ecart.par("structure", "annee", "dispositif")
        return table[table["dispositif"] == dispositif]

    def result(self, scenario: str) -> Resultat | None:
        """Le résultat d'un scénario enregistré, par son code ; vide : sans changement."""
        if scenario not in self._resultats:
            try:
                voulu = load_scenario(self.journal, scenario) if scenario else Scenario()
                self._resultats[scenario] = simulate(self.territoire, voulu)
            except CtgError:
                self._resultats[scenario] = None
        return self._resultats[scenario]
