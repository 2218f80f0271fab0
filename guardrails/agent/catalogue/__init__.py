"""What changes a database, or what guards one, said once: rows that the hooks match and the documentation shows."""
