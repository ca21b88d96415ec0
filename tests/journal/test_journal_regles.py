"""Ce que le journal promet : tout est gardé, rien n'est écrasé en silence, chaque changement se dit en français."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ctgkit.errors import CtgError
from ctgkit.storage.journal import Changement, ConflictError, actor, open_journal, phrase

PILOTE = "référent technique"


def ecrire(journal, apres, version=None, *, champ="titre", cle="F12", role=PILOTE, **plus):
    return journal.record_all([Changement("fiche", cle, champ, apres, version, **plus)], role)[0]


def annuler(journal, entree):
    """Comme une page annule : la valeur d'avant, écrite en réponse à cette entrée."""
    retour = Changement(entree.objet, entree.cle, entree.champ, entree.avant, entree.id)
    return journal.record_all([retour], PILOTE, "annulation", entree.id)[0]


def test_une_entree_dit_quand_qui_quoi_de_quoi_a_quoi(journal):
    entree = ecrire(journal, "Relais", 0, avant="Ram")
    assert (entree.id, entree.role, entree.objet, entree.cle, entree.champ) == (1, PILOTE, "fiche", "F12", "titre")
    assert (entree.avant, entree.apres, entree.version) == ("Ram", "Relais", 0)
    assert abs(datetime.now(UTC) - entree.quand) < timedelta(seconds=5)
    assert journal.since(0) == [entree] == journal.history() == [journal.entry(1)]


def test_l_etat_est_le_journal_rejoue(journal):
    ecrire(journal, "un")
    deux = ecrire(journal, "deux")
    ecrire(journal, "2027-01-01", champ="echeance")
    ecrire(journal, "autre fiche", cle="F13")
    etat = journal.state("fiche", "F12")
    assert etat.valeurs == {"titre": "deux", "echeance": "2027-01-01"}
    assert etat.versions == {"titre": 2, "echeance": 3}
    assert journal.state("fiche", "F12", at=1).valeurs == {"titre": "un"}
    assert set(journal.states("fiche")) == {"F12", "F13"}
    assert journal.state("fiche", "inconnue").valeurs == {}
    assert journal.history("fiche", "F12", "titre")[0] == deux


def test_deux_personnes_sur_un_champ_voient_les_deux_versions(dossier):
    with open_journal(dossier) as elue, open_journal(dossier) as caf:
        depart = ecrire(elue, "Départ", 0)
        ecrire(elue, "Version de l'élue", depart.id, role="élue")
        with pytest.raises(ConflictError) as refus:
            ecrire(caf, "Version de la Caf", depart.id, role="conseiller Caf")
        assert refus.value.mienne == "Version de la Caf"
        assert refus.value.autre.apres == "Version de l'élue"
        assert "L’élue a modifié" in str(refus.value)
        assert "Version de la Caf" in str(refus.value)
        assert caf.state("fiche", "F12").valeurs == {"titre": "Version de l'élue"}
        choisie = ecrire(caf, "Les deux réunies", refus.value.autre.id, role="conseiller Caf")
        assert elue.since(2) == [choisie]


def test_sans_avoir_rien_vu_on_n_ecrase_rien(journal):
    ecrire(journal, "présent", 0)
    with pytest.raises(ConflictError):
        ecrire(journal, "écrasé", 0)


def test_deux_champs_d_une_fiche_ne_se_genent_pas(journal):
    ecrire(journal, "Titre", 0)
    ecrire(journal, "Pilote", 0, champ="pilote")
    assert journal.state("fiche", "F12").valeurs == {"titre": "Titre", "pilote": "Pilote"}


def test_ecrire_la_valeur_que_l_on_voit_n_ajoute_rien(journal):
    premiere = ecrire(journal, "Pareil", 0)
    assert ecrire(journal, "Pareil", premiere.id) == premiere
    assert journal.last_id() == 1


def test_ecrire_la_meme_chose_sans_s_etre_vus_est_un_conflit_reconnu(journal):
    """Deux ajouts de 1 au même compteur ne font pas un seul ajout ; deux textes égaux se reconnaissent."""
    ecrire(journal, 1, 0)
    with pytest.raises(ConflictError) as refus:
        ecrire(journal, 1, 0)
    assert refus.value.conflits[0].identique


def test_oui_n_est_pas_un(journal):
    ecrire(journal, 1, 0)
    assert ecrire(journal, True, 1).id == 2


