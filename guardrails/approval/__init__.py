"""What a human said yes to: drafts that wait, and the question that is asked."""
