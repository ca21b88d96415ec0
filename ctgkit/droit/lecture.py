"""Lire et contrôler les barèmes écrits en YAML : une erreur nomme le fichier et la clé."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from ctgkit.droit.bareme import STATUTS, UNITES, USAGES, Bareme, BaremeError, Parametre, ReferenceDroit, Tranche, Valeur
from ctgkit.errors import did_you_mean
from ctgkit.formats import liste, read_date, read_nombre

_CONTENUS = ("valeur", "min", "max", "tranches", "inconnu", "structures", "competences")
_CLES = {*_CONTENUS, "zone_prioritaire", "question", "statut", "reference", "detail"}


def read_yaml(chemin: Path) -> dict[str, Any]:
    try:
        lu = yaml.load(chemin.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, ValueError, yaml.YAMLError) as erreur:
        raise BaremeError(f"Barème illisible : {erreur}", chemin.name, "Corriger l'écriture YAML du fichier.") from None
    if not isinstance(lu, dict):
        raise BaremeError("Un barème est un ensemble de clés et de valeurs.", chemin.name)
    return lu


def read_bareme(documents: Mapping[str, Mapping[str, Any]], sources: Mapping[str, Any]) -> Bareme:
    """Le barème de plusieurs documents YAML ; le code d'un paramètre est « fichier.clé »."""
    lus = {}
    for nom, document in documents.items():
        for cle, bloc in (document.get("parametres") or {}).items():
            lus[f"{nom}.{cle}"] = read_parametre(f"{nom}.{cle}", bloc, f"{nom}.yaml", sources)
    return Bareme(MappingProxyType(lus))


def override(bareme: Bareme, blocs: Mapping[str, Any], source: str, statut: str = "local") -> Bareme:
    """Le même barème, où les valeurs de `blocs` prennent la place de celles en vigueur à partir de leurs dates."""
    parametres = dict(bareme.parametres)
    for code, bloc in _flatten(blocs, source).items():
        try:
            national = bareme[code]
        except BaremeError as erreur:
            raise BaremeError(erreur.quoi, f"{source}, {code}", erreur.que_faire) from None
        _check(isinstance(bloc, Mapping), "un paramètre est un bloc de clés", f"{source}, {code}")
        local = read_parametre(code, {"statut": statut, **bloc}, source, {}, national)
        gardees = tuple(v for v in national.valeurs if v.depuis < local.valeurs[0].depuis)
        parametres[code] = replace(national, valeurs=gardees + local.valeurs)
    return Bareme(MappingProxyType(parametres))


def read_parametre(
    code: str, bloc: Any, source: str, sources: Mapping[str, Any], national: Parametre | None = None
) -> Parametre:
    ou = f"{source}, {code}"
    _check(isinstance(bloc, Mapping), "un paramètre est un bloc de clés", ou)
    herite = {"unite": national.unite, "usage": national.usage, "libelle": national.libelle} if national else {}
    complet = {"usage": "calcul", **herite, **bloc}
    unite, usage, verifie = complet.get("unite"), complet["usage"], complet.get("verifie_le")
    _check(unite in UNITES, f"unité « {unite} » inconnue ; possibles : {liste(list(UNITES))}", ou)
    attendue = national.unite if national else unite
    _check(unite == attendue, f"unité « {unite} » au lieu de « {attendue} » ({UNITES[attendue]})", ou)
    _check(usage in USAGES, f"usage « {usage} » inconnu ; possibles : {liste(list(USAGES))}", ou)
    _check(bool(complet.get("libelle")), "« libelle » manque", ou)
    _check(bool(verifie or national), "« verifie_le » manque", ou)
    valeurs = _Lecture(complet, unite, sources, national is not None).valeurs(ou)
    return Parametre(code, complet["libelle"], unite, verifie and _date(verifie, ou), valeurs, usage, source)


