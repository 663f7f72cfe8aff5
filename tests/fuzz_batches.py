"""Fuzz the batch reader, guided by coverage: the only outcomes are a whole batch or a refusal.

Run by ``make fuzz``; the arguments are libFuzzer's.
"""

import pickle
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["birds", "pickletools"]):
    from birds import batches, pickles, synthetic

import numpy as np

MEMORY_MB = 1024  # the reader needs some 30 times less for what libFuzzer sends
TIMEOUT_SECONDS = 5


def seeds() -> list[bytes]:
    """Small batches in every protocol and order."""
    data, labels = np.arange(3072 * 2, dtype=np.uint8).reshape(2, 3072), [2, 7]
    batch = {"data": data, "labels": labels, "filenames": ["a.png", "b.png"]}
    written = [pickle.dumps(batch, protocol) for protocol in range(6)]
    images, _ = batches.decode(written[2])
    return [*written, synthetic.encode_batch(images, np.array(labels), "batch")]


def read(content: bytes) -> None:
    """Read one input as a batch."""
    try:
        images, labels = batches.decode(content)
    except pickles.RefusedError:
        return
    assert images.dtype == np.uint8
    assert images.shape == (len(labels), 32, 32, 3)
    assert len(labels) > 0
    assert set(labels.tolist()) <= set(range(10))


with tempfile.TemporaryDirectory() as folder:
    for n, seed in enumerate(seeds()):
        (Path(folder) / f"seed-{n}").write_bytes(seed)
    limits = [f"-rss_limit_mb={MEMORY_MB}", f"-timeout={TIMEOUT_SECONDS}", "-max_len=20000"]
    atheris.Setup([sys.argv[0], *limits, *sys.argv[1:], folder], read)
    atheris.Fuzz()
