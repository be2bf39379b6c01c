"""Answers of the slot function in words for the people at the clinic."""

from collections.abc import Sequence

from clinic.scheduling.rules.slots import RemovalReason, SlotSearch

_NAMES_SHOWN = 3

_LOST = {
    RemovalReason.IN_THE_PAST: "{count} already past",
    RemovalReason.TOO_SOON: "{count} before the earliest time",
    RemovalReason.BEYOND_HORIZON: "{count} further ahead than this visit can be booked",
    RemovalReason.LONG_PAUSE: "{count} after too long a pause{names}",
    RemovalReason.CLINIC_CLOSED: "{count} while the clinic is closed{names}",
    RemovalReason.NO_LICENCE: "{count} lost to {license}",
    RemovalReason.CAP_REACHED: "{count} on days that are full{names}",
    RemovalReason.PHYSICIAN_BUSY: "{count} taken",
    RemovalReason.PATIENT_BUSY: "{count} while the patient has another visit",
    RemovalReason.OUTSIDE_PATIENT_HOURS: "{count} too early or too late in the patient's day",
    RemovalReason.DOES_NOT_FIT: "{count} too close to the end of the opening hours",
}

_REFUSED = {
    RemovalReason.IN_THE_PAST: "This time has passed. Choose a later one.",
    RemovalReason.TOO_SOON: "This time is too soon for this kind of visit. Choose a later one.",
    RemovalReason.BEYOND_HORIZON: "This day is too far ahead for this kind of visit. Choose an earlier one.",
    RemovalReason.LONG_PAUSE: "The physician sees the patient first{names}. Choose a physician visit instead.",
    RemovalReason.CLINIC_CLOSED: "The clinic is closed then{names}. Choose another day.",
    RemovalReason.NO_LICENCE: "The physician does not hold {license} on that day. Choose another physician or day.",
    RemovalReason.CAP_REACHED: "The physician's day or week is full{names}. Choose another one, or another physician.",
    RemovalReason.PHYSICIAN_BUSY: "This time is taken. Choose another one.",
    RemovalReason.PATIENT_BUSY: "The patient has another visit at this time. Choose another one.",
    RemovalReason.OUTSIDE_PATIENT_HOURS: "This is too early or too late in the patient's day. Choose another time.",
    RemovalReason.DOES_NOT_FIT: "The visit would last beyond the physician's hours. Choose an earlier time.",
    RemovalReason.NOT_OPEN: "The physician does not work at this time. Choose another one.",
    RemovalReason.OFF_GRID: "Visits start at round times. Choose one from the list.",
}


def explain(found: SlotSearch, *, state_name: str) -> list[str]:
    """Return sentences that say how many times are free and what became of the others.

    `state_name` is where the patient will be, in full: "14 free. 9 lost to a New Jersey license, 5 taken."
    """
    if not found.considered:
        return _without_any_hours(found)
    sentences = [f"{len(found.slots)} free." if found.slots else "No time is free."]
    if found.removed.get(RemovalReason.CLINIC_CLOSED, 0) == found.considered:
        return [*_closed_for(found), *_about_the_absent(found)]
    if found.removed.get(RemovalReason.NO_LICENCE, 0) == found.considered:
        return [*sentences, f"Nobody chosen holds {_a_license(state_name)} on these dates."]
    if found.removed:
        sentences.append(_losses(found, state_name))
    return sentences + _about_the_absent(found)


def refusal(reason: RemovalReason, *, state_name: str, name: str = "") -> str:
    """Return why one time cannot be had and what to do next; `name` is that of the closure or cap in the way."""
    return _REFUSED[reason].format(license=_a_license(state_name), names=_in_brackets((name,) if name else ()))


def _losses(found: SlotSearch, state_name: str) -> str:
    counted = [
        _LOST[reason].format(
            count=count, license=_a_license(state_name), names=_in_brackets(found.names.get(reason, ()))
        )
        for reason, count in sorted_losses(found)
    ]
    return ", ".join(counted) + "."


def _closed_for(found: SlotSearch) -> list[str]:
    names = found.names.get(RemovalReason.CLINIC_CLOSED, ())
    return [f"The clinic is closed for {_listed(names)}." if names else "The clinic is closed on these dates."]


def _in_brackets(names: Sequence[str]) -> str:
    return f" ({_listed(names)})" if names else ""


def _listed(names: Sequence[str]) -> str:
    """Return up to three names in a row and how many more there are."""
    shown = list(names[:_NAMES_SHOWN])
    if len(names) > _NAMES_SHOWN:
        shown.append(f"{len(names) - _NAMES_SHOWN} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def sorted_losses(found: SlotSearch) -> list[tuple[RemovalReason, int]]:
    """Return the reasons that removed something with their counts, the greatest loss first."""
    return sorted(found.removed.items(), key=lambda loss: (-loss[1], list(RemovalReason).index(loss[0])))


def _without_any_hours(found: SlotSearch) -> list[str]:
    if not found.closed and not found.without_hours:
        return ["There is no physician to choose from."]
    if not found.closed:
        return ["Nobody chosen has hours on these dates."]
    if not found.without_hours:
        return ["Everyone chosen is closed on these dates."]
    return _about_the_absent(found)


def _about_the_absent(found: SlotSearch) -> list[str]:
    sentences = []
    if found.without_hours:
        sentences.append(f"{_physicians(len(found.without_hours))} no hours on these dates.")
    if found.closed:
        sentences.append(f"{_physicians(len(found.closed))} closed days on these dates.")
    return sentences


def _physicians(count: int) -> str:
    return "1 physician has" if count == 1 else f"{count} physicians have"


def _a_license(state_name: str) -> str:
    article = "an" if state_name[:1] in "AEIO" else "a"
    return f"{article} {state_name} license"
