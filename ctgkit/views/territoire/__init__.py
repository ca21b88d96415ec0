"""La page du territoire."""

PUBLICS = {"territoire_panel": "page"}
