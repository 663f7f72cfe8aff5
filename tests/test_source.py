"""Where the data comes from: the user's folder, the archive, the stand-in, and which failure leads where."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from birds import archive, batches, cifar10, source
from birds.errors import SourceError

NAMES = ["data_batch_1"]


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that CIFAR10_DIR names."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("CIFAR10_DIR", str(folder))
    return folder


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder of one's own, an empty cache and a mirror that nobody serves."""
    monkeypatch.delenv("CIFAR10_DIR", raising=False)
    monkeypatch.setattr(archive, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(archive.download, "__defaults__", (archive.OFFICIAL, ["http://127.0.0.1:9/"], 1.0))
    monkeypatch.setattr("pooch.core.time", SimpleNamespace(sleep=lambda _: None))  # its back-off takes seconds
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def test_the_real_batch_is_taken_from_the_users_folder(real_data: Path, tmp_path: Path) -> None:
    target = tmp_path / "raw"
    target.mkdir()
    (target / ".part-data_batch_1").write_bytes(b"left over by a killed run")
    assert source.obtain("cifar10", NAMES, target) == "cifar10"
    assert [path.name for path in target.iterdir()] == NAMES
    assert (target / "data_batch_1").read_bytes() == (real_data / "data_batch_1").read_bytes()


@pytest.mark.parametrize("dataset", ["auto", "cifar10"])
def test_a_missing_folder_is_named(
    own_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dataset: str
) -> None:
    monkeypatch.setenv("CIFAR10_DIR", str(own_folder / "none"))
    with pytest.raises(SourceError, match=r"CIFAR10_DIR is .*none, which is not a folder; it must hold data_batch_1"):
        source.obtain(dataset, NAMES, tmp_path / "raw")
    assert not (tmp_path / "raw").exists()


@pytest.mark.parametrize("dataset", ["auto", "cifar10"])
def test_an_incomplete_folder_is_named(own_folder: Path, tmp_path: Path, dataset: str) -> None:
    with pytest.raises(SourceError, match=r"whose data_batch_1 cannot be read: No such file"):
        source.obtain(dataset, NAMES, tmp_path / "raw")
    (own_folder / "data_batch_1").mkdir()
    with pytest.raises(SourceError, match=r"whose data_batch_1 cannot be read: not a regular file"):
        source.obtain(dataset, NAMES, tmp_path / "raw")
    assert not (tmp_path / "raw").exists()


@pytest.mark.parametrize("dataset", ["auto", "cifar10"])
def test_a_tampered_batch_is_an_error_and_never_a_fallback(own_folder: Path, tmp_path: Path, dataset: str) -> None:
    (own_folder / "data_batch_1").write_bytes(b"cos\nsystem\n(S'echo'\ntR.")
    with pytest.raises(SourceError, match=r"data_batch_1 in CIFAR10_DIR, .*, is not the official file: its SHA-256 is"):
        source.obtain(dataset, NAMES, tmp_path / "raw")
    assert not (tmp_path / "raw").exists()


def test_a_tampered_copy_of_the_real_batch_is_an_error(real_data: Path, own_folder: Path, tmp_path: Path) -> None:
    shutil.copyfile(real_data / "data_batch_1", own_folder / "data_batch_1")
    with (own_folder / "data_batch_1").open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"\0")
    with pytest.raises(SourceError, match="is not the official file"):
        source.obtain("auto", NAMES, tmp_path / "raw")


@pytest.mark.usefixtures("offline")
def test_without_a_network_auto_takes_the_stand_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert source.obtain("auto", NAMES, tmp_path / "raw") == "synthetic"
    note = capsys.readouterr().err
    assert "note: CIFAR-10 could not be had: CIFAR10_DIR is not set, and cifar-10-python.tar.gz could not be" in note
    images, labels = batches.read(tmp_path / "raw/data_batch_1")
    assert len(images) == len(labels) == 10_000
    assert (labels == cifar10.CLASSES.index("bird")).sum() == 1_032


@pytest.mark.usefixtures("offline")
def test_without_a_network_cifar10_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"Set CIFAR10_DIR to a folder that holds data_batch_1, or try again"):
        source.obtain("cifar10", NAMES, tmp_path / "raw")


@pytest.mark.usefixtures("own_folder")
def test_the_stand_in_is_taken_when_asked_for(tmp_path: Path) -> None:
    assert source.obtain("synthetic", NAMES, tmp_path / "raw") == "synthetic"
