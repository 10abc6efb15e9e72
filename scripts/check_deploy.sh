#!/bin/sh
# Django's deployment check with settings as in production. No server is contacted.
#   check_deploy.sh VENV
set -eu

DEBUG=false \
SECRET_KEY="$("$1/bin/python" -c 'import secrets; print(secrets.token_urlsafe(64))')" \
ALLOWED_HOSTS=chat.example.com \
SITE_URL=https://chat.example.com \
CSRF_TRUSTED_ORIGINS=https://chat.example.com \
TRUSTED_PROXIES=1 \
DATABASE_URL=postgresql://aiapp:a-password@database.example.com/aiapp \
REDIS_URL=redis://:a-password@redis.example.com:6379/0 \
OPENAI_API_KEY=not-a-real-key \
    "$1/bin/python" manage.py check --deploy --fail-level WARNING
