"""Le diagnostic sans contrôle, pour JupyterLab, un lot, une impression ; un réglage faux y est dit, jamais deviné."""

from IPython.display import HTML

from ctgkit.diagnostic import Publiable, Publication, check_coherence, publish, tableau_mesures
from ctgkit.diagnostic.lecture import check_choix
from ctgkit.storage.journal import has_journal, open_journal
from ctgkit.storage.journal.chiffres import with_figures
from ctgkit.territoire import Territoire
from ctgkit.views.composants.habillage import dressed
from ctgkit.views.diagnostic.carte import read_map
from ctgkit.views.diagnostic.couverture import with_present_plan
from ctgkit.views.diagnostic.etat import EtatDiagnostic, clean
from ctgkit.views.diagnostic.lecture import Lecture, mark
from ctgkit.views.diagnostic.memoire import MemoireDiagnostic
from ctgkit.views.diagnostic.pieces import Pieces
from ctgkit.views.diagnostic.priorites import weighted

ROLE = "chargé de coopération"


def show_diagnostic(  # noqa: PLR0913, PLR0917 - les réglages du carnet, dans l'ordre de ses paramètres
    territoire: Territoire, theme: str = "", commune: str | int = "", annee: int = 0, dossier: str = "",
    role: str = ROLE,
) -> HTML:  # fmt: skip
    """La page sans contrôle, avec ses définitions : ce que l'on a saisi, retenu et expliqué y est aussi."""
    memoire = read_memory(dossier, role)
    complet = with_present_plan(with_figures(territoire, memoire.figures(territoire)), memoire.journal)
    publication = publish(complet)
    etat = clean(weighted(asked(publication, theme, commune, annee), memoire.weights()), publication)
    lecture = Lecture(publication, etat, mark(check_coherence(publication), memoire.explained()))
    pieces = Pieces(lecture, memoire.findings(), fixe=True)
    cartes = pieces.cartes(read_map(lecture))
    milieu = [cartes[nom] for nom in ("carte_titre", "carte", "carte_cote", "repartition")]
    parties = (
        pieces.tete, pieces.ecarts, *milieu, *([pieces.communes] if etat.communes else []), pieces.tendances,
        pieces.seules, pieces.marge, pieces.priorites, pieces.couverture, pieces.definitions,
    )  # fmt: skip
    return HTML(dressed(parties, "10_diagnostic", ("diagnostic.css",)))


def diagnostic_table(
    territoire: Territoire, theme: str = "", commune: str | int = "", annee: int = 0, dossier: str = ""
) -> Publiable:
    """Ce qu'un lot exporte : les mesures du thème, comparées, le secret appliqué."""
    publication = publish(with_figures(territoire, read_memory(dossier, ROLE).figures(territoire)))
    etat = asked(publication, theme, commune, annee)
    return tableau_mesures(publication, etat.theme, etat.lieu, annee or None)


def asked(publication: Publication, theme: str, commune: str | int, annee: int) -> EtatDiagnostic:
    """L'état demandé par les réglages du carnet, ou une erreur qui dit lequel est faux."""
    commune = check_choix(publication, theme, commune, annee)
    return EtatDiagnostic(theme, commune, annee=annee, portee="tous")


def read_memory(dossier: str, role: str) -> MemoireDiagnostic:
    """Ce qui a été fait sur ce territoire ; lire un rapport ne crée pas de journal."""
    return MemoireDiagnostic(open_journal(dossier) if dossier and has_journal(dossier) else None, role)
