"""La page du territoire."""
