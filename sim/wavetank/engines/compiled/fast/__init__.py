"""The fast path: agents as records in a wheel, the server as a recurrence, one queue operation per request.

Where nothing but its turn in the queue can change what becomes of a request, its answer is known when it
arrives at the server: a core takes it when the first of them is free, the answer is a delay later, and so on
until the agent's next arrival. Nothing else has to be an event. `when.py` says when that is so;
`server.py` is the recurrence, `wheel.py` the order of arrivals; `arriving.py`, `request.py`, `failing.py` and
`login.py` are what an agent does between two of them.
The figures are those of the general loop, and of `reference`, to the bit.
"""
