"""La page du plan d’actions."""

PUBLICS = {"plan_panel": "page"}
