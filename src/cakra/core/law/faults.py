"""What can be wrong with the law's data, or with a question put to it."""

from cakra.core.errors import InputError, SetupError


class LawDataInvalid(SetupError):
    """A law file contradicts itself or cannot be read; `problems` has one sentence for each fault."""

    code = "law_data"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("the law files cannot be used:\n- " + "\n- ".join(problems))
        self.problems = tuple(problems)


class UnknownOffence(InputError):
    """No offence by that code is in force on that day."""

    code = "unknown_offence"
