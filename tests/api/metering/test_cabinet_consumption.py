from httpx import AsyncClient

from app.database import Database
from tests.factories.people import SignedIn, link
from tests.factories.registry import Company, create_account, create_company


async def test_the_whole_cabinet_adds_its_accounts_up(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    friend = await create_company(database, history={"2026-09": "0", "2026-10": "300"})
    async with database.begin() as transaction:
        transaction.add(link(friend, linked_by=company.organization.id))
    await create_account(database, company.organization)

    response = await client.get(
        "/v1/consumption?from=2026-10&to=2026-10&group_by=account", headers=owner.headers
    )

    [october] = response.json()["items"]
    assert october["kwh"] == "400.000"
    assert october["accounts"] == {
        str(company.account.id): "100.000",
        str(friend.account.id): "300.000",
    }
    assert (october["zones"], october["registers"]) == (None, None)


async def test_a_cabinet_is_shown_by_account_in_pages(
    client: AsyncClient, owner: SignedIn, company: Company, database: Database
) -> None:
    friends = [
        await create_company(database, history={"2026-09": "0", "2026-10": f"{place}00"})
        for place in (1, 2)
    ]
    async with database.begin() as transaction:
        transaction.add_all(link(each, linked_by=company.organization.id) for each in friends)
    query = "/v1/consumption?from=2026-10&to=2026-10&group_by=account&limit=2"

    first = (await client.get(query, headers=owner.headers)).json()
    rest = (
        await client.get(f"{query}&cursor={first['next_cursor']}", headers=owner.headers)
    ).json()
    elsewhere = await client.get(
        f"{query}&energy=active_export&cursor={first['next_cursor']}", headers=owner.headers
    )

    pages = [page["items"][0]["accounts"] for page in (first, rest)]
    assert [len(page) for page in pages] == [2, 1]
    assert pages[0] | pages[1] == {
        str(company.account.id): "100.000",
        str(friends[0].account.id): "100.000",
        str(friends[1].account.id): "200.000",
    }
    assert rest["next_cursor"] is None
    assert elsewhere.json()["code"] == "cursor_invalid"
