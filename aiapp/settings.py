"""All settings of aiapp, in one file. Values come from the environment through `aiapp.env`.

Without any variable the settings describe the embedded mode of `manage.py up`: every server
listens on a Unix socket in RUN_DIR. Each part gives way to a real one as soon as its variable
is set. `aiapp.checks` refuses settings that are unsafe in production. docs/operations.md lists
every variable.
"""

import hashlib
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from corsheaders.defaults import default_headers
from csp.constants import NONE, SELF
from psycopg.conninfo import conninfo_to_dict

from aiapp import env
from aiapp.observability import log
from aiapp.serving.cpus import count_cpus
from aiapp.sql import shares
from aiapp.sql.outage import TRY_SECONDS, WAIT_SECONDS, outage

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "var"))).expanduser().resolve()
RUN_DIR = env.run_dir(DATA_DIR)

DEBUG = env.boolean("DEBUG", default=False)
PORT = env.integer("PORT", 8000, minimum=1)
SITE_URL = env.text("SITE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
SITE_IS_HTTPS = SITE_URL.startswith("https://")
# How many processes a web server has: one for each processor that it may use, at most four.
WEB_PROCESSES = env.integer("WEB_PROCESSES", min(count_cpus(), 4), minimum=1)
# Another serves in the place of one that shows no life for so long: less would be a busy machine.
WEB_SILENT_SECONDS = env.number("WEB_SILENT_SECONDS", 10, minimum=1)
# One of them that shows no life for so long is replaced; 0 replaces none.
WEB_HANG_SECONDS = env.number("WEB_HANG_SECONDS", 60)
# How often `manage.py up` asks its parts whether they still serve.
PART_CHECK_SECONDS = env.number("PART_CHECK_SECONDS", 10, minimum=1)
_site_host = urlsplit(SITE_URL).hostname or "127.0.0.1"
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", f"{_site_host},127.0.0.1,localhost")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", SITE_URL)

# The embedded mode keeps its secret beside its data; elsewhere `aiapp.checks` wants a real one.
_secret_file = DATA_DIR / "secret_key"
SECRET_KEY = env.text("SECRET_KEY") or (
    _secret_file.read_text(encoding="ascii").strip() if _secret_file.exists() else "insecure-unset"
)

# Secrets of before, by which signatures and encrypted keys can still be read.
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")

# -- Applications -----------------------------------------------------------------------------

INSTALLED_APPS = [
    # Its `runserver` speaks ASGI, which streams and sockets need, and starts anew when a file
    # changes. It loads Twisted, so it is for development alone; the site is `aiapp.server`.
    *(["daphne"] if DEBUG else []),
    "aiapp.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "corsheaders",
    "csp",
    # For its copy of Swagger's files, which the API's documentation shows.
    "ninja",
    "aiapp",
    "accounts",
    "documents",
    "chat",
]

MIDDLEWARE = [
    "aiapp.observability.requests.ObservationMiddleware",
    "aiapp.observability.health.Health",
    "aiapp.observability.metrics.Metrics",
    "aiapp.http.middleware.ErrorPages",
    "django.middleware.security.SecurityMiddleware",
    "aiapp.assets.staticfiles.StaticFiles",
    "aiapp.http.compression.CompressedPages",
    "aiapp.http.cors.AnyHeaderCorsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "aiapp.http.middleware.PrivatePages",
    "aiapp.http.middleware.Devices",
    "accounts.middleware.note_refusals",
    "accounts.middleware.RateHeaders",
    "accounts.middleware.end_streams",
]

# Of requests that show a token or a key: the same, without what serves pages only.
_OF_PAGES = {
    "aiapp.assets.staticfiles.StaticFiles",
    "aiapp.http.compression.CompressedPages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
}
PROGRAMS_MIDDLEWARE = [name for name in MIDDLEWARE if name not in _OF_PAGES]

ROOT_URLCONF = "aiapp.urls"
ASGI_APPLICATION = "aiapp.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "aiapp.http.context.site",
            ]
        },
    }
]

# -- PostgreSQL -------------------------------------------------------------------------------

