"""Providing the batches: from the user's folder, from a misbehaving local server, or as synthetic data."""

import contextlib
import gzip
import hashlib
import io
import os
import re
import resource
import shutil
import tarfile
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from birds.data import cifar10, download, synthetic
from birds.data.download import UnreachableError
from birds.errors import DownloadError

NAMES = ["data_batch_1"]
GOOD = bytes(range(256)) * 300
STALL_SECONDS = 0.5

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]
Fetch = Callable[..., Path]


def send(
    handler: BaseHTTPRequestHandler, content: bytes, code: int = 200, length: int | None = None, **headers: str
) -> None:
    handler.send_response(code)
    handler.send_header("Content-Length", str(len(content) if length is None else length))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
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
        time.sleep(0.01)


def encoded(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    """Send the archive as it is, described as a compressed file, or compress it for a client that accepts this."""
    is_accepted = "gzip" in handler.headers.get("Accept-Encoding", "")
    send(handler, gzip.compress(content) if is_accepted else content, Content_Encoding="gzip")


ANSWERS: dict[str, Answer] = {
    "good": send,
    "encoded": encoded,
    "404": lambda handler, _: send(handler, b"not found", 404),
    "500": lambda handler, _: send(handler, b"broken", 500),
    "407": lambda handler, _: send(handler, b"who are you?", 407),
    "cut": lambda handler, content: send(handler, content[:-100], length=len(content)),
    "stall": stall,
    "other bytes": lambda handler, content: send(handler, content[:-1] + b"?"),
    "html": lambda handler, _: send(handler, b"<html>Please log in to this network</html>"),
    "endless": endless,
}


class Server:
    """Answers the n-th request with the n-th word of its script, and repeats the last word after that."""

    def __init__(self, *script: str) -> None:
        self.requests = 0

        class Handler(BaseHTTPRequestHandler):
            def do_GET(handler) -> None:  # noqa: N805
                answer = script[min(self.requests, len(script) - 1)]
                self.requests += 1
                with contextlib.suppress(OSError):  # the client may have disconnected
                    ANSWERS[answer](handler, GOOD)

            do_CONNECT = do_GET  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_address[1]}/"
        threading.Thread(target=self.http.serve_forever, args=[0.01], daemon=True).start()


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """The folder for the batches, which does not exist yet."""
    return tmp_path / "raw"


