"""Rules about who can read and write what."""