# The passwords may stand in variables, or files, of their own.
DATABASE_URL = env.with_password(
    env.text("DATABASE_URL", f"postgresql://aiapp@/aiapp?host={RUN_DIR}"),
    env.text("DATABASE_PASSWORD"),
)
# Set by `aiapp.asgi` for web servers. Celery closes its connection after every task, which
# would tear a pool down each time, so workers go without.
DATABASE_POOL_SIZE = env.integer("DATABASE_POOL_SIZE", 0)
DATABASE_POOL_BURST = env.integer("DATABASE_POOL_BURST", 20)
# A pooler that gives a connection for one transaction alone, as PgBouncer does in that mode: what
# is said of a session does not last, so nothing is.
DATABASE_POOLER = env.one_of("DATABASE_POOLER", "none", ("none", "transaction")) == "transaction"
# Without iterative scans a search that is filtered by access loses most of its rows silently; and
# each of its steps from 40 candidates, the default, misses in a million vectors twice as many of
# the nearest as from 400, which costs no more where a hundred are wanted.
DATABASE_PARAMETERS = {"hnsw.iterative_scan": "relaxed_order", "hnsw.ef_search": "400"}
DATABASE_SHARES = (
    shares.divide(DATABASE_POOL_SIZE, DATABASE_POOL_BURST, WEB_PROCESSES)
    if DATABASE_POOL_SIZE
    else shares.WITHOUT_POOL
)


def _database(url: str) -> dict[str, Any]:
    info: dict[str, Any] = {k: v for k, v in conninfo_to_dict(url).items() if v is not None}
    options: dict[str, Any] = {"connect_timeout": 5}
    if not DATABASE_POOLER:
        # Behind a pooler they belong to a transaction (`documents.search.dense`).
        words = [f"-c {name}={value}" for name, value in DATABASE_PARAMETERS.items()]
        options["options"] = " ".join([info.pop("options", ""), *words]).strip()
    if DATABASE_POOL_SIZE:
        options["pool"] = {
            "min_size": DATABASE_SHARES.threads_kept,
            "max_size": DATABASE_SHARES.threads,
            "timeout": WAIT_SECONDS,
            # It tries again later each time, and everybody waits for that: longer than a database
            # takes to come back. Once it has given up, whoever comes next has it try at once.
            "reconnect_timeout": TRY_SECONDS,
            "reconnect_failed": outage.note,
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": info.pop("dbname", "aiapp"),
        "USER": info.pop("user", ""),
        "PASSWORD": info.pop("password", ""),
        "HOST": info.pop("host", ""),
        "PORT": str(info.pop("port", "")),
        # A pooled connection is checked before it is used, so a restarted database costs no error.
        "CONN_HEALTH_CHECKS": True,
        # Under ASGI a kept connection belongs to a thread that may never serve again.
        "CONN_MAX_AGE": 0,
        "DISABLE_SERVER_SIDE_CURSORS": DATABASE_POOLER,
        "OPTIONS": {**options, **info},
    }


DATABASES = {"default": _database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- Redis: turn logs, leases, cache, Celery ----------------------------------------------------

REDIS_URL = env.with_password(
    env.text("REDIS_URL", f"unix://{RUN_DIR}/valkey.sock?db=0"), env.text("REDIS_PASSWORD")
)

CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {
            # JSON, since unpickling what somebody wrote into Redis would run it.
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            # Each request under way has a thread, and all of them may want a connection.
            "CONNECTION_POOL_CLASS": "redis.connection.BlockingConnectionPool",
            "CONNECTION_POOL_KWARGS": {
                "max_connections": 64,
                "timeout": 5,
                "socket_connect_timeout": 2,
                "socket_timeout": 5,
            },
        },
        "KEY_PREFIX": "cache",
    }
}


