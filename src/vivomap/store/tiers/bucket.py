"""A bucket of an S3-compatible store, through fsspec and s3fs, which are optional.

Credentials come from the environment or from the user's own credentials file, never from a policy or the command line,
and no metadata service of a cloud is asked. An object appears whole or not at all: that is what such a store promises
for a single and for a multipart upload. Each carries its SHA-256, so that the same content is not sent twice.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from vivomap.core import Refusal
from vivomap.store.tiers.content import PIECE, Content
from vivomap.store.tiers.policy import S3, Tier

PART = 8 << 20  # bytes of one part of a large upload; S3 wants 5 MiB at least
DIGEST = "sha256"
ONLINE = ("iam-role", "container-role")  # sources of credentials that would ask the network
FROM_FILE = "shared-credentials-file"
PATIENCE = {"connect_timeout": 5, "read_timeout": 60, "retries": {"max_attempts": 2, "mode": "standard"}}
Given = TypeVar("Given")


@dataclass(frozen=True, eq=False, repr=False)
class Bucket:
    """Objects below bucket/path; `files` is the file system of s3fs, `fault` what its client raises."""

    root: str
    files: Any
    fault: type[Exception] = OSError

    def put(self, name: str, content: Content, again: bool = False) -> bool:
        """Send an object; gives whether it was sent, since the same content may be there already.

        Raises Refusal `place_away` or `cannot_write`.
        """
        path, known = f"{self.root}/{name}", {DIGEST: content.digest}
        if not again and self._held(path) == (content.digest, content.size):
            return False
        if isinstance(content.body, Path):
            source = str(content.body)
            self._done(lambda: self.files.put_file(source, path, chunksize=PART, max_concurrency=1, Metadata=known))
        else:
            self._done(lambda: self.files.pipe_file(path, content.body, Metadata=known))
        return True

    def read(self, name: str) -> Iterator[bytes] | None:
        """The bytes of an object, a piece at a time; None if it is not there."""
        path = f"{self.root}/{name}"
        try:
            file = self._asked(lambda: self.files.open(path, "rb", block_size=PART, cache_type="readahead"))
        except FileNotFoundError:
            return None
        return self._pieces(file)

    def names(self, prefix: str) -> tuple[str, ...]:
        """Every object below a prefix."""
        found = self._done(lambda: self.files.find(f"{self.root}/{prefix}"))
        return tuple(sorted(path.removeprefix(f"{self.root}/") for path in found))

    def _pieces(self, file: Any) -> Iterator[bytes]:
        with file:
            while piece := self._asked(lambda: file.read(PIECE)):
                yield piece

    def _held(self, path: str) -> tuple[str, int] | None:
        """Hash and size of what is there, by the store's own word; None if nothing is."""
        bucket, _, key = path.partition("/")
        try:
            said = self._asked(lambda: self.files.call_s3("head_object", Bucket=bucket, Key=key))
        except FileNotFoundError:
            return None
        return str(said["Metadata"].get(DIGEST, "")), int(said["ContentLength"])

    def _done(self, ask: Callable[[], Given]) -> Given:
        """An answer that asks for no object by name: if something is not there, it is the bucket."""
        try:
            return self._asked(ask)
        except FileNotFoundError:
            summary, expected = "the bucket is not there", "a bucket that was made before"
            raise Refusal("place_away", summary, where=S3 + self.root, expected=expected) from None

    def _asked(self, ask: Callable[[], Given]) -> Given:
        """An answer of the store. Raises Refusal, or FileNotFoundError where there is no such object."""
        try:
            return ask()
        except FileNotFoundError:
            raise
        except PermissionError as error:
            raise Refusal(
                "cannot_write",
                "the store did not let us in",
                where=S3 + self.root,
                found=type(error.__cause__ or error).__name__,
                expected="credentials that may read and write there",
            ) from None
        except (OSError, self.fault) as error:
            found = type(error.__cause__ or error).__name__
            raise Refusal("place_away", "the store cannot be reached", where=S3 + self.root, found=found) from None


def open_bucket(tier: Tier) -> Bucket:
    """The bucket of a tier. Raises Refusal `library_absent`, `no_credentials` or `credentials_open`."""
    if importlib.util.find_spec("s3fs") is None:
        raise Refusal("library_absent", "an S3 store needs s3fs, which is not installed", found="no s3fs")
    library = importlib.import_module("s3fs")
    key, secret, token = _credentials(tier)
    files = library.S3FileSystem(
        key=key,
        secret=secret,
        token=token,
        endpoint_url=tier.endpoint or None,
        config_kwargs=PATIENCE,
        skip_instance_cache=True,
        use_listings_cache=False,
    )
    fault: type[Exception] = importlib.import_module("botocore.exceptions").BotoCoreError
    return Bucket(tier.to.removeprefix(S3), files, fault)


def _credentials(tier: Tier) -> tuple[str, str, str | None]:
    """Key, secret and token from the environment or the user's files."""
    session = importlib.import_module("botocore.session").Session(profile=tier.profile or None)
    faults = importlib.import_module("botocore.exceptions")
    try:
        chain = session.get_component("credential_provider")
        for source in ONLINE:
            chain.remove(source)
        found = session.get_credentials()
    except faults.ProfileNotFound:
        found = None
    if found is None:
        expected = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a credentials file"
        raise Refusal("no_credentials", "there are no credentials for this store", where=tier.to, expected=expected)
    if found.method == FROM_FILE:
        _own(Path(session.get_config_variable("credentials_file")).expanduser())
    frozen = found.get_frozen_credentials()
    return frozen.access_key, frozen.secret_key, frozen.token


def _own(path: Path) -> None:
    """Raises Refusal `credentials_open` if others can read the credentials of this user."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077 and os.name == "posix":
        summary = "others can read the credentials of this user"
        raise Refusal("credentials_open", summary, where=str(path), found=f"mode {mode:04o}", expected="0600")
