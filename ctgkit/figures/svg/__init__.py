"""La même figure plotly, dessinée en SVG sans navigateur."""
