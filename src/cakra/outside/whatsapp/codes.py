"""The provider's error codes and what each means for us.

Source: Meta's Cloud API error reference (September 2026); the action is our classification. Codes decide,
never titles, subcodes or the HTTP status; the status counts only where no known code came along.
"""

from cakra.core.delivery.refusals import Meaning
from cakra.core.ports import Action, Throttle


def _same(meaning: Meaning, *codes: int) -> dict[int, Meaning]:
    return dict.fromkeys(codes, meaning)


_TOKEN = Meaning(Action.STOP_SENDER, "access token or permission refused")
_PASSING = Meaning(Action.RETRY, "passing fault at the provider")
_CALLS = Meaning(Action.RETRY, "too many calls for this app or account", 60.0)
_BLOCKED = Meaning(Action.STOP_SENDER, "account blocked or locked by the provider")
_ACCOUNT = Meaning(Action.STOP_SENDER, "number not registered, display name or billing not in order")
_PIN = Meaning(Action.STOP_SENDER, "registration or PIN of the number is not in order")
_REQUEST = Meaning(Action.FIX_US, "the request is wrong")
_TEMPLATE = Meaning(Action.FIX_US, "template missing, not approved, or its parameters do not fit")
_PICTURE = Meaning(Action.FIX_US, "the picture was not taken")
_DECLINED = Meaning(Action.NEXT_CHANNEL, "this person does not get such messages here")

PICTURE_CODES = frozenset({"131052", "131053"})
# Whom the account may write to: about all owners only where the number is of its own country.
COUNTRY_CODES = frozenset({"130497"})
LARGEST_CODE = 10**9
_COUNTRY_DIGITS = 2

MEANINGS: dict[int, Meaning] = {
    **_same(_TOKEN, 0, 3, 10, 190, 131005, *range(200, 300)),
    **_same(_PASSING, 1, 2, 131000, 131016, 133004),
    **_same(_CALLS, 4, 80007),
    130429: Meaning(Action.RETRY, "throughput of this number reached", 2.0, Throttle.SENDER),
    131056: Meaning(Action.RETRY, "too many messages to this person in a short time", 6.0, Throttle.PAIR),
    131057: Meaning(Action.RETRY, "the number is under maintenance", 60.0, Throttle.SENDER),
    131048: Meaning(Action.STOP_SENDER, "number restricted for quality"),
    131064: Meaning(Action.STOP_SENDER, "account limited: template in the wrong category"),
    131026: Meaning(Action.NEXT_CHANNEL, "no WhatsApp on this number, or it cannot receive"),
    131049: Meaning(Action.NEXT_CHANNEL, "not delivered to keep the person's inbox healthy"),
    **_same(_DECLINED, 131050, 130403, 130472),
    131047: Meaning(Action.FIX_US, "a template is needed more than 24 hours after the last reply"),
    **_same(_REQUEST, 33, 100, 131008, 131009, 131021, 131051, 135000),
    **_same(_PICTURE, 131052, 131053),
    **_same(_ACCOUNT, 131037, 131042, 131045, 133006, 133010),
    **_same(_TEMPLATE, 132000, 132001, 132005, 132007, 132008, 132012, 132018, 132068, 132069),
    132015: Meaning(Action.NEXT_CHANNEL, "template paused for quality"),
    132016: Meaning(Action.FIX_US, "template disabled for good"),
    **_same(_BLOCKED, 368, 130497, 131031, 139200),
    **_same(_PIN, 133000, 133005, 133008, 133009, 133015, 133016),
}

_HTTP_TOO_MANY, _HTTP_REQUEST_TIMEOUT, _HTTP_SERVER = 429, 408, 500


def meaning_of(code: int | None, status: int) -> Meaning:
    """The meaning of a refusal: by its code, else by the HTTP status it came with."""
    known = MEANINGS.get(code) if code is not None else None
    if known is not None:
        return known
    if status in {401, 403}:
        return _TOKEN
    if status == _HTTP_TOO_MANY:
        return Meaning(Action.RETRY, "too many calls", 2.0)
    if status == _HTTP_REQUEST_TIMEOUT or status >= _HTTP_SERVER:
        return _PASSING
    return Meaning(Action.FIX_US, "refused with a code that is not in our table")


def meaning_of_failure(code: int | None) -> Meaning:
    """The meaning of a late failure (a `failed` receipt): an unknown one goes to the next channel."""
    known = MEANINGS.get(code) if code is not None else None
    return known or Meaning(Action.NEXT_CHANNEL, "not delivered, for a reason that is not in our table")


def action_for(code: str, action: Action, ours: str, theirs: str) -> Action:
    """What a refusal asks of us, given the digits of our number and of the person's ("" where it is not known).

    That the account may not write to people of another country ends with this person; it never stops the sender.
    """
    if code not in COUNTRY_CODES or (theirs and ours[:_COUNTRY_DIGITS] == theirs[:_COUNTRY_DIGITS]):
        return action
    return Action.NEXT_CHANNEL
