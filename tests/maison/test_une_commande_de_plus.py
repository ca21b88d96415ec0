"""Une commande de plus est un fichier de plus : `ctg` la voit, la nomme dans son aide et l'exécute."""

import sys

import pytest

from ctgkit import commandes
from ctgkit.__main__ import main

COMMANDE = '''"""Une commande d'essai."""

AIDE = "compter les communes d'un territoire"


def arguments(parser):
    parser.add_argument("territoire", metavar="CODE", help="code d'un territoire")


def executer(args):
    from ctgkit.storage import load_territoire

    print(len(load_territoire(args.territoire).communes))
'''


@pytest.fixture
def commande(tmp_path, monkeypatch):
    (tmp_path / "compter_communes.py").write_text(COMMANDE, encoding="utf-8")
    monkeypatch.setattr(commandes, "__path__", [*commandes.__path__, str(tmp_path)])
    yield
    sys.modules.pop("ctgkit.commandes.compter_communes", None)


def test_l_aide_la_nomme(commande, capsys):
    assert main(["--help"]) == 0
    ecrit = capsys.readouterr().out
    assert "compter-communes" in ecrit
    assert "compter les communes d'un territoire" in ecrit


def test_elle_s_execute_et_ses_fautes_se_disent_en_francais(commande, capsys):
    assert main(["compter-communes", "exemple"]) == 0
    assert capsys.readouterr().out.strip() == "12"
    with pytest.raises(SystemExit):
        main(["compter-communes"])
    assert "Il manque : CODE" in capsys.readouterr().err
