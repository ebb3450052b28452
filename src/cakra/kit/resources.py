"""Text files that travel inside the package."""

from importlib import resources

from cakra.kit.errors import SetupError


def read_package_text(package: str, name: str) -> str:
    """The UTF-8 text of a file in a package, `name` with slashes; SetupError when the installation lacks it."""
    place = resources.files(package).joinpath(*name.split("/"))
    try:
        return place.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, UnicodeDecodeError) as error:
        raise SetupError(
            f"{package}/{name} cannot be read from the installation ({error.__class__.__name__}); "
            "install the package again"
        ) from error
