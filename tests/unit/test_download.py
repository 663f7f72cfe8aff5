"""Where the batches come from: the user's data, a mirror, or synthetic data."""

import gzip
import hashlib
import io
import json
import lzma
import os
import re
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from birds import files
from birds.errors import UserError
from birds.source import download
from birds.source.batches import SHA256

NAME = "data_batch_1"
BATCH = bytes(range(256)) * 300  # stands for the official one
CLOSED = "http://127.0.0.1:9/"

BATCHES = Path("data/batches")
CACHE = Path("cache")
TAR = "cifar-10-python.tar"
TAR_GZ = "cifar-10-python.tar.gz"


def tar(content: bytes, kind: bytes = tarfile.REGTYPE) -> bytes:
    """Pack one batch like the official archive, without compressing it."""
    member = tarfile.TarInfo(f"cifar-10-batches-py/{NAME}")
    member.type = kind
    member.size = len(content)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


ARCHIVE = gzip.compress(tar(BATCH))


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings, no cache, no mirror that answers, and small official files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.environ", {})
    monkeypatch.setattr("pooch.os_cache", lambda _: CACHE)
    monkeypatch.setattr(download, "MIRRORS", (CLOSED,))
    monkeypatch.setattr(download, "TIMEOUT", (4, 0.2))
    archive_hash = f"sha256:{hashlib.sha256(ARCHIVE).hexdigest()}"
    monkeypatch.setattr(download, "ARCHIVE_HASH", archive_hash)
    batch_hash = hashlib.sha256(BATCH).hexdigest()
    monkeypatch.setitem(SHA256["cifar10"], NAME, batch_hash)


class Mirror(BaseHTTPRequestHandler):
    """Serves the archive, or fails in the way that the address names."""

    timeout = 5
    asked: list[str]  # the addresses, in their order

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/404":
            return self.send_error(404)
        if self.path == "/silent":
            self.rfile.read()  # until the client closes the connection
            return None
        self.send_response(200)
        self.send_header("Content-Length", str(len(ARCHIVE)))
        self.end_headers()
        if self.path == "/other":
            self.wfile.write(bytes(len(ARCHIVE)))
        elif self.path == "/cut":
            self.wfile.write(ARCHIVE[:100])
        else:
            self.wfile.write(ARCHIVE)
        return None

    def do_CONNECT(self) -> None:
        self.send_error(407)  # as a proxy that wants a password


@pytest.fixture
def server() -> Iterator[str]:
    """The host and the port of a server with good and bad mirrors."""
    Mirror.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as server:
        threading.Thread(target=server.serve_forever, args=[0.01]).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def good_mirror(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "MIRRORS", (f"http://{server}/good",))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*")}


# The download


@pytest.mark.usefixtures("good_mirror")
def test_batches_come_from_the_archive() -> None:
    assert download.provide("auto", [NAME], BATCHES) == "cifar10"

    assert (BATCHES / NAME).read_bytes() == BATCH


@pytest.mark.usefixtures("good_mirror")
def test_the_archive_is_downloaded_only_once() -> None:
    download.fetch_archive()
    download.fetch_archive()

    assert Mirror.asked == ["/good"]


