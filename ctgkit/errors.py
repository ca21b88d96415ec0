"""Ce qui ne va pas, dit à la personne qui peut y remédier : quoi, où, que faire."""

import difflib
from collections.abc import Iterable
from dataclasses import asdict, dataclass


class CtgError(Exception):
    """Une erreur que l'on peut montrer telle quelle : jamais de trace, toujours une issue.

    `code` et `rang` sont pour le programme, qui ne relit jamais une phrase : de quelle sorte, et à quelle place.
    """

    def __init__(
        self, quoi: str, ou: str = "", que_faire: str = "", *, code: str = "", rang: int | None = None
    ) -> None:
        super().__init__(quoi)
        self.quoi, self.ou, self.que_faire, self.code, self.rang = quoi, ou, que_faire, code, rang

    def __str__(self) -> str:
        suites = (f"Où : {self.ou}" if self.ou else "", f"Que faire : {self.que_faire}" if self.que_faire else "")
        return "\n".join([self.quoi, *filter(None, suites)])

    def _render_traceback_(self) -> list[str]:
        """IPython montre ceci à la place de la trace, en JupyterLab comme dans Voilà ou papermill."""
        return [str(self)]


@dataclass(frozen=True)
class Defaut:
    """Un défaut d'un fichier. `niveau` vaut « erreur » (rien n'est lu) ou « avis » (réparé ou toléré)."""

    fichier: str
    constat: str
    attendu: str = ""
    ligne: int | None = None
    colonne: str = ""
    valeur: str = ""
    niveau: str = "erreur"

    def __str__(self) -> str:
        lieu = ", ".join(
            filter(
                None,
                (self.fichier, f"ligne {self.ligne}" if self.ligne else "", f"« {self.colonne} »" * bool(self.colonne)),
            )
        )
        lu = f" Valeur lue : « {self.valeur} »." if self.valeur else ""
        attendu = f" Attendu : {self.attendu}." if self.attendu else ""
        fin = "" if self.constat.endswith("?") else "."
        return f"{lieu} : {self.constat}{fin}{lu}{attendu}"

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


class InvalidFilesError(CtgError):
    """Tous les défauts d'un coup : rien n'est lu à moitié."""

    def __init__(
        self, defauts: Iterable[Defaut], ou: str = "", que_faire: str = "Corriger ces lignes, puis recommencer."
    ) -> None:
        self.defauts = tuple(defauts)
        nombre = len(self.defauts)
        quoi = f"{nombre} défaut{'s' * (nombre > 1)} à corriger :\n" + "\n".join(f"- {d}" for d in self.defauts)
        super().__init__(quoi, ou, que_faire)


def did_you_mean(mot: str, connus: Iterable[str]) -> str:
    """« vouliez-vous dire « nom » ? », ou rien quand aucun mot connu n'est proche."""
    proches = difflib.get_close_matches(str(mot).lower(), list(connus), n=1, cutoff=0.6)
    return f"vouliez-vous dire « {proches[0]} » ?" if proches else ""
