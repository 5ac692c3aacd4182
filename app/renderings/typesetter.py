"""Sets one document in a process of its own: a request comes on stdin, PDF/A goes to stdout.

A process, because the library keeps what it has set before in memory and cannot be interrupted:
this one ends with its document, and can be ended. It is started by its path, so that it need not
load the application.
"""

import json
import sys
from pathlib import Path
from typing import Final

import typst

PDF_A: Final = "a-2a"
"""ISO 19005-2, level A: tagged, so that the order of reading is known too."""


def main() -> None:
    template, data = json.load(sys.stdin.buffer)
    folder = Path(__file__).with_name("papers")
    content = typst.compile(
        str(folder / f"{template}.typ"),
        root=str(folder),
        format="pdf",
        sys_inputs={"data": json.dumps(data)},
        pdf_standards=PDF_A,
        # Other machines have other fonts: those in the library are the same everywhere.
        ignore_system_fonts=True,
    )
    sys.stdout.buffer.write(content)


if __name__ == "__main__":
    main()
