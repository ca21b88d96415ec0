"""De l’état du territoire à ses montants, sur des tableaux."""
