"""How the provider's webhooks are read, and who hears what they say beside receipts."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial

from cakra.core.policy.editions import Editions, PolicyBook
from cakra.core.ports import Channel
from cakra.delivery.inbound import Listener
from cakra.delivery.proof.proofs import Hear
from cakra.delivery.provider import AccountDesk, TemplateDesk, Variant
from cakra.kit.settings import Settings
from cakra.outside.whatsapp import TemplateShape, WhatsAppCallbacks
from cakra.wiring.world import World, code_words, known_templates, templates_today, whatsapp_numbers

_QUICK_REPLY_PLACE = 1  # behind the button that leads to the site


def callbacks(settings: Settings) -> WhatsAppCallbacks:
    """Webhooks of our app, which name our numbers by the provider's ids."""
    numbers = {one.phone_number_id: one.display_number for one in whatsapp_numbers(settings.whatsapp)}
    return WhatsAppCallbacks(settings.whatsapp.app_secret, numbers)


def hearers(world: World) -> tuple[Hear, ...]:
    """Everybody who hears more than receipts."""
    numbers = [one.display_number for one in whatsapp_numbers(world.settings.whatsapp)]
    kept = timedelta(days=world.settings.whatsapp.inbound_days)
    return (
        template_desk(world).hear,
        AccountDesk({Channel.WHATSAPP.value: numbers}).hear,
        Listener(world.sealer("inbound"), kept).hear,
    )


def template_desk(world: World) -> TemplateDesk:
    """Registered texts, each with and without a picture where there may be one."""
    return TemplateDesk(Channel.WHATSAPP.value, partial(_variants, world))


def _variants(world: World) -> list[Variant]:
    today = templates_today(world)
    return [
        Variant(
            template.registered_name(with_picture=with_picture),
            template.language,
            template.purpose,
            frozenset(template.variables),
            with_picture,
            template in today,
        )
        for template in known_templates(world.policies.editions)
        for with_picture in ((True, False) if template.picture else (False,))
    ]


class TemplateShapes(Mapping[str, TemplateShape]):
    """Registered text → its wording without a picture, and the place of its quick reply; of every edition there is."""

    def __init__(self, policies: PolicyBook) -> None:
        self._policies = policies
        self._of = policies.editions
        self._shapes = _shapes(self._of)

    def _now(self) -> Mapping[str, TemplateShape]:
        if (editions := self._policies.editions) is not self._of:
            self._of, self._shapes = editions, _shapes(editions)
        return self._shapes

    def __getitem__(self, name: str) -> TemplateShape:
        return self._now()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())


def _shapes(editions: Editions) -> dict[str, TemplateShape]:
    shapes: dict[str, TemplateShape] = {}
    for template in known_templates(editions):
        place = _QUICK_REPLY_PLACE if template.quick_reply else None
        plain = template.registered_name(with_picture=False)
        shapes[plain] = TemplateShape("", place)
        shapes[template.registered_name(with_picture=True)] = TemplateShape(plain, place)
    shapes |= {one.template: TemplateShape(copies_code=True) for one in code_words().values()}
    return shapes
