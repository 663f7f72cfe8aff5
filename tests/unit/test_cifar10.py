"""Batch files: reading, and the two checks that stop hostile files: the digest and the unpickler."""

import contextlib
import hashlib
import os
import pickle
import subprocess
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from birds.data import cifar10, synthetic
from birds.errors import UserError

DATA = np.arange(2 * 3072, dtype=np.uint8).reshape(2, 3072)


def planes(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the images as the format defines them: red, green and blue planes."""
    red, green, blue = pixels[:, :1024], pixels[:, 1024:2048], pixels[:, 2048:]
    return np.stack([plane.reshape(-1, 32, 32) for plane in (red, green, blue)], axis=3)


@pytest.mark.parametrize("name", cifar10.SHA256["cifar10"])
def test_official_batches_are_read_as_pickle_reads_them(real_data: Path, name: str) -> None:
    if not (real_data / name).exists():
        pytest.skip(f"needs {name}: put all six batches into the folder in CIFAR10_DIR")
    images, labels = cifar10.read_batch(real_data / name)
    with (real_data / name).open("rb") as file:
        batch = pickle.load(file, encoding="bytes")  # noqa: S301  its digest is pinned
    np.testing.assert_array_equal(images, planes(batch[b"data"]))
    np.testing.assert_array_equal(labels, batch[b"labels"])
    assert images.dtype == np.uint8


@pytest.mark.parametrize("name", ["data_batch_1", "test_batch"])
def test_synthetic_batches_are_read_as_pickle_reads_them(tmp_path: Path, name: str) -> None:
    content = synthetic.batch(name)
    (tmp_path / name).write_bytes(content)
    images, labels = cifar10.read_batch(tmp_path / name)
    batch = pickle.loads(content)  # noqa: S301  created above
    np.testing.assert_array_equal(images, planes(batch["data"]))
    np.testing.assert_array_equal(labels, batch["labels"])


def test_batches_pickled_by_python_2_and_numpy_1_are_read() -> None:
    """As the official batches are: their bytes are Python 2's strings, and NumPy 2 has renamed its module."""
    content = pickle.dumps({"data": DATA[:1], "labels": [7]}, protocol=3)
    for new, old in (
        (b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n"),
        (b"C\x01b", b"U\x01b"),  # SHORT_BINBYTES, SHORT_BINSTRING
        (b"B\x00\x0c\x00\x00", b"T\x00\x0c\x00\x00"),  # BINBYTES, BINSTRING
    ):
        assert content.count(new) == 1
        content = content.replace(new, old)
    images, classes = cifar10.decode_batch(content)
    np.testing.assert_array_equal(images, planes(DATA[:1]))
    np.testing.assert_array_equal(classes, np.array([7], np.int64), strict=True)


def test_synthetic_batches_have_the_pinned_digests() -> None:
    for name, digest in cifar10.SHA256["synthetic"].items():
        assert hashlib.sha256(synthetic.batch(name)).hexdigest() == digest


class Reduced:
    """An object that makes its pickle call a function."""

    def __init__(self, *reduced: Any) -> None:
        self.reduced = reduced

    def __reduce__(self) -> Any:
        return self.reduced


def gadgets(mark: str) -> dict[str, Any]:
    """Return objects that create a file when Python's own pickle loads them."""
    touch = f"open({mark!r}, 'w').close()"
    return {
        "os.system": Reduced(os.system, (f"touch {mark}",)),
        "builtins.eval": Reduced(eval, (touch,)),
        "builtins.exec": Reduced(exec, (touch,)),
        "builtins.open": Reduced(open, (mark, "w")),
        "subprocess": Reduced(subprocess.Popen, (["touch", mark],)),
        "setitems": Reduced(dict, (), None, None, iter([(Reduced(exec, (touch,)), 1)])),
        "append": Reduced(list, (), None, iter([Reduced(exec, (touch,))])),
        "build": Reduced(Exception, (), {"x": Reduced(exec, (touch,))}),
        "object array": np.array([Reduced(exec, (touch,))], dtype=object),
        "in labels": {"data": DATA, "labels": [2, Reduced(exec, (touch,))]},
        "as key": {"data": DATA, "labels": [2, 7], Reduced(exec, (touch,)): 1},
    }


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("name", gadgets(""))
def test_hostile_pickles_do_not_run(tmp_path: Path, name: str, protocol: int) -> None:
    mark = tmp_path / "it ran"
    gadget = gadgets(str(mark))[name]
    batch = gadget if isinstance(gadget, dict) else {"data": DATA, "labels": [2, 7], "more": gadget}
    content = pickle.dumps(batch, protocol)
    (tmp_path / "data_batch_1").write_bytes(content)
    with pytest.raises(UserError, match="is not the official file: its SHA-256 is"):
        cifar10.read_batch(tmp_path / "data_batch_1")
    with pytest.raises(pickle.UnpicklingError, match="which no batch needs"):
        cifar10.decode_batch(content)
    assert not mark.exists()


@pytest.mark.parametrize("name", sorted(gadgets("").keys() - {"os.system", "subprocess"}))
def test_hostile_pickles_run_in_pythons_own_unpickler(tmp_path: Path, name: str) -> None:
    """The control experiment."""
    mark = tmp_path / "it ran"
    with warnings.catch_warnings(action="ignore"), contextlib.suppress(Exception):
        pickle.loads(pickle.dumps(gadgets(str(mark))[name]))  # noqa: S301  it only creates a file
    assert mark.exists()


HOSTILE = {
    "instance": b"(ios\nsystem\n.",
    "object": b"(cos\nsystem\nX\x02\x00\x00\x00lso.",
    "stack global": b"\x80\x04\x8c\x02os\x8c\x06system\x93.",
    "attribute path": b"\x80\x04\x8c\x05numpy\x8c\x0cndarray.data\x93.",
    "numpy submodule": b"cnumpy.testing._private.utils\nrunstring\n(S'1'\n}tR.",
    "codec": b"c_codecs\nencode\n(Vx\nVlatin1\ntR.",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_unpickler_rejects_everything_but_arrays(name: str) -> None:
    with pytest.raises(pickle.UnpicklingError, match="which no batch needs"):
        cifar10.decode_batch(HOSTILE[name])


def test_a_batch_with_the_name_of_another_batch_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "data_batch_2").write_bytes(synthetic.batch("data_batch_1"))
    with pytest.raises(UserError, match="is not the official file"):
        cifar10.read_batch(tmp_path / "data_batch_2")


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "too large", "missing"])
def test_non_regular_files_are_rejected(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "data_batch_1"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "too large":
        with path.open("wb") as file:
            file.truncate(10 * 2**30)
    with pytest.raises(UserError, match=r"data_batch_1: (not a regular file|larger than|No such file)"):
        cifar10.read_batch(path)
