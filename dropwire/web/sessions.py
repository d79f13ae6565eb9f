"""Who is logged in by a cookie, and that a form came from our own page.

Cookies and tokens are signed with a secret of this process: after a restart, people log in again.
"""

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

COOKIE = "dropwire_session"
# A working day.
SESSION_S = 12 * 3600


@dataclass(frozen=True, slots=True)
class Sessions:
    """Makes and reads signed values. `clock` gives seconds since the epoch."""

    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    clock: Callable[[], float] = time.time

    def cookie(self, key_id: str) -> str:
        """The value of the cookie of whoever showed this key."""
        body = f"{key_id}.{int(self.clock()) + SESSION_S}.{secrets.token_hex(8)}"
        return f"{body}.{self._signature('session', body)}"

    def key_of(self, cookie: str) -> str | None:
        """The id of the key behind a cookie; None where it is not ours or has run out."""
        body, _, signature = cookie.rpartition(".")
        if not _equal(self._signature("session", body), signature):
            return None
        key_id, until, _ = body.split(".")
        return key_id if self.clock() < int(until) else None

    def form_token(self, cookie: str) -> str:
        """What a form sends along to show that it is ours; bound to the cookie (empty where nobody logs in)."""
        return self._signature("form", cookie)

    def is_form_token(self, token: str, cookie: str) -> bool:
        """Whether a form with this token is ours."""
        return _equal(self.form_token(cookie), token)

    def _signature(self, purpose: str, value: str) -> str:
        message = f"{purpose}\0{value}".encode(errors="replace")
        return hmac.new(self.secret, message, sha256).hexdigest()


def _equal(ours: str, theirs: str) -> bool:
    return hmac.compare_digest(ours.encode(), theirs.encode(errors="replace"))
