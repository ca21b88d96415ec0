"""Les entrées du journal : leur table, où l'on ne fait qu'ajouter, et la phrase qui dit chacune."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from ctgkit.errors import CtgError
from ctgkit.formats import INSECABLE, date_longue, nombre, pluriel
from ctgkit.texte import shorten

FORMAT = 1
META = sa.MetaData()
MARQUE = sa.Table("ctg_journal", META, sa.Column("format", sa.Integer, primary_key=True))
ENTREES = sa.Table(
    "ctg_entrees",
    META,
    sa.Column("territoire", sa.Text, primary_key=True),
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("uuid", sa.Text, nullable=False),
    sa.Column("lot", sa.Text, nullable=False),
    sa.Column("quand", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("objet", sa.Text, nullable=False),
    sa.Column("cle", sa.Text, nullable=False),
    sa.Column("champ", sa.Text, nullable=False),
    sa.Column("avant", sa.Text, nullable=False),
    sa.Column("apres", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("geste", sa.Text, nullable=False),
    sa.Column("vise", sa.Integer),
    sa.UniqueConstraint("territoire", "uuid"),
    sa.UniqueConstraint("territoire", "objet", "cle", "champ", "version"),
)

_REFUS = "le journal ne se réécrit pas"
_SQLITE = "CREATE TRIGGER ctg_entrees_{0} BEFORE {0} ON ctg_entrees BEGIN SELECT RAISE(ABORT, '{1}'); END"
_POSTGRES = (
    "CREATE OR REPLACE FUNCTION ctg_refus() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_REFUS}'; END $$",
    "CREATE TRIGGER ctg_entrees_refus BEFORE UPDATE OR DELETE ON ctg_entrees FOR EACH ROW EXECUTE FUNCTION ctg_refus()",
)

LONGUEUR_MAX = 80
OBJETS = {
    "decision": "décision",
    "reference": "référence",
    "reglage": "réglage",
    "scenario": "scénario",
    "seance": "séance",
}
_ARTICLE = re.compile(r"(le|la|les|un|une|des)\s|l['’]", re.IGNORECASE)
_FEMININ = re.compile(r"(trice|euse|ère|ée|enne|caf|commune|collectivité|équipe|salle|référente)", re.IGNORECASE)


def create_tables(connexion: sa.Connection) -> None:
    """Crée la table et ses gardes, dans la transaction en cours ; ne fait rien si elle existe."""
    if sa.inspect(connexion).has_table(MARQUE.name):
        return
    META.create_all(connexion)
    gardes = _POSTGRES
    if connexion.dialect.name == "sqlite":
        gardes = tuple(_SQLITE.format(verbe, _REFUS) for verbe in ("UPDATE", "DELETE"))
    for ordre in gardes:
        connexion.exec_driver_sql(ordre)
    connexion.execute(MARQUE.insert().values(format=FORMAT))


class UnreadableEntryError(ValueError):
    """Une entrée que le journal n'a pas pu écrire ainsi : le fichier a été abîmé ou modifié à la main."""


@dataclass(frozen=True)
class Entree:
    """Un changement gardé pour toujours. `version` est l'entrée précédente du même champ, 0 pour la première."""

    id: int
    uuid: str
    lot: str
    quand: datetime
    role: str
    objet: str
    cle: str
    champ: str
    avant: Any
    apres: Any
    version: int
    geste: str = "saisie"
    vise: int | None = None

    @classmethod
    def of_row(cls, ligne: sa.Row) -> "Entree":
        lu = {f.name: getattr(ligne, f.name) for f in fields(cls)}
        try:
            quand = datetime.fromisoformat(lu["quand"])
            return cls(**lu | {"quand": quand, "avant": json.loads(lu["avant"]), "apres": json.loads(lu["apres"])})
        except (TypeError, ValueError, RecursionError) as cause:
            raise UnreadableEntryError(lu["id"]) from cause

    def row(self, territoire: str) -> dict[str, Any]:
        ecrit = {f.name: getattr(self, f.name) for f in fields(self)}
        quand = self.quand.astimezone(UTC).isoformat(timespec="milliseconds")
        textes = {"quand": quand, "avant": write_value(self.avant), "apres": write_value(self.apres)}
        return ecrit | textes | {"territoire": territoire}


def write_value(valeur: Any) -> str:
    """Le JSON d'une valeur, accents lisibles ; un demi-caractère orphelin reste échappé plutôt que de tout bloquer."""
    try:
        ecrit = json.dumps(valeur, ensure_ascii=False, allow_nan=False, default=_plain, sort_keys=True)
    except (TypeError, ValueError) as cause:
        raise CtgError(
            f"Le journal ne sait pas garder cette valeur : {type(valeur).__name__}.",
            que_faire="Enregistrer un texte, un nombre, une date, oui ou non, ou une liste de ces valeurs.",
        ) from cause
    return ecrit if _encodable(ecrit) else json.dumps(json.loads(ecrit), sort_keys=True)


