"""Tout graphique : une table entre, une figure plotly sort."""
