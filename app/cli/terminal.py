"""What others have written, as a terminal may show it."""


def plain(text: str) -> str:
    """Return a text in which nothing moves the cursor, renames the window or turns the writing.

    Customers, payers and files choose their texts freely. What cannot be printed is written out.
    """
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() or each == "\n" else repr(each)[1:-1] for each in text
    )
