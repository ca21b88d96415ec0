"""La page du territoire."""

PUBLICS = {
    "show_sources": "page",
    "show_territoire": "page",
    "territoire_panel": "page",
}
