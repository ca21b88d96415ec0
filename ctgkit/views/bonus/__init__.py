"""La page du bonus territoire."""

PUBLICS = {
    "bonus_panel": "page",
    "bonus_table": "page",
    "open_bonus": "page",
    "show_bonus": "page",
    "show_bonus_sources": "page",
}
