"""How messages travel: one module a transport, of the same name under server/ and under agent/."""
