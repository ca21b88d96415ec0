"""Un document, rendu dans chaque format."""
