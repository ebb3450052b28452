"""The register of official senders, joined to the settings: hosts in force, the key that signs, readiness."""
