"""Workers are killed again and again while texts leave: what must arrive arrives, and nothing is lost in silence."""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from clinic.gateways.wake import waker
from clinic.messaging.rules.backoff import RESENDS_AFTER_AMBIGUOUS
from tests.faults.stage import Stage, staged
from tests.faults.texts import Crowd, Wave, crowd

pytestmark = pytest.mark.fault

SEEDS = [int(seed) for seed in os.environ.get("FAULT_SEEDS", "1,2,3").split(",")]
TEXTS, KILLS = 400, 20
TEXTS_BLIND, KILLS_BLIND = 80, 8
TEXTS_ON_TIME = 100
# Of a hundred requests 5 are too many, 4 fail before and 4 after a text was taken, 4 end without an answer, 2 hang.
KINDS = ",".join(
    ["kinds=429", *["429"] * 4, *["500-before"] * 4, *["accept-drop"] * 4, *["accept-500"] * 4, *["accept-stall"] * 2]
)
FAULTS = f"rate=0.19,{KINDS},stall=3,lost=0.2,doubled=0.2,reordered=0.3,early=0.1,list_lag=0.5"
BLIND = f"rate=0.19,{KINDS},stall=3,lost=1,list_lag=3600"


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    """A stage on which everything runs, with two workers, and 400 patients."""
    with staged(tmp_path_factory.mktemp("crashes"), faults="") as stage:
        patients = crowd(stage, size=TEXTS)
        for name in ("web", "worker", "worker2", "beat"):
            stage.play(name)
        assert stage.wait_until(lambda: stage.rows("select count(*) from heartbeat") == [(2,)], seconds=60)
        yield patients


def test_400_texts_times_20_kills_lose_and_double_nothing(full: Crowd, capsys: pytest.CaptureFixture[str]) -> None:
    stage, began = full.stage, time.monotonic()
    waves = {seed: full.wave(f"seed {seed}", size=TEXTS) for seed in SEEDS}
    with poked(stage):
        for seed, wave in waves.items():
            stage.simulator.faults(f"{FAULTS},seed={seed}")
            storm(stage, wave, random.Random(seed), kills=KILLS)  # noqa: S311 - a storm that can be repeated
        settled = [stage.wait_until(wave.is_settled, seconds=90) for wave in waves.values()]
    with capsys.disabled():
        print(f"\n{time.monotonic() - began:.0f} s; killed: {dict(sorted(stage.kills.items()))}")  # noqa: T201
        for seed, wave in waves.items():
            print(f"seed {seed}: {figures(wave)}")  # noqa: T201 - the figures are what the run is for
    assert all(settled), [states(wave) for wave in waves.values()]
    for wave in waves.values():
        sent, messages = wave.sent(), wave.messages()
        assert len(messages) == TEXTS
        assert [each for each, times in sent.items() if times > 1] == []
        unsent = {each: kept for each, kept in messages.items() if not sent[each]}
        assert [kept for kept in unsent.values() if kept != ("AMO", "unknown")] == []
        assert wave.tasks() == sum(state == "unknown" for _, state in messages.values())


def test_with_reports_and_list_both_blind_only_what_must_arrive_may_come_twice(
    full: Crowd, capsys: pytest.CaptureFixture[str]
) -> None:
    stage, wave = full.stage, full.wave("blind", size=TEXTS_BLIND)
    stage.simulator.faults(f"{BLIND},seed=6")
    with poked(stage):
        storm(stage, wave, random.Random(6), kills=KILLS_BLIND)  # noqa: S311 - a storm that can be repeated
        settled = stage.wait_until(wave.is_settled, seconds=120)
    stage.simulator.faults("")
    sent, messages = wave.sent(), wave.messages()
    unclear = unclear_of(stage, wave)
    with capsys.disabled():
        bound = f"at most {len(unclear)} may come twice, none more than {RESENDS_AFTER_AMBIGUOUS + 1} times"
        print(f"\nblind: {figures(wave)}; {bound}")  # noqa: T201
    assert settled, states(wave)
    twice = {each for each, times in sent.items() if times > 1}
    assert {messages[each][0] for each in twice} <= {"ALO"}
    assert twice <= unclear
    assert max(sent.values()) <= RESENDS_AFTER_AMBIGUOUS + 1
    assert [kept for each, kept in messages.items() if not sent[each] and kept != ("AMO", "unknown")] == []


def test_texts_are_on_time_with_the_queue_flushed_and_the_beat_dead(
    full: Crowd, capsys: pytest.CaptureFixture[str]
) -> None:
    stage, wave = full.stage, full.wave("on time", size=TEXTS_ON_TIME)
    stage.simulator.faults("")
    wave.let_go(seconds=15)
    time.sleep(4)
    stage.flush_queue()
    stage.end("beat")
    settled = stage.wait_until(wave.is_settled, seconds=90)
    stage.play("beat")
    with capsys.disabled():
        print(f"\nqueue flushed and beat dead: latest by {wave.latest():.1f} s; {figures(wave)}")  # noqa: T201
    assert settled
    assert set(wave.sent().values()) == {1}
    assert len(wave.sent()) == TEXTS_ON_TIME
    assert wave.latest() < 10.0


def storm(stage: Stage, wave: Wave, chance: random.Random, *, kills: int) -> None:
    """Kill workers, alone, with all they forked, or only one of their children, while the texts of the wave leave."""
    ways: list[Callable[[str], None]] = [
        *[stage.kill_one_child] * (kills * 3 // 5),
        *[stage.kill] * (kills // 5),
        *[lambda name: stage.kill(name, with_children=True)] * (kills - kills * 3 // 5 - kills // 5),
    ]
    chance.shuffle(ways)
    wave.let_go(seconds=kills * 0.6)
    for number, way in enumerate(ways):
        time.sleep(chance.uniform(0.4, 0.9))
        way(("worker", "worker2")[number % 2])
        stage.tend()


def unclear_of(stage: Stage, wave: Wave) -> set[str]:
    """Return the messages that must arrive and whose answer was lost at least once."""
    rows = stage.rows(
        "select id::text from message where dedupe_key like %(w)s and policy = 'ALO' and ambiguous_count > 0",
        w=wave.key,
    )
    return {str(message) for (message,) in rows}


def figures(wave: Wave) -> str:
    """Say what became of a wave."""
    sent, messages = wave.sent(), wave.messages()
    lost = Counter(policy for each, (policy, _) in messages.items() if not sent[each])
    twice = Counter(messages[each][0] for each, times in sent.items() if times > 1)
    return (
        f"must arrive: {lost['ALO']} lost, {twice['ALO']} twice; at most once: {lost['AMO']} not sent, "
        f"{twice['AMO']} twice; {states(wave)}; reported to a person: {wave.tasks()}"
    )


def states(wave: Wave) -> dict[str, int]:
    """Count the texts of a wave by where they stand."""
    return dict(Counter(state for _, state in wave.messages().values()))


class poked:  # noqa: N801 - reads as a word of the sentence
    """Poke the workers twice a second, as requests do, while the block runs."""

    def __init__(self, stage: Stage) -> None:
        self._poke = waker(stage.queue.url)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(0.5):
            self._poke(frozenset({"texts"}))
