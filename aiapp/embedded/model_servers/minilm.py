"""all-MiniLM-L6-v2 on ONNX Runtime: texts to vectors of 384 numbers.

`aiapp.embedded.model_servers.minilm_build` makes the ONNX file from the verified weights at the
first start, in a process of its own, because that takes the memory of several copies of the model.
"""

import fcntl
import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as native
from tokenizers import Tokenizer

from aiapp.embedded.model_servers import weights

logger = logging.getLogger(__name__)

NAME = "all-MiniLM-L6-v2"
DIMENSIONS = 384
MAX_TOKENS = 256  # what the model was trained on
# Longer input cannot change the result: no token is longer than this many characters.
MAX_CHARS = MAX_TOKENS * 100
THREADS = 2
# Texts of like length share a batch; larger batches mostly compute padding.
BATCH = 8

FLOAT_FILE = "all-MiniLM-L6-v2-1-float.onnx"
INT8_FILE = "all-MiniLM-L6-v2-1-int8.onnx"

# What ONNX Runtime raises for a file that is cut or changed.
DAMAGED = (native.InvalidProtobuf, native.InvalidGraph, native.Fail, native.NoModel)

Vectors = NDArray[np.float32]


class Encoder:
    def __init__(self, model: Path, tokenizer: Tokenizer) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        options.inter_op_num_threads = 1
        # Waiting threads would otherwise burn the processor that the rest of the site needs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # The arena keeps the memory of the largest batch for good.
        options.enable_cpu_mem_arena = False
        self.session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        self.tokenizer = tokenizer

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        encodings = self.tokenizer.encode_batch([text[:MAX_CHARS] for text in texts])
        return [encoding.ids for encoding in encodings]

    def encode_tokens(self, rows: Sequence[Sequence[int]]) -> Vectors:
        """Vectors of at most a few rows; the caller groups rows of like length."""
        width = max(len(row) for row in rows)
        ids = np.zeros((len(rows), width), dtype=np.int64)
        mask = np.zeros((len(rows), width), dtype=np.int64)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = row
            mask[number, : len(row)] = 1
        (vectors,) = self.session.run(["vectors"], {"input_ids": ids, "attention_mask": mask})
        return np.asarray(vectors, dtype=np.float32)

    def encode(self, texts: Sequence[str]) -> Vectors:
        rows = self.tokens(texts)
        vectors = np.empty((len(rows), DIMENSIONS), dtype=np.float32)
        for numbers in batches(rows):
            vectors[numbers] = self.encode_tokens([rows[n] for n in numbers])
        return vectors


def batches(rows: Sequence[Sequence[int]]) -> list[list[int]]:
    """Row numbers in groups of BATCH, the shortest rows first."""
    order = sorted(range(len(rows)), key=lambda number: len(rows[number]))
    return [order[start : start + BATCH] for start in range(0, len(order), BATCH)]


def load(models: Path) -> Encoder:
    """The encoder, built from the weights if need be; a damaged file is built again."""
    models.mkdir(parents=True, exist_ok=True)
    reader = tokenizer(models)
    for _ in range(2):
        model = find_model(models)
        if model is None:
            build(models)
            model = find_model(models)
        if model is None:
            break
        try:
            encoder = Encoder(model, reader)
            encoder.encode(["a first run, to see that the model works"])
        except DAMAGED as error:
            logger.warning("model file is damaged", extra={"file": model.name, "why": str(error)})
            model.unlink(missing_ok=True)
            continue
        logger.info("embedding model loaded", extra={"file": model.name})
        return encoder
    raise weights.WeightsCorrupt(f"{NAME} cannot be loaded")


def find_model(models: Path) -> Path | None:
    """The model file to run. At most one exists, so vectors of two models never mix."""
    for name in (INT8_FILE, FLOAT_FILE):
        if (models / name).exists():
            return models / name
    return None


def build(models: Path) -> None:
    command = [sys.executable, "-m", "aiapp.embedded.model_servers.minilm_build", str(models)]
    with (models / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if find_model(models):  # by another process, meanwhile
            return
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise weights.WeightsCorrupt(f"{NAME} cannot be built: {result.stderr.strip()[-1000:]}")


def tokenizer(models: Path) -> Tokenizer:
    source = weights.verify(weights.MINILM_TOKENIZER, models / "verified.json")
    with weights.MINILM_TOKENIZER.open(source) as file:
        reader = Tokenizer.from_buffer(file.read())
    reader.no_padding()
    reader.enable_truncation(MAX_TOKENS)
    return reader
