"""Providing the batches: from the user's folder, from a misbehaving local server, or as synthetic data."""

import gzip
import hashlib
import os
import re
import resource
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from birds import files
from birds.data import cifar10, download, synthetic
from birds.errors import DownloadError

RAW, OWN, CACHE = Path("raw"), Path("own"), Path("cache")
NAMES = ["data_batch_1"]
TAR = "cifar-10-python.tar"
GOOD = bytes(range(256)) * 300
STALL_SECONDS = 0.5
SPARSE = {"GNU.sparse.map": "0,1", "GNU.sparse.size": str(10**13)}  # a member of a tar file

ANSWERS = {"good": GOOD, "cut": GOOD[:-100], "stall": GOOD[:100], "other": GOOD[:-1] + b"?", "endless": GOOD}
FAILURES = {
    "404": (download.UnreachableError, "answers 404"),
    "cut": (download.UnreachableError, "cannot be reached: IncompleteRead(76700 bytes read, 100 more"),
    "stall": (download.UnreachableError, "cannot be reached: timed out"),
    "other": (DownloadError, "serves a file that is not the official archive"),
    "endless": (DownloadError, "serves a file that is not the official archive"),
}
Fetch = Callable[..., Path]


class Handler(BaseHTTPRequestHandler):
    """Gives the answers that the address names, such as /404,good/, and the last one again and again."""

    requests: ClassVar[Counter[str]] = Counter()

    def do_GET(self) -> None:
        answers = self.path.split("/")[1].split(",")
        answer = answers[min(self.requests[self.path], len(answers) - 1)]
        self.requests[self.path] += 1
        content = ANSWERS.get(answer, b"")
        self.send_response(int(answer) if answer.isdecimal() else 200)
        self.send_header("Content-Length", str(10**12 if answer == "endless" else len(GOOD)))
        self.send_header("Content-Encoding", "gzip")  # some servers name the archive's own compression
        self.end_headers()
        self.wfile.write(gzip.compress(content) if "gzip" in self.headers["Accept-Encoding"] else content)
        time.sleep(3 * STALL_SECONDS if answer == "stall" else 0)
        while answer == "endless":
            self.wfile.write(content)

    def do_CONNECT(self) -> None:
        self.send_error(407)


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a server, to which a test appends the answers."""
    Handler.requests.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.01]).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting, no cache, no mirror that answers; a batch from an earlier call and one of the user's."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name == "CIFAR10_DIR" or name.upper().endswith(("_PROXY", "_CA_BUNDLE")):
            monkeypatch.delenv(name)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _: CACHE)
    monkeypatch.setattr(download, "MIRRORS", ["https://127.0.0.1:9/"])
    monkeypatch.setattr(download, "TIMEOUT", (10, STALL_SECONDS))
    monkeypatch.setattr(download, "time", SimpleNamespace(sleep=lambda _: None))  # between attempts
    files.write_json(RAW / "dataset.json", {"dataset": "synthetic", "batches": ["data_batch_2"]})
    files.write_bytes(RAW / "data_batch_2", b"old")
    files.write_bytes(RAW / "data_batch_5", b"mine")


@pytest.fixture
def own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    OWN.mkdir()
    monkeypatch.setenv("CIFAR10_DIR", str(OWN))


@pytest.fixture
def fetch(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A function that downloads a small archive from mirrors to a disk that limits the size of files."""
    monkeypatch.setattr(download, "ARCHIVE_BYTES", len(GOOD))
    monkeypatch.setattr(download, "ARCHIVE_MD5", hashlib.md5(GOOD, usedforsecurity=False).hexdigest())

    def run(*mirrors: str, disk: int = 2**22) -> Path:
        monkeypatch.setattr(download, "MIRRORS", mirrors)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (disk, hard))
        try:
            return download.fetch(CACHE)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return run


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def check_refusal(reason: str) -> None:
    """Check that wrong data or settings never lead to synthetic data, and change nothing."""
    before = contents(RAW)
    for dataset in "auto", "cifar10":
        with pytest.raises(DownloadError, match=reason):
            download.provide(dataset, NAMES, RAW)
    assert contents(RAW) == before


