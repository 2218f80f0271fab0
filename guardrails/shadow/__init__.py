"""A disposable PostgreSQL that the tool owns: it starts it, uses it and removes it."""
