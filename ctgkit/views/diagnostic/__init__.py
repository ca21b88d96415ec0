"""La page du diagnostic."""
