"""Providing the batches: from the user's folder, from a misbehaving local server, or as synthetic data."""

import gzip
import hashlib
import os
import re
import tarfile
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from birds import files
from birds.data import cifar10, download, synthetic
from birds.errors import DownloadError


def tar(content: bytes, **headers: str) -> bytes:
    """A tar file of one batch."""
    member = tarfile.TarInfo("cifar-10-batches-py/data_batch_1")
    member.size = len(content)
    member.pax_headers = headers
    return member.tobuf() + content + bytes(-len(content) % 512 + 1024)


RAW, OWN, CACHE = Path("raw"), Path("own"), Path("cache")
TAR = "cifar-10-python.tar"
NAMES = ["data_batch_1"]
BATCH = bytes(range(256)) * 300  # stands for the official one
ARCHIVE = gzip.compress(tar(BATCH), compresslevel=0)
SPARSE = {
    "GNU.sparse.map": "0,1",
    "GNU.sparse.size": str(10**13),
}  # a member of a tar file
ANSWERS = {"cut": ARCHIVE[:-100], "stall": ARCHIVE[:100], "other": ARCHIVE[::-1]}
REQUESTS = Counter[str]()


class Handler(BaseHTTPRequestHandler):
    """Gives the answers that the address names, such as /404,good/, and the last one again and again."""

    timeout = 2

    def do_GET(self) -> None:
        answers = self.path.split("/")[1].split(",")
        answer = answers[min(REQUESTS[self.path], len(answers) - 1)]
        REQUESTS[self.path] += 1
        content = ANSWERS.get(answer, ARCHIVE)
        self.send_response(int(answer) if answer.isdecimal() else 200)
        self.send_header(
            "Content-Length", str(10**12 if answer == "endless" else len(ARCHIVE))
        )
        self.send_header(
            "Content-Encoding", "gzip"
        )  # some servers name the archive's own compression
        self.end_headers()
        self.wfile.write(
            gzip.compress(content)
            if "gzip" in self.headers["Accept-Encoding"]
            else content
        )
        if answer == "stall":
            self.rfile.read()  # until the client closes the connection
        while answer == "endless":
            self.wfile.write(content)

    def do_CONNECT(self) -> None:
        self.send_error(407)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The host and the port of a server, which is the only mirror."""
    REQUESTS.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.01]).start()
        host = f"127.0.0.1:{server.server_port}"
        monkeypatch.setattr(download, "MIRRORS", [f"http://{host}/good/"])
        yield host
        server.shutdown()


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting, no cache, no mirror that answers; a batch from an earlier call and one of the user's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.environ", {})
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _: CACHE)
    monkeypatch.setattr(
        download, "MIRRORS", ["http://127.0.0.1:9/", "https://127.0.0.1:9/"]
    )
    monkeypatch.setattr(download, "TIMEOUT", (10, 0.5))
    monkeypatch.setattr("time.sleep", lambda _: None)  # between attempts
    monkeypatch.setattr(download, "ARCHIVE_BYTES", len(ARCHIVE))
    monkeypatch.setattr(
        download, "ARCHIVE_MD5", hashlib.md5(ARCHIVE, usedforsecurity=False).hexdigest()
    )
    monkeypatch.setitem(
        cifar10.SHA256["cifar10"], "data_batch_1", hashlib.sha256(BATCH).hexdigest()
    )
    files.write_json(
        RAW / "dataset.json", {"dataset": "synthetic", "batches": ["data_batch_2"]}
    )
    files.write_bytes(RAW / "data_batch_2", b"old")
    files.write_bytes(RAW / "data_batch_5", b"mine")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*")}


def check_refusal(reason: str) -> None:
    """Check that wrong data or settings never lead to synthetic data, and change nothing."""
    before = contents(RAW)
    for dataset in "auto", "cifar10":
        with pytest.raises(DownloadError, match=reason):
            download.provide(dataset, NAMES, RAW)
    assert contents(RAW) == before


@pytest.mark.parametrize(
    ("mirror", "is_absent", "reason"),
    [
        ("http://{server}/404/", True, "answers 404"),
        ("http://{server}/cut/", True, "cannot be reached: IncompleteRead("),
        ("http://{server}/stall/", True, "cannot be reached: timed out"),
        (
            "http://{server}/other/",
            False,
            "serves a file that is not the official archive",
        ),
        (
            "http://{server}/endless/",
            False,
            "serves a file that is not the official archive",
        ),
        ("https://{server}/", False, "cannot be reached: [SSL"),
        (
            "https://behind.a.proxy/",
            False,
            "cannot be reached: Tunnel connection failed: 407 Proxy Auth",
        ),
    ],
)
def test_each_mirror_is_tried_three_times_and_named(
    server: str,
    monkeypatch: pytest.MonkeyPatch,
    mirror: str,
    is_absent: bool,
    reason: str,
) -> None:
    monkeypatch.setattr(
        "os.environ", {"HTTPS_PROXY": f"http://{server}", "NO_PROXY": "127.0.0.1"}
    )
    first, second = (
        mirror.format(server=server),
        f"http://{server}/404,404,404,404,404,good/",
    )
    monkeypatch.setattr(download, "MIRRORS", [first, second])
    with pytest.raises(DownloadError) as caught:
        download.fetch(CACHE)
    assert (caught.type is download.UnreachableError) == is_absent, (
        "only then may data be synthetic"
    )
    assert f": {first} {reason}" in str(caught.value)
    assert f"; {second} answers 404. Connect" in str(caught.value)
    assert contents(CACHE) == {}
    assert {*REQUESTS.values()} == {3}
    download.fetch(CACHE)
    assert contents(CACHE) == {f"{TAR}.gz": ARCHIVE}


@pytest.mark.usefixtures("server")
def test_the_archive_is_downloaded_undecoded_and_only_if_necessary() -> None:
    for _ in range(2):
        assert download.provide("auto", NAMES, RAW) == "cifar10"
        assert (RAW / "data_batch_1").read_bytes() == BATCH
        (RAW / "data_batch_1").unlink()
    assert REQUESTS.total() == 1
    (CACHE / f"{TAR}.gz").write_bytes(ARCHIVE[:-1])
    download.fetch(CACHE)
    assert contents(CACHE) == {f"{TAR}.gz": ARCHIVE}


@pytest.mark.usefixtures("server")
def test_a_cache_that_cannot_be_written_is_an_error() -> None:
    CACHE.mkdir()
    (CACHE / f".part-{os.getpid()}-{TAR}.gz").symlink_to(
        "no folder/file"
    )  # cannot be opened
    with pytest.raises(
        OSError, match=r"No such file or directory: .*cifar-10-python\.tar\.gz"
    ):
        download.provide("auto", NAMES, RAW)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("CIFAR10_DIR", "/no/such", "No such file or directory"),
        ("REQUESTS_CA_BUNDLE", __file__, "no certificate or crl found"),
        ("https_proxy", "proxy:3128", "malformed"),
        ("ALL_PROXY", "socks5://127.0.0.1:9", "Missing dependencies for SOCKS support"),
        ("HTTPS_PROXY", "http://me:secret@host:port", "Failed to parse"),
    ],
)
def test_a_setting_that_cannot_work_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(name, value)
    shown = re.escape(value.replace("http://me:secret", "***"))
    check_refusal(
        f"^(?!.*secret).*{name} is {shown}, (not the batches|which cannot be used).*: .*{reason}"
    )


def test_only_auto_falls_back_to_synthetic_data_without_a_network(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "os.environ", {"HTTPS_PROXY": "http://127.0.0.1:9", "REQUESTS_CA_BUNDLE": "/"}
    )
    with pytest.raises(
        DownloadError, match="Connect to the network, set CIFAR10_DIR, or set dataset: "
    ):
        download.provide("cifar10", NAMES, RAW)
    assert download.provide("auto", NAMES, RAW) == "synthetic"
    note = capsys.readouterr().err
    assert (
        "note: CIFAR-10 is not available: CIFAR10_DIR is not set, and cifar-10-python.tar.gz"
        in note
    )
    assert (RAW / "data_batch_1").read_bytes() == synthetic.batch("data_batch_1")


def test_cifar10_is_not_replaced_by_synthetic_data(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files.write_bytes(RAW / "data_batch_1", BATCH)
    for own in str(RAW), "":
        monkeypatch.setenv("CIFAR10_DIR", own)
        assert download.provide("auto", NAMES, RAW) == "cifar10"
        assert (RAW / "data_batch_2").exists(), (
            "nothing in the user's folder may be removed"
        )
    (RAW / "data_batch_1").unlink()
    check_refusal("CIFAR-10 is not available")


def test_only_batches_from_an_earlier_call_are_replaced_or_removed() -> None:
    before = contents(RAW)
    with pytest.raises(
        DownloadError, match="data_batch_5 was not written by this pipeline: move it"
    ):
        download.provide("synthetic", ["data_batch_1", "data_batch_5"], RAW)
    assert contents(RAW) == before
    batch = synthetic.batch("data_batch_1")
    download.provide("synthetic", NAMES, RAW)
    for found in batch, bytes(len(batch)):
        (RAW / "data_batch_1").write_bytes(found)
        download.provide("synthetic", NAMES, RAW)
        assert {path.name for path in RAW.iterdir()} == {
            "dataset.json",
            "data_batch_1",
            "data_batch_5",
        }
        assert (RAW / "data_batch_1").read_bytes() == batch


def test_cifar10_dir_can_be_a_folder_or_an_archive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files.write_bytes("own/cifar-10-batches-py/data_batch_1", BATCH)
    files.write_bytes(f"gz/{TAR}.gz", ARCHIVE)
    files.write_bytes(f"tar/{TAR}", tar(BATCH))
    monkeypatch.setenv("HOME", str(Path.cwd()))
    Path(".dvc/tmp/exps/tmp1").mkdir(parents=True)
    monkeypatch.chdir(
        ".dvc/tmp/exps/tmp1"
    )  # the user's path is relative to the project
    for value in (
        "~/own",
        "own/cifar-10-batches-py",
        "~/gz",
        f"gz/{TAR}.gz",
        "~/tar",
        f"tar/{TAR}",
    ):
        monkeypatch.setenv("CIFAR10_DIR", value)
        assert download.provide("auto", NAMES, RAW) == "cifar10"
        assert (RAW / "data_batch_1").read_bytes() == BATCH
        (RAW / "data_batch_1").unlink()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (
            "data_batch_1",
            b"huge",
            "not the batches or their archive: .*larger than 33554432 bytes",
        ),
        (
            TAR,
            b"huge",
            f"CIFAR10_DIR is .*own/{TAR}, not the .*: .*larger than 200000000 bytes",
        ),
        ("a.txt", b"", r"own, which has no data_batch_1; it has: a\.txt"),
        (
            "data_batch_1",
            b"cos\nsystem\n(S'echo'\ntR.",
            "data_batch_1 in .*own is not the official file",
        ),
        (TAR, tar(bytes(5000))[:3000], "not the batches or their archive: "),
        (TAR, gzip.compress(tar(BATCH), mtime=0), "not the batches or their archive: "),
        (TAR, tar(b"cos\nsystem\n"), "data_batch_1 in .* is not the official file"),
        (TAR, tar(b"", **SPARSE), "data_batch_1 in .* is not the official file"),
    ],
)
def test_a_wrong_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, reason: str
) -> None:
    monkeypatch.setenv("CIFAR10_DIR", str(OWN))
    files.write_bytes(OWN / name, content)
    os.truncate(OWN / name, 10**12 if content == b"huge" else len(content))
    check_refusal(reason)
