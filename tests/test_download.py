"""Providing the batches: from the user's folder, from a misbehaving local server, or as synthetic data."""

import contextlib
import hashlib
import shutil
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from birds.data import cifar10, download, synthetic
from birds.data.download import Archive, UnreachableError
from birds.errors import DownloadError

NAMES = ["data_batch_1"]
GOOD = bytes(range(256)) * 300
ARCHIVE = Archive("archive.tar.gz", len(GOOD), hashlib.md5(GOOD).hexdigest())  # noqa: S324  the official digest is MD5
STALL_SECONDS = 0.5

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


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
    """Answers the n-th request with the n-th word of its script, and repeats the last word after that."""

    def __init__(self, *script: str) -> None:
        self.requests = 0

        class Handler(BaseHTTPRequestHandler):
            def do_GET(handler) -> None:  # noqa: N805
                answer = script[min(self.requests, len(script) - 1)]
                self.requests += 1
                with contextlib.suppress(OSError):  # the client may have disconnected
                    ANSWERS[answer](handler, GOOD)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_address[1]}/"
        threading.Thread(target=self.http.serve_forever, args=[0.01], daemon=True).start()


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("pooch.core.time", SimpleNamespace(sleep=lambda _: None))  # skip pooch's back-off of seconds
    servers: list[Server] = []

    def start(*script: str) -> Server:
        servers.append(Server(*script))
        return servers[-1]

    yield start
    for server in servers:
        server.http.shutdown()
        server.http.server_close()


def fetch(cache: Path, *mirrors: str) -> Path:
    return download.fetch(ARCHIVE, mirrors, cache, STALL_SECONDS)


@pytest.mark.parametrize("bad", ["404", "500", "cut", "stall", "other bytes", "html", "endless"])
def test_a_temporary_failure_is_retried(tmp_path: Path, serve: Callable[..., Server], bad: str) -> None:
    server = serve(bad, bad, "good")
    path = fetch(tmp_path / "cache", server.address)
    assert path.read_bytes() == GOOD
    assert server.requests == 3
    assert fetch(tmp_path / "cache", server.address) == path
    assert server.requests == 3, "the cached archive is not downloaded again"
    assert [file.name for file in path.parent.iterdir()] == ["archive.tar.gz"]


@pytest.mark.parametrize("bad", ["404", "500", "cut", "stall", "other bytes", "html", "endless"])
def test_the_next_mirror_is_tried(tmp_path: Path, serve: Callable[..., Server], bad: str) -> None:
    first, second = serve(bad), serve("good")
    assert fetch(tmp_path, first.address, second.address).read_bytes() == GOOD


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("404", "answers 404"),
        ("500", "answers 500"),
        ("cut", "cannot be reached or drops the connection"),
        ("stall", "cannot be reached or drops the connection"),
    ],
)
def test_the_error_names_the_mirror_that_does_not_answer(
    tmp_path: Path, serve: Callable[..., Server], bad: str, reason: str
) -> None:
    server = serve(bad)
    start = time.monotonic()
    with pytest.raises(UnreachableError) as caught:
        fetch(tmp_path, server.address)
    assert f"{server.address} {reason}" in str(caught.value)
    assert time.monotonic() - start < 10
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bad", ["other bytes", "html", "endless"])
def test_the_error_names_the_mirror_that_serves_wrong_bytes(
    tmp_path: Path, serve: Callable[..., Server], bad: str
) -> None:
    wrong, missing = serve(bad), serve("404")
    with pytest.raises(DownloadError) as caught:
        fetch(tmp_path, wrong.address, missing.address)
    assert not isinstance(caught.value, UnreachableError), "wrong bytes must not lead to synthetic data"
    assert f"{wrong.address} serves a file that is not the official archive" in str(caught.value)
    assert f"{missing.address} answers 404" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("serve")
def test_an_unreachable_server_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:9/ cannot be reached"):
        fetch(tmp_path, "http://127.0.0.1:9/")


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in CIFAR10_DIR."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("CIFAR10_DIR", str(folder))
    return folder


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CIFAR10_DIR is not set, the cache is empty and no mirror answers."""
    monkeypatch.delenv("CIFAR10_DIR", raising=False)
    monkeypatch.setattr("pooch.os_cache", lambda _: tmp_path / "cache")
    monkeypatch.setattr(download, "MIRRORS", ["http://127.0.0.1:9/"])
    monkeypatch.setattr("pooch.core.time", SimpleNamespace(sleep=lambda _: None))  # skip pooch's back-off of seconds
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def from_user(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CIFAR10_DIR is a folder with the official batches."""
    monkeypatch.setenv("CIFAR10_DIR", str(real_data))


