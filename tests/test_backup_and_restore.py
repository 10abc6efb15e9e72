"""A backup of a site, brought back elsewhere, is the same site; what is not empty is spared."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from psycopg import connect

from tests import site
from tests.site import ROOT

pytestmark = pytest.mark.process

ENCRYPT, DECRYPT = r"tr '\000-\377' '\001-\377\000'", r"tr '\001-\377\000' '\000-\377'"
FILE = "documents/a-file"
TEXT = "The harbour opens at seven."
ROWS = """
WITH person AS (
    INSERT INTO accounts_user (id, username, email, password, is_superuser, is_staff, is_active,
                               first_name, last_name, date_joined)
    VALUES (gen_random_uuid(), 'ann', '', '', false, false, true, '', '', now()) RETURNING id
), shelf AS (
    INSERT INTO documents_collection (id, owner_id, name, created)
    SELECT gen_random_uuid(), id, 'Papers', now() FROM person RETURNING id
), paper AS (
    INSERT INTO documents_document (id, collection_id, title, created)
    SELECT gen_random_uuid(), id, 'Harbour', now() FROM shelf RETURNING id
), upload AS (
    INSERT INTO documents_version (id, document_id, number, file, filename, media_type, size,
        sha256, state, stage, done, total, pages, chunk_count, paged, failure_code,
        failure_message, attempt)
    SELECT gen_random_uuid(), id, 1, %(file)s, 'harbour.txt', 'text/plain', %(length)s, '',
        'ready', 'done', 1, 1, 1, 1, false, '', '', 1 FROM paper RETURNING id, document_id
)
INSERT INTO documents_chunk (id, version_id, ordinal, start, "end", text, words)
SELECT gen_random_uuid(), id, 0, 0, %(length)s, %(text)s, to_tsvector('simple', %(text)s)
FROM upload
"""
PUBLISH = """
UPDATE documents_document AS d SET current_id = v.id
FROM documents_version AS v WHERE v.document_id = d.id
"""


def run(program: str, *arguments: str, data: Path) -> "subprocess.CompletedProcess[str]":
    """Run a script of deploy/ for the embedded site of a folder."""
    outside = ("DATABASE_URL", "REDIS_URL", "DATA_DIR", "SECRET_KEY", "DJANGO_SETTINGS_MODULE")
    kept = {name: value for name, value in os.environ.items() if name not in outside}
    return subprocess.run(
        [sys.executable, str(ROOT / "deploy" / program), "--embedded", *arguments],
        env=kept | {"DATA_DIR": str(data), "VENV": sys.prefix, "SECRET_KEY": "of-this-test" * 4},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose embedded database has a person, a document and its file."""
    data = tmp_path_factory.mktemp("original")
    (data / "files/documents").mkdir(parents=True)
    (data / "files" / FILE).write_text(TEXT)
    environment = {**os.environ, "DATA_DIR": str(data)}
    holder = subprocess.Popen(
        [sys.executable, "manage.py", "with_database"],
        cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    facts = json.loads(holder.stdout.readline())
    dump = subprocess.run(
        [f"{facts['bin']}/pg_dump", "--format", "custom", "--dbname",
         os.environ["DATABASE_URL"].replace("/aiapp?", f"/{site.make_template()}?")],
        capture_output=True, check=True,
    )  # fmt: skip
    target = ["--host", facts["socket"], "--username", "postgres", "--dbname", "aiapp"]
    restore = [f"{facts['bin']}/pg_restore", "--no-comments", "--clean", "--if-exists", *target]
    subprocess.run(restore, input=dump.stdout, check=True)
    with connect(host=facts["socket"], user="postgres", dbname="aiapp") as connection:
        values = {"file": FILE, "text": TEXT, "length": len(TEXT)}
        connection.execute(ROWS, values)
        connection.execute(PUBLISH)
    holder.communicate()
    return data


@pytest.fixture(scope="module")
def backup(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = str(tmp_path_factory.mktemp("backups"))
    done = run("backup", "--encrypt", ENCRYPT, folder, data=original)
    assert done.returncode == 0, done.stderr
    return Path(done.stderr.split()[-1])


@pytest.fixture(scope="module")
def copy(backup: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("copy")
    done = run("restore", "--decrypt", DECRYPT, str(backup), data=data)
    assert done.returncode == 0, done.stderr
    return data


def test_a_backup_names_secrets_and_holds_none(backup: Path) -> None:
    text = (backup / "manifest.json").read_text()
    assert "SECRET_KEY" in json.loads(text)["secrets"]
    assert "of-this-test" not in text
    assert TEXT not in text


def test_a_copy_has_the_same_files_and_is_found_by_search(copy: Path, backup: Path) -> None:
    assert (copy / "files" / FILE).read_text() == TEXT
    sample = json.loads((backup / "manifest.json").read_text())["inventory"]["sample"]
    assert len(sample["passages"]) == 1


def test_a_backup_leaves_nothing_behind(backup: Path, original: Path) -> None:
    assert not (original / "backup").exists()


def test_a_site_that_holds_something_is_not_overwritten(copy: Path, backup: Path) -> None:
    done = run("restore", "--decrypt", DECRYPT, str(backup), data=copy)
    assert done.returncode == 1
    assert "not empty" in done.stderr
    assert (copy / "files" / FILE).exists()


def test_a_damaged_backup_is_refused(copy: Path, backup: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for part in backup.iterdir():
        (damaged / part.name).write_bytes(part.read_bytes())
    (damaged / "files.tar").write_bytes(b"something else")
    done = run("restore", "--force", str(damaged), data=copy)
    assert done.returncode == 1
    assert "not what was written" in done.stderr


def test_a_backup_of_a_later_release_is_refused(copy: Path, backup: Path, tmp_path: Path) -> None:
    later = tmp_path / "later"
    later.mkdir()
    for part in backup.iterdir():
        (later / part.name).write_bytes(part.read_bytes())
    manifest = json.loads((backup / "manifest.json").read_text()) | {"version": "9.1.0"}
    (later / "manifest.json").write_text(json.dumps(manifest))
    done = run("restore", "--force", str(later), data=copy)
    assert done.returncode == 1
    assert "9.1.0" in done.stderr


def test_an_encrypted_backup_is_not_opened_without_its_key(copy: Path, backup: Path) -> None:
    """The filter of this test hides little, but it makes something else of the dump."""
    assert not (backup / "database.dump").read_bytes().startswith(b"PGDMP")
    done = run("restore", "--force", str(backup), data=copy)
    assert done.returncode == 1
    assert "--decrypt" in done.stderr
