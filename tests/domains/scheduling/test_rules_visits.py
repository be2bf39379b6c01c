from clinic.scheduling.rules.visits import Segment, VisitShape, margins, patient_range, physician_ranges, whole_visit

NOON = 1_772_470_800


def test_a_visit_takes_the_patients_minutes_from_its_start() -> None:
    visit = VisitShape(50, whole_visit(30), buffer_before=10, buffer_after=10)

    assert patient_range(visit, NOON) == (NOON, NOON + 3000)


def test_buffers_lie_around_the_physicians_only_stretch() -> None:
    visit = VisitShape(30, whole_visit(30), buffer_before=5, buffer_after=10)

    assert physician_ranges(visit, NOON) == ((NOON - 300, NOON + 2400),)


def test_a_session_leaves_the_physician_free_between_its_two_stretches() -> None:
    session = VisitShape(150, (Segment(0, 30), Segment(140, 10)), buffer_before=5, buffer_after=15)

    assert physician_ranges(session, NOON) == ((NOON - 300, NOON + 1800), (NOON + 8400, NOON + 9900))


def test_buffers_stay_outside_the_middle_of_three_stretches() -> None:
    session = VisitShape(90, (Segment(0, 10), Segment(30, 10), Segment(80, 10)), buffer_before=5, buffer_after=5)

    assert physician_ranges(session, 0) == ((-300, 600), (1800, 2400), (4800, 5700))


def test_the_margins_are_what_the_physician_needs_before_and_after_the_patients_part() -> None:
    talk = VisitShape(20, whole_visit(20), buffer_before=10, buffer_after=5)
    assert margins(talk) == (600, 300)
    session = VisitShape(150, (Segment(0, 25), Segment(120, 15)), buffer_after=5)
    assert margins(session) == (0, 0)
    assert margins(VisitShape(30, (Segment(15, 30),))) == (0, 900)
