"""The base of every value the domain passes around."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A frozen, strict value that can be stored as JSON and read back equal."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
