"""Les noyaux instantanés : nés d'une mère, étanches entre eux, morts avec leur propriétaire."""

import ast
import asyncio
import json
import os
import select
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import nbclient
import nbformat
import papermill
import pytest
from jupyter_client.manager import KernelManager
from outils import wait_until

from ctgkit.noyaux import NOM, preheat, provisioner
from ctgkit.noyaux import managers as g

pytestmark = [pytest.mark.long, pytest.mark.skipif(not provisioner.forkable(), reason="ce système ne se dédouble pas")]


@pytest.fixture(autouse=True)
def par_la_mere(monkeypatch):
    monkeypatch.setenv("JUPYTER_DEFAULT_PROVISIONER_NAME", NOM)
    provisioner.use_instant_kernels()


class Noyau:
    """Un noyau par le gestionnaire ordinaire de jupyter_client, et la valeur d'expressions chez lui."""

    def __init__(self, **kwargs):
        options = {nom: kwargs.pop(nom) for nom in ("transport",) if nom in kwargs}
        self.km = KernelManager(kernel_name="python3", **options)
        self.km.start_kernel(**kwargs)
        self.kc = self.km.client()
        self.kc.start_channels()
        self.kc.wait_for_ready(timeout=60)

    def __call__(self, expression: str, code: str = ""):
        reponse = self.kc.execute(code, user_expressions={"v": f"({expression})"}, reply=True, timeout=60)["content"]
        assert reponse["status"] == "ok", reponse
        assert reponse["user_expressions"]["v"]["status"] == "ok", reponse
        return ast.literal_eval(reponse["user_expressions"]["v"]["data"]["text/plain"])

    def close(self):
        self.kc.stop_channels()
        self.km.shutdown_kernel(now=True)


@contextmanager
def noyau(**kwargs):
    ouvert = Noyau(**kwargs)
    try:
        yield ouvert
    finally:
        ouvert.close()


def pid_mere() -> int:
    return (provisioner.ParentProcess._courante or provisioner.ParentProcess.current()).processus.pid