@pytest.mark.parametrize("bad", FAILURES)
def test_each_mirror_is_tried_three_times_and_named(fetch: Fetch, server: str, bad: str) -> None:
    kind, reason = FAILURES[bad]
    first, second = f"{server}{bad}/", f"{server}404,404,404,404,404,good/"
    with pytest.raises(DownloadError) as caught:
        fetch(first, second)
    assert caught.type is kind, "only an absent network may lead to synthetic data"
    assert f"{first} {reason}" in str(caught.value)
    assert f"; {second} answers 404. Connect" in str(caught.value)
    assert contents(CACHE) == {}
    fetch(first, second)
    assert contents(CACHE) == {"cifar-10-python.tar.gz": GOOD}
    assert [*Handler.requests.values()] == [6, 6]


def test_the_archive_is_downloaded_undecoded_and_only_if_necessary(fetch: Fetch, server: str) -> None:
    for _ in range(2):
        path = fetch(f"{server}good/")
        assert path.read_bytes() == GOOD
    assert Handler.requests.total() == 1
    path.write_bytes(GOOD[:-1])
    assert fetch(f"{server}good/").read_bytes() == GOOD


def test_a_cache_that_cannot_be_written_is_an_error(fetch: Fetch, server: str) -> None:
    with pytest.raises(OSError, match=r"File too large: .*cifar-10-python\.tar\.gz"):
        fetch(f"{server}good/", disk=1000)
    assert contents(CACHE) == {}
    CACHE.rmdir()
    CACHE.write_text("not a folder")
    with pytest.raises(OSError, match="File exists: 'cache'"):
        download.provide("auto", NAMES, RAW)
    assert {*contents(RAW)} == {"dataset.json", "data_batch_2", "data_batch_5"}


def test_a_refusal_is_no_absent_network(fetch: Fetch, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DownloadError, match=r"cannot be reached: .*wrong version number") as no_tls:
        fetch(server.replace("http:", "https:"))
    monkeypatch.setenv("HTTPS_PROXY", server)
    with pytest.raises(DownloadError, match=r"cannot be reached: .*407 Proxy Auth") as no_password:
        fetch("https://127.0.0.1:9/")
    assert download.UnreachableError not in (no_tls.type, no_password.type)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("CIFAR10_DIR", "/no/such", "No such file or directory"),
        ("REQUESTS_CA_BUNDLE", "/no/such.pem", "No such file or directory"),
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
    check_refusal(f"^(?!.*secret).*{name} is {shown}, (not the batches|which cannot be used).*: .*{reason}")


