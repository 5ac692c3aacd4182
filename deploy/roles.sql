-- The two roles of a deployment, made by a superuser in the database that will be the cabinet's.
-- Read by psql, which takes the passwords from the environment:
--
--   OWNER_PASSWORD=... APP_PASSWORD=... psql --file=deploy/roles.sql cabinet
--
-- `cabinet_owner` owns the tables: `migrate` connects as it. `cabinet_app` works with rows: the API
-- and the worker connect as it. What it may do, `migrate` grants (CABINET_APP_ROLE=cabinet_app).
\set ON_ERROR_STOP on
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD
BEGIN;
CREATE ROLE cabinet_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE cabinet_app LOGIN PASSWORD :'app_password';
ALTER DATABASE :"DBNAME" OWNER TO cabinet_owner;
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
-- Temporary tables: the load of the register stages its rows there.
GRANT CONNECT, TEMPORARY ON DATABASE :"DBNAME" TO cabinet_app;
COMMIT;
