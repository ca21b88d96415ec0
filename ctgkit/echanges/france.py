"""La liste nationale des communes, rafraîchie depuis les fichiers que l'on télécharge soi-même : rien n'est appelé.

Trois fichiers sont reconnus : le Code officiel géographique (noms, communes nées et disparues), la composition des
intercommunalités, les populations de référence. Positions, codes postaux et habitants de 0 à 19 ans restent.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import yaml

from ctgkit.echanges.formats import cog, populations
from ctgkit.echanges.lecteurs.feuille import LIMITE
from ctgkit.echanges.lecteurs.fichier import load_file, open_file, short_name
from ctgkit.echanges.retour import write_all
from ctgkit.echanges.tableau.apercu import ApercuImport, Skipped
from ctgkit.echanges.tableau.codes import COMMUNE, EPCI, departement_of, is_nowhere, read_code, simplify
from ctgkit.echanges.tableau.criteres import the_year
from ctgkit.echanges.tableau.entete import Piste
from ctgkit.echanges.tableau.lignes import FormatListe, LigneLue, browse
from ctgkit.echanges.tableau.perimetre import Perimetre
from ctgkit.echanges.tableau.reconnaissance import recognise
from ctgkit.errors import CtgError
from ctgkit.formats import liste, nombre, pluriel
from ctgkit.storage import NationalCommune, locked, national_communes, read_bytes
from ctgkit.storage.territoire.commun import FICHIER, france_folder, national_origines, write_national
from ctgkit.territoire import Territoire

COMMUNES, ORIGINES = os.path.basename(FICHIER), "origines.yaml"
_ENTIERE, _TROP = 30_000, 1_000
_DITES = 10
_EPCI = FormatListe(
    code="epci",
    libelle="Composition des intercommunalités à fiscalité propre",
    colonnes={
        "code": "insee|codgeo(_\\d{4})?|com|code_commune|code_insee(_commune)?",
        "epci": "siren(_epci|_groupement)?|epci|code_epci|n_siren",
        "nom": "raison_sociale|lib_?epci|nom_epci|nom_du_groupement",
    },
    read=lambda *_: None,
)
FORMATS = (cog.FORMAT, _EPCI, populations.FORMAT)
_TITRES = {
    cog.FORMAT.code: ("Code officiel géographique", "Insee"),
    _EPCI.code: ("Composition des intercommunalités", "Insee ou DGCL"),
    populations.FORMAT.code: ("Populations de référence", "Insee"),
}
Table = dict[str, NationalCommune]


@dataclass
class ApercuFrance:
    """Ce que le fichier changerait à la liste nationale ; `table` est la liste entière, une fois changée."""

    lecture: ApercuImport
    table: Table
    avant: Table
    empreinte: str
    annees: dict[str, int] = field(default_factory=dict)

    @property
    def touchees(self) -> list[str]:
        codes = self.table.keys() | self.avant.keys()
        return sorted(c for c in codes if self.table.get(c) != self.avant.get(c))

    def __str__(self) -> str:
        lecture = self.lecture
        comptes = [f"{nombre(lecture.reprises)} de la liste nationale", f"{nombre(lecture.hors)} hors de cette liste"]
        comptes += [f"{pluriel(n, 'écartée')}, {raison}" for raison, n in sorted(lecture.ecartees.items())]
        comptes += [pluriel(lecture.refusees, "rejetée"), pluriel(lecture.vides, "vide")]
        lignes = [f"{lecture.fichier} : {lecture.libelle}"]
        lignes.append(f"Lignes lues : {nombre(lecture.lues)}, dont {' ; '.join(comptes)}")
        lignes.append(f"Communes changées : {nombre(len(self.touchees))} sur {nombre(len(self.avant))}")
        lignes += [f"À savoir : {avis}" for avis in lecture.avis]
        lignes += [f"  {r.as_defaut(lecture.fichier)}" for r in lecture.rejets[:_DITES]]
        return "\n".join(lignes)


def preview_france(fichier: str | os.PathLike[str], annee: int | None = None) -> ApercuFrance:
    """Lit le fichier et dit tout ce qu'il changerait ; n'écrit rien."""
    nom = short_name(fichier)
    lecture = ApercuImport(nom, Territoire("france", "France"), Perimetre({}), annee)
    avant = {c.code_insee: c for c in national_communes()}
    apercu = ApercuFrance(lecture, dict(avant), avant, _digest())
    pistes = recognise(open_file(nom, load_file(fichier)), FORMATS)
    if not pistes:
        conseil = (
            "Donner le Code officiel géographique (v_commune_2026.csv), la composition des intercommunalités "
            "(EPCI_au_01-01-2026.xlsx) ou les populations de référence (donnees_communes.csv) de l'Insee."
        )
        raise CtgError("Ce fichier n'est pas un de ceux qui rafraîchissent la liste nationale.", nom, conseil)
    lecture.libelle = pistes[0].format.libelle
    for piste in pistes:
        _READERS[piste.format.code](piste, apercu)
    if lecture.lues and not lecture.reprises:
        raise CtgError(
            "Aucune ligne de ce fichier n'est une commune de la liste nationale.", nom, "Vérifier le fichier."
        )
    return apercu


def apply_france(apercu: ApercuFrance) -> bool:
    """Écrit la liste et d'où elle vient, ou rien ; vrai quand quelque chose a changé."""
    if not apercu.touchees:
        return False
    dossier = france_folder()
    dossier.mkdir(exist_ok=True)
    with locked(dossier):
        if _digest() != apercu.empreinte:
            raise CtgError("La liste nationale a changé depuis cet aperçu.", FICHIER, "Recommencer l'import.")
        fiches = national_origines() | {f"france-{c}-{a}": _origin(c, a, apercu) for c, a in apercu.annees.items()}
        ecrits = {
            COMMUNES: write_national(apercu.table.values()),
            ORIGINES: yaml.safe_dump(dict(fiches), allow_unicode=True, sort_keys=False, width=120).encode(),
        }
        write_all(dossier, apercu.lecture.fichier, ecrits)
    return True


