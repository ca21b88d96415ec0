"""Les pannes d'une base, dites à la personne qui écrivait : quoi, où, que faire."""

from ctgkit.errors import CtgError

_PERDU = "Cette modification n'est pas enregistrée."
_GARDE = "Le texte saisi est resté à l'écran."
_TEMPORAIRES = ("database is locked", "database table is locked", "database schema is locked", "server closed the")
_TEMPORAIRES_SQLSTATE = ("40001", "40P01", "55P03", "57P01", "57P02", "57P03", "08")
_PANNES = (
    (
        ("disk is full", "no space left", "could not extend file", "file too large"),
        "Le disque est plein.",
        "Libérer de la place sur le disque, puis enregistrer à nouveau.",
    ),
    (
        ("readonly database", "read-only", "permission denied", "query_only"),
        "Le journal est en lecture seule.",
        "Demander le droit d'écrire dans ce dossier, ou copier le territoire dans un dossier modifiable.",
    ),
    (
        ("unable to open database", "disk i/o error"),
        "Le journal ne peut pas être ouvert ou écrit.",
        "Vérifier que le dossier existe encore, que le disque est branché et qu'il reste de la place.",
    ),
    (
        ("is locked", "lock timeout", "is busy"),
        "Le journal est très occupé.",
        "Attendre quelques secondes puis enregistrer à nouveau.",
    ),
)
_ABIME = ("malformed", "not a database", "file is encrypted", "corrupt", "could not decode")


class CorruptJournalError(CtgError):
    """Le fichier du journal est abîmé ; il n'a pas été touché."""

    def __init__(self, ou: str) -> None:
        super().__init__(
            "Le journal de ce territoire est abîmé : son contenu ne peut pas être lu avec certitude.",
            ou,
            "Ne pas supprimer ce fichier. Reprendre la dernière sauvegarde avec « ctg restaurer FICHIER », ou "
            "récupérer ce qui se lit encore avec « ctg restaurer --recuperer DOSSIER ».",
        )


def is_temporary(panne: Exception) -> bool:
    texte, sqlstate = _text(panne), getattr(getattr(panne, "orig", None), "sqlstate", None) or ""
    return any(t in texte for t in _TEMPORAIRES) or sqlstate.startswith(_TEMPORAIRES_SQLSTATE)


def explain(panne: Exception, ou: str, ecriture: bool) -> CtgError:
    """L'erreur à montrer pour cette panne ; le texte anglais de la base n'apparaît pas."""
    dite = _explain(panne, ou)
    if not ecriture or isinstance(dite, CorruptJournalError):
        return dite
    return CtgError(f"{dite.quoi} {_PERDU}", dite.ou, f"{dite.que_faire} {_GARDE}")


def _explain(panne: Exception, ou: str) -> CtgError:
    texte = _text(panne)
    if any(t in texte for t in _ABIME):
        return CorruptJournalError(ou)
    for indices, quoi, que_faire in _PANNES:
        if any(i in texte for i in indices):
            return CtgError(quoi, ou, que_faire)
    return CtgError(
        "Le journal ne répond pas.",
        ou,
        "Vérifier que la base est en marche et que l'adresse donnée par CTG_JOURNAL est juste.",
    )


def _text(panne: Exception) -> str:
    """Ce que dit la base elle-même, sans la demande ni les textes des personnes."""
    return str(getattr(panne, "orig", None) or panne).lower()


def missing_driver(ou: str) -> CtgError:
    return CtgError(
        "Le journal est demandé dans une base dont le pilote n'est pas installé.",
        ou,
        "Installer le pilote de PostgreSQL : pip install 'psycopg[binary]'.",
    )
