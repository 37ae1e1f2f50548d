"""An operator's side of the management API: finds the server by its data folder, and asks it."""

import base64
import http.client
import json
import ssl
from pathlib import Path
from typing import Any

from wavetank.real.server.folder import CA, FIRST_PASSWORD, READY
from wavetank.real.server.settings import ServerProblem

_PATIENCE_S = 30
"""Every answer of the management API takes well under a second."""


class Operator:
    """A client of the management API of the server that runs on a data folder."""

    def __init__(self, folder: Path, user: str) -> None:
        """Find the running server of a folder. Raises ServerProblem if none is ready."""
        self._folder = folder
        self._user = user
        self.password = ""
        try:
            ready = json.loads((folder / READY).read_text(encoding="utf-8"))
            self._host, self._port = str(ready["host"]), int(ready["management_port"])
            self._tls = ssl.create_default_context(cafile=folder / CA)
        except (OSError, ValueError, KeyError, TypeError):
            raise ServerProblem(f"no server is ready on {folder}; start one with: wavetank server") from None
        if self._host in ("0.0.0.0", "::"):
            self._host = "localhost"

    def first_password(self) -> str | None:
        """The password made at the first start, while it has not been changed."""
        try:
            return (self._folder / FIRST_PASSWORD).read_text(encoding="utf-8").strip()
        except OSError:
            return None

    def ask(self, method: str, path: str, value: object) -> dict[str, Any]:
        """The answer to one request, {} for an empty one. Raises ServerProblem, in the server's words."""
        said = base64.b64encode(f"{self._user}:{self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {said}", "Content-Type": "application/json"}
        connection = http.client.HTTPSConnection(
            self._host, self._port, timeout=_PATIENCE_S, context=self._tls
        )
        try:
            connection.request(method, path, json.dumps(value), headers)
            answer = connection.getresponse()
            body = answer.read()
            fields = json.loads(body) if body else {}
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ServerProblem(f"https://{self._host}:{self._port}: {error or 'no answer'}") from None
        finally:
            connection.close()
        if answer.status >= 400:
            raise ServerProblem(
                f"the server refused ({answer.status}): {fields.get('error_description', '')}"
            )
        return dict(fields)
