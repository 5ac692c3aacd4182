"""`keys rotate` between two runs of the product: both processes go on with what was begun."""

from pathlib import Path

from tests.cli.waiting import wait_until
from tests.e2e.journeys import CODE, companies_in, confirm, inbox, sign_in_with, start_sign_up
from tests.e2e.product import newcomers_environment, run_py, started


def test_codes_and_sessions_outlive_a_rotation_of_both_kinds_of_keys(folder: Path) -> None:
    environment = newcomers_environment(folder / "state")
    with started(environment, cwd=folder) as product, product.client() as client:
        member, newcomer, *_ = companies_in(product.said)
        tokens = confirm(client, start_sign_up(client, member), member)
        sign_up = start_sign_up(client, newcomer)
        wait_until(lambda: bool(inbox(client, newcomer.phone)), seconds=30)
        sent = CODE.search(inbox(client, newcomer.phone)[0]["text"])
        assert sent is not None
        before = client.get("/.well-known/jwks.json").json()["keys"]

    rotated = run_py("keys", "rotate", environment=environment, cwd=folder)
    assert rotated.returncode == 0, rotated.stderr

    with started(environment, cwd=folder) as product, product.client() as client:
        after = client.get("/.well-known/jwks.json").json()["keys"]
        assert after[1:] == before
        sign_in_with(client, tokens)
        assert client.get("/v1/me").status_code == 200
        refreshed = client.post(
            "/v1/sessions/refresh", json={"refresh_token": tokens["refresh_token"]}
        )
        assert refreshed.status_code == 200, refreshed.text
        confirmed = client.post(f"/v1/sign-ups/{sign_up}/confirmations", json={"code": sent[1]})
        assert confirmed.status_code == 201, confirmed.text
