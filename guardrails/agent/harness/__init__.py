"""One module for each harness: its JSON -> events, and a decision -> the answer in its own form."""
