"""Ce que les documents du plan ont en commun : les champs en français, les tableaux d'une fiche, l'argent."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from ctgkit.documents.modele import Bloc, Champs, Colonne, Paragraphe, Tableau
from ctgkit.formats import date_longue, euros, liste
from ctgkit.fourchette import Fourchette
from ctgkit.plan import Champ, Constat, Fiche, Financement, Plan, champ, champs, complete, progress, write_value
from ctgkit.plan.argent import LigneFinancement
from ctgkit.plan.champs import day, tell_number
from ctgkit.territoire import Territoire

A_COMPLETER = "à compléter avant signature"
A_DESIGNER = "à désigner"
FICTIF = "Territoire, plan et montants inventés pour l'essai."


class VoisinsDuPlan(Protocol):
    """Ce que le plan emprunte au diagnostic et à la simulation."""

    structures: Mapping[str, str]

    def financing(self, fiche: Fiche) -> Financement: ...

    def finding(self, code: str) -> Constat: ...


def heading(territoire: Territoire, jour: date, titre: str) -> dict[str, str]:
    """Ce que les gabarits du plan mettent en tête."""
    fictif = FICTIF if territoire.est_fictif else ""
    return {"titre": titre, "convention": territoire.nom_convention, "date": date_longue(jour), "fictif": fictif}


def table_or(
    colonnes: Iterable[Colonne | str], lignes: Iterable[tuple], sinon: str, titre: str = "", total: tuple = ()
) -> list[Bloc]:
    """Le tableau, ou la phrase qui dit qu'il n'y a rien."""
    nommees, corps = tuple(Colonne(c) if isinstance(c, str) else c for c in colonnes), tuple(lignes)
    return [Tableau(nommees, corps, titre, total)] if corps else [Paragraphe(sinon)]


def told(plan: Plan, territoire: Territoire, voisins: VoisinsDuPlan, declare: Champ, valeur: Any) -> str:
    """Une valeur telle qu'un document la dit : des intitulés plutôt que des codes, des dates en toutes lettres."""
    if declare.type == "codes":
        nommes = [_named(plan, territoire, voisins, declare.cible, str(c)) for c in valeur]
        return liste(nommes) if declare.cible in ("communes", "domaines") else " ; ".join(nommes)
    if declare.type == "date" and day(valeur):
        return date_longue(day(valeur))
    if declare.type == "euros" and isinstance(valeur, int | float):
        return euros(valeur)
    if declare.type == "lignes":
        return " ; ".join(str(v) for v in valeur)
    return declare.option(valeur) if declare.choix else write_value(declare, valeur)


def _named(plan: Plan, territoire: Territoire, voisins: VoisinsDuPlan, cible: str, code: str) -> str:
    if cible == "communes":
        noms = dict(zip(territoire.communes["code_insee"], territoire.communes["nom"], strict=True))
        return noms.get(code, code)
    if cible == "constats":
        return voisins.finding(code).phrase
    if cible == "fiches":
        trouvee = plan.fiche(code)
        return trouvee.nom if trouvee else code
    titre = plan.title(cible, code)
    return titre if cible == "domaines" or titre == code else f"{code} {titre}"


def section_fields(
    plan: Plan, fiche: Fiche, territoire: Territoire, voisins: VoisinsDuPlan, section: str
) -> list[Bloc]:
    """Les champs remplis d'une section, et ceux qu'il reste à compléter avant signature."""
    manques = {c.cle for c in complete(plan, fiche).manques}
    couples = []
    for c in (x for x in champs().values() if x.section == section and x.type != "tableau"):
        valeur = list(plan.enjeux_of(fiche)) if c.cle == "enjeux" else fiche[c.cle]
        if c.cle == "territoire" and valeur and len(valeur) == len(territoire.communes):
            couples.append((c.libelle, f"Tout le territoire, {len(valeur)} communes"))
        elif valeur not in (None, "", []):
            couples.append((c.libelle, told(plan, territoire, voisins, c, valeur)))
        elif c.cle in manques:
            couples.append((c.libelle, A_COMPLETER))
    return [Champs(tuple(couples))] if couples else []