def check_refusal(raw: Path, reason: str) -> None:
    """Check that wrong data or settings never lead to synthetic data, and change nothing."""
    before = files(raw.parent)
    for dataset in "auto", "cifar10":
        with pytest.raises(DownloadError, match=reason):
            download.provide(dataset, NAMES, raw)
    assert files(raw.parent) == before


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*script: str) -> Server:
        servers.append(Server(*script))
        return servers[-1]

    yield start
    for server in servers:
        server.http.shutdown()
        server.http.server_close()


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CIFAR10_DIR and the settings of the network are not set, the cache is empty and no mirror answers."""
    for name in os.environ:
        if name == "CIFAR10_DIR" or name.upper().endswith(("_PROXY", "_CA_BUNDLE")):
            monkeypatch.delenv(name)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _: tmp_path / "cache")
    monkeypatch.setattr(download, "MIRRORS", ["https://127.0.0.1:9/"])
    monkeypatch.setattr(download, "TIMEOUT", (10, STALL_SECONDS))
    monkeypatch.setattr(download, "time", SimpleNamespace(sleep=lambda _: None))  # skip the seconds between attempts


@pytest.fixture
def fetch(offline: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fetch:  # noqa: ARG001
    """Download a small archive from mirrors."""
    monkeypatch.setattr(download, "ARCHIVE_BYTES", len(GOOD))
    monkeypatch.setattr(download, "ARCHIVE_MD5", hashlib.md5(GOOD).hexdigest())  # noqa: S324  the official digest is MD5

    def run(*mirrors: str) -> Path:
        monkeypatch.setattr(download, "MIRRORS", mirrors)
        return download.fetch(tmp_path / "cache")

    return run


FAILURES = {
    "404": (UnreachableError, "answers 404"),
    "500": (UnreachableError, "answers 500"),
    "cut": (UnreachableError, "cannot be reached: IncompleteRead(76700 bytes read, 100 more expected)"),
    "stall": (UnreachableError, "cannot be reached: timed out"),
    "other bytes": (DownloadError, "serves a file that is not the official archive"),
    "html": (DownloadError, "serves a file that is not the official archive"),
    "endless": (DownloadError, "serves a file that is not the official archive"),
}


@pytest.mark.parametrize("bad", FAILURES)
def test_a_temporary_failure_is_retried(fetch: Fetch, serve: Callable[..., Server], bad: str) -> None:
    server = serve(bad, bad, "good")
    path = fetch(server.address)
    assert path.read_bytes() == GOOD
    assert server.requests == 3
    assert [file.name for file in path.parent.iterdir()] == ["cifar-10-python.tar.gz"]


def test_only_a_damaged_archive_is_downloaded_again(fetch: Fetch, serve: Callable[..., Server]) -> None:
    server = serve("good")
    path = fetch(server.address)
    assert fetch(server.address) == path
    assert server.requests == 1
    path.write_bytes(GOOD[:-1])
    assert fetch(server.address).read_bytes() == GOOD


def test_the_bytes_are_taken_without_decoding(fetch: Fetch, serve: Callable[..., Server]) -> None:
    assert fetch(serve("encoded").address).read_bytes() == GOOD


@pytest.mark.parametrize("bad", FAILURES)
def test_the_next_mirror_is_tried_and_the_error_names_each_mirror(
    tmp_path: Path, fetch: Fetch, serve: Callable[..., Server], bad: str
) -> None:
    kind, reason = FAILURES[bad]
    first, second = serve(bad), serve("404", "404", "404", "good")
    with pytest.raises(DownloadError) as caught:
        fetch(first.address, second.address)
    assert caught.type is kind, "only an absent network may lead to synthetic data"
    assert f"{first.address} {reason}; {second.address} answers 404" in str(caught.value)
    assert files(tmp_path) == {}
    assert fetch(first.address, second.address).read_bytes() == GOOD


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("REQUESTS_CA_BUNDLE", "/no/such.pem", "No such file or directory"),
        ("CURL_CA_BUNDLE", "/no/such.pem", "No such file or directory"),
        ("REQUESTS_CA_BUNDLE", __file__, "no certificate or crl found"),
        ("HTTPS_PROXY", "http://", "malformed"),
        ("https_proxy", "proxy:3128", "malformed"),
        ("ALL_PROXY", "socks5://127.0.0.1:9", "Missing dependencies for SOCKS support"),
        ("all_proxy", "http://[::1", "Failed to parse"),
        ("https_proxy", "ftp://127.0.0.1:9", "unsupported scheme ftp"),
    ],
)
@pytest.mark.usefixtures("offline")
def test_a_setting_that_cannot_work_never_leads_to_synthetic_data(
    raw: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(name, value)
    check_refusal(raw, f"{name} is {re.escape(value)}, which cannot be used: .*{reason}")


@pytest.mark.usefixtures("offline")
def test_the_password_of_a_proxy_is_not_printed(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret@host:port")
    check_refusal(raw, r"^(?!.*secret).*HTTPS_PROXY is \*\*\*@host:port")


def test_a_server_or_a_proxy_that_refuses_is_not_an_absent_network(
    fetch: Fetch, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve("407")
    with pytest.raises(DownloadError, match=r"cannot be reached: .*wrong version number") as no_tls:
        fetch(server.address.replace("http:", "https:"))
    monkeypatch.setenv("HTTPS_PROXY", server.address)
    with pytest.raises(DownloadError, match=r"cannot be reached: .*407 Proxy Authentication Required") as no_password:
        fetch("https://127.0.0.1:9/")
    assert UnreachableError not in (no_tls.type, no_password.type)


@pytest.mark.usefixtures("offline")
def test_a_cache_folder_that_cannot_be_created_never_leads_to_synthetic_data(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("not a folder")
    with pytest.raises(OSError, match=str(tmp_path / "cache")):
        download.provide("auto", NAMES, tmp_path / "raw")
    assert files(tmp_path) == {"cache": b"not a folder"}


def test_a_full_disk_is_an_error(tmp_path: Path, fetch: Fetch, serve: Callable[..., Server]) -> None:
    server = serve("good")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match=r"File too large: .*cifar-10-python\.tar\.gz"):
            fetch(server.address)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert server.requests == 1
    assert files(tmp_path) == {}


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in CIFAR10_DIR."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("CIFAR10_DIR", str(folder))
    return folder


def test_the_error_names_a_missing_or_incomplete_folder(own_folder: Path, raw: Path) -> None:
    own_folder.rmdir()
    check_refusal(raw, "CIFAR10_DIR is .*own, not the batches or their archive: .*No such file")
    own_folder.mkdir()
    check_refusal(raw, "CIFAR10_DIR is .*own, which has no data_batch_1; it has: nothing")
    for name in "data_batch_7", "a.txt":
        (own_folder / name).write_bytes(b"")
    check_refusal(raw, r"own, which has no data_batch_1; it has: a\.txt, data_batch_7")
    (own_folder / "data_batch_1").mkdir()
    check_refusal(raw, "own, not the batches or their archive: .*not a regular file: .*data_batch_1")


def test_wrong_bytes_never_lead_to_synthetic_data(own_folder: Path, real_data: Path, raw: Path) -> None:
    official = (real_data / "data_batch_1").read_bytes()
    one_byte_differs = official[:-1] + bytes([official[-1] ^ 1])
    for content in b"cos\nsystem\n(S'echo'\ntR.", synthetic.batch("data_batch_1"), one_byte_differs:
        (own_folder / "data_batch_1").write_bytes(content)
        check_refusal(raw, r"data_batch_1 in .*own is not the official file")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CIFAR10_DIR", ""),
        ("HTTPS_PROXY", "http://127.0.0.1:9"),
        ("REQUESTS_CA_BUNDLE", str(Path(__file__).parent)),
        ("SSL_CERT_FILE", "/no/such.pem"),  # requests does not read it
    ],
)
@pytest.mark.usefixtures("offline")
def test_without_a_network_auto_falls_back_to_synthetic_data(
    raw: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(DownloadError, match=r"Connect to the network, set CIFAR10_DIR, or set dataset: synthetic"):
        download.provide("cifar10", NAMES, raw)
    assert download.provide("auto", NAMES, raw) == "synthetic"
    note = capsys.readouterr().err
    assert "note: CIFAR-10 is not available: CIFAR10_DIR is not set, and cifar-10-python.tar.gz cannot be" in note
    images, labels = cifar10.read_batch(raw / "data_batch_1")
    assert len(images) == len(labels) == 10_000
    assert (labels == cifar10.CLASSES.index("bird")).sum() == 1_032


def test_after_a_run_on_cifar10_auto_never_falls_back(
    raw: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, real_data: Path
) -> None:
    monkeypatch.setenv("CIFAR10_DIR", str(real_data))
    assert download.provide("auto", NAMES, raw) == "cifar10"
    official = (real_data / "data_batch_1").read_bytes()
    assert {*files(raw)} == {*NAMES, "dataset.json"}
    assert files(raw)["data_batch_1"] == official
    (raw / "data_batch_1").unlink()
    request.getfixturevalue("offline")
    check_refusal(raw, "CIFAR-10 is not available")
    (raw / "data_batch_1").write_bytes(official)
    assert download.provide("auto", NAMES, raw) == "cifar10", "existing batches are kept"


@pytest.mark.usefixtures("own_folder")
def test_only_batches_from_an_earlier_call_are_replaced_or_removed(raw: Path) -> None:
    (raw / "cifar-10-batches-py").mkdir(parents=True)
    users = {"data_batch_5": b"mine", "notes.txt": b"mine too", "cifar-10-batches-py/data_batch_1": b"and this"}
    for name, content in users.items():
        (raw / name).write_bytes(content)
    download.provide("synthetic", ["data_batch_1", "data_batch_2"], raw)
    download.provide("synthetic", ["data_batch_1"], raw)
    assert {name: (raw / name).read_bytes() for name in users} == users
    assert {*files(raw)} == {"data_batch_1", "data_batch_5", "notes.txt", "dataset.json"}
    with pytest.raises(DownloadError, match="data_batch_5 was not written by this pipeline: move it elsewhere"):
        download.provide("synthetic", ["data_batch_2", "data_batch_5"], raw)
    assert (raw / "data_batch_5").read_bytes() == b"mine"


@pytest.mark.parametrize("inside", ["", "cifar-10-batches-py"])
def test_the_users_folder_can_be_inside_data_raw(
    raw: Path, real_data: Path, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    own = raw / inside
    own.mkdir(parents=True)
    for name in "data_batch_1", "test_batch":
        shutil.copyfile(real_data / name, own / name)
    before = files(own)
    monkeypatch.setenv("CIFAR10_DIR", str(own))
    for names in ["data_batch_1", "test_batch"], ["data_batch_1"]:
        assert download.provide("auto", names, raw) == "cifar10"
        assert files(own).items() >= before.items()


def test_a_failed_call_changes_nothing(own_folder: Path, raw: Path, request: pytest.FixtureRequest) -> None:
    download.provide("synthetic", NAMES, raw)
    check_refusal(raw, "which has no data_batch_1")
    (own_folder / "data_batch_1").write_bytes(b"other bytes")
    check_refusal(raw, "is not the official file")
    request.getfixturevalue("offline")
    before = files(raw)
    with pytest.raises(DownloadError, match="cannot be downloaded"):
        download.provide("cifar10", NAMES, raw)
    assert files(raw) == before


def test_a_folder_one_level_up_is_accepted(
    real_data: Path, own_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own_folder / "cifar-10-batches-py").symlink_to(real_data)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name in str(own_folder), "~/own", "own", "./own/cifar-10-batches-py":
        monkeypatch.setenv("CIFAR10_DIR", name)
        assert download.provide("cifar10", NAMES, tmp_path / "raw") == "cifar10"


def test_a_relative_folder_is_found_from_a_temporary_copy_of_the_project(
    real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "batches").symlink_to(real_data)
    copy = tmp_path / "project/.dvc/tmp/exps/tmp1"
    copy.mkdir(parents=True)
    monkeypatch.chdir(copy)
    monkeypatch.setenv("CIFAR10_DIR", "../batches")
    assert download.provide("cifar10", NAMES, tmp_path / "raw") == "cifar10"


@pytest.fixture
def archives(real_data: Path, own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in CIFAR10_DIR, with an archive of one batch as the official one, and the same uncompressed."""
    tar = own_folder / "cifar-10-python.tar"
    with tarfile.open(tar, "w") as archive:
        archive.add(real_data / "data_batch_1", "cifar-10-batches-py/data_batch_1")
    content = gzip.compress(tar.read_bytes(), compresslevel=1)
    (own_folder / "cifar-10-python.tar.gz").write_bytes(content)
    monkeypatch.setattr(download, "ARCHIVE_MD5", hashlib.md5(content).hexdigest())  # noqa: S324  the official digest is MD5
    return own_folder


