"""The runnable agent: sockets, files and timers around `protocol.client`, which decides."""
