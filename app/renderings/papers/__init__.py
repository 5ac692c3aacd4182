"""What papers look like: their data as Ukrainian text, and the templates that Typst sets.

Papers are in Ukrainian, whoever asks for them: they are kept, signed and shown to others. All data
reaches a template as strings and never as markup.
"""
