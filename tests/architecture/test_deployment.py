"""The compose file, the proxy and the image keep what the pages say about them."""

import re
from importlib.resources import files
from typing import Any

import pytest
import yaml

from app.configuration.names import unknown_variables
from app.settings import Settings
from tests.databases import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "api", "worker")
ASSIGNED = re.compile(r"^#? ?([A-Z_]+)=", re.MULTILINE)
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def variables(name: str) -> set[str]:
    service = SERVICES[name]
    listed = [
        ASSIGNED.findall((ROOT / f"{file}.example").read_text(encoding="utf-8"))
        for file in service.get("env_file", [])
    ]
    return {*service["environment"], *(each for names in listed for each in names)}


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_has_limits_and_can_gain_nothing(name: str) -> None:
    service = SERVICES[name]

    assert service["mem_limit"] == service["memswap_limit"]
    assert service["pids_limit"]
    assert service["logging"]["options"] == {"max-size": "20m", "max-file": "5"}
    assert service["read_only"] is True
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_only_the_proxy_is_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if service.get("ports")] == ["proxy"]
    assert set(SERVICES["proxy"]["networks"]) & set(SERVICES["database"]["networks"]) == set()
    assert COMPOSE["networks"]["data"]["internal"] is True
    assert {name for name, service in SERVICES.items() if "inside" in service["networks"]} == {
        "api",
        "proxy",
    }
    [network] = COMPOSE["networks"]["inside"]["ipam"]["config"]
    trusted = SERVICES["api"]["environment"]["CABINET_TRUSTED_PROXIES"]
    assert trusted == f'["{network["subnet"]}"]'


def test_the_api_and_the_worker_know_no_password_but_their_own() -> None:
    for name in ("api", "worker"):
        text = str(SERVICES[name])
        assert "//cabinet_app:${APP_PASSWORD" in text
        assert "OWNER_PASSWORD" not in text
        assert "POSTGRES_PASSWORD" not in text
        assert not variables(name) & {"OWNER_PASSWORD", "POSTGRES_PASSWORD", "APP_PASSWORD"}
    migrate = SERVICES["migrate"]
    assert "//cabinet_owner:${OWNER_PASSWORD" in migrate["environment"]["DATABASE_URL"]
    assert migrate["environment"]["CABINET_APP_ROLE"] == "cabinet_app"
    assert "env_file" not in migrate


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_one_that_the_program_reads(name: str) -> None:
    assert unknown_variables(variables(name), settings=Settings.model_fields) == []


def test_what_the_settings_require_is_in_the_examples() -> None:
    required = {
        f"CABINET_{field.upper()}"
        for field, about in Settings.model_fields.items()
        if about.is_required() and field != "database_url"
    }

    assert required | {"CABINET_SECRET_KEY"} <= variables("api")


def test_what_compose_asks_for_is_in_its_example() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    example = (ROOT / "compose.env.example").read_text(encoding="utf-8")

    assert set(re.findall(r"\$\{([A-Z_]+)", text)) == set(ASSIGNED.findall(example))


def test_the_proxy_closes_what_is_not_for_customers() -> None:
    text = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")

    [closed] = re.findall(r"@private path (.*)", text)
    assert {"/metrics", "/sandbox", "/sandbox/*", "/health/ready"} <= set(closed.split())
    assert "respond @private 404" in text


def test_images_name_a_version_and_may_be_given_by_digest() -> None:
    named = [str(service["image"]) for service in SERVICES.values()]
    foreign = [image for image in named if not image.startswith("cabinet")]

    assert all(re.fullmatch(r"\$\{[A-Z]+_IMAGE:-\w+:\d[\w.-]+\}", image) for image in foreign)
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^ARG PYTHON_IMAGE=python:\d\.\d+-slim-trixie$", dockerfile, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)) == {"${PYTHON_IMAGE}"}


@pytest.mark.parametrize(
    ("name", "file", "pattern"),
    [
        ("Swagger UI", "swagger-ui-bundle.js", r'PACKAGE_VERSION:"([\d.]+)"'),
        ("ReDoc", "redoc.standalone.js", r'ReDoc Version: ","([\d.]+)"'),
    ],
)
def test_the_bundled_pages_have_the_version_that_is_recorded(
    name: str, file: str, pattern: str
) -> None:
    script = files("fastapi_offline").joinpath("static", file).read_text(encoding="utf-8")

    [version] = re.findall(pattern, script)
    assert f"| {name} | {version} |" in OPERATIONS
