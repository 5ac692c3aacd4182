"""Whose money it is: what a bank's line says is compared with what we know, by seven rules."""
