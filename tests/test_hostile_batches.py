"""Batches that attack: nothing runs, nothing grows, and every mutation ends in a batch or a refusal."""

import os
import pickle
import subprocess
import sys
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from birds import batches, pickles
from birds.errors import BatchError

DATA = np.arange(2 * 3072, dtype=np.uint8).reshape(2, 3072)
SEEDS = [pickle.dumps({"data": DATA, "labels": [2, 7]}, protocol) for protocol in range(6)]


class Reduced:
    """An object whose pickle calls something."""

    def __init__(self, *reduced: Any) -> None:
        self.reduced = reduced

    def __reduce__(self) -> Any:
        return self.reduced


def gadgets(mark: str) -> dict[str, Any]:
    """Objects that leave a file behind when they are unpickled in the ordinary way."""
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
def test_no_gadget_runs(tmp_path: Path, name: str, protocol: int) -> None:
    mark = tmp_path / "it ran"
    gadget = gadgets(str(mark))[name]
    batch = gadget if isinstance(gadget, dict) else {"data": DATA, "labels": [2, 7], "more": gadget}
    (tmp_path / "batch").write_bytes(pickle.dumps(batch, protocol))
    with pytest.raises(BatchError, match=r"which no batch needs|not uint8|something that no batch needs"):
        batches.read(tmp_path / "batch")
    assert not mark.exists()


def test_the_gadgets_would_run(tmp_path: Path) -> None:
    """The control: Python's own unpickler does what the gadgets say."""
    for name, gadget in gadgets(str(tmp_path / "it ran")).items():
        if name in ("os.system", "subprocess"):
            continue  # the mark would come later, or through a shell
        content = pickle.dumps(gadget)
        command = f"import pickle; pickle.loads({content!r})"
        subprocess.run([sys.executable, "-W", "ignore", "-c", command], capture_output=True, check=False)
        assert (tmp_path / "it ran").exists(), name
        (tmp_path / "it ran").unlink()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "extension": lambda: b"\x80\x02\x82\x01.",
    "persistent id": lambda: b"\x80\x02X\x01\x00\x00\x00xQ.",
    "persistent text id": lambda: b"Px\n.",
    "inst": lambda: b"(ios\nsystem\n.",
    "obj": lambda: b"(cos\nsystem\nX\x02\x00\x00\x00lso.",
    "newobj": lambda: b"\x80\x02cnumpy\nndarray\n)\x81.",
    "stack global": lambda: b"\x80\x04\x8c\x02os\x8c\x06system\x93.",
    "dtype of objects": lambda: pickle.dumps({"data": np.array([None, 1]), "labels": [1]}, 2),
    "structured dtype": lambda: pickle.dumps({"data": np.zeros(2, [("a", "u1")]), "labels": [1]}, 2),
    "attribute path": lambda: b"\x80\x04\x8c\x05numpy\x8c\x0cndarray.data\x93.",
    "numpy submodule": lambda: b"cnumpy.testing._private.utils\nrunstring\n(S'1'\n}tR.",
    "memo bomb": lambda: b"\x80\x02]r\xff\xff\xff\x7f.",
    "memo flood": lambda: b"\x80\x04]" + b"\x94" * 1_000_000,
    "billion laughs": lambda: (
        b"\x80\x02]q\x00" + b"".join(b"(" + b"h%c" % n * 10 + b"lq%c" % (n + 1) for n in range(99))
    ),
    "deep lists": lambda: b"]" * 1_000_000 + b"a" * 999_999 + b".",
    "deep tuples": lambda: b")" + b"\x85" * 150_000 + b".",
    "deep tuple as key": lambda: b"})" + b"\x85" * 150_000 + b"K\x01s.",
    "flood of dicts": lambda: b"}" * 10_000_000,
    "flood of marks": lambda: b"(" * 10_000_000,
    "claims 8 EB of bytes": lambda: b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7f",
    "claims 8 EB of text": lambda: b"\x80\x04\x8d" + b"\xff" * 7 + b"\x7f",
    "claims 8 EB in a bytearray": lambda: b"\x80\x05\x96" + b"\xff" * 7 + b"\x7f",
    "claims 8 EB in a frame": lambda: b"\x80\x04\x95" + b"\xff" * 7 + b"\x7f",
    "claims a 2 GB int": lambda: b"\x80\x02\x8b\xff\xff\xff\x7f",
    "long decimal": lambda: b"I" + b"9" * 5_000_000 + b"\n.",
    "array larger than its bytes": lambda: SEEDS[2].replace(b"K\x02M\x00\x0c", b"J\xff\xff\xff\x7fM\x00\x0c"),
    "array smaller than its bytes": lambda: SEEDS[2].replace(b"K\x02M\x00\x0c", b"K\x01M\x00\x0c"),
    "array of negative size": lambda: SEEDS[2].replace(b"K\x02M\x00\x0c", b"J\xfe\xff\xff\xffJ\x00\xf4\xff\xff"),
    "empty": lambda: b"",
    "truncated": lambda: SEEDS[4][:-20],
    "text": lambda: b"hello, I am a text\n",
    "picture": lambda: b"\x89PNG\r\n\x1a\n" + bytes(1000),
    "zeros": lambda: bytes(1_000_000),
    "gzip": lambda: b"\x1f\x8b\x08" + bytes(1000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_little_memory(tmp_path: Path, name: str) -> None:
    content = HOSTILE[name]()
    path = tmp_path / "batch"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(BatchError) as caught:
            batches.read(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert str(caught.value).startswith(f"{path} is not a CIFAR-10 batch: ")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < len(str(path)) + 200
    assert peak < 8 * len(content) + 64 * 2**20


@pytest.mark.parametrize("name", ["pipe", "folder", "device", "too large"])
def test_files_that_are_none_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "pipe":
        os.mkfifo(path)
    elif name == "folder":
        path.mkdir()
    elif name == "device":
        path.symlink_to("/dev/zero")
    else:
        with path.open("wb") as file:
            file.truncate(10 * 2**30)
    with pytest.raises(BatchError, match=r"not a regular file|larger than"):
        batches.read(path)


def check(content: bytes) -> None:
    """The only outcomes are a whole batch and a refusal, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            images, labels = batches.decode(content)
        except pickles.RefusedError:
            return
    assert images.shape == (len(labels), 32, 32, 3)
    assert images.dtype == np.uint8
    assert len(labels) > 0
    assert set(labels.tolist()) <= set(range(10))


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), st.binary(max_size=6)), min_size=1, max_size=4),
)
def test_mutated_batches(seed: bytes, changes: list[tuple[float, int, bytes]]) -> None:
    content = seed
    for where, removed, inserted in changes:
        # half of the changes among the opcodes at both ends, where most of the structure is
        at = int(where * len(content)) if removed % 2 else int(where * 400) - 200
        content = content[:at] + inserted + content[at:][removed:]
    check(content)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes(content: bytes) -> None:
    check(content)
    check(b"\x80\x02}" + content + b".")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_mutations_of_the_real_batch(real_data: Path, data: st.DataObject) -> None:
    content = bytearray((real_data / "data_batch_1").read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        ends = st.integers(0, 30_000) | st.integers(len(content) - 400_000, len(content) - 1)
        at = data.draw(ends | st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    check(bytes(content))
