"""Rows for a development database: introspect -> plan -> generate -> load."""
