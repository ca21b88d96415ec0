"""R2 : une somme d'entiers tombe juste. R6 : un ensemble est entre ses groupes. P : une partie est dans son tout."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ctgkit.diagnostic.catalogue import Catalogue
from ctgkit.diagnostic.coherence.alerte import Alerte
from ctgkit.diagnostic.coherence.contexte import (
    ChiffreLu,
    ChiffresLus,
    Refait,
    alert,
    by_origin,
    facteur,
    peu_vraisemblable,
    recompute,
    same_origin,
)
from ctgkit.diagnostic.coherence.operation import Operation, add, closest_wrong
from ctgkit.diagnostic.coherence.relations import moyenne
from ctgkit.diagnostic.formules import FormuleIndicateur
from ctgkit.diagnostic.secret.suppression import tranches
from ctgkit.formats import nombre, pluriel
from ctgkit.texte import minuscule

_MONTRES = 4
_ESTIMABLES = ("enfants", "jeunes", "personnes", "habitants", "foyers", "familles", "ménages", "naissances", "€")


def check_sommes(contexte: ChiffresLus) -> Iterator[Alerte]:
    for code, definition in contexte.catalogue.items():
        if definition.formule and definition.formule.est_somme:
            yield from _sommes(contexte, code, definition.formule, tranche=False)
    for code, parties in tranches(contexte.catalogue):
        yield from _sommes(contexte, code, FormuleIndicateur(" + ".join(parties)), tranche=True)
    yield from _sommes_des_communes(contexte)


def _sommes(contexte: ChiffresLus, code: str, formule: FormuleIndicateur, tranche: bool) -> Iterator[Alerte]:
    for geo in contexte.lieux(code):
        for cibles in by_origin(contexte.read(code, geo)):
            refaits = [r for cible in cibles for r in recompute(contexte, formule, cible)]
            if meilleur := closest_wrong(refaits):
                yield _alerte_somme(meilleur, refaits, tranche)
            elif not refaits:
                yield from _partielle(contexte, cibles[0], formule)


def _alerte_somme(meilleur: Refait, refaits: Sequence[Refait], tranche: bool) -> Alerte:
    cible = meilleur.annonce
    calculs = list(dict.fromkeys(r.calcul for r in sorted(refaits, key=lambda r: r.ecart)))
    ambigu = tranche and (len(calculs) > 1 or None in meilleur.annees)
    termes = dict.fromkeys(x for r in refaits for x in r.termes.values())
    return alert(
        "R2",
        "E" if meilleur.certain and not ambigu else "D",
        f"{cible.definition.libelle} : la somme ne fait pas {cible.texte}",
        f"{' ; '.join(calculs[:_MONTRES])}, le document dit {cible.nu}",
        (cible, *termes),
        _explications(meilleur, tranche),
    )


def _explications(refait: Refait, tranche: bool) -> Iterator[str]:
    yield f"écart de {nombre(refait.manque, signe=True)}"
    if dit := facteur(refait.annonce.valeur, refait.expression.milieu, refait.annonce.definition.nature == "montant"):
        yield dit
    if tranche:
        yield "tranches d’âge relevées à des dates différentes, ou bornes qui se recouvrent"
    elif refait.manque < 0:
        yield "un élément compté deux fois, ou un total resté à une date antérieure"
    else:
        yield "une catégorie qui n’est pas nommée, ou des parties restées à une date antérieure"
    if len(refait.sources) > 1:
        yield "sources différentes"


def _partielle(contexte: ChiffresLus, cible: ChiffreLu, formule: FormuleIndicateur) -> Iterator[Alerte]:
    """Des parties manquent, mais celles que l'on a dépassent déjà le total."""
    connues = [x for code in formule.codes for x in contexte.read(code, cible.geo) if same_origin(x, cible)]
    parties = {x.code: x for x in connues}.values()
    if parties and (somme := Operation(cible, add([*parties]))).depasse:
        yield alert(
            "R2",
            "E" if len(parties) > 1 else "P",
            f"{cible.definition.libelle} : les parties connues dépassent le total",
            f"{somme.contredit} en tout",
            somme.lus,
            ("une partie d’une autre date ou d’un autre champ que le total",),
        )


