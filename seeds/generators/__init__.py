"""Columns -> functions that make their values. Each module here serves one family of meanings."""
