import pytest

from app.security.cursors import Cursors, Page
from app.security.secrets import SecretKey

CURSORS = Cursors(SecretKey("the first secret of these tests, long enough"))
NUMBERS = [f"{number:03}" for number in range(7)]


def read(*, limit: int, cursor: str | None = None) -> Page[str]:
    asked = CURSORS.request("numbers", cursor=cursor, limit=limit)
    after = asked.after[0] if asked.after else ""
    found = [number for number in NUMBERS if number > after][: asked.rows]
    return asked.page(found, lambda last: (last,))


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
def test_pages_hold_each_item_once_and_the_last_page_has_no_cursor(limit: int) -> None:
    page = read(limit=limit)
    pages = [page]
    while page.next_cursor is not None:
        page = read(limit=limit, cursor=page.next_cursor)
        pages.append(page)

    assert [number for page in pages for number in page.items] == NUMBERS
    assert all(1 <= len(page.items) <= limit for page in pages)


def test_an_empty_list_is_one_page() -> None:
    asked = CURSORS.request("numbers", cursor=None, limit=5)

    assert asked.page([], lambda last: (last,)) == Page([], None)
