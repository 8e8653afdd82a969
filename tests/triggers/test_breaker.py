"""Breakers: when one opens, what it lets through, and when it closes. Times are said."""

from keydesk.domain.guard import ENOUGH, WINDOW, Guard
from keydesk.triggers.breaker import MOST, Breakers

KEY = ("pool", "PreAuthentication")


class Watch:
    """A clock in seconds."""

    now = 1_000

    def __call__(self) -> int:
        return self.now * 1000


def made() -> tuple[Breakers, Watch]:
    watch = Watch()
    return Breakers(watch), watch


def test_failures_in_a_row_open_it_and_a_right_run_closes_it() -> None:
    breakers, watch = made()
    guard = Guard(failures=2, pause=10)
    for failed in (True, False, True):
        breakers.learn(KEY, guard, failed=failed)
    assert breakers.passes(KEY, guard)
    breakers.learn(KEY, guard, failed=True)
    assert breakers.open() == [KEY]
    watch.now += 9
    assert not breakers.passes(KEY, guard)
    watch.now += 1
    assert breakers.passes(KEY, guard)
    assert not breakers.passes(KEY, guard), "one at a time"
    breakers.learn(KEY, guard, failed=True)
    assert not breakers.passes(KEY, guard)
    watch.now += 10
    assert breakers.passes(KEY, guard)
    breakers.learn(KEY, guard, failed=False)
    assert breakers.open() == []
    assert breakers.passes(KEY, guard)


def test_a_share_of_failures_opens_it_once_there_are_enough_runs() -> None:
    breakers, watch = made()
    guard = Guard(percent=50)
    for number in range(ENOUGH - 1):
        breakers.learn(KEY, guard, failed=number % 2 == 0)
    assert breakers.passes(KEY, guard)
    breakers.learn(KEY, guard, failed=True)
    assert breakers.open() == [KEY]
    other, watch = made()
    for number in range(ENOUGH):
        watch.now += WINDOW // 10
        other.learn(KEY, guard, failed=number % 2 == 0)
    assert other.open() == [], "most of them are long ago"


def test_a_trial_of_which_nothing_is_heard_is_followed_by_another() -> None:
    breakers, watch = made()
    guard = Guard(failures=1, pause=10)
    breakers.learn(KEY, guard, failed=True)
    assert breakers.passes(("other", "PreAuthentication"), guard)
    watch.now += 10
    assert breakers.passes(KEY, guard)
    watch.now += 9
    assert not breakers.passes(KEY, guard)
    watch.now += 1
    assert breakers.passes(KEY, guard)


def test_nothing_is_kept_without_a_breaker_and_not_too_much_with_one() -> None:
    breakers, _ = made()
    breakers.learn(KEY, Guard(), failed=True)
    assert breakers.open() == []
    guard = Guard(failures=1)
    for number in range(MOST + 5):
        breakers.learn((f"pool{number}", "PreSignUp"), guard, failed=True)
    assert len(breakers.open()) == MOST


def test_each_change_is_told_once() -> None:
    told: list[bool] = []
    breakers = Breakers(Watch(), lambda key, open: told.append(open))
    guard = Guard(failures=1)
    for failed in (True, True, False, False, True):
        breakers.learn(KEY, guard, failed=failed)
    breakers.clear()
    breakers.learn(KEY, guard, failed=True)
    breakers.learn(KEY, Guard(), failed=True)
    assert told == [True, False, True, False, True, False]
