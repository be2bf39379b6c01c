"""What simulated patients do with their texts: answer, open links, misunderstand, stop and start again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from clinic.access.queries import live_link
from clinic.access.rules.links import LinkPurpose
from clinic.cli.demo.phones import ASKS, TOKEN, Habit, Owner
from clinic.gateways.sms.simulator import PastText
from clinic.kernel.localtime import in_zone
from clinic.simulation.behavior import Behavior

_NONSENSE = ("ok?", "who is this", "3", "see you at the thing", "👍", "can I bring my dog")
_AWAKE, _ASLEEP = 7, 22
_SLEEPS = timedelta(hours=10)


@dataclass
class Phone(Owner):
    """A patient with a phone; `asked` and `signs` are called when a text brings a link to a check-in, or to forms."""

    behavior: Behavior = Behavior()  # noqa: RUF009 - frozen
    asked: Callable[[], None] | None = None
    signs: Callable[[], None] | None = None

    def read(self, text: PastText) -> None:
        """React to a text as people do."""
        if self.chance.random() < self.behavior.stops_texts:
            self.after(self.stop, minutes=(2, 30))
            return
        found = TOKEN.search(text.body)
        purpose = self._purpose(found[1]) if found else None
        if found and purpose is LinkPurpose.VISIT:
            self.token = found[1]
        if purpose is LinkPurpose.CHECK_IN and self.asked:
            self.asked()
        elif purpose is LinkPurpose.CONSENT and self.signs:
            self.signs()
        elif ASKS.search(text.body):
            self._reply()

    def stop(self) -> None:
        """Want no more texts, and perhaps think again some days later."""
        self.write("STOP", opt_out_type="STOP")
        if self.chance.random() < self.behavior.starts_again:
            back = self.desk.now + timedelta(days=self.chance.randint(1, 9))
            self.desk.stage.at(back, partial(self.write, "START", opt_out_type="START"))

    def _reply(self) -> None:
        draw, behavior = self.chance.random(), self.behavior
        if draw < behavior.answers_reminder:
            self.habit = Habit.TEXTS
        elif draw < behavior.answers_reminder + behavior.asks_to_move:
            self.habit = Habit.ASKS_TO_MOVE
        elif draw < behavior.answers_reminder + behavior.asks_to_move + behavior.writes_nonsense:
            self.after(self._babble, minutes=(1, 60))
            return
        else:
            return
        self.after(self._react, minutes=(2, 240))

    def _babble(self) -> None:
        self.write(self.chance.choice(_NONSENSE))

    def _purpose(self, token: str) -> LinkPurpose | None:
        with self.desk.stage.read() as session:
            link = live_link(session, token=token, now=self.desk.now)
        return LinkPurpose(link.purpose) if link is not None else None

    def after(self, act: Callable[[], None], *, minutes: tuple[int, int]) -> None:
        """Plan what is done with the phone, in the morning where it would be in the night."""
        at = self._later(minutes)
        hour = in_zone(at, self.desk.zone).hour
        self.desk.stage.at(at if _AWAKE <= hour < _ASLEEP else at + _SLEEPS, act)
