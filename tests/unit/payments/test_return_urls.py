import pytest

from app.models.payments.refusals import ReturnUrlNotAllowed
from app.models.payments.return_urls import ReturnUrls

URLS = ReturnUrls.of(["https://cabinet.example", "http://127.0.0.1:8000/", "nonsense"])


@pytest.mark.parametrize(
    "url",
    [
        "https://cabinet.example",
        "https://cabinet.example/paid?id=1#top",
        "https://CABINET.example:443/",
        "http://127.0.0.1:8000/x",
    ],
)
def test_pages_of_our_own_are_allowed(url: str) -> None:
    URLS.require(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/paid",
        "nonsense",
        "https://evil.example/",
        "https://cabinet.example.evil.example/",
        "https://cabinet.example@evil.example/",
        "https://evil.example\\@cabinet.example/",
        "http://cabinet.example/",
        "https://cabinet.example:8443/",
        "https://cabinet.example:port/",
        "javascript:alert(1)",
        "https://cabinet.example/\n",
        "https://cabinet.ехample/",
        "//cabinet.example/",
        "https://[cabinet.example/",
    ],
)
def test_all_others_are_refused(url: str) -> None:
    with pytest.raises(ReturnUrlNotAllowed):
        URLS.require(url)