@dataclass(frozen=True)
class _Lecture:
    """Un paramètre en cours de lecture ; `libre` : un montant du territoire peut citer une source hors de la liste."""

    bloc: Mapping[str, Any]
    unite: str
    sources: Mapping[str, Any]
    libre: bool

    def valeurs(self, ou: str) -> tuple[Valeur, ...]:
        ecrites = self.bloc.get("valeurs")
        _check(isinstance(ecrites, Mapping) and bool(ecrites), "« valeurs » par date d'effet manque", ou)
        lues = tuple(self.valeur(depuis, ecrit, f"{ou}, {depuis}") for depuis, ecrit in ecrites.items())
        dates = [v.depuis for v in lues]
        _check(dates == sorted(set(dates)), "les dates d'effet ne sont pas dans l'ordre", ou)
        return lues

    def valeur(self, depuis: Any, ecrit: Any, ou: str) -> Valeur:
        contenu = ecrit if isinstance(ecrit, Mapping) else {"valeur": ecrit}
        for cle in contenu:
            proche = "" if cle in _CLES else did_you_mean(cle, _CLES)
            _check(cle in _CLES, f"clé « {cle} » inconnue {proche}".rstrip(), ou)
        _check(any(c in contenu for c in _CONTENUS), f"il manque l'une de ces clés : {liste(list(_CONTENUS))}", ou)
        inconnue = contenu.get("inconnu", False)
        question = inconnue if isinstance(inconnue, str) else contenu.get("question") or self.bloc.get("question")
        _check(not inconnue or bool(question), "une valeur inconnue porte la question à poser", ou)
        statut = contenu.get("statut") or self.bloc.get("statut")
        _check(statut in STATUTS, f"statut « {statut} » inconnu ; possibles : {liste(list(STATUTS))}", ou)
        zone = contenu.get("zone_prioritaire")
        return Valeur(
            depuis=_date(depuis, ou),
            statut=statut,
            reference=self.reference(contenu, ou),
            tranches=self.tranches(contenu, ou),
            zone_prioritaire=None if zone is None else _number(zone, self.unite, ou),
            structures=self.propres(contenu, "structures", ou),
            competences=self.propres(contenu, "competences", ou),
            question=str(question or ""),
            inconnue=bool(inconnue),
        )

    def reference(self, contenu: Mapping[str, Any], ou: str) -> ReferenceDroit:
        citee = contenu.get("reference") or self.bloc.get("reference")
        connue = self.sources.get(citee) if isinstance(citee, str) else citee
        if connue is None and self.libre:
            connue = {"titre": citee or "montant propre au territoire"}
        _check(
            isinstance(connue, Mapping) and bool(connue.get("titre")), "« reference » manque ou n'est pas connue", ou
        )
        return ReferenceDroit(
            ", ".join(filter(None, [connue["titre"], contenu.get("detail")])), connue.get("url") or ""
        )

    def propres(self, contenu: Mapping[str, Any], cle: str, ou: str) -> dict[str, float]:
        ecrits = contenu.get(cle) or {}
        _check(isinstance(ecrits, Mapping), f"« {cle} » associe un identifiant à un montant", ou)
        return {str(nom): _number(x, self.unite, f"{ou}, {nom}") for nom, x in ecrits.items()}

    def tranches(self, contenu: Mapping[str, Any], ou: str) -> tuple[Tranche, ...]:
        """Un nombre, un intervalle, un inconnu ou une liste : toujours des tranches, la dernière sans borne."""
        if "tranches" not in contenu:
            return (Tranche(*_bounds(contenu, self.unite, ou)),)
        ecrites = contenu["tranches"]
        _check(
            isinstance(ecrites, list) and all(isinstance(t, Mapping) for t in ecrites), "« tranches » est une liste", ou
        )
        lues = tuple(_read_tranche(t, self.unite, ou) for t in ecrites)
        _check(bool(lues) and not lues[-1].limites, "la dernière tranche vaut pour tout le reste, sans borne", ou)
        _check(all(t.limites for t in lues[:-1]), "chaque tranche sauf la dernière a « moins_de » ou « jusqu_a »", ou)
        if len({tuple(t.limites) for t in lues[:-1]}) == 1 and len(lues[0].limites) == 1:
            limites = [x for t in lues[:-1] for x in t.limites.values()]
            _check(limites == sorted(set(limites)), "les tranches ne sont pas dans l'ordre croissant", ou)
        return lues


def _read_tranche(tranche: Mapping[str, Any], unite: str, ou: str) -> Tranche:
    ecrites = tranche.get("jusqu_a", tranche.get("moins_de", {}))
    limites = ecrites if isinstance(ecrites, Mapping) else {"": ecrites}
    montant = tranche["valeur"] if isinstance(tranche.get("valeur"), Mapping) else tranche
    _check(any(c in montant for c in ("valeur", "min", "max")), "une tranche a « valeur », ou « min » et « max »", ou)
    lues = {str(critere): _number(x, "", ou) for critere, x in limites.items()}
    return Tranche(*_bounds(montant, unite, ou), lues, "jusqu_a" in tranche)


def _bounds(contenu: Mapping[str, Any], unite: str, ou: str) -> tuple[float, float]:
    if "valeur" in contenu:
        return (_number(contenu["valeur"], unite, ou),) * 2
    bas = _number(contenu.get("min", 0), unite, ou)
    haut = _number(contenu["max"], unite, ou) if "max" in contenu else 1.0 if unite == "taux" else math.inf
    _check(bas <= haut, f"l'intervalle est à l'envers : {bas} est plus grand que {haut}", ou)
    return bas, haut


def _number(ecrit: Any, unite: str, ou: str) -> float:
    attendu = f"un nombre en {UNITES[unite]}" if unite else "un nombre"
    try:
        nombre = read_nombre(ecrit) if isinstance(ecrit, str) else float(ecrit)
    except (TypeError, ValueError):
        nombre = math.nan
    _check(not isinstance(ecrit, bool) and math.isfinite(nombre), f"« {ecrit} » n'est pas {attendu}", ou)
    _check(nombre >= 0, f"« {ecrit} » est négatif", ou)
    _check(unite != "taux" or nombre <= 1, f"« {ecrit} » n'est pas un taux compris entre 0 et 1 (70 % s'écrit 0,7)", ou)
    return nombre


def _date(ecrit: Any, ou: str) -> date:
    if isinstance(ecrit, datetime):
        return ecrit.date()
    try:
        return ecrit if isinstance(ecrit, date) else read_date(str(ecrit))
    except ValueError:
        raise BaremeError(f"« {ecrit} » n'est pas une date.", ou, "Écrire AAAA-MM-JJ.") from None


def _flatten(blocs: Any, source: str) -> dict[str, Any]:
    """« eaje.nouveau: {…} » ou « eaje: {nouveau: {…}} », sous « parametres » ou non."""
    _check(isinstance(blocs, Mapping), "un barème est un ensemble de clés et de valeurs", source)
    plats: dict[str, Any] = {}
    for cle, bloc in (blocs.get("parametres") or blocs).items():
        est_groupe = isinstance(bloc, Mapping) and "valeurs" not in bloc and "." not in str(cle)
        plats.update({f"{cle}.{c}": b for c, b in bloc.items()} if est_groupe else {str(cle): bloc})
    return plats


def _check(vrai: bool, constat: str, ou: str) -> None:
    if not vrai:
        raise BaremeError(f"Paramètre mal écrit : {constat}.", ou, "Corriger cette clé du fichier.")
