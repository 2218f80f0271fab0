"""Rules about statements that keep others waiting."""
