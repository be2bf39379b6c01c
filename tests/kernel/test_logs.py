import io
import logging

import pytest

from clinic.kernel import logs


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch):
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    root = logging.getLogger()
    kept = (root.handlers[:], root.level)
    logs.configure("INFO")
    yield written
    root.handlers[:], root.level = kept[0], kept[1]


def test_a_key_that_nobody_allowed_is_not_written(lines: io.StringIO):
    facts = {"endpoint": "coordinator.today", "patient": "Ana Invented", "phone": "+1305"}
    logging.getLogger("test").info("request", extra=facts)
    assert "coordinator.today" in lines.getvalue()
    assert "Ana" not in lines.getvalue()
    assert "+1305" not in lines.getvalue()


def test_an_error_is_written_as_its_class_without_its_words(lines: io.StringIO):
    try:
        int("born 1984-03-12")
    except ValueError:
        logging.getLogger("test").exception("it failed")
    assert "ValueError" in lines.getvalue()
    assert "test_logs.py" in lines.getvalue()
    assert "1984" not in lines.getvalue()
