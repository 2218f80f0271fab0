"""Rules about what only readers notice."""