def _digest() -> str:
    chemin = france_folder() / COMMUNES
    return hashlib.sha256(read_bytes(chemin, LIMITE)).hexdigest() if chemin.is_file() else ""


def _origin(code: str, annee: int, apercu: ApercuFrance) -> dict[str, object]:
    titre, emetteur = _TITRES[code]
    return {
        "court": f"{titre} {annee}",
        "titre": f"{titre}, {annee}",
        "emetteur": emetteur,
        "nature": "donnee publique",
        "date": str(annee),
        "url": "",
        "licence": "À vérifier sur la page de téléchargement",
        "statut": "a_confirmer",
        "note": f"Liste nationale rafraîchie depuis le fichier « {apercu.lecture.fichier} », donné par l'utilisateur.",
    }


def _read_cog(piste: Piste, apercu: ApercuFrance) -> None:
    annee, lues = the_year(apercu.lecture), {}

    def one(ligne: LigneLue) -> bool:
        if ligne.get("type") != "COM":
            raise Skipped("arrondissements, communes déléguées ou associées")
        code = read_code(COMMUNE, ligne.get("code"))
        lues[code] = ligne.get("nom")
        return code in apercu.avant

    browse(piste, apercu.lecture, one)
    apercu.annees[piste.format.code] = annee
    entiere = len(lues) >= _ENTIERE
    disparues = sorted(apercu.avant.keys() - lues.keys()) if entiere else []
    nees = sorted(lues.keys() - apercu.avant.keys()) if entiere else []
    if len(disparues) > _TROP or len(nees) > _TROP:
        quoi = (
            f"{nombre(len(disparues))} communes disparaîtraient et {nombre(len(nees))} naîtraient : rien n'est changé."
        )
        raise CtgError(quoi, apercu.lecture.fichier, "Vérifier que c'est bien la liste des communes en vigueur.")
    if not entiere:
        apercu.lecture.warn("Liste partielle : les noms sont repris, aucune commune n'est ajoutée ni ôtée.")
    for code in nees:
        apercu.table[code] = NationalCommune(code, lues[code], "", "", departement_of(code), None, None, None, None)
    for code in disparues:
        del apercu.table[code]
    for code, nom in lues.items():
        if code in apercu.avant and nom and nom != apercu.avant[code].nom:
            apercu.table[code] = apercu.table[code]._replace(nom=nom)
    _say(apercu, "née", "nées", {c: lues[c] for c in nees}, " : intercommunalité, population et position inconnues")
    _say(apercu, "disparue", "disparues", {c: apercu.avant[c].nom for c in disparues})


