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
CLOSED = "http://127.0.0.1:9/"  # nobody listens there

BATCHES = Path("data/batches")
CACHE = Path("cache")
TAR = "cifar-10-python.tar"
TAR_GZ = "cifar-10-python.tar.gz"


def pack(content: bytes, kind: bytes = tarfile.REGTYPE) -> bytes:
    """Pack one batch like the official archive, without compressing it."""
    member = tarfile.TarInfo(f"cifar-10-batches-py/{NAME}")
    member.type = kind
    member.size = len(content)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


ARCHIVE = gzip.compress(pack(BATCH))


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder without settings and cache, and small official files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.environ", {})
    monkeypatch.setattr("pooch.os_cache", lambda _: CACHE)
    monkeypatch.setattr(download, "TIMEOUT", (4, 0.2))  # seconds to connect, to read
    archive_hash = f"sha256:{hashlib.sha256(ARCHIVE).hexdigest()}"
    monkeypatch.setattr(download, "ARCHIVE_HASH", archive_hash)
    batch_hash = hashlib.sha256(BATCH).hexdigest()
    monkeypatch.setitem(SHA256["cifar10"], NAME, batch_hash)


class Mirror(BaseHTTPRequestHandler):
    """Serves the archive, or fails in the way that the address names.

    As a proxy, it asks for a password.
    """

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
        self.send_error(407)


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


@pytest.fixture
def no_mirror_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "MIRRORS", (CLOSED,))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*")}


def assert_synthetic(path: Path) -> None:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert digest == SHA256["synthetic"][path.name]


# The download


@pytest.mark.usefixtures("good_mirror")
def test_batches_come_from_the_archive() -> None:
    source = download.provide("auto", [NAME], BATCHES)

    assert source == "cifar10"
    assert (BATCHES / NAME).read_bytes() == BATCH


@pytest.mark.usefixtures("good_mirror")
def test_the_archive_is_downloaded_only_once() -> None:
    download.fetch_archive()
    download.fetch_archive()

    assert Mirror.asked == ["/good"]


def test_each_mirror_that_fails_is_tried_once(
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

    archive = download.fetch_archive()

    assert archive.read_bytes() == ARCHIVE
    assert Mirror.asked == ["/other", "/good"]


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

    source = download.provide("auto", [NAME], BATCHES)

    assert source == "synthetic"
    assert_synthetic(BATCHES / NAME)
    _, note = capsys.readouterr().err.split("note: ")  # after the server's log
    assert note.startswith("CIFAR-10 is not available: connect to the network, ")
    assert reason in note


@pytest.mark.usefixtures("no_mirror_answers")
def test_if_cifar10_is_asked_for_there_is_no_fall_back_to_synthetic_data() -> None:
    with pytest.raises(download.UnreachableError):
        download.provide("cifar10", [NAME], BATCHES)

    assert not BATCHES.exists()


@pytest.mark.usefixtures("no_mirror_answers")
def test_auto_does_not_replace_the_cifar10_of_an_earlier_run() -> None:
    files.write_json(BATCHES / "dataset.json", {"source": "cifar10"})
    files.write_bytes(BATCHES / NAME, BATCH)
    before = contents(BATCHES)

    with pytest.raises(download.UnreachableError):
        download.provide("auto", [NAME], BATCHES)

    assert contents(BATCHES) == before


def test_the_error_gives_each_mirror_and_only_the_systems_own_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(download, "MIRRORS", (f"{CLOSED}a", f"{CLOSED}b"))

    with pytest.raises(download.UnreachableError) as caught:
        download.fetch_archive()

    _, reasons = str(caught.value).split("synthetic in params.yaml ")
    reason = r"\[Errno \d+\] Connection refused"
    assert re.fullmatch(rf"\({CLOSED}a: {reason}; {CLOSED}b: {reason}\)", reasons)


def test_if_no_mirror_serves_a_wrong_file_is_an_error_without_synthetic_data(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "MIRRORS", (f"http://{server}/other", CLOSED))

    with pytest.raises(UserError, match="does not match the known hash"):
        download.provide("auto", [NAME], BATCHES)

    assert not BATCHES.exists()


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("REQUESTS_CA_BUNDLE", __file__, "no certificate or crl found"),
        ("REQUESTS_CA_BUNDLE", "/no/such", "invalid path: /no/such"),
        ("https_proxy", "http://{server}", "407 Proxy Authentication Required"),
    ],
    ids=["no certificates", "no such file", "a proxy that wants a password"],
)
def test_a_wrong_network_setting_is_an_error_without_synthetic_data(
    variable: str,
    value: str,
    reason: str,
    server: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, value.format(server=server))
    monkeypatch.setattr(download, "MIRRORS", (f"https://{server}/good",))

    with pytest.raises(UserError, match=reason):
        download.provide("auto", [NAME], BATCHES)

    assert not BATCHES.exists()