def test_each_mirror_is_tried_once(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirrors = (f"http://{server}/404", f"http://{server}/cut")
    monkeypatch.setattr(download, "MIRRORS", mirrors)

    with pytest.raises(download.UnreachableError):
        download.fetch_archive()

    assert Mirror.asked == ["/404", "/cut"]


def test_the_second_mirror_serves_if_the_first_has_another_file(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirrors = (f"http://{server}/other", f"http://{server}/good")
    monkeypatch.setattr(download, "MIRRORS", mirrors)

    assert download.fetch_archive().read_bytes() == ARCHIVE


@pytest.mark.parametrize(
    ("mirror", "reason"),
    [
        ("404", "404 Client Error"),
        ("silent", "timed out"),
        ("cut", "IncompleteRead"),
    ],
)
def test_auto_falls_back_to_synthetic_data_with_a_note(
    mirror: str,
    reason: str,
    server: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(download, "MIRRORS", (f"http://{server}/{mirror}",))

    assert download.provide("auto", [NAME], BATCHES) == "synthetic"

    _, note = capsys.readouterr().err.split("note: ")  # after the server's log
    assert note.startswith("CIFAR-10 is not available: connect to the network, ")
    assert reason in note


def test_dataset_cifar10_never_leads_to_synthetic_data() -> None:
    with pytest.raises(download.UnreachableError):
        download.provide("cifar10", [NAME], BATCHES)

    assert not BATCHES.exists()


def test_auto_never_replaces_cifar10_by_synthetic_data() -> None:
    files.write_json(BATCHES / "dataset.json", {"source": "cifar10"})
    files.write_bytes(BATCHES / NAME, BATCH)
    before = contents(BATCHES)

    with pytest.raises(download.UnreachableError):
        download.provide("auto", [NAME], BATCHES)

    assert contents(BATCHES) == before


def test_the_reason_is_short() -> None:
    with pytest.raises(download.UnreachableError) as caught:
        download.fetch_archive()

    reason = r"\(http://127\.0\.0\.1:9/: \[Errno \d+\] Connection refused\)$"
    assert re.search(reason, str(caught.value))


def test_a_wrong_file_is_an_error_and_never_leads_to_synthetic_data(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "MIRRORS", (f"http://{server}/other", CLOSED))

    with pytest.raises(UserError, match="does not match the known hash") as caught:
        download.provide("auto", [NAME], BATCHES)

    assert caught.type is not download.UnreachableError
    assert not BATCHES.exists()


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("REQUESTS_CA_BUNDLE", __file__, "no certificate or crl found"),
        ("REQUESTS_CA_BUNDLE", "/no/such", "invalid path: /no/such"),
        ("https_proxy", "http://{server}", "407 Proxy Authentication Required"),
    ],
)
def test_a_setting_that_cannot_work_is_an_error_and_never_leads_to_synthetic_data(
    variable: str,
    value: str,
    reason: str,
    server: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, value.format(server=server))
    monkeypatch.setattr(download, "MIRRORS", (f"https://{server}/good",))

    with pytest.raises(UserError, match=reason) as caught:
        download.provide("auto", [NAME], BATCHES)

    assert caught.type is not download.UnreachableError
    assert not BATCHES.exists()


def test_the_password_of_a_proxy_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://me:s3cr@t@proxy:99999")

    with pytest.raises(UserError, match=r"Failed to parse: http://\*\*\*@proxy:99999"):
        download.fetch_archive()


# The user's own data


@pytest.mark.parametrize(
    "value",
    [
        "own/folder",
        "own/folder/cifar-10-batches-py",
        "own/packed",
        f"own/packed/{TAR_GZ}",
        "own/unpacked",
    ],
)
def test_cifar10_dir_leads_to_the_batches_or_the_archive(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write_bytes(f"own/folder/cifar-10-batches-py/{NAME}", BATCH)
    files.write_bytes(f"own/packed/{TAR_GZ}", ARCHIVE)
    files.write_bytes(f"own/unpacked/{TAR}", tar(BATCH))
    monkeypatch.setenv("CIFAR10_DIR", value)

    assert download.provide("auto", [NAME], BATCHES) == "cifar10"

    assert (BATCHES / NAME).read_bytes() == BATCH


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("incomplete", f"incomplete/{NAME}: No such file or directory"),
        ("wrong", f"wrong/{NAME} is not the cifar10 batch of this name"),
        ("large", f"large/{NAME}: larger than 33554432 bytes"),
        ("cut.tar.gz", "ended before the end-of-stream marker"),
        ("damaged.tar.gz", "Error -3 while decompressing"),
        ("damaged.tar.xz", "Corrupt input data"),
        ("link.tar", f"has no cifar-10-batches-py/{NAME}"),
        ("notes.txt", "file could not be opened successfully"),
        ("data/batches/own", "the pipeline replaces: use another folder"),
    ],
)
def test_a_wrong_cifar10_dir_is_named_and_changes_nothing(
    value: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_wrong_data()
    files.write_bytes(BATCHES / NAME, b"old")
    monkeypatch.setenv("CIFAR10_DIR", value)

    with pytest.raises(
        UserError, match=f"^CIFAR10_DIR is {value}, which .*{reason}.*$"
    ):
        download.provide("auto", [NAME], BATCHES)

    assert contents(BATCHES) == {NAME: b"old"}


def write_wrong_data() -> None:
    files.write_bytes("incomplete/data_batch_2", BATCH)
    files.write_bytes(f"wrong/{NAME}", b"another batch")
    files.write_bytes(f"large/{NAME}", b"")
    os.truncate(f"large/{NAME}", 2**25 + 1)
    files.write_bytes("cut.tar.gz", ARCHIVE[:-100])
    stored = gzip.compress(tar(BATCH), compresslevel=0)
    files.write_bytes("damaged.tar.gz", stored[:40_000] + bytes([255]) * 40_000)
    noise = lzma.compress(tar(np.random.default_rng(0).bytes(50_000)))
    files.write_bytes("damaged.tar.xz", noise[:20_000] + bytes(30_000))
    files.write_bytes("link.tar", tar(b"", tarfile.SYMTYPE))
    files.write_bytes("notes.txt", b"notes")


# Synthetic data, and the folder


def test_synthetic_data_need_no_network_and_no_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CIFAR10_DIR", "none")

    assert download.provide("synthetic", [NAME], BATCHES) == "synthetic"


def test_each_synthetic_batch_has_the_digest_of_its_name() -> None:
    download.provide("synthetic", [NAME, "test_batch"], BATCHES)

    for name in NAME, "test_batch":
        digest = hashlib.sha256((BATCHES / name).read_bytes()).hexdigest()
        assert digest == SHA256["synthetic"][name]


def test_the_folder_contains_what_was_written_and_nothing_else() -> None:
    files.write_bytes(BATCHES / "data_batch_5", b"from an earlier run")

    download.provide("synthetic", [NAME, "test_batch"], BATCHES)

    assert set(contents(BATCHES)) == {"dataset.json", NAME, "test_batch"}


def test_dataset_json_says_what_the_batches_are() -> None:
    download.provide("synthetic", [NAME], BATCHES)

    record = json.loads((BATCHES / "dataset.json").read_text())
    assert record == {"source": "synthetic", "batches": [NAME]}


def test_the_record_is_written_first_so_that_a_kill_cannot_lose_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = []
    monkeypatch.setattr(files, "write_bytes", lambda path, _: written.append(path.name))

    download.provide("synthetic", [NAME], BATCHES)

    assert written == ["dataset.json", NAME]
