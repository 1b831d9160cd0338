"""Those who do a batch: this process, several of this machine, or the workers of a Dask cluster.

To whoever hands out the work each is a `concurrent.futures.Executor`. One that has broken, because a process of it
died, is made anew, and what was in its hands is done again, so that it is neither lost nor done twice: nothing is
recorded by whoever does the work.
"""

import logging
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from types import TracebackType
from typing import Any, Self

from riskgen import __version__
from riskgen.core.struct import Struct
from riskgen.files.private import secrets_aside
from riskgen.service.batch_work import Answers, Task, close_all, work
from riskgen.service.faults import EnvironmentFault

MOST_PROCESSES = 61
"""What Windows can wait for at once."""
AT_ONCE = 2
"""Tasks in the hands of each process: one that it does, and one that is there when it is done with it."""
TRIES = 2
"""How often a row that may have ended a process is tried on its own."""
TOO_MANY = 3
"""Rows, one after another, that ended the process which worked on them: then it is not the rows."""
SECONDS_TO_CONNECT = 10
MOST_AT_ONCE = 64
"""Tasks in the hands of a cluster: more could not be recorded as fast as they come back."""
_LOOK_ROUND = 5
"""Seconds without an answer after which it is looked whether those who are at work are still there."""
_TALKATIVE = ("distributed", "tornado", "asyncio")
_GONE = ("KilledWorker", "ClosedClientError", "CommClosedError")
"""Errors of distributed, which is not imported for their names alone."""
_GLANCE = 0.2
"""Seconds between looks at whether to stop."""


class Stopped(Exception):  # noqa: N818  # it says what happened
    """Somebody wants to stop. What was in hand has been dropped."""


class Crew(Struct, frozen=True):
    """Those who do the work, as one executor, and how many tasks keep all of them busy.

    `there` says whether those who have a task in hand are still there to do it, as far as the executor may not notice.
    """

    executor: Executor
    at_once: int
    there: Callable[[], bool] = lambda: True


class Workers:
    """Hands out tasks, a bounded number at a time, and gives back what came of them in their order.

    `gather` gets a crew together, and again where one has broken. To be used as a context manager.
    """

    def __init__(self, gather: Callable[[], AbstractContextManager[Crew]], stopped: Callable[[], bool]) -> None:
        self._gather, self._stopped = gather, stopped
        self._holding = ExitStack()
        self._crew: Crew | None = None
        self._in_vain = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._dismiss()

    def in_order(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Answers | None]]:
        """What came of each task; None where the process that worked on it died each time.

        Tasks are taken from `tasks` only as they are handed out. After a death they come back a row at a time.
        Raises `Stopped`, and `EnvironmentFault` where nobody can do the work.
        """
        waiting = iter(tasks)
        given: deque[tuple[Task, Future[Answers]]] = deque()
        try:
            while True:
                if self._stopped():
                    raise Stopped
                while len(given) < self._present().at_once and (task := next(waiting, None)) is not None:
                    given.append((task, self._hand_out(task)))
                if not given:
                    return
                task, future = given.popleft()
                answers = self._result(future)
                if answers is not None:
                    yield task, answers
                else:
                    given.appendleft((task, future))
                    yield from self._again(given)
        finally:
            for _, future in given:
                future.cancel()

    def _again(self, given: deque[tuple[Task, "Future[Answers]"]]) -> Iterator[tuple[Task, Answers | None]]:
        """After a death: what was in hand, a row at a time, so that whichever row brings death is found out."""
        done = {id(future) for _, future in given if future.done()}
        self._dismiss()
        while given:
            task, future = given.popleft()
            answers = self._result(future) if id(future) in done else None
            if answers is not None:
                yield task, answers
            else:
                future.cancel()
                for single in task.singly():
                    yield single, self._alone(single)

    def _alone(self, task: Task) -> Answers | None:
        for _ in range(TRIES):
            answers = self._result(self._hand_out(task))
            if answers is not None:
                self._in_vain = 0
                return answers
            self._dismiss()
        self._in_vain += 1
        if self._in_vain >= TOO_MANY:
            raise EnvironmentFault(
                "The processes that do the work die one after another; there may be too little memory. Close other "
                "programs, or use fewer with --jobs."
            )
        return None

    def _hand_out(self, task: Task) -> "Future[Answers]":
        try:
            return self._present().executor.submit(work, task)
        except Exception as error:
            if not _says_gone(error):
                raise
            future: Future[Answers] = Future()  # it has gone since it was last looked at
            future.set_exception(BrokenExecutor())
            return future

    def _result(self, future: "Future[Answers]") -> Answers | None:
        """What came of a task; None if whoever did it died. Raises `Stopped` and `EnvironmentFault`."""
        looked = time.monotonic()
        while not future.done():
            if self._stopped():
                future.cancel()
                raise Stopped
            wait([future], timeout=_GLANCE)
            if time.monotonic() - looked > _LOOK_ROUND:
                if not self._present().there():
                    return None
                looked = time.monotonic()
        try:
            answers = future.result()
        except (CancelledError, SystemExit):
            return None
        except Exception as error:
            if _says_gone(error):
                return None
            raise EnvironmentFault(
                f"The workers cannot do the work ({type(error).__name__}). On each of them the same riskgen has to be "
                f"installed as here ({__version__}), and the same Python."
            ) from error
        if answers.version != __version__:
            raise EnvironmentFault(
                f"A worker has riskgen {answers.version}, and this is {__version__}. Install the same on all."
            )
        return answers

    def _present(self) -> Crew:
        if self._crew is None:
            self._crew = self._holding.enter_context(self._gather())
        return self._crew

    def _dismiss(self) -> None:
        self._crew = None
        self._holding.close()


