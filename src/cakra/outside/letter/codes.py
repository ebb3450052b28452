"""The print house's words about a letter and what each means for us."""

from dataclasses import dataclass

from cakra.core.ports import Action, ReceiptState


@dataclass(frozen=True, slots=True)
class StatusMeaning:
    """What one status asks of us, in a few words."""

    state: ReceiptState
    action: Action
    words: str


MEANINGS = {
    "dispatched": StatusMeaning(ReceiptState.DELIVERED, Action.NONE, "given to the post"),
    "returned": StatusMeaning(ReceiptState.RETURNED, Action.NEXT_CHANNEL, "came back from the addressee"),
    "rejected": StatusMeaning(ReceiptState.FAILED, Action.FIX_US, "not printed: our file was refused"),
}
