"""A simulated SMS centre on loopback (SMPP 3.4): takes or throttles submits, and logs what it took."""
