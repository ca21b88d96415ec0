"""La page « Bonus territoire » et ses contrôles."""

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import ClassVar
from urllib.parse import urlencode, urlsplit

import ipywidgets as widgets
from markupsafe import Markup

from ctgkit.carnet.lieu import Lieu, open_lieu
from ctgkit.carnet.simulation import read_scenario
from ctgkit.documents.registre import Offre, offres
from ctgkit.errors import CtgError
from ctgkit.horloge import check_year, first_year
from ctgkit.simulation import AVERTISSEMENT, Resultat, latest_edition, mark, prudence, reread
from ctgkit.simulation.lectures.constat import largest
from ctgkit.storage import write_answer
from ctgkit.storage.journal import (
    Journal,
    SavedScenario,
    duplicate_scenario,
    find_scenario,
    list_scenarios,
    moment,
    open_journal,
    save_scenario,
)
from ctgkit.territoire import PERIODES, Marque, Reference, Scenario, Table, Territoire
from ctgkit.views.bonus.etat import AXES, VUES, Brouillon, EtatBonus, default_day
from ctgkit.views.bonus.grille import COLONNES, apply_cells, errors, first_weights, rows
from ctgkit.views.bonus.lecture import CalculBonus, LectureBonus, compute, next_page, reference
from ctgkit.views.bonus.reglages import PERIODE, POIDS, blocks, choices, hypotheses
from ctgkit.views.bonus.saisies import GENRES, french_day, number
from ctgkit.views.bonus.zones import ENSEMBLES, ZONES, undo_zone
from ctgkit.views.composants.curseur import Curseur, Echelle
from ctgkit.views.composants.formulaire import Bloc, ChampSaisi, Formulaire
from ctgkit.views.composants.grille import Cases, Grille
from ctgkit.views.composants.html import render
from ctgkit.views.composants.memoire import Memoire
from ctgkit.views.composants.panneau import Demande, Geste, Panneau, Zone, box, guarded, pick

LOCALES = ("127.0.0.1", "localhost", "::1")


def sharing(lu: LectureBonus) -> Markup:
    gardes, code = list_scenarios(lu.memoire.journal), lu.resultat.scenario.code
    garde = next((s for s in gardes if s.code == code), None)
    enregistre = garde is not None
    lien = link(lu.adresse, lu.resultat.territoire.code, code) if enregistre else ""
    scenarios = [
        {
            "id": s.id,
            "nom": s.nom,
            "code": s.code,
            "role": s.role,
            "quand": moment(s.quand) if s.quand else "",
            "avant": s.scenario.marque.edition < latest_edition().numero,
        }
        for s in gardes
    ]
    return render(
        "bonus/sortie",
        code=code,
        enregistre=enregistre,
        confirme=f"« {garde.nom} » est enregistré, {moment(garde.quand)}." if garde and garde.quand else "",
        lien=lien,
        qr=qr_code(lien),
        scenarios=scenarios,
        suit=lu.etat.brouillon.suit,
        compares=lu.etat.compares,
        places=3 - lu.calcul.change,
        ouverts=bool(lu.etat.compares),
        lecture_seule=lu.memoire.lecture_seule,
        exports=list(labels().items()),
    )


def link(adresse: str, territoire: str, code: str) -> str:
    """L'adresse de cette page avec le code ; vide hors de l'atelier servi (JupyterLab)."""
    if "/carnet/" not in adresse:
        return ""
    return f"{adresse}?{urlencode({'territoire': territoire, 'scenario': code})}"


def qr_code(lien: str) -> Markup:
    """Un téléphone ne peut pas ouvrir une adresse qui n'existe que sur ce poste : alors pas de dessin."""
    if not lien or urlsplit(lien).hostname in LOCALES:
        return Markup("")
    import segno

    dessin = io.BytesIO()
    svg = {"xmldecl": False, "svgns": False, "omitsize": True, "dark": "#1D2732", "border": 2}
    segno.make(lien, error="m").save(dessin, kind="svg", title=f"Code QR : {lien}", **svg)
    return Markup(dessin.getvalue().decode())


