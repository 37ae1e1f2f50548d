"""The agent's side of each transport."""
