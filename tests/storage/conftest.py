"""Un dossier de données à soi : quelques communes de France et un territoire sans défaut, à abîmer à volonté."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from ctgkit import storage
from ctgkit.errors import Defaut

FRANCE = """code_insee;nom;epci_siren;epci_nom;departement;population;annee_population;lat;lon
01004;Ambérieu-en-Bugey;240100883;CC de la Plaine de l'Ain;01;15934;2023;45.9575;5.3706
01005;Ambérieux-en-Dombes;200042497;CC Dombes Saône Vallée;01;1897;2023;45.9956;4.9119
29083;Île-de-Sein;;;29;265;2023;48.0370;-4.8514
59001;Abancourt;200068500;CA de Cambrai;59;441;2023;50.2367;3.2087
59122;Cambrai;200068500;CA de Cambrai;59;31409;2023;50.1702;3.2424
59606;Valenciennes;245901160;CA Valenciennes Métropole;59;43405;2023;50.3583;3.5156
"""

FICHIERS = {
    "territoire.yaml": """\
code: plaine
nom: Plaine de l'Ain
type: epci
siren: "240100883"
departement: "01"
caf: Caf de l'Ain
convention:
  debut: 2025-01-01
  fin: 31/12/2029
  deliberation: 2025-06-11
precedent: {type: cej, fin: 2024-12-31}
date_reference:
annee_reference: 2024
comparateur: {code: "01", nom: Ain}
nature: reel
faits:
  - {cle: etp, valeur: 1 ETP, document: deliberation.pdf, ligne: 12}
a_completer:
  - {quoi: dates des comités, document: convention.pdf, ligne: 84}
""",
    "communes.csv": """\
code_insee;nom;population;annee_population;lat;lon;adhesion;effet;potentiel_financier_hab;niveau_de_vie;zone_prioritaire
01004;Ambérieu-en-Bugey;15 934;2023;45,9575;5,3706;2022-12-07;01/01/2023;1 012,5;21000;oui
01005;Ambérieux-en-Dombes;1897;2023;45.9956;4.9119;;;;;
""",
    "structures.csv": """\
id;nom;type;code_insee;competence;gestionnaire;statut_gestionnaire;cofinancee;quantite;unite;ouverture;fermeture;charges_eur;participations_eur;reference_eur
c1;Crèche « Les Loulous »;eaje;01004;plaine;Ville;public;oui;20,5;places;2015-09-01;;280 000;56000.5;36000
c2;"Halte ; garderie";eaje;01005;plaine;Association;associatif;non;12;places;01/09/2026;31/08/2028;;;
""",
    "references.csv": "competence;type;annee;montant_eur;source;statut\nplaine;eaje;2024;57000;Caf;officiel\n",
    "engagements.csv": "competence;annee;credits_eur;source\nplaine;2024;90000;budget\n",
    "notifications.csv": """\
structure;annee;dispositif;notifie_eur;percu_eur;date;source
c1;2025;bonus;36000;25200;;Caf
""",
    "indicateurs.csv": """\
code;geo;niveau;annee;valeur;statut;source;reference
TC;01004;commune;2023;61,2;publie;Cnaf;
TC;01005;commune;2023;;masque;Cnaf;
""",
    "plan.yaml": """\
domaines: [{code: petite_enfance, nom: Petite enfance}]
enjeux:
  - {code: E1, domaine: petite_enfance}
objectifs:
  - {code: O1, enjeu: E1}
fiches:
  - code: F1
    objectif: O1
""",
    "gouvernance.yaml": "comites:\n  - {nom: Comité de pilotage, rythme: semestriel}\n",
    "relations.yaml": "- {somme: population, de: communes}\n",
    "parametres_locaux.yaml": "parametres:\n  eaje.plancher: {statut: local, valeurs: {2025-01-01: 3600}}\n",
}


@pytest.fixture(autouse=True)
def donnees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    dossier = tmp_path / "donnees"
    (dossier / "territoires").mkdir(parents=True)
    (dossier / "france").mkdir()
    (dossier / "france" / "communes.csv.gz").write_bytes(gzip.compress(FRANCE.encode()))
    monkeypatch.setenv("CTG_DONNEES", str(dossier))
    return dossier


@pytest.fixture
def plaine(donnees: Path) -> Path:
    dossier = donnees / "territoires" / "plaine"
    dossier.mkdir()
    for nom, contenu in FICHIERS.items():
        (dossier / nom).write_text(contenu, encoding="utf-8", newline="")
    return dossier


@pytest.fixture
def verifie(plaine: Path) -> Callable[..., list[Defaut]]:
    """`verifie("structures.csv", remplace={"avant": "après"})` ou `verifie("plan.yaml", octets=b"…")` : les défauts."""

    def _verifie(fichier: str, octets: bytes | None = None, remplace: dict[str, str] | None = None) -> list[Defaut]:
        contenu = FICHIERS[fichier]
        for avant, apres in (remplace or {}).items():
            assert avant in contenu
            contenu = contenu.replace(avant, apres, 1)
        (plaine / fichier).write_bytes(contenu.encode() if octets is None else octets)
        return storage.verify("plaine")

    return _verifie
