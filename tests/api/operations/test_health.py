from httpx import AsyncClient


async def test_a_process_with_its_database_is_ready(client: AsyncClient) -> None:
    answer = await client.get("/health/ready")

    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
