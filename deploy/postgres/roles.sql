-- Once, on the primary, as the administrator, in psql:
--   psql -v ekolek_password="'…'" -v replicator_password="'…'" -f roles.sql
CREATE ROLE ekolek LOGIN CREATEDB PASSWORD :ekolek_password;
CREATE ROLE replicator LOGIN REPLICATION PASSWORD :replicator_password;
CREATE DATABASE ekolek OWNER ekolek;
REVOKE CONNECT ON DATABASE ekolek FROM PUBLIC;