@pytest.mark.usefixtures("from_user")
def test_official_batches_come_from_the_users_folder(real_data: Path, tmp_path: Path) -> None:
    assert download.provide("auto", NAMES, tmp_path / "raw") == "cifar10"
    assert {path.name for path in (tmp_path / "raw").iterdir()} == {*NAMES, "dataset.json"}
    assert (tmp_path / "raw/data_batch_1").read_bytes() == (real_data / "data_batch_1").read_bytes()


@pytest.mark.parametrize("dataset", ["auto", "cifar10"])
def test_the_error_names_a_missing_folder(
    own_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dataset: str
) -> None:
    monkeypatch.setenv("CIFAR10_DIR", str(own_folder / "none"))
    with pytest.raises(
        DownloadError, match=r"CIFAR10_DIR is .*none, which does not exist; it must be a folder with data_batch_1"
    ):
        download.provide(dataset, NAMES, tmp_path / "raw")
    assert not (tmp_path / "raw").exists()


@pytest.mark.parametrize("dataset", ["auto", "cifar10"])
def test_the_error_names_an_incomplete_folder(own_folder: Path, tmp_path: Path, dataset: str) -> None:
    with pytest.raises(DownloadError, match=r"own, which has no data_batch_1; found: nothing"):
        download.provide(dataset, NAMES, tmp_path / "raw")
    (own_folder / "data_batch_1").mkdir()
    with pytest.raises(DownloadError, match=r"but its data_batch_1 cannot be read: not a regular file"):
        download.provide(dataset, NAMES, tmp_path / "raw")
    assert not (tmp_path / "raw").exists()


@pytest.mark.parametrize("dataset", ["auto", "cifar10"])
@pytest.mark.parametrize("content", [lambda: b"cos\nsystem\n(S'echo'\ntR.", lambda: synthetic.batch("data_batch_1")])
def test_wrong_bytes_never_lead_to_synthetic_data(
    own_folder: Path, tmp_path: Path, dataset: str, content: Callable[[], bytes]
) -> None:
    (own_folder / "data_batch_1").write_bytes(content())
    with pytest.raises(DownloadError, match=r"data_batch_1 in .*own is not the official file"):
        download.provide(dataset, NAMES, tmp_path / "raw")
    assert not (tmp_path / "raw").exists()


def test_a_tampered_official_batch_is_rejected(real_data: Path, own_folder: Path, tmp_path: Path) -> None:
    shutil.copyfile(real_data / "data_batch_1", own_folder / "data_batch_1")
    with (own_folder / "data_batch_1").open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"\0")
    with pytest.raises(DownloadError, match="is not the official file"):
        download.provide("auto", NAMES, tmp_path / "raw")


@pytest.mark.usefixtures("offline")
def test_without_a_network_auto_falls_back_to_synthetic_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert download.provide("auto", NAMES, tmp_path / "raw") == "synthetic"
    note = capsys.readouterr().err
    assert "note: CIFAR-10 is not available: CIFAR10_DIR is not set, and cifar-10-python.tar.gz cannot be" in note
    images, labels = cifar10.read_batch(tmp_path / "raw/data_batch_1")
    assert len(images) == len(labels) == 10_000
    assert (labels == cifar10.CLASSES.index("bird")).sum() == 1_032


@pytest.mark.usefixtures("offline")
def test_without_a_network_dataset_cifar10_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"Set CIFAR10_DIR to a folder with data_batch_1, or connect to the"):
        download.provide("cifar10", NAMES, tmp_path / "raw")


@pytest.mark.usefixtures("own_folder")
def test_synthetic_data_is_used_on_request(tmp_path: Path) -> None:
    assert download.provide("synthetic", NAMES, tmp_path / "raw") == "synthetic"


