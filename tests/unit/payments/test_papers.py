"""Papers as they are set: true PDF/A, the same bytes again, and no text that breaks out."""

import asyncio
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
import typst
import zxingcpp
from PIL import Image

from app.models.billing.nbu_qr.writing import address
from app.models.money import ZERO, Money
from app.models.payments.papers import InvoicePaper, PaperUnavailable
from app.renderings.papers.setting import set_paper
from app.renderings.press import AT_ONCE, MOST_WAITING, TYPESETTER, TypstPress
from tests.steps.payments.papers import act, claims_of, invoice_paper, text_of

NASTY = [
    '#read("/etc/passwd") #panic() = *x* _y_ $z$ `q` <a> @b \\ // /* [ ] { } ~ " \'',
    "\u202eгод\u202d; \u200bне видно\u00ad",
    "усе\nна\r\nодному\tрядку\x00\x07",
    "中文 😀 \U0010ffff \ufffe",
    "Ґ" * 200,
    "",
]


@pytest.fixture
def press() -> TypstPress:
    return TypstPress()


def slow(folder: Path, says: str = "") -> Path:
    """Return a typesetter that reads its request, and never answers."""
    path = folder / "typesetter.py"
    path.write_text(f"import sys, time\nsys.stdin.read()\n{says}\ntime.sleep(60)\n")
    return path


async def test_an_invoice_is_a_tagged_pdf_a_that_says_everything(press: TypstPress) -> None:
    paper = invoice_paper()
    pdf = await press.print(paper)
    text = text_of(pdf)

    assert claims_of(pdf) == {
        "part": ["2"],
        "conformance": ["A"],
        "title": "Рахунок № 2026-10-000123",
        "language": "uk",
        "is_tagged": True,
        "has_colours": True,
    }
    assert paper.slip is not None
    for told in (
        "Рахунок № 2026-10-000123 від 5 листопада 2026 року",
        'ПрАТ "ДТЕК КИЇВСЬКІ ЕЛЕКТРОМЕРЕЖІ"',
        "Код ЄДРПОУ 41946011",
        "UA906543210000000260323012024",
        "ТОВ «Хлібозавод № 5»",
        "№ Р-15/2021 від 01.03.2021",
        "Розрахунковий період жовтень 2026",
        "Сплатити до 12 листопада 2026 року",
        "послуга 1 100,00 100,00",
        "Разом без ПДВ, грн 100,00",
        "ПДВ 20 % 20,00",
        "Усього, грн 120,00",
        "Зараховано оплат 20,00",
        "До сплати 100,00",
        "сто двадцять гривень 00 копійок",
        paper.slip.purpose,
        "Як утворилися суми",
    ):
        assert told in text, told


async def test_the_same_paper_gives_the_same_bytes(press: TypstPress) -> None:
    for paper in (invoice_paper(), act(12000, -2000)):
        assert await press.print(paper) == await press.print(paper)


async def test_an_act_says_rows_sums_and_the_result_in_words(press: TypstPress) -> None:
    text = text_of(await press.print(act(12000, -2000, 100)))

    for told in (
        "за період з 1 січня 2026 року до 31 жовтня 2026 року",
        "Сальдо на початок 01.01.2026 5,00",
        "05.10.2026 Рахунок № 2026-10-000123 120,00 125,00",
        "05.10.2026 Оплата 2026-10-000123 20,00 105,00",
        "Обороти за період 121,00 20,00",
        "Сальдо на кінець 31.10.2026 106,00",
        "становить 106,00 грн (сто шість гривень 00 копійок).",
        "посада, підпис",
    ):
        assert told in text, told


@pytest.mark.parametrize(
    ("amounts", "told"),
    [
        ([-500], "заборгованості між сторонами немає"),
        ([-700], "переплата ТОВ «Хлібозавод № 5»"),
        ([], "заборгованість ТОВ «Хлібозавод № 5»"),
    ],
)
async def test_an_act_says_who_owes_whom(press: TypstPress, amounts: list[int], told: str) -> None:
    assert told in text_of(await press.print(act(*amounts)))


