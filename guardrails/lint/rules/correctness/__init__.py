"""Rules about what does not work as it looks, and about what could not be checked."""
