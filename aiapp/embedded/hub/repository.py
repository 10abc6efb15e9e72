"""The models in a repository of the hub: GGUF files with size, checksum and licence."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import httpx2
from django.conf import settings
from huggingface_hub import HfApi
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
)
from huggingface_hub.hf_api import ModelInfo

from aiapp.embedded.hub.errors import HubError, HubUnreachable
from aiapp.embedded.hub.files import HubFile
from aiapp.errors import InvalidInput

SECONDS = 20.0
# More than a repository of one model has.
MAX_FILES = 500
SUFFIX = ".gguf"
# A name goes into a path, and a page.
NAME = re.compile(r"[\w][\w.+ -]*", re.ASCII)
SHA256 = re.compile(r"[0-9a-f]{64}")
# A part of a model that was cut into several files.
PIECE = re.compile(r"-\d{5}-of-\d{5}\.gguf$")


def list_files(repository: str, revision: str = "main") -> list[HubFile]:
    """Return the models of a repository that can be downloaded, the smallest first.

    Raises InvalidInput for a name that cannot be one, and a HubError.
    """
    with translate_errors(repository):
        info = HfApi(endpoint=settings.HF_ENDPOINT, token=settings.HF_TOKEN or False).model_info(
            repository, revision=revision, files_metadata=True, timeout=SECONDS
        )
    return sorted(_read_files(repository, info), key=lambda file: file.size)


def find_file(repository: str, name: str, revision: str = "main") -> HubFile:
    """Return a file of a repository. Raises InvalidInput where there is none, and a HubError."""
    files = {file.name: file for file in list_files(repository, revision)}
    if file := files.get(name):
        return file
    there = ", ".join(list(files)[:20]) or "none that can be used"
    raise InvalidInput(
        f"{repository} has no file {name[:200]!r}. It has: {there}.", code="no_such_file"
    )


@contextmanager
def translate_errors(repository: str) -> Iterator[None]:
    """Say in a sentence what the hub or the way to it refused."""
    try:
        yield
    except HFValidationError as error:
        raise InvalidInput(
            "A repository is named owner/name, as in its address on the hub.",
            code="invalid_repository",
        ) from error
    except GatedRepoError as error:
        raise HubError(
            f"{repository} asks for its terms to be accepted. Accept them on the hub, and set"
            " HF_TOKEN to a token of that account.",
            code="hub_gated",
        ) from error
    except RepositoryNotFoundError as error:
        raise HubError(
            f"The hub has no repository {repository}, or HF_TOKEN may not see it.",
            code="hub_no_repository",
        ) from error
    except RemoteEntryNotFoundError as error:
        raise HubError(f"The file is no longer in {repository}.", code="hub_no_file") from error
    except HfHubHTTPError as error:
        raise _describe_status(error.response.status_code) from error
    except (httpx2.HTTPError, OSError, ValueError) as error:
        # A page of HTML in place of JSON, among others.
        if isinstance(error, OSError) and error.errno:
            raise
        raise HubUnreachable() from error


def _describe_status(status: int) -> HubError:
    if status in {401, 403}:
        return HubError("The hub refused the token. Check HF_TOKEN.", code="hub_refused")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return HubUnreachable("The hub asks for fewer requests. Try again in some minutes.")
    return HubUnreachable(f"The hub answered with status {status}. Try again later.")


def _read_files(repository: str, info: ModelInfo) -> Iterator[HubFile]:
    licence, context = _read_licence(info), (info.gguf or {}).get("context_length")
    for sibling in (info.siblings or [])[:MAX_FILES]:
        name, checksum = sibling.rfilename, sibling.lfs.sha256 if sibling.lfs else ""
        if not name.endswith(SUFFIX) or PIECE.search(name) or not NAME.fullmatch(name):
            continue
        if not (sibling.size and SHA256.fullmatch(checksum) and info.sha):
            # What cannot be checked is not run.
            continue
        yield HubFile(
            repository=repository,
            revision=info.sha,
            name=name,
            size=sibling.size,
            sha256=checksum,
            licence=licence,
            context=context if isinstance(context, int) else 0,
        )


def _read_licence(info: ModelInfo) -> str:
    marks = [tag for tag in info.tags or [] if tag.startswith("license:")]
    return marks[0].partition(":")[2][:100] if marks else ""
