"""Quelqu'un du dehors essaie les portes, avec et sans la clé : il lit et règle, il n'exécute et ne feuillette rien."""

import http.client
import json
import re
import shutil
import signal
import uuid

import psutil
import pytest
from outils import RACINE, lu, serve, wait_until


def demander(atelier, chemin, *, cle=True, methode="GET", entetes=None):
    connexion = http.client.HTTPConnection("127.0.0.1", atelier.port, timeout=60)
    envoi = {"Authorization": f"token {atelier.token}"} if cle else {}
    connexion.request(methode, chemin, headers={**envoi, **(entetes or {})})
    reponse = connexion.getresponse()
    corps = reponse.read().decode("utf-8", "replace")
    return reponse.status, corps, reponse


SANS_CLE = [
    "/",
    "/aide",
    "/carnet/00_territoire",
    "/api/kernels",
    "/voila/api/contents",
    "/voila/files/00_territoire.ipynb",
    "/voila/render/00_territoire.ipynb",
    "/voila/tree",
    "/n-importe-quoi",
]


@pytest.mark.parametrize("chemin", SANS_CLE)
def test_sans_cle_on_ne_lit_rien(atelier, chemin):
    statut, corps, _ = demander(atelier, chemin, cle=False)
    assert statut in (302, 403, 404)
    assert "Valenciennes" not in corps


def test_une_fausse_cle_ne_vaut_pas_mieux(atelier):
    statut, corps, _ = demander(atelier, "/?token=devine", cle=False)
    assert statut in (302, 403)
    assert "Valenciennes" not in corps


FERMEES = [
    ("GET", "/voila/api/contents"),
    ("GET", "/voila/api/contents/00_territoire.ipynb"),
    ("GET", "/voila/tree"),
    ("GET", "/voila/files/00_territoire.ipynb"),
    ("GET", "/voila/render/00_territoire.ipynb"),
    ("GET", "/api/contents"),
    ("GET", "/api/kernels"),
    ("POST", "/api/kernels"),
    ("GET", "/api/terminals"),
    ("GET", "/data/france/communes.csv.gz"),
    ("GET", "/notebooks/00_territoire.ipynb"),
    ("GET", "/carnet/..%2f..%2fetc%2fpasswd"),
    ("GET", "/carnet/00_territoire.ipynb"),
]


@pytest.mark.parametrize(("methode", "chemin"), FERMEES)
def test_avec_la_cle_les_fichiers_et_les_noyaux_restent_fermes(atelier, methode, chemin):
    statut, corps, _ = demander(atelier, chemin, methode=methode)
    assert statut in (400, 403, 404, 405)
    assert '"cells"' not in corps
    assert "root:" not in corps


REMONTEES = ["../", "..%2f", "%2e%2e/", "..%5c", "....//", "%252e%252e/"]
RACINES_STATIQUES = [
    "/voila/static/",
    "/voila/templates/atelier/static/",
    "/voila/templates/",
    "/voila/labextensions/",
    "/voila/polices/",
    "/voila/api/themes/",
]


@pytest.mark.parametrize("depart", RACINES_STATIQUES)
@pytest.mark.parametrize("remontee", REMONTEES)
def test_on_ne_remonte_pas_hors_des_fichiers_de_l_interface(atelier, depart, remontee):
    for cible in ("etc/passwd", "pyproject.toml", "data/origines.yaml"):
        statut, corps, _ = demander(atelier, depart + remontee * 12 + cible)
        assert statut in (400, 403, 404), (statut, cible)
        assert "root:" not in corps


REFUSEES = {
    "territoir=cambrai": "vouliez-vous dire « territoire »",
    "territoire=cambra": "vouliez-vous dire « cambrai »",
    "territoire=..%2F..%2Fetc": "refusé",
    "territoire=%2Fetc": "refusé",
    "annee=deux": "nombre attendu",
    "annee=2025.5": "nombre entier attendu",
    "annee=999999": "attendu entre",
    "x=1;import%20os": "Paramètre inconnu",
    "territoire=cambrai%22%29%3Bimport%20os%3B%23": "n'est pas dans l'atelier",
}


@pytest.mark.parametrize("adresse", REFUSEES)
def test_une_adresse_fautive_recoit_un_message_et_n_ouvre_rien(atelier, adresse):
    noyaux = atelier.noyaux()
    statut, corps, _ = demander(atelier, f"/carnet/00_territoire?{adresse}")
    assert statut == 400
    assert REFUSEES[adresse] in lu(corps)
    assert "Que faire" in corps
    assert atelier.noyaux() <= noyaux


def test_une_adresse_juste_atteint_le_carnet(atelier):
    statut, corps, _ = demander(atelier, "/carnet/00_territoire?territoire=cambrai&annee=2025")
    assert statut == 200
    assert "CA de Cambrai" in corps