def vivant(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def prises(pid: int) -> set[str]:
    """Les prises et tubes ouverts d'un processus, hors entrées et sorties ordinaires."""
    dossier = Path(f"/proc/{pid}/fd")
    ouverts = {int(d.name): os.readlink(d) for d in dossier.iterdir() if d.exists() or d.is_symlink()}
    ordinaires = {ouverts.get(i) for i in (0, 1, 2)}
    return {cible for cible in ouverts.values() if cible.startswith(("socket:", "pipe:"))} - ordinaires


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_un_noyau_nait_de_la_mere_et_repond(transport, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert preheat()
    with noyau(transport=transport) as n:
        assert n("__import__('os').getppid()") == pid_mere()
        assert n("1 + 1") == 2
        assert n("__name__") == "__main__"


SALISSURES = """
import os, sys, json, random, signal, logging, warnings, threading, builtins
import numpy, pandas
secret = "du premier noyau"
json.secret = builtins.secret_partage = secret
pandas.set_option("display.max_rows", 7)
random.seed(1); numpy.random.seed(1)
os.environ["CTG_SECRET"] = secret
os.environ.pop("PATH")
os.chdir("/")
os.umask(0o777)
sys.path.insert(0, "/secret")
fichier = open("/etc/hostname")
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
logging.getLogger("ctg").setLevel(3)
warnings.simplefilter("error")
"""

ETAT = """[
    "secret" in globals(), hasattr(__import__("json"), "secret"), hasattr(__import__("builtins"), "secret_partage"),
    __import__("pandas").get_option("display.max_rows"), __import__("os").environ.get("CTG_SECRET"),
    "PATH" in __import__("os").environ, __import__("os").getcwd(), "/secret" in __import__("sys").path,
    int(__import__("signal").getsignal(__import__("signal").SIGUSR1)), __import__("logging").getLogger("ctg").level,
    len(__import__("warnings").filters),
]"""


def test_rien_ne_passe_d_un_noyau_au_suivant(tmp_path):
    with noyau(cwd=tmp_path) as avant:
        etat_neuf = avant(ETAT)
        avant("None", SALISSURES)
        assert avant(ETAT) != etat_neuf
        with noyau(cwd=tmp_path) as pendant:
            assert pendant(ETAT) == etat_neuf
    with noyau(cwd=tmp_path) as apres:
        assert apres(ETAT) == etat_neuf


def test_hasards_differents():
    tirage = (
        "(__import__('random').random(), float(__import__('numpy').random.random()), __import__('uuid').uuid4().hex)"
    )
    with noyau() as a, noyau() as b:
        assert not set(a(tirage)) & set(b(tirage))
        assert a.kc.session.session != b.kc.session.session


def test_aucun_descripteur_partage():
    with noyau() as a, noyau() as b:
        pids = [n("__import__('os').getpid()") for n in (a, b)]
        assert not prises(pids[0]) & prises(pids[1])
        assert not (prises(pids[0]) | prises(pids[1])) & prises(pid_mere())


def test_environnement_et_dossier_demandes(tmp_path):
    with noyau(env={"CTG_ESSAI": "été", "PATH": "/bin", **_python()}, cwd=tmp_path) as n:
        assert n("__import__('os').environ['CTG_ESSAI']") == "été"
        assert n("__import__('os').getcwd()") == str(tmp_path)
        assert not n("'HOME' in __import__('os').environ")


def _python() -> dict[str, str]:
    return {nom: valeur for nom, valeur in os.environ.items() if nom.startswith("PYTHON")}


def test_un_pythonpath_demande_donne_un_noyau_ordinaire(tmp_path):
    with noyau(env={**os.environ, "PYTHONPATH": str(tmp_path)}) as n:
        assert n("__import__('os').getppid()") == os.getpid()
        assert n(f"{str(tmp_path)!r} in __import__('sys').path")


def test_un_noyau_tue_est_vu_mort_aussitot():
    with noyau() as n:
        pid = n("__import__('os').getpid()")
        fini = os.pidfd_open(pid)
        os.kill(pid, signal.SIGKILL)
        assert select.select([fini], [], [], 30)[0], "le noyau devait mourir"
        os.close(fini)
        assert not n.km.is_alive()


def test_interruption_et_redemarrage():
    with noyau() as n:
        ancien = n("__import__('os').getpid()")
        demande = n.kc.execute("print('parti', flush=True); __import__('threading').Event().wait()")
        while n.kc.get_iopub_msg(timeout=60)["content"].get("text", "") != "parti\n":
            pass
        n.km.interrupt_kernel()
        reponse = n.kc._recv_reply(demande, timeout=60)
        assert reponse["content"]["ename"] == "KeyboardInterrupt"
        n.km.restart_kernel()
        n.kc.wait_for_ready(timeout=60)
        assert n("__import__('os').getpid()") != ancien
        assert wait_until(lambda: not vivant(ancien))


def test_arret_poli_execute_les_adieux(tmp_path):
    n = Noyau(cwd=tmp_path)
    pid = n("__import__('os').getpid()", "import atexit; atexit.register(lambda: open('adieu', 'w').write('ok'))")
    n.km.shutdown_kernel()
    n.kc.stop_channels()
    assert (tmp_path / "adieu").read_text() == "ok"
    assert not vivant(pid)


SERVEUR = """
import sys, time
from jupyter_client.manager import KernelManager
from ctgkit.noyaux import provisioner, use_instant_kernels
use_instant_kernels()
km = KernelManager(); km.start_kernel()
kc = km.client(); kc.start_channels(); kc.wait_for_ready(timeout=60)
kc.execute("import subprocess; p = subprocess.Popen(['sleep', '60'])", reply=True)
r = kc.execute("", user_expressions={"p": "p.pid"}, reply=True)
petit = int(r["content"]["user_expressions"]["p"]["data"]["text/plain"])
print(provisioner.ParentProcess.current().processus.pid, km.provisioner.pid, petit, flush=True)
time.sleep(60)
"""


def test_la_mere_et_les_noyaux_meurent_avec_le_serveur_tue_net():
    serveur = subprocess.Popen([sys.executable, "-c", SERVEUR], stdout=subprocess.PIPE, text=True)
    pids = [int(p) for p in serveur.stdout.readline().split()]
    assert len(pids) == 3
    assert all(map(vivant, pids))
    serveur.kill()
    serveur.wait()
    serveur.stdout.close()
    assert wait_until(lambda: not any(map(vivant, pids)))


def test_la_mere_tuee_les_noyaux_continuent_et_une_autre_la_remplace():
    with noyau() as n:
        ancienne = pid_mere()
        os.kill(ancienne, signal.SIGKILL)
        assert wait_until(lambda: not vivant(ancienne))
        assert n("40 + 2") == 42
        with noyau() as suivant:
            assert suivant("__import__('os').getppid()") == pid_mere() != ancienne


def test_sans_mere_possible_un_noyau_ordinaire(monkeypatch, caplog):
    monkeypatch.setattr(provisioner.ParentProcess, "_courante", None)
    monkeypatch.setattr(provisioner, "PARENT_MODULE", "ctgkit.module_absent")
    assert not preheat()
    with noyau() as n:
        assert n("__import__('os').getppid()") == os.getpid()
    monkeypatch.setattr(provisioner, "forkable", lambda: False)
    assert not preheat()


def test_une_mere_plus_vieille_que_le_code_ne_sert_plus(monkeypatch, tmp_path):
    mere = provisioner.ParentProcess.current()
    assert mere.usable()
    (tmp_path / "nouveau.py").write_text("")
    monkeypatch.setattr(provisioner, "PAQUET", tmp_path)
    assert not mere.usable()


def test_demandes_simultanees_de_plusieurs_fils():
    pids, erreurs = [], []

    def demander():
        try:
            with noyau() as n:
                pids.append(n("__import__('os').getpid()"))
        except Exception as erreur:
            erreurs.append(erreur)

    fils = [threading.Thread(target=demander) for _ in range(6)]
    for f in fils:
        f.start()
    for f in fils:
        f.join()
    assert erreurs == []
    assert len(set(pids)) == 6


def carnet(*sources: str) -> nbformat.NotebookNode:
    noyau_python = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    return nbformat.v4.new_notebook(metadata=noyau_python, cells=[nbformat.v4.new_code_cell(s) for s in sources])


TABLEAU = "import os, pandas as pd\nprint(os.getppid())\npd.DataFrame({'a': [1]})"


def test_nbclient_par_le_gestionnaire_rapide():
    c = carnet(TABLEAU)
    nbclient.NotebookClient(c, kernel_name="python3", kernel_manager_class=g.FastKernelManager).execute()
    assert c.cells[0].outputs[0].text.strip() == str(pid_mere())
    assert "text/html" in c.cells[0].outputs[1].data


def test_papermill_par_son_moteur(tmp_path):
    c = carnet("annee = 2025", TABLEAU, "annee")
    c.cells[0].metadata.tags = ["parameters"]
    nbformat.write(c, tmp_path / "a.ipynb")
    papermill.execute_notebook(
        str(tmp_path / "a.ipynb"),
        str(tmp_path / "b.ipynb"),
        {"annee": 2031},
        engine_name="ctg",
        kernel_name="python3",
        progress_bar=False,
    )
    cellules = json.loads((tmp_path / "b.ipynb").read_text())["cells"]
    assert cellules[2]["outputs"][0]["text"] == [f"{pid_mere()}\n"]
    assert cellules[3]["outputs"][0]["data"]["text/plain"] == ["2031"]


def test_serveur_jupyter_et_voila_par_leur_gestionnaire():
    from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

    async def parcours():
        mkm = AsyncMappingKernelManager(kernel_manager_class=f"{g.__name__}.FastServerKernelManager")
        ids = [await mkm.start_kernel() for _ in range(3)]
        await asyncio.gather(*(mkm.get_kernel(i).ready for i in ids))
        pids = [mkm.get_kernel(i).provisioner.pid for i in ids]
        await mkm.restart_kernel(ids[0])
        pids.append(mkm.get_kernel(ids[0]).provisioner.pid)
        await mkm.shutdown_all()
        return pids

    pids = asyncio.run(parcours())
    assert len(set(pids)) == 4
    assert wait_until(lambda: not any(map(vivant, pids)))
