"""The payment code of the National Bank: its fields, and the text that a picture of it holds.

Board resolution 97 of 19.08.2025 as amended by 128, in force since 01.11.2025. Codes are written
in format 003; formats 002 and 003 are read.
"""
