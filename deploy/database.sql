-- Run once, by the database's superuser, when its volume is empty. The site's own role may
-- neither make extensions nor read anything but its database.
\set password `printf %s "${DATABASE_PASSWORD:-$(cat "$DATABASE_PASSWORD_FILE")}"`
CREATE ROLE aiapp LOGIN PASSWORD :'password';
CREATE DATABASE aiapp OWNER aiapp;
REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
\connect aiapp
CREATE EXTENSION IF NOT EXISTS vector;