def _broker(url: str) -> str:
    """Return the address as Celery wants it.

    It writes that of a Unix socket in a way of its own, and believes any certificate unless told
    otherwise.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if parts.scheme == "unix":
        return f"redis+socket://{parts.path}?virtual_host={query.get('db', 0)}"
    if parts.scheme == "rediss":
        query = {"ssl_cert_reqs": "required"} | query
    return urlunsplit(parts._replace(query=urlencode(query)))


CELERY_BROKER_URL = _broker(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    # Sweeps must not wait behind the files that they look after.
    "documents.sweep": {"queue": "default"},
    "documents.sweep_curation": {"queue": "default"},
    "documents.sweep_incoming": {"queue": "default"},
    "documents.*": {"queue": "ingest"},
    "chat.take_over": {"queue": "turns"},
    "chat.import_chats": {"queue": "ingest"},
    "chat.run_batch": {"queue": "ingest"},
    "chat.download_model": {"queue": "ingest"},
    "accounts.delete_account": {"queue": "ingest"},
    "accounts.export_data": {"queue": "ingest"},
}
# Work is claimed in PostgreSQL, so a redelivered task finds nothing to do; sweeps find what a
# killed worker left. Late acknowledgement would only add copies (visibility timeout).
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_keepalive": True}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "aiapp.concurrency.beat:Scheduler"
# While the site is in use, and ten times less often while it is not.
CELERY_BEAT_SCHEDULE = {
    "take over turns without a runner": {"task": "chat.sweep", "schedule": 3.0},
    "pick up documents without a worker": {"task": "documents.sweep", "schedule": 5.0},
    "pick up curation without a worker": {"task": "documents.sweep_curation", "schedule": 30.0},
    "take deleted conversations away": {"task": "chat.purge_deleted", "schedule": 30.0},
    "pick up batches without a worker": {"task": "chat.sweep_batches", "schedule": 30.0},
    "pick up imports without a worker": {"task": "chat.sweep_imports", "schedule": 30.0},
    "pick up downloads without a worker": {"task": "chat.sweep_downloads", "schedule": 30.0},
    "index messages of an older release": {"task": "chat.index_words", "schedule": 30.0},
    "pick up exports, delete accounts": {"task": "accounts.sweep", "schedule": 60.0},
    "delete what was not received to its end": {
        "task": "documents.sweep_incoming",
        "schedule": 3600.0,
    },
    "delete temporary conversations": {"task": "chat.delete_temporary", "schedule": 3600.0},
}

# -- Accounts ---------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "chat:home"
LOGOUT_REDIRECT_URL = "accounts:login"
REGISTRATION_OPEN = env.boolean("REGISTRATION_OPEN", default=True)
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ACCESS_TOKEN_MINUTES = env.integer("ACCESS_TOKEN_MINUTES", 30, minimum=1)
REFRESH_TOKEN_DAYS = env.integer("REFRESH_TOKEN_DAYS", 14, minimum=1)
# How long a refresh token that was used gives the same client the same successor again.
REFRESH_GRACE_SECONDS = env.integer("REFRESH_GRACE_SECONDS", 10)
# Clocks may be five minutes apart, and a little: a token is no stranger because it was made later
# than it is there, and a task lapses nowhere before its time.
MAX_CLOCK_SECONDS = 360
SIMPLE_JWT = {
    "LEEWAY": MAX_CLOCK_SECONDS,
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=ACCESS_TOKEN_MINUTES),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=REFRESH_TOKEN_DAYS),
    "ALGORITHM": "HS256",
    # A key of its own, so that a token is no signature of anything else here.
    "SIGNING_KEY": hashlib.sha256(f"accounts.tokens:{SECRET_KEY}".encode()).hexdigest(),
    "ISSUER": SITE_URL,
    "AUDIENCE": SITE_URL,
}
SHARED_RATE = env.rate("SHARED_RATE", "60/m")
LOGIN_RATE = env.rate("LOGIN_RATE", "10/m")
# Of refresh tokens; many programs may live behind one address.
REFRESH_RATE = env.rate("REFRESH_RATE", "60/m")
# How many proxies that we run stand before us: the client's address is that many entries from
# the right of X-Forwarded-For. 0 means that nobody may say where a request comes from.
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0)
RATELIMIT_ENABLE = True
# What one signed-in user may do: by default about what one web process can begin.
ASK_RATE = env.rate("ASK_RATE", "3000/m")
SEARCH_RATE = env.rate("SEARCH_RATE", "3000/m")
UPLOAD_RATE = env.rate("UPLOAD_RATE", "3000/m")
TRANSCRIPTION_RATE = env.rate("TRANSCRIPTION_RATE", "3000/m")
# How many answers may be made for a user at once; 0 is no bound.
CONCURRENT_TURNS = env.integer("CONCURRENT_TURNS", 0)
# What a budget sets aside for an answer whose request names no length.
BUDGET_ANSWER_TOKENS = env.integer("BUDGET_ANSWER_TOKENS", 4096, minimum=1)
EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.boolean("EMAIL_USE_TLS", default=False)
_SMTPS = 465
EMAIL_USE_SSL = not EMAIL_USE_TLS and env.boolean("EMAIL_USE_SSL", default=EMAIL_PORT == _SMTPS)
# Django's own default waits for ever for a mail server that says nothing.
EMAIL_TIMEOUT = env.number("EMAIL_TIMEOUT", 20, minimum=1)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"aiapp@{_site_host}")

# -- Models -----------------------------------------------------------------------------------

OPENAI_API_KEY = env.text("OPENAI_API_KEY")
OPENAI_BASE_URL = env.text("OPENAI_BASE_URL")
ANTHROPIC_API_KEY = env.text("ANTHROPIC_API_KEY")
ANTHROPIC_BASE_URL = env.text("ANTHROPIC_BASE_URL")
_openai = bool(OPENAI_API_KEY or OPENAI_BASE_URL)
_anthropic = bool(ANTHROPIC_API_KEY or ANTHROPIC_BASE_URL)
LOCAL_CHAT = not (_openai or _anthropic)
LOCAL_CHAT_MODEL = "smollm2-135m-demo"
# No model: it quotes from the documents.
QUOTES_MODEL = "quotes"
LOCAL_EMBEDDING_MODEL = "all-MiniLM-L6-v2"
_model_key_file = DATA_DIR / "model_key"
_model_key = _model_key_file.read_text(encoding="ascii").strip() if _model_key_file.exists() else ""
LOCAL_CHAT_URL = f"unix://{RUN_DIR}/chat.sock"
LOCAL_CHAT_KEY = _model_key
if LOCAL_CHAT:
    OPENAI_BASE_URL = LOCAL_CHAT_URL
    OPENAI_API_KEY = LOCAL_CHAT_KEY
_default_model = "gpt-4o-mini" if _openai else "claude-haiku-4-5" if _anthropic else QUOTES_MODEL
CHAT_MODEL = env.text("CHAT_MODEL", _default_model)
CHAT_MODELS = env.words("CHAT_MODELS")
# Where models are downloaded from: Hugging Face's hub, or a mirror of it.
HF_ENDPOINT = env.text("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
HF_TOKEN = env.text("HF_TOKEN")
# What the operator says of models, by the beginnings of their names, see
# `aiapp.llm.catalogue.facts`.
MODELS = env.tables(
    "MODELS_FILE",
    {
        "vendor": str,
        "tokenizer": str,
        "context": int,
        "output": int,
        "concurrency": int,
        "refuses": list,
    }
    | {"vision": bool, "tools": bool, "audio": bool, "temperature": bool},
)
# Who answers in place of a model that is busy or away, by its name.
CHAT_FALLBACKS = env.chains("CHAT_FALLBACKS")
MODEL_CONNECT_SECONDS = env.number("MODEL_CONNECT_SECONDS", 5)
MODEL_FIRST_TOKEN_SECONDS = env.number("MODEL_FIRST_TOKEN_SECONDS", 60)
MODEL_IDLE_SECONDS = env.number("MODEL_IDLE_SECONDS", 30)
# How long a server may show that it lives, by comments or empty events, without saying anything.
MODEL_ALIVE_SECONDS = env.number("MODEL_ALIVE_SECONDS", 300)
# How often a model is asked that has not said anything yet.
MODEL_TRIES = env.integer("MODEL_TRIES", 3, minimum=1)
# A model that fails so often in a row, within so many seconds, is left alone for as long.
MODEL_BREAKER_FAULTS = env.integer("MODEL_BREAKER_FAULTS", 10)
MODEL_BREAKER_SECONDS = env.number("MODEL_BREAKER_SECONDS", 30)
# How many answers a web server or a worker has a model make at once; 0 is no bound.
MODEL_CONCURRENCY = env.integer("MODEL_CONCURRENCY", 0)
TURN_SECONDS = env.number("TURN_SECONDS", 600)

EMBEDDING_MODEL = env.text("EMBEDDING_MODEL", LOCAL_EMBEDDING_MODEL)
EMBEDDING_BASE_URL = env.text("EMBEDDING_BASE_URL")
EMBEDDING_API_KEY = env.text("EMBEDDING_API_KEY")
LOCAL_EMBEDDING = not (EMBEDDING_BASE_URL or (_openai and env.text("EMBEDDING_MODEL")))
# Runs on beside another provider while documents are searched by its vectors.
LOCAL_EMBEDDING_SERVER = env.boolean("LOCAL_EMBEDDING_SERVER", default=LOCAL_EMBEDDING)
LOCAL_EMBEDDING_URL = f"unix://{RUN_DIR}/embed.sock"
LOCAL_MODEL_KEY = _model_key
if LOCAL_EMBEDDING:
    EMBEDDING_BASE_URL, EMBEDDING_API_KEY = LOCAL_EMBEDDING_URL, LOCAL_MODEL_KEY
elif not EMBEDDING_BASE_URL:
    EMBEDDING_BASE_URL, EMBEDDING_API_KEY = OPENAI_BASE_URL, OPENAI_API_KEY
EMBEDDING_BATCH = env.integer("EMBEDDING_BATCH", 32, minimum=1)

# A model that puts what a search finds into a better order; none by default.
RERANK_BASE_URL = env.text("RERANK_BASE_URL")
RERANK_API_KEY = env.text("RERANK_API_KEY")
RERANK_MODEL = env.text("RERANK_MODEL")
RERANK_SECONDS = env.number("RERANK_SECONDS", 3)
# Whether the chat model words a follow-up question anew before documents are searched.
QUERY_REWRITING = env.boolean("QUERY_REWRITING", default=False)
QUERY_REWRITING_SECONDS = env.number("QUERY_REWRITING_SECONDS", 5)

# Speech; without a model of a service the small local one writes recordings down.
TRANSCRIPTION_MODEL = env.text("TRANSCRIPTION_MODEL")
TRANSCRIPTION_BASE_URL = env.text("TRANSCRIPTION_BASE_URL")
TRANSCRIPTION_API_KEY = env.text("TRANSCRIPTION_API_KEY")
# Of a recording that a program waits for; as much as OpenAI takes.
TRANSCRIPTION_MAX_BYTES = env.integer("TRANSCRIPTION_MAX_MB", 25, minimum=1) * 1024 * 1024
# Answers read aloud; without a model of a service browsers do it.
SPEECH_MODEL = env.text("SPEECH_MODEL")
SPEECH_VOICE = env.text("SPEECH_VOICE", "alloy")
SPEECH_BASE_URL = env.text("SPEECH_BASE_URL")
SPEECH_API_KEY = env.text("SPEECH_API_KEY")
if not SPEECH_BASE_URL and _openai:
    SPEECH_BASE_URL = OPENAI_BASE_URL or "https://api.openai.com/v1"
    SPEECH_API_KEY = SPEECH_API_KEY or OPENAI_API_KEY
if not TRANSCRIPTION_BASE_URL and _openai:
    TRANSCRIPTION_BASE_URL = OPENAI_BASE_URL or "https://api.openai.com/v1"
    TRANSCRIPTION_API_KEY = TRANSCRIPTION_API_KEY or OPENAI_API_KEY

# -- Turns ------------------------------------------------------------------------------------

# How long a web server that is told to end goes on with its answers. What stops it must wait a
# little longer: `stop_grace_period` in docker-compose.yml.
DRAIN_SECONDS = env.number("DRAIN_SECONDS", 15)
TURN_LEASE_SECONDS = env.number("TURN_LEASE_SECONDS", 6, minimum=1)
TURN_LOG_SECONDS = env.integer("TURN_LOG_SECONDS", 3600, minimum=60)
TURN_MAX_ATTEMPTS = env.integer("TURN_MAX_ATTEMPTS", 3, minimum=1)
MESSAGE_MAX_CHARS = env.integer("MESSAGE_MAX_CHARS", 100_000, minimum=1)
# What follows from a text that looks like an attempt to steer the model, see `chat.guardrails`.
GUARD_POLICY = env.one_of("GUARD_POLICY", "flag", ("flag", "strict"))
# How many questions a batch may hold.
BATCH_QUESTIONS = env.integer("BATCH_QUESTIONS", 200, minimum=1)
# A service that judges questions; none by default.
MODERATION_MODEL = env.text("MODERATION_MODEL")
MODERATION_BASE_URL = env.text("MODERATION_BASE_URL")
MODERATION_API_KEY = env.text("MODERATION_API_KEY")
if not MODERATION_BASE_URL and _openai:
    MODERATION_BASE_URL = OPENAI_BASE_URL or "https://api.openai.com/v1"
    MODERATION_API_KEY = MODERATION_API_KEY or OPENAI_API_KEY
MEMORY_EXCHANGES = env.integer("MEMORY_EXCHANGES", 10)
MEMORY_TOKENS = env.integer("MEMORY_TOKENS", 6000)
# What is older is noted down in the background, by this model or else the one that answered.
MEMORY_SUMMARIES = env.boolean("MEMORY_SUMMARIES", default=True)
MEMORY_MODEL = env.text("MEMORY_MODEL")
# Titles of chats and questions to go on with, worded by this model or else the one that answered.
SUGGESTIONS = env.boolean("SUGGESTIONS", default=True)
SUGGESTIONS_MODEL = env.text("SUGGESTIONS_MODEL")
# How many pictures of earlier questions a model is shown again.
MEMORY_PICTURES = env.integer("MEMORY_PICTURES", 4)
RETRIEVAL_PASSAGES = env.integer("RETRIEVAL_PASSAGES", 5)
# How far an answer may go with tools, see `chat.turns.tools.loop`; 0 is no bound for the last two.
TOOL_STEPS = env.integer("TOOL_STEPS", 8, minimum=1)
TOOL_SECONDS = env.number("TOOL_SECONDS", 180, minimum=1)
TOOL_TOKENS = env.integer("TOOL_TOKENS", 200_000)
TOOL_DOLLARS = env.number("TOOL_DOLLARS", 0)
WEATHER_URL = env.text("WEATHER_URL")
# Web search, see `chat.tools.web.engines`: searxng, brave or tavily; none without.
WEB_SEARCH = env.one_of("WEB_SEARCH", "", ("", "searxng", "brave", "tavily"))
WEB_SEARCH_URL = env.text("WEB_SEARCH_URL")
WEB_SEARCH_KEY = env.text("WEB_SEARCH_KEY")
# Of the pages that are found, how many are read.
WEB_SEARCH_PAGES = env.integer("WEB_SEARCH_PAGES", 4, minimum=0)
# Whether a search waits for its user's word once the answer has read what others wrote.
WEB_SEARCH_ASKS = env.boolean("WEB_SEARCH_ASKS", default=True)
RESPONSE_CACHE_SECONDS = env.integer("RESPONSE_CACHE_SECONDS", 3600)

# -- Documents --------------------------------------------------------------------------------

MEDIA_ROOT = DATA_DIR / "files"
# A bucket of an S3-compatible store in the place of that folder, see `aiapp.files`.
FILES_BUCKET = env.text("FILES_BUCKET")
FILES_ENDPOINT = env.text("FILES_ENDPOINT")
FILES_REGION = env.text("FILES_REGION", "us-east-1")
FILES_PREFIX = env.text("FILES_PREFIX").strip("/")
FILES_ACCESS_KEY = env.text("FILES_ACCESS_KEY")
FILES_SECRET_KEY = env.text("FILES_SECRET_KEY")
# Where the bucket's name stands: in the address's path, as most stores have it, or in the host.
FILES_ADDRESSING = env.one_of(
    "FILES_ADDRESSING", "path" if FILES_ENDPOINT else "virtual", ("path", "virtual")
)
# Where backups are sent, at the same store.
BACKUP_BUCKET = env.text("BACKUP_BUCKET")
BACKUP_PREFIX = env.text("BACKUP_PREFIX").strip("/")
FILES_FOLDER = {"BACKEND": "aiapp.files.folder.Folder"}
FILES_BUCKET_STORE: dict[str, Any] = {
    "BACKEND": "aiapp.files.bucket.Bucket",
    "OPTIONS": {
        "bucket_name": FILES_BUCKET,
        "endpoint_url": FILES_ENDPOINT or None,
        "region_name": FILES_REGION,
        "location": FILES_PREFIX,
        "access_key": FILES_ACCESS_KEY or None,
        "secret_key": FILES_SECRET_KEY or None,
        "addressing_style": FILES_ADDRESSING,
    },
}
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
PICTURE_MAX_BYTES = env.integer("PICTURE_MAX_MB", 20, minimum=1) * 1024 * 1024
DOCUMENT_MAX_BYTES = env.integer("DOCUMENT_MAX_MB", 100, minimum=1) * 1024 * 1024
DOCUMENT_QUOTA_BYTES = env.integer("DOCUMENT_QUOTA_MB", 20_480, minimum=1) * 1024 * 1024
DOCUMENT_QUOTA_FILES = env.integer("DOCUMENT_QUOTA_FILES", 20_000, minimum=1)
# What one member may have on its way at once, of which Django keeps each byte up to twice.
UPLOADS_PER_USER = env.integer("UPLOADS_PER_USER", 100, minimum=1)
UPLOADS_BYTES_PER_USER = env.integer("UPLOADS_MB_PER_USER", 2_000, minimum=1) * 1024 * 1024
REQUEST_MAX_BYTES = env.integer("REQUEST_MAX_KB", 1024, minimum=64) * 1024
# How long the head of a request may take, and how long a connection may be idle between two:
# longer than proxies keep idle connections, so that none is closed under a request.
HEAD_SECONDS = env.number("HEAD_SECONDS", 30, minimum=0.1)
KEEP_ALIVE_SECONDS = env.integer("KEEP_ALIVE_SECONDS", 75, minimum=1)
# A body may lag so many seconds behind a least rate, and has a longest time.
BODY_SECONDS = env.number("BODY_SECONDS", 30, minimum=0.1)
BODY_BYTES_PER_SECOND = env.integer("BODY_BYTES_PER_SECOND", 1024, minimum=1)
BODY_MAX_SECONDS = env.number("BODY_MAX_SECONDS", 3600, minimum=0.1)
# Where files lie while they are received; what a killed process left there is swept.
FILE_UPLOAD_TEMP_DIR = DATA_DIR / "incoming"
# The body of every request is bounded by `aiapp.body_limit` before Django reads it.
DATA_UPLOAD_MAX_MEMORY_SIZE = None
CHUNK_CHARS = env.integer("CHUNK_CHARS", 1000, minimum=100)
CHUNK_OVERLAP = env.integer("CHUNK_OVERLAP", 200)
INGEST_LEASE_SECONDS = env.number("INGEST_LEASE_SECONDS", 20, minimum=1)
# After so long a document lets others go first that wait.
INGEST_SLICE_SECONDS = env.number("INGEST_SLICE_SECONDS", 20, minimum=1)
# So many documents of one person are read at once; the other workers are for the others.
INGEST_PER_USER = env.integer("INGEST_PER_USER", 1, minimum=1)
INGEST_MAX_ATTEMPTS = env.integer("INGEST_MAX_ATTEMPTS", 3, minimum=1)
PARSE_MEMORY_BYTES = env.integer("PARSE_MEMORY_MB", 1536, minimum=256) * 1024 * 1024
PARSE_SECONDS = env.integer("PARSE_SECONDS", 60, minimum=1)
PARSE_MAX_PAGES = env.integer("PARSE_MAX_PAGES", 10_000, minimum=1)
PARSE_MAX_CHARS = env.integer("PARSE_MAX_CHARS", 50_000_000, minimum=1)
# Of CPU time, for reading the tables that a query names, and as much for the query.
TABLE_QUERY_SECONDS = env.integer("TABLE_QUERY_SECONDS", 10, minimum=1)

# Web pages by their address, see `aiapp.http.outgoing.fetch`.
FETCH_PAGES = env.boolean("FETCH_PAGES", default=False)
FETCH_MAX_BYTES = env.integer("FETCH_MAX_MB", 20, minimum=1) * 1024 * 1024
FETCH_SECONDS = env.number("FETCH_SECONDS", 20, minimum=1)
FETCH_PORTS = env.words("FETCH_PORTS", "80,443")
# Networks of your own whose pages may be fetched by everybody who may add documents.
FETCH_PRIVATE_NETWORKS = env.networks("FETCH_PRIVATE_NETWORKS")

# Folders of this machine that sources may read, see `documents.sources`.
SOURCE_FOLDERS = env.words("SOURCE_FOLDERS")
# Networks of your own that sources may be in, beside those of FETCH_PRIVATE_NETWORKS.
SOURCE_PRIVATE_NETWORKS = env.networks("SOURCE_PRIVATE_NETWORKS")

# -- Pages ------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ko", "한국어")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": FILES_BUCKET_STORE if FILES_BUCKET else FILES_FOLDER,
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "aiapp.assets.staticfiles.HashedModules",
        # Uploads are private to their owner's account, static files are for whoever serves them:
        # without modes of their own they would get those of uploads, and a web server that runs
        # under another account than `collectstatic` could not read them.
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}
CSRF_FAILURE_VIEW = "aiapp.http.middleware.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# -- Security ---------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF, "blob:"],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
    }
}
# Pages of other origins may use the API with a token, if they are named here; never with a cookie.
CORS_ALLOWED_ORIGINS = env.words("CORS_ALLOWED_ORIGINS")
CORS_URLS_REGEX = r"^/(api|v1)/"
# Besides those that a page asks for, see `aiapp.http.cors`.
CORS_ALLOW_HEADERS = [*default_headers, "idempotency-key", "last-event-id"]
CORS_EXPOSE_HEADERS = [
    *("Retry-After", "X-Should-Retry", "WWW-Authenticate", "X-Request-ID", "Link"),
    "Content-Disposition",
    *(f"RateLimit-{name}" for name in ("Limit", "Remaining", "Reset")),
    *("Search-Notice", "Search-Answerable", "x-vercel-ai-ui-message-stream"),
]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_IS_HTTPS
# The prefix makes browsers refuse the cookie from a sibling domain or over plain HTTP.
SESSION_COOKIE_NAME = "__Host-session" if SITE_IS_HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrftoken" if SITE_IS_HTTPS else "csrftoken"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = SITE_IS_HTTPS and env.boolean("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = 31_536_000 if SITE_IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SITE_IS_HTTPS
SECURE_HSTS_PRELOAD = SITE_IS_HTTPS
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"

# -- What operators see -----------------------------------------------------------------------

# Who may read /metrics; without it, programs of this machine.
METRICS_TOKEN = env.text("METRICS_TOKEN")
# What holds up the event loop for longer is logged and counted; 0 watches nothing.
LOOP_STALL_SECONDS = env.number("LOOP_STALL_SECONDS", 0.2, minimum=0)
# Where traces go; nowhere without it.
OTEL_EXPORTER_OTLP_ENDPOINT = env.text("OTEL_EXPORTER_OTLP_ENDPOINT")
OTEL_SERVICE_NAME = env.text("OTEL_SERVICE_NAME", "aiapp")
# Workers and the scheduler touch this file every few seconds; nobody does without it.
HEARTBEAT_FILE = env.text("HEARTBEAT_FILE")
LOGGING = log.config(env.text("LOG_LEVEL", "INFO").upper(), messages=DEBUG)
TIKTOKEN_CACHE_DIR = os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(DATA_DIR / "tiktoken"))
