"""Rules about what will be slow."""
