"""What `init` writes into a user's repository and `uninstall` takes out again: planned first, written at once."""
