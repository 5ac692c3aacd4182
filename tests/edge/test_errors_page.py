from pathlib import Path

import app.main
from app.routers.problems.known_codes import concrete_errors, known_codes
from app.routers.problems.reference import error_reference

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"


def test_the_page_is_in_step_with_the_codes() -> None:
    assert app.main is not None
    assert PAGE.read_text(encoding="utf-8") == error_reference()


def test_every_concrete_error_is_known_under_a_code_of_its_own() -> None:
    codes = [error.code for error in concrete_errors()]

    assert set(codes) <= set(known_codes())
    assert len(codes) == len(set(codes))