@pytest.mark.usefixtures("from_user")
def test_after_a_run_on_cifar10_auto_never_falls_back(
    tmp_path: Path, request: pytest.FixtureRequest, real_data: Path
) -> None:
    raw = tmp_path / "raw"
    download.provide("auto", NAMES, raw)
    (raw / "data_batch_1").unlink()
    request.getfixturevalue("offline")
    with pytest.raises(DownloadError, match="For synthetic data, set dataset: synthetic"):
        download.provide("auto", NAMES, raw)
    shutil.copyfile(real_data / "data_batch_1", raw / "data_batch_1")
    assert download.provide("auto", NAMES, raw) == "cifar10", "existing batches are kept"


@pytest.mark.usefixtures("own_folder")
def test_only_batches_from_an_earlier_call_are_replaced_or_removed(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    (raw / "cifar-10-batches-py").mkdir(parents=True)
    users = {"data_batch_5": b"mine", "notes.txt": b"mine too", "cifar-10-batches-py/data_batch_1": b"and this"}
    for name, content in users.items():
        (raw / name).write_bytes(content)
    download.provide("synthetic", ["data_batch_1", "data_batch_2"], raw)
    download.provide("synthetic", ["data_batch_1"], raw)
    assert {name: (raw / name).read_bytes() for name in users} == users
    assert {*files(raw)} == {"data_batch_1", "data_batch_5", "notes.txt", "dataset.json"}
    with pytest.raises(DownloadError, match="data_batch_5 was not written by this pipeline: move it elsewhere"):
        download.provide("synthetic", ["data_batch_5"], raw)
    assert (raw / "data_batch_5").read_bytes() == b"mine"


@pytest.mark.parametrize("inside", ["", "cifar-10-batches-py"])
def test_the_users_folder_can_be_inside_data_raw(
    tmp_path: Path, real_data: Path, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    own = tmp_path / "raw" / inside
    own.mkdir(parents=True)
    for name in "data_batch_1", "test_batch":
        shutil.copyfile(real_data / name, own / name)
    before = files(own)
    monkeypatch.setenv("CIFAR10_DIR", str(own))
    for names in ["data_batch_1", "test_batch"], ["data_batch_1"]:
        assert download.provide("auto", names, tmp_path / "raw") == "cifar10"
        assert files(own).items() >= before.items()


@pytest.mark.parametrize("failure", ["missing folder", "missing batch", "tampered batch", "no network"])
def test_a_failed_call_changes_nothing(tmp_path: Path, request: pytest.FixtureRequest, failure: str) -> None:
    raw = tmp_path / "raw"
    download.provide("synthetic", ["data_batch_1"], raw)
    before = files(raw)
    if failure == "no network":
        request.getfixturevalue("offline")
    else:
        own = request.getfixturevalue("own_folder")
        if failure == "missing folder":
            own.rmdir()
        elif failure == "tampered batch":
            (own / "data_batch_1").write_bytes(b"other bytes")
    with pytest.raises(DownloadError):
        download.provide("cifar10", ["data_batch_1", "data_batch_2"], raw)
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


def test_the_error_names_what_was_found_instead_of_the_batches(own_folder: Path, tmp_path: Path) -> None:
    (own_folder / "data_batch_7").write_bytes(b"")
    with pytest.raises(DownloadError, match=r"own, which has no data_batch_1; found: data_batch_7"):
        download.provide("auto", NAMES, tmp_path / "raw")


def test_the_archive_itself_is_accepted(real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cifar-10-python.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        archive.add(real_data / "data_batch_1", "cifar-10-batches-py/data_batch_1")
    monkeypatch.setenv("CIFAR10_DIR", str(path))
    with pytest.raises(DownloadError, match="is neither a folder of batches nor the official cifar-10-python"):
        download.provide("auto", NAMES, tmp_path / "raw")
    content = path.read_bytes()
    md5 = hashlib.md5(content).hexdigest()  # noqa: S324  the official digest is MD5
    monkeypatch.setattr(download, "OFFICIAL", Archive(path.name, len(content), md5))
    assert download.provide("auto", NAMES, tmp_path / "raw") == "cifar10"


@pytest.mark.usefixtures("offline")
def test_without_a_usable_cache_auto_falls_back_to_synthetic_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setattr("pooch.os_cache", lambda _: tmp_path / "file/cache")
    assert download.provide("auto", NAMES, tmp_path / "raw") == "synthetic"
