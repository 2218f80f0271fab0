"""Whether one tenant of a project can reach another's rows, tried on a disposable database."""
