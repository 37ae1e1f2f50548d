"""The server's side of each transport: bytes on a connection in, requests out, answers back."""
