#!/bin/bash
# Runs once, when the database is made: the role that the program connects as. It owns
# nothing; `ekolek migrate --grant-to ekolek` lets it do its work. CREATEDB is for the
# scratch database in which backups are restored for trial.
set -eu
psql --quiet --set=ON_ERROR_STOP=1 --set=password="$(cat /run/secrets/db_password)" --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
CREATE ROLE ekolek LOGIN CREATEDB PASSWORD :'password';
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
SQL
