"""How the provider's webhooks are read, and who hears what they say beside receipts."""

from datetime import timedelta

from cakra.core.ports import Channel
from cakra.delivery.inbound import Listener
from cakra.delivery.proof.proofs import Hear
from cakra.delivery.provider import AccountDesk, TemplateDesk, Variant
from cakra.kit.settings import Settings
from cakra.outside.whatsapp import TemplateShape, WhatsAppCallbacks
from cakra.wiring.world import World, whatsapp_numbers

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
    variants = [
        Variant(
            template.registered_name(with_picture=with_picture),
            template.language,
            template.purpose,
            frozenset(template.variables),
            with_picture,
        )
        for template in world.templates
        for with_picture in ((True, False) if template.picture else (False,))
    ]
    return TemplateDesk(Channel.WHATSAPP.value, variants)


def template_shapes(world: World) -> dict[str, TemplateShape]:
    """Registered text → its wording without a picture, and the place of its quick reply."""
    shapes: dict[str, TemplateShape] = {}
    for template in world.templates:
        place = _QUICK_REPLY_PLACE if template.quick_reply else None
        plain = template.registered_name(with_picture=False)
        shapes[plain] = TemplateShape("", place)
        shapes[template.registered_name(with_picture=True)] = TemplateShape(plain, place)
    return shapes
