"""A simulated mail server on loopback: takes, refuses, loses and bounces as told, and logs what it took."""
