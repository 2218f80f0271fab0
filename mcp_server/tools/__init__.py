"""One module for each area of tools; `add(server, root)` registers them."""
