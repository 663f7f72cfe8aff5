"""Batch files: reading, and the two checks that stop hostile files: the digest and the unpickler."""

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from birds.data import cifar10, synthetic
from birds.errors import UserError

BATCHES = [
    (dataset, name) for dataset, digests in cifar10.SHA256.items() for name in digests
]


@pytest.mark.parametrize(("dataset", "name"), BATCHES)
def test_every_batch_has_its_pinned_digest_and_is_read_as_pickle_reads_it(
    dataset: str, name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path: Path = (
        request.getfixturevalue("real_data") if dataset == "cifar10" else tmp_path
    ) / name
    if dataset == "synthetic":
        path.write_bytes(synthetic.batch(name))
    if not path.exists():
        pytest.skip(f"needs {name}: put all six batches into the folder in CIFAR10_DIR")
    images, classes = cifar10.read_batch(path)
    batch = pickle.loads(path.read_bytes(), encoding="latin1")  # noqa: S301  its digest is pinned
    for channel, plane in enumerate(np.split(batch["data"], 3, axis=1)):
        np.testing.assert_array_equal(images[..., channel], plane.reshape(-1, 32, 32))
    np.testing.assert_array_equal(
        classes, np.array(batch["labels"], np.int64), strict=True
    )


class Hostile:
    """Creates a folder when Python's own pickle loads it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("it ran",)


@pytest.mark.parametrize("protocol", range(6))
def test_a_hostile_pickle_is_refused_by_its_digest_and_by_the_unpickler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: int
) -> None:
    monkeypatch.chdir(tmp_path)
    content = pickle.dumps({"labels": np.array([2, Hostile()], dtype=object)}, protocol)
    Path("data_batch_1").write_bytes(content)
    with pytest.raises(UserError, match="is not the official file: its SHA-256 is"):
        cifar10.read_batch("data_batch_1")
    with pytest.raises(pickle.UnpicklingError, match="which no batch needs"):
        cifar10.decode_batch(content)
    assert not Path("it ran").exists()
    pickle.loads(content)  # noqa: S301  the control experiment
    assert Path("it ran").exists()


def test_no_opcode_reaches_anything_but_arrays() -> None:
    for content in (
        b"(ios\nsystem\n.",  # INST, which Python 3 no longer writes
        b"\x80\x04\x8c\x05numpy\x8c\x0cndarray.data\x93.",  # an attribute of what is allowed
        b"cnumpy.testing._private.utils\nrunstring\n(S'1'\n}tR.",
        b"c_codecs\nencode\n(Vx\nVlatin1\ntR.",
    ):
        with pytest.raises(pickle.UnpicklingError, match="which no batch needs"):
            cifar10.decode_batch(content)


def test_only_regular_files_up_to_the_limit_with_their_own_name_are_read(
    tmp_path: Path,
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "data_batch_2").write_bytes(synthetic.batch("data_batch_1"))
    (tmp_path / "large").write_bytes(bytes(cifar10.BATCH_BYTES_MAX + 1))
    for name, reason in [
        ("data_batch_2", " is not the official"),
        ("large", ": larger than"),
        ("none", ": No such file"),
        ("pipe", ": not a regular file"),
        (".", ": not a regular file"),
    ]:
        with pytest.raises(UserError, match=f"{tmp_path / name}{reason}"):
            cifar10.read_batch(tmp_path / name)
