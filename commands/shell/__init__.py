"""The commands' arguments and what they print, one module for each group; `cli.main` calls their `add`."""
