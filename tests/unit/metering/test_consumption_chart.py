from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from app.models.metering.chart_link import Theme
from app.models.metering.register import Zone
from app.models.period import Period
from app.renderings.bar_chart import Bar, BarChart
from app.renderings.consumption_chart import consumption_chart
from app.renderings.palette import LIGHT
from app.texts import Locale
from tests.unit.metering.histories import ask, history

SVG = "{http://www.w3.org/2000/svg}"
BARS = f"{SVG}g[{SVG}title]"
WIDTH = 480


def drawn(*heights: str, mark: str | None = None, name: str = "Day") -> ET.Element:
    chart = BarChart(
        language="en",
        palette=LIGHT,
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


def legend(picture: ET.Element) -> list[ET.Element]:
    """Return the names of the legend: what is written between the title and the axis."""
    first = float(picture.findall(f"{SVG}text[@text-anchor='end']")[-1].attrib["y"])
    texts = picture.findall(f"{SVG}text")
    return [text for text in texts if 30 < float(text.attrib["y"]) < first - 10]


@pytest.mark.parametrize(
    ("highest", "top"),
    [("0", "1"), ("1", "1.00"), ("9", "10.0"), ("11", "15"), ("40000", "4E+4"), ("0.3", "0.3")],
)
def test_the_axis_ends_at_a_round_number_above_every_bar(highest: str, top: str) -> None:
    assert Decimal(str(ticks(drawn(highest, "0"))[-1])) == Decimal(top)


def test_the_axis_reaches_the_mark_too() -> None:
    assert Decimal(str(ticks(drawn("1", mark="90"))[-1])) == 100


@pytest.mark.parametrize("highest", ["1", "40000", "12500000", "999999999"])
def test_numbers_of_any_length_stand_left_of_the_bars_and_inside_the_picture(highest: str) -> None:
    picture = drawn(highest)

    [bar] = picture.findall(f"{BARS}/{SVG}rect")
    for text in picture.findall(f"{SVG}text[@text-anchor='end']"):
        end = float(text.attrib["x"])
        assert end - 9 * len(text.text or "") >= 0
        assert end < float(bar.attrib["x"])


def test_bars_stand_on_the_floor_and_grow_with_the_number() -> None:
    picture = drawn("10", "20")

    tall, taller = (float(bar.attrib["height"]) for bar in picture.findall(f"{BARS}/{SVG}rect"))
    assert taller == pytest.approx(2 * tall)


def test_what_people_wrote_cannot_break_out_of_the_text() -> None:
    picture = drawn("1", name='</title><script>alert("1")</script>')

    assert picture.findtext(f"{SVG}title") == '</title><script>alert("1")</script> & co'
    assert not list(picture.iter(f"{SVG}script"))


def test_estimates_are_pale_and_the_year_before_is_a_line() -> None:
    year = [str(100 * place) for place in range(14)]
    months = ask(history(*year, first=Period(2025, 1), zone=Zone.DAY, estimated=[13]))

    picture = ET.fromstring(consumption_chart(months, Locale.EN))  # noqa: S314 - our own picture

    assert [text.text for text in legend(picture)] == ["Day", "Estimated", "A year before"]
    pale = [bar for bar in picture.findall(BARS) if bar.attrib["fill-opacity"] != "1"]
    assert [bar.findtext(f"{SVG}title") for bar in pale] == ["February 2026: 100 kWh"]
    assert len(picture.findall(f"{SVG}path[@stroke-width]")) == 10


def test_a_long_legend_goes_on_in_the_next_row_and_the_bars_make_room() -> None:
    year = [str(100 * place) for place in range(14)]
    zones = [Zone.NIGHT, Zone.HALF_PEAK, Zone.DAY, Zone.PEAK]
    lives = [history(*year, first=Period(2025, 1), zone=zone, estimated=[13]) for zone in zones]

    picture = ET.fromstring(consumption_chart(ask(*lives), Locale.UK))  # noqa: S314 - our own picture

    names = legend(picture)
    assert len(names) == 6
    assert len({name.attrib["y"] for name in names}) == 2
    for name in names:
        assert float(name.attrib["x"]) + 8 * len(name.text or "") <= WIDTH
    ceiling = min(float(bar.attrib["y"]) for bar in picture.findall(f"{BARS}/{SVG}rect"))
    assert ceiling > max(float(name.attrib["y"]) for name in names)


@pytest.mark.parametrize(
    ("theme", "paper", "has_style"),
    [
        (Theme.LIGHT, "#ffffff", False),
        (Theme.DARK, "#151b21", False),
        (Theme.AUTO, "var(--paper)", True),
    ],
)
def test_a_theme_is_the_paper_and_only_auto_needs_a_style_sheet(
    theme: Theme, paper: str, *, has_style: bool
) -> None:
    months = ask(history("0", "100", first=Period(2025, 1)))

    picture = ET.fromstring(consumption_chart(months, Locale.EN, theme))  # noqa: S314 - our own picture

    [background] = picture.findall(f"{SVG}rect")
    assert background.attrib["fill"] == paper
    assert (picture.find(f"{SVG}style") is not None) is has_style


@pytest.mark.parametrize(
    ("first", "years"), [((2025, 12), ["2026"]), ((2025, 1), ["2025", "2026"])]
)
def test_two_years_never_run_into_each_other(first: tuple[int, int], years: list[str]) -> None:
    values = [str(100 * place) for place in range(14)]
    began = Period(*first)
    months = ask(history(*values, first=began), first=began, last=began.shifted(12))

    picture = ET.fromstring(consumption_chart(months, Locale.EN))  # noqa: S314 - our own picture

    written = [text.text for text in picture.findall(f"{SVG}text[@text-anchor='middle']")]
    assert [text for text in written if text and len(text) == 4] == years
