"""The frame of our small pages: one file, no script, nothing from elsewhere."""

import base64
import hashlib
from html import escape
from typing import Final

from starlette.responses import HTMLResponse

from app.texts import Locale, say

STYLE: Final = (
    ":root{color-scheme:light dark;--ink:#16202a;--paper:#fff;--faint:#5b6875;--line:#dde3e9;"
    "--mark:#0b6bcb}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0f151b;--faint:#93a1af;"
    "--line:#2a343e;--mark:#6cb2ff}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--paper);color:var(--ink);"
    "font:1rem/1.6 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}"
    "header,main{max-width:46rem;margin:0 auto;padding:1.25rem}"
    "header{color:var(--faint);border-bottom:1px solid var(--line)}"
    "h1{font-size:1.7rem;line-height:1.25;margin:.5rem 0 1rem}"
    "h2{font-size:1.1rem;margin:1.75rem 0 .25rem}"
    "p{margin:.25rem 0}a{color:var(--mark)}.faint{color:var(--faint)}"
    "code{font:.92em ui-monospace,Consolas,monospace;overflow-wrap:anywhere}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{padding:.5rem .75rem .5rem 0;border-bottom:1px solid var(--line);text-align:left;"
    "vertical-align:top}"
)
STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page(title: str, content: str, *, locale: Locale) -> HTMLResponse:
    """Return a page; `content` is HTML whose variable parts are escaped already."""
    text = (
        f'<!doctype html><html lang="{locale.value}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>"
        '<link rel="icon" href="/favicon.ico" type="image/svg+xml">'
        f"<style>{STYLE}</style></head><body>"
        f"<header>{escape(say('page.service', locale))}</header>"
        f"<main><h1>{escape(title)}</h1>{content}</main></body></html>"
    )
    headers = {
        "Content-Security-Policy": POLICY,
        "Content-Language": locale.value,
        "Cache-Control": "no-cache",
        "Vary": "Accept-Language",
    }
    return HTMLResponse(text, headers=headers)
