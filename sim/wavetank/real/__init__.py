"""The runnable agent and server: thin adapters of sockets, clocks and files around protocol/."""
