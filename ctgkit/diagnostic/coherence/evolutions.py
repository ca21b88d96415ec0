"""Une évolution se retrouve entre deux années ; elle ne recopie pas l'écart au département."""

from collections.abc import Iterator

from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.contexte import Contexte, Lu
from ctgkit.diagnostic.intervalle import decimales
from ctgkit.diagnostic.noms import du_lieu
from ctgkit.formats import nombre, pourcent


def alertes(contexte: Contexte) -> Iterator[Alerte]:
    for code, geo, lus in contexte.groupes():
        suivi = contexte.catalogue[code].evolution_de
        if suivi:
            for evolution in lus:
                yield from _contre_la_serie(contexte, evolution, suivi, geo)
                yield from _copie_d_un_ecart(contexte, evolution, suivi, geo)


def _contre_la_serie(contexte: Contexte, evolution: Lu, suivi: str, geo: str) -> Iterator[Alerte]:
    """Aucune année de départ connue ne redonne l'évolution écrite."""
    valeurs = [x for x in contexte.lire(suivi, geo) if x.annee and x.source == evolution.source]
    arrivees = [x for x in valeurs if x.annee == evolution.annee]
    duree = evolution.definition.sur_ans
    departs = [x for x in valeurs if evolution.annee and x.annee < evolution.annee and x.valeur]
    if duree:
        departs = [x for x in departs if x.annee == evolution.annee - duree]
    paires = [(d, a) for a in arrivees for d in departs]
    if not paires or any(_juste(evolution, d, a) for d, a in paires):
        return
    depart, arrivee = min(paires, key=lambda p: abs(_taux(*p) - evolution.valeur))
    yield Alerte(
        "R1",
        "E" if duree or len(departs) == 1 else "D",
        f"{evolution.definition.libelle} : le calcul ne redonne pas {evolution.texte}",
        f"({arrivee.nu} − {depart.nu}) / {depart.nu} = {pourcent(_taux(depart, arrivee))} "
        f"de {depart.annee} à {arrivee.annee}, "
        f"le document dit {evolution.texte}",
        (evolution.chiffre(), depart.chiffre(), arrivee.chiffre()),
        ("une autre année de départ", "une évolution en points et non en %"),
        evolution.definition.theme,
        (evolution.code, suivi),
        geo,
    )


def _taux(depart: Lu, arrivee: Lu) -> float:
    return 100 * (arrivee.valeur - depart.valeur) / abs(depart.valeur)


def _juste(evolution: Lu, depart: Lu, arrivee: Lu) -> bool:
    """En %, ou en points quand la mesure suivie est un taux : l'un des deux suffit."""
    points = arrivee.intervalle - depart.intervalle
    if points.touche(evolution.intervalle) and depart.definition.est_taux:
        return True
    if depart.intervalle.bas <= 0:
        return True
    return ((points / depart.intervalle) * 100).touche(evolution.intervalle)


def _copie_d_un_ecart(contexte: Contexte, evolution: Lu, suivi: str, geo: str) -> Iterator[Alerte]:
    """« +1,8 % sur 3 ans » qui est aussi, au dixième près, l'écart du taux au département."""
    comparateur = contexte.territoire.comparateur.code
    for ici in contexte.lire(suivi, geo):
        for repere in contexte.lire(suivi, comparateur):
            if ici.source != evolution.source or repere.source != ici.source or not ici.definition.est_taux:
                continue
            ecart = round(ici.valeur - repere.valeur, max(decimales(ici.valeur), decimales(repere.valeur)))
            if ecart and decimales(evolution.valeur) and abs(ecart) == abs(evolution.valeur):
                yield _alerte_copie(contexte, evolution, ici, repere)
                return


def _alerte_copie(contexte: Contexte, evolution: Lu, ici: Lu, repere: Lu) -> Alerte:
    autre = f"l’écart avec la valeur {du_lieu(contexte.nom(repere.geo), repere.niveau, repere.geo)}"
    return Alerte(
        "R4",
        "L",
        f"{evolution.texte} : une évolution, ou {autre} ?",
        f"{ici.nu} − {repere.nu} = {nombre(ici.valeur - repere.valeur, 1)} : "
        f"{autre} est exactement l’évolution écrite, {evolution.texte}",
        (evolution.chiffre(), ici.chiffre(), repere.chiffre()),
        ("l’écart a été recopié à la place de l’évolution", "une coïncidence : demander la série à la Caf"),
        evolution.definition.theme,
        (evolution.code, ici.code),
        evolution.geo,
    )
