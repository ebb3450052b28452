"""The pages on which officers find, read and decide cases."""