def test_les_entetes_ferment_la_page_sur_elle_meme(atelier):
    _, _, reponse = demander(atelier, "/")
    politique = reponse.getheader("Content-Security-Policy")
    assert "default-src 'self'" in politique
    assert "frame-ancestors 'none'" in politique
    assert "object-src 'none'" in politique
    assert reponse.getheader("X-Frame-Options") == "DENY"
    assert reponse.getheader("Referrer-Policy") == "no-referrer"
    assert reponse.getheader("X-Content-Type-Options") == "nosniff"


def test_un_autre_nom_d_hote_est_refuse(atelier):
    """Un site piégé qui ferait résoudre son nom vers ce poste (DNS rebinding)."""
    statut, corps, _ = demander(atelier, "/", entetes={"Host": "pirate.example"})
    assert statut == 403
    assert "Valenciennes" not in corps


def ouvrir_noyau(atelier) -> str:
    _, corps, _ = demander(atelier, "/carnet/00_territoire?territoire=cambrai")
    return re.search(r'"kernelId": "([0-9a-f-]{36})"', corps).group(1)


def message(genre: str, contenu: dict) -> str:
    entete = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": genre,
        "username": "",
        "session": uuid.uuid4().hex,
        "version": "5.3",
    }
    return json.dumps(
        {"header": entete, "parent_header": {}, "metadata": {}, "content": contenu, "channel": "shell", "buffers": []}
    )


def websocket(atelier, noyau: str, cle: bool):
    from websockets.sync.client import connect

    entetes = {"Authorization": f"token {atelier.token}"} if cle else {}
    return connect(f"ws://127.0.0.1:{atelier.port}/api/kernels/{noyau}/channels", additional_headers=entetes)


def test_sans_cle_le_noyau_ne_repond_pas(atelier):
    from websockets.exceptions import InvalidStatus

    noyau = ouvrir_noyau(atelier)
    dites = len(atelier.lignes)
    with pytest.raises(InvalidStatus):
        websocket(atelier, noyau, cle=False)
    assert demander(atelier, "/aide")[0] == 200
    assert not [ligne for ligne in atelier.lignes[dites:] if "Traceback" in ligne], "un refus n'écrit pas de trace"


def test_la_cle_gardee_par_le_navigateur_ne_sert_pas_a_un_autre_site(atelier):
    """Revue de solidité F10 : le témoin de session n'avait pas de SameSite."""
    _, _, reponse = demander(atelier, f"/?token={atelier.token}", cle=False)
    temoins = [valeur for nom, valeur in reponse.getheaders() if nom == "Set-Cookie" and valeur.startswith("username-")]
    assert temoins
    assert all("SameSite=Lax" in temoin and "HttpOnly" in temoin for temoin in temoins)


INTERDITS = {
    "execute_request": {
        "code": "open({temoin!r}, 'w')",
        "silent": True,
        "store_history": False,
        "user_expressions": {},
    },
    "complete_request": {"code": "import o", "cursor_pos": 8},
    "inspect_request": {"code": "open", "cursor_pos": 4, "detail_level": 1},
    "history_request": {"output": True, "raw": True, "hist_access_type": "tail", "n": 10},
}


@pytest.mark.parametrize("genre", INTERDITS)
def test_un_visiteur_ne_peut_rien_executer(atelier, tmp_path, genre):
    temoin = tmp_path / "execute"
    contenu = {k: v.format(temoin=str(temoin)) if isinstance(v, str) else v for k, v in INTERDITS[genre].items()}
    with websocket(atelier, ouvrir_noyau(atelier), cle=True) as prise:
        prise.send(message(genre, contenu))
        prise.send(message("kernel_info_request", {}))
        recus = []
        while "kernel_info_reply" not in recus:
            recu = prise.recv(timeout=60)
            recus.append(json.loads(recu)["msg_type"] if isinstance(recu, str) else "binaire")
    assert genre.replace("request", "reply") not in recus
    assert not temoin.exists()


TRAMES_FAUSSES = {
    "v1, deux puissance quarante positions": ("v1.kernel.websocket.jupyter.org", (1 << 40).to_bytes(8, "little")),
    "v1, une position hors de la trame": (
        "v1.kernel.websocket.jupyter.org",
        b"".join(n.to_bytes(8, "little") for n in (6, 56, 61, 61, 61, 61, 1 << 50)) + b"shell",
    ),
    "ancien format, un milliard de parties": (None, (1 << 30).to_bytes(4, "big")),
    "ancien format, un nombre négatif": (None, (1 << 31).to_bytes(4, "big")),
    "un texte qui n'est pas un message": (None, "[" * 50_000),
    "des messages sans compter": (None, None),
}


