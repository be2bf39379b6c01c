"""The parcels that a pretend carrier service follows, in memory and, so that a kill loses nothing, in a journal."""

import json
import os
import threading
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from clinic.gateways.carriers.journeys import Scan
from clinic.gateways.carriers.resources import Parcel
from clinic.gateways.journals import reopened


class Store:
    """Parcels by tracker id, in the order in which they came; safe for threads."""

    def __init__(self, journal: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._parcels: dict[str, Parcel] = {}
        self._journal: int | None = None
        if journal is not None:
            self._journal, entries = reopened(journal)
            for entry in entries:
                self._apply(entry)

    def keep(self, parcel: Parcel) -> None:
        """Remember a parcel as it is now."""
        with self._lock:
            entry = asdict(parcel) | {"began_at": parcel.began_at.isoformat()}
            if self._journal is not None:
                os.write(self._journal, json.dumps(entry).encode() + b"\n")
            self._apply(entry)

    def add_scan(self, tracker_id: str, scan: Scan, *, signer: str | None) -> Parcel:
        """Add what somebody says happened, and who signed if anybody did."""
        with self._lock:
            parcel = self._parcels[tracker_id]
            self.keep(replace(parcel, told=(*parcel.told, scan), signer=signer or parcel.signer))
            return self._parcels[tracker_id]

    def get(self, tracker_id: str) -> Parcel | None:
        """Return one parcel."""
        return self._parcels.get(tracker_id)

    def find(self, carrier: str, tracking_number: str) -> Parcel | None:
        """Return the parcel with a carrier's number."""
        asked = (carrier, tracking_number)
        return next((one for one in self.all() if (one.carrier, one.tracking_number) == asked), None)

    def all(self) -> list[Parcel]:
        """Return every parcel, oldest first."""
        with self._lock:
            return list(self._parcels.values())

    def close(self) -> None:
        """Close the journal."""
        if self._journal is not None:
            os.close(self._journal)
            self._journal = None

    def _apply(self, entry: dict[str, Any]) -> None:
        told = tuple(_scan(row) for row in entry["told"])
        began_at = datetime.fromisoformat(entry["began_at"])
        self._parcels[entry["tracker_id"]] = Parcel(**{**entry, "told": told, "began_at": began_at})


def _scan(row: dict[str, Any]) -> Scan:
    return Scan(**{**row, "place": tuple(row["place"]) if row["place"] else None})
