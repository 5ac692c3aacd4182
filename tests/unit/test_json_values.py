import pytest

from app.routers.http.json_values import canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b'{"a": 1, "b": [2, 3]}', b'{ "b":[2,3],\n"a":1 }'),
        (b'{"a": {"x": 1, "y": 2}}', b'{"a": {"y": 2, "x": 1}}'),
        (b'{"a": 1}', b'{"a": 1.0}'),
        (b'{"a": 1200}', b'{"a": 1.2e3}'),
        (b'{"a": 0}', b'{"a": -0.00}'),
        (b'{"a": 0.50}', b'{"a": 5e-1}'),
        (b'{"a": "\\u0411"}', '{"a": "Б"}'.encode()),
        (b'{"a": 2, "a": 1}', b'{"a": 1}'),
    ],
)
def test_one_value_is_one_request_however_it_is_written(one: bytes, other: bytes) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b'{"a": 1}', b'{"a": "1"}'),
        (b'{"a": "1"}', b'{"a": "<1e0>"}'),
        (b'{"a": 1}', b'{"a": "<1e0>"}'),
        (b'{"a": 1}', b'{"a": -1}'),
        (b'{"a": 1}', b'{"a": 10}'),
        (b'{"a": 1}', b'{"a": true}'),
        (b'{"a": 0}', b'{"a": false}'),
        (b'{"a": null}', b"{}"),
        (b'{"a": [1, 2]}', b'{"a": [2, 1]}'),
        (b'{"a": 1}', b'[["a", 1]]'),
        (b"{}", b"[]"),
        (b'{"a": 0.1}', b'{"a": 0.1000000000000000055511151231257827}'),
        (b'{"a": 1e400}', b'{"a": 1e401}'),
    ],
)
def test_another_value_is_another_request(one: bytes, other: bytes) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'{"a": 1e99999999999999999999}', b'"\\ud800"', b"[NaN]"]
)
def test_whatever_comes_has_one_spelling(body: bytes) -> None:
    assert canonical(body) == canonical(body)


def test_long_numbers_are_compared_in_no_time() -> None:
    digits = b"7" * 15_000

    assert canonical(b"[" + digits + b"]") == canonical(b"[" + digits + b".0]")
