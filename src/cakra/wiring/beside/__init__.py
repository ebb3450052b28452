"""What senders carry beside notices: canaries and one-time codes."""
