"""Ce que l’on change, et l’état du territoire une fois changé."""
