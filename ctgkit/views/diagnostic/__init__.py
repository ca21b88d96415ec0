"""La page du diagnostic."""

PUBLICS = {"diagnostic_panel": "page"}
