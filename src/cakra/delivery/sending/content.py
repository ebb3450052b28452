"""What a sealed notice says on each channel."""

from collections.abc import Mapping
from typing import Any

from cakra.core.ports import Channel, Message, Picture, PostalAddress, Wording


class UnreadableContent(Exception):
    """What a notice says does not open."""


def read_message(  # noqa: PLR0917 - one message, put together once
    channel: Channel, content: Mapping[str, Any], tag: str, template: str, language: str, picture: Picture | None
) -> Message:
    """The message of one attempt; KeyError when the notice was not worded for this channel."""
    recipient, variables, wording, postal = content["recipient"], content["variables"], None, None
    if channel is Channel.EMAIL:
        told = content["email"]
        recipient, wording = told["recipient"], Wording(told["subject"], told["text"], told["html"])
    elif channel is Channel.SMS:
        told = content["sms"]
        recipient, wording = told["recipient"], Wording(text=told["text"])
    elif channel is Channel.LETTER:
        told = content["letter"]
        recipient, postal = "", PostalAddress(told["name"], tuple(told["lines"]), told["postcode"])
        variables = told.get("variables", variables)
        if "text" in told:  # without a text of its own it is the confirmation letter
            wording = Wording(told["subject"], told["text"])
    return Message(
        tag=tag,
        recipient=recipient,
        template=template,
        language=language,
        variables=variables,
        link_suffix=content["link_suffix"],
        picture=picture,
        wording=wording,
        postal=postal,
    )
