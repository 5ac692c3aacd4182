"""The rules by which the schema can be sharded by organization (docs/adr)."""

from sqlalchemy import PrimaryKeyConstraint, Table, UniqueConstraint

from app.models.metadata import complete_metadata

DIRECTORY = {
    "accounts",
    "appointment_slots",
    "calendar_days",
    "calendar_rules",
    "districts",
    "members",
    "organizations",
    "reading_change_marks",
    "reading_epochs",
    "reading_windows",
    "service_versions",
    "discount_rates",
    "operator_acts",
    "penalty_moratoria",
    "reactive_prices",
    "reactive_surcharges",
    "tariffs",
}
"""Reference tables: small, and on every node, because sign-in looks across organizations
and a tariff, a window or a working day is the same for all of them."""

LOCAL = {
    "account_link_requests",
    "budgets",
    "code_challenges",
    "idempotency_keys",
    "invitations",
    "messages",
    "password_resets",
    "phone_changes",
    "rate_limits",
    "sign_ups",
}
"""Work in progress of the machine that serves a request; it never joins a customer's rows."""

BOOKS = {
    "bank_lines",
    "bank_statements",
    "invoice_series",
    "ledger_accounts",
    "ledger_entries",
    "ledger_transactions",
    "payer_aliases",
    "payment_events",
    "payment_instructions",
    "payment_postings",
    "payment_targets",
    "payments",
}
"""The operator's own: one ledger, where each transaction has sides of a customer and of its own
(docs/adr/0020)."""

SHARED = DIRECTORY | LOCAL | BOOKS


def leading_columns(table: Table) -> list[str]:
    unique = [
        key for key in table.constraints if isinstance(key, PrimaryKeyConstraint | UniqueConstraint)
    ]
    indexes = [index for index in table.indexes if index.unique]
    return [next(iter(each.columns)).name for each in (*unique, *indexes)]


def test_a_customers_rows_lie_together() -> None:
    scattered = {
        table.name: columns
        for table in complete_metadata().sorted_tables
        if table.name not in SHARED
        and set(columns := leading_columns(table)) != {"organization_id"}
    }

    assert scattered == {}


def test_customers_rows_refer_to_each_other_by_organization_too() -> None:
    loose = [
        str(key)
        for table in complete_metadata().sorted_tables
        if table.name not in SHARED
        for key in table.foreign_key_constraints
        if not any(column.endswith("organization_id") for column in key.column_keys)
    ]

    assert loose == []


def test_no_table_takes_its_keys_from_the_database() -> None:
    made = [
        f"{table.name}.{column.name}"
        for table in complete_metadata().sorted_tables
        for column in table.columns
        if column.identity is not None
        or (column.server_default is not None and (column.primary_key or column.foreign_keys))
    ]

    assert made == []