@pytest.mark.parametrize(
    ("name", "value"),
    [("CIFAR10_DIR", ""), ("HTTPS_PROXY", "http://127.0.0.1:9"), ("REQUESTS_CA_BUNDLE", "/")],
)
def test_only_auto_falls_back_to_synthetic_data_without_a_network(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(DownloadError, match="Connect to the network, set CIFAR10_DIR, or set dataset: "):
        download.provide("cifar10", NAMES, RAW)
    assert download.provide("auto", NAMES, RAW) == "synthetic"
    note = capsys.readouterr().err
    assert "note: CIFAR-10 is not available: CIFAR10_DIR is not set, and cifar-10-python.tar.gz" in note
    assert cifar10.is_batch((RAW / "data_batch_1").read_bytes(), "data_batch_1", "synthetic")
    monkeypatch.setenv("CIFAR10_DIR", str(RAW))
    check_refusal("data_batch_1 in .* is not the official file")


def test_cifar10_is_not_replaced_by_synthetic_data(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [*NAMES, "test_batch"]
    monkeypatch.setenv("CIFAR10_DIR", str(real_data))
    assert download.provide("auto", names, RAW) == "cifar10"
    before = contents(RAW)
    monkeypatch.setenv("CIFAR10_DIR", str(RAW))
    assert download.provide("auto", NAMES, RAW) == "cifar10"
    monkeypatch.delenv("CIFAR10_DIR")
    assert download.provide("auto", names, RAW) == "cifar10"
    assert contents(RAW) == before
    (RAW / "data_batch_1").unlink()
    check_refusal("CIFAR-10 is not available")


@pytest.mark.usefixtures("own_folder")
def test_only_batches_from_an_earlier_call_are_replaced_or_removed() -> None:
    download.provide("synthetic", ["data_batch_1", "data_batch_2"], RAW)
    assert (RAW / "data_batch_2").read_bytes() == synthetic.batch("data_batch_2")
    (RAW / "data_batch_1").write_bytes(bytes(len(synthetic.batch("data_batch_1"))))
    download.provide("synthetic", ["data_batch_1"], RAW)
    before = contents(RAW)
    assert {*before} == {"data_batch_1", "data_batch_5", "dataset.json"}
    assert before["data_batch_1"] == synthetic.batch("data_batch_1")
    with pytest.raises(DownloadError, match="data_batch_5 was not written by this pipeline: move it"):
        download.provide("synthetic", ["data_batch_2", "data_batch_5"], RAW)
    assert contents(RAW) == before
    assert before["data_batch_5"] == b"mine"


def tar(content: bytes, kind: bytes = tarfile.REGTYPE, **headers: str) -> bytes:
    """A tar file of one batch."""
    member = tarfile.TarInfo("cifar-10-batches-py/data_batch_1")
    member.type = kind
    member.size = len(content)
    member.pax_headers = headers
    return member.tobuf() + content + bytes(-len(content) % 512 + 1024)


def huge(path: Path) -> None:
    path.touch()
    os.truncate(path, 10**12)  # reading all of it would fail


def test_cifar10_dir_can_be_a_folder_or_an_archive(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    official = (real_data / "data_batch_1").read_bytes()
    archive = gzip.compress(tar(official), compresslevel=0)
    digest = hashlib.md5(archive, usedforsecurity=False).hexdigest()
    monkeypatch.setattr(download, "ARCHIVE_MD5", digest)
    files.write_bytes(f"packed/{TAR}.gz", archive)
    files.write_bytes(f"unpacked/{TAR}", tar(official))
    OWN.mkdir()
    (OWN / "cifar-10-batches-py").symlink_to(real_data)
    monkeypatch.setenv("HOME", str(Path.cwd()))
    Path("project/.dvc/tmp/exps/tmp1").mkdir(parents=True)
    monkeypatch.chdir("project/.dvc/tmp/exps/tmp1")  # the user's path is relative to the project
    for folder, name in ("own", "cifar-10-batches-py"), ("packed", f"{TAR}.gz"), ("unpacked", TAR):
        for value in f"~/{folder}", f"../{folder}/{name}":
            monkeypatch.setenv("CIFAR10_DIR", value)
            assert download.provide("auto", NAMES, Path(folder)) == "cifar10"
        assert Path(folder, "data_batch_1").read_bytes() == official


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("data_batch_1", Path.mkdir, "not the batches or their archive: .*not a regular file: .*data_batch"),
        ("data_batch_1", huge, "larger than 33554432 bytes: .*data_batch_1"),
        (TAR, huge, f"larger than 200000000 bytes: .*{TAR}"),
        ("a.txt", b"", r"own, which has no data_batch_1; it has: a\.txt"),
        ("data_batch_1", b"cos\nsystem\n(S'echo'\ntR.", "data_batch_1 in .*own is not the official file"),
        (TAR, b"", rf"CIFAR10_DIR is .*own/{TAR}, not the batches or their archive: empty file"),
        (TAR, tar(b"x" * 5000)[:3000], "not the batches or their archive: "),
        (TAR, gzip.compress(tar(b"bomb")), "not the batches or their archive: "),
        (TAR, tar(b"cos\nsystem\n"), "data_batch_1 in .* is not the official file"),
        (TAR, tar(b"", tarfile.REGTYPE, **SPARSE), "data_batch_1 in .* is not the official file"),
        (TAR, tar(b"", tarfile.SYMTYPE), "which has no data_batch_1; it has: nothing"),
    ],
)
@pytest.mark.usefixtures("own_folder")
def test_a_wrong_file_never_leads_to_synthetic_data(name: str, content: Any, reason: str) -> None:
    (OWN / name).write_bytes(content) if isinstance(content, bytes) else content(OWN / name)
    check_refusal(reason)
