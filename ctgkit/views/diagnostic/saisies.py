"""Ajouter ses chiffres : une ligne saisie ou collée se lit case par case, un fichier se montre avant d'être écrit."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import ipywidgets as widgets
from markupsafe import Markup

from ctgkit.diagnostic import Publication, lieu_principal, load_catalogue, publish
from ctgkit.diagnostic.catalogue import Definition
from ctgkit.echanges import SANS_ANNEE, ApercuImport, ChoixImport, Correspondance, apply, preview, undo
from ctgkit.echanges.tableau.correspondances import read_target
from ctgkit.echanges.tableau.valeurs import CRITERES
from ctgkit.errors import CtgError
from ctgkit.formats import nombre, pluriel, read_nombre
from ctgkit.storage.journal import ConflictError
from ctgkit.storage.journal.chiffres import REFERENCE, figure_key, level_of
from ctgkit.territoire import Indicateur, Table, Territoire
from ctgkit.texte import slug
from ctgkit.views.composants.grille import Cases, ColonneSaisie, Grille
from ctgkit.views.composants.html import render
from ctgkit.views.composants.panneau import guarded, message_html
from ctgkit.views.diagnostic.memoire import LignesSaisies, MemoireDiagnostic

CHAMPS = {"indicateur": "Indicateur", "lieu": "Lieu", "annee": "Année", "valeur": "Valeur", "source": "Source"}
MASQUES = ("masque", "secret", "s")
ANNEE_MIN = 1960


@dataclass(frozen=True)
class Lue:
    """Une ligne complète, ou les défauts de ses cases."""

    ligne: Indicateur | None
    erreurs: Mapping[str, str]


def columns(publication: Publication) -> tuple[ColonneSaisie, ...]:
    options = {
        "indicateur": tuple(f"{d.code} {d.libelle}" for d in publication.catalogue.values()),
        "lieu": tuple(_named_places(publication)),
    }
    genres = {"annee": "nombre", "valeur": "nombre"}
    return tuple(ColonneSaisie(c, nom, genres.get(c, "texte"), options.get(c, ())) for c, nom in CHAMPS.items())


def read_row(textes: Mapping[str, str], publication: Publication) -> Lue:
    """Une ligne entamée attend ses cinq cases : l'année et la source sont obligatoires."""
    propres = {c: " ".join(textes.get(c, "").split()) for c in CHAMPS}
    erreurs = {c: f"{nom} : obligatoire" for c, nom in CHAMPS.items() if not propres[c]}
    definition = _definition(propres["indicateur"], publication)
    geo = _named_places(publication).get(propres["lieu"]) or _by_name(propres["lieu"], publication)
    if propres["indicateur"] and definition is None:
        erreurs["indicateur"] = "Indicateur inconnu : un code (PE01) ou un libellé du catalogue"
    if propres["lieu"] and not geo:
        erreurs["lieu"] = (
            "Lieu inconnu : une commune du territoire (avec son code si deux ont ce nom), le territoire ou son repère"
        )
    annee = _year(propres["annee"], erreurs)
    valeur = _value(propres["valeur"], definition, erreurs)
    if erreurs or definition is None:
        return Lue(None, erreurs)
    niveau = level_of(publication.territoire, geo)
    statut = "masque" if valeur is None else "publie"
    source = propres["source"].replace("|", "/")
    return Lue(Indicateur(definition.code, geo, niveau, annee, valeur, statut, source, REFERENCE), {})


def write_row(ligne: Indicateur, publication: Publication) -> dict[str, str]:
    """Une ligne gardée, comme on la saisirait."""
    definition = publication.catalogue.get(ligne.code)
    noms = {geo: nom for nom, geo in _named_places(publication).items()}
    return {
        "indicateur": f"{ligne.code} {definition.libelle}" if definition else ligne.code,
        "lieu": noms.get(ligne.geo, ligne.geo),
        "annee": str(ligne.annee),
        "valeur": "masqué" if ligne.valeur is None else f"{ligne.valeur:.10g}".replace(".", ","),
        "source": ligne.source,
    }


