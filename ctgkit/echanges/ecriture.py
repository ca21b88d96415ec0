"""Ce que l'on donne à un tableur : du texte qui reste du texte."""

_SIGNES = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(texte: str) -> str:
    """Un texte qu'un tableur prendrait pour une formule reçoit une apostrophe ; un nombre négatif reste un nombre."""
    if not texte.startswith(_SIGNES):
        return texte
    reste = texte[1:].replace("\u202f", "").replace("\u00a0", "").replace(" ", "")
    if texte[0] in "+-" and reste.replace(",", ".", 1).replace(".", "", 1).isdigit() and reste.isascii():
        return texte
    return f"'{texte}"
