"""Garder et partager : le code, le lien, les scénarios enregistrés, les exports."""

import io
from urllib.parse import urlencode, urlsplit

from markupsafe import Markup

from ctgkit.storage.journal import moment
from ctgkit.views.bonus.calcul import Calcul
from ctgkit.views.bonus.etat import EtatBonus
from ctgkit.views.bonus.exports import labels
from ctgkit.views.bonus.memoire import Memoire
from ctgkit.views.composants.html import render

LOCALES = ("127.0.0.1", "localhost", "::1")


def sharing(calcul: Calcul, etat: EtatBonus, memoire: Memoire, adresse: str) -> Markup:
    gardes, code = memoire.scenarios(), calcul.resultat.scenario.code
    enregistre = any(s.code == code for s in gardes)
    lien = link(adresse, calcul.resultat.territoire.code, code) if enregistre else ""
    scenarios = [
        {"id": s.id, "nom": s.nom, "code": s.code, "role": s.role, "quand": moment(s.quand) if s.quand else ""}
        for s in gardes
    ]
    return render(
        "bonus/sortie", code=code, enregistre=enregistre, lien=lien, qr=qr_code(lien), scenarios=scenarios,
        suit=etat.brouillon.suit, compares=etat.compares, places=3 - calcul.change, ouverts=bool(etat.compares),
        lecture_seule=memoire.lecture_seule, exports=list(labels().items()),
    )  # fmt: skip


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
