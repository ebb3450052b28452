"""Pure: states, plates, money, deadlines and law. No I/O, no clock, no randomness."""