def _sommes_des_communes(contexte: ChiffresLus) -> Iterator[Alerte]:
    """Le total d'un EPCI est la somme de ses communes, même source et même année, arrondi du producteur compris."""
    communes = contexte.territoire.communes["code_insee"].tolist()
    if contexte.territoire.type != "epci" or len(communes) < 2:
        return
    for code in {c for c, g in contexte.par_lieu if g == contexte.lieu and contexte.catalogue[c].additif}:
        for total in contexte.read(code, contexte.lieu):
            if total.annee and contexte.catalogue[code].unite in _ESTIMABLES:
                yield from _communes_contre_total(contexte, total, communes)


def _communes_contre_total(contexte: ChiffresLus, total: ChiffreLu, communes: Sequence[str]) -> Iterator[Alerte]:
    connus = [x for x in (_de_la_commune(contexte, total, c) for c in communes) if x is not None]
    if not connus:
        return
    somme = Operation(total, add(connus))
    complet = len(connus) == len(communes)
    if somme.depasse or (complet and not somme.juste):
        exact = all(x.intervalle.bas == x.intervalle.haut for x in somme.lus)
        dit = "" if complet else f" (sur {nombre(len(connus))} communes connues de {nombre(len(communes))})"
        yield alert(
            "R2",
            "E" if exact else "D",
            f"{total.definition.libelle} : la somme des communes n’est pas le total du territoire",
            f"somme des communes = {somme.resultat_ecrit}{dit}, le total écrit est {total.nu}",
            (total,),
            ("une commune entrée ou sortie du territoire", "des allocataires non localisés, ou des arrondis"),
        )


_MEDIANES = ("€ par an",)


def check_moyennes(contexte: ChiffresLus) -> Iterator[Alerte]:
    yield from _entre_ses_communes(contexte)
    for definition in contexte.catalogue.values():
        if (encadre := definition.encadre_par) and contexte.read(definition.code, contexte.lieu):
            ensemble = {"numerateur": {"code": definition.code}, "denominateur": _termes_codes(encadre["sur"])}
            yield from moyenne(contexte, {"ensemble": ensemble, "groupes": _termes_codes(encadre["groupes"])})


def _termes_codes(codes: Sequence[str]) -> list[dict[str, str]]:
    return [{"code": c} for c in codes]


def _entre_ses_communes(contexte: ChiffresLus) -> Iterator[Alerte]:
    """Le taux du territoire et ceux de toutes ses communes, même source et même année."""
    communes = contexte.territoire.communes["code_insee"].tolist()
    if contexte.territoire.type != "epci" or len(communes) < 2:
        return
    for code, geo, lus in contexte.groupes():
        definition = contexte.catalogue[code]
        if geo == contexte.lieu and (definition.est_taux or definition.unite in _MEDIANES):
            for ensemble in lus:
                groupes = [_de_la_commune(contexte, ensemble, c) for c in communes]
                if all(groupes) and not is_between(ensemble, groupes):
                    yield _alerte_encadre(ensemble, groupes)


def _de_la_commune(contexte: ChiffresLus, ensemble: ChiffreLu, commune: str) -> ChiffreLu | None:
    return next((x for x in contexte.read(ensemble.code, commune) if same_origin(x, ensemble)), None)


def is_between(ensemble: ChiffreLu, groupes: Sequence[ChiffreLu]) -> bool:
    bas = min(x.intervalle.bas for x in groupes)
    haut = max(x.intervalle.haut for x in groupes)
    return bas <= ensemble.intervalle.haut and ensemble.intervalle.bas <= haut


def _alerte_encadre(ensemble: ChiffreLu, groupes: Sequence[ChiffreLu]) -> Alerte:
    bas, haut = min(groupes, key=lambda x: x.valeur), max(groupes, key=lambda x: x.valeur)
    return alert(
        "R6",
        "E",
        f"{ensemble.definition.libelle} : l’ensemble n’est pas entre ses communes",
        f"de {bas.texte} à {haut.texte} dans les communes, {ensemble.texte} pour l’ensemble",
        (ensemble, bas, haut),
        ("un autre champ ou une autre année pour l’ensemble", "une commune qui manque dans la liste"),
    )