def _named_places(publication: Publication) -> dict[str, str]:
    territoire: Territoire = publication.territoire
    communes = territoire.communes
    portes = Counter(map(slug, communes["nom"].tolist()))
    paires = zip(communes["nom"].tolist(), communes["code_insee"].tolist(), strict=True)
    noms = ((nom if portes[slug(nom)] == 1 else f"{nom} ({code})", code) for nom, code in paires)
    repere = territoire.comparateur
    larges = {territoire.nom: lieu_principal(territoire)} | ({repere.nom: repere.code} if repere.code else {})
    return larges | dict(noms)


def _by_name(texte: str, publication: Publication) -> str:
    connus = {slug(nom): geo for nom, geo in _named_places(publication).items()}
    codes = set(connus.values())
    return texte if texte in codes else connus.get(slug(texte), "")


def _definition(texte: str, publication: Publication) -> Definition | None:
    premier = texte.split(" ", 1)[0].upper()
    if premier in publication.catalogue:
        return publication.catalogue[premier]
    return next((d for d in publication.catalogue.values() if slug(d.libelle) == slug(texte)), None)


def _year(texte: str, erreurs: dict[str, str]) -> int | None:
    fin = date.today().year + 1
    if texte and not (re.fullmatch(r"[0-9]{4}", texte) and ANNEE_MIN <= int(texte) <= fin):
        erreurs["annee"] = f"Année à quatre chiffres, de {ANNEE_MIN} à {fin}"
    return int(texte) if texte and "annee" not in erreurs else None


def _value(texte: str, definition: Definition | None, erreurs: dict[str, str]) -> float | None:
    if not texte or slug(texte) in MASQUES:
        return None
    try:
        valeur = read_nombre(texte.removesuffix("%").removesuffix("€").strip())
    except ValueError:
        erreurs["valeur"] = "Un nombre (1 234,5), ou « masqué »"
        return None
    if definition is not None and definition.nature == "effectif" and valeur < 0:
        erreurs["valeur"] = f"Un effectif n'est pas négatif : {nombre(valeur)}"
    return valeur


VIERGES = 100


class SaisieChiffres:
    """La grille et ce qu'elle tient : les lignes gardées (clé du chiffre), puis les lignes en cours (`n1`, `n2`…)."""

    def __init__(
        self, publication: Publication, memoire: MemoireDiagnostic, changed: Callable[[], Publication]
    ) -> None:
        self.publication, self.memoire, self._changed = publication, memoire, changed
        self.message = widgets.HTML()
        self.fausses: LignesSaisies = {}
        self.lignes: LignesSaisies = self._saved() | memoire.drafts()
        self.grille = Grille(self.receive, "Chiffres saisis : cinq cases par ligne", columns(publication))
        self.show()

    def _saved(self) -> LignesSaisies:
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


LIEU, ANNEE = "lieu", "année"


GESTES_IMPORT = ("importer", "renoncer", "correspondre", "dater", "remplacer", "defaire_import")


