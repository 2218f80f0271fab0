"""Results -> text, one module per format. Pure string building; nothing here prints."""
