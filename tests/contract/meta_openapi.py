"""Meta's OpenAPI file, read in the shared folder, with its three known mistakes mended."""

from functools import cache
from typing import Any

import yaml

from shared import shared_dir


@cache
def meta_openapi() -> dict[str, Any]:
    """The document. Mended: a language policy that the real service does not ask for, a button index pattern that
    leaves out the first buttons, and a text message that allows none of the parts which every message needs.
    """
    text = (shared_dir() / "facts" / "whatsapp_openapi_v23.yaml").read_bytes()
    document: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    schemas = document["components"]["schemas"]
    schemas["LanguageObject"]["required"].remove("policy")
    schemas["TemplateComponent"]["properties"]["index"]["pattern"] = "^[0-9]$"
    schemas["ButtonComponent"]["allOf"][1]["properties"]["index"]["pattern"] = "^[0-9]$"
    del schemas["TextMessage"]["allOf"][1]["additionalProperties"]
    return document


def schema(name: str) -> dict[str, Any]:
    """One named schema, with all it refers to."""
    return {"$ref": f"#/components/schemas/{name}", "components": {"schemas": meta_openapi()["components"]["schemas"]}}


def answer_schema(path: str) -> dict[str, Any]:
    """The schema of a path's 200 answer to POST."""
    answer = meta_openapi()["paths"][path]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    return answer | {"components": {"schemas": meta_openapi()["components"]["schemas"]}}
