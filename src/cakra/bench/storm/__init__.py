"""The fault run of `cakra bench faults`: real processes, peers that misbehave, and a killer among them."""
