"""The plate finder's school: streets drawn here with plates of our own press in them, and a network that finds them."""
