"""A Git repository over HTTP: the files of a branch as they are now.

Dulwich fetches the newest commit alone, through the guarded pool. A branch that has not moved since
the last sync is not fetched at all. Links, submodules and what lies in Git LFS are left out, and
so are files that are larger than a source may bring, where the server can leave out any.
"""

import stat
import zlib
from collections.abc import Iterator
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any
from urllib.parse import quote, quote_from_bytes, unquote_to_bytes, urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy

from aiapp.http.outgoing.guarded_pool import GuardedPool
from documents.sources.base import Checkpoint, Config, End, Item, Kind, Listed, Option, Writable
from documents.sources.errors import (
    CredentialRefused,
    ItemGone,
    ItemTooLarge,
    NotThere,
    SourceError,
    SourceMisset,
    SourceUnavailable,
)
from documents.sources.http import build_pool, check_url
from documents.sources.kinds.addresses import check_web_address
from documents.sources.kinds.git_packs import MAX_DEPTH, Folders, check_folders, check_pack

CHECKPOINT_EVERY = 500
MAX_PACK_BYTES = 1024 * 1024 * 1024
# Of the names of branches, which Dulwich keeps all of; there are a million in as much.
MAX_REFS_BYTES = 64 * 1024 * 1024
FETCH_SECONDS = 900
_ESCAPED = "bytes:"
# Where a file of a branch is shown, by hosts whose addresses are known.
_LINKS = {
    "github.com": "{base}/blob/{branch}/{path}",
    "gitlab.com": "{base}/-/blob/{branch}/{path}",
}


class Repository:
    def __init__(self, config: Config) -> None:
        check_url(config.address)
        self._config = config
        self._pool = build_pool(config)
        self._folder: TemporaryDirectory[str] | None = None
        self._repository: Any = None
        self._head = b""
        self._branch = ""

    def list_items(self, position: Any, cursor: Any) -> Iterator[Listed]:
        head = self._find_head()
        told = head.decode()
        if cursor == told and position is None:
            yield End(told, is_partial=True)
            return
        self._fetch_head(head)
        from dulwich.object_store import iter_tree_contents  # noqa: PLC0415

        store: Any = Folders(self._repository.object_store)
        check_folders(store, store[head].tree)
        after, count = _decode(position) if position else b"", 0
        # In the order of whole paths, so the last one is all that is needed to go on.
        for entry in iter_tree_contents(store, store[head].tree, max_depth=MAX_DEPTH):
            if entry.path <= after or not stat.S_ISREG(entry.mode):
                continue
            yield self._describe(entry.path, entry.sha.decode(), told)
            count += 1
            if count % CHECKPOINT_EVERY == 0:
                self._config.note_life()
                yield Checkpoint(_encode(entry.path))
        yield End(told)

    def fetch(self, item: Item, file: Writable) -> None:
        if self._repository is None:
            self._fetch_head(self._find_head())
        store, name = self._repository.object_store, item.etag.encode()
        try:
            blob = store[name]
        except KeyError as error:
            if item.metadata.get("commit") == self._head.decode():
                # The server was asked to leave out what is too large.
                raise ItemTooLarge from error
            # The branch has moved on, and the next listing tells where.
            raise ItemGone from error
        for block in blob.as_raw_chunks():
            file.write(block)

    def close(self) -> None:
        if self._repository is not None:
            self._repository.close()
        if self._folder is not None:
            self._folder.cleanup()
        self._pool.close()

    def _find_head(self) -> bytes:
        """Return the newest commit of the branch. Raises a SourceError."""
        wanted = str(self._config.options.get("branch", "")).encode()
        told = self._ask(lambda client, path: client.get_refs(path))
        name = b"refs/heads/" + wanted if wanted else b"HEAD"
        head = told.refs.get(name)
        if head is None:
            raise SourceMisset("There is no such branch, or the repository is empty.")
        symbolic = told.symrefs.get(b"HEAD", b"refs/heads/main")
        branch = wanted or symbolic.removeprefix(b"refs/heads/")
        self._branch = branch.decode(errors="replace")
        return bytes(head)

    def _fetch_head(self, head: bytes) -> None:
        from dulwich.repo import Repo  # noqa: PLC0415

        if self._repository is not None and self._head == head:
            return
        self._folder = TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR)
        repository = Repo.init_bare(self._folder.name)
        with TemporaryFile(dir=self._folder.name) as pack:
            received = 0

            def take(block: bytes) -> int:
                nonlocal received
                received += len(block)
                if received > MAX_PACK_BYTES:
                    raise SourceMisset("The repository is larger than 1 GB.")
                self._config.note_life()
                return pack.write(block)

            self._ask(
                lambda client, path: client.fetch_pack(
                    path,
                    lambda refs, **_others: [head],
                    repository.get_graph_walker(),
                    take,
                    depth=1,
                    filter_spec=self._compose_filter(),
                ),
                MAX_PACK_BYTES + MAX_REFS_BYTES,
            )
            check_pack(pack, self._config.max_bytes, self._config.note_life)
            pack.seek(0)
            self._unpack(repository, pack)
        self._repository, self._head = repository, head

    def _unpack(self, repository: Any, pack: Any) -> None:
        from dulwich.errors import ApplyDeltaError, ChecksumMismatch  # noqa: PLC0415
        from dulwich.pack import UnresolvedDeltas  # noqa: PLC0415

        damages = (ApplyDeltaError, ChecksumMismatch, UnresolvedDeltas, zlib.error)
        try:
            repository.object_store.add_thin_pack(
                pack.read, None, lambda *_: self._config.note_life()
            )
        except (*damages, AssertionError, KeyError, ValueError) as error:
            raise SourceUnavailable("The pack of the repository is damaged.") from error

    def _compose_filter(self) -> bytes | None:
        most = self._config.max_bytes
        return b"blob:limit=%d" % (most + 1) if most else None

    def _ask(self, do: Any, most: int = MAX_REFS_BYTES) -> Any:
        """Ask the server by Dulwich. Raises a SourceError."""
        # Imported here: only such sources need it.
        from dulwich.client import HttpGitClient, HTTPUnauthorized  # noqa: PLC0415
        from dulwich.errors import GitProtocolError, NotGitRepository  # noqa: PLC0415
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        parts = urlsplit(self._config.address)
        bounded: Any = _Bounded(self._pool, most)
        client = HttpGitClient(
            f"{parts.scheme}://{parts.netloc}",
            pool_manager=bounded,
            username=self._config.username or None,
            password=self._config.credential or None,
            quiet=True,
        )
        self._config.note_life()
        try:
            with self._pool.deadline(FETCH_SECONDS):
                return do(client, parts.path.encode())
        except HTTPUnauthorized as error:
            raise CredentialRefused from error
        except NotGitRepository as error:
            raise NotThere("There is no Git repository at this address.") from error
        except (GitProtocolError, HTTPError, OSError, ValueError, AssertionError) as error:
            raise _translate(error) from error

    def _describe(self, path: bytes, sha: str, head: str) -> Item:
        shown = path.decode(errors="replace")
        return Item(
            key=_encode(path),
            path=shown,
            etag=sha,
            link=self._compose_link(shown),
            metadata={"path": shown, "commit": head},
        )

    def _compose_link(self, path: str) -> str:
        parts = urlsplit(self._config.address)
        form = _LINKS.get(parts.hostname or "")
        base = self._config.address.removesuffix("/").removesuffix(".git")
        if not form or not self._branch:
            return ""
        return form.format(base=base, branch=quote(self._branch), path=quote(path))