def test_une_demande_envoyee_deux_fois_est_ecrite_une_fois(journal):
    premiere = ecrire(journal, "Une fois", 0, uuid="abc")
    ecrire(journal, "Ensuite", premiere.id)
    assert ecrire(journal, "Une fois", 0, uuid="abc") == premiere
    assert journal.last_id() == 2
    with pytest.raises(CtgError, match="même identifiant"):
        ecrire(journal, "Autre chose", 0, uuid="abc")


def test_plusieurs_changements_tous_ou_aucun(journal):
    ecrire(journal, "pris", 0, champ="statut")
    lot = [Changement("fiche", "F12", "pilote", "Ville", 0), Changement("fiche", "F12", "statut", "En cours", 0)]
    with pytest.raises(ConflictError):
        journal.record_all(lot, PILOTE)
    assert journal.state("fiche", "F12").valeurs == {"statut": "pris"}
    etat = journal.state("fiche", "F12")
    ecrites = journal.record_all([etat.change("statut", "En cours"), etat.change("pilote", "Ville")], PILOTE)
    assert {e.lot for e in ecrites} == {ecrites[0].lot}
    assert journal.record_all([], PILOTE) == []


def test_annuler_est_une_nouvelle_entree(journal):
    ecrire(journal, "un", 0)
    deux = ecrire(journal, "deux", 1)
    annulee = annuler(journal, deux)
    assert (annulee.id, annulee.apres, annulee.geste, annulee.vise) == (3, "un", "annulation", 2)
    assert annuler(journal, annulee).apres == "deux"


def test_annuler_ce_que_quelqu_un_a_change_depuis_demande_de_choisir(journal):
    un = ecrire(journal, "un", 0)
    ecrire(journal, "deux", 1, role="élue")
    with pytest.raises(ConflictError):
        annuler(journal, un)


def test_revenir_a_une_version_remet_tout_l_objet(journal):
    ecrire(journal, "un", 0, avant="fichier")
    version = ecrire(journal, "Ville", 0, champ="pilote").id
    ecrire(journal, "deux", 1)
    ecrire(journal, "2027", 0, champ="echeance", avant="2026")
    journal.restore("fiche", "F12", version, "élue")
    assert journal.state("fiche", "F12").valeurs == {"titre": "un", "pilote": "Ville", "echeance": "2026"}
    assert {e.geste for e in journal.since(4)} == {"retour"}
    assert journal.restore("fiche", "F12", version, "élue") == []


def test_on_retrouve_la_version_d_une_date(journal):
    ecrire(journal, "un", 0)
    assert journal.version_at(datetime.now(UTC) - timedelta(days=1)) == 0
    assert journal.version_at(datetime.now(UTC) + timedelta(days=1)) == 1


def test_le_journal_ne_se_reecrit_pas(journal):
    ecrire(journal, "gardé", 0)
    for ordre in ("UPDATE ctg_entrees SET apres = '\"x\"'", "DELETE FROM ctg_entrees"):
        with pytest.raises(CtgError):
            journal.base.write(lambda c, o=ordre: c.exec_driver_sql(o))
    assert journal.state("fiche", "F12").valeurs == {"titre": "gardé"}


def test_une_entree_demandee_qui_n_existe_pas(journal):
    with pytest.raises(CtgError, match="pas d'entrée 99"):
        journal.entry(99)


def test_les_valeurs_reviennent_comme_elles_sont_parties(journal):
    valeurs = [None, "", 0, -1.5, True, [1, "é", None], {"a": {"b": []}}, "<script>{{ 7*7 }}</script>", "x" * 10_000]
    for n, valeur in enumerate(valeurs):
        ecrire(journal, valeur, 0, champ=f"c{n}")
    assert list(journal.state("fiche", "F12").valeurs.values()) == valeurs
    assert ecrire(journal, date(2027, 1, 1), 0, champ="date").apres == "2027-01-01"
    assert ecrire(journal, (1, 2), 0, champ="couple").apres == [1, 2]


@pytest.mark.parametrize("valeur", [float("nan"), float("inf"), object(), {1, 2}])
def test_ce_que_le_journal_ne_sait_pas_garder_est_refuse(journal, valeur):
    with pytest.raises(CtgError, match="ne sait pas garder"):
        ecrire(journal, valeur)
    assert journal.last_id() == 0


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texte=st.text(alphabet=st.characters(), max_size=30))
def test_aucun_texte_ne_derange_le_journal(journal, texte):
    entree = ecrire(journal, texte, role=texte, cle=f"F{texte}")
    assert journal.entry(entree.id) == entree
    assert journal.state("fiche", f"F{texte}").valeurs == {"titre": texte}
    assert phrase(entree)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gestes=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.booleans()), max_size=12))