def _say(apercu: ApercuFrance, mot: str, mots: str, noms: Mapping[str, str], suite: str = "") -> None:
    if noms:
        dites = [f"{nom} ({code})" for code, nom in list(noms.items())[:_DITES]]
        dites += [f"{nombre(len(noms) - _DITES)} autres"] if len(noms) > _DITES else []
        combien = f"{pluriel(len(noms), 'commune')} {mots if len(noms) > 1 else mot}"
        apercu.lecture.warn(f"{combien}{suite} ({liste(dites)}).")


def _read_epci(piste: Piste, apercu: ApercuFrance) -> None:
    annee, vues, noms = the_year(apercu.lecture), {}, {c.epci_siren: c.epci_nom for c in apercu.avant.values()}

    def one(ligne: LigneLue) -> bool:
        if is_nowhere(ligne.get("code").upper()):
            raise Skipped("lignes sans code de commune")
        code, epci = read_code(COMMUNE, ligne.get("code")), ligne.get("epci")
        siren = "" if not epci or set(epci.upper()) <= {"Z"} else _siren(epci)
        if code not in apercu.table:
            return False
        if vues.get(code, siren) != siren:
            raise ValueError(f"{code} est dans deux intercommunalités ({vues[code]} et {siren})")
        vues[code] = siren
        nom = ligne.get("nom") if siren else ""
        connu = noms.get(siren, "")
        garde = connu if simplify(connu) == simplify(nom) or not nom else nom
        apercu.table[code] = apercu.table[code]._replace(epci_siren=siren, epci_nom=garde)
        return True

    browse(piste, apercu.lecture, one)
    apercu.annees[piste.format.code] = annee
    absentes = {c: apercu.table[c].nom for c in sorted(apercu.table.keys() - vues.keys())}
    _say(apercu, "absente de ce fichier", "absentes de ce fichier", absentes, ", intercommunalité gardée")
    avant, apres = ({c.epci_siren for c in t.values()} - {""} for t in (apercu.avant, apercu.table))
    apercu.lecture.warn(f"Intercommunalités : {nombre(len(avant))} avant, {nombre(len(apres))} après.")


def _siren(texte: str) -> str:
    """Neuf chiffres et la clé de Luhn ; certains numéros commencent par 99."""
    siren = texte.strip().removesuffix(".0")
    doubles = [int(c) * (1 + i % 2) for i, c in enumerate(reversed(siren)) if c.isdigit()]
    if len(siren) != 9 or len(doubles) != 9 or sum(d - 9 * (d > 9) for d in doubles) % 10:
        raise ValueError(f"code de {EPCI} illisible : « {texte[:30]} »")
    return siren


def _read_populations(piste: Piste, apercu: ApercuFrance) -> None:
    lues: dict[str, tuple[int, int]] = {}
    contredites: set[str] = set()

    def keep(code: str, annee: int, valeur: int) -> None:
        deja = lues.get(code, (0, valeur))
        if deja[0] == annee and deja[1] != valeur:
            contredites.add(code)
        if annee >= deja[0]:
            lues[code] = (annee, valeur)

    populations.browse_populations(piste, apercu.lecture, apercu.table.keys(), keep)
    anciennes = 0
    for code, (annee, valeur) in lues.items():
        commune = apercu.table[code]
        if code in contredites or annee < (commune.annee_population or 0):
            anciennes += code not in contredites
            continue
        apercu.table[code] = commune._replace(population=valeur, annee_population=annee)
    if lues:
        apercu.annees[piste.format.code] = max(annee for annee, _ in lues.values())
    _say(
        apercu,
        "donnée deux fois, autrement",
        "données deux fois, autrement",
        {c: apercu.table[c].nom for c in contredites},
    )
    if anciennes:
        apercu.lecture.warn(
            f"{pluriel(anciennes, 'population plus ancienne', 'populations plus anciennes')}, non reprises."
        )
    absentes = {c: apercu.table[c].nom for c in sorted(apercu.table.keys() - lues.keys())}
    _say(apercu, "absente de ce fichier", "absentes de ce fichier", absentes, ", population gardée")


_READERS: Mapping[str, Callable[[Piste, ApercuFrance], None]] = {
    cog.FORMAT.code: _read_cog,
    _EPCI.code: _read_epci,
    populations.FORMAT.code: _read_populations,
}
