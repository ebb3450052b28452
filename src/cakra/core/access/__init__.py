"""Who may do what, and what needs two people. Pure."""
