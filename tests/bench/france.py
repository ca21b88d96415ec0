"""Des territoires fictifs de toute taille, tirés au sort avec une graine : un EPCI, ou une France de communes."""

from datetime import date

import numpy as np

from ctgkit.territoire import (
    Commune,
    Convention,
    Engagement,
    Reference,
    Structure,
    Table,
    Territoire,
    column_kinds,
    to_array,
)

TYPES = (
    "eaje",
    "alsh_periscolaire",
    "alsh_extrascolaire",
    "alsh_adolescents",
    "rpe",
    "laep",
    "ludotheque",
    "cooperation",
)
FREQUENCES = (0.24, 0.25, 0.2, 0.1, 0.07, 0.06, 0.04, 0.04)
QUANTITES = {"eaje": (10, 60), "rpe": (1, 3), "cooperation": (1, 2)}
ANNEES = tuple(range(2025, 2030))


def territory(structures: int, communes: int, graine: int = 1) -> Territoire:
    """`structures` structures réparties sur `communes` communes, chacune territoire de compétence."""
    alea = np.random.default_rng(graine)
    codes = np.array([f"{i:05d}" for i in range(communes)], object)
    ou = np.sort(alea.integers(0, communes, structures))
    rang_type = alea.choice(len(TYPES), structures, p=FREQUENCES)
    types = np.array(TYPES, object)[rang_type]
    bas = np.array([QUANTITES.get(t, (1000, 60000))[0] for t in TYPES])[rang_type]
    haut = np.array([QUANTITES.get(t, (1000, 60000))[1] for t in TYPES])[rang_type]
    nouvelles = alea.random(structures) < 0.1
    ouverture = np.where(
        nouvelles, np.datetime64("2025-09-01") + alea.integers(0, 900, structures), np.datetime64("2010-09-01")
    )
    fermeture = np.where(alea.random(structures) < 0.03, np.datetime64("2027-07-01"), np.datetime64("NaT"))
    n = structures
    return Territoire(
        code="france-fictive",
        nom="France fictive",
        nature="fictif",
        convention=Convention(date(2025, 1, 1), date(2029, 12, 31), date(2025, 1, 1)),
        annee_reference=2024,
        communes=_communes(codes, alea),
        structures=Table(
            Structure,
            {
                "id": np.array([f"s{i}" for i in range(n)], object),
                "nom": np.array([f"Structure {i}" for i in range(n)], object),
                "type": types,
                "code_insee": codes[ou],
                "competence": codes[ou],
                "gestionnaire": codes[ou],
                "statut_gestionnaire": np.array(["public", "associatif"], object)[alea.integers(0, 2, n)],
                "cofinancee": (alea.random(n) < 0.95).astype(float),
                "quantite": np.floor(alea.uniform(bas, haut)),
                "unite": np.full(n, "", object),
                "ouverture": ouverture.astype("datetime64[D]"),
                "fermeture": fermeture.astype("datetime64[D]"),
                "charges_eur": alea.uniform(2e4, 6e5, n).round(2),
                "participations_eur": alea.uniform(1e3, 9e4, n).round(2),
                "reference_eur": np.full(n, np.nan),
            },
        ),
        references=_references(codes, ou, rang_type, alea),
        engagements=_engagements(codes, alea),
    )


def _communes(codes: np.ndarray, alea: np.random.Generator) -> Table:
    """Ce qui n'est pas tiré au sort est inconnu."""
    n = len(codes)
    inconnu = {nom: to_array(nature, [None] * n) for nom, nature in column_kinds(Commune).items()}
    return Table(
        Commune,
        inconnu
        | {
            "code_insee": codes,
            "nom": np.array([f"Commune {c}" for c in codes], object),
            "population": np.full(n, 1000.0),
            "annee_population": np.full(n, 2023.0),
            "adhesion": (np.datetime64("2024-06-01") + alea.integers(0, 800, n)).astype("datetime64[D]"),
            "potentiel_financier_hab": alea.uniform(500, 1500, n),
            "niveau_de_vie": alea.uniform(17000, 28000, n),
            "zone_prioritaire": alea.choice([0.0, 1.0, np.nan], n),
        },
    )


def _references(codes: np.ndarray, ou: np.ndarray, types: np.ndarray, alea: np.random.Generator) -> Table:
    presents = np.unique(ou * len(TYPES) + types)
    n = len(presents)
    return Table(
        Reference,
        {
            "competence": codes[presents // len(TYPES)],
            "type": np.array(TYPES, object)[presents % len(TYPES)],
            "annee": np.full(n, 2024.0),
            "montant_eur": alea.uniform(2e3, 2e5, n).round(2),
            "periode": np.full(n, "an", object),
            "source": np.full(n, "inventé", object),
            "statut": np.full(n, "fictif", object),
        },
    )


def _engagements(codes: np.ndarray, alea: np.random.Generator) -> Table:
    annees = np.arange(2024, 2030)
    n = len(codes) * len(annees)
    return Table(
        Engagement,
        {
            "competence": np.repeat(codes, len(annees)),
            "annee": np.tile(annees, len(codes)).astype(float),
            "credits_eur": alea.uniform(1e5, 1.2e5, n).round(2),
            "source": np.full(n, "inventé", object),
        },
    )