@pytest.mark.parametrize("name", ["cifar-10-python.tar", "cifar-10-python.tar.gz"])
def test_an_archive_or_its_folder_is_accepted(
    archives: Path, real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for path in archives.iterdir():
        if path.name != name:
            path.unlink()
    for path in archives, archives / name:
        monkeypatch.setenv("CIFAR10_DIR", str(path))
        raw = tmp_path / f"raw-{path.name}"
        assert download.provide("auto", NAMES, raw) == "cifar10"
        assert (raw / "data_batch_1").read_bytes() == (real_data / "data_batch_1").read_bytes()
        with pytest.raises(
            DownloadError, match=f"CIFAR10_DIR is .*{name}, which has no test_batch; it has: data_batch_1"
        ):
            download.provide("auto", [*NAMES, "test_batch"], raw)


def tar(*members: tuple[str, bytes, bytes]) -> bytes:
    """A tar file of members: their name, type and content."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, kind, content in members:
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.type = kind
            member.size = len(content)
            member.linkname = member.name
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not the batches or their archive: empty file"),
        (b"x" * 5000, "not the batches or their archive: "),
        (gzip.compress(tar(("data_batch_1", tarfile.REGTYPE, b"bomb"))), "not the batches or their archive: "),
        (tar(("data_batch_1", tarfile.REGTYPE, b"x" * 5000))[:3000], "not the batches or their archive: "),
        (tar(("data_batch_1", tarfile.REGTYPE, b"cos\nsystem\n")), "data_batch_1 in .* is not the official file"),
        (tar(("data_batch_1", tarfile.SYMTYPE, b"")), "which has no data_batch_1; it has: nothing"),
        (tar(("data_batch_7", tarfile.REGTYPE, b"")), "which has no data_batch_1; it has: data_batch_7"),
    ],
)
def test_a_wrong_archive_never_leads_to_synthetic_data(
    own_folder: Path, raw: Path, content: bytes, reason: str
) -> None:
    (own_folder / "cifar-10-python.tar").write_bytes(content)
    check_refusal(raw, reason)


def test_an_archive_of_any_size_is_rejected_without_reading_it(own_folder: Path, raw: Path) -> None:
    path = own_folder / "cifar-10-python.tar"
    with path.open("wb") as file:
        file.truncate(10**11)
    with pytest.raises(DownloadError, match="larger than 200000000 bytes"):
        download.provide("auto", NAMES, raw)
    member = tarfile.TarInfo("cifar-10-batches-py/data_batch_1")
    member.pax_headers = {"GNU.sparse.map": "0,1", "GNU.sparse.size": "400000000"}
    path.write_bytes(member.tobuf() + bytes(1024))
    tracemalloc.start()
    with pytest.raises(DownloadError, match=r"data_batch_1 in .* is not the official file"):
        download.provide("auto", NAMES, raw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2e8
