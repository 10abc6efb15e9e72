-- Run once, by the database's superuser, when its volume is empty. The site's own role may
-- neither make extensions nor read anything but its database.
\getenv password DATABASE_PASSWORD
CREATE ROLE aiapp LOGIN PASSWORD :'password';
CREATE DATABASE aiapp OWNER aiapp;
REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
\connect aiapp
CREATE EXTENSION IF NOT EXISTS vector;
