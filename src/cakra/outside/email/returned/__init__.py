"""Mail that comes back: the mailbox of reports, and what a report says."""
