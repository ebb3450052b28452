"""The own recogniser's school: synthetic plates drawn here, a network trained on them, its file and its card.

Nothing here runs in service; PyTorch is needed only by `network`, `teach` and `export` (the `train` extra).
"""
