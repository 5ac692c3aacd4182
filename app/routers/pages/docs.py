"""The documentation for integrators. Works with no network: every byte comes from here."""

from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, HTMLResponse

from app.errors import NotFound

router = APIRouter(include_in_schema=False)

SCRIPT: Final = "text/javascript"
STYLESHEET: Final = "text/css"
VENDORED: Final = "fastapi_offline"
OURS: Final = "app.routers.pages"


@dataclass(frozen=True, slots=True)
class Asset:
    package: str
    folder: str
    media_type: str


ASSETS: Final = {
    "swagger-ui-bundle.js": Asset(VENDORED, "static", SCRIPT),
    "swagger-ui.css": Asset(VENDORED, "static", STYLESHEET),
    "redoc.standalone.js": Asset(VENDORED, "static", SCRIPT),
    "swagger-start.js": Asset(OURS, "assets", SCRIPT),
    "reference.css": Asset(OURS, "assets", STYLESHEET),
    "favicon.svg": Asset(OURS, "assets", "image/svg+xml"),
}

# Both tools style their elements in place and keep their icons in data URLs; ReDoc searches in
# a worker that it makes from a blob.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE: Final = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<title>{title}</title><link rel="icon" href="/docs/assets/favicon.svg">{head}</head>'
    "<body>{body}</body></html>"
)
SWAGGER: Final = PAGE.format(
    title="Business cabinet: try the API",
    head='<link rel="stylesheet" href="/docs/assets/swagger-ui.css">',
    body='<div id="swagger-ui"></div><script src="/docs/assets/swagger-ui-bundle.js"></script>'
    '<script src="/docs/assets/swagger-start.js"></script>',
)
REFERENCE: Final = PAGE.format(
    title="Business cabinet: API reference",
    head='<link rel="stylesheet" href="/docs/assets/reference.css">',
    body='<redoc spec-url="/openapi.json"></redoc>'
    '<script src="/docs/assets/redoc.standalone.js"></script>',
)


@router.get("/openapi.json")
async def show_document(request: Request) -> dict[str, Any]:
    document: dict[str, Any] = request.app.openapi()
    return document


@router.get("/docs")
async def show_swagger() -> HTMLResponse:
    return _page(SWAGGER)


@router.get("/reference")
async def show_reference() -> HTMLResponse:
    return _page(REFERENCE)


@router.get("/docs/assets/{name}")
async def show_asset(name: str) -> FileResponse:
    asset = ASSETS.get(name)
    if asset is None:
        raise NotFound
    headers = {"Cache-Control": "public, max-age=86400", "Content-Language": "en"}
    return FileResponse(_path(name, asset), media_type=asset.media_type, headers=headers)


@router.get("/favicon.ico")
async def show_favicon() -> FileResponse:
    return await show_asset("favicon.svg")


def _page(text: str) -> HTMLResponse:
    headers = {
        "Content-Security-Policy": POLICY,
        "Content-Language": "en",
        "Cache-Control": "no-cache",
    }
    return HTMLResponse(text, headers=headers)


def _path(name: str, asset: Asset) -> Path:
    # Wheels are installed unpacked, so the file is where this says for as long as we run.
    with as_file(files(asset.package) / asset.folder / name) as path:
        return path
