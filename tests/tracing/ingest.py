"""A server on loopback that speaks LangSmith's ingest API and keeps the runs it is sent."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import zstandard

Run = dict[str, Any]

LIMITS = {"size_limit": 100, "size_limit_bytes": 20_971_520, "scale_up_qsize_trigger": 1000}
THREADS = {"scale_up_nthreads_limit": 16, "scale_down_nempty_trigger": 4}


class Ingest:
    """Runs by id, as the client's posts and patches make them, and the bodies they came in.

    Args:
        multipart: Whether clients may send multipart bodies; else they send batches in JSON.
        zstd: Whether clients may compress them.
    """

    def __init__(self, *, multipart: bool = True, zstd: bool = True) -> None:
        self.multipart, self.zstd = multipart, zstd
        self.runs: dict[str, Run] = {}
        self.paths: list[str] = []
        self.bodies: list[bytes] = []
        self.faults: list[Exception] = []
        self._lock = threading.Lock()

    def info(self) -> dict[str, Any]:
        """What `GET /info` says of the server."""
        config = {"use_multipart_endpoint": self.multipart, **LIMITS, **THREADS}
        flags = {"zstd_compression_enabled": self.zstd}
        return {"version": "0.12.0", "batch_ingest_config": config, "instance_flags": flags}

    def take(self, method: str, path: str, headers: Any, body: bytes) -> None:
        """Take a request that brings runs; the dev server also posts statistics, which are let go."""
        if not path.startswith("/runs"):
            return
        if headers.get("Content-Encoding") == "zstd":
            body = zstandard.ZstdDecompressor().stream_reader(body).read()
        with self._lock:
            self.paths.append(f"{method} {path}")
            self.bodies.append(body)
            if path == "/runs/multipart":
                self._take_parts(headers["Content-Type"], body)
            elif path == "/runs/batch":
                batch = json.loads(body)
                for run in [*batch.get("post", ()), *batch.get("patch", ())]:
                    self._merge(run["id"], run)
            else:
                run = json.loads(body)
                self._merge(run.get("id") or path.removeprefix("/runs/"), run)

    def _take_parts(self, content_type: str, body: bytes) -> None:
        message = BytesParser().parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
        for part in message.get_payload():
            _, run_id, *field = part.get_param("name", header="content-disposition").split(".")
            content = json.loads(part.get_payload(decode=True))
            self._merge(run_id, {field[0]: content} if field else content)

    def _merge(self, run_id: str, run: Run) -> None:
        """A patch replaces what it names; what it leaves empty stays."""
        self.runs.setdefault(run_id, {}).update({key: value for key, value in run.items() if value is not None})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def do_GET(self) -> None:
        self._reply(self.server.ingest.info() if self.path == "/info" else {})

    def do_POST(self) -> None:
        try:
            self.server.ingest.take(self.command, self.path, self.headers, self._body())
        except Exception as error:
            self.server.ingest.faults.append(error)
            raise
        self._reply({}, 202)

    do_PATCH = do_POST

    def _body(self) -> bytes:
        if (length := self.headers.get("Content-Length")) is not None:
            return self.rfile.read(int(length))
        body = b""
        while size := int(self.rfile.readline(), 16):  # a compressed body comes in chunks
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _reply(self, content: Any, status: int = 200) -> None:
        text = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(ingest: Ingest) -> Iterator[str]:
    """Serve it; gives the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.ingest = ingest  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
