"""One-time codes: the door that pages call, and the lanes that hand them over."""

from collections.abc import Iterable
from functools import partial

from cakra.delivery.codes import CodeDesk, CodeSending
from cakra.delivery.codes.rules import CODE_CHANNELS
from cakra.delivery.pause.pausing import MayLeave
from cakra.delivery.sending.sends import DispatchDesk
from cakra.engine.worker import Work
from cakra.wiring.outgoing.channels import sender_names
from cakra.wiring.outgoing.money import code_tariffs
from cakra.wiring.world import World, code_words

PURPOSE = "one_time_code"
_CALLS_AT_ONCE = 20


def code_desk(world: World) -> CodeDesk:
    """Asking for codes and checking them."""
    return CodeDesk(
        world.pool,
        world.sealer(PURPOSE),
        world.sealer("addressee"),
        world.sealer("notice"),
        sender_names(world.settings),
        code_words(),
        world.settings.sms.brand,
        world.settings.demo,
    )


def code_works(world: World, worker: str, desks: Iterable[DispatchDesk], may_leave: MayLeave) -> dict[str, Work]:
    """The codes of each sender that may carry one, by lane; `codes` wakes them all."""
    told, tariffs = world.settings.notice, code_tariffs(world.settings)
    lanes = [
        CodeSending(
            world.pool,
            world.sealer(PURPOSE),
            code_words(),
            desk.channel,
            desk.sender,
            told.unknown_after_s,
            told.max_tries,
            tariffs[desk.channel.value],
            may_leave,
        )
        for desk in desks
        if desk.channel in CODE_CHANNELS
    ]
    return {f"codes:{place}": partial(lane.run, _CALLS_AT_ONCE, worker) for place, lane in enumerate(lanes)}
