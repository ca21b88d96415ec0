"""La page du diagnostic."""

PUBLICS = {
    "diagnostic_panel": "page",
    "diagnostic_table": "page",
    "show_diagnostic": "page",
}