class ImportFichier:
    """Un fichier à la fois ; rien n'est écrit tant que la personne ne l'a pas demandé."""

    def __init__(self, dossier: str, territoire: Callable[[], Territoire], changed: Callable[[], object]) -> None:
        self.dossier, self._territoire, self._changed = dossier, territoire, changed
        self.zone = widgets.HTML()
        self.drop()

    @guarded
    def receive(self, nom: str, octets: bytes) -> None:
        self.drop()
        self.nom, self.octets = nom, octets
        self._read(ChoixImport())

    @guarded
    def on_gesture(self, geste: Mapping[str, str]) -> None:
        {
            "importer": self.write,
            "renoncer": self.drop,
            "correspondre": lambda: self._read(self._mapping(geste)),
            "dater": lambda: self._read(replace(self.choix, annee=_asked_year(geste.get("annee", "")))),
            "remplacer": lambda: self._read(replace(self.choix, remplacer=True)),
            "defaire_import": self.undo,
        }[geste["geste"]]()

    def _read(self, choix: ChoixImport) -> None:
        """Les années qui manquent se demandent ; une lecture refusée ne change rien au dossier."""
        if not self.octets and not self.nom:
            raise CtgError("Aucun fichier n'est choisi.", "Importer un fichier", "Choisir un fichier d'abord.")
        self.apercu, self.choix = None, choix
        try:
            self.apercu = preview(self.octets, self.dossier, nom=self.nom, choix=choix)
        except CtgError as erreur:
            if erreur.code != SANS_ANNEE:
                raise
            self.zone.value = render("diagnostic/import_annee", nom=self.nom, quoi=erreur.quoi)
            return
        self.zone.value = show_preview(self.apercu, self._territoire())

    def write(self) -> None:
        if self.apercu is None or not self.apercu.a_ecrire:
            raise CtgError("Rien n'est prêt à être écrit.", "Importer un fichier", "Choisir un fichier d'abord.")
        bilans = apply(self.apercu, self.dossier)
        self.drop()
        self._changed()
        self.zone.value = render("diagnostic/import_fait", bilans=bilans, defait=())

    def undo(self) -> None:
        _, rendus = undo(self.dossier)
        self.drop()
        self._changed()
        self.zone.value = render("diagnostic/import_fait", bilans=(), defait=rendus)

    def drop(self) -> None:
        self.nom, self.octets, self.choix = "", b"", ChoixImport()
        self.apercu: ApercuImport | None = None
        self.zone.value = ""

    def tell(self, erreur: CtgError) -> None:
        self.zone.value = message_html(erreur)

    def _mapping(self, geste: Mapping[str, str]) -> ChoixImport:
        """Les réponses du formulaire : pour chaque colonne, « lieu », « année » ou un indicateur."""
        propositions = self.apercu.propositions if self.apercu else ()
        roles = {p.colonne: geste.get(f"c{i}", "").strip() for i, p in enumerate(propositions)}
        lieu = next((c for c, r in roles.items() if r.lower() == LIEU), "")
        colonne_annee = next((c for c, r in roles.items() if r.lower() in (ANNEE, "annee")), "")
        codes = {c: read_target(r) for c, r in roles.items() if r and c not in (lieu, colonne_annee)}
        annee = _asked_year(geste.get("annee", "")) if geste.get("annee", "").strip() else None
        source = geste.get("source", "").strip()
        voulue = Correspondance(lieu, codes, source, "auto", annee, colonne_annee)
        return ChoixImport(correspondance=voulue.check())


def _asked_year(texte: str) -> int:
    if not re.fullmatch(r"[0-9]{4}", texte.strip()):
        raise CtgError("L'année s'écrit avec quatre chiffres.", "Année des chiffres", "Par exemple 2024.")
    return int(texte)


def show_preview(apercu: ApercuImport, territoire: Territoire) -> Markup:
    """Ce qui serait écrit, par indicateur ; l'exemple est une valeur que la page montrerait, le secret appliqué."""
    montrees = publish(replace(territoire, indicateurs=Table.of(Indicateur, apercu.lignes))).lignes
    groupes: dict[tuple[str, int], list[Indicateur]] = {}
    for ligne in montrees:
        groupes.setdefault((ligne.code, ligne.annee or 0), []).append(ligne)
    valeurs = [
        (f"{code} {apercu.libelles.get(code, '')}", annee, lignes, _example(lignes))
        for (code, annee), lignes in sorted(groupes.items())
    ]
    options = [LIEU, ANNEE, *(f"{d.code} {d.libelle}" for d in load_catalogue().values())]
    options += [f"{critere} {libelle}" for critere, libelle in CRITERES.items()]
    return render("diagnostic/import", a=apercu, valeurs=valeurs, options=options, short=_short)


def _example(lignes: list[Indicateur]) -> Indicateur | None:
    return next((x for x in lignes if x.valeur is not None), None)


def _short(valeur: float) -> str:
    return nombre(valeur, 0 if valeur == int(valeur) else 1 if abs(valeur) >= 1 else 3)
