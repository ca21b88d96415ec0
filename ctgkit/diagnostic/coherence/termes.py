"""Un terme d'une relation : un code du territoire, ou une valeur écrite telle quelle avec l'endroit où on l'a lue."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ctgkit.diagnostic.coherence.alerte import Alerte, Chiffre
from ctgkit.diagnostic.coherence.contexte import ChiffreLu, ChiffresLus
from ctgkit.diagnostic.coherence.documents import ou
from ctgkit.diagnostic.formules import Intervalle, arrondi, decimales
from ctgkit.errors import CtgError
from ctgkit.formats import nombre, read_nombre

_ECRIT = re.compile(r"^([+-−]?[\d\s\u00a0\u202f]*\d(?:[.,]\d+)?)\s*(.*)$")


@dataclass(frozen=True)
class ValeurEcrite:
    """Ce qu'un terme vaut, avec sa précision et sa provenance."""

    valeur: float
    intervalle: Intervalle
    unite: str = ""
    annee: int | None = None
    code: str = ""
    ou: str = ""
    libelle: str = ""
    texte_lu: str = ""

    @property
    def nu(self) -> str:
        return nombre(self.valeur, decimales(self.valeur))

    @property
    def texte(self) -> str:
        if self.texte_lu:
            return self.texte_lu
        separateur = "\u202f" if self.unite in ("%", "‰", "€") else "\u00a0"
        return f"{self.nu}{separateur}{self.unite}" if self.unite else self.nu

    def chiffre(self) -> Chiffre:
        return Chiffre(self.texte, self.ou, self.libelle)


Relation = Mapping[str, Any]
TermeLu = Sequence[ValeurEcrite]
"""Les lectures possibles d'un terme ; aucune quand il est masqué ou inconnu."""


def read_terme(contexte: ChiffresLus, brut: Any, relation: Relation) -> TermeLu:
    """`AV01`, `15`, `"10,6 %"`, `{code: AV01, annee: 2024}` ou `{valeur: 15, libelle: …, ligne: 750}`."""
    if isinstance(brut, Mapping):
        if "valeur" in brut:
            return [_ecrite(brut["valeur"], brut, relation)]
        if "code" in brut:
            return _codes(contexte, brut, relation)
    elif isinstance(brut, int | float) and not isinstance(brut, bool):
        return [_ecrite(brut, {}, relation)]
    elif isinstance(brut, str):
        if brut in contexte.catalogue:
            return _codes(contexte, {"code": brut}, relation)
        if _ECRIT.match(brut.strip()):
            return [_ecrite(brut, {}, relation)]
    raise erreur(relation, f"terme illisible : {brut!r}", "un code du catalogue, un nombre, ou {valeur: …, libelle: …}")


def read_termes(contexte: ChiffresLus, brut: Any, relation: Relation) -> list[TermeLu]:
    elements = brut if isinstance(brut, list | tuple) else [brut]
    if not elements or brut is None:
        raise erreur(relation, "des termes manquent", "une liste de codes ou de valeurs")
    return [read_terme(contexte, e, relation) for e in elements]


def _codes(contexte: ChiffresLus, brut: Mapping[str, Any], relation: Relation) -> TermeLu:
    code = str(brut["code"])
    contexte.catalogue[code]
    geo = str(brut.get("geo") or relation.get("geo") or contexte.lieu)
    annee = brut.get("annee") or relation.get("annee")
    return [to_valeur(x) for x in contexte.read(code, geo) if annee in (None, "", x.annee)]


def to_valeur(x: ChiffreLu) -> ValeurEcrite:
    dit = x.libelle or x.definition.libelle
    return ValeurEcrite(x.valeur, x.intervalle, x.definition.unite, x.annee, x.code, x.ou, dit, x.texte)


def _ecrite(ecrit: Any, brut: Mapping[str, Any], relation: Relation) -> ValeurEcrite:
    """Une chaîne garde ses décimales : « 10,0 % » n'est pas « 10 % »."""
    trouve = _ECRIT.match(str(ecrit).strip())
    try:
        valeur = read_nombre(trouve.group(1)) if trouve else float("nan")
    except ValueError:
        raise erreur(relation, f"nombre illisible : {ecrit!r}", "un nombre, par exemple 10,6") from None
    if math.isnan(valeur):
        raise erreur(relation, f"nombre illisible : {ecrit!r}", "un nombre, par exemple 10,6")
    apres = trouve.group(1).replace(",", ".").partition(".")[2] if isinstance(ecrit, str) else ""
    unite = str(brut.get("unite") or trouve.group(2))
    chiffres = len(apres) if isinstance(ecrit, str) else decimales(valeur)
    exact = unite not in ("%", "‰") and chiffres == 0
    lieu = ou(str(brut.get("document") or relation.get("document") or ""), brut.get("ligne"))
    annee = brut.get("annee") if isinstance(brut.get("annee"), int) else None
    intervalle = Intervalle(valeur, valeur) if exact else arrondi(valeur, chiffres)
    return ValeurEcrite(
        valeur,
        intervalle,
        unite,
        annee,
        ou=lieu,
        libelle=str(brut.get("libelle") or ""),
        texte_lu=str(brut.get("texte") or ""),
    )


def cle(relation: Relation, *noms: str) -> Any:
    trouve = next((relation[n] for n in noms if relation.get(n) is not None), None)
    if trouve is None:
        raise erreur(relation, f"« {noms[0]} » manque", f"{noms[0]}: un terme ou une liste de termes")
    return trouve


@dataclass(frozen=True)
class Faute:
    """Ce qu'une relation déclarée a trouvé de faux."""

    regle: str
    titre: str
    calcul: str
    valeurs: Sequence[ValeurEcrite]
    niveau: str = ""

    def alerte(self, contexte: ChiffresLus) -> Alerte:
        """Certaine quand tout est de la même année ; à qualifier sinon."""
        annees = {v.annee for v in self.valeurs}
        codes = tuple(dict.fromkeys(v.code for v in self.valeurs if v.code))
        definition = contexte.catalogue[codes[0]] if codes else None
        nom = definition.libelle if definition else next((v.libelle for v in self.valeurs if v.libelle), "")
        return Alerte(
            self.regle,
            self.niveau or ("E" if len(annees) <= 1 else "D"),
            f"{nom} : {self.titre}" if nom else self.titre,
            self.calcul,
            tuple(v.chiffre() for v in self.valeurs),
            ("des années différentes, ou une année qui n’est pas écrite",) if len(annees) > 1 else (),
            definition.theme if definition else "",
            codes,
            contexte.lieu,
        )


def erreur(relation: Relation, quoi: str, attendu: str) -> CtgError:
    nom = (
        relation.get("titre") or relation.get("libelle") or relation.get("code") or relation.get("regle") or "sans nom"
    )
    return CtgError(f"Relation « {nom} » : {quoi}.", "relations.yaml", f"Attendu : {attendu}.")
