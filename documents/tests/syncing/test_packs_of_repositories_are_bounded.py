"""Packs of Git that would unpack to more than a worker holds are refused before they do."""

import hashlib
import subprocess
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from accounts.models import User
from documents.models import SourceItem
from documents.sources.errors import SourceMisset, SourceUnavailable
from documents.sources.kinds import git_packs
from documents.sources.kinds.git_packs import check_pack
from documents.tests.source_servers import PLACES, Place
from documents.tests.source_servers.git import GIT
from documents.tests.sources import make_source, run, titles

pytestmark = pytest.mark.django_db(transaction=True)

Git = Callable[..., str]
MB = 1024 * 1024
BLOB, OFS, REF = 3, 6, 7


def number(value: int) -> bytes:
    """A size as changes tell it."""
    said = b""
    while value > 0x7F:
        said, value = said + bytes([value & 0x7F | 0x80]), value >> 7
    return said + bytes([value])


def an_object(kind: int, content: bytes, size: int | None = None, base: bytes = b"") -> bytes:
    """An object of a pack, which may say of itself what is not true."""
    told = len(content) if size is None else size
    head, rest = [kind << 4 | told & 15], told >> 4
    while rest:
        head[-1] |= 0x80
        head.append(rest & 0x7F)
        rest >>= 7
    return bytes(head) + base + zlib.compress(content)


def change(made: int, before: int = 1) -> bytes:
    """A change that makes an object of a size out of another."""
    return number(before) + number(made) + b"\x01x"


def a_pack(*objects: bytes, count: int | None = None) -> bytes:
    told = len(objects) if count is None else count
    content = b"PACK" + (2).to_bytes(4) + told.to_bytes(4) + b"".join(objects)
    return content + hashlib.sha1(content, usedforsecurity=False).digest()


def check(pack: bytes, max_bytes: int = 0) -> None:
    with TemporaryFile() as file:
        file.write(pack)
        check_pack(file, max_bytes, lambda: None)


