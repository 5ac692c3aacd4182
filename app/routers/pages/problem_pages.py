"""A page for each code: what the `type` of a problem points to."""

import json
from html import escape

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from app.errors import NotFound
from app.routers.deps import ContactPhones, Language
from app.routers.pages.pages import page
from app.routers.problems.answers import meaning_of
from app.routers.problems.known_codes import known_codes
from app.routers.problems.members import MEMBERS, members_of_codes
from app.texts import Locale, say

router = APIRouter(prefix="/problems", include_in_schema=False)


@router.get("")
async def show_problems(language: Language) -> HTMLResponse:
    rows = "".join(_row(code, status, language) for code, status in known_codes().items())
    about = escape(say("page.problems.about", language))
    return page(
        say("page.problems.title", language),
        f"<p>{about}</p><table>{rows}</table>",
        locale=language,
    )


@router.get("/{code}")
async def show_problem(code: str, language: Language, phones: ContactPhones) -> HTMLResponse:
    status = known_codes().get(code)
    if status is None:
        raise NotFound
    remedy = say(f"problem.{code}.remedy", language, contacts=phones)
    content = (
        f"<p class=faint>{_said('page.problem.code', language)} <code>{escape(code)}</code> · "
        f"{_said('page.problem.status', language)} {status}</p>"
        f"<h2>{_said('page.problem.meaning', language)}</h2>"
        f"<p>{escape(meaning_of(code, language))}</p>"
        f"<h2>{_said('page.problem.next', language)}</h2><p>{escape(remedy)}</p>"
        f"{_members(code, language)}"
        f"<h2>{_said('page.problem.help', language)}</h2><p>{escape(', '.join(phones))}</p>"
        f'<p><a href="/problems">{_said("page.problems.all", language)}</a></p>'
    )
    return page(say(f"problem.{code}.title", language), content, locale=language)


def _members(code: str, locale: Locale) -> str:
    """Return what the code tells programs beside its text, if anything."""
    rows = "".join(
        f"<tr><td><code>{name}</code></td><td>{_said(f'member.{name}', locale)}</td>"
        f"<td><code>{escape(json.dumps(MEMBERS[name].example))}</code></td></tr>"
        for name in members_of_codes().get(code, ())
    )
    title = _said("page.problem.members", locale)
    return f"<h2>{title}</h2><table>{rows}</table>" if rows else ""


def _row(code: str, status: int, locale: Locale) -> str:
    title = escape(say(f"problem.{code}.title", locale))
    return (
        f'<tr><td>{status}</td><td><a href="/problems/{code}"><code>{code}</code></a></td>'
        f"<td>{title}</td></tr>"
    )


def _said(key: str, locale: Locale) -> str:
    return escape(say(key, locale))
