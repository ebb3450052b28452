"""What a message is sent by: the ladder of channels, reminders, tariffs, print day, and what a refusal means. Pure."""