_ENGLOBANTS = ("departement", "region", "france")


def check_inclusions(contexte: ChiffresLus) -> Iterator[Alerte]:
    for partie, tout in _paires(contexte.catalogue):
        for geo in contexte.lieux(partie):
            yield from _trop_grande(contexte, partie, tout, geo)
    yield from _parts_disjointes(contexte)
    yield from _lieu_dans_son_comparateur(contexte)
    yield from _plus_de_communes(contexte)


def _paires(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Ce que le catalogue dit inclus, et le numérateur de chaque part."""
    for code, definition in catalogue.items():
        if definition.inclus_dans:
            yield code, definition.inclus_dans
        quotient = definition.formule.quotient if definition.formule else None
        if definition.unite == "%" and quotient and len(quotient[1].codes) == 1:
            yield from ((numerateur, quotient[1].codes[0]) for numerateur in quotient[0].codes)


def _trop_grande(contexte: ChiffresLus, code: str, tout: str, geo: str) -> Iterator[Alerte]:
    for partie in contexte.read(code, geo):
        touts = [x for x in contexte.read(tout, geo) if same_origin(x, partie)]
        if touts and all(partie.intervalle.bas > x.intervalle.haut for x in touts):
            titre = f"{partie.definition.libelle} : plus que « {minuscule(touts[0].definition.libelle)} »"
            calcul = f"{partie.texte}, pour {touts[0].texte} en tout"
            yield peu_vraisemblable(partie, titre, calcul, "deux lignes échangées", touts[0])


def _parts_disjointes(contexte: ChiffresLus) -> Iterator[Alerte]:
    """Les taux par mode d'accueil ne dépassent pas le taux global."""
    parts: dict[str, list[str]] = defaultdict(list)
    for code, definition in contexte.catalogue.items():
        if definition.partie_de:
            parts[definition.partie_de].append(code)
    for tout, codes in parts.items():
        for geo in contexte.lieux(tout):
            for cible in contexte.read(tout, geo):
                lues = [x for c in codes for x in contexte.read(c, geo) if same_origin(x, cible)]
                chiffres = max((x.definition.decimales for x in lues), default=0)
                if len(lues) > 1 and (somme := Operation(cible, add(lues), chiffres=chiffres)).depasse:
                    calcul = f"{somme.calcul}, pour {cible.texte} en tout"
                    titre = f"{cible.definition.libelle} : moins que la somme de ses parts"
                    yield peu_vraisemblable(
                        cible, titre, calcul, "des parts d’une autre année ou d’un autre champ", *lues
                    )


def _lieu_dans_son_comparateur(contexte: ChiffresLus) -> Iterator[Alerte]:
    """Un dénombrement local ne dépasse pas celui du département."""
    comparateur = contexte.territoire.comparateur.code
    for code, geo, lus in contexte.groupes():
        if geo == contexte.lieu and contexte.catalogue[code].additif:
            englobants = [x for x in contexte.read(code, comparateur) if x.niveau in _ENGLOBANTS]
            for ici in lus:
                plus_petits = [x for x in englobants if same_origin(x, ici) and ici.intervalle.bas > x.intervalle.haut]
                for x in plus_petits[:1]:
                    titre = f"{ici.definition.libelle} : plus que tout {contexte.nom(x.geo)}"
                    calcul = f"{ici.texte} ici, {x.texte} pour {contexte.nom(x.geo)}"
                    yield peu_vraisemblable(ici, titre, calcul, "les deux lieux échangés", x)


def _plus_de_communes(contexte: ChiffresLus) -> Iterator[Alerte]:
    combien = len(contexte.territoire.communes)
    for x in contexte.lus if combien and contexte.territoire.type == "epci" else ():
        if x.geo == contexte.lieu and x.definition.unite == "communes" and x.valeur > combien:
            titre = f"{x.definition.libelle} : plus que le territoire n’a de communes"
            calcul = f"{x.texte}, le territoire en compte {pluriel(combien, 'commune')}"
            yield peu_vraisemblable(
                x, titre, calcul, "un autre périmètre, ou des structures comptées pour des communes"
            )
