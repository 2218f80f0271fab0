"""A draft or a migration as a person reviews it: gathered, summed up, and drawn as a page of one file."""
