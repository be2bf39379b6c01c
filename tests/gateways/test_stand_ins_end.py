"""A stand-in that is told to end while it says that it is ready ends in order, as at any other moment."""

import socket
from collections.abc import Callable
from types import ModuleType

import pytest

from clinic.gateways.carriers.stand_in import running as carrier
from clinic.gateways.carriers.stand_in.setup import Setup as CarrierSetup
from clinic.gateways.email.stand_in import running as mail
from clinic.gateways.payments.stand_in import running as payment
from clinic.gateways.payments.stand_in.setup import Setup as PaymentSetup
from clinic.gateways.sms.stand_in import running as text
from clinic.gateways.sms.stand_in.setup import Setup as TextSetup


@pytest.mark.parametrize(
    ("module", "serve"),
    [
        (carrier, lambda: carrier.serve(CarrierSetup("key", "secret"), 0)),
        (mail, lambda: mail.serve(mail.Setup("clinic", "a password"))),
        (payment, lambda: payment.serve(PaymentSetup("key", "secret"), 0)),
        (text, lambda: text.serve(TextSetup("AC0", "token", ""), 0)),
    ],
    ids=["carrier", "mail", "payment", "text"],
)
def test_an_end_that_comes_with_the_first_line_is_no_failure(
    module: ModuleType, serve: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def interrupted(line: str, **_: object) -> None:
        said.append(line)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "print", interrupted, raising=False)
    serve()
    [line] = said
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(line.rsplit(":", 1)[1].split("/")[0])), timeout=2)
