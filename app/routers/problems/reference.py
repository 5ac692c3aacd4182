"""The page `docs/errors.md`, made from the codes themselves so that it cannot lag behind."""

import json
from collections.abc import Iterable, Iterator
from typing import Final

from app.routers.problems.answers import meaning_of
from app.routers.problems.known_codes import known_codes
from app.routers.problems.members import MEMBERS, members_of_codes
from app.texts import Locale, catalogue, say

HEAD: Final = """\
# Errors

Every refusal is a problem (RFC 9457, `application/problem+json`):

```json
{
  "type": "/problems/account_not_found",
  "title": "We did not find this account",
  "status": 422,
  "code": "account_not_found",
  "detail": "Our register has no such pair of account number and tax id ...",
  "instance": "/v1/sign-ups",
  "request_id": "7c9e6679f7424d93a3d2f5b0c1e4a8b6",
  "errors": []
}
```

Branch on `code`: codes are stable, and new ones may be added. `title` and `detail` are for
people, in the language that `Accept-Language` asks for (`uk`, `en`, `ru`). `type` leads to a page
that explains the code. Tell `request_id` to the contact centre: it stands in our log.

429 and 503 carry `Retry-After`, in seconds. 401 carries `WWW-Authenticate: Bearer`. 405 carries
`Allow`.
"""

FLAWS_HEAD: Final = """\
## Codes of single fields

`errors` names every field that is wrong. `pointer` is a JSON Pointer into the body; when a
parameter is wrong, `pointer` and `parameter` are its name. The code of a problem may stand here
too: `reading_below_previous` at `/readings/0/value`, for example.
"""

RULES_HEAD: Final = """\
## Rules a password misses

In `errors` of `password_too_weak`, and of another code when more than the password is wrong.
`GET /v1/password-policy` gives the rules to programs.
"""

MEMBERS_HEAD: Final = """\
## Members of their own

Some codes carry facts for programs beside their text. The OpenAPI document has a schema for each of
these codes (`CodeRejectedProblem`), chosen by `code`.
"""

FINDINGS_HEAD: Final = """\
## Findings

What makes a reading unusual: in `findings` of `reading_unusual`, and in a reading that was
accepted in spite of them.
"""


def error_reference() -> str:
    """Return the page as Markdown."""
    problems = (
        f"| {status} | `{code}` | {meaning_of(code, Locale.EN)} | {_remedy(code)} |"
        for code, status in known_codes().items()
    )
    return (
        "\n".join(
            [
                HEAD,
                "## Codes of problems\n",
                *_table(("Status", "Code", "What it means", "What to do"), problems),
                MEMBERS_HEAD,
                *_table(("Code", "Member", "Example", "What it is"), _members()),
                FLAWS_HEAD,
                *_table(("Code", "Text"), _texts("flaw.", depth=1)),
                RULES_HEAD,
                *_table(("Code", "Text"), _texts("flaw.password_too_weak.", depth=1)),
                FINDINGS_HEAD,
                *_table(("Code", "Text"), _texts("finding.", depth=1)),
            ]
        ).rstrip("\n")
        + "\n"
    )


def _table(columns: tuple[str, ...], rows: Iterable[str]) -> list[str]:
    return [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|", *rows, ""]


def _remedy(code: str) -> str:
    return say(f"problem.{code}.remedy", Locale.EN, contacts="`GET /v1/help/contacts`")


def _members() -> Iterator[str]:
    for code, names in members_of_codes().items():
        for name in names:
            example = json.dumps(MEMBERS[name].example)
            yield f"| `{code}` | `{name}` | `{example}` | {say(f'member.{name}', Locale.EN)} |"


def _texts(prefix: str, *, depth: int) -> list[str]:
    texts = catalogue()
    keys = texts.keys(Locale.EN)
    rest = sorted(key.removeprefix(prefix) for key in keys if key.startswith(prefix))
    return [
        f"| `{code}` | {texts.forms(prefix + code, Locale.EN)[0]} |"
        for code in rest
        if code.count(".") < depth
    ]