def test_le_journal_rejoue_vaut_un_dictionnaire(dossier, gestes):
    """Quels que soient les changements et annulations, l'état est celui que l'on aurait tenu à la main."""
    with open_journal(dossier) as journal:
        cle, modele = f"F{journal.last_id()}", {}
        for champ, valeur, annule in gestes:
            entree = ecrire(journal, valeur, champ=champ, cle=cle)
            modele[champ] = valeur
            if annule and entree.geste == "saisie":
                modele[champ] = annuler(journal, entree).apres
        assert journal.state("fiche", cle).valeurs == modele


@pytest.mark.parametrize(
    ("avant", "apres", "attendu"),
    [
        ("un", "deux", "a changé « Échéance » (fiche F12) : de « un » à « deux »."),
        (None, "deux", "a rempli « Échéance » (fiche F12) : « deux »."),
        ("un", "", "a vidé « Échéance » (fiche F12), qui valait « un »."),
        ("2026-12-31", "2027-06-01", ": de « 31 décembre 2026 » à « 1er juin 2027 »."),
        (1234567, 0.5, ": de « 1\u202f234\u202f567 » à « 0,50 »."),
        (True, False, ": de « oui » à « non »."),
        (["a", "b"], {"x": 1}, ": de « a, b » à « 1\u00a0élément »."),
    ],
)
def test_l_historique_se_lit_en_francais(dossier_sqlite, avant, apres, attendu):
    with open_journal(dossier_sqlite) as journal:
        lue = phrase(ecrire(journal, apres, 0, avant=avant, champ="echeance"), {"echeance": "Échéance"})
    assert lue.startswith("Le ")
    assert ", le référent technique a " in lue
    assert lue.replace("\u00a0", " ").endswith(attendu.replace("\u00a0", " "))


@pytest.mark.parametrize(
    ("role", "attendu"),
    [
        ("conseiller Caf", "Le conseiller Caf"),
        ("animatrice", "L’animatrice"),
        ("chargée de coopération", "La chargée de coopération"),
        ("directrice du CCAS", "La directrice du CCAS"),
        ("Caf", "La Caf"),
        ("les élus", "Les élus"),
        ("", "Quelqu’un"),
    ],
)
def test_une_fonction_et_son_article_jamais_un_nom(role, attendu):
    assert actor(role) == attendu


def test_chaque_territoire_a_son_histoire(tmp_path, monkeypatch):
    monkeypatch.setenv("CTG_JOURNAL", str(tmp_path / "commun.sqlite"))
    for code in ("a", "b"):
        (tmp_path / code).mkdir()
    with open_journal(tmp_path / "a") as a, open_journal(tmp_path / "b") as b:
        ecrire(a, "chez a", 0)
        assert ecrire(b, "chez b", 0).id == 1
        assert a.state("fiche", "F12").valeurs == {"titre": "chez a"}
    assert not (tmp_path / "a" / "journal.sqlite").exists()


def test_un_dossier_renomme_garde_son_histoire(dossier_sqlite):
    with open_journal(dossier_sqlite) as journal:
        ecrire(journal, "gardé", 0)
    with open_journal(dossier_sqlite.rename(dossier_sqlite.with_name("autre"))) as journal:
        assert journal.state("fiche", "F12").valeurs == {"titre": "gardé"}


@pytest.mark.parametrize("adresse", ["mysql://x/y", "://", "sqlite://"])
def test_une_adresse_de_journal_incomprise(dossier_sqlite, monkeypatch, adresse):
    monkeypatch.setenv("CTG_JOURNAL", adresse)
    with pytest.raises(CtgError, match="CTG_JOURNAL") as refus:
        open_journal(dossier_sqlite)
    assert "postgresql://" in refus.value.que_faire


def test_un_postgresql_absent_se_dit_sans_le_mot_de_passe(dossier_sqlite, monkeypatch):
    monkeypatch.setenv("CTG_JOURNAL", "postgresql://caf:secret@127.0.0.1:9/ctg")
    with pytest.raises(CtgError, match="ne répond pas") as refus:
        open_journal(dossier_sqlite)
    assert "secret" not in str(refus.value)
    assert "127.0.0.1:9" in refus.value.ou