def test_a_pack_as_git_makes_it_is_let_through(place: Place, git: Git, tmp_path: Path) -> None:
    text = "\n".join(f"{line} {line * 7919}" for line in range(5_000))
    for version in range(5):
        place.write("long.txt", text.replace("99", f"version {version}"))
    git("repack", "-adfq", "--depth=50")
    (pack,) = (tmp_path / "served/handbook.git/.git/objects/pack").glob("*.pack")
    content = pack.read_bytes()
    # Five of them in the room of one and a bit: changes of one another.
    assert len(content) < len(zlib.compress(text.encode())) * 2
    check(content)
    with pytest.raises(SourceUnavailable, match="damaged"):
        check(content[: len(content) // 2])


HUGE = 100 * 1024**3
ORDINARY = an_object(BLOB, b"x")
MISSET: dict[str, tuple[bytes, str]] = {
    "an object that says 100 GB": (a_pack(an_object(BLOB, b"x", HUGE)), "more than 256 MB"),
    "a change that says 100 GB": (
        a_pack(ORDINARY, an_object(OFS, change(HUGE), base=bytes([len(ORDINARY)]))),
        "more than 256 MB",
    ),
    "a change of what is elsewhere": (
        a_pack(an_object(REF, change(HUGE), base=b"x" * 20)),
        "more than 256 MB",
    ),
    "changes of changes": (
        a_pack(
            ORDINARY,
            *(
                an_object(OFS, change(200 * MB), base=bytes([len(each)]))
                for each in [ORDINARY, *[an_object(OFS, change(200 * MB), base=b"\x00")] * 9]
            ),
        ),
        "too deeply",
    ),
    "changes that name no place": (
        a_pack(*[an_object(REF, change(200 * MB), base=b"x" * 20)] * 9),
        "too deeply",
    ),
    "4,000,000,000 objects": (a_pack(count=4_000_000_000), "a million files"),
}
SHORT = an_object(BLOB, b"x" * 1000)
DAMAGED = {
    "nothing": b"PACK",
    "no pack": b"x" * 100,
    "an object that is longer than it says": a_pack(an_object(BLOB, b"x" * 1000, 999)),
    "an object that is shorter than it says": a_pack(an_object(BLOB, b"x" * 1000, 1001)),
    "an object that breaks off": a_pack(SHORT[:10], count=1)[:-20],
    "fewer objects than it says": a_pack(SHORT, count=5),
    "a size without end": a_pack(b"\xff" * 1000),
    "a change without sizes": a_pack(an_object(REF, b"\xff", base=b"x" * 20)),
    "no zlib": a_pack(b"\x31" + b"y" * 50),
}


@pytest.mark.parametrize("name", MISSET)
def test_what_would_be_too_much_is_refused_unread(name: str) -> None:
    pack, reason = MISSET[name]
    with pytest.raises(SourceMisset, match=reason):
        check(pack)


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_pack_is_said_to_be_that(name: str) -> None:
    with pytest.raises(SourceUnavailable, match="damaged"):
        check(DAMAGED[name])


def test_all_together_are_bounded_and_an_object_may_be_as_large_as_a_file() -> None:
    many = [an_object(BLOB, b"x", size=3)] * 3
    with pytest.raises(SourceUnavailable):
        check(a_pack(*many))
    with pytest.raises(SourceMisset, match="more than 400 MB"):
        check(a_pack(an_object(BLOB, b"", 401 * MB)), 400 * MB)


def test_it_holds_no_object_while_it_looks() -> None:
    pack = a_pack(an_object(BLOB, bytes(64 * MB)))
    assert len(pack) < MB
    tracemalloc.start()
    try:
        check(pack)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 8 * MB


@pytest.fixture
def place(settings, storage: Path, tmp_path: Path) -> Iterator[Place]:
    settings.SOURCE_PRIVATE_NETWORKS = [ip_network("127.0.0.0/8")]
    with PLACES["git"](tmp_path) as place:
        yield place


@pytest.fixture
def git(place: Place, tmp_path: Path) -> Git:
    """Git itself, in the repository of the place."""

    def call(*arguments: str, told: str = "") -> str:
        named = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        done = subprocess.run(
            [GIT, "-C", str(tmp_path / "served" / "handbook.git"), *named, *arguments],
            input=told.encode(), check=True, capture_output=True,
        )  # fmt: skip
        return done.stdout.decode().strip()

    return call


def test_a_repository_whose_pack_is_too_much_waits_for_a_person(
    alice: User, place: Place, monkeypatch
) -> None:
    monkeypatch.setattr(git_packs, "MAX_OBJECT_BYTES", MB)
    place.write("a.md", "Short.")
    place.write("zeros.txt", "0" * (2 * MB))
    source = run(make_source(alice, "git", **place.fields, max_megabytes=1))
    assert (source.state, source.error_code) == ("stopped", "source_misset")
    assert source.error == "The repository has a file of more than 1 MB."


def test_a_file_that_the_server_may_leave_out_holds_up_no_other(
    alice: User, place: Place, git: Git
) -> None:
    git("config", "uploadpack.allowFilter", "true")
    place.write("a.md", "Short.")
    place.write("zeros.txt", "0" * (2 * MB))
    source = run(make_source(alice, "git", **place.fields, max_megabytes=1))
    assert titles(source) == ["a.md"]
    failed = source.items.get(state=SourceItem.State.SKIPPED)
    assert (failed.path, failed.code) == ("zeros.txt", "too_large")


def test_a_folder_that_stands_in_others_again_and_again_is_left(
    alice: User, place: Place, git: Git
) -> None:
    """Ten folders of which each holds the next ten times are 10,000,000,000 files."""
    held = f"100644 blob {git('hash-object', '-w', '--stdin', told='x')}"
    for _ in range(10):
        lines = "".join(f"{held}\t{name}\n" for name in range(10))
        held = f"040000 tree {git('mktree', told=lines)}"
    commit = git("commit-tree", held.split()[-1], "-m", "x")
    git("update-ref", "refs/heads/bomb", commit)
    source = make_source(alice, "git", **place.fields, options={"branch": "bomb"})
    source = run(source)
    assert (source.state, source.error) == ("stopped", git_packs.TOO_MANY_FILES)
