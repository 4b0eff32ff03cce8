"""An S3-compatible store on a free port of this machine, with an empty bucket; credentials in the environment alone."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Iterator
from typing import Any

import pytest

BUCKET = "research"
ID, SECRET = "AKIDVIVOMAPCANARY", "canary-secret-of-the-store"
UNSET = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL")


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The address of the store; without moto the test skips, and in CI fails."""
    if importlib.util.find_spec("moto") is None or importlib.util.find_spec("s3fs") is None:
        how = "no store for tests: pip install 'moto[server,s3]' s3fs"
        pytest.fail(f"in CI it must be there; {how}") if os.environ.get("CI") else pytest.skip(how)
    server = importlib.import_module("moto.server").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket_store(
    s3_endpoint: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """Another client of the store, and an empty bucket."""
    for name in UNSET:
        monkeypatch.delenv(name, raising=False)
    nowhere = str(tmp_path_factory.mktemp("aws") / "none")
    words = {"SHARED_CREDENTIALS_FILE": nowhere, "CONFIG_FILE": nowhere, "DEFAULT_REGION": "us-east-1"}
    for name, word in {**words, "ACCESS_KEY_ID": ID, "SECRET_ACCESS_KEY": SECRET}.items():
        monkeypatch.setenv(f"AWS_{name}", word)
    client = importlib.import_module("boto3").client("s3", endpoint_url=s3_endpoint)
    try:
        client.create_bucket(Bucket=BUCKET)
        yield client
        for one in client.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
            client.delete_object(Bucket=BUCKET, Key=one["Key"])
        client.delete_bucket(Bucket=BUCKET)
    finally:
        client.close()
