"""A guest in the house: what production does not have and refuses to build."""
