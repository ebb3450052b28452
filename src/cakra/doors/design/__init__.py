"""The design system: one frame, one stylesheet, one way to render a page, for citizens and for officers.

A room that shows pages makes one `Pages(("cakra.doors.<room>", …), …)`, keeps its templates in
`templates/` and its English in `en.po`, extends `base.html` and builds forms from `parts.html`:

    {% extends "base.html" %}
    {% import "parts.html" as part with context %}

Mount `asset_route(pages.assets)` once, and wrap the app in `doors.language.LanguageSwitch` and
`doors.security.SecurityHeaders`. No script, no inline style: the pages must work under `default-src 'none'`.
"""

from cakra.doors.design.assets import Assets, asset_route
from cakra.doors.design.pages import Pages

__all__ = ["Assets", "Pages", "asset_route"]
