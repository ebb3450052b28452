"""The checks of one passage, each pure, and the facts they are given."""
