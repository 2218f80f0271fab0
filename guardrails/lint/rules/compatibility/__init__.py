"""Rules about code that runs while, or after, a migration is applied."""
