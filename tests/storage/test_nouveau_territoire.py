"""Un nouveau territoire : complet, prêt à remplir, sans rien inventer ; jamais par-dessus un autre."""

import pytest

from ctgkit import storage
from ctgkit.errors import CtgError
from ctgkit.storage.territoire.skeleton import new_code
from ctgkit.storage.territoire.territories import FICHIERS


def test_un_epci(donnees):
    dossier = storage.new_territoire(siren="200068500")
    assert dossier == donnees / "territoires" / "cambrai"
    assert sorted(f.name for f in dossier.iterdir()) == sorted(FICHIERS)
    assert storage.verify("cambrai") == []
    t = storage.load_territoire("cambrai")
    assert (t.nom, t.type, t.siren, t.departement, t.nature) == ("CA de Cambrai", "epci", "200068500", "59", "reel")
    assert [(c.code_insee, c.nom, c.population, c.annee_population, c.lat) for c in t.communes] == [
        ("59001", "Abancourt", 441, 2023, 50.2367),
        ("59122", "Cambrai", 31409, 2023, 50.1702),
    ]


def test_rien_n_est_invente(donnees):
    t = storage.load_territoire(storage.new_territoire(siren="200068500"))
    assert (t.caf, t.convention.debut, t.comparateur.nom, t.faits, t.a_completer) == ("", None, "", (), ())
    assert all(c.adhesion is None and c.zone_prioritaire is None for c in t.communes)


def test_une_commune(donnees, tmp_path):
    dossier = storage.new_territoire(commune="29083", destination=tmp_path / "mes" / "dossiers")
    assert dossier == tmp_path / "mes" / "dossiers" / "ile-de-sein"
    t = storage.load_territoire(dossier)
    assert (t.type, t.siren, t.departement, len(t.communes)) == ("commune", "", "29", 1)


def test_jamais_par_dessus(donnees):
    dossier = storage.new_territoire(siren="200068500")
    (dossier / "structures.csv").write_text("mon travail")
    with pytest.raises(CtgError, match="existe déjà"):
        storage.new_territoire(siren="200068500")
    assert (dossier / "structures.csv").read_text() == "mon travail"


def test_un_echec_ne_laisse_rien(donnees, monkeypatch):
    def panne(*_):
        raise CtgError("disque plein")

    monkeypatch.setattr("ctgkit.storage.territoire.skeleton.write_text", panne)
    with pytest.raises(CtgError, match="disque plein"):
        storage.new_territoire(siren="200068500")
    assert list((donnees / "territoires").iterdir()) == []


@pytest.mark.parametrize(
    "demande",
    [{}, {"siren": "200068500", "commune": "59001"}, {"siren": "123456789"}, {"siren": "abc"}, {"commune": "0"}],
)
def test_une_demande_sans_reponse(demande):
    with pytest.raises(CtgError) as refus:
        storage.new_territoire(**demande)
    assert refus.value.que_faire


def test_la_liste_nationale_abimee(donnees):
    (donnees / "france" / "communes.csv.gz").write_bytes(b"pas une archive")
    with pytest.raises(CtgError, match="illisible"):
        storage.new_territoire(siren="200068500")


@pytest.mark.parametrize(
    ("nom", "epci", "attendu"),
    [
        ("CA de Cambrai", True, "cambrai"),
        ("CA Valenciennes Métropole", True, "valenciennes-metropole"),
        ("CC de la Plaine de l'Ain", True, "plaine-de-l-ain"),
        ("CC de l'Île d'Oléron", True, "ile-d-oleron"),
        ("Métropole Européenne de Lille", True, "metropole-europeenne-de-lille"),
        ("Le Cateau-Cambrésis", False, "le-cateau-cambresis"),
        ("Saint-Hilaire-lez-Cambrai", False, "saint-hilaire-lez-cambrai"),
        ("Œting", False, "oeting"),
        ("Ca", False, "ca"),
    ],
)
def test_le_code_tire_du_nom(nom, epci, attendu):
    assert new_code(nom, epci) == attendu
    assert storage.is_code(attendu)


def test_ecrire_en_entier_ou_pas_du_tout(tmp_path, monkeypatch):
    fichier = tmp_path / "notes.yaml"
    storage.write_text(fichier, "avant é\n")

    def panne(*_):
        raise OSError(28, "plein")

    monkeypatch.setattr("ctgkit.storage.fichiers.os.replace", panne)
    with pytest.raises(CtgError, match="disque plein"):
        storage.write_text(fichier, "après\n")
    assert [f.name for f in tmp_path.iterdir() if f.is_file()] == ["notes.yaml"]
    assert fichier.read_bytes() == "avant é\n".encode()
