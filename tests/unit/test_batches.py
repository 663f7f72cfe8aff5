"""Reading batches, and the two guards against hostile files: digest and unpickler."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from birds.errors import UserError, one_line
from birds.source import synthetic
from birds.source.batches import BATCH_BYTES_MAX, SHA256, decode_batch, read_batch


@pytest.fixture(scope="module")
def synthetic_batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("batches") / "data_batch_1"
    path.write_bytes(synthetic.encode_batch(0))
    return path


class CreatesFolder:
    """Creates the folder "it ran" when Python's own pickle loads it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("it ran",)


# Protocol 0 is text, the official batches have 2, and Python 3.8 added 5.
@pytest.fixture(params=[0, 2, 5], ids=lambda protocol: f"protocol {protocol}")
def hostile_batch(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A hostile batch in the current folder."""
    monkeypatch.chdir(tmp_path)
    path = Path("data_batch_1")
    batch = {"labels": [2, CreatesFolder()]}
    path.write_bytes(pickle.dumps(batch, protocol=request.param))
    return path


def assert_read_as_pickled(path: Path, source: str) -> None:
    images, classes = read_batch(path, source)

    batch = pickle.loads(path.read_bytes(), encoding="latin1")  # noqa: S301  own file
    # A row of the pickled data is a red, a green and a blue image.
    planes = batch["data"].reshape(10000, 3, 32, 32)
    expected = planes.transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(images, expected, strict=True)
    np.testing.assert_array_equal(classes, batch["labels"])


@pytest.mark.parametrize("name", SHA256["cifar10"])
def test_official_batches_are_read_as_pickle_reads_them(
    name: str, cifar10_folder: Path
) -> None:
    if not (cifar10_folder / name).exists():
        pytest.skip(f"needs {name}: put all six batches into the folder in CIFAR10_DIR")

    assert_read_as_pickled(cifar10_folder / name, "cifar10")


def test_synthetic_batches_are_read_as_pickle_reads_them(synthetic_batch: Path) -> None:
    assert_read_as_pickled(synthetic_batch, "synthetic")


def test_classes_are_64_bit_integers(synthetic_batch: Path) -> None:
    _, classes = read_batch(synthetic_batch, "synthetic")

    assert classes.dtype == np.int64


def test_a_batch_of_another_source_is_refused(synthetic_batch: Path) -> None:
    with pytest.raises(UserError, match="is not the cifar10 batch of this name"):
        read_batch(synthetic_batch, "cifar10")


def test_a_batch_under_another_name_is_refused(
    synthetic_batch: Path, tmp_path: Path
) -> None:
    renamed = tmp_path / "data_batch_2"
    renamed.write_bytes(synthetic_batch.read_bytes())

    with pytest.raises(UserError, match="is not the synthetic batch of this name"):
        read_batch(renamed, "synthetic")


def test_the_digest_stops_a_hostile_pickle(hostile_batch: Path) -> None:
    with pytest.raises(UserError, match="its SHA-256 is"):
        read_batch(hostile_batch, "cifar10")

    assert not Path("it ran").exists()


def test_the_unpickler_stops_a_hostile_pickle(hostile_batch: Path) -> None:
    # os.mkdir is a function of the module posix.
    with pytest.raises(pickle.UnpicklingError, match=r"asks for posix\.mkdir"):
        decode_batch(hostile_batch.read_bytes())

    assert not Path("it ran").exists()


def test_the_hostile_pickle_works_where_nothing_stops_it(hostile_batch: Path) -> None:
    pickle.loads(hostile_batch.read_bytes())  # noqa: S301  it creates an empty folder

    assert Path("it ran").exists()


@pytest.mark.parametrize(
    "pickled",
    [
        b"(ios\nsystem\n.",
        b"\x80\x04\x8c\x05numpy\x8c\x0cndarray.data\x93.",
        b"cnumpy.testing._private.utils\nrunstring\n(S'1'\n}tR.",
        b"c_codecs\nencode\n(Vx\nVlatin1\ntR.",
        b"ccopy\n_reconstruct\n.",
    ],
    ids=[
        "an opcode that Python 3 no longer writes",
        "an attribute of NumPy's array",
        "a function of NumPy that runs code",
        "a harmless function of Python",
        "a function with the name of an allowed one",
    ],
)
def test_a_pickle_that_asks_for_more_than_arrays_is_refused(pickled: bytes) -> None:
    with pytest.raises(pickle.UnpicklingError, match="which no batch needs"):
        decode_batch(pickled)


def make_large(path: Path) -> None:
    path.touch()
    os.truncate(path, BATCH_BYTES_MAX + 1)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (os.mkfifo, "not a regular file"),  # reading it would wait forever
        (os.mkdir, "not a regular file"),
        (make_large, "larger than 33554432 bytes"),
    ],
    ids=["pipe", "folder", "large file"],
)
def test_a_pipe_a_folder_and_a_large_file_are_refused_in_one_line(
    make: Callable[[Path], None], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "data_batch_1"
    make(path)

    with pytest.raises(OSError, match=reason) as caught:
        read_batch(path, "cifar10")

    assert one_line(caught.value) == f"{path}: {reason}"
