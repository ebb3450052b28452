"""A delivery report as a mail server returns it (RFC 3464)."""


def bounce_report(sender: str, recipient: str) -> bytes:
    """The message that tells `sender` that `recipient` does not exist."""
    lines = [
        "From: MAILER-DAEMON@sandbox.example",
        f"To: {sender}",
        "Subject: CONTOH: Undelivered Mail Returned to Sender",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="contoh"',
        "",
        "--contoh",
        "Content-Type: text/plain",
        "",
        "The address does not exist.",
        "--contoh",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; sandbox.example",
        "",
        f"Final-Recipient: rfc822; {recipient}",
        "Action: failed",
        "Status: 5.1.1",
        "Diagnostic-Code: smtp; 550 5.1.1 no such person here",
        "",
        "--contoh--",
        "",
    ]
    return "\r\n".join(lines).encode()
