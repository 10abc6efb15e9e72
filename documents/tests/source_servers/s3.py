"""A bucket of a store that speaks S3."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config

from documents.tests.source_servers import Place, place
from tests.processes import object_store


def make_client(url: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="access",
        aws_secret_access_key="secret",
        config=Config(
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


@place("s3")
def make_bucket(path: Path) -> Iterator[Place]:
    store, bucket = object_store.start_shared(), f"handbooks-{uuid4().hex}"
    store.heal()
    with closing(make_client(store.url)) as client:
        client.create_bucket(Bucket=bucket)

        def write(name: str, text: str) -> None:
            client.put_object(Bucket=bucket, Key=f"team/{name}", Body=text.encode())

        def remove(name: str) -> None:
            client.delete_object(Bucket=bucket, Key=f"team/{name}")

        def move(name: str, to: str) -> None:
            body = client.get_object(Bucket=bucket, Key=f"team/{name}")["Body"].read()
            write(to, body.decode())
            remove(name)

        def refuse(refused: bool) -> None:
            if refused:
                fault = object_store.Fault("GET", status=403, code="InvalidAccessKeyId", times=1000)
                store.fail(fault)
            else:
                store.heal()

        fields = {
            "address": f"s3://{bucket}/team/",
            "username": "access",
            "credential": "secret",
            "options": {"endpoint": store.url, "region": "us-east-1"},
        }
        yield Place("s3", fields, write, remove, move, refuse)
