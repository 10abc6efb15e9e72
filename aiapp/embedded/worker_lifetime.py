"""Loaded by the embedded Celery workers: their child processes end when the worker is killed.

A child that runs a task would otherwise go on without a worker.
"""

import ctypes
import os
import signal
import sys
from typing import Any

from celery.signals import worker_process_init

PR_SET_PDEATHSIG = 1


@worker_process_init.connect
def end_with_the_worker(**_: Any) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() == 1:  # the worker has ended before the line above
            os._exit(1)
