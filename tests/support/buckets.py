"""A server that speaks S3 on loopback, for the length of one test."""

from http.client import HTTPConnection
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

NAME = "papers"


class BucketServer:
    """Moto's server with one bucket; ``stop`` takes it away, as an outage would."""

    def __init__(self) -> None:
        self._server: ThreadedMotoServer | None = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.url = f"http://{host}:{port}"
        reset = HTTPConnection(host, port)  # Its memory is the process's, from one server to the next.
        reset.request("POST", "/moto-api/reset")
        reset.getresponse().read()  # Else it would forget the bucket that is made next.
        reset.close()
        self.client: Any = boto3.client("s3", endpoint_url=self.url, region_name="eu-central-1")
        self.client.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})

    @property
    def options(self) -> dict[str, Any]:
        """What the storage is told; names begin with a prefix."""
        return {
            "bucket_name": NAME,
            "location": "offset/documents",
            "endpoint_url": self.url,
            "region_name": "eu-central-1",
        }

    def names(self) -> list[str]:
        """The keys of all objects."""
        found = self.client.list_objects_v2(Bucket=NAME).get("Contents", [])
        return sorted(each["Key"] for each in found)

    def stop(self) -> None:
        """End it; a second time does nothing."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()