def save_named(memoire: Memoire, scenario: Scenario, suit: str) -> SavedScenario:
    """La suite du scénario que l'on reprend, ou un nouveau."""
    gardes = list_scenarios(memoire.journal)
    if scenario.nom in {s.nom for s in gardes if s.id != suit}:
        raise CtgError(f"Un scénario s'appelle déjà « {scenario.nom} ».", "Nom du scénario", "Choisir un autre nom.")
    return save_scenario(memoire.journal, scenario, memoire.role, next((s for s in gardes if s.id == suit), None))


def offered() -> dict[str, Offre]:
    """Par format, le document que la page y propose."""
    return {e: offre for offre in offres("bonus").values() for e in offre.formats if e in offre.defaut_pour}


def labels() -> dict[str, str]:
    """Par format, le nom de son bouton."""
    return {extension: offre.name(extension) for extension, offre in offered().items()}


def export(cle: str, reference: Resultat, scenario: Resultat) -> tuple[str, bytes, str]:
    """Le nom du fichier, son contenu et son type ; le nom porte le code : on sait toujours d'où il vient."""
    offertes = offered()
    if cle not in offertes:
        raise CtgError("Cet export n'existe pas.", cle[:40], "Choisir un des boutons d'export.")
    sources = {"resultat": scenario, "reference": None if scenario is reference else reference}
    ecrit = offertes[cle].write(cle, sources)
    nom = f"bonus-{scenario.territoire.code}-{scenario.scenario.code}.{cle}"
    return nom, ecrit.octets, ecrit.genre


COMPARES = 3


def _year(etat: EtatBonus, geste: Demande, lu: LectureBonus) -> EtatBonus:
    return replace(etat, annee=int(geste["valeur"])) if _is_year(geste["valeur"], lu) else etat


def _is_year(texte: str, lu: LectureBonus) -> bool:
    return texte.isdigit() and int(texte) in lu.resultat.annees


def _amount(etat: EtatBonus, geste: Demande, lu: LectureBonus) -> EtatBonus:
    """Un montant du tableau : sa structure et son année."""
    annee = geste.get("annee", "")
    return replace(etat, structure=geste["valeur"], annee=int(annee)) if _is_year(annee, lu) else etat


def _unfold(etat: EtatBonus, _: Demande, lu: LectureBonus) -> EtatBonus:
    return replace(etat, lignes=next_page(len(lu.resultat.territoire.structures), etat.lignes))


def _add(etat: EtatBonus, geste: Demande, lu: LectureBonus) -> EtatBonus:
    jour = french_day(default_day(lu.resultat.territoire, lu.jour).isoformat())
    proposes = {
        "quantite": {"date": jour, "structure": etat.structure},
        "ouvrir": {"date": jour},
        "credits": {"annee": str(etat.annee)},
        "parametre": {"depuis": f"01/01/{etat.annee}"},
    }
    genre = geste["valeur"]
    return etat.edit(etat.brouillon.add(genre, **proposes.get(genre, {}))) if genre in GENRES else etat


def _compare(etat: EtatBonus, geste: Demande, lu: LectureBonus) -> EtatBonus:
    """Trois scénarios au plus sur le même axe, celui que l'on écrit compris."""
    autres = [i for i in etat.compares if i != geste["valeur"]]
    return replace(etat, compares=tuple([*autres, geste["valeur"]][-(COMPARES - lu.calcul.change) :]))


def _as_saved(etat: EtatBonus, *_: object) -> EtatBonus:
    """Le scénario du lien, tel que son auteur l'a enregistré."""
    return etat.edit(etat.lie, repris=False) if etat.lie else etat


GESTES: Mapping[str, Geste] = {
    "annee": _year,
    "structure": pick("structure"),
    "montant": _amount,
    "vue": pick("vue", VUES),
    "axe": pick("axe", AXES, lignes=0),
    "deplier": _unfold,
    "replier": lambda etat, *_: replace(etat, lignes=0),
    "ajouter": _add,
    "retirer": lambda etat, geste, _: etat.edit(etat.brouillon.remove(geste.get("bloc", ""))),
    "reference": lambda etat, *_: etat.edit(Brouillon()),
    "tel-qu-enregistre": _as_saved,
    "comparer": _compare,
    "decomparer": lambda etat, geste, _: replace(
        etat, compares=tuple(i for i in etat.compares if i != geste["valeur"])
    ),
    "prudence": lambda etat, *_: replace(etat, prudente=True),
    "grille": lambda etat, geste, _: replace(etat, grille=geste["valeur"] == "ouvrir"),
}


