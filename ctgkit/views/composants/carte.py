"""La carte d'un territoire en SVG écrit par le serveur : ni bibliothèque ni réseau côté page."""

from collections.abc import Mapping

from markupsafe import Markup

from ctgkit.figures import cartographie
from ctgkit.figures.cartographie import LARGEUR, Case, Trame, layout
from ctgkit.territoire import Territoire

# Une lettre d'un nom, un chiffre d'une valeur : leur largeur, rapportée à la taille des caractères.
LETTRE, CHIFFRE_LARGE = 0.52, 0.57
CHIFFRE, PETIT, LISIBLE = 1.19, 0.8, 0.7
ABREGES = {
    "Saint-": "St-", "Sainte-": "Ste-", "Vieux-": "Vx-", "Petite-": "Pte-", "Petit-": "Pt-", "Grande-": "Gde-",
    "Grand-": "Gd-", "Notre-Dame-": "N-D-",
}  # fmt: skip


def carte_svg(
    territoire: Territoire, cases: Mapping[str, Case], titre: str, geste: str = "", corps: float = 11
) -> Markup:
    """Les communes localisées ; chacune est cliquable et atteignable au clavier, et envoie `geste` à la page.

    `corps` : la taille des noms, dans les unités du dessin ; un nom qui ne tient pas est raccourci, ou retiré.
    """
    plan = layout(territoire)
    noms = dict(zip(territoire.communes["code_insee"], territoire.communes["nom"], strict=True))
    # Les étiquettes par-dessus toutes les cases : une voisine ne les recouvre pas.
    dessins = [_case(c, noms[c], plan, cases[c], geste) for c in plan.contours]
    dessins += [_etiquette(c, noms[c], plan, cases[c], corps) for c in plan.contours]
    return Markup('<svg viewBox="0 0 {} {:.0f}" role="group" aria-label="{}">{}{}</svg>').format(
        int(LARGEUR), plan.hauteur, titre, HACHURES, Markup("").join(dessins)
    )


HACHURES = Markup(
    '<defs><pattern id="hachures" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" fill="#fff"/><rect width="2" height="6" fill="#636973"/></pattern></defs>'
)


def _case(code: str, nom: str, plan: Trame, case: Case, geste: str = "") -> Markup:
    trace = " ".join(cartographie.svg_path(contour, 0 if plan.reel else 1.2) for contour in plan.contours[code])
    envoi = Markup(' data-geste="{}" data-valeur="{}" data-cle="carte-{}"').format(geste, code, code) if geste else ""
    return Markup(
        '<g data-commune="{}"{} class="case {}" tabindex="0" role="button" aria-label="{} : {}"><title>{} : {}</title>'
        '<path d="{}"/></g>'
    ).format(code, envoi, case.classe, nom, case.phrase, nom, case.phrase, trace)


def _etiquette(code: str, nom: str, plan: Trame, case: Case, corps: float) -> Markup:
    """Le nom et la valeur s'ils tiennent dans la case, sinon la valeur seule, plus petite s'il le faut, ou rien."""
    contour = plan.contours[code][0]
    x, y = cartographie.centre(contour)
    (g1, d1), (g2, d2) = (cartographie.span_at(contour, x, y + corps * h) for h in (-0.7, 0.4))
    gauche, droite = max(g1, g2), min(d1, d2)
    lettres, taille = (droite - gauche) / (corps * LETTRE), fitting_size(case.valeur, droite - gauche, CHIFFRE * corps)
    ecrit = fitting_name(nom, lettres)
    serre = "" if ecrit else fitting_name(nom, lettres / PETIT)
    ecrit = (ecrit or serre) if taille else ""
    if not ecrit:
        gauche, droite = cartographie.span_at(contour, x, y)
        taille = fitting_size(case.valeur, droite - gauche, CHIFFRE * corps)
    x, bas = (gauche + droite) / 2, y + (0.8 if ecrit else 0.35) * corps
    return Markup(
        '<g class="{}" aria-hidden="true"><text x="{:.0f}" y="{:.0f}" class="m-nom"{}>{}</text>'
        '<text x="{:.0f}" y="{:.0f}" class="m-val"{}>{}</text></g>'
    ).format(
        case.classe, x, y - 0.3 * corps, _size(PETIT * corps) if serre else "", ecrit,
        x, bas, _size(taille) if taille < CHIFFRE * corps else "", case.valeur if taille else "",
    )  # fmt: skip


def _size(corps: float) -> Markup:
    return Markup(' style="font-size:{:.0f}px"').format(corps)


def fitting_size(texte: str, place: float, taille: float) -> float:
    """La taille à laquelle ce nombre tient : au plus celle que l’on veut, zéro quand il ne se lirait plus."""
    tient = 1.1 * place / (CHIFFRE_LARGE * max(len(texte), 1))
    return min(taille, tient) if tient >= LISIBLE * taille else 0.0


def fitting_name(nom: str, lettres: float) -> str:
    """Le nom, son abrégé (« St-Saulve », « Pte-Forêt »), son premier mot (« Condé »), ou rien."""
    abrege = nom
    for long, court in ABREGES.items():
        abrege = abrege.replace(long, court)
    premier = abrege if abrege.startswith((*ABREGES.values(), "La ", "Le ", "Les ")) else abrege.split("-")[0]
    return next((n for n in (nom, abrege, premier) if len(n) < lettres), "")
