"""The download and the archive, against a real HTTP server on the loopback address that misbehaves in every way."""

import contextlib
import gzip
import hashlib
import io
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from birds import archive
from birds.archive import Archive, UnreachableError
from birds.errors import SourceError

FOLDER = "cifar-10-batches-py"
CONTENT = bytes(range(256)) * 300
STALL_SECONDS = 0.5

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


def tar_gz(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return file.getvalue()


def member(name: str, content: bytes = CONTENT, kind: bytes = tarfile.REGTYPE) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = "/etc/passwd"
    return info, content


GOOD = tar_gz(member(f"{FOLDER}/readme.html", b"hello"), member(f"{FOLDER}/data_batch_1"))


def describe(content: bytes, size: int | None = None) -> Archive:
    return Archive(
        name="archive.tar.gz",
        size=len(content) if size is None else size,
        md5=hashlib.md5(content).hexdigest(),  # noqa: S324  the official digest is an MD5
        folder=FOLDER,
        unpacked_size_max=1_000_000,
    )


def send(handler: BaseHTTPRequestHandler, content: bytes, code: int = 200, length: int | None = None) -> None:
    handler.send_response(code)
    handler.send_header("Content-Length", str(len(content) if length is None else length))
    handler.end_headers()
    handler.wfile.write(content)


def stall(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    send(handler, content[:100], length=len(content))
    time.sleep(3 * STALL_SECONDS)


def endless(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(1000):
        handler.wfile.write(b"\0" * len(content))


ANSWERS: dict[str, Answer] = {
    "good": send,
    "404": lambda handler, _: send(handler, b"not found", 404),
    "500": lambda handler, _: send(handler, b"broken", 500),
    "cut": lambda handler, content: send(handler, content[:-100], length=len(content)),
    "stall": stall,
    "other bytes": lambda handler, content: send(handler, content[:-1] + b"?"),
    "html": lambda handler, _: send(handler, b"<html>Please log in to this network</html>"),
    "endless": endless,
}


class Server:
    """Answers the n-th request as the n-th word of its script says, and the last word from then on."""

    def __init__(self, content: bytes, *script: str) -> None:
        self.requests = 0

        class Handler(BaseHTTPRequestHandler):
            def do_GET(handler) -> None:  # noqa: N805
                answer = script[min(self.requests, len(script) - 1)]
                self.requests += 1
                with contextlib.suppress(OSError):  # the client may have gone
                    ANSWERS[answer](handler, content)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_address[1]}/"
        threading.Thread(target=self.http.serve_forever, args=[0.01], daemon=True).start()


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("pooch.core.time", SimpleNamespace(sleep=lambda _: None))  # its back-off takes seconds
    servers: list[Server] = []

    def start(*script: str, content: bytes = GOOD) -> Server:
        servers.append(Server(content, *script))
        return servers[-1]

    yield start
    for server in servers:
        server.http.shutdown()
        server.http.server_close()


def fetch(cache: Path, *mirrors: str, content: bytes = GOOD) -> Path:
    return archive.download(cache, describe(content), mirrors, STALL_SECONDS)


@pytest.mark.parametrize("bad", ["404", "500", "cut", "stall", "other bytes", "html", "endless"])
def test_a_failure_that_passes_is_tried_again(tmp_path: Path, serve: Callable[..., Server], bad: str) -> None:
    server = serve(bad, bad, "good")
    path = fetch(tmp_path / "cache", server.address)
    assert path.read_bytes() == GOOD
    assert server.requests == 3
    assert fetch(tmp_path / "cache", server.address) == path
    assert server.requests == 3, "it is fetched once"
    assert [file.name for file in path.parent.iterdir()] == ["archive.tar.gz"]


@pytest.mark.parametrize("bad", ["404", "500", "cut", "stall", "other bytes", "html", "endless"])
def test_the_next_mirror_is_taken(tmp_path: Path, serve: Callable[..., Server], bad: str) -> None:
    first, second = serve(bad), serve("good")
    assert fetch(tmp_path, first.address, second.address).read_bytes() == GOOD


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("404", "answers 404"),
        ("500", "answers 500"),
        ("cut", "cannot be reached or breaks off"),
        ("stall", "cannot be reached or breaks off"),
    ],
)
def test_no_mirror_answers(tmp_path: Path, serve: Callable[..., Server], bad: str, reason: str) -> None:
    server = serve(bad)
    start = time.monotonic()
    with pytest.raises(UnreachableError) as caught:
        fetch(tmp_path, server.address)
    assert f"{server.address} {reason}" in str(caught.value)
    assert time.monotonic() - start < 10
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bad", ["other bytes", "html", "endless"])
def test_wrong_bytes_are_an_error_that_names_the_mirror(tmp_path: Path, serve: Callable[..., Server], bad: str) -> None:
    wrong, missing = serve(bad), serve("404")
    with pytest.raises(SourceError) as caught:
        fetch(tmp_path, wrong.address, missing.address)
    assert not isinstance(caught.value, UnreachableError), "never a reason to fall back to the stand-in"
    assert f"{wrong.address} serves other bytes than the official archive's" in str(caught.value)
    assert f"{missing.address} answers 404" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("serve")
