"""The own recogniser's school: synthetic plates drawn here, a network trained on them, its file and its card.

Nothing here runs in service. PyTorch (the `train` extra) is needed by whatever teaches or ships, not by what draws.
"""
