"""The local chat model: llama.cpp's own server in this process, on a Unix socket.

    python -m aiapp.embedded.model_servers.chat_server --socket S --models DIR --key-file F

It speaks OpenAI's protocol. It serves the file that LOCAL_CHAT_GGUF names, or else the downloaded
model that was chosen, or else the packaged one; when a file cannot be loaded, the next one serves
instead and the log says why. It is a process of its own because a crash in native code would take
the site along. When another model is chosen it takes no more questions, finishes its answers and
ends, and is started again with that.
"""

import logging
import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import xllamacpp

from aiapp import env
from aiapp.embedded.hub.shelf import FOLDER, Shelf
from aiapp.embedded.model_servers import startup, weights

# The site asks for this name whatever file is served.
MODEL_NAME = "smollm2-135m-demo"
THREADS = 2
CONTEXT_TOKENS = 8192  # shared by the slots
SLOTS = 2
# How often the choice is looked at.
LOOK_SECONDS = 0.5
# How long answers under way may keep another model waiting. A part that does not answer for half a
# minute is taken for one that hangs.
DRAIN_SECONDS, DRAIN_LOOK_SECONDS = 20.0, 0.1
_BUSY = re.compile(r"^llamacpp:requests_(?:processing|deferred) [^0]", re.MULTILINE)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Candidate:
    """A file to try. `context` is in tokens."""

    path: Path
    name: str = MODEL_NAME
    context: int = CONTEXT_TOKENS
    threads: int = THREADS


def build_parameters(candidate: Candidate, options: startup.Options) -> xllamacpp.CommonParams:
    params = xllamacpp.CommonParams()
    params.model.path = str(candidate.path)
    params.model_alias = {candidate.name, MODEL_NAME}
    params.n_ctx = candidate.context
    params.n_parallel = SLOTS
    # One long question may have what the other slots leave.
    params.kv_unified = True
    for cpu in (params.cpuparams, params.cpuparams_batch):
        cpu.n_threads = min(candidate.threads, os.cpu_count() or 1)
        # Polling threads would burn the processor that the rest of the site needs.
        cpu.poll = 0
    params.hostnames = [str(options.socket)]
    # By default the server has no key and answers pages of every origin.
    params.api_keys = [options.key]
    params.cors_origins = "http://127.0.0.1"
    params.ui = False
    # They tell whether answers are under way.
    params.endpoint_metrics = True
    params.offline = True
    return params


def list_candidates(options: startup.Options) -> Iterator[Candidate]:
    """Yield the files to try, the operator's own first."""
    if own := env.text("LOCAL_CHAT_GGUF"):
        yield Candidate(Path(own).expanduser())
    if choice := Shelf(options.models / FOLDER).choice:
        # It may take more of the machine than the model that only shows the product.
        yield Candidate(choice.path, choice.name, choice.context, threads=os.cpu_count() or 1)
    try:
        yield Candidate(weights.verify(weights.SMOLLM2, options.models / "verified.json"))
    except (weights.WeightsMissing, weights.WeightsCorrupt) as error:
        logger.warning("packaged model not usable", extra={"why": str(error)})


def serve(options: startup.Options) -> xllamacpp.Server:
    for candidate in list_candidates(options):
        file = str(candidate.path)
        try:
            if not candidate.path.is_file():
                raise FileNotFoundError(f"{file} is not a file")
            server = xllamacpp.Server(build_parameters(candidate, options))
        except (RuntimeError, OSError) as error:
            logger.warning("model not usable", extra={"file": file, "why": str(error)})
            options.socket.unlink(missing_ok=True)
            continue
        logger.info("chat model loaded", extra={"file": file})
        return server
    raise SystemExit("No chat model can be loaded.")


def finish(server: xllamacpp.Server, socket: Path) -> None:
    """Take no more questions, and wait for the answers under way."""
    socket.with_suffix(env.WAKING).touch()
    socket.unlink(missing_ok=True)
    ends = time.monotonic() + DRAIN_SECONDS
    while _BUSY.search(server.handle_metrics()) and time.monotonic() < ends:
        time.sleep(DRAIN_LOOK_SECONDS)


def main() -> None:
    # Without a handler Python would not run its clean-up at SIGTERM.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    options = startup.read_options("Serve the local chat model.")
    shelf = Shelf(options.models / FOLDER)
    choice = shelf.choice
    server = serve(options)
    logger.info("serving", extra={"address": server.listening_address})
    options.socket.with_suffix(env.WAKING).unlink(missing_ok=True)
    while shelf.choice == choice:
        time.sleep(LOOK_SECONDS)
    logger.info("another model was chosen")
    finish(server, options.socket)
    os._exit(0)


if __name__ == "__main__":
    main()
