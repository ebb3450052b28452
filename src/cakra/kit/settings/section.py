"""What every part of the settings has in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A named part of the settings; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
