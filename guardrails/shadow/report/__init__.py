"""A verification -> text, JSON and Markdown; one module each, and the drawing of its locks."""
