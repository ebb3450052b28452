"""`cakra camera …`, `cakra officer …`, `cakra doctor`: the directory of who and where."""

from cyclopts import App

camera = App(name="camera", help="Cameras: import their list, see it.")


def add_commands(app: App) -> None:
    """Register the groups."""
    app.command(camera)
