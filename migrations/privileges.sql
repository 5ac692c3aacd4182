-- What the role of the application may do: everything with rows, nothing with tables, and to the
-- audit trail, the ledger and settlements only add. `run.py migrate` runs this in one transaction
-- after the migrations; the setting `cabinet.app_role` names the role.
DO $$
DECLARE
    app text := current_setting('cabinet.app_role');
    trail_owner oid := (SELECT relowner FROM pg_class WHERE oid = 'public.audit_events'::regclass);
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = app) THEN
        RAISE EXCEPTION 'there is no role %', app;
    END IF;
    IF pg_has_role(app, trail_owner, 'MEMBER') THEN
        RAISE EXCEPTION 'the role % owns the tables, may become their owner, or is a superuser', app;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', app);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %I', app);
    EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO %I', app);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON public.audit_events FROM %I', app);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON public.operator_acts FROM %I', app);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON public.ledger_transactions FROM %I', app);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON public.ledger_entries FROM %I', app);
    EXECUTE format('REVOKE DELETE, TRUNCATE ON public.ledger_accounts FROM %I', app);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON public.settlements, public.settled_registers, '
                   'public.settled_points FROM %I', app);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON public.reading_receipts FROM %I', app);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON public.reading_windows FROM %I', app);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON public.reading_epochs FROM %I', app);
    EXECUTE format('REVOKE DELETE, TRUNCATE ON public.receipt_chains FROM %I', app);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON public.invoices FROM %I', app);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON public.invoice_lines FROM %I', app);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON public.invoice_allocations FROM %I', app);
    EXECUTE format('REVOKE DELETE, TRUNCATE ON public.invoice_parts FROM %I', app);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON public.payment_events, '
                   'public.payment_postings, public.bank_statements FROM %I', app);
    EXECUTE format('REVOKE DELETE, TRUNCATE ON public.payments, public.payment_targets, '
                   'public.payment_instructions, public.bank_lines FROM %I', app);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON public.alembic_version FROM %I', app);
    EXECUTE format(
        'GRANT EXECUTE ON FUNCTION public.delete_old_audit_events(timestamptz, integer) TO %I', app);
END
$$
