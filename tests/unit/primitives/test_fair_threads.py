import threading
from concurrent.futures import CancelledError

import pytest

from leastway.primitives import FairThreads

PATIENCE = 20


def test_one_key_with_much_to_do_does_not_delay_another() -> None:
    threads = FairThreads(4, "test")
    goes_on, order = threading.Event(), list[str]()

    def waits(name: str) -> None:
        assert goes_on.wait(PATIENCE)
        order.append(name)

    many = [threads.submit("many", waits, f"many-{at}") for at in range(20)]
    few = [threads.submit("few", order.append, f"few-{at}") for at in range(3)]
    for one in few:
        one.result(PATIENCE)
    assert order == ["few-0", "few-1", "few-2"], "half of the threads are left for others"
    goes_on.set()
    for one in many:
        one.result(PATIENCE)
    assert len(order) == 23
    threads.close()


def test_keys_take_turns_and_each_keeps_its_order() -> None:
    threads = FairThreads(1, "test")
    goes_on, order = threading.Event(), list[str]()
    threads.submit("first", goes_on.wait, PATIENCE)
    futures = [threads.submit(key, order.append, f"{key}{at}") for key in "ab" for at in range(3)]
    goes_on.set()
    for one in futures:
        one.result(PATIENCE)
    assert order == ["a0", "b0", "a1", "b1", "a2", "b2"]
    threads.close()


def test_an_error_reaches_whoever_waits_and_the_threads_go_on() -> None:
    threads = FairThreads(1, "test")
    with pytest.raises(KeyError):
        threads.submit("a", dict[str, int]().__getitem__, "missing").result(PATIENCE)
    assert threads.submit("a", len, "four").result(PATIENCE) == 4
    threads.close()


def test_what_waits_at_the_end_is_cancelled_and_what_runs_is_waited_for() -> None:
    threads = FairThreads(1, "test")
    begun, goes_on = threading.Event(), threading.Event()

    def runs() -> str:
        begun.set()
        assert goes_on.wait(PATIENCE)
        return "done"

    running = threads.submit("a", runs)
    assert begun.wait(PATIENCE)
    waiting = threads.submit("a", runs)
    closing = threading.Thread(target=threads.close)
    closing.start()
    with pytest.raises(CancelledError):
        waiting.result(PATIENCE)
    goes_on.set()
    closing.join(PATIENCE)
    assert running.result(PATIENCE) == "done"
    with pytest.raises(RuntimeError):
        threads.submit("a", runs)
