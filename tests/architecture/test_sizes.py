from tests.databases import ROOT

LONGEST = 300


def test_no_file_is_too_long_to_read_at_once() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for folder in ("app", "tests", "benchmarks", "migrations")
        for path in (ROOT / folder).rglob("*.py")
        if "versions" not in path.parts
    }

    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}
