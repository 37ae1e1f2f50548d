"""The integer codes that scenarios, protocol and engines share.

Every enumeration is part of the model's definition: codes order simultaneous events and key random
numbers, so a number never changes its meaning; new members go at the end.
"""

from enum import IntEnum


class Stream(IntEnum):
    """A kind of request; each stream has its own endpoint, retry law and connections."""

    REGISTER = 0
    LOGIN = 1
    STATELESS = 2
    STATEFUL = 3
    COMMANDS = 4
    HEARTBEAT = 5


EVENT_STREAMS = (Stream.STATELESS, Stream.STATEFUL)
"""The streams that carry events; the others carry requests alone."""


class Purpose(IntEnum):
    """The purpose that a keyed random number is drawn for."""

    PAGE_COUNT = 0
    SPLIT = 1
    POSITION = 2
    PHASE = 3
    SIZE = 4
    THINK = 5
    BACKOFF = 6
    BACKOFF_JITTER = 7
    RENEWAL = 8
    HEARTBEAT_JITTER = 9
    SHARE = 10
    BALANCER = 11
    START = 12
    SERVICE_HANDSHAKE = 13
    SERVICE_PARSE = 14
    SERVICE_AUTH = 15
    SERVICE_SIGN = 16
    SERVICE_OPERATION = 17
    SERVICE_PER_EVENT = 18
    SERVICE_PER_BYTE = 19
    STORE = 20
    DELAY_SYN = 21
    DELAY_SYN_ACK = 22
    DELAY_ACK = 23
    DELAY_TLS_DOWN = 24
    DELAY_TLS_UP = 25
    DELAY_TLS_DOWN_2 = 26
    DELAY_REQUEST = 27
    DELAY_RESPONSE = 28
    DELAY_FIN = 29
    DELAY_RESET = 30
    SWEEP_PHASE = 31
    SAMPLE = 32
    HEALTH_PHASE = 35
    CARRIED = 60


class LawKind(IntEnum):
    """Laws of durations and sizes. NONE is absence: nothing happens and nothing is paid."""

    NONE = 0
    DETERMINISTIC = 1
    EXPONENTIAL = 2
    ERLANG = 3
    LOGNORMAL = 4
    HYPEREXPONENTIAL = 5
    UNIFORM = 6
    EMPIRICAL = 7


class ProcessKind(IntEnum):
    """How the events of a stream come about."""

    NONE = 0
    POISSON = 1
    CONSTANT = 2
    CLOSED = 3


class BackoffLaw(IntEnum):
    """How the wait between attempts grows."""

    NONE = 0
    FIXED = 1
    EXPONENTIAL = 2
    FULL_JITTER = 3
    EQUAL_JITTER = 4
    DECORRELATED = 5
    SCALED_JITTER = 6


class StartKind(IntEnum):
    """The state of the fleet at time zero: logged in and steady, all offline, or logging in over a ramp."""

    STEADY = 0
    COLD = 1
    RAMP = 2


class AuthScheme(IntEnum):
    """How a request shows who sent it."""

    NONE = 0
    SERVER_TOKEN = 1
    SELF_TOKEN = 2
    PER_REQUEST_MAC = 3


class Renewal(IntEnum):
    """When an agent asks for its next token."""

    ON_EXPIRY = 0
    ON_REJECTION = 1
    BEFORE_EXPIRY = 2


class OnRejection(IntEnum):
    """How a stream handles a request answered 401."""

    RESUME = 0
    BACKOFF = 1


class Overflow(IntEnum):
    """Which event a full stateless buffer gives up."""

    DROP_NEWEST = 0
    DROP_OLDEST = 1


class AgeFrom(IntEnum):
    """From when the age of a batch counts."""

    FIRST_EVENT = 0
    FLUSH = 1
    RESUME = 2


class Strategy(IntEnum):
    """How connections are used."""

    PER_REQUEST = 0
    KEEP_ALIVE = 1


class Tls(IntEnum):
    """Transport security of a new connection."""

    NONE = 0
    V1_2 = 2
    V1_3 = 3


class Channel(IntEnum):
    """How commands reach the agent."""

    NONE = 0
    POLL = 1
    LONG_POLL = 2
    PIGGYBACK = 3


class CheckPhase(IntEnum):
    """When the health checks of a node come."""

    ALIGNED = 0
    RANDOM = 1


class BalancerPolicy(IntEnum):
    """Which node a new connection goes to. NONE ties agent i to node i modulo nodes."""

    NONE = 0
    RANDOM = 1
    ROUND_ROBIN = 2
    POWER_OF_TWO = 3


class Dispatch(IntEnum):
    """How waiting work is queued at a node."""

    SHARED = 0
    PER_WORKER = 1


class Answer(IntEnum):
    """The answer of a limit that is reached."""

    REFUSE = 0
    TOO_MANY_REQUESTS = 1
    UNAVAILABLE = 2
    SILENCE = 3


class FaultKind(IntEnum):
    """A kind of fault."""

    NODE_RESTART = 0
    NODE_LOSS = 1
    KEY_ROTATION = 2
    INVALID_CREDENTIALS = 3
    BROWN_OUT = 4
    COLD_START = 5


class Cause(IntEnum):
    """Why a request was not served, in the order of `rejected_total.CAUSE`."""

    NONE = 0
    TOKEN = 1
    CREDENTIALS = 2
    BODY = 3
    IN_FLIGHT = 4
    IN_FLIGHT_BYTES = 5
    REQUEST_RATE = 6
    LOGIN_RATE = 7
    CONNECT_RATE = 8
    CONNECTIONS = 9
    ROUTE_TIMEOUT = 10


class DropCause(IntEnum):
    """Why an event was given up, in the order of `events_dropped.CAUSE`."""

    OVERFLOW = 0
    ATTEMPTS = 1
    BODY = 2


class Activity(IntEnum):
    """The work of a core, in the order of `server_utilisation.ACTIVITY`."""

    HANDSHAKE = 0
    PARSE = 1
    AUTH = 2
    LOGIN = 3
    EVENTS = 4
    COMMANDS = 5
    HEARTBEAT = 6
