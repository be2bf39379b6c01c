"""Resources as files that other systems read: JSON that a browser saves and no cache keeps."""

import json
from collections.abc import Mapping

from flask import Response


def json_file(name: str, content: Mapping[str, object], *, kind: str = "application/fhir+json") -> Response:
    """Return the answer that a browser saves under `name`, of plain letters."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(json.dumps(content, ensure_ascii=False, indent=2), mimetype=kind, headers=headers)