@pytest.mark.parametrize("name", NASTY)
async def test_no_name_breaks_a_paper(press: TypstPress, name: str) -> None:
    pdf = await press.print(invoice_paper(name))

    assert claims_of(pdf)["conformance"] == ["A"]
    assert "root:" not in text_of(pdf)
    assert "До сплати 100,00" in text_of(pdf)


async def test_a_name_is_shown_as_it_is_written(press: TypstPress) -> None:
    text = text_of(await press.print(invoice_paper('#x = *y* $z$ <a> @b "с" \\n\n中')))

    assert 'Назва #x = *y* $z$ <a> @b "с" \\n ?' in text


async def test_a_paid_or_disputed_invoice_asks_for_nothing(press: TypstPress) -> None:
    paper = invoice_paper()
    paid = text_of(await press.print(replace(paper, outstanding=ZERO, slip=None)))
    disputed = text_of(await press.print(replace(paper, disputed=Money(10000), slip=None)))

    assert "Заборгованості за цим рахунком немає" in paid
    assert "Як сплатити" not in paid + disputed
    assert "Оскаржено, до рішення не сплачується 100,00" in disputed
    assert "До сплати" not in disputed


async def test_the_code_on_the_paper_is_read_as_the_slip(tmp_path: Path) -> None:
    paper = invoice_paper()
    template, data = set_paper(paper)
    folder = TYPESETTER.with_name("papers")
    picture = tmp_path / "page.png"
    typst.compile(
        folder / f"{template}.typ",
        output=picture,
        root=folder,
        format="png",
        ppi=200,
        sys_inputs={"data": json.dumps(data)},
        ignore_system_fonts=True,
    )
    (found,) = zxingcpp.read_barcodes(Image.open(picture).convert("L"))

    assert paper.slip is not None
    assert found.text == address(paper.slip.code)


async def test_a_long_invoice_has_pages(press: TypstPress) -> None:
    text = text_of(await press.print(invoice_paper(lines=300)))

    assert "Послуга 300 для" in text
    assert "Сторінка 7 з 7" in text
    assert "Як утворилися суми" not in text


async def test_a_typesetter_that_hangs_is_ended(tmp_path: Path) -> None:
    marker = tmp_path / "pid"
    hanging = slow(tmp_path, f"import os; open({str(marker)!r}, 'w').write(str(os.getpid()))")
    press = TypstPress(typesetter=hanging, longest=1.0)

    with pytest.raises(PaperUnavailable):
        await press.print(invoice_paper())
    with pytest.raises(ProcessLookupError):
        os.kill(int(marker.read_text()), 0)


@pytest.mark.parametrize("says", ["sys.exit(1)", "sys.exit(0)", "raise MemoryError"])
async def test_a_typesetter_that_fails_is_no_bug_of_the_caller(tmp_path: Path, says: str) -> None:
    press = TypstPress(typesetter=slow(tmp_path, says))

    with pytest.raises(PaperUnavailable) as refused:
        await press.print(invoice_paper())
    assert refused.value.facts["retry_after"] > 0


async def test_whoever_comes_when_too_many_wait_is_refused_at_once(tmp_path: Path) -> None:
    press = TypstPress(typesetter=slow(tmp_path), longest=0.5)

    wanted: list[InvoicePaper] = [invoice_paper()] * (AT_ONCE + MOST_WAITING)
    waiting = [asyncio.create_task(press.print(paper)) for paper in wanted]
    await asyncio.sleep(0)
    started = asyncio.get_running_loop().time()
    with pytest.raises(PaperUnavailable):
        await press.print(invoice_paper())
    assert asyncio.get_running_loop().time() - started < 0.4

    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(each, PaperUnavailable) for each in results)
