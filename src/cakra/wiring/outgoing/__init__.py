"""What goes out, joined: channels, letters, SMS, notices, and what each costs."""
