"""La page du bonus territoire."""