def rows_table(fiche: Fiche, cle: str) -> list[Bloc]:
    """Un tableau de la fiche, tel que ses colonnes sont déclarées."""
    declare, lignes = champ(cle), fiche.rows(cle)
    utiles = [c for c in declare.colonnes if any(x.get(c.cle) not in (None, "") for x in lignes)]
    if not utiles:
        return []
    colonnes = tuple(Colonne(c.libelle, {"euros": "euros", "date": "date"}.get(c.type, "texte")) for c in utiles)
    corps = tuple(tuple(_case(c, x.get(c.cle)) for c in utiles) for x in lignes)
    return [Tableau(colonnes, corps, declare.libelle)]


def _case(colonne: Champ, valeur: Any) -> Any:
    if colonne.type == "date":
        return day(valeur) or write_value(colonne, valeur)
    if colonne.type == "euros":
        return valeur if isinstance(valeur, int | float) else write_value(colonne, valeur)
    if colonne.type == "nombre":
        return tell_number(valeur)
    return colonne.option(valeur) if colonne.choix else write_value(colonne, valeur)


def indicators(plan: Plan, fiche: Fiche, jour: date) -> list[Bloc]:
    lus = [(i, progress(plan, fiche, i, jour)) for i in fiche.rows("indicateurs")]
    nature = champ("indicateurs").column("nature")
    lignes = (
        (
            " ".join(filter(None, [p.libelle or "à nommer", f"({p.unite})" if p.unite else ""])),
            nature.option(i.get("nature")),
            _dated(p.depart, i.get("date_initiale")),
            _dated(p.cible, i.get("echeance")),
            p.phrase,
            str(i.get("source") or "à préciser"),
        )
        for i, p in lus
    )
    colonnes = ("Indicateur", "Type", "Départ", "Cible", "Mesuré", "Source")
    return table_or(colonnes, lignes, f"Aucun indicateur : {A_COMPLETER}.", "Départ, cible, dernière mesure")


def _dated(valeur: Any, quand: Any) -> str:
    if valeur is None:
        return "à fixer"
    jour = day(quand)
    return tell_number(valeur) + (f" ({jour.year})" if jour else "")


def funding(argent: Financement, structures: Mapping[str, str]) -> list[Bloc]:
    if not argent.lignes and argent.cout is None:
        return [Paragraphe("Aucun budget n'est saisi.")]
    etats = dict(champ("financeurs").column("etat").choix)
    corps = tuple(
        (x.financeur, structures.get(x.structure, x.structure), etats.get(x.etat, ""), x.montant, *_followed(x))
        for x in argent.lignes
    )
    cout = "non renseigné" if argent.cout is None else euros(argent.cout)
    couvert = "Entièrement couvert" if argent.est_couvert else f"Non couvert à ce jour : {argent.reste_ecrit}"
    phrase = f"Budget prévisionnel : {cout}. {couvert}."
    colonnes = ("Financeur", "Structure liée", "État", *_MONTANTS)
    return [Paragraphe(phrase), *(table_or(colonnes, corps, "", "Plan de financement") if corps else [])]


_MONTANTS = (
    Colonne("Montant saisi", "euros"),
    Colonne("Simulé"),
    Colonne("Notifié", "euros"),
    Colonne("Perçu", "euros"),
)


def _followed(ligne: LigneFinancement) -> tuple[Any, ...]:
    """Simulé, notifié, perçu ; rien pour une ligne qui ne suit pas la simulation."""
    if not ligne.est_liee:
        return "", "", ""
    return _simulated(ligne), ligne.notifie, ligne.percu


def _simulated(ligne: LigneFinancement) -> str:
    """Rien de calculé se tait ; un montant dont on ne sait rien n'est pas « au moins zéro »."""
    if ligne.simule is None:
        return ""
    if ligne.suit == "ecart":
        return f"ce que le scénario change : {Fourchette(*ligne.simule).write()} en {ligne.annee}"
    return f"{Fourchette(*ligne.simule).tell()} en {ligne.annee}"


def bound_rows(liees: Sequence[tuple[Fiche, LigneFinancement]], structures: Mapping[str, str]) -> list[Bloc]:
    """Les lignes de financement qui suivent la simulation, toutes fiches réunies."""
    lignes = (
        (f.code, structures.get(x.structure, x.structure), x.financeur, x.montant, *_followed(x)) for f, x in liees
    )
    colonnes = ("Fiche", "Structure", "Financeur", *_MONTANTS)
    return table_or(
        colonnes, lignes, "Aucune ligne de financement n'est liée à une structure.", "Simulé, notifié, perçu"
    )
