"""What may be sent: registered texts, and the provider's judgement on one filled text or free text."""
