"""A bucket of a store that speaks S3."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from documents.tests.source_servers import Place, place
from tests.processes import object_store

BUCKET = "handbooks"


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
    with object_store.running() as store:
        client = make_client(store.url)
        client.create_bucket(Bucket=BUCKET)

        def write(name: str, text: str) -> None:
            client.put_object(Bucket=BUCKET, Key=f"team/{name}", Body=text.encode())

        def remove(name: str) -> None:
            client.delete_object(Bucket=BUCKET, Key=f"team/{name}")

        def move(name: str, to: str) -> None:
            body = client.get_object(Bucket=BUCKET, Key=f"team/{name}")["Body"].read()
            write(to, body.decode())
            remove(name)

        def refuse(refused: bool) -> None:
            if refused:
                fault = object_store.Fault("GET", status=403, code="InvalidAccessKeyId", times=1000)
                store.fail(fault)
            else:
                store.heal()

        fields = {
            "address": f"s3://{BUCKET}/team/",
            "username": "access",
            "credential": "secret",
            "options": {"endpoint": store.url, "region": "us-east-1"},
        }
        yield Place("s3", fields, write, remove, move, refuse)
        client.close()
