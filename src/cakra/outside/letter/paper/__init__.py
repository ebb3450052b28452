"""What an address and its signs become on paper."""
