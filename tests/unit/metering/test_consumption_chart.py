from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from app.models.metering.register import Zone
from app.models.period import Period
from app.renderings.bar_chart import Bar, BarChart
from app.renderings.consumption_chart import consumption_chart
from app.texts import Locale
from tests.unit.metering.histories import ask, history

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*heights: str, mark: str | None = None, name: str = "Day") -> ET.Element:
    chart = BarChart(
        language="en",
        title=f"{name} & co",
        description="<all>",
        series={name: "#0072b2"},
        pale_name=None,
        mark_name="Before" if mark else None,
        bars=[
            Bar(
                label="01",
                sublabel="",
                story=name,
                parts={name: Decimal(height)},
                mark=Decimal(mark) if mark else None,
            )
            for height in heights
        ],
        number=str,
    )
    return ET.fromstring(chart.svg())  # noqa: S314 - our own picture


def ticks(picture: ET.Element) -> list[str | None]:
    return [text.text for text in picture.findall(f"{SVG}text[@text-anchor='end']")]


@pytest.mark.parametrize(
    ("highest", "top"),
    [("0", "1"), ("1", "1.00"), ("9", "10.0"), ("11", "15"), ("40000", "4E+4"), ("0.3", "0.3")],
)
def test_the_axis_ends_at_a_round_number_above_every_bar(highest: str, top: str) -> None:
    assert Decimal(str(ticks(drawn(highest, "0"))[-1])) == Decimal(top)


def test_the_axis_reaches_the_mark_too() -> None:
    assert Decimal(str(ticks(drawn("1", mark="90"))[-1])) == 100


def test_bars_stand_on_the_floor_and_grow_with_the_number() -> None:
    picture = drawn("10", "20")

    tall, taller = (float(bar.attrib["height"]) for bar in picture.findall(f"{SVG}g/{SVG}rect"))
    assert taller == pytest.approx(2 * tall)


def test_what_people_wrote_cannot_break_out_of_the_text() -> None:
    picture = drawn("1", name='</title><script>alert("1")</script>')

    assert picture.findtext(f"{SVG}title") == '</title><script>alert("1")</script> & co'
    assert not list(picture.iter(f"{SVG}script"))


def test_estimates_are_pale_and_the_year_before_is_a_line() -> None:
    year = [str(100 * place) for place in range(14)]
    months = ask(history(*year, first=Period(2025, 1), zone=Zone.DAY, estimated=[13]))

    picture = ET.fromstring(consumption_chart(months, Locale.EN))  # noqa: S314 - our own picture

    legend = [text.text for text in picture.findall(f"{SVG}text[@y='55.0']")]
    assert legend == ["Day", "Estimated", "A year before"]
    pale = [bar for bar in picture.findall(f"{SVG}g") if bar.attrib["fill-opacity"] != "1"]
    assert [bar.findtext(f"{SVG}title") for bar in pale] == ["February 2026: 100 kWh"]
    assert len(picture.findall(f"{SVG}path[@stroke-width]")) == 10
