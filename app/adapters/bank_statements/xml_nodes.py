"""XML read as a stream of small trees: no DTD, no entities, nothing deeper or longer than told."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final
from xml.parsers import expat

from app.adapters.bank_statements.refusals import StatementRefused

CHUNK: Final = 64 * 1024
DEEPEST: Final = 40
LONGEST_TEXT: Final = 20_000
MOST_NODES: Final = 500_000
"""Of one entry: some ten thousand payments that a bank has booked as one sum."""


@dataclass(slots=True)
class Node:
    """An element by its name without the namespace."""

    name: str
    line: int
    attributes: dict[str, str]
    children: "list[Node]" = field(default_factory=list)
    text: str = ""

    def all(self, path: str) -> "list[Node]":
        """Return the elements at a path such as `NtryDtls/TxDtls`."""
        found = [self]
        for step in path.split("/"):
            found = [child for node in found for child in node.children if child.name == step]
        return found

    def find(self, *paths: str) -> "Node | None":
        """Return the first element that any of these paths leads to."""
        return next((node for path in paths for node in self.all(path)), None)

    def value(self, *paths: str) -> str:
        """Return the text at the first of these paths that has one, else nothing."""
        return next(
            (text for path in paths for node in self.all(path) if (text := node.text.strip())), ""
        )


class NodeReader:
    """Yields the children of one element, each as soon as it is whole, and then forgets it."""

    def __init__(self, path: tuple[str, ...]) -> None:
        """`path`: from the root to the element whose children are wanted."""
        self._path = path
        self._names: list[str] = []
        self._open: list[Node] = []
        self._whole: deque[Node | None] = deque()
        self._nodes = 0
        self._parser = expat.ParserCreate(namespace_separator="}")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse_dtd
        self._parser.EntityDeclHandler = self._refuse_dtd
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    def read(self, file: BinaryIO) -> Iterator[Node | None]:
        """Yield each child; None at the end of their parent, of which there may be several.

        :raises StatementRefused: no XML, a DTD, another root, or more of it than is sensible.
        """
        try:
            while chunk := file.read(CHUNK):
                self._parser.Parse(chunk, False)  # noqa: FBT003 - whether it is the last, by position
                yield from self._taken()
            self._parser.Parse(b"", True)  # noqa: FBT003 - see above
        except expat.ExpatError as error:
            detail = expat.errors.messages.get(error.code, "")
            raise StatementRefused("xml_invalid", line=error.lineno, detail=detail) from None
        except (ValueError, LookupError):
            raise StatementRefused("encoding_wrong", line=self._line) from None
        yield from self._taken()

    def _taken(self) -> Iterator[Node | None]:
        while self._whole:
            yield self._whole.popleft()

    @property
    def _line(self) -> int:
        return int(self._parser.CurrentLineNumber)

    def _refuse_dtd(self, *_: object) -> None:
        raise StatementRefused("dtd_refused", line=self._line)

    def _start(self, full_name: str, attributes: dict[str, str]) -> None:
        name = full_name.rpartition("}")[2]
        place = len(self._names)
        self._names.append(name)
        if place < len(self._path) - 1 and name != self._path[place]:
            raise StatementRefused("not_camt_053", line=self._line, detail=name[:60])
        if len(self._names) > DEEPEST:
            raise StatementRefused("xml_too_deep", line=self._line)
        if self._open or tuple(self._names[:-1]) == self._path:
            self._begin(Node(name, self._line, attributes))

    def _begin(self, node: Node) -> None:
        self._nodes = self._nodes + 1 if self._open else 1
        if self._nodes > MOST_NODES:
            raise StatementRefused("entry_too_long", line=self._line)
        if self._open:
            self._open[-1].children.append(node)
        self._open.append(node)

    def _characters(self, text: str) -> None:
        if self._open:
            node = self._open[-1]
            node.text += text
            if len(node.text) > LONGEST_TEXT:
                raise StatementRefused("text_too_long", line=self._line)

    def _end(self, _: str) -> None:
        if self._open:
            node = self._open.pop()
            if not self._open:
                self._whole.append(node)
        elif tuple(self._names) == self._path:
            self._whole.append(None)
        self._names.pop()