@pytest.mark.usefixtures("no_mirror_answers")
def test_the_password_of_a_proxy_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://me:s3cr@t@proxy:99999")  # no such port

    with pytest.raises(UserError) as caught:
        download.fetch_archive()

    assert "Failed to parse: http://***@proxy:99999" in str(caught.value)
    assert "s3cr" not in str(caught.value)


# The user's own data


@pytest.mark.parametrize(
    "value",
    [
        "own/folder",
        "own/folder/cifar-10-batches-py",
        "own/archive",
        f"own/archive/{TAR_GZ}",
        "own/decompressed",
    ],
)
def test_cifar10_dir_leads_to_the_batches_or_the_archive_or_a_folder_with_either(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write_bytes(f"own/folder/cifar-10-batches-py/{NAME}", BATCH)
    files.write_bytes(f"own/archive/{TAR_GZ}", ARCHIVE)
    files.write_bytes(f"own/decompressed/{TAR}", pack(BATCH))
    monkeypatch.setenv("CIFAR10_DIR", value)

    source = download.provide("auto", [NAME], BATCHES)

    assert source == "cifar10"
    assert (BATCHES / NAME).read_bytes() == BATCH


def write_wrong_data() -> None:
    """Write folders and archives that lack the batch, or have it damaged."""
    files.write_bytes("incomplete/data_batch_2", BATCH)
    files.write_bytes(f"wrong/{NAME}", b"another batch")
    files.write_bytes(f"large/{NAME}", b"")
    os.truncate(f"large/{NAME}", 2**25 + 1)
    files.write_bytes("cut.tar.gz", ARCHIVE[:-100])
    # Not compressed, so that the damage hits the batch, and not the header
    stored = gzip.compress(pack(BATCH), compresslevel=0)
    files.write_bytes("damaged.tar.gz", stored[:40_000] + bytes([255]) * 40_000)
    noise = lzma.compress(pack(np.random.default_rng(0).bytes(50_000)))
    files.write_bytes("damaged.tar.xz", noise[:20_000] + bytes(30_000))
    files.write_bytes("link.tar", pack(b"", tarfile.SYMTYPE))  # in place of the batch
    files.write_bytes("notes.txt", b"notes")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("incomplete", f"incomplete/{NAME}: No such file or directory"),
        ("wrong", f"wrong/{NAME} is not the cifar10 batch of this name"),
        ("large", f"large/{NAME}: larger than 33554432 bytes"),  # 2**25
        ("cut.tar.gz", "ended before the end-of-stream marker"),
        ("damaged.tar.gz", "Error -3 while decompressing"),
        ("damaged.tar.xz", "Corrupt input data"),
        ("link.tar", f"has no cifar-10-batches-py/{NAME}"),
        ("notes.txt", "file could not be opened successfully"),
        ("data/batches/own", "the pipeline replaces: use another folder"),
    ],
)
def test_the_error_names_a_wrong_cifar10_dir_and_the_batches_stay_as_they_are(
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


# Synthetic data, and the folder


@pytest.mark.usefixtures("good_mirror")
def test_if_synthetic_data_are_asked_for_cifar10_is_not_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CIFAR10_DIR", "no/such/folder")

    source = download.provide("synthetic", [NAME, "test_batch"], BATCHES)

    assert source == "synthetic"
    assert_synthetic(BATCHES / NAME)
    assert_synthetic(BATCHES / "test_batch")
    assert Mirror.asked == []


def test_the_folder_keeps_nothing_of_an_earlier_run() -> None:
    files.write_bytes(BATCHES / "data_batch_5", b"from an earlier run")

    download.provide("synthetic", [NAME, "test_batch"], BATCHES)

    assert set(contents(BATCHES)) == {"dataset.json", NAME, "test_batch"}


def test_dataset_json_says_what_the_batches_are() -> None:
    download.provide("synthetic", [NAME], BATCHES)

    record = json.loads((BATCHES / "dataset.json").read_text())
    assert record == {"source": "synthetic", "batches": [NAME]}


def test_dataset_json_is_written_first_so_that_a_kill_leaves_no_batch_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = []
    monkeypatch.setattr(files, "write_bytes", lambda path, _: written.append(path.name))

    download.provide("synthetic", [NAME], BATCHES)

    assert written == ["dataset.json", NAME]
