"""Batch files: reading, and the two checks that stop hostile files: the digest and the unpickler."""

import contextlib
import os
import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from birds.data import cifar10, synthetic
from birds.errors import UserError

BATCHES = [(dataset, name) for dataset, digests in cifar10.SHA256.items() for name in digests]


@pytest.mark.parametrize(("dataset", "name"), BATCHES)
def test_every_batch_has_its_pinned_digest_and_is_read_as_pickle_reads_it(
    dataset: str, name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if dataset == "cifar10":
        path: Path = request.getfixturevalue("real_data") / name
        if not path.exists():
            pytest.skip(f"needs {name}: put all six batches into the folder in CIFAR10_DIR")
    else:
        path = tmp_path / name
        path.write_bytes(synthetic.batch(name))
    images, classes = cifar10.read_batch(path)
    batch = pickle.loads(path.read_bytes(), encoding="latin1")  # noqa: S301  its digest is pinned
    for channel, plane in enumerate(np.split(batch["data"], 3, axis=1)):
        np.testing.assert_array_equal(images[..., channel], plane.reshape(-1, 32, 32))
    np.testing.assert_array_equal(classes, np.array(batch["labels"], np.int64), strict=True)


def test_a_batch_with_the_name_of_another_batch_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "data_batch_2").write_bytes(synthetic.batch("data_batch_1"))
    with pytest.raises(UserError, match="is not the official file"):
        cifar10.read_batch(tmp_path / "data_batch_2")


def gadget(*reduced: Any) -> Any:
    """Return an object whose pickle calls a function."""
    return type("Gadget", (), {"__reduce__": lambda _: reduced})()


def hostile(mark: str) -> dict[str, Any]:
    """Return objects that create a file when Python's own pickle loads them."""
    call = gadget(exec, (f"open({mark!r}, 'w').close()",))
    return {
        "os.mkdir": gadget(os.mkdir, (mark,)),
        "exec": call,
        "object array": np.array([call], dtype=object),
        "state": gadget(Exception, (), {"x": call}),
        "items": gadget(dict, (), None, None, iter([(call, 1)])),
    }


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("name", hostile(""))
def test_a_hostile_pickle_is_refused_by_its_digest_and_by_the_unpickler(
    tmp_path: Path, name: str, protocol: int
) -> None:
    mark, path = tmp_path / "it ran", tmp_path / "data_batch_1"
    path.write_bytes(pickle.dumps({"labels": [2, hostile(str(mark))[name]]}, protocol))
    with pytest.raises(UserError, match="is not the official file: its SHA-256 is"):
        cifar10.read_batch(path)
    with pytest.raises(pickle.UnpicklingError, match="which no batch needs"):
        cifar10.decode_batch(path.read_bytes())
    assert not mark.exists()
    with warnings.catch_warnings(action="ignore"), contextlib.suppress(Exception):
        pickle.loads(path.read_bytes())  # noqa: S301  the control experiment: it creates the mark
    assert mark.exists()


def test_no_opcode_reaches_anything_but_arrays() -> None:
    for content in (
        b"(ios\nsystem\n.",  # INST, which Python 3 no longer writes
        b"\x80\x04\x8c\x05numpy\x8c\x0cndarray.data\x93.",  # an attribute of what is allowed
        b"cnumpy.testing._private.utils\nrunstring\n(S'1'\n}tR.",
        b"c_codecs\nencode\n(Vx\nVlatin1\ntR.",
    ):
        with pytest.raises(pickle.UnpicklingError, match="which no batch needs"):
            cifar10.decode_batch(content)


def test_only_regular_files_up_to_the_limit_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, size in {"large": cifar10.BATCH_BYTES_MAX, "larger": cifar10.BATCH_BYTES_MAX + 1}.items():
        (tmp_path / name).touch()
        os.truncate(tmp_path / name, size)
    reasons = {"large": " is not the official", "larger": ": larger than", "none": ": No such file"}
    for name in "pipe", ".", "/dev/zero":
        reasons[name] = ": not a regular file"
    for name, reason in reasons.items():
        with pytest.raises(UserError, match=f"{tmp_path / name}{reason}"):
            cifar10.read_batch(tmp_path / name)
