"""Les fichiers de l'interface : un seul paquet par page, gardé par le navigateur, jamais périmé."""

import gzip
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from outils import RACINE

from ctgkit.server.fichiers import RELEVE, edition, script

CARNETS = sorted(f.stem for f in (RACINE / "notebooks").glob("*.ipynb"))
A_PART = ("voila.js", "remoteEntry", "atelier.js", "attendre.js", f"{edition()}.js")


@pytest.mark.navigateur
@pytest.mark.parametrize("carnet", CARNETS)
def test_un_carnet_ne_demande_aucun_morceau_a_part(visite, carnet):
    visite.demandes.clear()  # l'accueil, déjà ouvert
    visite.ouvrir(f"/carnet/{carnet}?territoire=exemple")
    visite.page.wait_for_load_state("networkidle")
    scripts = [urlsplit(d).path for d in visite.demandes if urlsplit(d).path.endswith(".js")]
    # plotly vient seul, une fois la page montrée : il ne retarde pas son ouverture.
    scripts = [s for s in scripts if not s.endswith("/plotly.min.js")]
    seuls = [s for s in scripts if not s.rsplit("/", 1)[1].startswith(A_PART)]
    assert seuls == [], f"à ajouter à {RELEVE.name}"
    assert len(scripts) == len(set(scripts)) <= 7


def test_tout_le_releve_est_dans_les_paquets_installes():
    from jupyter_core.paths import jupyter_path
    from voila.paths import collect_static_paths

    dossiers = {"static": collect_static_paths(["voila"], "lab"), "labextensions": jupyter_path("labextensions")}
    morceaux = script(dossiers)
    attendus = RELEVE.read_text(encoding="utf-8").split()
    assert morceaux.octets.count(b"(function(){") >= len(attendus) == len(set(attendus))
    assert gzip.decompress(morceaux.comprimes) == morceaux.octets
    assert len(morceaux.comprimes) < len(morceaux.octets) / 3


def test_un_morceau_absent_est_laisse_de_cote(tmp_path):
    (tmp_path / "5764.voila.js").write_text('"use strict";self.ici = 1', encoding="utf-8")
    dossiers = {"static": [str(tmp_path)], "labextensions": [str(tmp_path)]}
    assert script(dossiers).octets == b'(function(){"use strict";self.ici = 1\n})();\n'


def test_le_paquet_se_garde_un_an_sous_une_adresse_qui_porte_les_versions(atelier):
    with urllib.request.urlopen(f"{atelier.racine}/voila/{edition()}.js") as reponse:
        assert "immutable" in reponse.headers["Cache-Control"]
        assert reponse.headers["Content-Type"] == "text/javascript; charset=utf-8"
    with pytest.raises(urllib.error.HTTPError) as refus:
        urllib.request.urlopen(f"{atelier.racine}/voila/v0123456789.js")
    assert refus.value.code in (403, 404)


@pytest.mark.navigateur
def test_rien_ne_s_affiche_avant_que_les_controles_soient_relus(visite):
    """Afficher trop tôt, c'est risquer la page vide : Voilà renonce à un contrôle après deux secondes."""
    retenus, relais = [], []

    def relay(prise):
        serveur = prise.connect_to_server()
        relais.append(prise)
        serveur.on_message(lambda m: retenus.append(m) if b"update_states" in _octets(m) else prise.send(m))

    visite.page.route_web_socket("**/channels*", relay)
    visite.page.goto(f"{visite.atelier.racine}/carnet/00_territoire?territoire=exemple", wait_until="commit")
    for _ in range(300):
        visite.page.wait_for_timeout(100)
        if retenus:
            break
    visite.page.wait_for_timeout(2200)
    assert retenus
    assert "widget" not in visite.page.inner_text("main")
    relais[0].send(retenus[0])
    visite.page.wait_for_selector(".jupyter-widgets")


def _octets(message):
    return message if isinstance(message, bytes) else message.encode()
