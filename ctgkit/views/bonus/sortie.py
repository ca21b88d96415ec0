"""Garder, partager, emporter : le code, le lien, les scénarios enregistrés, les fichiers."""

import io
from urllib.parse import urlencode, urlsplit

from markupsafe import Markup

from ctgkit.documents.registre import Offre, offres
from ctgkit.errors import CtgError
from ctgkit.simulation import Resultat
from ctgkit.storage.journal import SavedScenario, list_scenarios, moment, save_scenario
from ctgkit.territoire import Scenario
from ctgkit.views.bonus.lecture import LectureBonus
from ctgkit.views.composants.html import render
from ctgkit.views.composants.memoire import Memoire

LOCALES = ("127.0.0.1", "localhost", "::1")


def sharing(lu: LectureBonus) -> Markup:
    gardes, code = list_scenarios(lu.memoire.journal), lu.resultat.scenario.code
    garde = next((s for s in gardes if s.code == code), None)
    enregistre = garde is not None
    lien = link(lu.adresse, lu.resultat.territoire.code, code) if enregistre else ""
    scenarios = [
        {"id": s.id, "nom": s.nom, "code": s.code, "role": s.role, "quand": moment(s.quand) if s.quand else ""}
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
