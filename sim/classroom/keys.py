"""Who is asking: tokens and the join code, derived from the secret of the class file.

So they outlive a restart, and neither the log nor an export holds them.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from sim.classroom.session import Class, Who

_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that are taken for another
CODE_SIGNS = 6


class Keys:
    """The tokens of one class file."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @property
    def umpire(self) -> str:
        return self._token("u")

    @property
    def projector(self) -> str:
        return self._token("p")

    def member(self, number: int) -> str:
        """The token of whoever joined with this entry of the log."""
        return self._token(f"m{number}")

    @property
    def code(self) -> str:
        """What students type to join."""
        digest = hmac.digest(self._secret, b"code", sha256)
        return "".join(_SIGNS[byte % len(_SIGNS)] for byte in digest[:CODE_SIGNS])

    @property
    def place(self) -> str:
        """What names this class to a browser that keeps tokens of several; it opens nothing."""
        return self._token("class").rpartition(".")[2][:16]

    def is_code(self, text: str) -> bool:
        """Whether this is the join code, in letters of any size."""
        return hmac.compare_digest(text.strip().upper().encode(), self.code.encode())

    def who(self, token: str, state: Class) -> Who | None:
        """Whose token this is; None for nobody's."""
        name = token.partition(".")[0]
        if not hmac.compare_digest(token.encode(errors="replace"), self._token(name).encode(errors="replace")):
            return None
        if name in ("u", "p"):
            return Who("umpire" if name == "u" else "projector")
        number = int(name.removeprefix("m"))
        return Who("team", state.members[number]["team"], number)

    def _token(self, name: str) -> str:
        return f"{name}.{hmac.new(self._secret, name.encode(errors='replace'), sha256).hexdigest()}"
