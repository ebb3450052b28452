"""A refusal in the provider's form."""

import json


class Refused(Exception):
    """One call refused: HTTP status, provider code, message, details."""

    def __init__(self, status: int, code: int, message: str, details: str = "", *, subcode: int | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.details, self.subcode = details, subcode

    def body(self, trace: str) -> bytes:
        """The error document; `trace` is the provider's fbtrace_id."""
        error = {
            "message": f"(#{self.code}) {self.message}",
            "type": "OAuthException",
            "code": self.code,
            "error_data": {"messaging_product": "whatsapp", "details": self.details or self.message},
            "fbtrace_id": trace,
        }
        if self.subcode is not None:
            error |= {"error_subcode": self.subcode, "error_user_msg": self.message}
        return json.dumps({"error": error}).encode()


def by_code(code: int) -> Refused:
    """A refusal for a fault switch: the status that usually goes with a code."""
    statuses = {190: 401, 0: 401, 10: 403, 131005: 403, 4: 429, 80007: 429, 130429: 429, 131056: 429}
    passing = {1, 2, 131000, 131016, 133004, 131057}
    return Refused(statuses.get(code, 503 if code in passing else 400), code, "Fault switched on")