def _says_gone(error: Exception) -> bool:
    """Whether an error says that whoever was to do the work is not there any more."""
    return isinstance(error, BrokenExecutor) or type(error).__name__ in _GONE


# --- crews ----------------------------------------------------------------------------------------


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Here(Executor):
    """This very process: a task is done when it is handed in."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def here() -> Iterator[Crew]:
    """This very process alone."""
    yield Crew(_Here(), 1)


class _Processes(ProcessPoolExecutor):
    """Processes of this machine that are told no secrets. One is started whenever a task finds none free, until there
    are as many as there are to be."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        if len(self._processes or ()) == self._max_workers:  # type: ignore[attr-defined]  # to look through the surroundings takes a while
            return super().submit(fn, *args, **kwargs)
        with secrets_aside():
            return super().submit(fn, *args, **kwargs)


@contextmanager
def processes(count: int) -> Iterator[Crew]:
    """So many processes of this machine, each started afresh: what this one holds is not theirs."""
    from multiprocessing import get_context

    count = min(count, MOST_PROCESSES)
    with secrets_aside():  # Python starts a process of its own with it
        pool = _Processes(count, get_context("spawn"), initializer=_begin)

    def there() -> bool:
        return all(process.is_alive() for process in (pool._processes or {}).values())

    try:
        yield Crew(pool, count * AT_ONCE, there)
    finally:
        if not there():
            _unblock(pool)
        pool.shutdown(wait=True, cancel_futures=True)


def _unblock(pool: ProcessPoolExecutor) -> None:
    """Where a process died in the middle of an answer, have the pool wait for the rest of it no longer.

    It would for ever, as it and the other processes hold the end open that the answer comes from; and what it offers
    for such a case would wait for it.
    """
    for process in list((pool._processes or {}).values()):
        process.kill()
    with suppress(AttributeError, OSError):
        pool._result_queue._writer.close()  # type: ignore[attr-defined]


def _begin() -> None:
    """In a new process: Ctrl-C is for the one that started it, and it ends when that one does, however that ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A pool that is given up ends its processes so, and waits for them. As an exception it would be taken for that of
    # a task, and the process would go on.
    signal.signal(signal.SIGTERM, lambda number, frame: _end())
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process

    if parent := parent_process():
        parent.join()
        _end()


def _end() -> None:
    try:
        close_all()
    finally:
        os._exit(1)


@contextmanager
def cluster(address: str) -> Iterator[Crew]:
    """The workers of a Dask cluster. Raises `EnvironmentFault` where it cannot be reached or has none."""
    try:
        import distributed
    except ImportError as error:
        raise EnvironmentFault(
            "Work is handed to other machines by the library 'distributed', which is not installed. Install it with: "
            "pip install 'riskgen[cluster]'."
        ) from error
    dask: Any = distributed
    for name in [each for each in logging.root.manager.loggerDict if each.partition(".")[0] in _TALKATIVE]:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # what they would say is said here in words
    try:
        client = dask.Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise EnvironmentFault(
            f"The scheduler {address} cannot be reached ({type(error).__name__}). Look at its address, and at whether "
            "it runs."
        ) from error
    try:
        try:
            client.wait_for_workers(1, timeout=SECONDS_TO_CONNECT)
        except (OSError, TimeoutError) as error:
            raise EnvironmentFault(
                f"The scheduler {address} has no workers. Start one with: dask worker {address}"
            ) from error
        # Never pure: a pure task is named by what is in it, and done once though it is asked for twice.
        executor = client.get_executor(pure=False)
        at_once = min(sum(client.nthreads().values()) * AT_ONCE, MOST_AT_ONCE)

        def there() -> bool:
            with suppress(Exception):  # however it says that it cannot be asked
                return bool(client.nthreads())
            return False

        try:
            yield Crew(executor, at_once, there)
        finally:
            with suppress(Exception):  # it may be gone
                executor.shutdown(wait=False)
    finally:
        with suppress(Exception):
            client.close(timeout=SECONDS_TO_CONNECT)
