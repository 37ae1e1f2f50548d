"""What a runnable agent carries out unless it is told otherwise: an echo and a ping."""

from wavetank.protocol.wire import Command


def builtin(command: Command) -> object:
    """The result of a command, an object with `error` for one that is not carried out."""
    if command.name == "ping":
        return "pong"
    if command.name == "echo":
        return command.argument
    return {"error": "not carried out: this agent knows echo and ping"}