def test_nobody_listens(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:9/ cannot be reached"):
        archive.download(tmp_path, describe(GOOD), ["http://127.0.0.1:9/"])


def read(tmp_path: Path, content: bytes) -> dict[str, bytes]:
    path = tmp_path / "archive.tar.gz"
    path.write_bytes(content)
    found = archive.read_members(path, ["data_batch_1"], describe(content))
    assert list(tmp_path.iterdir()) == [path]
    return found


def test_a_member_is_read_by_its_exact_name(tmp_path: Path) -> None:
    decoys = [f"../{FOLDER}/data_batch_1", f"/{FOLDER}/data_batch_1", f"{FOLDER}/data_batch_10", "data_batch_1"]
    content = tar_gz(*(member(name, b"decoy") for name in decoys), member(f"{FOLDER}/data_batch_1"))
    assert read(tmp_path, content) == {"data_batch_1": CONTENT}


BAD_ARCHIVES = {
    "another file": tar_gz(member(f"{FOLDER}/data_batch_2")),
    "names with ..": tar_gz(member(f"../{FOLDER}/data_batch_1"), member(f"{FOLDER}/../{FOLDER}/data_batch_1")),
    "symbolic link": tar_gz(member(f"{FOLDER}/data_batch_1", b"", tarfile.SYMTYPE)),
    "hard link": tar_gz(member(f"{FOLDER}/data_batch_1", b"", tarfile.LNKTYPE)),
    "pipe": tar_gz(member(f"{FOLDER}/data_batch_1", b"", tarfile.FIFOTYPE)),
    "folder": tar_gz(member(f"{FOLDER}/data_batch_1", b"", tarfile.DIRTYPE)),
    "truncated": GOOD[: len(GOOD) // 2],
    "not a tar": gzip.compress(b"not a tar"),
    "not a gzip": b"not a gzip",
    "empty": b"",
}


@pytest.mark.parametrize("kind", BAD_ARCHIVES)
def test_an_archive_without_the_file_is_an_error(tmp_path: Path, kind: str) -> None:
    with pytest.raises(SourceError, match=r"archive\.tar\.gz is not the official archive \(.+\): delete it"):
        read(tmp_path, BAD_ARCHIVES[kind])


@pytest.mark.parametrize("name", ["data_batch_1", "data_batch_2"])
def test_a_member_that_unpacks_to_gigabytes_is_an_error(tmp_path: Path, name: str) -> None:
    info = tarfile.TarInfo(f"{FOLDER}/{name}")
    info.size = 2**32
    zeros = gzip.compress(bytes(2**24), compresslevel=1)
    content = gzip.compress(info.tobuf()) + zeros * 256
    start = time.monotonic()
    with pytest.raises(SourceError, match="is not the official archive"):
        read(tmp_path, content)
    assert time.monotonic() - start < 2
