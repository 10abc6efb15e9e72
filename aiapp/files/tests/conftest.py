from collections.abc import Callable, Iterator

import pytest

from aiapp.files.bucket import Bucket
from tests.processes import object_store
from tests.processes.object_store import ObjectStore


@pytest.fixture(scope="package")
def server() -> Iterator[ObjectStore]:
    with object_store.running() as running:
        object_store.make_bucket(running)
        yield running


@pytest.fixture
def store(server: ObjectStore) -> ObjectStore:
    """The server, which has been asked nothing so far and has no fault."""
    server.heal()
    return server


@pytest.fixture
def open_bucket(store: ObjectStore) -> Callable[..., Bucket]:
    return lambda **others: Bucket(**describe(store) | others)


def describe(server: ObjectStore) -> dict[str, str]:
    """Return the options of a bucket there."""
    return {
        "bucket_name": object_store.BUCKET,
        "endpoint_url": server.url,
        "region_name": "us-east-1",
        "location": "",
        "access_key": "key",
        "secret_key": "secret",
        "addressing_style": "path",
    }


@pytest.fixture(scope="package")
def shared_bucket(server: ObjectStore) -> Bucket:
    """To make a client takes as long as ten tests."""
    return Bucket(**describe(server))


@pytest.fixture
def bucket(shared_bucket: Bucket, store: ObjectStore) -> Bucket:
    return shared_bucket
