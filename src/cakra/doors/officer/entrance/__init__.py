"""Who comes in: sign-in, sessions, and the act that each route needs."""
