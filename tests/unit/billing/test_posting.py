from datetime import date
from uuid import UUID

import pytest

from app.models.billing.books import OF_CUSTOMER, Book, BookKind, ChargeClass
from app.models.billing.posting import MOST_ENTRIES, Posting, PostingKind, PostingUnsound
from app.models.money import Money

ONE, OTHER = UUID(int=1), UUID(int=2)
BANK = Book(kind=BookKind.BANK, name="UA906543210000000260323012024")
UNKNOWN = Book(kind=BookKind.UNIDENTIFIED)


def posting(*moves: tuple[Book, Money]) -> Posting:
    return Posting.of("bank", "1", PostingKind.PAYMENT, date(2026, 11, 23), *moves)


def test_moves_of_one_book_become_one_entry_and_nothing_is_left_out() -> None:
    made = posting((BANK, Money(500)), (UNKNOWN, Money(-200)), (UNKNOWN, Money(-300)))

    assert made.amounts == {BANK: Money(500), UNKNOWN: Money(-500)}


@pytest.mark.parametrize(
    "moves",
    [
        [],
        [(BANK, Money(1))],
        [(BANK, Money(1)), (UNKNOWN, Money(-2))],
        [(BANK, Money(1)), (BANK, Money(-1))],
        [
            (BANK, Money(-MOST_ENTRIES)),
            *(
                (Book.receivable(ChargeClass.WORKS, ONE, UUID(int=n)), Money(1))
                for n in range(MOST_ENTRIES)
            ),
        ],
    ],
    ids=["nothing", "one side", "uneven", "there and back", "too much"],
)
def test_what_does_not_add_up_is_never_posted(moves: list[tuple[Book, Money]]) -> None:
    with pytest.raises(PostingUnsound):
        posting(*moves)


def test_a_reversal_moves_everything_back_and_names_what_it_undoes() -> None:
    made = posting((BANK, Money(500)), (UNKNOWN, Money(-500)))

    undone = made.reversed("unmatch", "1", date(2026, 11, 24))

    assert undone.amounts == {BANK: Money(-500), UNKNOWN: Money(500)}
    assert undone.reverses_id == made.id
    assert undone.key != made.key


def test_a_book_has_one_id_and_no_two_books_share_it() -> None:
    books = [
        Book(kind=BookKind.VAT),
        BANK,
        Book(kind=BookKind.BANK, name="UA"),
        *(Book.revenue(each) for each in ChargeClass),
        *(Book.receivable(each, ONE, OTHER) for each in ChargeClass),
        Book.advances(ONE, OTHER),
        Book.advances(OTHER, ONE),
        Book.advances(ONE, ONE),
    ]

    assert len({book.id for book in books}) == len(books)
    assert Book.advances(ONE, OTHER).id == Book.advances(ONE, OTHER).id


@pytest.mark.parametrize("kind", BookKind)
def test_customers_have_theirs_and_the_operator_its_own(kind: BookKind) -> None:
    is_customers = kind in OF_CUSTOMER

    with pytest.raises(ValueError, match="other side"):
        Book(
            kind=kind,
            organization_id=None if is_customers else ONE,
            account_id=None if is_customers else OTHER,
        )