def _until_closed(prise, trames):
    """Envoie tout, lit tout : rend la fermeture que le serveur a décidée."""
    from websockets.exceptions import ConnectionClosed

    try:
        for trame in trames:
            prise.send(trame)
        while True:
            prise.recv(timeout=30)
    except ConnectionClosed as fermee:
        return fermee


@pytest.mark.parametrize("cas", TRAMES_FAUSSES)
def test_une_trame_hostile_ne_coute_rien_aux_autres(atelier, cas):
    """Revue de solidité F8 : huit octets figeaient l'atelier de tous, quatre octets prenaient 4,4 Go."""
    from websockets.sync.client import connect

    protocole, trame = TRAMES_FAUSSES[cas]
    memoire, dites = psutil.Process(atelier.processus.pid).memory_info().rss, len(atelier.lignes)
    with connect(
        f"ws://127.0.0.1:{atelier.port}/api/kernels/{ouvrir_noyau(atelier)}/channels",
        additional_headers={"Authorization": f"token {atelier.token}"},
        subprotocols=[protocole] if protocole else None,
    ) as prise:
        fin = _until_closed(
            prise, [trame] if trame else [message("kernel_info_request", {"n": n}) for n in range(5000)]
        )
    assert fin.rcvd.code == 1008
    assert demander(atelier, "/aide")[0] == 200
    assert psutil.Process(atelier.processus.pid).memory_info().rss - memoire < 200 << 20
    assert not [ligne for ligne in atelier.lignes[dites:] if "Traceback" in ligne]


def test_une_falsification_ne_peut_pas_fermer_un_noyau(atelier):
    """Sans le jeton anti-falsification, une page tierce ne ferme pas la session d'une autre."""
    noyau = ouvrir_noyau(atelier)
    connexion = http.client.HTTPConnection("127.0.0.1", atelier.port, timeout=60)
    connexion.request("POST", f"/voila/api/shutdown/{noyau}", headers={"Cookie": "_xsrf=a"})
    assert connexion.getresponse().status == 403


def test_un_visiteur_parti_sans_prevenir_rend_son_noyau():
    with serve(env={"CTG_SANS_VISITEUR_S": "3"}) as atelier:
        ouvrir_noyau(atelier)
        assert atelier.noyaux()
        assert wait_until(lambda: not atelier.noyaux(), pas=0.5)


def test_ctrl_c_eteint_tout():
    with serve() as atelier:
        ouvrir_noyau(atelier)
        enfants = atelier.descendants()
        assert enfants
        atelier.processus.send_signal(signal.SIGINT)
        assert atelier.processus.wait(60) == 0
        assert wait_until(lambda: not any(p.is_running() and p.status() != "zombie" for p in enfants))
    assert not [ligne for ligne in atelier.lignes if "Traceback" in ligne]


def test_le_partage_dit_ce_qu_il_ouvre():
    with serve("--partage") as atelier:
        wait_until(lambda: any("réseau de confiance" in x for x in atelier.lignes))
        texte = "".join(atelier.lignes)
        assert "/?token=" in atelier.adresse
        assert len(atelier.token) >= 24
        assert "▀" in texte or "█" in texte, "le QR code est dessiné"
        assert "ouvert à tout appareil du réseau local" in texte
        assert demander(atelier, "/", cle=False)[0] in (302, 403)


def test_un_port_pris_passe_au_suivant(atelier):
    with serve("--port", str(atelier.port)) as second:
        assert second.port > atelier.port


@pytest.fixture
def dossier(tmp_path):
    copie = tmp_path / "mon-territoire"
    shutil.copytree(RACINE / "data" / "territoires" / "cambrai", copie)
    return copie


def test_un_dossier_quelconque_s_ouvre_et_un_fichier_casse_se_dit_en_francais(dossier):
    with serve("--territoire", str(dossier)) as atelier:
        assert "CA de Cambrai" in demander(atelier, "/")[1]
        communes = dossier / "communes.csv"
        communes.write_text(communes.read_text(encoding="utf-8-sig").replace("50.", "cinquante", 1), encoding="utf-8")
        _, accueil, _ = demander(atelier, "/")
        assert "communes.csv" in accueil
        assert "Traceback" not in accueil
        _, carnet, _ = demander(atelier, "/carnet/00_territoire")
        assert "communes.csv" in carnet
        assert "Que faire" in carnet
        assert "Traceback" not in carnet


def test_un_territoire_inconnu_ne_demarre_pas():
    import subprocess
    import sys

    fait = subprocess.run(
        [sys.executable, "-m", "ctgkit", "servir", "--sans-navigateur", "--territoire", "nulle-part"],
        cwd=RACINE,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert fait.returncode != 0
    assert "Traceback" not in fait.stderr
    assert "nulle-part" in fait.stderr
