"""A deadline for a question as a whole: each of its parts has one of its own, and together they could be many."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, question: Callable[[], T]) -> T:
    """Return the answer, or raise what the question raises; TimeoutError when there is neither in time.

    A question that came too late goes on unheard and does not keep the process from its end: it must only read.
    """
    answer: Future[T] = Future()

    def ask() -> None:
        try:
            answer.set_result(question())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=ask, name="question", daemon=True).start()
    return answer.result(seconds)
