"""What a side remembers: state machines as tables, the outbox, the server's memory. No I/O, no clock."""