class _Bounded:
    """A pool whose answers end with an error where more comes than is wanted."""

    def __init__(self, pool: GuardedPool, most: int) -> None:
        self._pool, self._most = pool, most

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    def request(self, method: str, url: str, **options: Any) -> "_Answer":
        response = self._pool.request(method, url, **options)
        return _Answer(response, self._most if method == "POST" else MAX_REFS_BYTES)


class _Answer:
    def __init__(self, response: Any, left: int) -> None:
        self._response, self._left = response, left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._response, name)

    def read(self, size: int | None = None) -> bytes:
        block: bytes = self._response.read(self._left + 1 if size is None else size)
        self._left -= len(block)
        if self._left < 0:
            raise SourceUnavailable("The source's answer is too large.")
        return block


def _translate(error: Exception) -> SourceError:
    if "unexpected http resp 403" in str(error):
        return CredentialRefused()
    return SourceUnavailable("The repository cannot be fetched.")


def _encode(path: bytes) -> str:
    """Return a path as a database can store it, which `_decode` turns back."""
    try:
        text = path.decode()
    except UnicodeDecodeError:
        return _ESCAPED + quote_from_bytes(path)
    return _ESCAPED + quote_from_bytes(path) if text.startswith(_ESCAPED) else text


def _decode(text: str) -> bytes:
    if text.startswith(_ESCAPED):
        return unquote_to_bytes(text.removeprefix(_ESCAPED))
    return text.encode()


def check(config: Config) -> None:
    """Raises ValidationError."""
    check_web_address(config.address)


KIND = Kind(
    name="git",
    title=gettext_lazy("Git repository"),
    hint=gettext_lazy("The files of a branch, over HTTP. Only the newest commit is fetched."),
    open=Repository,
    check=check,
    address_label=gettext_lazy("Address of the repository"),
    address_hint=gettext_lazy("As in https://git.example.org/team/handbook.git."),
    username_label=gettext_lazy("User name"),
    credential_label=gettext_lazy("Password or token"),
    options=(
        Option(
            name="branch",
            label=gettext_lazy("Branch"),
            hint=gettext_lazy("Empty for the repository’s own default."),
        ),
    ),
)
