"""Make the ONNX file of all-MiniLM-L6-v2.

    python -m aiapp.embedded.model_servers.minilm_build MODELS_DIR

The int8 model does about twice the work of the float model per second. It is kept when its vectors
agree with the float model's on a few sentences, on this very processor; else the float model is.
"""

import logging
import sys
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic

from aiapp.embedded.model_servers import minilm, onnx_export, weights

PROBES = (
    "How do I reset my password?",
    "I forgot my login and need a new passcode.",
    "The cat sleeps on the warm window sill.",
    "Quarterly revenue rose by eleven percent.",
    "Der Vertrag endet am 31. Dezember 2027.",
)
MIN_AGREEMENT = 0.96


def build(models: Path) -> Path:
    source = weights.verify(weights.MINILM, models / "verified.json")
    full, small = (models / f"{name}.new" for name in (minilm.FLOAT_FILE, minilm.INT8_FILE))
    with weights.MINILM.open(source) as file:
        onnx.save(onnx_export.minilm_graph(file), full)
    quantize_dynamic(full, small, weight_type=QuantType.QInt8, per_channel=True)
    if agreement(models, full, small) >= MIN_AGREEMENT:
        full.unlink()
        return small.rename(models / minilm.INT8_FILE)
    small.unlink()
    return full.rename(models / minilm.FLOAT_FILE)


def agreement(models: Path, full: Path, small: Path) -> float:
    """The smallest cosine between both models' vectors of the probe sentences."""
    tokenizer = minilm.tokenizer(models)
    expected = minilm.Encoder(full, tokenizer).encode(PROBES)
    found = minilm.Encoder(small, tokenizer).encode(PROBES)
    return float(np.sum(expected * found, axis=1).min())


if __name__ == "__main__":
    # The quantiser reports every tensor that it leaves alone.
    logging.disable(logging.WARNING)
    build(Path(sys.argv[1]))