def as_kept(valeur: Any) -> Any:
    """La valeur telle que le journal la rendra : une date devient son texte, un n-uplet une liste."""
    return json.loads(write_value(valeur))


def same_value(une: Any, autre: Any) -> bool:
    """Même valeur et même nature : 1 n'est pas « oui »."""
    return write_value(une) == write_value(autre)


def clean_key(texte: object) -> str:
    """Un rôle, un objet, une clé ou un champ : sans caractère que PostgreSQL ou SQLite refuserait."""
    return re.sub("[\x00-\x1f\x7f\ud800-\udfff]", "", str(texte)).strip()


def _plain(valeur: Any) -> Any:
    if hasattr(valeur, "isoformat"):
        return valeur.isoformat()
    if hasattr(valeur, "tolist"):
        return valeur.tolist()
    raise TypeError(type(valeur).__name__)


def _encodable(texte: str) -> bool:
    try:
        texte.encode()
    except UnicodeEncodeError:
        return False
    return True


def phrase(entree: Entree, libelles: Mapping[str, str] | None = None) -> str:
    """« Le 3 mars 2026 à 14 h 05, le référent technique a changé « Échéance » (fiche F12) : de « … » à « … ». »"""
    quand = moment(entree.quand)
    return f"{quand[0].upper()}{quand[1:]}, {actor(entree.role, debut=False)} {_gesture(entree, libelles or {})}."


def actor(role: str, debut: bool = True) -> str:
    """La fonction avec son article : « le conseiller Caf », « l'animatrice »."""
    mots = role or "quelqu’un"
    if role and not _ARTICLE.match(role):
        premier = role.split(maxsplit=1)[0]
        if premier[0].lower() in "aeiouyéèêàâîô":
            mots = f"l’{role}"
        else:
            mots = f"{'la' if _FEMININ.fullmatch(premier) or _FEMININ.search(premier) else 'le'} {role}"
    return mots[0].upper() + mots[1:] if debut else mots[0].lower() + mots[1:]


def moment(quand: datetime) -> str:
    """À l'heure de l'ordinateur qui lit."""
    ici = quand.astimezone()
    return f"le {date_longue(ici.date())} à {ici.hour}{INSECABLE}h{INSECABLE}{ici.minute:02d}"


def value(valeur: Any) -> str:
    """Une valeur telle qu'on la dit, raccourcie quand elle est longue."""
    if valeur is None or valeur == "":
        return "vide"
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, int | float):
        return nombre(valeur, 0 if float(valeur).is_integer() else 2)
    if isinstance(valeur, Mapping):
        return pluriel(len(valeur), "élément")
    if isinstance(valeur, list):
        simples = all(isinstance(v, str | int | float) for v in valeur)
        return (
            shorten(", ".join(value(v) for v in valeur), LONGUEUR_MAX)
            if simples and valeur
            else pluriel(len(valeur), "élément")
        )
    return shorten(_day(str(valeur)), LONGUEUR_MAX)


def quoted(texte: str) -> str:
    return f"«{INSECABLE}{texte}{INSECABLE}»"


def told(valeur: Any) -> str:
    """La valeur entre guillemets, ou le mot « vide » sans guillemets."""
    return value(valeur) if valeur is None or valeur == "" else quoted(value(valeur))


def _gesture(entree: Entree, libelles: Mapping[str, str]) -> str:
    champ = quoted(libelles.get(entree.champ, entree.champ))
    champ += f" ({OBJETS.get(entree.objet, entree.objet)} {entree.cle})"
    passage = f"de {told(entree.avant)} à {told(entree.apres)}"
    if entree.geste == "annulation":
        return f"a annulé un changement de {champ}{INSECABLE}: {passage}"
    if entree.geste == "retour":
        return f"a repris une version précédente de {champ}{INSECABLE}: {passage}"
    if value(entree.avant) == "vide":
        return f"a rempli {champ}{INSECABLE}: {told(entree.apres)}"
    if value(entree.apres) == "vide":
        return f"a vidé {champ}, qui valait {told(entree.avant)}"
    return f"a changé {champ}{INSECABLE}: {passage}"


def _day(texte: str) -> str:
    try:
        return date_longue(date.fromisoformat(texte)) if re.fullmatch(r"\d{4}-\d\d-\d\d", texte) else texte
    except ValueError:
        return texte
