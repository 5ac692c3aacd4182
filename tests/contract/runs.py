"""Runs of schemathesis without its pytest plugin, which would cost every other test its start."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder

from tests.contract import checks as _registered  # noqa: F401 - importing it is what registers them

SEED: Final = 20261101
MOSTLY: Final = 0.85
"""How often a value that exists is taken instead of one that is made up."""
PLACES: Final = {
    "account_id": "path.account_id",
    "reading_id": "path.reading_id",
    "receipt_id": "path.receipt_id",
    "sign_up_id": "path.sign_up_id",
    "register_id": "body.readings[*].register_id",
    "invoice_id": "path.invoice_id",
    "invoice_to_pay": "body.invoice_ids[*]",
    "payment_id": "path.payment_id",
    "order_id": "path.order_id",
    "service_code": "path.service_code",
    "value": "body.readings[*].value",
    "account_number": "body.account_number",
    "tax_id": "body.tax_id",
    "phone": "body.phone",
    "password": "body.password",
    "refresh_token": "body.refresh_token",
}


@dataclass(frozen=True)
class Effort:
    examples: int
    """Requests made up for each operation."""
    tries_every_constraint: bool
    """Whether each constraint of the document is also broken by itself, one after another."""


@dataclass
class Run:
    """What came of the requests."""

    findings: list[str] = field(default_factory=list)
    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    """How often each operation answered with each status."""

    @property
    def accepted(self) -> set[str]:
        """The operations that did at least once what they are for."""
        return {name for name, seen in self.statuses.items() if any(code < 300 for code in seen)}


def run(
    document: dict[str, Any],
    *,
    url: str,
    known: Mapping[str, list[str]],
    effort: Effort,
    headers: Mapping[str, str] | None = None,
) -> Run:
    """Send requests made from the document, right ones and wrong ones."""
    config = SchemathesisConfig.from_dict(_configuration(url, known, effort, dict(headers or {})))
    schema = schemathesis.openapi.from_dict(document, config=config)
    done = Run()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError) and not OF_THE_GENERATOR.search(
            str(event.value)
        ):
            done.findings.append(f"{event.label}: {event.value}")
        if isinstance(event, events.ScenarioFinished):
            done.findings += _failures(event.recorder)
            for status in _statuses(event.recorder):
                done.statuses[event.recorder.label][status] += 1
    return done


OF_THE_GENERATOR: Final = re.compile("unreliable results|overly large repr")
"""What Hypothesis says of its own search, which tells nothing of the product."""
REFUSALS: Final = [
    str(status) for status in (400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429, "5xx")
]
"""Answers to a request that the document forbids. 413: a list too long is also a body too large."""


def _configuration(
    url: str, known: Mapping[str, list[str]], effort: Effort, headers: dict[str, str]
) -> dict[str, Any]:
    return {
        "seed": SEED,
        "base-url": url,
        "headers": headers,
        "continue-on-failure": True,
        "request-timeout": 10,
        "generation": {"deterministic": True, "database": "none", "max-examples": effort.examples},
        # Phones, tax ids, codes and cursors are refused for what they say: checks.py looks closer.
        "checks": {
            "positive_data_acceptance": {"enabled": False},
            "negative_data_rejection": {"expected-statuses": REFUSALS},
        },
        "dictionaries": {name: {"values": values} for name, values in known.items()},
        "parameters": {PLACES[name]: {"dictionary": name, "probability": MOSTLY} for name in known},
        "phases": {
            "stateful": {"enabled": False},
            "coverage": {
                "enabled": effort.tries_every_constraint,
                "generate-duplicate-query-parameters": True,
            },
            # What is sent must not depend on ids that were answered before.
            "fuzzing": {
                "extra-data-sources": {"responses": False},
                "error-feedback": {"enabled": False},
            },
        },
    }


def _statuses(recorder: ScenarioRecorder) -> Iterator[int]:
    for case_id, interaction in recorder.interactions.items():
        case = recorder.cases[case_id].value
        if interaction.response is not None and case.method.lower() == case.operation.method:
            yield interaction.response.status_code


def _failures(recorder: ScenarioRecorder) -> Iterator[str]:
    for case_id, results in recorder.checks.items():
        for result in results:
            if result.failure_info is not None:
                failure = result.failure_info.failure
                curl = recorder.cases[case_id].value.as_curl_command()
                yield f"{recorder.label}: {failure.title}: {failure.message}\n  {curl}"
