"""On the workers of a Dask scheduler that is already there."""

from __future__ import annotations

import logging
import pickle
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sim.experiments.sweep.workers import Pool, Setup, WorkerError, simulate

WAIT_SECONDS = 30.0
"""For the scheduler to answer, and for a worker to be there."""
_LOOK_SECONDS = 1.0
"""How often the workers are counted."""


def on_cluster(address: str, wait: float = WAIT_SECONDS) -> Callable[[Setup], AbstractContextManager[Pool]]:
    """A pool for `run_sweep`: the workers of the scheduler at this address, also those that join later.

    A worker that is lost costs nothing but its time: what it had in hand is done elsewhere.

    Raises:
        WorkerError: Dask is not installed; once the pool is entered, also that the scheduler
            does not answer or has no worker left, or that the workers cannot do the work.
    """
    try:
        from distributed import Client, KilledWorker
        from distributed.comm.core import CommClosedError
    except ImportError:
        raise WorkerError("a cluster needs Dask; install rout with its extra: pip install 'rout[cluster]'") from None

    connect: Any = Client  # it has no types

    @contextmanager
    def pool(setup: Setup) -> Iterator[Pool]:
        try:
            client: Any = connect(address, timeout=wait, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise WorkerError(f"no Dask scheduler answers at {address} ({type(error).__name__})") from None
        # Its tracebacks are no help: what matters is told as a WorkerError.
        for name in ("distributed", "distributed.client"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        with client:
            # A task's result rather than data sent along: it is made again where a worker was lost.
            shared = client.submit(pickle.loads, pickle.dumps(setup), pure=False)
            executor = client.get_executor(pure=False)
            try:
                yield Pool(lambda task: executor.submit(simulate, shared, task), _Threads(client, address, wait))
            except (CancelledError, CommClosedError):
                raise WorkerError(f"the scheduler at {address} was lost") from None
            except KilledWorker as error:
                raise WorkerError(
                    f"workers were killed one after another, out of memory most likely ({error})"
                ) from None
            except ImportError as error:
                raise WorkerError(f"the workers cannot import rout ({error})") from None
            finally:
                executor.shutdown(wait=False)

    return pool


class _Threads:
    """How many tasks keep the workers of a scheduler busy, counted now and then."""

    def __init__(self, client: Any, address: str, wait: float) -> None:
        self._client, self._address, self._wait = client, address, wait
        self._looked = -_LOOK_SECONDS
        self._seen = time.monotonic()
        self._threads = 0

    def __call__(self) -> int:
        now = time.monotonic()
        if now - self._looked >= _LOOK_SECONDS:
            self._looked = now
            try:
                self._threads = sum(self._client.nthreads().values())
            except OSError:
                self._threads = 0
        if self._threads:
            self._seen = now
        elif now - self._seen > self._wait:
            raise WorkerError(f"the scheduler at {self._address} has no workers; start some with dask worker")
        return max(1, 2 * self._threads)
