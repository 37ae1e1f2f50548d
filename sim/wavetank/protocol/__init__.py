"""The state of agent and server: state machines as tables, the outbox, the server's memory. No I/O, no clock.

It holds state and decides, and is handed the time and every draw. So the simulated engines, the runnable
agent and the real server run the same code. The numbers of rules stand in policy/.
"""
