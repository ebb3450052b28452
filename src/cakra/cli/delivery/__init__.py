"""Commands of delivery: pauses, senders, and what leaves by post."""