OBJET, CHAMP = "brouillon_bonus", "scénario en cours"
REFERENCE = "reference"
ROLE = "chargé de coopération"


def bonus_panel(
    lieu: Lieu | str, scenario: Scenario | str | None = None, annee: int = 0, role: str = ROLE
) -> widgets.Widget:
    """La page avec ses contrôles ; `scenario` : un code enregistré, ou un scénario que l'on vient d'écrire.

    Sans dates de convention, elle dit ce qu'il faut compléter d'abord.
    """
    ici = open_lieu(lieu)
    if not ici.annees:
        return widgets.HTML(render("bonus/sans_dates", territoire=ici.territoire, avertissement=AVERTISSEMENT))
    check_year(ici.territoire, annee)
    voulu, memoire = read_scenario(scenario, ici), Memoire(open_journal(ici.dossier or ici.code), role)
    suit = _saved_as(memoire.journal, voulu.code) if voulu else ""
    return BonusPanel(ici.territoire, memoire, annee, ici.jour, voulu, suit, ici.dossier).widget


def _saved_as(journal: Journal, code: str) -> str:
    try:
        return find_scenario(journal, code).id
    except CtgError:
        return ""


class BonusPanel(Panneau[EtatBonus, LectureBonus]):
    """Le brouillon est écrit au journal à chaque changement ; ce que l'on regarde ne l'est pas."""

    zones: ClassVar = {
        **ZONES,
        "gestes": Zone(undo_zone, ensuite=True),
        "sortie": Zone(sharing, ensuite=True),
    }
    gestes: ClassVar = GESTES
    actes: ClassVar = {
        "annuler": lambda page, _: page.undo(),
        "retablir": lambda page, _: page.redo(),
        "enregistrer": lambda page, _: page.save(page.etat.brouillon.suit),
        "enregistrer-copie": lambda page, _: page.save(""),
        "reprendre": lambda page, geste: page.resume(geste["valeur"]),
        "dupliquer": lambda page, geste: page.duplicate(geste["valeur"]),
        "exporter": lambda page, geste: page.send(geste["valeur"]),
        "garder-le-mien": lambda page, _: page.keep_mine(),
        "prendre-l-autre": lambda page, _: page.take_other(),
        "compris": lambda *_: None,
    }

    def __init__(  # noqa: PLR0913, PLR0917 - ce que demande une page, puis ce que demande son lien
        self,
        territoire: Territoire,
        memoire: Memoire,
        annee: int,
        jour: date,
        scenario: Scenario | None = None,
        suit: str = "",
        dossier: str = "",
    ) -> None:
        self.territoire, self.jour, self.base = territoire, jour, reference(territoire)
        self.dossier = dossier
        self._autres: dict[str, CalculBonus] = {}
        self._marques: dict[str, Marque | None] = {}
        self.reglages = Formulaire(self.fill, nom="Le scénario")
        self.fonction = Formulaire(self.change_role, nom="Votre fonction")
        annees = territoire.annees
        tout = Echelle(annees[0], annees[-1], paliers=annees, millesime=True)
        choisir = partial(self.turn, "annee")
        self.annee = Curseur("Année regardée", annees[0], tout, suite=choisir, cle="annee", au_fil=True)
        self.hypotheses: dict[str, Curseur] = {}
        self.zone_hypotheses = box("hypotheses")
        self.grille: Grille | None = None
        self.zone_grille = box("grille-zone")
        memoire.replay(OBJET, memoire.role, CHAMP)
        super().__init__(self._first(memoire, annee, scenario, suit), memoire)
        self.pont.observe(lambda _: self.suite.ask(), "adresse")

    def _first(self, memoire: Memoire, annee: int, scenario: Scenario | None, suit: str) -> EtatBonus:
        """Le scénario demandé par l'adresse, ou ce que l'on en avait fait ; sinon le brouillon laissé en partant."""
        lie = replace(Brouillon.of_scenario(scenario, suit), lien=scenario.code) if scenario else None
        garde = draft(memoire)
        self._marques = _marks(memoire, garde) | ({scenario.code: scenario.garde} if scenario else {})
        sien = bool(lie and garde and garde.lien == lie.lien)
        brouillon = garde or Brouillon() if not lie or sien else lie
        repris = sien and brouillon.scenario() != lie.scenario()
        changees = [s.champs.get("structure", "") for s in brouillon.saisies]
        connues = [s for s in changees if s in self.base.cadre.rangs]
        structure = connues[-1] if connues else largest(self.base)
        dites = memoire.states(REFERENCE)
        repondues = frozenset(i for i in range(len(self.territoire.references)) if self._key(i) in dites)
        annee = first_year(self.territoire.annees, annee, self.jour)
        etat = EtatBonus(annee=annee, lie=lie, repris=repris, repondues=repondues)
        return etat.edit(brouillon, structure=structure)

    # Lire l'état, le montrer, le garder

    def read(self, etat: EtatBonus) -> LectureBonus:
        avant: LectureBonus | None = self.lecture
        meme = avant is not None and avant.etat.brouillon == etat.brouillon
        calcul = avant.calcul if meme else compute(self.territoire, etat.brouillon, self.base)
        tiree = None
        if etat.prudente:
            deja = meme and avant.prudence and avant.etat.hypotheses == etat.hypotheses
            tiree = avant.prudence if deja else prudence(calcul.resultat, etat.hypotheses)
        autres = {i: self._compared(i) for i in etat.compares}
        return LectureBonus(calcul, etat, self.jour, autres, tiree, memoire=self.memoire, adresse=self.pont.adresse)

    def _compared(self, identifiant: str) -> CalculBonus:
        if identifiant not in self._autres:
            garde = find_scenario(self.memoire.journal, identifiant)
            self._autres[identifiant] = compute(self.territoire, Brouillon.of_scenario(garde.scenario), self.base)
        return self._autres[identifiant]

    def keep(self, avant: EtatBonus) -> None:
        if self.etat.brouillon != avant.brouillon:
            self.write()

    def write(self) -> None:
        """`ConflictError` si la même fonction a écrit ailleurs ; en lecture seule, la page calcule quand même."""
        if not self.memoire.lecture_seule:
            self.memoire.write(OBJET, self.memoire.role, CHAMP, self.etat.brouillon.as_mapping())
            self.pont.saved()

    def draw_controls(self) -> None:
        self.reglages.show(blocks(self.lecture.calcul, self.etat), choices(self.lecture.resultat))
        self.annee.show(str(self.etat.annee))
        self._show_hypotheses()
        if self.etat.grille != bool(self.grille) or not self.zone_grille.children:
            self._open_grid()
        if self.grille:
            b = self.etat.brouillon
            self.grille.show(rows(self.territoire, b), errors(b, self.lecture.calcul.refus))

    def _show_hypotheses(self) -> None:
        """Les curseurs de la vue prudente, une fois qu'elle est demandée."""
        self.zone_hypotheses.layout.display = None if self.etat.prudente else "none"
        if not self.etat.prudente:
            return
        for champ, hypothese in hypotheses(self.territoire).items():
            if champ not in self.hypotheses:
                suite = partial(self.turn, champ)
                self.hypotheses[champ] = Curseur(hypothese.nom, 0, hypothese.echelle, suite=suite, cle=champ)
                self.zone_hypotheses.children += (self.hypotheses[champ].widget,)
            self.hypotheses[champ].show(hypothese.write(self.etat.hypotheses), aide=hypothese.aide)

    def _open_grid(self) -> None:
        self.grille = Grille(self.paste, "Structures du territoire", COLONNES) if self.etat.grille else None
        haut = widgets.HTML(render("bonus/grille_ouverte" if self.etat.grille else "bonus/grille_fermee"))
        self.zone_grille.children = (haut, self.grille) if self.grille else (haut,)

    @guarded
    def draw_rest(self) -> None:
        self.lecture = replace(self.lecture, adresse=self.pont.adresse)
        super().draw_rest()
        role = ChampSaisi(
            "role", "Votre fonction", self.memoire.role, aide="Écrite dans l'historique, jamais votre nom."
        )
        self.fonction.show([Bloc("role", champs=(role,))])

    def message(self) -> str:
        bandeau = render("bonus/fictif", fictif=self.territoire.est_fictif)
        repris = render("bonus/repris") if self.etat.repris else ""
        return bandeau + super().message() + repris + self._reread()

    def _reread(self) -> str:
        """Ce qui a changé pour le scénario gardé que l'on regarde, tant qu'on ne l'a pas modifié."""
        r = self.lecture.resultat
        marque = self._marques.get(r.scenario.code)
        return render("bonus/relecture", relecture=reread(r, marque)) if marque else ""

    # Ce que le navigateur appelle

    @guarded
    def fill(self, bloc: str, champ: str, texte: str) -> None:
        """Un champ des réglages a changé."""
        self.forget()
        b = self.etat.brouillon
        if bloc == "nom":
            return self.become(self.etat.edit(replace(b, nom=texte.strip() or Brouillon().nom)))
        if bloc.startswith(PERIODE):
            return self.answer(int(bloc.removeprefix(PERIODE)), texte)
        if bloc == POIDS:
            return self.become(self.etat.edit(replace(b, poids={**b.poids, champ: texte.strip()})))
        if bloc == "repartition":
            poids = first_weights(self.territoire, b.poids) if texte == "personnalisee" else b.poids
            return self.become(self.etat.edit(replace(b, repartition=texte, poids=poids)))
        suivant = b.fill(bloc, champ, texte)
        saisie = next((s for s in suivant.saisies if s.cle == bloc), None)
        vue = saisie.champs.get("structure", "") if saisie else ""
        self.become(self.etat.edit(suivant, structure=vue or self.etat.structure))
        if saisie and saisie.genre == "ouvrir" and (ouverte := self.lecture.calcul.opened(saisie.cle)):
            self.become(replace(self.etat, structure=ouverte))
        return None

    @guarded
    def turn(self, champ: str, texte: str) -> None:
        """Un curseur hors du scénario : l'année que l'on regarde, une hypothèse de la vue prudente."""
        self.forget()
        valeur = number(texte)
        if champ == "annee":
            return self.become(replace(self.etat, annee=int(valeur)))
        supposee = hypotheses(self.territoire)[champ].put(self.etat.hypotheses, valeur)
        return self.become(replace(self.etat, hypotheses=supposee))

    @guarded
    def paste(self, cases: Cases) -> None:
        """Des cases de la grille ont changé."""
        self.forget()
        jour = default_day(self.territoire, self.jour)
        self.become(
            self.etat.edit(apply_cells(self.etat.brouillon, cases, self.territoire, jour), structure=cases[-1][0])
        )

    @guarded
    def change_role(self, _bloc: str, _champ: str, texte: str) -> None:
        """Une autre fonction : son brouillon s'il existe, sinon celui que l'on a sous les yeux."""
        role = " ".join(texte.split())[:80]
        if not role or role == self.memoire.role:
            return self.draw()
        self.memoire = Memoire(self.memoire.journal, role)
        self.memoire.replay(OBJET, role, CHAMP)
        garde = draft(self.memoire)
        self.note = f"Vous écrivez maintenant comme « {role} »." + (" Son brouillon est repris." if garde else "")
        self.show(self.etat.edit(garde or self.etat.brouillon))
        return self.write()

    # Ce qui touche au journal ou aux fichiers

    def answer(self, ligne: int, periode: str) -> None:
        """La période d'un montant de référence : écrite dans references.csv, dite au journal, comptée aussitôt."""
        table = self.territoire.references
        avant = str(table["periode"][ligne])
        if periode not in PERIODES or periode == avant:
            return self.draw()
        if not self.dossier or self.memoire.lecture_seule:
            empechement = self.memoire.lecture_seule or "La page n'est pas ouverte sur un dossier de territoire."
            raise CtgError("Cette réponse ne peut pas être gardée.", "references.csv", empechement)
        designe = {"competence": str(table["competence"][ligne]), "type": str(table["type"][ligne])}
        designe |= {"annee": f"{table['annee'][ligne]:.0f}", "periode": avant}
        write_answer(self.dossier, "references.csv", designe, "periode", periode)
        journal = self.memoire.journal
        lu = journal.state(REFERENCE, self._key(ligne))
        journal.record_all([lu.change("période", periode, avant)], self.memoire.role)
        colonne = table["periode"].copy()
        colonne[ligne] = periode
        references = Table(Reference, {**table.colonnes, "periode": colonne})
        self.territoire = replace(self.territoire, references=references)
        self.base, self.lecture = reference(self.territoire), None
        self._autres.clear()
        self.note = "La réponse est écrite dans les références du territoire."
        return self.show(replace(self.etat, repondues=self.etat.repondues | {ligne}))

    def _key(self, ligne: int) -> str:
        """Une ligne de references.csv, telle que le journal la nomme."""
        table = self.territoire.references
        return f"{table['competence'][ligne]} {table['type'][ligne]} {table['annee'][ligne]:.0f}"

    def undo(self) -> None:
        if self.memoire.can_undo:
            self.memoire.undo()
            self.show(self.etat.edit(draft(self.memoire) or Brouillon()))

    def redo(self) -> None:
        if self.memoire.can_redo:
            self.memoire.redo()
            self.show(self.etat.edit(draft(self.memoire) or Brouillon()))

    def keep_mine(self) -> None:
        """Deux versions du brouillon : la personne a vu l'autre et garde la sienne."""
        self.memoire.reload()
        self.memoire.replay(OBJET, self.memoire.role, CHAMP)
        self.write()
        self.draw()

    def take_other(self) -> None:
        self.memoire.reload()
        self.memoire.replay(OBJET, self.memoire.role, CHAMP)
        self.show(self.etat.edit(draft(self.memoire) or Brouillon()))

    def save(self, suit: str) -> None:
        b, refus = self.etat.brouillon, self.lecture.calcul.refus
        if refus or any(s not in b.counted() for s in b.saisies):
            self.note = "Un changement incomplet reste dans le brouillon : il n'est pas enregistré avec le scénario."
        marque = mark(self.lecture.resultat)
        vu = save_named(self.memoire, replace(b.scenario(frozenset(refus)), marque=marque), suit)
        self._autres.pop(vu.id, None)
        self._marques[vu.code] = marque
        self.note = f"« {vu.nom} » est enregistré sous le code {vu.code}. {self.note}".strip()
        self.become(self.etat.edit(replace(b, suit=vu.id)))

    def resume(self, identifiant: str) -> None:
        vu = find_scenario(self.memoire.journal, identifiant)
        self.note = f"« {vu.nom} » est repris."
        self._marques[vu.code] = vu.scenario.garde
        self.become(self.etat.edit(Brouillon.of_scenario(vu.scenario, vu.id)))

    def duplicate(self, identifiant: str) -> None:
        self.resume(duplicate_scenario(self.memoire.journal, identifiant, self.memoire.role).id)

    def send(self, cle: str) -> None:
        self.pont.download(*export(cle, self.base, self.lecture.resultat))
        self.note = f"Fichier prêt : {labels()[cle]}."

    def layout(self) -> list[widgets.Widget]:
        z = self.html
        titre = widgets.HTML(render("bonus/titre_reglages"))
        scenario = box("reglages", titre, z["gestes"], self.reglages)
        sortie = box("zone-sortie", z["sortie"], self.fonction)
        annees = (z["constat"], self.annee.widget, z["annees"], z["totaux"])
        resultat = box("resultat", *annees, z["prudence"], self.zone_hypotheses, z["prudente"])
        comparer = box("comparer", *(z[nom] for nom in ENSEMBLES["comparer"]))
        seules = [z[nom].add_class(nom) for nom in ZONES if not any(nom in x for x in ENSEMBLES.values())]
        atelier = box("atelier", box("gauche", scenario, sortie), resultat, comparer, *seules, self.zone_grille)
        pied = widgets.HTML(render("bonus/pied", avertissement=AVERTISSEMENT))
        return [z["message"], atelier, pied]


def _marks(memoire: Memoire, garde: Brouillon | None) -> dict[str, Marque | None]:
    """La marque du scénario enregistré que suit le brouillon laissé en partant."""
    saved = [s.scenario for s in list_scenarios(memoire.journal) if garde and s.id == garde.suit]
    return {scenario.code: scenario.garde for scenario in saved}


def draft(memoire: Memoire) -> Brouillon | None:
    """Un brouillon d'une autre version de l'outil, que l'on ne sait plus lire, ne bloque pas la page."""
    contenu = memoire.value(OBJET, memoire.role, CHAMP)
    if not isinstance(contenu, Mapping):
        return None
    try:
        return Brouillon.of_mapping(contenu)
    except (KeyError, TypeError, ValueError):
        return None
