"""La page du bonus territoire."""

PUBLICS = {"bonus_panel": "page"}
