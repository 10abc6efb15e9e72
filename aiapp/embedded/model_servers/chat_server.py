"""The local chat model: llama.cpp's own server in this process, on a Unix socket.

    python -m aiapp.embedded.model_servers.chat_server --socket S --models DIR --key-file F

It speaks OpenAI's protocol. LOCAL_CHAT_GGUF may name another model file; when that cannot be
loaded, the packaged model serves instead and the log says why. It is a process of its own because
a crash in native code would take the site along.
"""

import logging
import os
import signal
from pathlib import Path

import xllamacpp

from aiapp import env
from aiapp.embedded.model_servers import startup, weights

# The site asks for this name whatever file is served.
MODEL_NAME = "smollm2-135m-demo"
THREADS = 2
CONTEXT_TOKENS = 8192  # shared by the slots
SLOTS = 2

logger = logging.getLogger(__name__)


def parameters(gguf: Path, options: startup.Options) -> xllamacpp.CommonParams:
    params = xllamacpp.CommonParams()
    params.model.path = str(gguf)
    params.model_alias = {MODEL_NAME}
    params.n_ctx = CONTEXT_TOKENS
    params.n_parallel = SLOTS
    for cpu in (params.cpuparams, params.cpuparams_batch):
        cpu.n_threads = min(THREADS, os.cpu_count() or 1)
        # Polling threads would burn the processor that the rest of the site needs.
        cpu.poll = 0
    params.hostnames = [str(options.socket)]
    # By default the server has no key and answers pages of every origin.
    params.api_keys = [options.key]
    params.cors_origins = "http://127.0.0.1"
    params.ui = False
    params.offline = True
    return params


def candidates(options: startup.Options) -> list[Path]:
    """The files to try, the operator's own first."""
    own = env.text("LOCAL_CHAT_GGUF")
    found = [Path(own).expanduser()] if own else []
    try:
        found.append(weights.verify(weights.SMOLLM2, options.models / "verified.json"))
    except (weights.WeightsMissing, weights.WeightsCorrupt) as error:
        if not own:
            raise
        logger.warning("packaged model not usable", extra={"why": str(error)})
    return found


def serve(options: startup.Options) -> xllamacpp.Server:
    for gguf in candidates(options):
        try:
            if not gguf.is_file():
                raise FileNotFoundError(f"{gguf} is not a file")
            server = xllamacpp.Server(parameters(gguf, options))
        except (RuntimeError, OSError) as error:
            logger.warning("model not usable", extra={"file": str(gguf), "why": str(error)})
            options.socket.unlink(missing_ok=True)
            continue
        logger.info("chat model loaded", extra={"file": str(gguf)})
        return server
    raise SystemExit("No chat model can be loaded.")


def main() -> None:
    # Without a handler Python would not run its clean-up at SIGTERM.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    server = serve(startup.read_options("Serve the local chat model."))
    logger.info("serving", extra={"address": server.listening_address})
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
