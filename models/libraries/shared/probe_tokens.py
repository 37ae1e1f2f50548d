"""Parts that all token probes in Python share; `shared/tokens.hpp` describes how they are spoken to."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

ISSUER = "wavetank"
AUDIENCE = "wavetank-agents"
SUBJECT = "6f1c2a34-9d0e-4b7a-8c55-0123456789ab"
IDENTITY = "0b5e7f1e-2f43-4f7e-9a31-ba9876543210"
LIFETIME_S = 900


class Signer(Protocol):
    """One algorithm with a key, parsed when it is made."""

    def sign(self) -> str:
        """Make a token."""

    def verify(self, token: str) -> bool:
        """Whether a token is valid; may raise `refusal` where it is not."""


Make = Callable[[str, str, str], Signer]


def claims() -> dict[str, Any]:
    """The claims of a token."""
    now = int(time.time())
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": SUBJECT,
        "jti": IDENTITY,
        "iat": now,
        "exp": now + LIFETIME_S,
    }


def run(versions: dict[str, str], make: Make, refusal: type[Exception] | tuple[type[Exception], ...]) -> None:
    """Be the probe: `about`, or `tokens --keys FOLDER`. `make` takes algorithm, signing and verifying key."""
    if sys.argv[1] == "about":
        about = {
            "versions": versions,
            "algorithms": ["HS256", "RS256", "ES256", "EdDSA"],
            "keys": ["cached", "parsed"],
        }
        print(json.dumps(about))
        return
    folder = Path(sys.argv[3])
    signers: dict[str, tuple[str, str, Signer, Signer]] = {}
    for line in sys.stdin:
        word, algorithm, *more = line.split()
        if algorithm not in signers:
            names = ("secret", "secret") if algorithm == "HS256" else ("private.pem", "public.pem")
            signing, verifying = ((folder / f"{algorithm}.{name}").read_text() for name in names)
            kept = make(algorithm, signing, ""), make(algorithm, "", verifying)
            signers[algorithm] = signing, verifying, *kept
        signing, verifying, signer, verifier = signers[algorithm]
        answer: dict[str, Any] = {}
        if word == "mint":
            answer["token"] = signer.sign()
        elif word == "check":
            try:
                answer["valid"] = verifier.verify(more[0])
            except refusal:
                answer["valid"] = False
        elif word == "sign":
            token = ""
            for _ in range(int(more[1])):
                token = (signer if more[0] == "cached" else make(algorithm, signing, "")).sign()
            answer["bytes"] = len(token)
        else:
            token = signer.sign()
            for _ in range(int(more[1])):
                (verifier if more[0] == "cached" else make(algorithm, "", verifying)).verify(token)
            answer["bytes"] = len(token)
        print(json.dumps(answer), flush=True)
