"""One patient's forms: signed some hours after the text that asks for it, or with the desk on the phone."""

from dataclasses import dataclass

from clinic.cli.demo.forms import sign_missing
from clinic.simulation.world import Patient


@dataclass
class Signing:
    """Signs what the program asks for."""

    patient: Patient

    def ask(self) -> None:
        """React to the link: most sign within a day, the others when somebody calls."""
        if self.patient.happens(self.patient.world.behavior.signs_by_link):
            self.patient.phone.after(self.sign, minutes=(10, 900))

    def sign(self) -> None:
        """Sign everything that is missing."""
        if self.patient.is_gone:
            return
        world, me = self.patient.world, self.patient.actor
        with world.begin(me) as session:
            sign_missing(session, self.patient.id, by=me, now=world.now)
