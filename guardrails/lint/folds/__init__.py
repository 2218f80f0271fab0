"""A statement -> what it changes in a `Schema`, one module for each kind of object."""
