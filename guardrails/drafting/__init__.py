"""What an assistant proposes -> a complete migration: header, RLS, indexes, rollback."""
