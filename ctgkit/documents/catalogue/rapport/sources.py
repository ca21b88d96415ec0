"""Les sources des chiffres qu'un rapport montre, et elles seules : chacune dit ce que l'on y a pris."""

from collections.abc import Iterable, Iterator
from datetime import date

from ctgkit.diagnostic import Mesure, MesureComparee, Publication
from ctgkit.documents.catalogue.rapport.portrait import STATUTS, read_source
from ctgkit.documents.modele import Colonne, Paragraphe, Section, Tableau
from ctgkit.formats import liste
from ctgkit.simulation import Resultat, parameters
from ctgkit.storage import origines
from ctgkit.territoire import Commune, Structure, Territoire

# Ce que l'on a pris, et le texte qui dit où : une clé du registre, plusieurs, ou des mots.
Usage = tuple[str, str]
SAISI = "Saisi dans l'atelier"
_MONTRES = 4


def of_mesures(*faces: MesureComparee) -> Iterator[Usage]:
    """Les valeurs que les tableaux écrivent, la mesure et ce qu'on met en face."""
    yield from (_of_mesure(m) for face in faces for m in (face.mesure, face.repere) if m.source)


def _of_mesure(mesure: Mesure) -> Usage:
    return mesure.definition.libelle, mesure.source


def of_convention(territoire: Territoire, *communes: Commune) -> Iterator[Usage]:
    """Les faits qui donnent les dates montrées : la période de la convention, les adhésions."""
    convention = territoire.convention
    yield from _dated(territoire, "période de la convention", convention.debut, convention.fin)
    for commune in communes:
        yield from _dated(territoire, "adhésion", commune.adhesion, commune.effet)


def _dated(territoire: Territoire, quoi: str, *jours: date | None) -> Iterator[Usage]:
    dites = {jour.isoformat() for jour in jours if jour}
    yield from ((quoi, f.document) for f in territoire.faits if f.valeur in dites and f.document)


def of_population(publication: Publication, *communes: Commune) -> Iterator[Usage]:
    """La source importée avec elle ; à défaut celle de l'indicateur qui dit le même nombre, du même lieu et l'an."""
    vus = {(i.geo, i.annee, i.valeur): i.source for i in publication.lignes if i.source}
    for c in communes:
        trouvee = c.origines.get("population") or vus.get((c.code_insee, c.annee_population, c.population))
        if trouvee and c.population is not None:
            yield "habitants", trouvee


def of_bonus(resultat: Resultat, structures: Iterable[Structure]) -> Iterator[Usage]:
    """Ce que la Caf versait avant pour ces structures, et ce que l'on en a saisi."""
    listees = list(structures)
    if not listees:
        return
    groupes = {(s.competence, s.type) for s in listees}
    yield "structures, capacités et gestionnaires", SAISI
    for reference in resultat.territoire.references:
        if (reference.competence, reference.type) in groupes and reference.montant_eur is not None:
            yield f"montants de référence {reference.annee}", reference.source or SAISI


def of_rates(resultat: Resultat, structures: Iterable[Structure]) -> Iterator[tuple[str, str]]:
    """Les montants publiés ou notifiés dont dépendent ceux de ces structures : leur texte, et son statut."""
    listees = list(structures)
    types, ici = {s.type for s in listees}, {x for s in listees for x in (s.id, s.competence)}
    for parametre, valeur in parameters(resultat):
        vises = {*valeur.competences, *valeur.structures}
        if parametre.code.split(".")[0] in types and not valeur.inconnue and (not vises or vises & ici):
            yield valeur.reference.titre, valeur.statut


def sources_section(territoire: Territoire, usages: Iterable[Usage], bareme: Iterable[Usage] = ()) -> Section:
    registre, pris = origines(), {}
    for quoi, texte in usages:
        for cle in registre.keys_in(texte) or [texte]:
            pris.setdefault(cle, {})[quoi] = None
    if not pris:
        return Section("Sources", (Paragraphe("Aucun chiffre de cette page n'a de source écrite.", "note"),))
    colonnes = tuple(Colonne(nom) for nom in ("Source", "Ce que l'on y a pris", "Émetteur", "Statut"))
    lignes = tuple(_row(cle, list(quoi), territoire.est_fictif) for cle, quoi in pris.items())
    return Section("Sources", (Tableau(colonnes, lignes), *_rates(bareme)))


def _rates(bareme: Iterable[Usage]) -> list[Paragraphe]:
    """Les textes du barème sont nombreux et ne disent qu'une chose : une note, chacun avec son statut."""
    dits = dict.fromkeys(f"{titre} ({STATUTS.get(statut, 'À confirmer').lower()})" for titre, statut in bareme)
    return [Paragraphe(f"Montants du bonus : {' ; '.join(dits)}.", "note")] if dits else []


def _row(cle: str, quoi: list[str], fictif: bool) -> tuple[str, ...]:
    source = read_source(cle)
    statut = STATUTS["fictif"] if fictif and cle == SAISI else source.statut
    return source.titre, liste(quoi, _MONTRES), source.emetteur, statut
