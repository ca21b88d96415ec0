"""Ce que l'on règle sur la page du diagnostic, et ce que chaque réglage peut valoir."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ctgkit.diagnostic import Poids, Publication, count_couverture, lieu_principal, name_lieu
from ctgkit.diagnostic.noms import short

PORTEES = {"theme": "Ce thème", "tous": "Tous les thèmes"}
COMPAREES_MAX = 5
_NIVEAUX = {"departement": 0, "region": 1, "france": 2, "epci": 3}


@dataclass(frozen=True)
class EtatDiagnostic:
    """Tout ce que l'on règle sur cette page ; vide veut dire « le choix ordinaire »."""

    theme: str = "petite_enfance"
    lieu: str = ""
    repere: str = ""
    annee: int = 0
    portee: str = "tous"
    carte: str = ""
    communes: tuple[str, ...] = ()
    poids: Poids = field(default_factory=Poids)
    gravites: tuple[tuple[str, float], ...] = ()

    @property
    def zone(self) -> tuple[str, str, int]:
        """Ce dont dépendent les comparaisons."""
        return self.lieu, self.repere, self.annee

    @property
    def reglages(self) -> tuple[object, ...]:
        """Ce dont dépend le classement des thèmes."""
        return self.poids, self.gravites

    def toggle(self, commune: str) -> "EtatDiagnostic":
        """Ajoute ou retire une commune comparée ; la plus ancienne cède sa place à la sixième."""
        if commune in self.communes:
            return replace(self, communes=tuple(c for c in self.communes if c != commune))
        return replace(self, communes=(*self.communes, commune)[-COMPAREES_MAX:])


ChoixNommes = tuple[tuple[str, str], ...]


def places(publication: Publication) -> ChoixNommes:
    """Les lieux que l'on peut regarder : le territoire, puis ses communes."""
    territoire = publication.territoire
    principal = lieu_principal(territoire)
    communes = zip(territoire.communes["nom"].tolist(), territoire.communes["code_insee"].tolist(), strict=True)
    return (("Tout le territoire", ""), *((nom, code) for nom, code in communes if code != principal))


def comparators(publication: Publication) -> ChoixNommes:
    """Les zones de comparaison : le repère du territoire, les autres niveaux chiffrés, puis chaque commune."""
    territoire = publication.territoire
    principal, repere = lieu_principal(territoire), territoire.comparateur.code
    larges = {x.geo: x.niveau for x in publication.lignes if x.niveau in _NIVEAUX and x.geo != repere}
    ranges = sorted(larges, key=lambda g: (_NIVEAUX[larges[g]], g))
    autres = [(named(publication, g, larges[g]), g) for g in ranges]
    communes = [(nom, code) for nom, code in places(publication)[1:] if code not in larges]
    ordinaire = (
        [(f"{short(territoire.comparateur.nom) or repere}, le repère", "")] if repere else [("Aucun repère", "")]
    )
    entier = [] if principal in larges else [(short(territoire.nom), principal)]
    return tuple(ordinaire + entier + autres + communes)


def named(publication: Publication, geo: str, niveau: str) -> str:
    nom = name_lieu(publication.territoire, geo)
    mots = {"departement": "département", "region": "région", "epci": "intercommunalité"}
    return "France" if niveau == "france" else nom if nom != geo else f"{mots.get(niveau, niveau)} {geo}"


def years(publication: Publication) -> tuple[tuple[str, int], ...]:
    ecrites = sorted({x.annee for x in publication.lignes if x.annee}, reverse=True)
    return (("La plus récente", 0), *((str(a), a) for a in ecrites))


def first_theme(publication: Publication) -> str:
    """Le thème sur lequel ouvrir : l'ordinaire s'il a des chiffres, sinon le premier qui en a."""
    chiffres = {c.domaine: c.diagnostic for c in count_couverture(publication)}
    ordinaire = EtatDiagnostic().theme
    return next((t for t in (ordinaire, *chiffres) if chiffres.get(t)), ordinaire)


def clean(etat: EtatDiagnostic, publication: Publication) -> EtatDiagnostic:
    """Ce qui ne désigne rien ici revient au choix ordinaire : un lien d'un autre territoire reste lisible."""
    lieux, communes = _values(places(publication)), set(publication.territoire.communes["code_insee"].tolist())
    themes = publication.catalogue.themes
    return EtatDiagnostic(
        theme=etat.theme if etat.theme in themes else first_theme(publication),
        lieu=etat.lieu if etat.lieu in lieux else "",
        repere=etat.repere if etat.repere in _values(comparators(publication)) else "",
        annee=etat.annee if etat.annee in _values(years(publication)) else 0,
        portee=etat.portee if etat.portee in PORTEES else "tous",
        carte=etat.carte if etat.carte in publication.catalogue else "",
        communes=tuple(dict.fromkeys(c for c in etat.communes if c in communes))[:COMPAREES_MAX],
        poids=etat.poids,
        gravites=tuple((t, note) for t, note in etat.gravites if t in themes),
    )


def _values(options: Sequence[tuple[str, object]]) -> set[object]:
    return {valeur for _, valeur in options}
