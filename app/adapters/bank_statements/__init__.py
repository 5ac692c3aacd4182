"""Statements of banks: each format is read as a stream of lines, and nothing is trusted in it."""
