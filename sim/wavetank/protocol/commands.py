"""The commands that a runnable agent carries out by default: an echo and a ping.

Neither of them runs a program. Any other command is answered with an error, never ignored. The result goes
to the server as JSON, in a confirmation.
"""

from wavetank.protocol.wire import Command


def builtin(command: Command) -> object:
    """The result of {"command": "ping"} or {"command": "echo", "arguments": [...]}, else an `error`."""
    fields = dict(command.fields)
    name = fields.pop("command", None)
    if name == "ping":
        return "pong"
    if name == "echo":
        return fields.get("arguments", fields)
    return {"error": "not carried out: this agent knows echo and ping"}
