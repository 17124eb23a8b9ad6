"""Documents in an S3-compatible bucket: what ``STORAGES["documents"]`` uses when a company names one.

An object is whole or not there, and answered only when it is kept. Whatever goes wrong on the way is an ``OSError``, as
with files: the library's own errors are known here and nowhere else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage
from urllib3.exceptions import HTTPError

from documents.storage.stores import StoredFile

CONNECT, READ = 5, 20
"""Seconds until a server that does not answer counts as away."""
ATTEMPTS = 2
"""Of one request; later tries are the outbox's."""
_ABSENT = {"NoSuchKey", "404"}


class BucketError(OSError):
    """The bucket's server refused, failed or was not there."""


@contextmanager
def _as_os_error(name: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _ABSENT:
            raise FileNotFoundError(f"{name} is not in the bucket") from error
        raise BucketError(f"{name}: {error}") from error
    except (BotoCoreError, Boto3Error, HTTPError) as error:
        raise BucketError(f"{name}: {error}") from error


class _Reading(File[bytes]):
    """An object while it is read; nothing of it is kept in memory or on disk."""

    def __init__(self, name: str, answer: dict[str, Any]) -> None:
        super().__init__(answer["Body"], name)
        self._body = answer["Body"]
        self.size = answer["ContentLength"]

    def read(self, count: int = -1) -> bytes:
        """So many bytes, or all that are left."""
        with _as_os_error(str(self.name)):
            content: bytes = self._body.read(count if count >= 0 else None)
        return content

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """All of it in order; it is read once."""
        while chunk := self.read(chunk_size or self.DEFAULT_CHUNK_SIZE):
            yield chunk


class Bucket(S3Storage):
    """One bucket, or the part of it whose names begin with ``location``."""

    def __init__(self, **options: Any) -> None:
        patience = Config(
            connect_timeout=CONNECT,
            read_timeout=READ,
            retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
            s3={"addressing_style": "path" if options.get("endpoint_url") else "auto"},
        )
        super().__init__(
            file_overwrite=True, client_config=patience, transfer_config=TransferConfig(use_threads=False), **options
        )

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        if mode != "rb":
            raise ValueError("objects are saved whole and only read afterwards")
        with _as_os_error(name):
            return _Reading(name, self.bucket.Object(self._normalize_name(name)).get())

    def _save(self, name: str, content: File[bytes]) -> str:
        with _as_os_error(name):
            saved: str = super()._save(name, content)
        return saved

    def delete(self, name: str) -> None:
        """Take an object away; one that is not there is away."""
        with _as_os_error(name):
            super().delete(name)

    def exists(self, name: str) -> bool:
        """Whether there is such an object."""
        with _as_os_error(name):
            found: bool = super().exists(name)
        return found

    def check(self) -> None:
        """The bucket is there and tells what it holds."""
        with _as_os_error(self.location or "the bucket"):
            list(self.bucket.objects.filter(Prefix=self.location).limit(1))

    def stored_files(self) -> Iterator[StoredFile]:
        """Every object under the location, in the order of their names."""
        start = f"{self.location.rstrip('/')}/" if self.location else ""
        with _as_os_error(start):
            for found in self.bucket.objects.filter(Prefix=start):
                yield StoredFile(found.key.removeprefix(start), found.size, found.last_modified)
