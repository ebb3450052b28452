"""The drawn vehicles: cars, buses, motorcycles, and where plate and lamps are on them."""
