"""Rules about data that no later migration can bring back."""
